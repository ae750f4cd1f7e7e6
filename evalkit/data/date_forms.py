"""How other systems write days and months: a closed list, none of which is ever guessed."""

from datetime import date
from typing import Literal, get_args

DayForm = Literal[
    "yyyy-MM-dd", "yyyyMMdd", "yyyy/MM/dd", "yyyy.MM.dd",
    "dd.MM.yyyy", "dd/MM/yyyy", "dd-MM-yyyy", "MM/dd/yyyy",
    # Days that a system writes with a time of day; with another than midnight they are none.
    "yyyy-MM-dd 00:00", "yyyy-MM-dd 00:00:00", "yyyy-MM-ddT00:00:00",
]  # fmt: skip
MonthForm = Literal["yyyy-MM", "yyyyMM", "MM.yyyy", "MM/yyyy"]
MONTH_FORMS: tuple[str, ...] = get_args(MonthForm)
ISO_DAY = "yyyy-MM-dd"
ISO_MONTH = "yyyy-MM"
_PARTS = {"yyyy": "[0-9]{4}", "MM": "[0-9]{2}", "dd": "[0-9]{2}"}
# Unicode's SUBSTITUTE goes before what is not in its form, so that no rule takes it for a date.
NOT_IN_FORM = "chr(26)"


def to_iso(text: str, form: str) -> str:
    """Return the SQL that turns a day or month in a form into ISO 8601; `text` is an expression.

    What is not written in the form stays what it is, marked so that it is no date in any form.
    """
    if form in (ISO_DAY, ISO_MONTH):
        return text
    parts = ["yyyy", "MM"] if form in MONTH_FORMS else ["yyyy", "MM", "dd"]
    iso = " || '-' || ".join(f"substr({text}, {form.index(p) + 1}, {len(p)})" for p in parts)
    return (
        f"CASE WHEN {text} = '' THEN '' WHEN regexp_full_match({text}, '{_pattern(form)}') "
        f"THEN {iso} ELSE {NOT_IN_FORM} || {text} END"
    )


def written(day: date, form: str) -> str:
    """Return a day as a file of this form has it."""
    text = form.replace("yyyy", f"{day.year:04d}").replace("MM", f"{day.month:02d}")
    return text.replace("dd", f"{day.day:02d}")


def _pattern(form: str) -> str:
    pattern = form.replace(".", r"\.")
    for part, digits in _PARTS.items():
        pattern = pattern.replace(part, digits)
    return pattern
