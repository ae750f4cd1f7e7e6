"""Rows as lists in, batches of rows out: within the limits, above the footer, all of one length.

A batch is a table of text whose column names are the cells of the header. The first of a file has
no rows, so that the header can be looked at before any row is.
"""

from collections import deque
from collections.abc import Iterator
from itertools import islice

import pyarrow as pa

from evalkit.data import limits
from evalkit.data.odcs import Contract
from evalkit.data.refusals import RefusedError, refuse_person_outside, refused
from evalkit.data.violations import FIRST_ROWS

BATCH_ROWS = 50_000


def in_batches(records: Iterator[list[str]], contract: Contract) -> Iterator[pa.Table]:
    """Yield the records, the header first, as batches; raises RefusedError.

    When a row has too few or too many cells the rest is read only to count such rows.
    """
    records = _within_limits(_above_footer(records, contract), contract)
    header = next(records, [])
    yield _batch([], header)
    wrong: list[int] = []
    wrong_count = 0
    start = contract.header_row + 1
    while chunk := list(islice(records, BATCH_ROWS)):
        misfits = [row for row, cells in enumerate(chunk, start) if len(cells) != len(header)]
        wrong = [*wrong, *misfits][:FIRST_ROWS]
        wrong_count += len(misfits)
        if not wrong_count:
            yield _batch(chunk, header)
        start += len(chunk)
    if wrong_count:
        delimiter = contract.delimiter
        message = f"not {len(header)} cells as in the header; look for a stray '{delimiter}'"
        raise refused(contract, "row-length", message, tuple(wrong), wrong_count)


def too_many_rows(contract: Contract) -> RefusedError:
    """Return the refusal of a file with more rows than are read."""
    row = limits.MAX_ROWS + contract.header_row + 1
    return refused(contract, "limits", f"more than {limits.MAX_ROWS:,} rows", (row,))


def _batch(records: list[list[str]], header: list[str]) -> pa.Table:
    columns = zip(*records, strict=True) if records else [()] * len(header)
    return pa.Table.from_arrays([pa.array(cells, pa.string()) for cells in columns], names=header)


def _within_limits(records: Iterator[list[str]], contract: Contract) -> Iterator[list[str]]:
    for row, record in enumerate(records, start=contract.header_row):
        if row > limits.MAX_ROWS + contract.header_row:
            raise too_many_rows(contract)
        if len(record) > limits.MAX_COLUMNS:
            raise refused(contract, "limits", f"more than {limits.MAX_COLUMNS} columns", (row,))
        if record and max(map(len, record)) > limits.MAX_CELL:
            message = f"a cell of more than {limits.MAX_CELL:,} signs"
            raise refused(contract, "limits", message, (row,))
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
