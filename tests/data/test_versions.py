"""Versions of contracts: what is promised changes only with its version, by the right step."""

import re
from pathlib import Path

import pytest
from test_contracts import CHILD, contract_folder

from evalkit.data import contracts, versions
from evalkit.errors import ContractError

# What is replaced in the child's contract, by what, and the least version that it needs.
CHANGES = {
    "a comment": ("status: active", "status: active  # still", "1.0.0"),
    "a label": ("label: Ja", "label: Jo", "1.0.0"),
    "fewer codes": ("          - {value: nej, label: Nej}\n", "", "2.0.0"),
    "more codes": ("{value: nej, label: Nej}", "{value: nej}\n          - {value: x}", "1.1.0"),
    "required": ("logicalType: number", "logicalType: number\n        required: true", "2.0.0"),
    "narrower": ("minimum: 0.5", "minimum: 0.7", "2.0.0"),
    "wider": ("minimum: 0.5", "minimum: 0.3", "1.1.0"),
    "no limit": ("logicalTypeOptions: {minimum: 0.5}\n        ", "", "1.1.0"),
    "another pattern": ("{1,3}", "{1,4}", "2.0.0"),
    "another header": ("physicalName: andel", "physicalName: part", "2.0.0"),
    "an old header kept": (
        "physicalName: andel", "physicalName: part\n        synonyms: [{synonym: andel}]", "1.1.0"),
    "another rule": ("t.share IS NULL", "t.share < 1", "2.0.0"),
    "a rule that warns stops": ("severity: warning", "severity: error", "2.0.0"),
    "a rule that stops warns": ("severity: error", "severity: warning", "1.1.0"),
}  # fmt: skip


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    folder = contract_folder(tmp_path)
    versions.lock(folder, contracts.described(folder))
    return folder


def edited(folder: Path, old: str, new: str, version: str) -> None:
    assert old in CHILD
    text = CHILD.replace(old, new, 1).replace("version: 1.0.0", f"version: {version}", 1)
    (folder / "child.odcs.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_promise_needs_its_step(locked, change):
    old, new, needed = CHANGES[change]
    edited(locked, old, new, "1.0.0")
    if needed == "1.0.0":
        assert contracts.load(locked)
        return
    with pytest.raises(ContractError, match=re.escape(f"set version {needed}")):
        contracts.load(locked)
    if needed == "2.0.0":
        edited(locked, old, new, "1.1.0")
        with pytest.raises(ContractError, match="needs a major step"):
            versions.lock(locked, contracts.described(locked))
    edited(locked, old, new, needed)
    with pytest.raises(ContractError, match=r"1\.0\.0 is locked; record"):
        contracts.load(locked)
    assert versions.lock(locked, contracts.described(locked)) == [
        f"child.odcs.yaml: 1.0.0 -> {needed}"
    ]
    assert contracts.load(locked)


def test_a_contract_that_is_new_gone_or_older_than_its_lock_stops(locked):
    (locked / "parent.odcs.yaml").rename(locked / "other.odcs.yaml")
    with pytest.raises(ContractError) as fault:
        contracts.load(locked)
    assert "other.odcs.yaml: not in versions.lock" in str(fault.value)
    assert "parent.odcs.yaml is locked but not there" in str(fault.value)
    edited(locked, "version: 1.0.0", "version: 0.9.0", "0.9.0")
    with pytest.raises(ContractError, match=r"below 1\.0\.0, which is locked"):
        contracts.load(locked)


def test_a_damaged_lock_stops_and_contracts_without_one_are_read(locked):
    (locked / versions.LOCK).write_text('{"child.odcs.yaml": 1}', encoding="utf-8")
    with pytest.raises(ContractError, match="damaged"):
        contracts.load(locked)
    (locked / versions.LOCK).unlink()
    assert contracts.load(locked)
