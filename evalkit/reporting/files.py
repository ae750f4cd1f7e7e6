"""The only writer of result files: whole or not at all, and the same bytes every time."""

import csv
import io
import os
import re
import tempfile
from pathlib import Path

import pandas as pd

from evalkit.errors import DisclosureError, MachineError
from evalkit.reporting.disclosure import Released, require_released

HIDDEN = ".."
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def write_csv(released: Released, path: Path) -> None:
    """Write the table as UTF-8 CSV: hidden values as `..`, missing values empty.

    Raises DisclosureError for text that a spreadsheet would run as a formula.
    """
    require_released(released)
    frame = released.frame
    texts = {
        name: [
            HIDDEN if hide else _text(value)
            for value, hide in zip(frame[name], released.hidden[name], strict=True)
        ]
        for name in frame.columns
    }
    for name, column in texts.items():
        _refuse_formulas(str(name), [str(name), *column])
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(texts)
    writer.writerows(zip(*texts.values(), strict=True))
    write_text(buffer.getvalue(), path)


def write_text(text: str, path: Path) -> None:
    """Write `text` as UTF-8 by way of a temporary file, so that no reader sees half of it.

    The file is for its owner only (mode 0600), whatever the umask: sharing it is a decision.
    Raises DisclosureError for a path with `..`, or one that is a symbolic link; MachineError when
    the disk is full or refuses.
    """
    if ".." in path.parts or path.is_symlink():
        raise DisclosureError(f"{path.name}: the path leads elsewhere; write inside the outputs")
    try:
        _replace(path, text.encode())
    except OSError as problem:
        raise MachineError.of(problem, path.name) from None


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _text(value: object) -> str:
    return "" if pd.isna(value) else str(value)


def _refuse_formulas(name: str, texts: list[str]) -> None:
    formulas = [text for text in texts if _FORMULA.match(text) and not _NUMBER.fullmatch(text)]
    if formulas:
        raise DisclosureError(
            f"column '{name}': {len(formulas)} of {len(texts)} texts begin like a spreadsheet "
            "formula; reword them"
        )
