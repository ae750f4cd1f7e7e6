"""A CSV file in, its header and rows as text out; refused if it could mean something else.

An ordinary export has no quotes, and each of its lines as many cells as the header: then all that
read CSV read the same, and the engine's fast reader does. Any other file goes row by row.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow import csv as arrow_csv

from evalkit.data import csv_bytes, limits
from evalkit.data.odcs import Contract
from evalkit.data.record_batches import in_batches, too_many_rows
from evalkit.data.refusals import changed_while_read, refuse_person_outside, refused


def read_batches(path: Path, contract: Contract) -> Iterator[pa.Table]:
    """Yield the rows of a CSV file as `in_batches` does; raises RefusedError."""
    encoding = csv_bytes.look_through(path, contract)
    try:
        batches = in_batches(_records(path, encoding, contract), contract)
        header = next(batches)
        yield header
        rows = csv_bytes.rows_of_grid(path, contract, header.num_columns)
        if rows is not None and not contract.footer:
            batches = _grid(path, encoding, contract, header.column_names, rows)
        yield from batches
    except (UnicodeDecodeError, pa.ArrowInvalid):  # it has been looked through
        raise changed_while_read(contract) from None


def _grid(
    path: Path, encoding: str, contract: Contract, header: list[str], rows: int
) -> Iterator[pa.Table]:
    """Yield the rows of a file that has neither quotes nor rows of another width."""
    if rows > limits.MAX_ROWS:
        raise too_many_rows(contract)
    if not rows:
        return
    places = [str(place) for place in range(len(header))]
    reader = arrow_csv.open_csv(
        path,
        arrow_csv.ReadOptions(
            block_size=csv_bytes.BLOCK,
            skip_rows=contract.header_row,
            column_names=places,
            encoding="cp1252" if encoding == "cp1252" else "utf-8",
        ),
        arrow_csv.ParseOptions(
            delimiter=contract.delimiter,
            quote_char=False,
            double_quote=False,
            escape_char=False,
            newlines_in_values=False,
            ignore_empty_lines=False,
        ),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False
        ),
    )
    with reader:
        for batch in reader:
            rows -= batch.num_rows
            yield pa.Table.from_batches([batch]).rename_columns(header)
    if rows:
        raise changed_while_read(contract)


def _records(path: Path, encoding: str, contract: Contract) -> Iterator[list[str]]:
    """Yield the cells of each row, the header first; a cell never holds a line break."""
    with path.open(encoding=encoding, newline="") as stream:
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
