"""The rules of the contracts, carried out: one generator of conditions, each telling rows.

Every extract lies in the engine twice: as text in the schema `text`, as delivered but for the
words and dates that a source file translates, and as a typed table under its logical name. A rule
becomes a condition on one of them; what comes back is a count and the first rows, never a cell.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

from evalkit.data.date_forms import ISO_DAY, to_iso
from evalkit.data.odcs import COUNT_ROWS, SEVERITIES, Column, Contract

FIRST_ROWS = 5
_TELL = f"SELECT count(*), min(t._row, {FIRST_ROWS})"
# A text without what nobody sees: letter case, blanks and signs that are not drawn.
_PLAIN = r"regexp_replace(lower(nfc_normalize({})), '[\s\p{{Z}}\p{{Cf}}]+', '', 'g')"
_READ = re.compile(r'\bt\."?(\w+)')
FORMS = {
    "date": "a calendar day written {form}",
    "integer": "a whole number without blanks or separators",
    "number": "a number with '{decimal}' as decimal sign and no thousand separator",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that one file breaks: in `count` rows, the first of them in `first_rows`.

    Rows are numbered as a spreadsheet does: the header is row 1. `column` is the header in the
    file, blank when the whole file is meant; `count` is 0 then. `position` is where a column
    stands that no contract knows, whose header is not told.
    """

    file: str
    column: str
    rule: str
    severity: str
    count: int
    first_rows: tuple[int, ...]
    message: str
    position: int = 0

    @property
    def stops(self) -> bool:
        return self.severity != "warning"

    def text(self, rows: int | None = None) -> str:
        """Return the violation as one line; `rows` is how many the file has."""
        place = f"{self.file}: column '{self.column}'" if self.column else self.file
        if not self.count:
            return f"{place}: {self.message} [{self.rule}]"
        many = f"{self.count:,} of {rows:,} rows" if rows else f"{self.count:,} row(s)"
        listed = ", ".join(str(row) for row in self.first_rows)
        more = ", ..." if self.count > len(self.first_rows) else ""
        return f"{place}: {many}: {self.message} (row {listed}{more}) [{self.rule}]"


@dataclass(frozen=True, slots=True)
class ContractReport:
    """What the check of all extracts found.

    `rows` counts data rows by file, for the files that could be read; `not_run` names the rules
    that could not be carried out because a file they need could not be read.
    """

    violations: tuple[Violation, ...]
    rows: Mapping[str, int]
    not_run: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """True when nothing but warnings was found."""
        return not any(violation.stops for violation in self.violations)

    @property
    def warnings(self) -> tuple[Violation, ...]:
        return tuple(violation for violation in self.violations if not violation.stops)

    def text(self) -> str:
        """Return the report for a terminal: what is fatal first, then errors, then warnings."""
        ordered = sorted(self.violations, key=lambda found: SEVERITIES.index(found.severity))
        stops = [violation for violation in ordered if violation.stops]
        total = sum(self.rows.values())
        lines = [
            f"{len(self.rows)} extracts, {total:,} rows: "
            f"{len(stops)} error(s), {len(self.warnings)} warning(s)"
        ]
        for violation in ordered:
            line = violation.text(self.rows.get(violation.file))
            lines.append(f"{violation.severity.upper():<7}  {line}")
        if self.not_run:
            lines.append(
                f"NOT RUN  {len(self.not_run)} rule(s) need a file that could not be read, or has "
                "no rows"
            )
        if stops:
            lines.append("Correct the extracts where they are made, and check again.")
        return "\n".join(lines)


def typed(column: Column, decimal: str) -> str:
    """Return the SQL that turns the text of a cell into the column's type, NULL when it cannot.

    The engine's own casts forgive blanks, short dates and times of day; the form is therefore
    tested first.
    """
    text = f't."{column.name}"'
    if column.symbols:
        text = f"CASE WHEN {text} NOT IN ({_symbols(column)}) THEN {text} END"
    if column.kind == "date":
        return _cast(text, "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}", text, "DATE")
    if column.kind == "integer":
        return _cast(text, "-?(0|[1-9][0-9]{0,17})", text, "BIGINT")
    if column.kind == "number":
        form = rf"-?(0|[1-9][0-9]{{0,14}})(\{decimal}[0-9]{{1,15}})?"
        return _cast(text, form, f"replace({text}, '{decimal}', '.')", "DOUBLE")
    return f"nullif({text}, '')"


def reason_missing(column: Column) -> str:
    """Return the SQL that turns a symbol for a missing number into its reason, else into NULL."""
    text = f't."{column.name}"'
    cases = " ".join(
        f"WHEN {_literal(symbol)} THEN {_literal(reason)}" for symbol, reason in column.symbols
    )
    return f"CASE {text} {cases} END"


def translated(column: Column) -> str:
    """Return the SQL that turns a delivered cell into what the contract calls it."""
    text = f'"{column.name}"'
    if column.words:
        cases = (f"WHEN {_literal(word)} THEN {_literal(code)}" for word, code in column.words)
        text = f"CASE {text} {' '.join(cases)} ELSE {text} END"
    if column.form:
        text = to_iso(text, column.form)
    if column.open_date:
        text = f"CASE {text} WHEN '{column.open_date}' THEN '' ELSE {text} END"
    return text


def _cast(text: str, form: str, value: str, sql_type: str) -> str:
    test = f"regexp_full_match({text}, '{form}')"
    return f"CASE WHEN {test} THEN TRY_CAST({value} AS {sql_type}) END"


def violations(
    engine: duckdb.DuckDBPyConnection, contracts: tuple[Contract, ...], loaded: set[str]
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
    not_run: list[str] = []
    for contract in contracts:
        if contract.table in filled:
            told, faulty = _cell_rules(engine, contract)
            found += told
            found += _unique_key(engine, contract)
            found += _foreign_keys(engine, contract, contracts, filled)
            found += _sql_rules(engine, contract, filled, faulty)
        not_run += _left_out(engine, contract, filled)
    return found, not_run


def _not_empty(engine: duckdb.DuckDBPyConnection, contract: Contract) -> list[Violation]:
    (rows,) = engine.execute(f'SELECT count(*) FROM text."{contract.table}"').fetchone() or (0,)
    if rows or contract.may_be_empty:
        return []
    message = "a header but no rows; this extract must not be empty"
    return [Violation(contract.file, "", "not-empty", "fatal", 0, (), message)]


def _cell_rules(
    engine: duckdb.DuckDBPyConnection, contract: Contract
) -> tuple[list[Violation], dict[str, str]]:
    """Try every rule about single cells in one scan; ask for rows only where one is broken.

    Return also, for each column with a broken cell, the condition on the rows where it is.
    """
    rules = [
        (column, *rule)
        for column in contract.columns
        for rule in _conditions(column, contract.decimal)
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


def _nearly(engine: duckdb.DuckDBPyConnection, contract: Contract, column: Column) -> str:
    """Return how many unknown codes are nearly known, so that one knows what to correct."""
    text = f't."{column.name}"'
    codes, labels = (
        ", ".join(f"{_PLAIN.format(_literal(word))}" for word in words)
        for words in (column.codes, column.labels)
    )
    known = ", ".join(_literal(code) for code in column.codes)
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


def _conditions(column: Column, decimal: str) -> Iterator[tuple[str, str, str]]:
    """Yield rule, the condition on rows that break it, and message."""
    text, value = f't."{column.name}"', typed(column, decimal)
    blank = f"{text} IN ('', {_symbols(column)})" if column.symbols else f"{text} = ''"
    if column.required:
        yield "required", f"{text} = ''", "blank, but the column is required"
    if column.kind != "string":
        form = FORMS[column.kind].format(decimal=decimal, form=(column.form or ISO_DAY).upper())
        yield "type", f"NOT {blank} AND {value} IS NULL", f"not {form}"
    if column.pattern:
        test = f"NOT regexp_full_match({text}, {_literal(column.pattern)})"
        message = f"not of the form {column.form.upper() or column.pattern}"
        yield "pattern", f"{text} <> '' AND {test}", message
    if column.codes:
        known = ", ".join(_literal(code) for code in column.codes)
        words = " | ".join(_known_words(column))
        message = f"not one of the codes ({words}); letter case and blanks count"
        yield "enum", f"{text} <> '' AND {text} NOT IN ({known})", message
    limits = list(_limits(column))
    if limits:
        beyond = " OR ".join(f"{value} {sign} {limit}" for sign, limit, _ in limits)
        message = " or ".join(words for _, _, words in limits)
        yield "range", beyond, message


def _known_words(column: Column) -> list[str]:
    """Return the codes as whoever delivers the file writes them."""
    meant = {code for _, code in column.words}
    own = [word for word, code in column.words if code]
    return own + [code for code in column.codes if code not in meant]


def _limits(column: Column) -> Iterator[tuple[str, str, str]]:
    for sign, word, limit in (("<", "below", column.minimum), (">", "above", column.maximum)):
        if limit is not None:
            literal = f"DATE {_literal(str(limit))}" if column.kind == "date" else str(limit)
            yield sign, literal, f"{word} {limit}"


def _symbols(column: Column) -> str:
    return ", ".join(_literal(symbol) for symbol, _ in column.symbols)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _unique_key(engine: duckdb.DuckDBPyConnection, contract: Contract) -> list[Violation]:
    """Tell every row of a key that stands twice; blank keys are the affair of `required`."""
    key = ", ".join(f'"{name}"' for name in contract.key)
    filled = " AND ".join(f"\"{name}\" <> ''" for name in contract.key)
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


def _foreign_keys(
    engine: duckdb.DuckDBPyConnection,
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
    engine: duckdb.DuckDBPyConnection,
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
    engine: duckdb.DuckDBPyConnection,
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


def _left_out(
    engine: duckdb.DuckDBPyConnection, contract: Contract, loaded: set[str]
) -> Iterator[str]:
    for column in contract.columns:
        if column.references and not {contract.table, column.references.split(".")[0]} <= loaded:
            yield f"{contract.table}.{column.name}:foreign-key"
        for rule in column.rules:
            if not _tables(engine, rule.query) <= loaded:
                yield f"{contract.table}.{column.name}:{rule.id}"


def _tables(engine: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    return set(engine.get_table_names(query))
