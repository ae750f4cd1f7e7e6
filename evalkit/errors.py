"""The error tree: one class for each person who must act, each with its own exit code.

A message names file, place, rule and count, and says what to do next. It never holds a value
from the data: messages end up in terminals, logs and mail.
"""

import errno
import os
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

_ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room on the disk"),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM, errno.EROFS), "see to the permissions of the folder it is in"
    ),
    **dict.fromkeys(
        (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY),
        "a file and a folder stand in each other's place: move what is there",
    ),
}


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

    @classmethod
    def of(cls, problem: OSError, file: str = "") -> "MachineError":
        """Return what the operating system refused: the file's name, never its path."""
        if not file and isinstance(problem.filename, str | bytes):
            file = Path(os.fsdecode(problem.filename)).name
        advice = _ADVICE.get(problem.errno or 0, "see to the disk and the folder it is in")
        return cls(
            f"{file or 'a file'}: {problem.strerror or 'not written'}; {advice}, then run again. "
            "The last complete report stands."
        )


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return `"; did you mean 'x'?"` for the nearest known name, or an empty string."""
    near = get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
