"""From extracts to cells as the extracts grow: time, memory, and the same by other means.

    python -m tests.bench.scale [--json FILE] [rows of assignments ...]

The demo's district is copied, each copy with keys of its own, until there are as many rows of
assignments as asked for (0.1, 1 and 10 million unless told). Each figure is of a process of its
own, imports apart: CPU seconds, wall, peak resident memory, and what lay on the disk at most
beyond that. All periods of the plan, every measure.

- read and check: files to typed tables that hold their contracts
- settle: the tables compressed; count: tables to cells, a measure (or one under a changed
  definition, or for one reason) at a time; dominance: what one family or caseworker makes up
- scan: what one reading of the same bytes takes in the engine, as text and with types
- pandas: four measures of one period the usual way (`plain`), to a million rows; ours for pandas:
  the same by ours, which also reads and checks every extract. No figure is told of either unless
  their cells are equal
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from evalkit.data import contracts, counting, dominance, engine, extracts, simulate
from evalkit.data.cells import STRATA
from evalkit.data.cohort import Sample
from evalkit.params import load_periods, load_study
from tests.bench import plain
from tests.bench.checkers import peak_mb

ROOT = Path(__file__).parents[2]
ROWS = (100_000, 1_000_000, 10_000_000)
STUDY = load_study(ROOT / "params" / "study.yaml")
PERIODS = load_periods(STUDY)
ONE_PERIOD = next(period for period in PERIODS if period.period == "2021")
BESIDE_PANDAS = ("pandas", "ours for pandas")
PLAIN = ("K1", "K2", "R1", "U1")  # what is also counted the usual way
PLAIN_ROWS = 1_000_000  # beyond, pandas would have to hold more than many machines do
SHARED = ("enhet_id",)  # a key that every copy has in common
COUNT = "count"  # the stage whose result is a list of counted measures


def write_copies(folder: Path, rows: int) -> int:
    """Write extracts with about so many assignments, at most; return how many."""
    made = simulate.simulate(STUDY)
    one = len(made.tables["tilldelning"])
    simulate.write(made, folder / "one")
    copies = max(1, rows // one)
    target = folder / "extracts"
    target.mkdir()
    base = duckdb.connect()
    base.execute("SET preserve_insertion_order = false")  # else a copy waits for the one before
    for path in sorted((folder / "one").glob("*.csv")):
        names = pd.read_csv(path, sep=";", nrows=0).columns
        cells = [
            f'"{name}" || \'x\' || copy AS "{name}"' if name in _keys(names) else f'"{name}"'
            for name in names
        ]
        times = copies if "barn_id" in names or _keys(names) & _OF_CASES else 1
        base.execute(
            f"COPY (SELECT {', '.join(cells) if times > 1 else '* EXCLUDE copy'} "
            f"FROM range({times}) AS r(copy), {_as_text(path)}) "
            f"TO '{target / path.name}' (DELIMITER ';', HEADER, QUOTE '')"
        )
    base.close()
    return copies * one


_OF_CASES = {"utredning_id", "handlaggare_id"}


def _keys(names: pd.Index) -> set[str]:
    return {name for name in names if name.endswith("_id") and name not in SHARED}


def _as_text(path: Path) -> str:
    return f"read_csv('{path}', delim = ';', header = true, all_varchar = true, nullstr = '')"


class Clock:
    """Tells what each stage of this process has taken."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def lap(self, case: str, work: Callable[[], Any]) -> Any:
        cpu, wall = time.process_time(), time.perf_counter()
        result = work()
        told = {
            "case": case,
            "rows": self.rows,
            "cpu": time.process_time() - cpu,
            "wall": time.perf_counter() - wall,
            "peak_mb": peak_mb(),
            "counts": len(result) if case == COUNT else 0,
        }
        sys.stdout.write(json.dumps({"bench": "scale"} | told) + "\n")
        sys.stdout.flush()
        return result


def cells(folder: Path, clock: Clock) -> None:
    """Carry out what `aggregation.make` does, a stage at a time."""
    known = contracts.load(ROOT / "data_contracts")
    tables = clock.lap("read and check", lambda: extracts.read(folder, known))
    clock.lap("settle", lambda: engine.settle(tables.con))
    for period in PERIODS:
        sample = Sample(tables, STUDY, period)
        clock.lap(COUNT, lambda sample=sample: counting.cells(sample))
        clock.lap("dominance", lambda sample=sample: dominance.dominated(sample))
        sample.kept.drop()


def scan(folder: Path, clock: Clock) -> None:
    """Read every file once, to nothing but the largest cell of each column."""
    for case, types in (("scan as text", "all_varchar = true"), ("scan with types", "")):
        base = duckdb.connect()

        def read(types: str = types, base: duckdb.DuckDBPyConnection = base) -> None:
            for path in sorted(folder.glob("*.csv")):
                how = ", ".join(["delim = ';'", "header = true", *([types] if types else [])])
                base.execute(f"SELECT max(COLUMNS(*)) FROM read_csv('{path}', {how})").fetchall()

        clock.lap(case, read)
        base.close()


def by_pandas(folder: Path, clock: Clock) -> None:
    found = clock.lap("pandas", lambda: plain.cells(folder, STUDY, ONE_PERIOD))
    found.to_pickle(_answer(folder, "pandas"))


def ours_for_pandas(folder: Path, clock: Clock) -> None:
    def count() -> pd.DataFrame:
        tables = extracts.read(folder, contracts.load(ROOT / "data_contracts"))
        engine.settle(tables.con)
        sample = Sample(tables, STUDY, ONE_PERIOD)
        rows = counting.MEASURES | counting.WAITING
        return pd.concat(counting.count(rows[name](sample), name) for name in PLAIN)

    clock.lap("ours for pandas", count).to_pickle(_answer(folder, "ours for pandas"))


def _answer(folder: Path, case: str) -> Path:
    return folder.with_name(f"{case}.pkl")


def check_equal(folder: Path) -> None:
    """Raise AssertionError where pandas and ours have not come to the same cells."""
    found, ours = (
        pd.read_pickle(_answer(folder, case)).sort_values(["measure", *STRATA], ignore_index=True)
        for case in BESIDE_PANDAS
    )
    if set(ours["measure"]) != set(PLAIN):
        raise AssertionError("a measure has no cells")
    pd.testing.assert_frame_equal(found[list(ours)], ours, check_dtype=False)


WORK = {"cells": cells, "scan": scan, "pandas": by_pandas, "ours for pandas": ours_for_pandas}


def told_of(folder: Path, rows: int) -> list[dict[str, Any]]:
    """Measure every kind of work on the extracts of a folder."""
    beside = rows <= PLAIN_ROWS
    kinds = [work for work in WORK if beside or work not in BESIDE_PANDAS]
    told = [one for work in kinds for one in measured(work, folder, rows)]
    if beside:
        check_equal(folder)
    return told


def measured(work: str, folder: Path, rows: int) -> list[dict[str, Any]]:
    """Run one kind of work in a process of its own; return what it told, and what it spilled."""
    with tempfile.TemporaryDirectory() as spill:
        command = [sys.executable, "-W", "ignore", "-m", "tests.bench.scale", "--work", work]
        process = subprocess.Popen(
            [*command, "--folder", str(folder), str(rows)],
            cwd=ROOT, env=os.environ | {"TMPDIR": spill}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        most = 0.0
        while process.poll() is None:
            most = max(most, sum(_size(path) for path in Path(spill).rglob("*")) / 2**20)
            time.sleep(0.5)
        told = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"{work} at {rows:,} rows ended with {process.returncode}")
    return [json.loads(line) | {"spilled_mb": most} for line in told.splitlines()]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # it was there a moment ago
        return 0


def together(told: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Add up the periods of each case, and all stages of ours."""
    frame = pd.DataFrame(told)
    added = {"cpu": "sum", "wall": "sum", "counts": "sum", "peak_mb": "max", "spilled_mb": "max"}
    yield from (
        frame.groupby(["bench", "case", "rows"], sort=False, as_index=False)
        .agg(added)
        .to_dict("records")
    )
    ours = frame[frame["case"].isin(["read and check", "settle", COUNT, "dominance"])]
    yield from (
        ours.assign(case="extracts to cells")
        .groupby(["bench", "case", "rows"], as_index=False)
        .agg(added)
        .to_dict("records")
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", type=int, default=ROWS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", choices=WORK)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.work:
        WORK[asked.work](asked.folder, Clock(asked.rows[0]))
        return
    found: list[dict[str, Any]] = []
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as place:
            written = write_copies(Path(place), rows)
            told = told_of(Path(place) / "extracts", written)
        for one in together(told):
            found.append(one)
            sys.stdout.write(
                f"{one['rows']:>10,} rows, {one['case']:18} {one['cpu']:8.1f} CPU s "
                f"{one['wall']:8.1f} s wall, peak {one['peak_mb']:6,.0f} MB, "
                f"spilled {one['spilled_mb']:7,.0f} MB\n"
            )
            sys.stdout.flush()
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
