"""The cells of files that have types, as the text that a CSV file would have in their place."""

import math
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

from evalkit.data.date_forms import ISO_DAY, written
from evalkit.data.odcs import Contract
from evalkit.data.refusals import refused

_SEPARATOR = "\x1f"


def day_forms(header: list[str], contract: Contract) -> list[str]:
    """Return the form in which days of each column of a file are told."""
    forms = {c.header: c.form for c in contract.columns if c.kind == "date" and c.form}
    return [forms.get(cell, ISO_DAY) for cell in header]


def as_text(value: object, decimal: str, form: str) -> str:
    """Return a cell as text without loss: whole numbers without decimals, days in their form.

    A day with a time of day keeps it, so that it is no date for any rule.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float | Decimal):
        return _number(value, decimal)
    if isinstance(value, datetime):
        if value.time() == time() and value.tzinfo is None:
            return written(value.date(), form)
        return value.isoformat(" ")
    if isinstance(value, date):
        return written(value, form)
    return str(value)


def refuse_hidden_signs(cells: Iterable[str], contract: Contract, row: int) -> None:
    """Refuse cells that no CSV file could have: line breaks, NUL bytes, letters in two parts."""
    text = _SEPARATOR.join(cells)
    if "\n" in text or "\r" in text:
        raise refused(contract, "line-break", "a cell with a line break", (row,))
    if "\0" in text:
        raise refused(contract, "nul-byte", "a NUL byte; the file is damaged or not text", (row,))
    if not unicodedata.is_normalized("NFC", text):
        message = "letters such as å are stored in two parts; save with composed letters (NFC)"
        raise refused(contract, "encoding", message, (row,))


def _number(value: float | Decimal, decimal: str) -> str:
    if not math.isfinite(value):
        return str(value)
    exact = Decimal(repr(value)) if isinstance(value, float) else value
    whole = exact.to_integral_value()
    if exact == whole:
        return format(whole if whole else Decimal(0), "f")
    return format(exact, "f").replace(".", decimal)
