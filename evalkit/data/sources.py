"""A source system's own files: what they are called and how they are written, as configuration.

A source file stands beside the contracts, as `sources/<system>.yaml`. It says how a case system
writes each extract: file, delimiter, headers, codes, dates. Applied to the contracts it gives
contracts of those files; all that reads and checks stays the same, and nothing that the source
file does not name is translated. `evalkit.data.lint_sources` finds the faults in it.
"""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from evalkit import params, strict_yaml
from evalkit.data.date_forms import MONTH_FORMS, DayForm, MonthForm
from evalkit.data.odcs import Column, Contract, Rule
from evalkit.errors import ContractError, ParamsError, did_you_mean
from evalkit.records import Record, Text

FOLDER = "sources"
_QUOTED = re.compile(r"'([^' ]+)'")

Words = dict[Text, Text]
Encoding = Literal["utf-8", "utf-8-sig", "cp1252"]


class Dialect(Record):
    """How files are written; what is left out is as the contract says.

    `words` mean a code in every column that has the code, `blank` nothing at all. `open_date` is
    the day that stands for none. `skip_top` counts the lines above the header, `footer` says how
    each line below the last row begins.
    """

    delimiter: Literal[";", ",", "\t"] | None = None
    encodings: Annotated[tuple[Encoding, ...], Field(min_length=1)] | None = None
    decimal_separator: Literal[",", "."] | None = None
    date_format: DayForm | None = None
    open_date: date | None = None
    blank: tuple[Text, ...] | None = None
    words: Words | None = None
    skip_top: Annotated[int, Field(ge=0, le=50)] | None = None
    footer: Annotated[tuple[Text, ...], Field(max_length=50)] | None = None


class SourceTable(Dialect):
    """One extract as the system writes it.

    `headers` are its headers and the contract's, `codes` its codes and the contract's by the
    contract's header, `date_formats` the forms of single columns by the contract's header.
    """

    file: Text
    sheet: Text | None = None
    headers: Words = Field(default_factory=dict)
    date_formats: dict[Text, DayForm | MonthForm] = Field(default_factory=dict)
    codes: dict[Text, Words] = Field(default_factory=dict)


class Source(Dialect):
    """One source system; `tables` are those that it writes, by the names of their contracts.

    `headers` are those of every table that has the column and gives it no header of its own.
    """

    system: Text
    headers: Words = Field(default_factory=dict)
    tables: Annotated[dict[Text, SourceTable], Field(min_length=1)]

    def of(self, contract: Contract) -> SourceTable:
        """Return the table of a contract, with all that it shares with the others."""
        table = self.tables[name_of(contract)]
        wanted = {column.header for column in contract.columns} - {*table.headers.values()}
        headers = {own: to for own, to in self.headers.items() if to in wanted}
        own = {key for key in Dialect.model_fields if getattr(table, key) is not None}
        shared = {key: getattr(self, key) for key in Dialect.model_fields.keys() - own}
        return table.model_copy(update={**shared, "headers": headers | table.headers})


def read(folder: Path, system: str) -> Source:
    """Return what `sources/<system>.yaml` beside the contracts says of a system.

    Raises ContractError naming every fault of form, and its place.
    """
    path = folder / FOLDER / f"{system}.yaml"
    if not path.is_file():
        known = [other.stem for other in sorted(path.parent.glob("*.yaml"))]
        raise ContractError(
            f"{folder.name}/{FOLDER}/{path.name}: no such file; the plan's 'source' names it"
            f"{did_you_mean(system, known)}"
        )
    raw = strict_yaml.read(path, ContractError)
    faults = [f"{path.name}: {place}: put '{key}' in quotes" for place, key in _unquoted(raw)]
    if faults:
        raise ContractError("\n".join(faults))
    try:
        return params.validate(Source, raw, path.name)
    except ParamsError as fault:
        raise ContractError(str(fault)) from None


def name_of(contract: Contract) -> str:
    """Return the name by which a source file knows a contract: that of its file."""
    return contract.source.removesuffix(".odcs.yaml")


def applied(contracts: tuple[Contract, ...], source: Source) -> tuple[Contract, ...]:
    """Return the contracts of a system's files; those that it does not write are unchanged."""
    own = tuple(
        _of_source(contract, source.of(contract))
        if name_of(contract) in source.tables
        else contract
        for contract in contracts
    )
    files = {old.file: new.file for old, new in zip(contracts, own, strict=True)}
    others: dict[str, str] = {}
    for old, new in zip(contracts, own, strict=True):
        others = _headers(old, new) | others
    told = []
    for old, new in zip(contracts, own, strict=True):
        headers = others | _headers(old, new)
        columns = tuple(_retold(column, headers, files) for column in new.columns)
        told.append(replace(new, columns=columns))
    return tuple(told)


def _of_source(contract: Contract, table: SourceTable) -> Contract:
    def chosen(value: Any, otherwise: Any) -> Any:
        return otherwise if value is None else value

    return replace(
        contract,
        file=table.file,
        sheet=table.sheet,
        delimiter=chosen(table.delimiter, contract.delimiter),
        encodings=chosen(table.encodings, contract.encodings),
        decimal=chosen(table.decimal_separator, contract.decimal),
        skip_top=table.skip_top or 0,
        footer=table.footer or (),
        columns=tuple(_column(column, table) for column in contract.columns),
    )


def _column(column: Column, table: SourceTable) -> Column:
    header = {to: own for own, to in table.headers.items()}.get(column.header)
    is_day = column.kind == "date"
    return replace(
        column,
        header=header or column.header,
        synonyms=() if header else column.synonyms,
        words=tuple(words(column, table).items()),
        form=table.date_formats.get(column.header)
        or (table.date_format if is_day and table.date_format else column.form),
        open_date=table.open_date.isoformat() if is_day and table.open_date else "",
    )


def words(column: Column, table: SourceTable) -> dict[str, str]:
    """Return the words of a system in one column of the contract, and what they mean there."""
    shared = {own: to for own, to in (table.words or {}).items() if to in column.codes}
    return dict.fromkeys(table.blank or (), "") | shared | table.codes.get(column.header, {})


def _headers(old: Contract, new: Contract) -> dict[str, str]:
    return {a.header: b.header for a, b in zip(old.columns, new.columns, strict=True)}


def _retold(column: Column, headers: dict[str, str], files: dict[str, str]) -> Column:
    """Return a column whose rules speak of the system's headers and files."""

    def header(found: re.Match[str]) -> str:
        return f"'{headers.get(found[1], found[1])}'"

    def told(rule: Rule) -> Rule:
        text = _QUOTED.sub(header, rule.description)
        for file, new in files.items():
            text = new.join(re.split(rf"(?<![\w-]){re.escape(file)}", text))
        return replace(rule, description=text)

    return replace(column, rules=tuple(told(rule) for rule in column.rules))


def _unquoted(raw: Any, place: str = "") -> list[tuple[str, object]]:
    """Return the keys that YAML did not read as text, with their places."""
    if not isinstance(raw, dict):
        return []
    here = [(place or "top level", key) for key in raw if not isinstance(key, str)]
    inner = [
        f for key, value in raw.items() for f in _unquoted(value, f"{place}.{key}".lstrip("."))
    ]
    return here + inner


def is_months(column: Column) -> bool:
    """Tell whether a column of text holds months, as 2019-11."""
    if column.kind != "string" or not column.pattern:
        return False
    return bool(re.fullmatch(column.pattern, "2019-11")) and not re.fullmatch(
        column.pattern, "2019-13"
    )


def is_form_of(form: str, column: Column) -> bool:
    """Tell whether a column's cells can be written in a form of days or of months."""
    return is_months(column) if form in MONTH_FORMS else column.kind == "date"
