"""Faults in a contract itself: found before any file with data is opened.

Two nets: the JSON schema of the standard, which knows the form, and the checks below, which know
the meaning (does the foreign key lead somewhere, does the SQL run, can the regex be compiled).
Every fault names the contract and the place in it.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any

import duckdb

from evalkit.data import lint_published
from evalkit.data.lint_form import form
from evalkit.data.odcs import COUNT_ROWS, SEVERITIES, SQL_TYPES, SWEDISH, properties
from evalkit.errors import did_you_mean

API_VERSION = "v3.2.0"
CLASSIFICATIONS = ("public", "internal", "confidential", "restricted")
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252")
DIALECT = ("fileName", "delimiter", "encodings", "decimalSeparator")
OPTIONAL = "optional"
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
NAME = re.compile(r"[a-z][a-z0-9_]*")
FILE_NAME = re.compile(r"[0-9a-zåäö_-]+\.(csv|xlsx|parquet)")
COLUMN_KEYS = {
    "name", "physicalName", "businessName", "synonyms", "description", "logicalType",
    "logicalTypeOptions", "required", "primaryKey", "primaryKeyPosition", "classification",
    "enum", "relationships", "quality", "customProperties",
}  # fmt: skip
OPTION_KEYS = {
    "string": {"pattern"},
    "date": {"format", "minimum", "maximum"},
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
}
BOUND_TYPES: dict[str, tuple[type, ...]] = {
    "date": (str,),
    "integer": (int,),
    "number": (int, float),
}

Raw = dict[str, Any]
Faults = Iterator[tuple[str, str]]


def lint(contracts: dict[str, Raw]) -> list[str]:
    """Return every fault as `file: path: what is wrong`; an empty list when there is none.

    `contracts` holds the plain YAML of each contract by file name. Meaning is checked only once
    every contract has the right form.
    """
    faults = [
        f"{name}: {path}: {message}"
        for name, raw in contracts.items()
        for path, message in form(raw)
    ]
    if faults:
        return faults
    checks: tuple[Callable[[Raw], Faults], ...] = (_head, _table, _columns, lint_published.table)
    for name, raw in contracts.items():
        for check in checks:
            faults += [f"{name}: {path}: {message}" for path, message in check(raw)]
    faults += [f"{name}: {path}: {message}" for name, path, message in _between(contracts)]
    return faults or _queries(contracts)


def _head(raw: Raw) -> Faults:
    if raw["apiVersion"] != API_VERSION:
        yield "apiVersion", f"evalkit reads {API_VERSION}"
    if not SEMVER.fullmatch(raw["version"]):
        yield "version", "not a semantic version such as 1.0.0"
    dialect = properties(raw)
    known = [*DIALECT, OPTIONAL, SWEDISH, *lint_published.OWN]
    unknown = sorted(dialect.keys() - set(known))
    for name in unknown:
        yield "customProperties", f"unknown property '{name}'{did_you_mean(name, known)}"
    yield from _swedish(raw)
    if dialect.get(OPTIONAL, True) is not True:
        yield f"customProperties.{OPTIONAL}", "true, or left out"
    for name in DIALECT:
        if name not in dialect and not did_you_mean(name, unknown):
            yield "customProperties", f"'{name}' is missing"
    if not FILE_NAME.fullmatch(str(dialect.get("fileName", "a.csv"))):
        yield (
            "customProperties.fileName",
            "a plain file name in lower case that ends with .csv, .xlsx or .parquet",
        )
    if dialect.get("delimiter", ";") not in (";", ",", "\t"):
        yield "customProperties.delimiter", "one of ';', ',' and tab"
    if dialect.get("decimalSeparator", ",") not in (",", "."):
        yield "customProperties.decimalSeparator", "',' or '.'"
    encodings = dialect.get("encodings", ["utf-8"])
    if not isinstance(encodings, list) or not encodings or set(encodings) - set(ENCODINGS):
        yield "customProperties.encodings", f"a list of {', '.join(ENCODINGS)}"


def _swedish(raw: Raw) -> Faults:
    text = properties(raw).get(SWEDISH, "-")
    if not isinstance(text, str) or not text.strip() or "\n" in text:
        dot = "" if "schema" in raw else "."
        yield f"{dot}customProperties.{SWEDISH}", "one line of text"


def _table(raw: Raw) -> Faults:
    table, path = raw["schema"][0], "schema[0]"
    if not NAME.fullmatch(table["name"]):
        yield f"{path}.name", "use lower case letters, digits and _"
    if table.get("relationships"):
        yield f"{path}.relationships", "put a foreign key under its column"
    for index, rule in enumerate(table.get("quality") or []):
        place = f"{path}.quality[{index}]"
        if rule.get("metric") != "rowCount" or rule.get("mustBeGreaterThan") != 0:
            yield place, "only 'metric: rowCount' with 'mustBeGreaterThan: 0' is carried out here"
    yield from _names_once(table["properties"], f"{path}.properties")
    yield from _key(table["properties"], f"{path}.properties")


def _names_once(columns: list[Raw], path: str) -> Faults:
    seen: dict[str, set[str | None]] = {"name": set(), "physicalName": set()}
    for index, column in enumerate(columns):
        headers = [column.get("physicalName")]
        headers += [entry["synonym"] for entry in column.get("synonyms") or []]
        for key, names in (("name", [column["name"]]), ("physicalName", headers)):
            for name in names:
                if name in seen[key]:
                    yield f"{path}[{index}].{key}", f"'{name}' stands twice"
                seen[key].add(name)


def _key(columns: list[Raw], path: str) -> Faults:
    keyed = [column for column in columns if column.get("primaryKey")]
    if sorted(c.get("primaryKeyPosition", 0) for c in keyed) != list(range(1, len(keyed) + 1)):
        yield path, "'primaryKeyPosition' must count 1, 2, ... over the columns of the key"
    if not keyed:
        yield path, "no column has 'primaryKey: true'"
    for column in keyed:
        if not column.get("required"):
            yield f"{path}.{column['name']}", "a column of the key must be required"


def _columns(raw: Raw) -> Faults:
    rule_ids: set[str | None] = set()
    for index, column in enumerate(raw["schema"][0]["properties"]):
        path = f"schema[0].properties[{index}]"
        for check in (_column, _options, _codes, _link, _swedish, lint_published.symbols):
            yield from ((f"{path}{place}", message) for place, message in check(column))
        yield from ((f"{path}{place}", message) for place, message in _last_days(column, raw))
        for number, rule in enumerate(column.get("quality") or []):
            place = f"{path}.quality[{number}]"
            if rule.get("id") in rule_ids:
                yield f"{place}.id", f"rule '{rule['id']}' stands twice"
            rule_ids.add(rule.get("id"))
            yield from ((f"{place}{key}", message) for key, message in _rule(rule, raw))


def _column(column: Raw) -> Faults:
    for key in sorted(column.keys() - COLUMN_KEYS):
        yield f".{key}", f"evalkit does not carry this out{did_you_mean(key, sorted(COLUMN_KEYS))}"
    if not NAME.fullmatch(column["name"]) or column["name"].startswith("_"):
        yield ".name", "use lower case letters, digits and _"
    if not column.get("physicalName"):
        yield ".physicalName", "the header in the file is missing"
    if column.get("logicalType") not in SQL_TYPES:
        yield ".logicalType", f"one of {', '.join(SQL_TYPES)}"
    if column.get("classification") not in CLASSIFICATIONS:
        yield ".classification", f"one of {', '.join(CLASSIFICATIONS)}"


def _options(column: Raw) -> Faults:
    kind, options = column.get("logicalType", ""), column.get("logicalTypeOptions") or {}
    for key in sorted(options.keys() - OPTION_KEYS.get(kind, set())):
        yield f".logicalTypeOptions.{key}", f"not carried out for '{kind}'"
    if options.get("format", "yyyy-MM-dd") != "yyyy-MM-dd":
        yield ".logicalTypeOptions.format", "dates are written yyyy-MM-dd"
    yield from _pattern(options.get("pattern"))
    bounds = [options[key] for key in ("minimum", "maximum") if key in options]
    if any(not _is_bound(bound, kind) for bound in bounds):
        yield ".logicalTypeOptions", f"a limit is not a {kind}"
    elif bounds != sorted(bounds):
        yield ".logicalTypeOptions", "'minimum' is above 'maximum'"
    if kind == "string" and "pattern" not in options and not column.get("enum"):
        yield "", "free text is not delivered; give the column an 'enum' or a 'pattern'"


def _pattern(pattern: str | None) -> Faults:
    if pattern is None:
        return
    place = ".logicalTypeOptions.pattern"
    if not _compiles(pattern):
        yield place, "not a regular expression that both Python and RE2 can compile"
    elif not (pattern.startswith("^") and pattern.endswith("$")):
        yield place, "must begin with ^ and end with $, so that the whole cell is meant"


@cache
def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
        duckdb.execute("SELECT regexp_full_match('', ?)", [pattern])
    except (re.error, duckdb.Error):
        return False
    return True


def _is_bound(bound: object, kind: str) -> bool:
    if isinstance(bound, bool) or not isinstance(bound, BOUND_TYPES.get(kind, ())):
        return False
    return kind != "date" or _is_date(str(bound))


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _codes(column: Raw) -> Faults:
    codes = [entry["value"] for entry in column.get("enum") or []]
    expected = int if column.get("logicalType") == "integer" else str
    for index, code in enumerate(codes):
        if isinstance(code, bool) or not isinstance(code, expected):
            yield f".enum[{index}].value", f"not {expected.__name__}; write text codes in quotes"
        if code in codes[:index]:
            yield f".enum[{index}].value", f"code '{code}' stands twice"


def _last_days(column: Raw, raw: Raw) -> Faults:
    """Tell faults in the last days of codes, and in the column that they are held against."""
    dates = {c["name"] for c in raw["schema"][0]["properties"] if c.get("logicalType") == "date"}
    own, dated = properties(column), False
    for index, entry in enumerate(column.get("enum") or []):
        place = f".enum[{index}].customProperties"
        for name, value in properties(entry).items():
            dated = True
            if name != "validUntil":
                yield place, f"unknown property '{name}'{did_you_mean(name, ['validUntil'])}"
            elif not _is_date(str(value)):
                yield f"{place}.validUntil", "a day as 2019-12-31, in quotes"
    if (dated or "validOn" in own) and own.get("validOn") not in dates:
        hint = did_you_mean(str(own.get("validOn", "")), sorted(dates))
        yield ".customProperties.validOn", f"names the date column of codes with a last day{hint}"


def _link(column: Raw) -> Faults:
    links = column.get("relationships") or []
    if len(links) > 1:
        yield ".relationships", "one foreign key a column"
    for link in links:
        if not isinstance(link["to"], str) or link["to"].count(".") != 1:
            yield ".relationships[0].to", "written as table.column"


def _rule(rule: Raw, raw: Raw) -> Faults:
    if rule.get("type") != "sql":
        yield ".type", "only 'type: sql' is carried out for a column"
        return
    for name in sorted(properties(rule).keys() - {SWEDISH}):
        yield ".customProperties", f"unknown property '{name}'{did_you_mean(name, [SWEDISH])}"
    yield from _swedish(rule)
    for key in ("id", "description", "dimension"):
        if not rule.get(key):
            yield f".{key}", "missing"
    if rule.get("severity") not in SEVERITIES:
        yield ".severity", f"one of {', '.join(SEVERITIES)}"
    if rule.get("mustBe") != 0:
        yield ".mustBe", "a rule counts the rows that break it: 'mustBe: 0'"
    begin = COUNT_ROWS.format(table=raw["schema"][0]["name"])
    if not rule["query"].startswith(begin):
        yield ".query", f"must begin with '{begin.strip()}'"


def _between(contracts: dict[str, Raw]) -> Iterator[tuple[str, str, str]]:
    tables: dict[str, list[Raw]] = {}
    file_names: set[str] = set()
    for source, raw in contracts.items():
        table = raw["schema"][0]
        dialect = properties(raw)
        if table["name"] in tables:
            yield source, "schema[0].name", f"table '{table['name']}' has two contracts"
        if dialect.get("fileName") in file_names:
            yield source, "customProperties.fileName", "another contract has the same file"
        tables[table["name"]] = table["properties"]
        file_names.add(str(dialect.get("fileName")))
    for source, raw in contracts.items():
        for index, column in enumerate(raw["schema"][0]["properties"]):
            for link in column.get("relationships") or []:
                message = _target(str(link["to"]), tables)
                if message:
                    yield source, f"schema[0].properties[{index}].relationships[0].to", message


def _target(to: str, tables: dict[str, list[Raw]]) -> str:
    """Return what is wrong with a foreign key's target, or nothing."""
    table, _, name = to.partition(".")
    if table not in tables:
        return f"no contract describes table '{table}'{did_you_mean(table, list(tables))}"
    columns = {column["name"]: column for column in tables[table]}
    if name not in columns:
        return f"table '{table}' has no column '{name}'{did_you_mean(name, list(columns))}"
    keyed = [column["name"] for column in tables[table] if column.get("primaryKey")]
    return "" if keyed == [name] else f"'{to}' is not the key of its table"


def _queries(contracts: dict[str, Raw]) -> list[str]:
    """Plan every rule on empty tables, in an engine that can reach neither files nor network."""
    engine = duckdb.connect(config={"enable_external_access": "false"})
    engine.execute("PRAGMA disable_optimizer")  # whether a query can be planned, not how best
    for raw in contracts.values():
        table = raw["schema"][0]
        columns = [f'"{c["name"]}" {SQL_TYPES[c["logicalType"]]}' for c in table["properties"]]
        engine.execute(f'CREATE TABLE "{table["name"]}" (_row BIGINT, {", ".join(columns)})')
    faults = []
    for source, raw in contracts.items():
        for index, column in enumerate(raw["schema"][0]["properties"]):
            for number, rule in enumerate(column.get("quality") or []):
                if not _plans(engine, rule["query"]):
                    path = f"schema[0].properties[{index}].quality[{number}].query"
                    faults.append(
                        f"{source}: {path}: the SQL does not run on the contracts' tables"
                    )
    engine.close()
    return faults


def _plans(engine: duckdb.DuckDBPyConnection, query: str) -> bool:
    try:
        if len(engine.extract_statements(query)) != 1:
            return False
        engine.execute(f"EXPLAIN {query}")
    except duckdb.Error:
        return False
    return True
