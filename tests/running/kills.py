"""Kill runs with SIGKILL, at random moments and at every step on the disk, and look at what stands.

    python -m tests.running.kills 200

A small study has a complete report on old extracts; a run on new ones is killed. Everything that
writes is evalkit's own (lock, cells, register, report, manifest, index), on results of a few lines
and without cells, so that a run takes a moment. `test_staying_up.py` kills whole ones. Not on
Windows, which has no `fork`.
"""

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import stat
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from math import inf
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))  # as pytest has it

from chapters import make_study, write_chapter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from evalkit.chapters.results import ESTIMATES
from evalkit.data import cell_store
from evalkit.data.cells import Cells
from evalkit.data.registers import INTERVIEWS, REGISTERS
from evalkit.disk import claimed
from evalkit.params import load_periods, load_study
from evalkit.plan import Period, Study
from evalkit.reporting import fragments, register
from evalkit.reporting.attack import Statement
from evalkit.reporting.files import write_text
from evalkit.reporting.index import Answer
from evalkit.running import batch, notebooks
from evalkit.running.publishing import Admitted, Publisher

PERIOD, REGISTER = "2021", "register.json"
EXTRACT = Path("outputs/demo/extracts/barn.csv")
# How a run's traces on the disk tell how far it had come.
STAGES = (
    "before anything was written", "making cells", "running chapters", "writing the report",
    "entered in the register", "in place, the index not yet", "done",
)  # fmt: skip

Files = dict[str, bytes]


def prepare(folder: Path) -> tuple[Files, Files]:
    """Lay out a study with a report on old extracts, and new ones to be run on.

    Returns what `outputs` holds after undisturbed runs: on the old, and then on the new extracts.
    """
    make_study(folder)
    for chapter in ("00_a", "01_b"):
        write_chapter(folder, chapter)
    ended(start(folder))
    old = files(folder)
    (folder / EXTRACT).write_text("Barn-ID\nb1\nb2\n", encoding="utf-8")
    ended(start(folder))
    return old, files(folder)


def start(folder: Path, before: Callable[[], None] = lambda: None) -> int:
    """Start a run in a process group of its own, and return its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setsid()
        before()
        code = run(folder)
    finally:
        os._exit(code)


def run(folder: Path) -> int:
    """Do what `evalkit run` does, on cells, results and a release of a few lines."""
    study = load_study(folder / "params" / "study.yaml")
    (period,) = (one for one in load_periods(study) if one.period == PERIOD)
    digest = _digest(folder)
    notebooks.execute = as_executed

    def results(study: Study, period: Period, staged: Path) -> tuple[Answer, ...]:
        write_text(f"outcome,estimate\nK1,{digest}\n", staged / ESTIMATES)
        return (Answer("Handläggare", f"Svar {digest}", "1,4 färre"),)

    def gate(study: Study, period: Period, staged: Path) -> Admitted:
        release = register.Release.of(PERIOD, digest, [Statement((("n", 1.0),), 7.0, 7.0)])
        register.enter(release, folder / "outputs")
        return Admitted(release.fingerprint)

    with claimed(folder / "outputs"):
        cells = folder / "outputs" / "cells" / digest
        if not cells.is_dir():
            with claimed(cells.parent, patience=inf):
                cell_store.write(_cells(digest), cells)
        return batch.run(study, [period], workers=2, publisher=Publisher(results, gate)).exit_code


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / EXTRACT).read_bytes()).hexdigest()[:12]


def _cells(digest: str) -> Cells:
    frame = pd.DataFrame({"n": [digest]})
    names = (*REGISTERS, *INTERVIEWS)
    return Cells(fingerprint=digest, registers=dict.fromkeys(names, frame),
                 **dict.fromkeys(cell_store.OWN, frame))  # fmt: skip


def as_executed(
    chapter: Path, parameters: dict, output: Path, *, root: Path, tell: object = None
) -> None:
    """Stand in for a chapter's cells: write it with one result, made from the extract."""
    data, mark = fragments.callout("fakta", f"Uppgifter {_digest(root)}.")._repr_mimebundle_()
    cell = new_code_cell("ek.shown(report)", execution_count=1)
    cell.outputs = [new_output("display_data", data, metadata=mark)]
    notebook = new_notebook(cells=[new_markdown_cell(f"# Om {chapter.stem}"), cell])
    notebooks._write_private(notebooks._stripped(notebook), output)


def ended(child: int) -> None:
    """Wait for a run that is not disturbed."""
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"an undisturbed run ended with {os.waitstatus_to_exitcode(status)}")


def files(folder: Path) -> Files:
    """Return every file below `outputs` but the figures, by its path there."""
    outputs = folder / "outputs"
    found = {path.relative_to(outputs).as_posix(): path for path in outputs.rglob("*")}
    return {
        name: path.read_bytes()
        for name, path in found.items()
        if path.is_file() and name.split("/")[0] != "demo"
    }


def restore(folder: Path, kept: Files) -> None:
    """Let `outputs` hold these files and the figures, and nothing else."""
    for path in (folder / "outputs").iterdir():
        if path.is_file():
            path.unlink()
        elif path.name != "demo":
            shutil.rmtree(path)
    for name, content in kept.items():
        path = folder / "outputs" / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o600)


def faults(folder: Path, old: Files, new: Files) -> list[str]:
    """Return what is wrong with the outputs that a killed run left; nothing, one hopes."""
    now, found = files(folder), []
    shown = {name: raw for name, raw in now.items() if not any(
        part.startswith(".") for part in name.split("/"))}  # fmt: skip
    found += [f"{name} is neither the old nor the new" for name, raw in shown.items()
              if raw not in (old.get(name), new.get(name))]  # fmt: skip
    found += [f"{name} is gone" for name in old if name not in now and "/." not in f"/{name}"]
    for cells in {name.split("/")[1] for name in shown if name.startswith("cells/")}:
        mine = {name for name in shown if name.startswith(f"cells/{cells}/")}
        if mine not in [{n for n in w if n.startswith(f"cells/{cells}/")} for w in (old, new)]:
            found.append("cells are not complete")
    sides = [all(now.get(n) == raw for n, raw in which.items() if n.startswith(f"{PERIOD}/"))
             for which in (old, new)]  # fmt: skip
    if not any(sides):
        return [*found, "the period's files are of two reports"]
    hashes = json.loads(now[f"{PERIOD}/manifest.json"])["files"]
    found += [f"{name}: not the manifest's hash" for name, digest in hashes.items()
              if hashlib.sha256(now[f"{PERIOD}/{name}"]).hexdigest() != digest]  # fmt: skip
    json.loads(now[REGISTER])
    if sides[1] and now[REGISTER] != new[REGISTER]:
        found.append("a report is published that the register does not know")
    if now["index.html"] == new["index.html"] != old["index.html"] and not sides[1]:
        found.append("the index tells of a report that is not there")
    linked = re.findall(r'href="?(\d+/[\w.]+)', now["index.html"].decode())
    found += [f"the index leads to {name}, which is not there" for name in linked
              if name not in now]  # fmt: skip
    return found + _open_to_others(folder)


def _open_to_others(folder: Path) -> list[str]:
    made = [path for path in (folder / "outputs").rglob("*") if "demo" not in path.parts]
    return [
        f"{path.name} is open to others"
        for path in made
        if stat.S_IMODE(path.stat().st_mode) & 0o77
    ]


def stage(folder: Path, old: Files, new: Files) -> str:
    """Return how far the killed run had come."""
    now = files(folder)
    staged = {name.rsplit("/", 1)[-1] for name in now if name.startswith(".staging-")}
    if now["index.html"] == new["index.html"]:
        place = 6
    elif now[f"{PERIOD}/manifest.json"] == new[f"{PERIOD}/manifest.json"]:
        place = 5
    elif now[REGISTER] == new[REGISTER]:
        place = 4
    elif staged & {"estimates.csv", "utvardering.html"}:
        place = 3
    elif any(name.startswith("cells/") and name not in old for name in now if name in new):
        place = 2
    else:
        place = int(any(name.startswith("cells/.staging-") for name in now))
    return STAGES[place]


def killed_at_random(folder: Path, delay: float) -> None:
    """Run, and kill the whole process group after `delay` seconds."""
    child = start(folder)
    time.sleep(delay)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)


def killed_at_step(folder: Path, step: int) -> bool:
    """Run, and let it be killed before its `step`th change of a file; tell whether it was."""
    child = start(folder, lambda: _count_down(str(folder / "outputs"), step))
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _count_down(outputs: str, step: int) -> None:
    left = [step]
    changes = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "shutil.rmtree")

    def before(event: str, arguments: tuple) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
        trades = event == "ctypes.dlsym"
        if not (writes or trades or event in changes):
            return
        if trades or outputs in str(arguments[0]) or event == "os.rmdir":
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(before)


def seconds_of(folder: Path, old: Files) -> float:
    """Return how long a run takes that nobody disturbs, the middle one of three."""
    taken = []
    for _ in range(3):
        restore(folder, old)
        begun = time.perf_counter()
        ended(start(folder))
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[1]


def run_again(folder: Path, new: Files) -> list[str]:
    """Run after a kill, and return how the outcome differs from an undisturbed run's."""
    ended(start(folder))
    now = files(folder)
    return [f"{name} differs after the next run" for name in now.keys() | new.keys()
            if now.get(name) != new.get(name)]  # fmt: skip


def kill_at_random(
    folder: Path, old: Files, new: Files, times: int, again: int, seed: int = 1
) -> tuple[Counter[str], list[str]]:
    """Return in which stage the kills fell, and every fault that was found."""
    chance, span = random.Random(seed), seconds_of(folder, old)
    stages: Counter[str] = Counter()
    found: list[str] = []
    for number in range(times):
        restore(folder, old)
        killed_at_random(folder, chance.uniform(0, span))
        stages[stage(folder, old, new)] += 1
        found += faults(folder, old, new)
        if number % again == 0:
            found += run_again(folder, new)
    return stages, found


def kill_at_steps(
    folder: Path, old: Files, new: Files, every: int, again: int
) -> tuple[Counter[str], list[str]]:
    """Kill before every `every`th change of a file, until a run gets through; return the same."""
    stages: Counter[str] = Counter()
    found: list[str] = []
    step = 0
    while True:
        restore(folder, old)
        if not killed_at_step(folder, step):
            return stages, found
        stages[stage(folder, old, new)] += 1
        found += faults(folder, old, new)
        if (step // every) % again == 0:
            found += run_again(folder, new)
        step += every


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill runs and look at what stands.")
    parser.add_argument("times", type=int, help="kills at random moments")
    parser.add_argument("--steps", type=int, default=1, help="and at every how many-th step")
    parser.add_argument("--again", type=int, default=10, help="run again after every how many-th")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        old, new = prepare(folder)
        by_chance = kill_at_random(folder, old, new, given.times, given.again)
        by_step = kill_at_steps(folder, old, new, given.steps, given.again)
    for what, (stages, found) in (("at random", by_chance), ("at a step", by_step)):
        print(f"{stages.total()} kills {what}, {len(found)} faults")  # noqa: T201
        for name in STAGES:
            print(f"  {stages[name]:4} {name}")  # noqa: T201
        for fault in found:
            print(f"  {fault}")  # noqa: T201
    return bool(by_chance[1] or by_step[1])


if __name__ == "__main__":
    sys.exit(main())
