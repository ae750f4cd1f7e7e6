"""How the benches measure, and the list of records that each of them gives.

A record is a dictionary with `bench`, `case`, and where they were measured `rows`, `cpu` and
`wall` (seconds; `cpu` counts every thread), `peak_mb` (what the process came to hold beyond what
it held before), `times` (how many runs the medians are of). A program that is not installed gives
a record with `absent` instead, so that the page can say what was left out.
"""

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.checkers import peak_mb

Record = dict[str, Any]
# The cases that the page knows by name.
OURS, BY_HAND = "evalkit", "by hand: pandas sums, pyfixest"
OUR_RUN, OUR_RUN_COLD = "our run, cells there", "our run, no cells yet"
COMMANDS, COMMANDS_COLD = (
    f"papermill and nbconvert, {cells}" for cells in ("cells there", "no cells yet")
)
FORGET = Path("/proc/self/clear_refs")


def cost(work: Callable[[], Any]) -> tuple[Any, Record]:
    """Return the work's answer and what it cost in this process."""
    gc.collect()
    held = _forget_peak()
    cpu, wall = time.process_time(), time.perf_counter()
    answer = work()
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    return answer, spent | {"peak_mb": max(peak_mb() - held, 0.0)}


def interleaved(
    programs: Mapping[str, Callable[[], Any]], times: int
) -> tuple[dict[str, Any], dict[str, Record]]:
    """Run the programs by turns; return each one's answer, and the medians of what it cost.

    Memory is the most that any of the runs took, since what a run has freed may serve the next.
    """
    answers: dict[str, Any] = {}
    runs: dict[str, list[Record]] = {name: [] for name in programs}
    for _ in range(times):
        for name, work in programs.items():
            answers[name], spent = cost(work)
            runs[name].append(spent)
    return answers, {name: _middle(spent) for name, spent in runs.items()}


def _middle(runs: Sequence[Record]) -> Record:
    middle = {key: statistics.median(run[key] for run in runs) for key in ("cpu", "wall")}
    return middle | {"peak_mb": max(run["peak_mb"] for run in runs), "times": len(runs)}


def _forget_peak() -> float:
    """Let the peak of memory begin anew where the system can; return what is held now, in MB."""
    if FORGET.exists():
        FORGET.write_text("5")
    return peak_mb()


def options(about: str, **numbers: Sequence[int]) -> argparse.Namespace:
    """Read a bench's command line: `--json FILE`, and the lists of numbers that it takes."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", type=Path, help="write the records to this file")
    for name, usual in numbers.items():
        parser.add_argument(f"--{name}", type=int, nargs="+", default=list(usual))
    return parser.parse_args()


def tell(records: Sequence[Record], file: Path | None) -> None:
    """Print the records, one a line, and write them to the file where one is given."""
    for record in records:
        words = " ".join(f"{name}={_short(value)}" for name, value in record.items())
        sys.stdout.write(words + "\n")
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
