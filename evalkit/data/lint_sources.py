"""Faults in what a source file says: found before any file with data is opened."""

import re
from collections.abc import Iterator

from evalkit.data.odcs import Column, Contract
from evalkit.data.sources import Source, SourceTable, is_form_of, name_of
from evalkit.errors import did_you_mean

FILE_NAME = re.compile(r"[0-9A-Za-zÀ-ÿ_][0-9A-Za-zÀ-ÿ_ .()-]*\.(csv|xlsx|parquet)")

Faults = Iterator[tuple[str, str]]


def lint(source: Source, contracts: tuple[Contract, ...]) -> list[str]:
    """Return every fault as `path: what is wrong`; an empty list when there is none."""
    known = {name_of(contract): contract for contract in contracts}
    faults = list(_shared(source, known))
    for name in source.tables:
        place = f"tables.{name}"
        if name not in known:
            faults.append((place, f"no contract describes '{name}'{_near(name, known)}"))
            continue
        table = source.of(known[name])
        for check in (_file, _headers, _dates, _codes, _words):
            faults += [(f"{place}{path}", told) for path, told in check(table, known[name])]
    faults += _files(source, known)
    return [f"{path}: {message}" for path, message in faults]


def _near(name: str, known: dict[str, Contract] | dict[str, Column] | tuple[str, ...]) -> str:
    return did_you_mean(name, list(known))


def _by_header(contract: Contract) -> dict[str, Column]:
    return {column.header: column for column in contract.columns}


def _file(table: SourceTable, contract: Contract) -> Faults:
    if not FILE_NAME.fullmatch(table.file):
        yield ".file", "a plain file name that ends with .csv, .xlsx or .parquet"
    if table.file.endswith(".parquet") and (table.skip_top or table.footer):
        yield "", "a Parquet file has no lines above or below; let 'skip_top' be 0, 'footer' []"
    if table.sheet and not table.file.endswith(".xlsx"):
        yield ".sheet", "only a workbook has sheets"
    if contract.of_publisher:
        yield "", "the contract describes a publisher's own file; change it there"


def _files(source: Source, known: dict[str, Contract]) -> Faults:
    taken = {contract.file for name, contract in known.items() if name not in source.tables}
    for name, table in source.tables.items():
        if table.file in taken:
            yield f"tables.{name}.file", "another table has the same file"
        taken.add(table.file)


def _no_column(header: str, columns: dict[str, Column]) -> str:
    return f"the contract has no column '{header}'{_near(header, columns)}"


def _headers(table: SourceTable, contract: Contract) -> Faults:
    """Tell headers that lead nowhere, to a column that has one, or that another column has."""
    columns, targets = _by_header(contract), list(table.headers.values())
    for own, header in table.headers.items():
        place = f".headers.{own}"
        if header not in columns:
            yield place, _no_column(header, columns)
        elif targets.index(header) != list(table.headers).index(own):
            yield place, f"column '{header}' has two headers here"
    for column in contract.columns:
        kept = () if column.header in targets else (column.header, *column.synonyms)
        for header in kept:
            if header in table.headers:
                other = f"column '{column.header}' has this header already"
                yield f".headers.{header}", f"{other}; give that column its own header here"


def _dates(table: SourceTable, contract: Contract) -> Faults:
    columns = _by_header(contract)
    for header, form in table.date_formats.items():
        place = f".date_formats.{header}"
        if header not in columns:
            yield place, _no_column(header, columns)
        elif not is_form_of(form, columns[header]):
            yield place, f"'{header}' is no column that can be written {form}"


def _codes(table: SourceTable, contract: Contract) -> Faults:
    columns = _by_header(contract)
    for header, codes in table.codes.items():
        place = f".codes.{header}"
        if header not in columns:
            yield place, _no_column(header, columns)
            continue
        known = columns[header].codes
        for own, code in codes.items():
            if code not in known:
                hint = _near(code, known)
                yield f"{place}.{own}", f"the contract has no code '{code}' there{hint}"


def _words(table: SourceTable, contract: Contract) -> Faults:
    """Tell words that are said to be blank and to mean something."""
    for column in contract.columns:
        symbols = [symbol for symbol, _ in column.symbols]
        meant = {*column.codes, *symbols, *table.codes.get(column.header, ())}
        for word in table.blank or ():
            if word in meant or word in (table.words or {}):
                told = f"'{word}' means something in column '{column.header}'; give the table"
                yield ".blank", f"{told} a list of its own, without it"


def _shared(source: Source, known: dict[str, Contract]) -> Faults:
    """Tell shared headers of a column, and words for a code, that no table has."""
    named = [name for name in source.tables if name in known]
    headers = {column.header for name in named for column in known[name].columns}
    for own, header in source.headers.items():
        if header not in headers:
            hint = did_you_mean(header, sorted(headers))
            yield f"headers.{own}", f"no table has a column '{header}'{hint}"
    every = [("words", source.words or {}, named)]
    every += [(f"tables.{n}.words", source.tables[n].words or {}, [n]) for n in named]
    for place, words, names in every:
        codes = {code for name in names for column in known[name].columns for code in column.codes}
        for own, code in words.items():
            if code not in codes:
                hint = did_you_mean(code, sorted(codes))
                yield f"{place}.{own}", f"no column has the code '{code}'{hint}"
