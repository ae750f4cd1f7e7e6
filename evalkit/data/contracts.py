"""The data contracts: load them, and check a folder of extracts against them."""

from collections.abc import Sequence
from pathlib import Path

from evalkit.data import extracts, odcs
from evalkit.data.lint import lint
from evalkit.data.odcs import Column, Contract, Rule
from evalkit.data.rules import ContractReport, Violation
from evalkit.errors import ContractError

__all__ = ["Column", "Contract", "ContractReport", "Rule", "Violation", "check", "load", "of_table"]


def load(folder: Path) -> tuple[Contract, ...]:
    """Return the contracts in `folder`, in order of file name.

    Raises ContractError that lists every fault with the contract's file and the YAML path.
    """
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
