"""An Excel workbook in, the rows of one sheet as batches of text out; see `workbook_form`."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from evalkit.data import workbook_form
from evalkit.data.limits import MAX_COLUMNS
from evalkit.data.odcs import Contract
from evalkit.data.personal import MESSAGES, kind_of_file
from evalkit.data.record_batches import in_batches
from evalkit.data.refusals import RefusedError, refuse_person_outside, refused
from evalkit.data.typed_cells import as_text, day_forms, refuse_hidden_signs
from evalkit.data.violations import FIRST_ROWS, Violation

# Excel keeps fifteen digits of a number and changes the others.
_EXACT = 10**15


def read_batches(path: Path, contract: Contract) -> Iterator[pa.Table]:
    """Yield the rows of a workbook's one sheet as `in_batches` does.

    Raises RefusedError for whatever a person would see otherwise than it is stored.
    """
    try:
        workbook_form.look_through(path)
        with CalamineWorkbook.from_path(str(path)) as book:
            name = _sheet(book, contract)
            workbook_form.look_through_sheet(path, workbook_form.sheet_parts(path).get(name, ""))
            records = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except workbook_form.FormError as fault:
        raise refused(contract, fault.rule, fault.message, fault.rows) from None
    except (CalamineError, OSError):
        raise refused(contract, "workbook", "the file is damaged; save it again as .xlsx") from None
    yield from in_batches(_rows(records, contract), contract)


def _sheet(book: CalamineWorkbook, contract: Contract) -> str:
    """Return the name of the sheet to read; names of sheets are never told."""
    sheets = book.sheets_metadata
    if any(sheet.visible != SheetVisibleEnum.Visible for sheet in sheets):
        raise refused(contract, "hidden", "hidden sheets; show them or delete them")
    for kind in filter(None, (kind_of_file(sheet.name) for sheet in sheets)):
        raise refused(contract, kind, f"the name of a sheet {MESSAGES[kind]}")
    if contract.sheet is None and len(sheets) > 1:
        message = f"{len(sheets)} sheets; name the one to read as 'sheet' in the source file"
        raise refused(contract, "sheets", message)
    names = [sheet.name for sheet in sheets if contract.sheet in (None, sheet.name)]
    if not names:
        raise refused(contract, "sheets", f"no sheet '{contract.sheet}' among {len(sheets)}")
    return names[0]


def _rows(records: Sequence[Sequence[object]], contract: Contract) -> Iterator[list[str]]:
    if not records:
        raise refused(contract, "empty-file", "the sheet is empty; not even a header")
    if len(records[0]) > MAX_COLUMNS:
        raise refused(contract, "limits", f"more than {MAX_COLUMNS} columns")
    above, records = records[: contract.skip_top], records[contract.skip_top :]
    for row, record in enumerate(above, start=1):
        refuse_person_outside(" ".join(map(str, record)), contract, row)
    header = [str(cell) for cell in records[0]] if records else []
    yield header
    below = len(records) - len(contract.footer)
    _refuse_lost_digits(records, contract)
    _refuse_mixed_days(records[1:below], header, contract)
    forms = day_forms(header, contract)
    for row, record in enumerate(records[1:], start=contract.header_row + 1):
        cells = [
            as_text(cell, contract.decimal, form)
            for cell, form in zip(record, forms, strict=True)
        ]  # fmt: skip
        refuse_hidden_signs(cells, contract, row)
        yield cells


def _refuse_lost_digits(records: Sequence[Sequence[object]], contract: Contract) -> None:
    rows = tuple(
        row
        for row, record in enumerate(records, start=contract.header_row)
        if any(isinstance(cell, float) and abs(cell) >= _EXACT for cell in record)
    )
    if rows:
        message = "numbers of more than 15 digits, which Excel changes; store them as text"
        raise refused(contract, "lost-digits", message, rows)


def _refuse_mixed_days(
    records: Sequence[Sequence[object]], header: list[str], contract: Contract
) -> None:
    """Refuse columns of days in which some cells are days for Excel and others text or numbers."""
    faults = []
    days = {column.header for column in contract.columns if column.kind == "date"}
    for place in (place for place, name in enumerate(header) if name in days):
        filled = [
            (row, isinstance(record[place], date))
            for row, record in enumerate(records, start=contract.header_row + 1)
            if record[place] != ""
        ]
        others = tuple(row for row, is_day in filled if not is_day)
        if 0 < len(others) < len(filled):
            message = "dates stored in several ways; format the whole column as dates"
            told = (contract.file, header[place], "mixed-dates", "fatal")
            faults.append(Violation(*told, len(others), others[:FIRST_ROWS], message))
    if faults:
        raise RefusedError(*faults)
