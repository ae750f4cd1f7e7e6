"""What an evaluator or a data steward gets wrong: one message, an exit code, and nothing lost."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from studies import evalkit

EXTRACTS = Path("outputs/demo/extracts")
REPORT = Path("outputs/2021/utvardering.html")
PERSONNUMMER = "20121212-1212"
pytestmark = pytest.mark.xdist_group("whole")


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


def in_row(path: Path, column: str, value: str, row: int = 2) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[row - 1].split(";")
    cells[lines[0].split(";").index(column)] = value
    lines[row - 1] = ";".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def misspelt_parameter(study: Path) -> None:
    edit(study / "params/2021.yaml", lambda text: text.replace("cutoff:", "cutof:"))


def misspelt_plan(study: Path) -> None:
    edit(study / "params/study.yaml", lambda text: text.replace("wash_in:", "washin:"))


def overlapping_periods(study: Path) -> None:
    edit(
        study / "params/2022.yaml",
        lambda text: re.sub(r'start: "[^"]+"', 'start: "2021-06-01"', text).replace(
            'end: "2022-08-31"', 'end: "2021-12-31"'
        ),
    )


def wrong_delimiter(study: Path) -> None:
    edit(study / EXTRACTS / "barn.csv", lambda text: text.replace(";", ","))


def missing_column(study: Path) -> None:
    path = study / EXTRACTS / "insats.csv"
    edit(path, lambda text: text.replace("beslut_datum", "beslutsdag", 1))


def personnummer_in_a_cell(study: Path) -> None:
    in_row(study / EXTRACTS / "rad_och_stod.csv", "enhet_id", PERSONNUMMER)


def end_before_start(study: Path) -> None:
    in_row(study / EXTRACTS / "boende.csv", "tom", "1999-01-01")


def unknown_area(study: Path) -> None:
    edit(study / "params/study.yaml", lambda text: text.replace("- Nälsta", "- Nelsta"))


FAULTS = [
    (misspelt_parameter, 2, "2021.yaml: cutof: unknown key; did you mean 'cutoff'?"),
    (misspelt_plan, 2, "study.yaml: timeline.washin: unknown key; did you mean 'wash_in'?"),
    (overlapping_periods, 2, "overlap"),
    (wrong_delimiter, 3, "barn.csv"),
    (missing_column, 3, "insats.csv"),
    (personnummer_in_a_cell, 3, "rad_och_stod.csv"),
    (end_before_start, 3, "boende.csv"),
    (unknown_area, 2, "'Nelsta' is not in omradeskarta.csv; did you mean 'Nälsta'?"),
]


@pytest.fixture
def study(published, tmp_path) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(published, folder)
    return folder


@pytest.mark.parametrize(
    ("spoil", "exit_code", "message"), FAULTS, ids=[fault.__name__ for fault, *_ in FAULTS]
)
def test_a_fault_stops_with_one_message_and_leaves_the_report(study, spoil, exit_code, message):
    before = (study / REPORT).read_bytes()
    spoil(study)
    done = evalkit(study, "run", "params/2021.yaml")
    assert done.returncode == exit_code
    assert message in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert PERSONNUMMER not in done.stderr + done.stdout
    assert (study / REPORT).read_bytes() == before


@pytest.mark.parametrize("spoil", [wrong_delimiter, missing_column, personnummer_in_a_cell])
def test_check_finds_the_same_without_running_anything(study, spoil):
    spoil(study)
    done = evalkit(study, "check", "params/study.yaml")
    assert done.returncode == 3
    assert "ERROR" in done.stdout or "FATAL" in done.stdout


def test_demo_never_writes_where_real_extracts_belong(study):
    edit(study / "params/study.yaml", lambda t: t.replace("simulated: true", "simulated: false"))
    done = evalkit(study, "demo")
    assert done.returncode == 2
    assert "simulated: false" in done.stderr
