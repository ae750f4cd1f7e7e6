"""An empty workbook for one extract: a sheet to fill in, one with what to fill in, one with codes.

Cells are text, numbers or true dates as the contract has them, so that no spreadsheet turns an
identifier into a number or a code into a date.
"""

import io
from datetime import date, datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from evalkit.data.contracts import Column, Contract
from evalkit.intake import dictionary

NOTES, CODES = "Anvisningar", "Koder"
LAST_ROW = 1_048_575  # of a sheet, counted from 0
LONGEST_TITLE, LONGEST_MESSAGE = 32, 255  # characters, of a hint
_EPOCH = datetime(2000, 1, 1)  # the same bytes every time
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(9998, 12, 31)
_FORMATS = {"string": "@", "date": "yyyy-mm-dd", "integer": "0", "number": "General"}
_WIDTHS = {"header": 26, "meaning": 60, "form": 42, "required": 14, "codes": 60, "protection": 22}


def of_contract(contract: Contract) -> bytes:
    """Return the workbook; its first sheet has the name of the contract's file."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"title": contract.title, "created": _EPOCH})
    sheet = book.add_worksheet(sheet_of(contract))
    notes, codes = book.add_worksheet(NOTES), book.add_worksheet(CODES)
    bold = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
    formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
    places = _write_codes(codes, contract, bold)
    for place, column in enumerate(contract.columns):
        sheet.set_column(place, place, max(12, len(column.header) + 2), formats[column.kind])
        sheet.write_string(0, place, column.header, bold)
        sheet.data_validation(1, place, LAST_ROW, place, _rule(column, places.get(column.name, "")))
    sheet.freeze_panes(1, 0)
    _write_notes(notes, contract, bold, book.add_format({"text_wrap": True, "valign": "top"}))
    book.close()
    return stream.getvalue()


def sheet_of(contract: Contract) -> str:
    """Return the name of the sheet to fill in; a spreadsheet takes 31 characters."""
    return contract.file.partition(".")[0][:31]


def _write_codes(sheet: Worksheet, contract: Contract, bold: Format) -> dict[str, str]:
    """Write each column's codes and labels side by side; return where the codes stand."""
    places = {}
    coded = [column for column in contract.columns if column.codes]
    for place, column in enumerate(coded):
        at = 2 * place
        sheet.set_column(at, at + 1, 28)
        sheet.write_string(0, at, column.header, bold)
        sheet.write_string(0, at + 1, "betyder", bold)
        for row, (code, label) in enumerate(zip(column.codes, column.labels, strict=True), 1):
            if column.kind == "integer":
                sheet.write_number(row, at, int(code))
            else:
                sheet.write_string(row, at, code)
            sheet.write_string(row, at + 1, label)
        letter = xlsxwriter.utility.xl_col_to_name(at, col_abs=True)
        places[column.name] = f"={CODES}!{letter}$2:{letter}${len(column.codes) + 1}"
    return places


def _rule(column: Column, codes: str) -> dict[str, object]:
    """Return what a cell may hold; a cell may always be left blank until the row is filled in."""
    rule: dict[str, object] = {"validate": "any"}
    if codes:
        rule = {"validate": "list", "source": codes}
    elif column.kind == "date":
        rule = _between("date", _FIRST_DAY, _LAST_DAY)
        if column.minimum is not None:
            rule["minimum"] = date.fromisoformat(str(column.minimum))
        if column.maximum is not None:
            rule["maximum"] = date.fromisoformat(str(column.maximum))
    elif column.kind in ("integer", "number") and not column.symbols:
        least = -(10**14) if column.minimum is None else column.minimum
        most = 10**14 if column.maximum is None else column.maximum
        rule = _between("integer" if column.kind == "integer" else "decimal", least, most)
    return rule | {
        "input_title": column.header[:LONGEST_TITLE],
        "input_message": _hint(column)[:LONGEST_MESSAGE],
        "error_title": "Stämmer inte med datakontraktet",
        "error_message": f"Se bladet {NOTES}.",
    }


def _between(kind: str, least: object, most: object) -> dict[str, object]:
    return {"validate": kind, "criteria": "between", "minimum": least, "maximum": most}


def _hint(column: Column) -> str:
    needed = "Fylls alltid i." if column.required else "Fylls i om uppgiften finns."
    return f"{column.swedish}. {needed}" if column.swedish else needed


def _write_notes(sheet: Worksheet, contract: Contract, bold: Format, wrapped: Format) -> None:
    for place, (name, heading) in enumerate(dictionary.HEADINGS.items()):
        sheet.set_column(place, place, _WIDTHS[name], wrapped)
        sheet.write_string(0, place, heading, bold)
    for row, told in enumerate(dictionary.described(contract), 1):
        for place, name in enumerate(dictionary.HEADINGS):
            sheet.write_string(row, place, told[name], wrapped)
    sheet.freeze_panes(1, 1)
