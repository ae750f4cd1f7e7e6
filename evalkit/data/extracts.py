"""The only reader of extracts: CSV files in, typed tables out, and nothing changed on the way.

A file is read as text, cell by cell, and refused as soon as a cell could mean something else than
what was written: wrong encoding, wrong delimiter, a row that is too short, a quote that is never
closed. Only when all contracts hold does anyone get the tables.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from evalkit.data import rules
from evalkit.data.odcs import Contract
from evalkit.data.personnummer import SUSPECT_SQL, holds_personnummer
from evalkit.data.rules import FIRST_ROWS, ContractReport, Violation
from evalkit.errors import ContractError, did_you_mean

CHUNK_ROWS = 50_000
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_LONE_CR = re.compile(rb"\r(?!\n)")
_CR = re.compile(rb"\r")
# What Swedish letters and dashes look like in UTF-8; no word has these pairs in cp1252.
_UTF8_SWEDISH = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x90-\x9f]")
_TYPED_TABLES = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"
_PERSONNUMMER = "can be a personnummer or samordningsnummer; deliver pseudonyms only"


class _RefusedError(Exception):
    """A file that cannot be read as intended; holds its violations."""

    def __init__(self, *violations: Violation) -> None:
        super().__init__()
        self.violations = violations


@dataclass(frozen=True, slots=True)
class Extracts:
    """Extracts as read: `engine` holds `text.<table>` and `<table>`; `report` what was found."""

    engine: duckdb.DuckDBPyConnection
    report: ContractReport


def open_extracts(folder: Path, contracts: tuple[Contract, ...]) -> Extracts:
    """Read every extract in `folder` that a contract describes, and check all contracts.

    Raises ContractError when the folder does not exist; all else is in the report.
    """
    if not folder.is_dir():
        raise ContractError(f"{folder.name}/: no such folder; the plan's 'extracts' names it")
    engine = duckdb.connect()
    engine.execute("CREATE SCHEMA text")
    found = _strangers(folder, contracts)
    strangers = {violation.file for violation in found if violation.rule == "unknown-file"}
    counts: dict[str, int] = {}
    loaded: set[str] = set()
    for contract in contracts:
        if contract.optional and _is_absent(folder, contract, strangers):
            _create(engine, contract)
            loaded.add(contract.table)
            continue
        try:
            counts[contract.file] = _load(engine, folder, contract, strangers)
            loaded.add(contract.table)
        except _RefusedError as refused:
            found += refused.violations
    broken, not_run = rules.violations(engine, contracts, loaded)
    return Extracts(engine, ContractReport((*found, *broken), counts, tuple(not_run)))


def tables(extracts: Extracts) -> Backend:
    """Return the extracts as typed tables under their logical names, ready for Ibis.

    Columns have their logical names and the types DATE, BIGINT, DOUBLE and VARCHAR; a blank cell
    of an optional column is NULL, and so is a symbol for a missing number, whose reason stands in
    `<column>_missing`. Raises ContractError with the report when a contract is broken.
    """
    if not extracts.report.ok:
        extracts.engine.close()
        raise ContractError(extracts.report.text())
    for (table,) in extracts.engine.execute(_TYPED_TABLES).fetchall():
        extracts.engine.execute(f'ALTER TABLE "{table}" DROP COLUMN _row')
    extracts.engine.execute("DROP SCHEMA text CASCADE")
    return ibis.duckdb.from_connection(extracts.engine)


def read(folder: Path, contracts: tuple[Contract, ...]) -> Backend:
    """Open, check and return the tables of every extract in `folder`; see `tables`."""
    return tables(open_extracts(folder, contracts))


def _strangers(folder: Path, contracts: tuple[Contract, ...]) -> list[Violation]:
    """Tell files that no contract describes, and file names that point at a person."""
    found = []
    known = {contract.file for contract in contracts}
    for name in sorted(path.name for path in folder.iterdir()):
        if holds_personnummer(name):
            message = f"the name of a file in this folder {_PERSONNUMMER}"
            found.append(Violation(f"{folder.name}/", "", "personnummer", "fatal", 0, (), message))
        elif name.lower().endswith((".csv", ".xlsx", ".xls")) and name not in known:
            absent = {file for file in known if not (folder / file).exists()}
            message = f"no contract describes this file, so it is not read{_near(name, absent)}"
            found.append(Violation(name, "", "unknown-file", "warning", 0, (), message))
    return found


def _near(name: str, known: set[str]) -> str:
    return did_you_mean(name, sorted(known))


def _load(
    engine: duckdb.DuckDBPyConnection, folder: Path, contract: Contract, strangers: set[str]
) -> int:
    """Read one extract into `text.<table>` and `<table>`; return how many rows it has."""
    text = _decode(_bytes(folder, contract, strangers), contract)
    records = _records(text, contract)
    header = next(records)
    order = _column_order(header, contract)
    _create_text(engine, contract)
    try:
        rows = _insert(engine, contract, records, order, len(header))
        _refuse_personnummer(engine, contract)
    except _RefusedError:
        engine.execute(f'DROP TABLE text."{contract.table}"')
        raise
    _create_typed(engine, contract)
    return rows


def _is_absent(folder: Path, contract: Contract, strangers: set[str]) -> bool:
    """Tell whether an extract was left out; a misspelt name is no absence but a mistake."""
    return not (folder / contract.file).exists() and not _near(contract.file, strangers)


def _create(engine: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Create the tables of an extract that is absent: its columns and no rows."""
    _create_text(engine, contract)
    _create_typed(engine, contract)


def _create_text(engine: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    columns = ", ".join(f'"{column.name}" VARCHAR' for column in contract.columns)
    engine.execute(f'CREATE TABLE text."{contract.table}" (_row BIGINT, {columns})')


def _create_typed(engine: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    columns = [
        f'{rules.typed(column, contract.decimal)} AS "{column.name}"' for column in contract.columns
    ]
    columns += [
        f'{rules.reason_missing(column)} AS "{column.name}_missing"'
        for column in contract.columns
        if column.symbols
    ]
    values = ", ".join(columns)
    engine.execute(
        f'CREATE TABLE "{contract.table}" AS SELECT t._row, {values} '
        f'FROM text."{contract.table}" AS t'
    )


def _refused(
    contract: Contract, rule: str, message: str, rows: tuple[int, ...] = (), count: int = 0
) -> _RefusedError:
    count = count or len(rows)
    violation = Violation(contract.file, "", rule, "fatal", count, rows[:FIRST_ROWS], message)
    return _RefusedError(violation)


def _bytes(folder: Path, contract: Contract, strangers: set[str]) -> bytes:
    path = folder / contract.file
    if not path.is_file():
        raise _refused(contract, "missing-file", f"no such file{_near(contract.file, strangers)}")
    if path.resolve().parent != folder.resolve():
        raise _refused(contract, "outside-folder", "a link that leads out of the folder")
    try:
        return path.read_bytes()
    except OSError:
        raise _refused(contract, "unreadable", "cannot be opened; check its permissions") from None


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
            raise _refused(contract, "encoding", message)
        return text
    message = f"not {' or '.join(contract.encodings)} all through; save it as 'CSV UTF-8'"
    raise _refused(contract, "encoding", message)


def _refuse_bytes(raw: bytes, contract: Contract) -> None:
    if not raw.removeprefix(_UTF8_BOM):
        raise _refused(contract, "empty-file", "the file is empty; not even a header")
    if raw.startswith(_UTF16_BOMS):
        raise _refused(contract, "encoding", "written as UTF-16; save it as 'CSV UTF-8'")
    # Where the header ends in a bare line feed, a carriage return could belong to the last cell.
    stray = _LONE_CR if raw.partition(b"\n")[0].endswith(b"\r") else _CR
    for rule, found, message in (
        ("nul-byte", re.search(rb"\0", raw), "a NUL byte; the file is damaged or not text"),
        ("line-end", stray.search(raw), "a carriage return that ends no row; save the file again"),
    ):
        if found:
            row = raw.count(b"\n", 0, found.start()) + 1
            raise _refused(contract, rule, message, (row,))


def _records(text: str, contract: Contract) -> Iterator[list[str]]:
    """Yield the cells of each row, the header first; a cell never holds a line break."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=contract.delimiter, strict=True)
    row = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            message = "a quote that is never closed, text after a closing quote, or a huge cell"
            raise _refused(contract, "quotes", message, (row,)) from None
        if reader.line_num != row:
            message = "a cell with a line break, or a quote that is never closed"
            raise _refused(contract, "line-break", message, (row,))
        yield cells
        row += 1


def _column_order(header: list[str], contract: Contract) -> list[int]:
    """Return where each column of the contract stands in the file."""
    if len(header) == 1 < len(contract.columns):
        message = (
            f"1 column found, expected {len(contract.columns)}; save with '{contract.delimiter}'"
        )
        raise _refused(contract, "delimiter", message, (1,))
    if any(holds_personnummer(cell) for cell in header):
        raise _refused(contract, "personnummer", f"the header {_PERSONNUMMER}", (1,))
    names = {name: c.header for c in contract.columns for name in (c.header, *c.synonyms)}
    names |= {name: name for name in contract.ignored}
    found = [names.get(cell) for cell in header]
    faults = list(_header_faults(header, found, contract, sorted(names)))
    if faults:
        raise _RefusedError(*faults)
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
        elif name is None:
            hint = did_you_mean(cell, known) or "; remove it"
            yield fault("unknown-column", "", f"column {position} is not in the contract{hint}")


def _insert(
    engine: duckdb.DuckDBPyConnection,
    contract: Contract,
    records: Iterator[list[str]],
    order: list[int],
    width: int,
) -> int:
    """Copy the rows into `text.<table>`, or refuse them all when one has too few or many cells."""
    names = ["_row", *(column.name for column in contract.columns)]
    place, value = _filtered_on(contract, order)
    wrong: list[int] = []
    start, wrong_count = 2, 0
    while chunk := list(islice(records, CHUNK_ROWS)):
        misfits = [row for row, cells in enumerate(chunk, start) if len(cells) != width]
        wrong = [*wrong, *misfits][:FIRST_ROWS]
        wrong_count += len(misfits)
        if not wrong_count:
            kept = [
                (row, *cells) for row, cells in enumerate(chunk, start)
                if place is None or cells[place] == value
            ]  # fmt: skip
            columns = list(zip(*kept, strict=True)) or [()] * (width + 1)
            numbers = pa.array(columns[0], pa.int64())
            arrays = [pa.array(columns[at + 1], pa.string()) for at in order]
            engine.register("chunk", pa.table([numbers, *arrays], names=names))
            engine.execute(f'INSERT INTO text."{contract.table}" SELECT * FROM chunk')
            engine.unregister("chunk")
        start += len(chunk)
    if wrong_count:
        message = f"not {width} cells as in the header; look for a stray '{contract.delimiter}'"
        raise _refused(contract, "row-length", message, tuple(wrong), wrong_count)
    return start - 2


def _filtered_on(contract: Contract, order: list[int]) -> tuple[int | None, str]:
    """Return where in the file the column stands that says which rows are read, and its value."""
    if contract.row_filter is None:
        return None, ""
    name, value = contract.row_filter
    return order[[column.name for column in contract.columns].index(name)], value


def _refuse_personnummer(engine: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Refuse the file when a cell can be a personnummer; name column and row, never the cell."""
    cells = ", ".join(f'"{column.name}"' for column in contract.columns)
    suspects = engine.execute(
        f'SELECT _row, {cells} FROM text."{contract.table}" '
        f"WHERE regexp_matches(concat_ws(chr(10), {cells}), ?) ORDER BY _row",
        [SUSPECT_SQL],
    ).fetchall()
    faults = []
    for place, column in enumerate(contract.columns, start=1):
        rows = tuple(record[0] for record in suspects if holds_personnummer(record[place]))
        if rows:
            place_and_rule = (contract.file, column.header, "personnummer", "fatal")
            told = Violation(*place_and_rule, len(rows), rows[:FIRST_ROWS], _PERSONNUMMER)
            faults.append(told)
    if faults:
        raise _RefusedError(*faults)
