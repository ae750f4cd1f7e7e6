"""Any delivered file in, its header and rows as text out; what kind it is, its name says."""

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from evalkit.data import csv_files, parquet_files, workbooks
from evalkit.data.limits import MAX_BYTES, MAX_CELL, MAX_COLUMNS, MAX_ROWS
from evalkit.data.odcs import Contract
from evalkit.data.refusals import refuse_person_outside, refused
from evalkit.errors import did_you_mean

Reader = Callable[[Path, Contract], Iterator[list[str]]]
READERS: dict[str, Reader] = {
    ".csv": csv_files.read_rows,
    ".xlsx": workbooks.read_rows,
    ".parquet": parquet_files.read_rows,
}


def read_rows(folder: Path, contract: Contract, strangers: set[str]) -> Iterator[list[str]]:
    """Yield the cells of each row of a contract's file, the header first.

    `strangers` are the files that no contract describes, one of which may be meant. Raises
    RefusedError.
    """
    path = _path(folder, contract, strangers)
    records = READERS[path.suffix](path, contract)
    yield from _within_limits(_above_footer(records, contract), contract)


def _path(folder: Path, contract: Contract, strangers: set[str]) -> Path:
    path = folder / contract.file
    if path.is_dir():
        raise refused(contract, "unreadable", "a folder stands where the file should be")
    if not path.is_file():
        near = did_you_mean(contract.file, sorted(strangers))
        raise refused(contract, "missing-file", f"no such file{near}")
    if path.resolve().parent != folder.resolve():
        raise refused(contract, "outside-folder", "a link that leads out of the folder")
    try:
        with path.open("rb"):
            size = path.stat().st_size
    except OSError:
        raise refused(contract, "unreadable", "cannot be opened; check its permissions") from None
    if size > MAX_BYTES:
        raise refused(contract, "limits", f"larger than {MAX_BYTES:,} bytes; deliver it in parts")
    if not size:
        raise refused(contract, "empty-file", "the file is empty; not even a header")
    return path


def _within_limits(records: Iterator[list[str]], contract: Contract) -> Iterator[list[str]]:
    for row, record in enumerate(records, start=contract.header_row):
        if row > MAX_ROWS + contract.header_row:
            raise refused(contract, "limits", f"more than {MAX_ROWS:,} rows", (row,))
        if len(record) > MAX_COLUMNS:
            raise refused(contract, "limits", f"more than {MAX_COLUMNS} columns", (row,))
        if record and max(map(len, record)) > MAX_CELL:
            raise refused(contract, "limits", f"a cell of more than {MAX_CELL:,} signs", (row,))
        yield record


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
        refuse_person_outside(" ".join(cells), contract, row + number)
