"""Nothing of a single person is left anywhere, whatever went wrong: planted, and searched for.

A run that succeeds, and its ids, are in `test_whole_way.py`. Here something is in the extracts that
should not be, or a chapter fails; the report of before stands, and is searched again.
"""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from studies import EXTRACTS, evalkit, leaks

PERSONNUMMER, NAME, PHONE = "20111213-2388", "Kanaria Exempelsson", "070-174 06 05"
FREE_TEXT = "mormor ringde om sommarstugan"
CODE = "zqx-okänd-kod"
ID = "-KANARIE-"  # stands in every canary of `studies.py`
WORDS = (ID, PERSONNUMMER, PERSONNUMMER[2:], NAME, "Exempelsson", PHONE, FREE_TEXT, CODE)


def in_cell(extract: str, column: str, *values: str) -> Callable[[Path], None]:
    """Return what puts values in the first rows of a column."""

    def spoil(study: Path) -> None:
        path = study / EXTRACTS / f"{extract}.csv"
        lines = path.read_text(encoding="utf-8").splitlines()
        place = lines[0].split(";").index(column)
        for row, value in enumerate(values, start=1):
            cells = lines[row].split(";")
            lines[row] = ";".join([*cells[:place], value, *cells[place + 1 :]])
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    return spoil


def column_of_text(study: Path) -> None:
    path = study / EXTRACTS / "barn.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    lines = [f"{header};{NAME}", *(f"{row};{FREE_TEXT}" for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def file_named_after_a_person(study: Path) -> None:
    (study / EXTRACTS / f"{NAME} {PERSONNUMMER}.csv").write_text("x\n", encoding="utf-8")


def double_ids(study: Path) -> None:
    """Every row with a canary twice, and once more under a key that leads nowhere."""
    for path in (study / EXTRACTS).iterdir():
        text = path.read_text(encoding="utf-8")
        again = [line for line in text.splitlines() if ID in line]
        more = [*again, *(line.replace(ID, f"{ID}X") for line in again)]
        path.write_text(text + "".join(f"{line}\n" for line in more), encoding="utf-8")


# Several at once, each in a file of its own, as a check is a whole process.
SPOILT = {
    "cells and a file": (
        double_ids,
        in_cell("rad_och_stod", "enhet_id", PERSONNUMMER, PERSONNUMMER[2:]),
        in_cell("handelse", "text", f"Möte med {NAME}", f"Ring {PHONE}"),
        in_cell("barn", "kon", CODE),
        file_named_after_a_person,
    ),
    "a column of free text": (column_of_text,),
}


@pytest.fixture
def study(published: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(published, folder)
    return folder


@pytest.mark.parametrize("fault", SPOILT)
def test_what_must_not_be_there_is_repeated_by_no_check_and_no_run(study: Path, fault: str) -> None:
    for spoil in SPOILT[fault]:
        spoil(study)
    for arguments in (("check",), ("check", "--json"), ("run", "params/2021.yaml")):
        done = evalkit(study, *arguments)
        assert done.returncode == 3, done.stderr
        said = done.stdout + done.stderr
        assert not [word for word in WORDS if word in said]
    assert not leaks(study, WORDS)


def test_a_check_that_finds_nothing_or_warns_leaves_no_id(study: Path) -> None:
    in_cell("insats", "slutorsak", *([""] * 50))(study)
    done = evalkit(study, "check")
    assert done.returncode == 0, done.stdout
    assert "WARNING" in done.stdout
    assert ID not in done.stdout + done.stderr
    assert not leaks(study, [ID])


def test_a_chapter_that_fails_on_a_row_tells_nothing_of_it(study: Path) -> None:
    path = study / "notebooks" / "04_quality.ipynb"
    chapter = json.loads(path.read_text(encoding="utf-8"))
    source = (
        f"rows = open('{EXTRACTS}/utredning.csv').read().splitlines()\n"
        "row = next(row for row in rows if 'KANARIE' in row)\n"
        "print(row)\nimport sys; print(row, file=sys.stderr)\nraise ValueError(row)"
    )
    chapter["cells"][-1] = {
        "cell_type": "code", "id": "x", "metadata": {}, "outputs": [], "execution_count": None,
        "source": source,
    }  # fmt: skip
    path.write_text(json.dumps(chapter), encoding="utf-8")
    plan = study / "params" / "study.yaml"
    text = plan.read_text(encoding="utf-8")
    plan.write_text(
        re.sub(r"(?m)^chapters:\n(?:  - .*\n)+", "chapters:\n  - 04_quality\n", text), "utf-8"
    )
    done = evalkit(study, "run", "params/2021.yaml")
    assert done.returncode == 6, done.stderr
    said = done.stdout + done.stderr
    assert "04_quality.ipynb: cell" in said
    assert "its message is withheld" in said
    assert ID not in said
    assert not leaks(study, [ID])
