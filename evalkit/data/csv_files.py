"""A CSV file in, its header and rows as text out; refused if it could mean something else."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from evalkit.data.odcs import Contract
from evalkit.data.refusals import refuse_person_outside, refused

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_LONE_CR = re.compile(rb"\r(?!\n)")
_CR = re.compile(rb"\r")
# What Swedish letters and dashes look like in UTF-8; no word has these pairs in cp1252.
_UTF8_SWEDISH = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x90-\x9f]")


def read_rows(path: Path, contract: Contract) -> Iterator[list[str]]:
    """Yield the cells of each row of a CSV file, the header first; raises RefusedError."""
    yield from _records(_decode(path.read_bytes(), contract), contract)


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
    if not raw.endswith(b"\n"):
        row = raw.count(b"\n") + 1
        message = "the last row has no line end, so the file may be cut off; export it again"
        raise refused(contract, "cut-off", message, (row,))


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
