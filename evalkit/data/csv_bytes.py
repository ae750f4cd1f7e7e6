"""A CSV file as bytes: what refuses it before a cell is read, and whether it is a grid.

The file is gone through in blocks of whole lines, so that memory does not grow with it. No sign of
the encodings here has the byte of a line feed in it: a line can be decoded on its own.
"""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from evalkit.data.limits import MAX_CELL, MAX_COLUMNS
from evalkit.data.odcs import Contract
from evalkit.data.refusals import refused

BLOCK = 8_000_000
# The bytes of a row at the limits: four a sign, two quotes and a delimiter a cell.
MAX_LINE = MAX_COLUMNS * (4 * MAX_CELL + 3)
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_LONE_CR = re.compile(rb"\r(?!\n)")
# What Swedish letters and dashes look like in UTF-8; no word has these pairs in cp1252.
_UTF8_SWEDISH = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x90-\x9f]")


def look_through(path: Path, contract: Contract) -> str:
    """Return the first encoding of the contract that the file is written in, all through.

    Raises RefusedError for bytes that could mean something else than what was written.
    """
    _refuse_bytes(path, contract)
    with path.open("rb") as stream:
        has_bom = stream.read(len(_UTF8_BOM)) == _UTF8_BOM
    for encoding in contract.encodings:
        if (encoding == "utf-8-sig") != has_bom:
            continue
        composed = _is_composed(path, encoding)
        if composed is None:
            continue
        if encoding == "cp1252" and any(map(_UTF8_SWEDISH.search, _blocks(path))):
            break
        if not composed:
            message = "letters such as å are stored in two parts; save with composed letters (NFC)"
            raise refused(contract, "encoding", message)
        return encoding
    message = f"not {' or '.join(contract.encodings)} all through; save it as 'CSV UTF-8'"
    raise refused(contract, "encoding", message)


def rows_of_grid(path: Path, contract: Contract, width: int) -> int | None:
    """Return how many lines there are below the header, if each is `width` cells to any reader.

    Then no quote stands in the file, and no line is longer than a cell may be. None otherwise, and
    for a single column, where a blank line could be a blank cell.
    """
    if width < 2:
        return None
    rows = 0
    row = np.frombuffer(contract.delimiter.encode() * (width - 1) + b"\n", np.uint8)
    above = contract.header_row
    for block in _blocks(path):
        signs = np.frombuffer(block, np.uint8)
        marks = np.flatnonzero((signs == row[0]) | (signs == row[-1]))
        begin = -1  # where the line before ends
        if above:
            ends = np.flatnonzero(signs[marks] == row[-1])[above - 1 : above]
            if not len(ends):
                return None
            begin, marks, above = marks[ends[0]], marks[ends[0] + 1 :], 0
        if b'"' in block or len(marks) % width:
            return None
        grid = marks.reshape(-1, width)
        lengths = np.diff(grid[:, -1], prepend=begin)
        if lengths.max(initial=0) > MAX_CELL or (signs[grid] != row).any():
            return None
        rows += len(grid)
    return rows


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield the file in blocks of whole lines, but for a last line without a line end."""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block if block.endswith(b"\n") else block + stream.readline(MAX_LINE + 1)


def _refuse_bytes(path: Path, contract: Contract) -> None:
    block = next(_blocks(path), b"")
    if not block.removeprefix(_UTF8_BOM):
        raise refused(contract, "empty-file", "the file is empty; not even a header")
    if block.startswith(_UTF16_BOMS):
        raise refused(contract, "encoding", "written as UTF-16; save it as 'CSV UTF-8'")
    # Where the header ends in a bare line feed, a carriage return could belong to the last cell.
    line_end = b"\r\n" if block.partition(b"\n")[0].endswith(b"\r") else b""
    row, stray_row = 1, 0
    for block in _blocks(path):
        if b"\0" in block:
            row += block.count(b"\n", 0, block.index(b"\0"))
            message = "a NUL byte; the file is damaged or not text"
            raise refused(contract, "nul-byte", message, (row,))
        if len(block) > BLOCK + MAX_LINE:
            row += block.count(b"\n")
            raise refused(contract, "limits", f"a line of more than {MAX_LINE:,} bytes", (row,))
        if not stray_row and (lines := _before_stray(block, line_end)) is not None:
            stray_row = row + lines
        row += block.count(b"\n")
    if stray_row:
        message = "a carriage return that ends no row; save the file again"
        raise refused(contract, "line-end", message, (stray_row,))
    if not block.endswith(b"\n"):
        message = "the last row has no line end, so the file may be cut off; export it again"
        raise refused(contract, "cut-off", message, (row,))


def _before_stray(block: bytes, line_end: bytes) -> int | None:
    """Return how many lines end before the first carriage return that is in no `line_end`."""
    at = block.find(b"\r")
    if at >= 0 and line_end and block.count(b"\r") == block.count(line_end):
        return None
    if at >= 0 and line_end and (found := _LONE_CR.search(block, at)):
        at = found.start()
    return block.count(b"\n", 0, at) if at >= 0 else None


def _is_composed(path: Path, encoding: str) -> bool | None:
    """Return whether all letters are of one part (NFC), None if this is not the encoding."""
    composed = True
    for block in _blocks(path):
        if not block.isascii():
            try:
                text = block.decode(encoding)
            except UnicodeDecodeError:
                return None
            composed = composed and unicodedata.is_normalized("NFC", text)
    return composed
