"""Data contracts as records: Open Data Contract Standard (ODCS v3.2.0) YAML in, frozen records out.

A contract promises one extract: its columns, their types and codes, its keys, and the rules that
hold between columns and between extracts. What evalkit cannot carry out is refused, so that no
line of a contract is ever decoration. `evalkit.data.lint` finds the faults in a contract itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit import strict_yaml
from evalkit.errors import ContractError

SQL_TYPES = {"string": "VARCHAR", "date": "DATE", "integer": "BIGINT", "number": "DOUBLE"}
SEVERITIES = ("fatal", "error", "warning")
COUNT_ROWS = "SELECT COUNT(*) FROM {table} AS t WHERE "
# Why a symbol stands where a number would, as publishers of statistics tell it.
MISSING = ("protected", "not available", "not applicable", "low reliability")
# The custom property with what a table, a column or a rule means, for whoever makes the extracts.
SWEDISH = "descriptionSv"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in SQL over the logical names; `query` counts the rows that break it."""

    id: str
    query: str
    severity: str
    dimension: str
    description: str
    swedish: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `name` in the code, `header` in the file.

    `minimum` and `maximum` are in the column's own type; `references` is `table.column`;
    `symbols` are those that stand for a missing number, each with its reason. Where a source
    system writes otherwise: `words` are its words and what they mean here, `form` is how it
    writes days or months, `open_date` the day that it writes for none.
    """

    name: str
    header: str
    synonyms: tuple[str, ...]
    kind: str
    required: bool
    pattern: str | None
    minimum: str | float | None
    maximum: str | float | None
    codes: tuple[str, ...]
    labels: tuple[str, ...]
    classification: str
    references: str | None
    rules: tuple[Rule, ...]
    symbols: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    form: str = ""
    open_date: str = ""
    swedish: str = ""

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.kind]


@dataclass(frozen=True, slots=True)
class WideMeasure:
    """A measure that has columns of its own: the logical names of its two numbers."""

    measure: str
    numerator: str
    denominator: str


@dataclass(frozen=True, slots=True)
class Contract:
    """What one extract promises; `key` names the columns that together are unique.

    An `optional` extract may be absent: what it would have told is then said to be missing.
    `ignored` are headers that stand in the file and are not read; of the rows only those are read
    whose column has the value in `row_filter`. `measures` are those with columns of their own.
    `skip_top` is how many lines stand above the header, `footer` how each line below the rows
    begins, `sheet` the sheet of a workbook. `swedish` says, here and of a column or a rule, what it
    means to whoever makes the extract; blank where the contract does not say.
    """

    source: str
    version: str
    table: str
    title: str
    file: str
    delimiter: str
    encodings: tuple[str, ...]
    decimal: str
    may_be_empty: bool
    optional: bool
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    ignored: tuple[str, ...] = ()
    row_filter: tuple[str, str] | None = None
    measures: tuple[WideMeasure, ...] = ()
    skip_top: int = 0
    footer: tuple[str, ...] = ()
    sheet: str | None = None
    swedish: str = ""

    @property
    def header_row(self) -> int:
        return self.skip_top + 1

    @property
    def of_publisher(self) -> bool:
        """True when the contract describes a publisher's own file, as it stands."""
        return bool(self.row_filter or self.ignored or self.measures)

    def column(self, name: str) -> Column:
        """Return the column with this logical name, or raise KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """Return every contract in `folder` as plain YAML, by file name.

    Raises ContractError when a file is not strict YAML, for all such files at once.
    """
    raw, faults = {}, []
    for path in sorted(folder.glob("*.odcs.yaml")):
        try:
            raw[path.name] = strict_yaml.read(path, ContractError)
        except ContractError as fault:
            faults.append(str(fault))
    if faults:
        raise ContractError("\n".join(faults))
    if not raw:
        raise ContractError(f"{folder.name}/: no *.odcs.yaml file; there is no contract to hold")
    return raw


def contract(source: str, raw: dict[str, Any]) -> Contract:
    """Return the record of a contract that has passed the lint."""
    table = raw["schema"][0]
    dialect = properties(raw)
    chosen = dialect.get("rowFilter")
    keyed = [column for column in table["properties"] if column.get("primaryKey")]
    return Contract(
        source=source,
        version=raw["version"],
        table=table["name"],
        title=table.get("businessName", table["name"]),
        file=dialect["fileName"],
        delimiter=dialect["delimiter"],
        encodings=tuple(dialect["encodings"]),
        decimal=dialect["decimalSeparator"],
        may_be_empty=not table.get("quality"),
        optional=dialect.get("optional", False),
        key=tuple(c["name"] for c in sorted(keyed, key=lambda c: c["primaryKeyPosition"])),
        columns=tuple(_column(column, table) for column in table["properties"]),
        ignored=tuple(dialect.get("ignoredColumns", ())),
        row_filter=(chosen["column"], chosen["value"]) if chosen else None,
        measures=tuple(WideMeasure(**measure) for measure in dialect.get("measures", ())),
        swedish=dialect.get(SWEDISH, ""),
    )


def properties(raw: dict[str, Any]) -> dict[str, Any]:
    """Return the custom properties of a contract or a column by name."""
    return {entry["property"]: entry["value"] for entry in raw.get("customProperties") or []}


def _column(raw: dict[str, Any], table: dict[str, Any]) -> Column:
    options, own = raw.get("logicalTypeOptions", {}), properties(raw)
    codes = raw.get("enum", [])
    return Column(
        name=raw["name"],
        header=raw["physicalName"],
        synonyms=tuple(entry["synonym"] for entry in raw.get("synonyms", [])),
        kind=raw["logicalType"],
        required=raw.get("required", False),
        pattern=options.get("pattern"),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        codes=tuple(str(code["value"]) for code in codes),
        labels=tuple(code.get("label", str(code["value"])) for code in codes),
        classification=raw["classification"],
        references=next((entry["to"] for entry in raw.get("relationships", [])), None),
        rules=(*(_rule(entry) for entry in raw.get("quality", [])), *_retired(raw, table)),
        symbols=tuple(own.get("missingSymbols", {}).items()),
        swedish=own.get(SWEDISH, ""),
    )


def _rule(raw: dict[str, Any]) -> Rule:
    told = properties(raw).get(SWEDISH, "")
    return Rule(
        raw["id"], raw["query"], raw["severity"], raw["dimension"], raw["description"], told
    )


def _retired(raw: dict[str, Any], table: dict[str, Any]) -> Iterator[Rule]:
    """Yield the rule that no code is used after its last day, where codes have one."""
    last_days = {code["value"]: properties(code).get("validUntil") for code in raw.get("enum", [])}
    past = " OR ".join(
        f"(t.\"{raw['name']}\" = '{code}' AND t.\"{properties(raw)['validOn']}\" > DATE '{last}')"
        for code, last in last_days.items()
        if last
    )
    if past:
        day = next(c for c in table["properties"] if c["name"] == properties(raw)["validOn"])
        about = f"a code that was out of use by the day in column '{day['physicalName']}'"
        told = f"en kod som inte längre gällde dagen i kolumnen '{day['physicalName']}'"
        query = COUNT_ROWS.format(table=table["name"]) + past
        yield Rule(f"{raw['name']}-retired-code", query, "error", "consistency", about, told)
