"""The small world's extracts as workbooks, and ways to spoil one of them."""

import shutil
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
from openpyxl.utils.datetime import CALENDAR_WINDOWS_1900


def cells(world, name: str = "boende") -> list[list[object]]:
    """Return an extract with true days, as a spreadsheet holds them."""

    def cell(text: str) -> object:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text or None

    rows = world.rows[name]
    return [list(rows[0]), *([cell(text) for text in row.values()] for row in rows)]


def book(world, path: Path, name: str = "boende", epoch: datetime = CALENDAR_WINDOWS_1900):
    """Write an extract as a workbook, and return it."""
    workbook = openpyxl.Workbook()
    workbook.epoch = epoch
    for row in cells(world, name):
        workbook.active.append(row)
    workbook.save(path)
    return workbook


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
    "numbers for all days": (lambda s: [
        setattr(s.cell(row, 2, 43831 + row), "number_format", "General") for row in (2, 3, 4)],
        "type", (2, 3, 4)),
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


def spoilt(world, path: Path, fault: str) -> None:
    """Write an extract as a workbook with one of the faults."""
    workbook = book(world, path)
    SPOILT[fault][0](workbook.active)
    if fault == "long cell":  # which openpyxl would cut
        workbook.active["D2"]._value = "x" * 32_768
    workbook.save(path)


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


def spoilt_outside(world, path: Path, fault: str) -> None:
    """Write an extract as a workbook, and spoil the file that it is packed in."""
    book(world, path)
    OTHER_FILES[fault][0](path)
