"""A Parquet file in, its rows as batches of text out; nested columns are refused."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from evalkit.data.limits import MAX_COLUMNS, MAX_ROWS
from evalkit.data.odcs import Contract
from evalkit.data.record_batches import BATCH_ROWS, in_batches
from evalkit.data.refusals import refused
from evalkit.data.typed_cells import as_text, day_forms, refuse_hidden_signs

_PLAIN = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_integer,
    pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean, pa.types.is_date,
    pa.types.is_null,
)  # fmt: skip


def read_batches(path: Path, contract: Contract) -> Iterator[pa.Table]:
    """Yield the rows of a Parquet file as `in_batches` does; raises RefusedError."""
    try:
        with pq.ParquetFile(path) as file:
            yield from in_batches(_rows(file, contract), contract)
    except (pa.ArrowException, OSError):
        raise refused(contract, "parquet", "not readable as Parquet; write it again") from None


def _rows(file: pq.ParquetFile, contract: Contract) -> Iterator[list[str]]:
    schema = file.schema_arrow
    if file.metadata.num_rows > MAX_ROWS or len(schema) > MAX_COLUMNS:
        message = f"more than {MAX_ROWS:,} rows or {MAX_COLUMNS} columns"
        raise refused(contract, "limits", message)
    for place, field in enumerate(schema, start=1):
        if not _is_plain(field.type):
            message = f"column {place} is nested, binary or has a time zone; write plain columns"
            raise refused(contract, "column-type", message)
    yield list(schema.names)
    forms = day_forms(list(schema.names), contract)
    row = contract.header_row
    for batch in file.iter_batches(BATCH_ROWS):
        columns = [
            _texts(column, contract, form)
            for column, form in zip(batch.columns, forms, strict=True)
        ]
        for cells in zip(*columns, strict=True):
            row += 1
            refuse_hidden_signs(cells, contract, row)
            yield list(cells)


def _is_plain(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    if pa.types.is_timestamp(kind):
        return kind.tz is None
    return any(is_kind(kind) for is_kind in _PLAIN)


def _texts(column: pa.Array, contract: Contract, form: str) -> list[str]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"))  # fails rather than cut off nanoseconds
    return [as_text(value, contract.decimal, form) for value in column.to_pylist()]
