"""The rules of the contracts, carried out on every extract that was read.

Every extract lies in the engine twice: as text in the schema `text`, as delivered but for the
words and dates that a source file translates, and as a typed table under its logical name. A rule
becomes a condition on one of them (`column_sql`); what comes back is a count and the first rows,
never a cell.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from evalkit.data.column_sql import conditions, literal
from evalkit.data.engine import Engine, each
from evalkit.data.odcs import COUNT_ROWS, Column, Contract
from evalkit.data.violations import FIRST_ROWS, Violation

_TELL = f"SELECT count(*), min(t._row, {FIRST_ROWS})"
# A text without what nobody sees: letter case, blanks and signs that are not drawn.
_PLAIN = r"regexp_replace(lower(nfc_normalize({})), '[\s\p{{Z}}\p{{Cf}}]+', '', 'g')"
_READ = re.compile(r'\bt\."?(\w+)')


def violations(
    engine: Engine, contracts: tuple[Contract, ...], loaded: set[str]
) -> tuple[list[Violation], list[str]]:
    """Return what the loaded extracts break, and the ids of the rules that could not be run.

    Parameters
    ----------
    engine : holds `text.<table>` and `<table>` for every table in `loaded`.
    contracts : all contracts, those of files that could not be read included.
    """
    read = [contract for contract in contracts if contract.table in loaded]
    found = [fault for contract in read for fault in _not_empty(engine, contract)]
    # What leads to rows that are not there is not at fault itself.
    empty = {fault.file for fault in found}
    filled = loaded - {contract.table for contract in read if contract.file in empty}

    def of_contract(engine: Engine, contract: Contract) -> list[Violation]:
        if contract.table not in filled:
            return []
        told, faulty = _cell_rules(engine, contract)
        told += _unique_key(engine, contract)
        told += _foreign_keys(engine, contract, contracts, filled)
        return told + _sql_rules(engine, contract, filled, faulty)

    found += chain.from_iterable(each(engine, of_contract, contracts))
    not_run = [rule for contract in contracts for rule in _left_out(engine, contract, filled)]
    return found, not_run


def _not_empty(engine: Engine, contract: Contract) -> list[Violation]:
    (rows,) = engine.execute(f'SELECT count(*) FROM text."{contract.table}"').fetchone() or (0,)
    if rows or contract.may_be_empty:
        return []
    message = "a header but no rows; this extract must not be empty"
    return [Violation(contract.file, "", "not-empty", "fatal", 0, (), message)]


def _cell_rules(engine: Engine, contract: Contract) -> tuple[list[Violation], dict[str, str]]:
    """Try every rule about single cells in one scan; ask for rows only where one is broken.

    Return also, for each column with a broken cell, the condition on the rows where it is.
    """
    rules = [
        (column, *rule)
        for column in contract.columns
        for rule in conditions(column, contract.decimal)
    ]
    broken = ", ".join(f"bool_or({condition})" for _, _, condition, _ in rules)
    table = f'text."{contract.table}" AS t'
    answer = engine.execute(f"SELECT {broken} FROM {table}").fetchone() or ()
    found: list[Violation] = []
    faulty: dict[str, str] = {}
    for (column, rule, condition, message), is_broken in zip(rules, answer, strict=True):
        if is_broken:
            earlier = faulty.get(column.name)
            faulty[column.name] = f"{earlier} OR ({condition})" if earlier else f"({condition})"
            query = f"{_TELL} FROM {table} WHERE {condition}"
            if rule == "enum":
                message += _nearly(engine, contract, column)
            found += _told(engine, query, contract, column.header, rule, "error", message)
    return found, faulty


def _nearly(engine: Engine, contract: Contract, column: Column) -> str:
    """Return how many unknown codes are nearly known, so that one knows what to correct."""
    text = f't."{column.name}"'
    codes, labels = (
        ", ".join(f"{_PLAIN.format(literal(word))}" for word in words)
        for words in (column.codes, column.labels)
    )
    known = ", ".join(literal(code) for code in column.codes)
    near, labelled = engine.execute(
        f"SELECT count_if({_PLAIN.format(text)} IN ({codes})), "
        f"count_if({_PLAIN.format(text)} NOT IN ({codes}) AND {_PLAIN.format(text)} IN ({labels})) "
        f"FROM text.\"{contract.table}\" AS t WHERE {text} <> '' AND {text} NOT IN ({known})"
    ).fetchone() or (0, 0)
    hints = [
        f"{near:,} differ from a code in letter case, blanks or invisible signs only" * bool(near),
        f"{labelled:,} are the label of a code" * bool(labelled),
    ]
    return "".join(f"; {hint}" for hint in hints if hint)


def _unique_key(engine: Engine, contract: Contract) -> list[Violation]:
    """Tell every row of a key that stands twice; blank keys are the affair of `required`."""
    key = ", ".join(f'"{name}"' for name in contract.key)
    filled = " AND ".join(f"\"{name}\" <> ''" for name in contract.key)
    if not repeated(engine, f'text."{contract.table}" WHERE {filled}', key):
        return []
    query = (
        f"{_TELL} FROM (SELECT _row, count(*) OVER "
        f'(PARTITION BY {key}) AS times FROM text."{contract.table}" WHERE {filled}) AS t '
        "WHERE times > 1"
    )
    headers = " + ".join(contract.column(name).header for name in contract.key)
    message = "the key stands in more than one row"
    cells = ", ".join(f'"{column.name}"' for column in contract.columns)
    copies = (
        f'SELECT count(*) FROM (SELECT 1 FROM text."{contract.table}" WHERE {filled} '
        f"QUALIFY row_number() OVER (PARTITION BY {cells}) > 1)"
    )
    if same := (engine.execute(copies).fetchone() or (0,))[0]:
        message += f"; {same:,} are exact copies of another row, exported twice?"
    return _told(engine, query, contract, headers, "unique-key", "error", message)


def repeated(engine: Engine, rows: str, cells: str) -> bool:
    """Return whether two of the rows may have the same cells; rarely true when none have.

    Hashes tell it in a fraction of the time and memory that the cells themselves would take.
    """
    count, different = engine.execute(
        f"SELECT count(*), count(DISTINCT hash({cells})) FROM {rows}"
    ).fetchone() or (0, 0)
    return count > different


def _foreign_keys(
    engine: Engine,
    contract: Contract,
    contracts: tuple[Contract, ...],
    loaded: set[str],
) -> list[Violation]:
    found = []
    for column in contract.columns:
        table, _, key = (column.references or "").partition(".")
        if table not in loaded:
            continue
        target = next(other for other in contracts if other.table == table)
        query = (
            f'{_TELL} FROM text."{contract.table}" AS t '
            f"WHERE t.\"{column.name}\" <> '' AND NOT EXISTS (SELECT 1 FROM "
            f'text."{table}" AS o WHERE o."{key}" = t."{column.name}")'
        )
        message = f"not found in column '{target.column(key).header}' of {target.file}"
        found += _told(engine, query, contract, column.header, "foreign-key", "error", message)
    return found


def _sql_rules(
    engine: Engine,
    contract: Contract,
    loaded: set[str],
    faulty: Mapping[str, str],
) -> list[Violation]:
    """Carry out the contract's own rules, but not on cells that have been told already."""
    begin = COUNT_ROWS.format(table=contract.table)
    tell = begin.replace("SELECT COUNT(*)", _TELL)
    found = []
    for column in contract.columns:
        for rule in column.rules:
            if _tables(engine, rule.query) <= loaded:
                query = f"{tell}({rule.query.removeprefix(begin)})"
                read = {column.name, *_READ.findall(rule.query)} & faulty.keys()
                if read:
                    told_already = " OR ".join(faulty[name] for name in sorted(read))
                    rows = f'SELECT t._row FROM text."{contract.table}" AS t WHERE {told_already}'
                    query += f" AND t._row NOT IN ({rows})"
                told = (column.header, rule.id, rule.severity, rule.description)
                found += _told(engine, query, contract, *told)
    return found


def _told(
    engine: Engine,
    query: str,
    contract: Contract,
    column: str,
    rule: str,
    severity: str,
    message: str,
) -> list[Violation]:
    count, rows = engine.execute(query).fetchone() or (0, ())
    if not count:
        return []
    return [Violation(contract.file, column, rule, severity, count, tuple(rows), message)]


def _left_out(engine: Engine, contract: Contract, loaded: set[str]) -> Iterator[str]:
    for column in contract.columns:
        if column.references and not {contract.table, column.references.split(".")[0]} <= loaded:
            yield f"{contract.table}.{column.name}:foreign-key"
        for rule in column.rules:
            if not _tables(engine, rule.query) <= loaded:
                yield f"{contract.table}.{column.name}:{rule.id}"


def _tables(engine: Engine, query: str) -> set[str]:
    return set(engine.get_table_names(query))
