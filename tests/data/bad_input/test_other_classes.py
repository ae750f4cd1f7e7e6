"""Classes of bad input that are no matter of the extracts' rows.

Elsewhere: spreadsheets and limits (21, 22, 54) in `test_typed_files.py`; what no estimate can be
made of (42, 43) in `properties/test_degenerate.py`; free text (45) in `test_contracts.py`; kills,
locks and disks (55) in `running/test_staying_up.py`; equal bytes (56) in `running/test_batch.py`.
No count is made by the flag of protected identity (48): the worlds of `spec/` have no such column.
Not planted: notebooks edited by hand (58), parameters that filter (60).
"""

import pytest

from evalkit.data import extracts, table_files


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
        yield from table_files.read_batches(folder, contract, strangers)
        if contract.table == "child":
            with (folder / contract.file).open("ab") as stream:
                stream.write(b"B9;")

    monkeypatch.setattr(extracts, "read_batches", growing)
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
