"""A file that cannot be read as intended, and how it is told."""

from evalkit.data.odcs import Contract
from evalkit.data.personal import MESSAGES, kind_of
from evalkit.data.violations import FIRST_ROWS, Violation


class RefusedError(Exception):
    """A file that cannot be read as intended; holds its violations."""

    def __init__(self, *violations: Violation) -> None:
        super().__init__()
        self.violations = violations


def refused(
    contract: Contract, rule: str, message: str, rows: tuple[int, ...] = (), count: int = 0
) -> RefusedError:
    """Return the refusal of a file for one fault, to be raised."""
    count = count or len(rows)
    violation = Violation(contract.file, "", rule, "fatal", count, rows[:FIRST_ROWS], message)
    return RefusedError(violation)


def changed_while_read(contract: Contract) -> RefusedError:
    """Return the refusal of a file that is not what it was when its reading began."""
    message = "changed while it was read; wait until it is written, and check again"
    return refused(contract, "changed-while-read", message)


def refuse_person_outside(text: str, contract: Contract, row: int) -> None:
    """Refuse a file when a line above its header or below its rows points at a person."""
    if kind := kind_of(text):
        message = f"a line outside the table {MESSAGES[kind]}"
        raise refused(contract, kind, message, (row,))
