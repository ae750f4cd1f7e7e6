"""What a batch costs: our run, the papermill and nbconvert commands, and the bare computation.

    python -m tests.bench.batch [--periods N] [--json FILE]

CPU seconds of whole processes and of all that they start, on the demo at full size with a pilot
that goes on for five whole years, and ratios within this one run. The floor is the chapters' own
code, executed in one process that has imported everything once: with the evidence shared as our
run shares it, and without sharing, as the notebooks stand. This and the commands are timed on the
first period only, since they take minutes, and counted as many times as there are periods: one
period costs them what another does. Without cells the first period's commands make those of all.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.measuring import (
    COMMANDS,
    COMMANDS_COLD,
    OUR_RUN,
    OUR_RUN_COLD,
    Record,
    options,
    tell,
)

ROOT = Path(__file__).parents[2]
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
FIRST, PERIODS = 2020, 5
FLOORS = {
    "shared": "the chapters' code in one process, evidence shared",
    "alone": "the chapters' code in one process, each as it stands",
}
EVALKIT = "from evalkit.cli import main; main()"
FLOOR = """
import json, sys
from pathlib import Path
import evalkit.vocabulary
from evalkit.chapters import opening
from evalkit.chapters.opening import Report
from evalkit.data import aggregation
from evalkit.params import load_periods, load_study
study = load_study(Path("params/study.yaml"))
periods = load_periods(study)[: int(sys.argv[2])]
if sys.argv[1] == "shared":
    made = aggregation.load_or_make(study, periods)
    opening.share(Report.of(study, periods, periods[-1], made))
for period in periods:
    for name in study.chapters:
        known = {}
        for cell in json.loads(Path(f"notebooks/{name}.ipynb").read_text("utf-8"))["cells"]:
            source = "".join(cell["source"])
            if "parameters" in cell["metadata"].get("tags", []):
                known.update(period.model_dump(mode="json"))
            elif cell["cell_type"] == "code" and source.startswith("ek."):
                eval(source, known)._repr_mimebundle_()
            elif cell["cell_type"] == "code":
                exec(source, known)
"""


def spent(command: list[str], study: Path, **around: str) -> tuple[float, float]:
    """Run a command to its end; return its CPU seconds, with its children's, and the wall's."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | around
    done = subprocess.run(command, cwd=study, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[:4]} ended with {done.returncode}: {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.perf_counter() - begun


def evalkit(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-c", EVALKIT, *arguments]


def make_study(folder: Path, periods: int) -> Path:
    """Lay out the demo in a folder of its own, with a pilot of so many whole years."""
    study = folder / "study"
    study.mkdir()
    for name in ("params", "notebooks", "data_contracts"):
        shutil.copytree(ROOT / name, study / name)
    (study / "outputs").mkdir()
    last = FIRST + max(periods, 3) - 1
    plan = study / "params" / "study.yaml"
    text = re.sub(r'(exposure_end: ")[0-9-]+', rf"\g<1>{last}-12-31", plan.read_text("utf-8"))
    plan.write_text(re.sub(r'(data_end: ")[0-9-]+', rf"\g<1>{last + 1}-12-31", text), "utf-8")
    whole = (study / "params" / "2021.yaml").read_text("utf-8")
    for year in range(2022, last + 1):
        later = whole.replace("2022", str(year + 1)).replace("2021", str(year))
        (study / "params" / f"{year}.yaml").write_text(later, "utf-8")
    for year in range(FIRST + periods, last + 1):
        (study / "params" / f"{year}.yaml").unlink()
    spent(evalkit("demo"), study)
    return study


def commands(study: Path) -> tuple[float, float]:
    """Return what the two commands cost for all chapters of the first period."""
    cpu = wall = 0.0
    period = sorted((study / "params").glob("20*.yaml"))[0]
    with tempfile.TemporaryDirectory() as made:
        for chapter in sorted((study / "notebooks").glob("*.ipynb")):
            out = str(Path(made) / chapter.name)
            papermill = ["papermill", str(chapter), out, "-f", str(period), "--no-progress-bar"]
            export = ["jupyter", "nbconvert", "--to", "html", "--no-input", out]
            for command in (papermill, export):
                module = [sys.executable, "-W", "ignore", "-m", *command]
                more = spent(module, study)
                cpu, wall = cpu + more[0], wall + more[1]
    return cpu, wall


def ours(study: Path) -> dict[str, tuple[float, float]]:
    """Return what our run costs: from nothing, from cells, again, and with a chapter reworded."""
    outputs, run = study / "outputs", evalkit("run", "--all")
    found = {OUR_RUN_COLD: spent(run, study)}
    for path in outputs.glob("20*"):
        shutil.rmtree(path)
    (outputs / "register.json").unlink()
    found[OUR_RUN] = spent(run, study)
    found["our run, nothing changed"] = spent(run, study)
    chapter = study / "notebooks" / "02_pilot.ipynb"
    reworded = json.loads(chapter.read_text("utf-8"))
    reworded["cells"][0]["source"].append("\n\nEn mening till.")
    chapter.write_text(json.dumps(reworded), "utf-8")
    return found | {"our run, one chapter changed": spent(run, study)}


def both_commands(study: Path, periods: int) -> dict[str, tuple[float, float]]:
    """Return what the two commands cost for all periods: with cells there, and from nothing."""
    shutil.rmtree(study / "outputs" / "cells")
    (first_cpu, first_wall), (cpu, wall) = commands(study), commands(study)
    others = periods - 1
    return {
        COMMANDS: (cpu * periods, wall * periods),
        COMMANDS_COLD: (first_cpu + cpu * others, first_wall + wall * others),
    }


def main() -> None:
    given = options("what a batch costs", periods=(PERIODS,))
    (periods,) = given.periods
    with tempfile.TemporaryDirectory() as place:
        study = make_study(Path(place), periods)
        found = ours(study)
        for kind, name in FLOORS.items():
            timed = periods if kind == "shared" else 1
            command = [sys.executable, "-W", "ignore", "-c", FLOOR, kind, str(timed)]
            cpu, wall = spent(command, study, **ONE_THREAD)
            found[name] = cpu * periods / timed, wall * periods / timed
        found |= both_commands(study, periods)
    records: list[Record] = [
        {"bench": "batch", "case": name, "periods": periods, "cpu": cpu, "wall": wall}
        for name, (cpu, wall) in found.items()
    ]
    tell(records, given.json)


if __name__ == "__main__":
    main()
