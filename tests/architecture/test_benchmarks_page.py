"""The page of the benches says what the figures beside it say, and nothing else."""

import json
from pathlib import Path

import pytest

from tests.bench.page import page

DOCS = Path(__file__).parents[2] / "docs"
MACHINE = {"system": "Linux", "processor": "x86_64", "cores": 2, "python": "3.11", "packages": {}}


def fit(case, cpu, rows=1000):
    told = {"bench": "estimation", "case": case, "rows": rows, "cpu": cpu, "wall": 2 * cpu}
    return told | {"peak_mb": 1.0, "times": 3, "apart": 0.0, "error_apart": 0.0}


def made(records, folder):
    return page({"machine": MACHINE, "records": records}, folder)


def test_the_fastest_library_is_told_beside_ours_and_not_what_is_done_by_hand(tmp_path):
    fits = [
        fit("evalkit", 0.5), fit("by hand: pandas sums, pyfixest", 1.0),
        fit("slow", 50.0), fit("fast", 10.0),
    ]  # fmt: skip
    text = made(fits, tmp_path)
    assert "at 1,000 rows 20 x the CPU time and 20 x the wall time (fast)" in text
    assert "| 1,000 | slow | 50 | 100 x |" in text


def test_a_bench_that_was_not_run_has_no_section_and_an_absent_peer_is_told(tmp_path):
    absent = {"bench": "estimation", "case": "other", "absent": "not installed"}
    text = made([fit("evalkit", 0.5), fit("fast", 10.0), absent], tmp_path)
    assert "Left out: other (not installed)." in text
    assert text.count("## ") == 1


def test_growth_is_told_as_the_slope_of_the_logarithms(tmp_path):
    """CPU ten times for ten times the rows; memory twice for a hundred times, log 2 / log 100."""
    records = [
        {"bench": "scale", "case": "cells", "rows": 10**power, "cpu": 10.0 ** (power - 5),
         "wall": 1.0, "peak_mb": 100 * 2 ** ((power - 5) / 2)}
        for power in (5, 6, 7)
    ]  # fmt: skip
    assert "| cells | 1.00 | 0.15 |" in made(records, tmp_path)


def test_the_same_figures_give_the_same_bytes(tmp_path):
    for name in ("first", "second"):
        made([fit("evalkit", 0.5), fit("fast", 10.0)], tmp_path / name)
    first, second = (
        (tmp_path / name / "benchmarks" / "estimation.svg").read_bytes()
        for name in ("first", "second")
    )
    assert first == second


@pytest.mark.skipif(not (DOCS / "benchmarks.json").exists(), reason="make bench has not been run")
def test_the_page_in_docs_is_made_of_the_figures_beside_it(tmp_path):
    found = json.loads((DOCS / "benchmarks.json").read_text(encoding="utf-8"))
    assert page(found, tmp_path) == (DOCS / "benchmarks.md").read_text(encoding="utf-8")
    for picture in (tmp_path / "benchmarks").iterdir():
        assert (DOCS / "benchmarks" / picture.name).exists()
