"""The only reader of extracts: files in, typed tables out, and nothing changed on the way.

A file is read as text, cell by cell, and refused as soon as a cell could mean something else than
what was written: wrong encoding, wrong delimiter, a row that is too short, a quote that is never
closed. Only when all contracts hold does anyone get the tables.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from pathlib import Path

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from evalkit.data import column_sql, deliveries, rules, suspicions
from evalkit.data.engine import Engine, connect, each
from evalkit.data.headers import column_order
from evalkit.data.odcs import Column, Contract
from evalkit.data.personal import MESSAGES, SUSPECT_SQL, kind_of, kind_of_file
from evalkit.data.refusals import RefusedError, refused
from evalkit.data.table_files import read_batches
from evalkit.data.violations import FIRST_ROWS, ContractReport, Violation
from evalkit.errors import ContractError, did_you_mean

# What is put behind the name of a file that has been exported or downloaded once more.
_COPY = re.compile(r"[ _-]*(?:[ _-](?:kopia|copy|ny|new|gammal|old|final)|\(?v?[0-9]+\)?)+$")
_TOTAL = r"(?i)(del)?(summa|totalt?|antal)[a-zåäö: ]*[0-9., ]*"
ENDINGS = (".csv", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".parquet")
Watch = Callable[[str, int], None]  # told a file's name and how many of its rows have been read
_BETWEEN = "\x1f"  # between cells that are looked through together: nothing suspect has it
_TYPED_TABLES = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"


@dataclass(frozen=True, slots=True)
class Extracts:
    """Extracts as read: `engine` holds `text.<table>` and `<table>`; `report` what was found."""

    engine: Engine
    report: ContractReport


@dataclass(frozen=True, slots=True)
class _Read:
    """What became of one extract: its rows, or none if it was left out; or why it was refused."""

    contract: Contract
    rows: int | None = None
    faults: tuple[Violation, ...] = ()


def unwatched(file: str, rows: int) -> None:
    """Tell nobody how far the reading has come."""


def open_extracts(
    folder: Path, contracts: tuple[Contract, ...], watch: Watch = unwatched
) -> Extracts:
    """Read every extract in `folder` that a contract describes, and check all contracts.

    Raises ContractError when the folder does not exist; all else is in the report.
    """
    if not folder.is_dir():
        raise ContractError(f"{folder.name}/: no such folder; the plan's 'extracts' names it")
    engine = connect()
    engine.execute("CREATE SCHEMA text")
    found = _strangers(folder, contracts)
    strangers = {violation.file for violation in found if violation.rule == "unknown-file"}
    left_out = _left_out(folder, contracts, strangers)

    def read(engine: Engine, contract: Contract) -> _Read:
        if contract.optional and contract.file in left_out:
            _create(engine, contract)
            return _Read(contract)
        watch(contract.file, 0)
        try:
            with deliveries.unchanged(folder, contract):
                return _Read(contract, _load(engine, folder, contract, strangers, watch))
        except RefusedError as refused:
            return _Read(contract, faults=refused.violations)

    every = each(engine, read, contracts)
    found += [fault for one in every for fault in one.faults]
    counts = {one.contract.file: one.rows for one in every if one.rows is not None}
    loaded = {one.contract.table for one in every if not one.faults}
    found += deliveries.faults(folder, contracts, counts)
    broken, not_run = rules.violations(engine, contracts, loaded)
    broken += suspicions.violations(engine, contracts, loaded)
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
    present = {path.name for path in folder.iterdir()}
    for name in sorted(present - known):
        if kind := kind_of_file(name):
            message = f"the name of a file in this folder {MESSAGES[kind]}"
            found.append(Violation(f"{folder.name}/", "", kind, "fatal", 0, (), message))
        elif not name.lower().endswith(ENDINGS):
            continue
        elif twin := _twin(name, known & present):
            message = f"which is meant, this file or {twin}? remove one"
            found.append(Violation(name, "", "two-candidates", "fatal", 0, (), message))
        else:
            message = (
                f"no contract describes this file, so it is not read{_near(name, known - present)}"
            )
            found.append(Violation(name, "", "unknown-file", "warning", 0, (), message))
    return found


def _twin(name: str, known: set[str]) -> str:
    """Return the extract that a file is another version of: barn.csv for `Barn (1).csv`."""
    stem = name.rpartition(".")[0].casefold()
    return next((file for file in sorted(known) if _COPY.sub("", stem) == file[:-4]), "")


def _near(name: str, known: set[str]) -> str:
    return did_you_mean(name, sorted(known))


def _load(
    engine: Engine,
    folder: Path,
    contract: Contract,
    strangers: set[str],
    watch: Watch,
) -> int:
    """Read one extract into `text.<table>` and `<table>`; return how many rows it has."""
    batches = read_batches(folder, contract, strangers)
    order = column_order(next(batches).column_names, contract)
    _create_text(engine, contract)
    try:
        rows = _insert(engine, contract, batches, order, watch)
        _refuse_rows(engine, contract)
        _refuse_personal(engine, contract)
    except RefusedError:
        engine.execute(f'DROP TABLE text."{contract.table}"')
        raise
    _create_typed(engine, contract)
    return rows


def _left_out(folder: Path, contracts: tuple[Contract, ...], strangers: set[str]) -> set[str]:
    """Return the files that were left out; a misspelt name is no absence but a mistake."""
    absent = {contract.file for contract in contracts if not (folder / contract.file).exists()}
    meant = {near for name in strangers for near in get_close_matches(name, sorted(absent), n=1)}
    return absent - meant


def _create(engine: Engine, contract: Contract) -> None:
    """Create the tables of an extract that is absent: its columns and no rows."""
    _create_text(engine, contract)
    _create_typed(engine, contract)


def _create_text(engine: Engine, contract: Contract) -> None:
    columns = ", ".join(f'"{column.name}" VARCHAR' for column in contract.columns)
    engine.execute(f'CREATE TABLE text."{contract.table}" (_row BIGINT, {columns})')


def _create_typed(engine: Engine, contract: Contract) -> None:
    columns = [
        f'{column_sql.typed(column, contract.decimal)} AS "{column.name}"'
        for column in contract.columns
    ]
    columns += [
        f'{column_sql.reason_missing(column)} AS "{column.name}_missing"'
        for column in contract.columns
        if column.symbols
    ]
    values = ", ".join(columns)
    engine.execute(
        f'CREATE TABLE "{contract.table}" AS SELECT t._row, {values} '
        f'FROM text."{contract.table}" AS t'
    )


def _insert(
    engine: Engine,
    contract: Contract,
    batches: Iterator[pa.Table],
    order: list[int],
    watch: Watch,
) -> int:
    """Copy the rows into `text.<table>`; return how many were read, chosen or not."""
    names = ["_row", *(column.name for column in contract.columns)]
    cells = ", ".join(column_sql.translated(column) for column in contract.columns)
    chosen = ""
    if contract.row_filter is not None:
        name, value = contract.row_filter
        chosen = f'WHERE "{name}" = {column_sql.literal(value)}'
    rows = 0
    for batch in batches:
        first = contract.header_row + 1 + rows
        numbers = pa.array(range(first, first + len(batch)), pa.int64())
        columns = [numbers, *(batch.column(place) for place in order)]
        engine.register("batch", pa.Table.from_arrays(columns, names=names))
        into = f'INSERT INTO text."{contract.table}"'
        engine.execute(f"{into} SELECT _row, {cells} FROM batch {chosen}")
        engine.unregister("batch")
        rows += len(batch)
        watch(contract.file, rows)
    return rows


def _refuse_rows(engine: Engine, contract: Contract) -> None:
    """Refuse the file for rows that are no rows of the table: blank ones, totals below it."""
    table = f'text."{contract.table}"'
    names = [f'"{column.name}"' for column in contract.columns]
    days = [f'"{column.name}"' for column in contract.columns if column.kind == "date"]
    blank = " AND ".join(f"trim({name}) = ''" for name in names)
    text = f"concat({', '.join(f'trim({name})' for name in names)})"
    undated = "".join(f"NOT contains({day}, '-') AND " for day in days)
    for rule, condition, message in (
        ("blank-row", blank, "all cells are blank; remove the row"),
        # No total has a dash in it: rows with a day need not be put together to be looked at.
        (
            "total-row",
            f"{undated}regexp_full_match({text}, '{_TOTAL}')",
            "a total, no row; remove it",
        ),
    ):
        count, rows = engine.execute(
            f"SELECT count(*), min(_row, {FIRST_ROWS}) FROM {table} WHERE {condition}"
        ).fetchone() or (0, ())
        if count:
            raise refused(contract, rule, message, tuple(rows), count)


def _refuse_personal(engine: Engine, contract: Contract) -> None:
    """Refuse the file when a cell can point at a person; name column and row, never the cell."""
    found: dict[tuple[Column, str], list[str]] = {}
    for column, cell in _suspects(engine, contract):
        if kind := kind_of(cell, free=column.kind == "string" and not column.codes):
            found.setdefault((column, kind), []).append(cell)
    faults = []
    for column, kind in product(contract.columns, MESSAGES):
        if cells := found.get((column, kind)):
            engine.register("suspects", pa.table({"cell": pa.array(cells, pa.string())}))
            ((count, rows),) = engine.execute(
                f'SELECT count(*), min(_row, {FIRST_ROWS}) FROM text."{contract.table}" '
                f'WHERE "{column.name}" IN (SELECT cell FROM suspects)'
            ).fetchall()
            engine.unregister("suspects")
            told = (contract.file, column.header, kind, "fatal", count, tuple(rows))
            faults.append(Violation(*told, MESSAGES[kind]))
    if faults:
        raise RefusedError(*faults)


def _suspects(engine: Engine, contract: Contract) -> Iterator[tuple[Column, str]]:
    """Yield each different cell that is worth a closer look, with its column.

    The engine takes longer to compile what is looked for than to look through a small file:
    therefore whole rows are looked through first, then the cells of those that have something.
    """
    cells = ", ".join(f'"{column.name}"' for column in contract.columns)
    row = f"concat_ws('{_BETWEEN}', {cells})"
    rows = (
        f"SELECT unnest(range({len(contract.columns)})) AS place, unnest([{cells}]) AS cell "
        f'FROM text."{contract.table}" WHERE regexp_matches({row}, $1)'
    )
    query = f"SELECT DISTINCT place, cell FROM ({rows}) WHERE regexp_matches(cell, $1)"
    for place, cell in engine.execute(query, [SUSPECT_SQL]).fetchall():
        yield contract.columns[place], cell
