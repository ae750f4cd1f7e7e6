"""The data contracts: load them, and check a folder of extracts against them."""

from collections.abc import Sequence
from pathlib import Path

from evalkit.data import extracts, lint_sources, odcs, sources, versions
from evalkit.data.lint import lint
from evalkit.data.odcs import Column, Contract, Rule
from evalkit.data.violations import ContractReport, Violation
from evalkit.errors import ContractError

__all__ = [
    "Column", "Contract", "ContractReport", "Rule", "Violation", "check", "described", "load",
    "of_system",
    "of_table",
]  # fmt: skip


def load(folder: Path, system: str | None = None) -> tuple[Contract, ...]:
    """Return the contracts in `folder`, in order of file name, as they are locked.

    With a `system` they describe the files as that source system writes them
    (`sources/<system>.yaml`). Raises ContractError that lists every fault with the file and the
    YAML path, or every contract that promises something else than its version did.
    """
    found = described(folder)
    if faults := versions.faults(folder, found):
        raise ContractError("\n".join(faults))
    return of_system(folder, system, found) if system else found


def described(folder: Path) -> tuple[Contract, ...]:
    """Return the contracts in `folder` as they are written, whatever is locked."""
    raw = odcs.read(folder)
    faults = lint(raw)
    if faults:
        raise ContractError("\n".join(dict.fromkeys(faults)))
    return tuple(odcs.contract(source, content) for source, content in raw.items())


def of_system(
    folder: Path, system: str, contract_set: tuple[Contract, ...]
) -> tuple[Contract, ...]:
    """Return contracts as `load` does with a system, when they are loaded already."""
    source = sources.read(folder, system)
    faults = lint_sources.lint(source, contract_set)
    if faults:
        raise ContractError("\n".join(f"{system}.yaml: {fault}" for fault in faults))
    return sources.applied(contract_set, source)


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
