"""The error tree: one class for each person who must act, each with its own exit code.

A message names file, place, rule and count, and says what to do next. It never holds a value
from the data: messages end up in terminals, logs and mail.
"""

from collections.abc import Sequence
from difflib import get_close_matches


class EvalkitError(Exception):
    """Any failure that evalkit foresees and explains."""

    exit_code = 1


class ParamsError(EvalkitError):
    """The analyst acts: the plan or a period cannot be used as written."""

    exit_code = 2


class ContractError(EvalkitError):
    """The data steward acts: a contract or an extract does not hold."""

    exit_code = 3


class DesignError(EvalkitError):
    """The evaluator acts: the question cannot be answered with these data."""

    exit_code = 4


class DisclosureError(EvalkitError):
    """The evaluator acts: what was asked for would reveal somebody."""

    exit_code = 5


class NotebookError(EvalkitError):
    """The evaluator acts: a chapter did not run to its end."""

    exit_code = 6


class MachineError(EvalkitError):
    """Whoever keeps the machine acts: something that is not evalkit's own is missing or failed."""

    exit_code = 7


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return `"; did you mean 'x'?"` for the nearest known name, or an empty string."""
    near = get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
