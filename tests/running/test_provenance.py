"""The manifest: it changes when, and only when, what the report is made from changes."""

import hashlib
from pathlib import Path

import pytest
from chapters import write_chapter

from evalkit.errors import ParamsError
from evalkit.params import load_period, load_study
from evalkit.running.provenance import as_json, footer, inputs, manifest


def made_from(root: Path) -> dict:
    study = load_study(root / "params" / "study.yaml")
    period = load_period(root / "params" / "2021.yaml", study)
    return manifest(study, period, inputs(study, [root / "notebooks" / "00_a.ipynb"]))


@pytest.mark.parametrize(
    ("file", "group"),
    [
        ("outputs/demo/extracts/barn.csv", "extracts"),
        ("data_contracts/barn.odcs.yaml", "contracts"),
        ("notebooks/00_a.ipynb", "chapters"),
        ("params/study.yaml", "plan"),
        ("params/threats.yaml", "texts"),
    ],
)
def test_a_changed_file_changes_its_groups_fingerprint_alone(
    root: Path, file: str, group: str
) -> None:
    write_chapter(root, "00_a")
    before = made_from(root)["fingerprints"]
    with (root / file).open("a") as handle:
        handle.write("\n")
    after = made_from(root)["fingerprints"]
    assert {name for name in before if before[name] != after[name]} == {group}


def test_hashes_are_those_of_the_files_and_no_path_of_the_machine_is_told(root: Path) -> None:
    write_chapter(root, "00_a")
    found = made_from(root)
    extract = (root / "outputs/demo/extracts/barn.csv").read_bytes()
    assert found["inputs"]["extracts"] == {"barn.csv": hashlib.sha256(extract).hexdigest()}
    assert "running/provenance.py" in found["inputs"]["code"]
    assert str(root) not in as_json(found)
    assert as_json(found) == as_json(made_from(root))


def test_the_foot_of_the_report_names_cutoff_seed_and_fingerprints(root: Path) -> None:
    write_chapter(root, "00_a")
    found = made_from(root)
    foot = dict(footer(found))
    assert foot["Uppgifter registrerade till och med"] == "2022-12-31"
    assert foot["Slumpfrö"] == "20170101"
    assert foot["Data"] == found["fingerprints"]["extracts"]


def test_a_missing_folder_is_an_error_not_an_empty_hash(root: Path) -> None:
    write_chapter(root, "00_a")
    (root / "data_contracts" / "barn.odcs.yaml").unlink()
    (root / "data_contracts").rmdir()
    with pytest.raises(ParamsError, match="data_contracts/: no such folder"):
        made_from(root)
