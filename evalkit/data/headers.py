"""Where each column of a contract stands in a file, by the file's header."""

import re
from collections import Counter
from collections.abc import Iterator

from evalkit.data.odcs import Contract
from evalkit.data.personal import MESSAGES, is_personal_header, kind_of
from evalkit.data.refusals import RefusedError, refused
from evalkit.data.violations import Violation
from evalkit.errors import did_you_mean

# What UTF-8 looks like when it has been read as cp1252: two letters for one.
MOJIBAKE = "\u00c3[\u0080-\u00bf\u0152-\u2122]|\u00e2\u20ac"


def column_order(header: list[str], contract: Contract) -> list[int]:
    """Return where each column of the contract stands in the file."""
    if len(header) == 1 < len(contract.columns):
        message = (
            f"1 column found, expected {len(contract.columns)}; save with '{contract.delimiter}'"
        )
        raise refused(contract, "delimiter", message, (contract.header_row,))
    for kind in filter(None, map(kind_of, header)):
        message = f"the header {MESSAGES[kind]}"
        raise refused(contract, kind, message, (contract.header_row,))
    names = {name: c.header for c in contract.columns for name in (c.header, *c.synonyms)}
    names |= {name: name for name in contract.ignored}
    found = [names.get(cell) for cell in header]
    if not any(found):
        few = ", ".join(column.header for column in contract.columns[:3])
        message = (
            f"row {contract.header_row} has none of the headers {few}, ...; remove titles and "
            "notes above the header"
        )
        raise refused(contract, "no-header", message, (contract.header_row,))
    faults = list(_header_faults(header, found, contract, sorted(names)))
    if faults:
        raise RefusedError(*faults)
    return [found.index(column.header) for column in contract.columns]


def _header_faults(
    header: list[str], found: list[str | None], contract: Contract, known: list[str]
) -> Iterator[Violation]:
    """Tell columns that are missing, unknown or double; an unknown header is never printed."""

    def fault(rule: str, column: str, message: str, position: int = 0) -> Violation:
        return Violation(contract.file, column, rule, "fatal", 0, (), message, position)

    times = Counter(found)
    for column in contract.columns:
        if not times[column.header]:
            yield fault("missing-column", column.header, "missing")
        elif times[column.header] > 1:
            yield fault("duplicate-column", column.header, "stands twice in the header")
    for position, (cell, name) in enumerate(zip(header, found, strict=True), start=1):
        if not cell:
            message = f"column {position} has no header; remove it"
            yield fault("unknown-column", "", message, position)
        elif name is None and is_personal_header(cell):
            message = f"column {position} is named as personal data or free text are; remove it"
            yield fault("personal-column", "", message, position)
        elif name is None:
            broken = re.search(MOJIBAKE, cell) and "; its letters are broken, save as 'CSV UTF-8'"
            hint = broken or did_you_mean(cell, known) or "; remove it"
            message = f"column {position} is not in the contract{hint}"
            yield fault("unknown-column", "", message, position)
