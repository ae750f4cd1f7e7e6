"""Classes of bad input that are no matter of the extracts' rows, and where each is shown."""

import re
from pathlib import Path

import pytest
from test_classes import TABLE

from evalkit.data import extracts, table_files

TESTS = Path(__file__).parents[2]
# Class -> the test that plants it, in another room.
ELSEWHERE = {
    42: "properties/test_degenerate.py::test_it_is_refused_or_undefined_with_a_reason",
    43: "properties/test_degenerate.py::test_it_is_refused_or_undefined_with_a_reason",
    45: "data/test_contracts.py::test_a_broken_contract_stops_with_its_file_and_place",
    56: "running/test_batch.py::test_equal_inputs_give_equal_files_whatever_the_number_of_workers",
    58: "architecture/test_house.py::test_a_chapter_is_stored_without_outputs",
    60: "running/test_execute.py::test_a_misspelt_parameter_is_refused_before_any_kernel_starts",
}
# Built beside this table, and to be joined with it: spreadsheets and limits, and kills and locks.
TO_JOIN = {21: "spreadsheets", 22: "spreadsheets", 54: "limits", 55: "kills and locks"}
HERE = {5, 6, 48, 52, 57, 61}


def test_every_class_has_a_planted_file():
    planted = {number for number, *_ in TABLE.values()}
    assert planted | HERE | set(ELSEWHERE) | set(TO_JOIN) == set(range(1, 62))


@pytest.mark.parametrize("place", sorted(set(ELSEWHERE.values())))
def test_what_is_shown_elsewhere_is_there(place):
    file, _, name = place.partition("::")
    assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8")


def plan(study, old, new):
    path = study.root / "params" / "study.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "exit_code"), [("../uttag", 2), ("/etc", 2), ("~/uttag", 2), ("C:/uttag", 2)]
)
def test_5_a_path_out_of_the_study_is_no_folder_of_extracts(study, evalkit_check, given, exit_code):
    plan(study, "extracts: uttag", f'extracts: "{given}"')
    code, told = evalkit_check()
    assert code == exit_code
    assert "study's folder" in told or "no such folder" in told


def test_6_a_file_that_grows_while_it_is_read_is_refused(study, evalkit_check, monkeypatch):
    def growing(folder, contract, strangers):
        yield from table_files.read_rows(folder, contract, strangers)
        if contract.table == "child":
            with (folder / contract.file).open("ab") as stream:
                stream.write(b"B9;")

    monkeypatch.setattr(extracts, "read_rows", growing)
    code, _ = evalkit_check()
    assert code == 3
    assert {(v.file, v.rule) for v in study.report.violations} == {
        ("barn.csv", "changed-while-read")
    }


YAML = {
    "typo": ("timeline:", "timelines:", "unknown key; did you mean 'timeline'?"),
    "key twice": ("seed: 20170101", "seed: 20170101\nseed: 1", "key 'seed' stands twice"),
    "python tag": ("seed: 20170101", "seed: !!python/object/apply:os.getcwd []", "line"),
    "alias": ("id: vallingbyteamet", "id: &a vallingbyteamet\nx: *a", "aliases are refused"),
    "NO": ("simulated: true", "simulated: NO", "simulated"),
    "1.10": ("seed: 20170101", "seed: 1.10", "seed"),
    "no day": ('exposure_end: "2022-08-31"', 'exposure_end: "2022-13-45"', "exposure_end"),
    "huge": ("# The analysis plan.", "#" * 1_000_001, "larger than"),
}


@pytest.mark.parametrize("fault", YAML)
def test_52_yaml_that_says_something_else_stops(study, evalkit_check, fault):
    old, new, words = YAML[fault]
    plan(study, old, new)
    code, told = evalkit_check()
    assert code == 2
    assert words in told
    assert study.report is None


def test_57_no_network_is_used(study, evalkit_check, monkeypatch):
    def refuse(*_):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    assert evalkit_check()[0] == 0


def test_61_services_under_another_act_are_warned_of(study, evalkit_check):
    for rows in study.rows.values():
        for row in rows:
            row["utdrag_datum"] = "2025-12-31"
    study.rows["insats"][1] |= {"start": "2025-07-01"}
    code, _ = evalkit_check()
    assert code == 0
    found = [(v.file, v.rule, v.first_rows, v.severity) for v in study.report.violations]
    assert found == [("insats.csv", "service-under-new-act", (3,), "warning")]


def test_48_the_flag_of_protected_identity_makes_no_count():
    """No column or stratum of the cells is made of it: only the contract names it."""
    package = TESTS.parent / "evalkit"
    rooms = [path for path in package.rglob("*.py") if "simulation" not in path.parts]
    assert not [path for path in rooms if re.search("protected_identity", path.read_text("utf-8"))]
