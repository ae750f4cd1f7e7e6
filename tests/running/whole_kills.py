"""Kill whole `evalkit run` processes with SIGKILL at random moments, and look at what stands.

    python -m tests.running.whole_kills 200

As `kills.py`, but nothing stands in for anything: imports, contracts, cells, chapters, the release
gate and the index are those of the command, on the example of a city's districts with one chapter.
Moments are drawn evenly over an undisturbed run's processor time, that of the processes it starts
included, so that a busy machine does not move them. Only the command's own process is killed, as
when memory runs out: those it started have to find out for themselves.

After each kill the old report or the new stands whole, byte for byte, nothing is half written, and
no process is left. After every 20th a run is let through, which has to take away what the killed
one left, and to end with the files of a run that nobody disturbed.

A kill takes half an undisturbed run, and 200 about half an hour of a shared processor. Not on
Windows.
"""

import argparse
import csv
import os
import random
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parent))  # as pytest has it

from chapters import REPOSITORY
from kills import PERIOD, STAGES, Files, faults, files, restore, stage

CITY = REPOSITORY / "examples" / "city"
FIGURES = Path("outputs/demo/extracts/statistik.csv")
CHAPTER = "01_districts"
COMMAND = "from evalkit.cli import main; main()"
LOOK_EVERY = 0.05  # seconds
OTHERS_END_WITHIN = 120  # seconds


def prepare(folder: Path) -> tuple[Files, Files, float]:
    """Lay out a study with a report on old figures, and new ones to be run on.

    Returns what `outputs` holds after undisturbed runs on the old and then on the new figures,
    and the processor time of the second, in seconds.
    """
    for name in ("params", "data_contracts", "notebooks"):
        shutil.copytree(CITY / name, folder / name)
    plan = folder / "params" / "study.yaml"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(re.sub(r"chapters:\n(  - \w+\n)+", f"chapters: [{CHAPTER}]\n", text), "utf-8")
    runpy.run_path(str(CITY / "simulate.py"))["write"](folder / FIGURES)
    run_whole(folder)
    old = files(folder)
    change_figures(folder / FIGURES)
    seconds = run_whole(folder)
    return old, files(folder), seconds


def change_figures(path: Path) -> None:
    """Halve every numerator of the first year."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, delimiter=";")
    year, told = header.index("ar"), header.index("taljare")
    for row in rows:
        if row[year] == rows[0][year] and row[told].isdigit():
            row[told] = str(int(row[told]) // 2)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *rows])


def start(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", COMMAND, "run", f"params/{PERIOD}.yaml"],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(REPOSITORY)}, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def run_whole(folder: Path) -> float:
    """Let a run get through, and return its processor time in seconds, of all its processes."""
    before = os.times()
    process = start(folder)
    told, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"an undisturbed run ended with {process.returncode}: {told.decode()}")
    after = os.times()
    return (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )


def killed_after(folder: Path, seconds: float) -> bool:
    """Run, and kill the command after so much processor time; tell whether it still ran."""
    process = start(folder)
    while process.poll() is None and used(process.pid) < seconds:
        time.sleep(LOOK_EVERY)
    process.kill()
    process.communicate()
    return process.returncode < 0


def used(pid: int) -> float:
    """Return the processor time of a process and of all below it, in seconds."""
    total = 0.0
    try:
        command = psutil.Process(pid)
        for one in (command, *command.children(recursive=True)):
            total += sum(one.cpu_times()[:4])  # user, system, and both of children that have ended
    except psutil.NoSuchProcess:
        pass  # ended while it was looked at; the next look tells
    return total


def left_running(folder: Path) -> list[str]:
    """Return the processes that work in the study's folder when they have had time to end."""
    until = time.monotonic() + OTHERS_END_WITHIN
    while (found := working_in(folder)) and time.monotonic() < until:
        time.sleep(0.2)
    return [f"{name} was left running" for name in found]


def working_in(folder: Path) -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            if folder in (place := Path(process.cwd()), *place.parents):
                found.append(process.name())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def run_again(folder: Path, new: Files) -> list[str]:
    """Run after a kill, and return how what stands differs from what an undisturbed run leaves."""
    run_whole(folder)
    now = files(folder)
    found = [f"{name} differs after the next run" for name in now.keys() | new.keys()
             if now.get(name) != new.get(name)]  # fmt: skip
    strays = (folder / "outputs").rglob(".staging-*")
    return found + [f"{path.name} is left after the next run" for path in strays]


def kill_whole(folder: Path, times: int, again: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Return in which stage the kills fell, and every fault that was found."""
    old, new, seconds = prepare(folder)
    chance = random.Random(seed)
    stages: Counter[str] = Counter()
    found: list[str] = []
    while (number := stages.total()) < times:
        restore(folder, old)
        if not killed_after(folder, moment := chance.uniform(0, seconds)):
            continue  # it was a little quicker than the first, and had ended
        found += left_running(folder)
        stages[stage(folder, old, new)] += 1
        faulty = faults(folder, old, new)
        if number % again == 0:
            faulty += run_again(folder, new)
        found += [f"kill {number + 1}, at {moment:.1f} of {seconds:.1f} s: {f}" for f in faulty]
        print(f"{number + 1} killed, {len(found)} faults", file=sys.stderr)  # noqa: T201
    return stages, found


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill whole runs and look at what stands.")
    parser.add_argument("times", type=int, help="kills at random moments")
    parser.add_argument("--again", type=int, default=20, help="run again after every how many-th")
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        stages, found = kill_whole(Path(place).resolve(), given.times, given.again, given.seed)
    print(f"{stages.total()} whole runs killed, {len(found)} faults")  # noqa: T201
    for name in STAGES:
        print(f"  {stages[name]:4} {name}")  # noqa: T201
    for fault in found:
        print(f"  {fault}")  # noqa: T201
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
