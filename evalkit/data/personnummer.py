"""Finding Swedish personal identity numbers, so that no file that holds one is read further.

A personnummer is the date of birth and four digits (folkbokföringslagen 1991:481, 18 §); a
samordningsnummer has 60 added to the day. Both are written with ten or twelve digits, with or
without '-' or '+'. The check digit is not asked for: a number with a mistyped digit still points
at a person.
"""

import re
import unicodedata
from datetime import date

_SEPARATORS = r"[-+ \u00a0\u2010-\u2015\u2212]{0,3}"
# Coarse and without look-around, as RE2 wants it; also cells with signs that are neither ASCII nor
# Latin letters, such as foreign digits and invisible signs: looked at again once normalised. As a
# range, since the classes of Unicode take RE2 longer to compile than a small table to search.
SUSPECT_SQL = (
    r"[0-9]{6}[-+ \x{A0}\x{2010}-\x{2015}\x{2212}]{0,3}[0-9]{4}|[^\x00-\x7F\x{C0}-\x{24F}]"
)
_NUMBER = re.compile(
    rf"(?<![0-9])(?=((?:18|19|20)?)([0-9]{{2}})([0-9]{{2}})([0-9]{{2}}){_SEPARATORS}[0-9]{{4}}(?![0-9]))"
)
_HASH = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32,}(?![0-9A-Za-z])")
_COORDINATION_DAYS = 60


def holds_personnummer(text: str) -> bool:
    """Return whether `text` holds what can be a personnummer or a samordningsnummer.

    Full-width and other digits count as digits, and invisible characters are looked through.
    Hexadecimal hashes of 32 characters and more are pseudonyms, not numbers.
    """
    plain = "".join(
        str(unicodedata.decimal(sign, sign))
        for sign in unicodedata.normalize("NFKC", text)
        if unicodedata.category(sign) != "Cf"
    )
    plain = _HASH.sub("", plain)
    return any(_is_birthday(*match.groups()) for match in _NUMBER.finditer(plain))


def _is_birthday(century: str, year: str, month: str, day: str) -> bool:
    days = int(day) - _COORDINATION_DAYS if int(day) > _COORDINATION_DAYS else int(day)
    centuries = (century,) if century else ("19", "20")
    return any(_exists(int(c + year), int(month), days) for c in centuries)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
