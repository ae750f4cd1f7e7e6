"""Workbooks and Parquet files: the same tables as CSV, and nothing that a person sees otherwise."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from books import book, cells
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from evalkit.data import contracts, extracts, limits


def of_kind(contract: contracts.Contract, ending: str, **changes) -> contracts.Contract:
    return replace(contract, file=contract.file.replace(".csv", ending), **changes)


@pytest.fixture
def residence(world) -> contracts.Contract:
    """Return the contract of where children live, of the file `boende.xlsx`."""
    return of_kind(world.needed("boende")[0], ".xlsx")


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


def test_days_counted_from_1904_are_the_same_days(world, residence):
    """As workbooks from old Macintoshes count them: 1,462 days fewer."""
    (world.folder / "boende.csv").write_bytes(world.text("boende").encode())
    expected = text_of(world.folder, world.needed("boende")[0])
    path = world.folder / "boende.xlsx"
    book(world, path, epoch=CALENDAR_MAC_1904)
    assert openpyxl.load_workbook(path).epoch == CALENDAR_MAC_1904
    assert text_of(world.folder, residence) == expected


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


def test_only_the_declared_sheet_is_read(world, residence):
    path = world.folder / "boende.xlsx"
    workbook = book(world, path)
    workbook.active.title = "Uttag"
    workbook.create_sheet("Om uttaget", 0)
    workbook.save(path)
    assert len(text_of(world.folder, replace(residence, sheet="Uttag"))) == 3
    assert rules_of(world.folder, replace(residence, sheet="Uttaget")) == [("sheets", ())]


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
