"""Many small studies, run here and on a Dask cluster of separate processes, and compared.

    python -m tests.running.municipalities 290

Each municipality is a study of its own with three periods: three simulated districts with published
figures, drawn with the municipality's own seed, one outcome and one chapter. All are run by
`evalkit runs` here, then by the same command on a cluster of two worker processes on the loopback
address. Now and then a worker that is at work is killed with SIGKILL. In the end every file of
every study is compared with the local run's, byte for byte.

The whole takes about an hour of a shared processor with two cores. Not on Windows.
"""

import argparse
import csv
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).parents[2]
CITY = ROOT / "examples" / "city"
COMMAND = "from evalkit.cli import main; main()"
DISTRICTS = tuple(f"Stadsdel {letter}" for letter in "ABC")
YEARS = range(2017, 2023)
CHAPTERS = ("01_districts",)
PERIODS = ("2020", "2021", "2022")


def make_studies(folder: Path, number: int, chapters: tuple[str, ...] = CHAPTERS) -> list[Path]:
    """Lay out so many municipalities in a folder, and return their plans."""
    return [make_study(folder / f"kommun_{seed:03}", seed, chapters) for seed in range(number)]


def make_study(folder: Path, seed: int, chapters: tuple[str, ...] = CHAPTERS) -> Path:
    """Lay out a municipality: the city's example, made small; return its plan."""
    for name in ("params", "data_contracts", "notebooks"):
        shutil.copytree(CITY / name, folder / name)
    plan = folder / "params" / "study.yaml"
    plan.write_text(small(plan.read_text("utf-8"), folder.name, seed, chapters), "utf-8")
    figures = folder / "outputs" / "demo" / "extracts" / "statistik.csv"
    figures.parent.mkdir(parents=True)
    with figures.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows(seed))
    return plan


def small(plan: str, name: str, seed: int, chapters: tuple[str, ...]) -> str:
    """Return the city's plan with few districts, one outcome and as few extra methods as it may."""
    listed = "".join(f"    - {district}\n" for district in DISTRICTS[1:])
    first = re.search(r"outcomes:\n  - id: R1\n(    .*\n)+", plan)
    if first is None:
        raise RuntimeError("the city's plan no longer begins with the outcome R1")
    plan = re.sub(r"(?s)outcomes:\n.*?\nnotes:", f"{first[0]}\nnotes:", plan)
    for pattern, text in (
        (r"(?m)^id: .*", f"id: {name.replace('_', '-')}"),
        (r"(?m)^seed: .*", f"seed: {seed}"),
        (r"chapters:\n(  - \w+\n)+", f"chapters: [{', '.join(chapters)}]\n"),
        (r"comparison:\n(    - .*\n)+", f"comparison:\n{listed}"),
        (r'pre: \{start: "\d+', f'pre: {{start: "{YEARS[0]}'),
        (r"checks: \[.*\]", "checks: [exact_t]"),
        (r"ladder: \[.*\]", "ladder: []"),
        (r"draws: \d+", "draws: 100"),
    ):
        plan, found = re.subn(pattern, text, plan)
        if found != 1:
            raise RuntimeError(f"{pattern}: found {found} times in the city's plan")
    return plan


def rows(seed: int) -> Iterator[tuple[object, ...]]:
    """Yield a municipality's published figures: the pilot takes six points of about 24 away."""
    draw = np.random.default_rng(seed)
    yield "omrade", "ar", "matt", "kon", "taljare", "namnare"
    level = 0.24 + draw.normal(0, 0.03, len(DISTRICTS))
    size = draw.integers(250, 900, len(DISTRICTS))
    for year in YEARS:
        for place, district in enumerate(DISTRICTS):
            effect = -0.06 * (0.5 if year == 2020 else 1.0) * (place == 0 and year >= 2020)
            n = int(draw.poisson(size[place]))
            share = level[place] + draw.normal(0, 0.008) + effect
            yield district, year, "R1", "båda", int(draw.binomial(n, share)), n


def runs(plans: list[Path], *options: str) -> subprocess.Popen:
    """Start `evalkit runs` on these studies."""
    command = [sys.executable, "-W", "ignore", "-c", COMMAND, "runs", *map(str, plans), "--json"]
    return subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, text=True, env=environment()
    )


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def told(process: subprocess.Popen) -> list[dict]:
    """Return what a run told of each period, when it has ended."""
    out, _ = process.communicate()
    return [json.loads(line) for line in out.splitlines()]


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, list[int]]]:
    """Start a Dask scheduler and workers of one thread each; yield its address and their ids.

    A worker is a nanny's child, so that one that is killed is started anew. Nothing but the
    loopback address, no dashboard.
    """
    from distributed import LocalCluster

    os.environ |= environment()  # the workers'
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1",
        dashboard_address=None,
    ) as started:  # fmt: skip
        yield started.scheduler_address, [one.process.pid for one in started.workers.values()]


def kill_one() -> list[psutil.Process]:
    """Kill a worker that has a study being run, with SIGKILL; return it and those below it.

    None are returned when none is at work.
    """
    for process in psutil.Process().children(recursive=True):
        try:
            worker = process.parent()
            outermost = worker is not None and is_room(process) and not is_room(worker)
            if outermost and process.children():
                below = worker.children(recursive=True)
                worker.send_signal(signal.SIGKILL)
                return [worker, *below]
        except psutil.NoSuchProcess:
            continue
    return []


def is_room(process: psutil.Process) -> bool:
    """Tell whether a process is a room, or a study that is a fork of one."""
    try:
        return "evalkit.running.rooms" in process.cmdline()
    except psutil.NoSuchProcess:  # it has ended since it was listed
        return False


def files(plan: Path) -> dict[str, bytes]:
    """Return every file that a study's runs have left, by its path; the locks are empty."""
    outputs = plan.parent.parent / "outputs"
    found = (path for path in outputs.rglob("*") if path.is_file())
    return {path.relative_to(outputs).as_posix(): path.read_bytes() for path in found}


def differences(here: list[Path], there: list[Path]) -> list[str]:
    """Return every file that two sets of studies do not have alike."""
    found = []
    for one, other in zip(here, there, strict=True):
        left, right = files(one), files(other)
        names = sorted(name for name in left.keys() | right.keys()
                       if left.get(name) != right.get(name))  # fmt: skip
        found += [f"{one.parent.parent.name}: {name} differs" for name in names]
    return found


def spent() -> float:
    """Return the CPU seconds of all processes that this one has waited for, with theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def on_cluster(plans: list[Path], kills: int) -> tuple[list[dict], int]:
    """Run studies on a cluster and kill workers on the way; return what was told, and the kills."""
    killed = 0
    with cluster(2) as (address, _):
        process = runs(plans, "--scheduler", address)
        lines: list[dict] = []
        if process.stdout is None:
            raise RuntimeError("no pipe")
        due = [len(PERIODS) * len(plans) * (k + 1) // (kills + 1) for k in range(kills)]
        for line in process.stdout:
            lines.append(json.loads(line))
            if killed < kills and len(lines) >= due[killed] and kill_one():
                killed += 1
        process.wait()
    return lines, killed


def main() -> int:
    parser = argparse.ArgumentParser(description="Run many municipalities here and on a cluster.")
    parser.add_argument("number", type=int, help="municipalities")
    parser.add_argument("--kills", type=int, default=3, help="workers killed on the way")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        here = make_studies(Path(place).resolve() / "here", given.number)
        there = make_studies(Path(place).resolve() / "there", given.number)
        found: list[str] = []
        for name, run in (
            ("here", lambda: (told(runs(here, "--workers", "2")), 0)),
            ("on the cluster", lambda: on_cluster(there, given.kills)),
        ):
            begun, before = time.perf_counter(), spent()
            ends, killed = run()
            cpu, wall = spent() - before, time.perf_counter() - begun
            published = sum(end["kind"] != "failed" for end in ends)
            due = given.number * len(PERIODS)
            print(f"{name}: {published} of {due} reports, {cpu:.0f} CPU s, "  # noqa: T201
                  f"{wall:.0f} s, {killed} workers killed", flush=True)  # fmt: skip
            found += [message for end in ends for message in end["messages"]]
        found += differences(here, there)
        compared = sum(len(files(plan)) for plan in here)
    print(f"{compared} files compared, {len(found)} faults")  # noqa: T201
    print(*found, sep="\n")  # noqa: T201
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
