"""What a column may hold, in Swedish words for whoever makes the extracts."""

from datetime import date

from evalkit.data.date_forms import written
from evalkit.data.odcs import Column, Contract

_NAME = "högst {} tecken: bokstäver, siffror, blanksteg och {}; först en bokstav eller siffra"
# What the contracts' patterns ask for; a pattern that is not here is shown as it is.
PATTERNS = {
    r"^[A-Za-z0-9_-]{2,64}$": "2–64 tecken: bokstäverna a–z, siffror, _ och -",
    r"^[0-9A-Za-zÅÄÖåäöÉé][0-9A-Za-zÅÄÖåäöÉé .,()/-]{0,79}$": _NAME.format(80, ". , ( ) / -"),
    r"^[0-9A-Za-zÅÄÖåäöÉé][0-9A-Za-zÅÄÖåäöÉé .,:()/%–-]{0,119}$": _NAME.format(
        120, ". , : ( ) / % – -"
    ),
    r"^[A-ZÅÄÖ][A-Za-zÅÄÖåäöÉé ,.!?–-]{9,279}$": (
        "10–280 tecken: bokstäver, blanksteg och , . ! ? – -; först en stor bokstav, inga siffror"
    ),
    r"^[A-ZÅÄÖ][0-9A-ZÅÄÖ_-]{0,19}$": (
        "högst 20 tecken: stora bokstäver, siffror, _ och -; först en bokstav"
    ),
    r"^[0-9]{4}[0-9a-z-]{0,12}$": "årets fyra siffror, sedan högst 12 tecken: 0–9, a–z och -",
    r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$": "år och månad, som 2012-05",
    r"^C[0-9]{1,4}$": "C och 1–4 siffror, som C12",
    r"^P[0-9]{1,4}$": "P och 1–4 siffror, som P12",
    r"^V[0-9]{1,6}$": "V och 1–6 siffror, som V12",
}
CLASSES = {
    "public": "öppen",
    "internal": "intern",
    "confidential": "sekretess",
    "restricted": "sekretess, utpekande",
}
REASONS = {
    "protected": "skyddad", "not available": "ej redovisad", "not applicable": "ej tillämplig",
    "low reliability": "osäker",
}  # fmt: skip
DELIMITERS = {";": "semikolon", ",": "komma", "\t": "tabbtecken"}
_EXAMPLE = date(2021, 3, 31)
_DECIMALS = {",": "decimalkomma", ".": "decimalpunkt"}


def form(column: Column, contract: Contract) -> str:
    """Return how the cells of a column are written."""
    if column.form:
        kind = "datum" if column.kind == "date" else "år och månad"
        return f"{kind}, som {written(_EXAMPLE, column.form)}"
    if column.kind == "date":
        return f"datum, som {_EXAMPLE}"
    if column.codes:
        return "en av koderna"
    if column.kind == "integer":
        return "heltal utan mellanslag"
    if column.kind == "number":
        return f"tal med {_DECIMALS[contract.decimal]}, utan mellanslag"
    return PATTERNS.get(column.pattern or "", f"efter mönstret {column.pattern}")


def limits(column: Column) -> str:
    """Return the least and the greatest value; blank where there is none."""
    words = ("tidigast", "senast") if column.kind == "date" else ("minst", "högst")
    told = [
        f"{word} {str(limit).replace('.', ',')}"
        for word, limit in zip(words, (column.minimum, column.maximum), strict=True)
        if limit is not None
    ]
    return " och ".join(told)
