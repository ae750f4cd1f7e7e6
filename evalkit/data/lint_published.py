"""Faults in how a contract describes published figures: symbols, rows and columns of others' files.

A publisher's file is not made for evalkit: it holds other levels of geography, columns that nobody
asks for and symbols in place of numbers. What of it is read is configuration, and checked here.
"""

from collections.abc import Iterator
from typing import Any

from evalkit.data.odcs import MISSING, SWEDISH, properties
from evalkit.errors import did_you_mean

PUBLISHED = "published_statistic"
LONG = ("area", "year", "measure", "numerator", "denominator")
# What only published figures may have: of children's extracts nothing is left unread.
OWN = ("ignoredColumns", "rowFilter", "measures")
COLUMN_OWN = {"missingSymbols", "validOn", SWEDISH}

Raw = dict[str, Any]
Faults = Iterator[tuple[str, str]]


def table(raw: Raw) -> Faults:
    """Tell faults in what only published figures may have: rows and columns left unread."""
    described, own = raw["schema"][0], properties(raw)
    columns = {column["name"]: column for column in described["properties"]}
    if described["name"] != PUBLISHED:
        for name in sorted(own.keys() & set(OWN)):
            message = f"only for the table '{PUBLISHED}': an extract about children is read whole"
            yield f"customProperties.{name}", message
        return
    wanted = LONG[:2] if "measures" in own else LONG
    for name in wanted:
        if name not in columns:
            yield "schema[0].properties", f"no column '{name}'{did_you_mean(name, list(columns))}"
    yield from _ignored(own.get("ignoredColumns", []), columns)
    yield from _row_filter(own, columns)
    yield from _wide(own, columns)


def _ignored(ignored: object, columns: dict[str, Raw]) -> Faults:
    place = "customProperties.ignoredColumns"
    if not isinstance(ignored, list) or not all(isinstance(name, str) for name in ignored):
        yield place, "a list of headers, as text"
        return
    read = {column.get("physicalName") for column in columns.values()}
    read |= {s["synonym"] for c in columns.values() for s in c.get("synonyms") or []}
    for name in ignored:
        if name in read:
            yield place, f"'{name}' is a column of the contract, so it is read"
        if ignored.count(name) > 1:
            yield place, f"'{name}' stands twice"


def _row_filter(own: Raw, columns: dict[str, Raw]) -> Faults:
    if "rowFilter" not in own:
        return
    place, chosen = "customProperties.rowFilter", own["rowFilter"]
    if not isinstance(chosen, dict) or set(chosen) != {"column", "value"}:
        yield place, "written as {column: ..., value: ...}"
    elif chosen["column"] not in columns:
        hint = did_you_mean(str(chosen["column"]), list(columns))
        yield f"{place}.column", f"no column '{chosen['column']}'{hint}"
    elif not isinstance(chosen["value"], str) or not chosen["value"]:
        yield f"{place}.value", "the text that the column has in the rows to read; put it in quotes"


def _wide(own: Raw, columns: dict[str, Raw]) -> Faults:
    if "measures" not in own:
        return
    place, measures = "customProperties.measures", own["measures"]
    if not isinstance(measures, list) or not measures:
        yield place, "a list of {measure: ..., numerator: ..., denominator: ...}"
        return
    for index, entry in enumerate(measures):
        here = f"{place}[{index}]"
        if not isinstance(entry, dict) or set(entry) != {"measure", "numerator", "denominator"}:
            yield here, "written as {measure: ..., numerator: ..., denominator: ...}"
            continue
        if [other.get("measure") for other in measures[:index]].count(entry["measure"]):
            yield f"{here}.measure", f"'{entry['measure']}' stands twice"
        for part in ("numerator", "denominator"):
            if columns.get(entry[part], {}).get("logicalType") not in ("integer", "number"):
                hint = did_you_mean(str(entry[part]), list(columns))
                yield f"{here}.{part}", f"no column of numbers '{entry[part]}'{hint}"


def symbols(column: Raw) -> Faults:
    """Tell faults in the symbols that may stand in a column for a missing number."""
    place, own = ".customProperties", properties(column)
    for name in sorted(own.keys() - COLUMN_OWN):
        yield place, f"unknown property '{name}'{did_you_mean(name, sorted(COLUMN_OWN))}"
    given = own.get("missingSymbols", {"x": MISSING[0]})
    place = f"{place}.missingSymbols"
    if not isinstance(given, dict) or not given:
        yield place, "a symbol and its reason, as {c: protected}"
        return
    if "missingSymbols" in own and column.get("logicalType") not in ("integer", "number"):
        yield place, "only a column of numbers has symbols for missing ones"
    for symbol, reason in given.items():
        if not symbol.strip():
            yield place, "a symbol is a sign that can be seen"
        if reason not in MISSING:
            yield f"{place}.{symbol}", f"the reason is one of {', '.join(MISSING)}"
