"""The data contracts: load them, and check a folder of extracts against them."""

from collections.abc import Sequence
from pathlib import Path

from evalkit.data import extracts, odcs, versions
from evalkit.data.lint import lint
from evalkit.data.odcs import Column, Contract, Rule
from evalkit.data.rules import ContractReport, Violation
from evalkit.errors import ContractError

__all__ = [
    "Column", "Contract", "ContractReport", "Rule", "Violation", "check", "described", "load",
    "of_table",
]  # fmt: skip


def load(folder: Path) -> tuple[Contract, ...]:
    """Return the contracts in `folder`, in order of file name, as they are locked.

    Raises ContractError that lists every fault with the contract's file and the YAML path, or
    every contract that promises something else than its version did.
    """
    found = described(folder)
    if faults := versions.faults(folder, found):
        raise ContractError("\n".join(faults))
    return found


def described(folder: Path) -> tuple[Contract, ...]:
    """Return the contracts in `folder` as they are written, whatever is locked."""
    raw = odcs.read(folder)
    faults = lint(raw)
    if faults:
        raise ContractError("\n".join(dict.fromkeys(faults)))
    return tuple(odcs.contract(source, content) for source, content in raw.items())


def of_table(contracts: Sequence[Contract], table: str) -> Contract | None:
    """Return the contract that describes a table, if there is one."""
    return next((contract for contract in contracts if contract.table == table), None)


def check(folder: Path, contracts: tuple[Contract, ...]) -> ContractReport:
    """Return what the extracts in `folder` break, all of it at once, warnings apart.

    Raises ContractError when the folder does not exist.
    """
    opened = extracts.open_extracts(folder, contracts)
    opened.engine.close()
    return opened.report
