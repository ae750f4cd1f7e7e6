"""A CSV file in, its header and rows as text out; refused if it could mean something else."""

import csv
import io
import re
import unicodedata
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path

from evalkit.data.odcs import Contract
from evalkit.data.personal import MESSAGES, is_personal_header, kind_of
from evalkit.data.rules import FIRST_ROWS, Violation
from evalkit.errors import did_you_mean

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_LONE_CR = re.compile(rb"\r(?!\n)")
_CR = re.compile(rb"\r")
# What Swedish letters and dashes look like in UTF-8; no word has these pairs in cp1252.
_UTF8_SWEDISH = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x90-\x9f]")
# What UTF-8 looks like when it has been read as cp1252: two letters for one.
MOJIBAKE = "\u00c3[\u0080-\u00bf\u0152-\u2122]|\u00e2\u20ac"


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


def read_rows(folder: Path, contract: Contract, strangers: set[str]) -> Iterator[list[str]]:
    """Yield the cells of each row of a contract's file, the header first.

    `strangers` are the files that no contract describes, one of which may be meant. Raises
    RefusedError.
    """
    records = _records(_decode(_bytes(folder, contract, strangers), contract), contract)
    yield from _above_footer(records, contract) if contract.footer else records


def _bytes(folder: Path, contract: Contract, strangers: set[str]) -> bytes:
    path = folder / contract.file
    if path.is_dir():
        raise refused(contract, "unreadable", "a folder stands where the file should be")
    if not path.is_file():
        near = did_you_mean(contract.file, sorted(strangers))
        raise refused(contract, "missing-file", f"no such file{near}")
    if path.resolve().parent != folder.resolve():
        raise refused(contract, "outside-folder", "a link that leads out of the folder")
    try:
        return path.read_bytes()
    except OSError:
        raise refused(contract, "unreadable", "cannot be opened; check its permissions") from None


def _decode(raw: bytes, contract: Contract) -> str:
    """Return the file's text, in the first encoding of the contract that it is written in."""
    _refuse_bytes(raw, contract)
    if raw.startswith(_UTF8_BOM):
        encodings = [name for name in contract.encodings if name == "utf-8-sig"]
    else:
        encodings = [name for name in contract.encodings if name != "utf-8-sig"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp1252" and _UTF8_SWEDISH.search(raw):
            break
        if not unicodedata.is_normalized("NFC", text):
            message = "letters such as å are stored in two parts; save with composed letters (NFC)"
            raise refused(contract, "encoding", message)
        return text
    message = f"not {' or '.join(contract.encodings)} all through; save it as 'CSV UTF-8'"
    raise refused(contract, "encoding", message)


def _refuse_bytes(raw: bytes, contract: Contract) -> None:
    if not raw.removeprefix(_UTF8_BOM):
        raise refused(contract, "empty-file", "the file is empty; not even a header")
    if raw.startswith(_UTF16_BOMS):
        raise refused(contract, "encoding", "written as UTF-16; save it as 'CSV UTF-8'")
    # Where the header ends in a bare line feed, a carriage return could belong to the last cell.
    stray = _LONE_CR if raw.partition(b"\n")[0].endswith(b"\r") else _CR
    for rule, found, message in (
        ("nul-byte", re.search(rb"\0", raw), "a NUL byte; the file is damaged or not text"),
        ("line-end", stray.search(raw), "a carriage return that ends no row; save the file again"),
    ):
        if found:
            row = raw.count(b"\n", 0, found.start()) + 1
            raise refused(contract, rule, message, (row,))


def _records(text: str, contract: Contract) -> Iterator[list[str]]:
    """Yield the cells of each row, the header first; a cell never holds a line break."""
    stream = io.StringIO(text, newline="")
    for row in range(1, contract.header_row):
        refuse_person_outside(stream.readline(), contract, row)
    reader = csv.reader(stream, delimiter=contract.delimiter, strict=True)
    row = contract.header_row
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            message = "a quote that is never closed, text after a closing quote, or a huge cell"
            raise refused(contract, "quotes", message, (row,)) from None
        if reader.line_num + contract.skip_top != row:
            message = "a cell with a line break, or a quote that is never closed"
            raise refused(contract, "line-break", message, (row,))
        yield cells
        row += 1


def _above_footer(records: Iterator[list[str]], contract: Contract) -> Iterator[list[str]]:
    """Yield the records above the footer; refuse the file when its last lines are no footer."""
    held: deque[list[str]] = deque()
    row = contract.header_row
    for record in records:
        held.append(record)
        if len(held) > len(contract.footer):
            yield held.popleft()
            row += 1
    for number, begin in enumerate(contract.footer):
        cells = held[number] if number < len(held) else []
        if not (cells and cells[0].startswith(begin)):
            message = f"the lines below the rows do not begin with {', '.join(contract.footer)}"
            raise refused(contract, "footer", message, (row + number,))
        refuse_person_outside(contract.delimiter.join(cells), contract, row + number)


def refuse_person_outside(text: str, contract: Contract, row: int) -> None:
    """Refuse a file when a line above its header or below its rows points at a person."""
    if kind := kind_of(text):
        message = f"a line outside the table {MESSAGES[kind]}"
        raise refused(contract, kind, message, (row,))


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
        message = "row 1 has no header of the contract; remove titles and notes above the header"
        raise refused(contract, "no-header", message, (1,))
    faults = list(_header_faults(header, found, contract, sorted(names)))
    if faults:
        raise RefusedError(*faults)
    return [found.index(column.header) for column in contract.columns]


def _header_faults(
    header: list[str], found: list[str | None], contract: Contract, known: list[str]
) -> Iterator[Violation]:
    """Tell columns that are missing, unknown or double; an unknown header is never printed."""

    def fault(rule: str, column: str, message: str) -> Violation:
        return Violation(contract.file, column, rule, "fatal", 0, (), message)

    times = Counter(found)
    for column in contract.columns:
        if not times[column.header]:
            yield fault("missing-column", column.header, "missing")
        elif times[column.header] > 1:
            yield fault("duplicate-column", column.header, "stands twice in the header")
    for position, (cell, name) in enumerate(zip(header, found, strict=True), start=1):
        if not cell:
            yield fault("unknown-column", "", f"column {position} has no header; remove it")
        elif name is None and is_personal_header(cell):
            message = f"column {position} is named as personal data or free text are; remove it"
            yield fault("personal-column", "", message)
        elif name is None:
            broken = re.search(MOJIBAKE, cell) and "; its letters are broken, save as 'CSV UTF-8'"
            hint = broken or did_you_mean(cell, known) or "; remove it"
            yield fault("unknown-column", "", f"column {position} is not in the contract{hint}")
