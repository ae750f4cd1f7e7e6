"""Workbooks and Parquet files: the same tables as CSV, and nothing that a person sees otherwise."""

import shutil
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalkit.data import contracts, extracts, limits

openpyxl = pytest.importorskip("openpyxl")


def of_kind(contract: contracts.Contract, ending: str, **changes) -> contracts.Contract:
    return replace(contract, file=contract.file.replace(".csv", ending), **changes)


@pytest.fixture
def residence(world) -> contracts.Contract:
    """Return the contract of where children live, of the file `boende.xlsx`."""
    return of_kind(world.needed("boende")[0], ".xlsx")


def cells(world, name: str = "boende") -> list[list[object]]:
    """Return an extract with true days, as a spreadsheet holds them."""

    def cell(text: str) -> object:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text or None

    rows = world.rows[name]
    return [list(rows[0]), *([cell(text) for text in row.values()] for row in rows)]


def book(world, path: Path, name: str = "boende"):
    workbook = openpyxl.Workbook()
    for row in cells(world, name):
        workbook.active.append(row)
    workbook.save(path)
    return workbook


def text_of(folder: Path, contract: contracts.Contract) -> list[tuple]:
    opened = extracts.open_extracts(folder, (contract,))
    with opened.engine as engine:
        return engine.execute(f"SELECT * FROM text.{contract.table} ORDER BY _row").fetchall()


def rules_of(folder: Path, contract: contracts.Contract) -> list[tuple]:
    report = contracts.check(folder, (contract,))
    return [(v.rule, v.first_rows) for v in report.violations if v.file == contract.file]


@pytest.mark.parametrize("name", ["boende", "aktualisering", "enkat", "rad_och_stod"])
def test_a_workbook_and_a_parquet_file_give_the_text_of_the_csv(world, name):
    contract = world.needed(name)[0]
    (world.folder / contract.file).write_bytes(world.text(name).encode())
    expected = text_of(world.folder, contract)
    book(world, world.folder / f"{name}.xlsx", name)
    assert text_of(world.folder, of_kind(contract, ".xlsx")) == expected
    header, *rows = cells(world, name)
    columns = {key: [row[at] for row in rows] for at, key in enumerate(header)}
    pq.write_table(pa.table(columns), world.folder / f"{name}.parquet")
    assert text_of(world.folder, of_kind(contract, ".parquet")) == expected


def test_numbers_are_read_as_written_and_whole_ones_without_decimals(world):
    contract = of_kind(world.needed("enkat")[0], ".xlsx")
    workbook = book(world, world.folder / "enkat.xlsx", "enkat")
    sheet = workbook.active
    header = [cell.value for cell in sheet[1]]
    for key, number in (("fraga", 1.0), ("medel", 5.3), ("n", 12), ("sd", 1.23456789012345)):
        sheet.cell(2, header.index(key) + 1, number)
    workbook.save(world.folder / "enkat.xlsx")
    (row,) = text_of(world.folder, contract)
    assert row[3:7] == ("1", "5,3", "12", "1,23456789012345")


def test_a_day_is_a_day_whatever_form_its_column_declares(world, residence):
    changed = {"form": "dd.MM.yyyy", "open_date": "9999-12-31"}
    columns = tuple(
        replace(column, **changed) if column.kind == "date" else column
        for column in residence.columns
    )
    workbook = book(world, world.folder / "boende.xlsx")
    workbook.active.cell(3, 3, date(9999, 12, 31))
    workbook.save(world.folder / "boende.xlsx")
    rows = text_of(world.folder, replace(residence, columns=columns))
    assert [row[2:4] for row in rows] == [
        ("2010-05-01", "2019-12-31"), ("2020-01-01", ""), ("2008-11-01", ""),
    ]  # fmt: skip


SPOILT = {
    "merged cells": (lambda s: s.merge_cells("D2:D3"), "merged-cells", ()),
    "hidden row": (lambda s: setattr(s.row_dimensions[3], "hidden", True), "hidden", (3,)),
    "hidden column": (lambda s: setattr(s.column_dimensions["D"], "hidden", True), "hidden", ()),
    "two sheets": (lambda s: s.parent.create_sheet("mer"), "sheets", ()),
    "hidden sheet": (lambda s: setattr(s.parent.create_sheet("x"), "sheet_state", "hidden"),
                     "hidden", ()),
    "very hidden sheet": (
        lambda s: setattr(s.parent.create_sheet("x"), "sheet_state", "veryHidden"), "hidden", ()),
    "filter": (lambda s: setattr(s.auto_filter, "ref", "A1:C4"), "filter", ()),
    "formula": (lambda s: s.cell(4, 4, '="Grim"&"sta"'), "formulas", (4,)),
    "error": (lambda s: setattr(s.cell(2, 4, "#N/A"), "data_type", "e"), "error-cells", (2,)),
    "number for a day": (
        lambda s: setattr(s.cell(3, 2, 43831), "number_format", "General"), "mixed-dates", (3,)),
    "text for a day": (lambda s: s.cell(4, 2, "2008-11-01"), "mixed-dates", (4,)),
    "time of day": (lambda s: s.cell(2, 2, datetime(2010, 5, 1, 10)), "type", (2,)),
    "line break": (lambda s: s.cell(2, 4, "Grim\nsta"), "line-break", (2,)),
    "letter in two parts": (lambda s: s.cell(2, 4, "Va\u0308llingby"), "encoding", (2,)),
    "long number": (lambda s: s.cell(2, 5, 9007199254740993), "lost-digits", (2,)),
    "long cell": (lambda s: s.cell(2, 4, "x" * 32_767 + "y"), "limits", (2,)),
    "personnummer": (lambda s: s.cell(2, 4, "900101-1234"), "personnummer", (2,)),
    "name of a sheet": (lambda s: setattr(s, "title", "900101-1234"), "personnummer", ()),
    "column without a header": (lambda s: s.cell(2, 20, "x"), "unknown-column", ()),
}  # fmt: skip


@pytest.mark.parametrize("fault", SPOILT)
def test_what_a_person_would_see_otherwise_is_refused_with_one_message(world, residence, fault):
    spoil, rule, rows = SPOILT[fault]
    path = world.folder / "boende.xlsx"
    workbook = book(world, path)
    spoil(workbook.active)
    if fault == "long cell":  # which openpyxl would cut
        workbook.active["D2"]._value = "x" * 32_768
    workbook.save(path)
    found = rules_of(world.folder, residence)
    if fault == "column without a header":  # each of those between is told as well
        found = [(rule, ()) for rule in {name for name, _ in found}]
    assert found == [(rule, rows)]


def test_only_the_declared_sheet_is_read(world, residence):
    path = world.folder / "boende.xlsx"
    workbook = book(world, path)
    workbook.active.title = "Uttag"
    workbook.create_sheet("Om uttaget", 0)
    workbook.save(path)
    assert len(text_of(world.folder, replace(residence, sheet="Uttag"))) == 3
    assert rules_of(world.folder, replace(residence, sheet="Uttaget")) == [("sheets", ())]


def test_all_days_as_serial_numbers_are_no_days(world, residence):
    path = world.folder / "boende.xlsx"
    workbook = book(world, path)
    for row in (2, 3, 4):
        workbook.active.cell(row, 2, 43831 + row).number_format = "General"
    workbook.save(path)
    assert rules_of(world.folder, residence)[0] == ("type", (2, 3, 4))


def with_part(path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)


OTHER_FILES = {
    "macros": (lambda p: with_part(p, "xl/vbaProject.bin", b"x"), "workbook"),
    "bomb": (lambda p: with_part(p, "xl/media/x.bin", b"\0" * 20_000_000), "limits"),
    "old or protected": (lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99),
                         "workbook"),
    "binary workbook": (lambda p: rebuilt(p, "xl/workbook.xml", "xl/workbook.bin"), "workbook"),
    "cut off": (lambda p: p.write_bytes(p.read_bytes()[:3000]), "workbook"),
    "document type": (lambda p: rebuilt(p, b"<worksheet", b"<!DOCTYPE x><worksheet"), "workbook"),
    "no sheet": (lambda p: rebuilt(p, "xl/worksheets/sheet1.xml", "xl/other.xml"), "workbook"),
    "nothing": (lambda p: p.write_bytes(b""), "empty-file"),
}  # fmt: skip


def rebuilt(path: Path, old: str | bytes, new: str | bytes) -> None:
    """Write a workbook again with a part renamed, or with other bytes in its parts."""
    aside = path.with_suffix(".aside")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(aside, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if isinstance(old, bytes):
                content = content.replace(old, new)
            target.writestr(new if name == old else name, content)
    shutil.move(aside, path)


@pytest.mark.parametrize("fault", OTHER_FILES)
def test_a_file_that_is_no_plain_workbook_is_refused(world, residence, fault):
    spoil, rule = OTHER_FILES[fault]
    path = world.folder / "boende.xlsx"
    book(world, path)
    spoil(path)
    assert rules_of(world.folder, residence) == [(rule, ())]


def parquet(world, **columns) -> Path:
    header, *rows = cells(world)
    own = {key: [row[at] for row in rows] for at, key in enumerate(header)}
    path = world.folder / "boende.parquet"
    pq.write_table(pa.table(own | columns), path)
    return path


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        (pa.array([["a"], ["b"], []]), "column-type"),
        (pa.array([{"a": 1}] * 3), "column-type"),
        (pa.array([b"a", b"b", b"c"]), "column-type"),
        (pa.array([datetime(2021, 1, 1)] * 3, pa.timestamp("us", "UTC")), "column-type"),
        (pa.array(["a", "b\r", "c"]), "line-break"),
    ],
)
def test_parquet_columns_without_a_text_are_refused(world, residence, column, rule):
    parquet(world, stadsdel=column)
    found = rules_of(world.folder, replace(residence, file="boende.parquet"))
    assert [name for name, _ in found] == [rule]


def test_parquet_types_are_told_without_change(world, residence):
    stamps = pa.array([datetime(2010, 5, 1), None, datetime(2020, 1, 2)], pa.timestamp("ns"))
    words = pa.array(["Grimsta", "Vinsta", "Grimsta"]).dictionary_encode()
    numbers = pa.array([9007199254740993, 7, None], pa.int64())
    parquet(world, tom=stamps, stadsdel=words, basomrade=numbers)
    rows = text_of(world.folder, replace(residence, file="boende.parquet"))
    assert [row[3:6] for row in rows] == [
        ("2010-05-01", "Grimsta", "9007199254740993"), ("", "Vinsta", "7"),
        ("2020-01-02", "Grimsta", ""),
    ]  # fmt: skip


def test_a_damaged_parquet_file_is_refused(world, residence):
    path = parquet(world)
    path.write_bytes(path.read_bytes()[:-9])
    found = rules_of(world.folder, replace(residence, file="boende.parquet"))
    assert found == [("parquet", ())]


@pytest.mark.parametrize(
    ("limit", "value", "rows"),
    [("MAX_ROWS", 2, (4,)), ("MAX_COLUMNS", 5, (1,)), ("MAX_BYTES", 9, ())],
)
def test_what_is_beyond_a_limit_is_refused(world, monkeypatch, limit, value, rows):
    assert getattr(limits, limit) > value
    monkeypatch.setattr(f"evalkit.data.limits.{limit}", value)
    contract = world.needed("boende")[0]
    (world.folder / contract.file).write_bytes(world.text("boende").encode())
    assert rules_of(world.folder, contract) == [("limits", rows)]
