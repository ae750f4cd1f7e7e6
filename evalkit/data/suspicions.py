"""What no rule of a contract can see: how a whole column or a whole table looks.

A pseudonym made with another key each year, a year that is not there, a key that has been through
a spreadsheet. Each check asks one question of the engine and gets a count and the first rows.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, pairwise

from evalkit.data.engine import Engine, each
from evalkit.data.headers import MOJIBAKE
from evalkit.data.odcs import Column, Contract
from evalkit.data.rules import repeated
from evalkit.data.violations import FIRST_ROWS, Violation

EXTRACT_DATE = "extract_date"
# Not part of what happened, so that two rows can tell the same with other values here.
_ABOUT_THE_ROW = (EXTRACT_DATE, "source_system")
LEAST_ROWS = 50  # in a year, before one without any is missed
MANY_ROWS = 500  # in a year, before another year far from it is no chance
LEAST_IDS = 30
BREAK = 0.4
_HASH = "[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}"
_AS_NUMBER = "[0-9][eE][0-9]{1,2}"


def violations(engine: Engine, contracts: Sequence[Contract], loaded: set[str]) -> list[Violation]:
    """Return what looks wrong in the extracts that were read, contract by contract."""

    def of_contract(engine: Engine, contract: Contract) -> list[Violation]:
        found = list(_cells(engine, contract))
        if day := _event_day(contract):
            found += _same_content(engine, contract)
            found += _years(engine, contract, day)
        return found + list(_new_pseudonyms(engine, contract, contracts, loaded))

    read = [contract for contract in contracts if contract.table in loaded]
    return list(chain.from_iterable(each(engine, of_contract, read)))


def _cells(engine: Engine, contract: Contract) -> Iterator[Violation]:
    """Try every suspicion about single cells in one scan; ask for rows only where one holds."""
    suspicions = [
        (column.header, *suspicion)
        for column in contract.columns
        for suspicion in _conditions(column, contract)
    ]
    if not suspicions:
        return
    found = ", ".join(f"bool_or({condition})" for *_, condition, _ in suspicions)
    answer = engine.execute(f'SELECT {found} FROM "{contract.table}" AS t').fetchone() or ()
    for (header, rule, severity, condition, message), is_found in zip(
        suspicions, answer, strict=True
    ):
        if is_found:
            yield from _told(engine, contract, header, (rule, severity, message), condition)


def _conditions(column: Column, contract: Contract) -> Iterator[tuple[str, str, str, str]]:
    """Yield rule, severity, the condition on suspect rows of the typed table, and message."""
    cell = f't."{column.name}"'
    if column.name == EXTRACT_DATE and column.kind == "date":
        today = f"DATE '{date.today().isoformat()}'"
        yield "extract-date-in-future", "error", f"{cell} > {today}", "a day that has not come yet"
    if column.kind != "string" or column.codes:
        return
    broken = f"regexp_matches({cell}, '{MOJIBAKE}')"
    message = "letters such as ö have become two signs; export again as UTF-8"
    yield "mojibake", "warning", broken, message
    if column.name in contract.key and not column.references:
        message = (
            "32, 40 or 64 hexadecimal digits, as from a hash; a plain hash of a personnummer can "
            "be turned back, so make sure that a secret key was used"
        )
        yield "hash-pseudonym", "warning", f"regexp_full_match({cell}, '{_HASH}')", message
        message = "a key such as 1e5: a spreadsheet has made a number of it; export it as text"
        yield "number-as-key", "error", f"regexp_full_match({cell}, '{_AS_NUMBER}')", message


def _event_day(contract: Contract) -> str:
    """Return the column that dates the events of a table with a key of its own, or nothing.

    Each row of such a table leads to somebody by a foreign key; what can be told of nobody, as
    advice can, comes and goes, and two rows may well say the same.
    """
    own_key = len(contract.key) == 1 and not contract.column(contract.key[0]).references
    if not own_key or not any(column.references and column.required for column in contract.columns):
        return ""
    dated = (c.name for c in contract.columns if c.kind == "date" and c.name != EXTRACT_DATE)
    return next(dated, "")


def _same_content(engine: Engine, contract: Contract) -> Iterator[Violation]:
    """Tell rows that say what another has said, under another key."""
    said = [c.name for c in contract.columns if c.name not in (*contract.key, *_ABOUT_THE_ROW)]
    content = ", ".join(f'"{name}"' for name in said)
    if not repeated(engine, f'"{contract.table}"', content):
        return
    rows = (
        f'_row IN (SELECT _row FROM "{contract.table}" '
        f"QUALIFY row_number() OVER (PARTITION BY {content} ORDER BY _row) > 1)"
    )
    message = "says the same as an earlier row, under another key; registered or exported twice?"
    key = contract.column(contract.key[0]).header
    yield from _told(engine, contract, key, ("same-content", "warning", message), rows)


def _years(engine: Engine, contract: Contract, day: str) -> Iterator[Violation]:
    """Tell whole years that are missing, or have far fewer or more rows than the year before."""
    last = f"max({EXTRACT_DATE})" if _has(contract, EXTRACT_DATE) else f'max("{day}")'
    bounds = engine.execute(f'SELECT min("{day}"), {last} FROM "{contract.table}"').fetchone()
    if bounds is None or None in bounds:
        return
    first, until = bounds
    counts = dict(
        engine.execute(
            f'SELECT year("{day}"), count(*) FROM "{contract.table}" GROUP BY 1'
        ).fetchall()
    )
    ended = (until.month, until.day) == (12, 31)
    whole = range(first.year + (first.month > 1), until.year + ended)
    header = contract.column(day).header
    for before, year in pairwise(whole):
        n, was = counts.get(year, 0), counts.get(before, 0)
        if not n and was >= LEAST_ROWS:
            message = f"no row is of {year}, though there are rows before it; deliver that year too"
            yield Violation(contract.file, header, "year-missing", "error", 0, (), message)
        elif max(n, was) >= MANY_ROWS and was and abs(n / was - 1) > BREAK:
            message = f"{year} has {100 * (n / was - 1):+.0f} % rows against {before}; is it whole?"
            told = ("volume-break", "warning", message)
            yield from _told(engine, contract, header, told, f'year(t."{day}") = {year}')


def _new_pseudonyms(
    engine: Engine, contract: Contract, contracts: Sequence[Contract], loaded: set[str]
) -> Iterator[Violation]:
    """Tell two years without a single id in common, though each has many: the key was changed.

    Of who lasts for years, a child or a caseworker; an event has its year.
    """
    if _event_day(contract):
        return
    key = f"{contract.table}.{contract.key[0]}"
    parts = [
        f'SELECT "{column.name}" AS id, year("{day}") AS year FROM "{other.table}"'
        for other in contracts
        if other.table in loaded and (day := _event_day(other))
        for column in other.columns
        if column.references == key and column.name not in other.key
    ]
    if not parts:
        return
    union = " UNION ".join(parts)
    apart = engine.execute(
        f"WITH seen AS (SELECT id, year, count(*) AS n FROM ({union}) GROUP BY id, year), "
        "many AS (SELECT year FROM seen WHERE id IS NOT NULL AND year IS NOT NULL "
        f"GROUP BY year HAVING sum(n) >= {LEAST_IDS}), "
        "kept AS (SELECT x.year FROM seen AS x JOIN seen AS y ON x.id = y.id "
        "AND y.year = x.year + 1) "
        "SELECT a.year FROM many AS a JOIN many AS b ON b.year = a.year + 1 "
        "WHERE a.year NOT IN (SELECT year FROM kept) ORDER BY a.year"
    ).fetchall()
    header = contract.column(contract.key[0]).header
    for (year,) in apart:
        message = (
            f"nobody seen in {year} is seen in {year + 1}: the pseudonyms were made with another "
            "key; deliver all years with one"
        )
        yield Violation(contract.file, header, "pseudonyms-changed", "fatal", 0, (), message)


def _told(
    engine: Engine, contract: Contract, header: str, told: tuple[str, str, str], condition: str
) -> Iterator[Violation]:
    rule, severity, message = told
    count, rows = engine.execute(
        f'SELECT count(*), min(t._row, {FIRST_ROWS}) FROM "{contract.table}" AS t WHERE {condition}'
    ).fetchone() or (0, ())
    if count:
        yield Violation(contract.file, header, rule, severity, count, tuple(rows), message)


def _has(contract: Contract, name: str) -> bool:
    return any(column.name == name for column in contract.columns)
