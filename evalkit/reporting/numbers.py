"""Numbers, dates and lists as Swedish prose writes them.

Decimal comma, no-break spaces, the true minus sign, half rounded away from zero. A number that is
missing has no place in a sentence: it raises ValueError, and tables show `MISSING` themselves.
"""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite

from babel.dates import format_date
from babel.numbers import format_decimal

MISSING = "–"
_LOCALE = "sv_SE"
_SPACE = "\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"


def rounded(value: float, decimals: int = 0) -> Decimal:
    """Return the value rounded half away from zero, never a negative zero."""
    if not isfinite(value):
        raise ValueError("a sentence cannot hold a number that is missing")
    step = Decimal(1).scaleb(-decimals)
    # Twelve digits: 0.285 * 100 is 28.499999999999996 in binary and 28.5 to everybody else.
    exact = Decimal(f"{value:.12g}").quantize(step, ROUND_HALF_UP)
    return exact if exact else abs(exact)


def number(value: float, decimals: int = 0) -> str:
    """Return `1 234,5`."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text = format_decimal(rounded(value, decimals), format=pattern, locale=_LOCALE)
    return text.replace("-", _MINUS)


def percent(share: float, decimals: int = 0) -> str:
    """Return a share, a fraction of 1, as `25 %`."""
    return f"{number(share * 100, decimals)}{_SPACE}%"


def points(difference: float, decimals: int = 0) -> str:
    """Return a difference between shares, a fraction of 1, as `−6 procentenheter`."""
    one = abs(rounded(difference * 100, decimals)) == 1 and decimals == 0
    word = "procentenhet" if one else "procentenheter"
    return f"{number(difference * 100, decimals)}{_SPACE}{word}"


def of_hundred(share: float, what: str = "barn") -> str:
    """Return a share as a natural frequency: `24 av 100 barn`."""
    return f"{number(share * 100)} av 100 {what}"


def interval(low: float, high: float, decimals: int = 0) -> str:
    """Return `−11 till 2`; the caller scales shares and names the unit."""
    return f"{number(low, decimals)} till {number(high, decimals)}"


def count(n: float, one: str, many: str) -> str:
    """Return `1 ärende` or `12 ärenden`."""
    return f"{number(n)} {one if rounded(n) == 1 else many}"


def day(when: date) -> str:
    """Return `31 december 2022`."""
    return str(format_date(when, "d MMMM y", locale=_LOCALE))


def month(when: date) -> str:
    """Return a month as running text has it: "juni 2022"."""
    return str(format_date(when, "MMMM yyyy", locale=_LOCALE))


def listing(items: Sequence[str]) -> str:
    """Return `a, b och c`."""
    *first, last = items
    return f"{', '.join(first)} och {last}" if first else last
