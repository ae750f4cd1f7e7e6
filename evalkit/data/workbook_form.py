"""What a workbook may hold: one plain table that a person sees as evalkit reads it.

A reader of values sees neither merged cells, hidden rows, filters nor formulas, and gives blank
cells for errors. The parts of the file (ECMA-376) are therefore looked through first.
"""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

from evalkit.data.limits import MAX_BYTES, MAX_RATIO

_CHUNK = 1 << 20
_YES = ("1", "true")
_MACROS = re.compile(r"vbaProject|macrosheets/", re.IGNORECASE)
FORMULA = "a formula; paste the values instead"
ERROR = "an error value such as #N/A"


class FormError(Exception):
    """What in a workbook is not one plain table: `rule`, `message` and the rows, if known."""

    def __init__(self, rule: str, message: str, rows: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.rule, self.message, self.rows = rule, message, rows


def look_through(path: Path) -> None:
    """Refuse a workbook that is packed or built as none should be; raises FormError.

    Every sheet that is read is looked through on its own: `look_through_sheet`.
    """
    if not zipfile.is_zipfile(path):
        told = "not a workbook inside: an old .xls, or protected by a password; save it as .xlsx"
        raise FormError("workbook", told)
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        unpacked = sum(part.file_size for part in parts)
        if unpacked > MAX_BYTES or unpacked > MAX_RATIO * max(path.stat().st_size, 10_000):
            raise FormError("limits", "the file unpacks to far more than a table holds")
        if any(_MACROS.search(part.filename) for part in parts):
            raise FormError("workbook", "the workbook holds macros; save it as .xlsx without them")
        if "xl/workbook.xml" not in packed.namelist():
            raise FormError("workbook", "not an .xlsx inside; save it as an Excel workbook (.xlsx)")


def sheet_parts(path: Path) -> dict[str, str]:
    """Return the part of the file that holds each sheet, by the sheet's name."""
    sheets: list[dict[str, str]] = []
    targets: dict[str, str] = {}

    def of_book(tag: str, given: dict[str, str]) -> None:
        if tag == "sheet":
            key = next((k for k in given if k.endswith(":id")), "id")
            sheets.append({"name": given.get("name", ""), "id": given.get(key, "")})

    def of_links(tag: str, given: dict[str, str]) -> None:
        if tag == "Relationship":
            target = given.get("Target", "")
            targets[given.get("Id", "")] = (
                target.lstrip("/") if target[:1] == "/" else f"xl/{target}"
            )

    _parse(path, "xl/workbook.xml", of_book)
    _parse(path, "xl/_rels/workbook.xml.rels", of_links)
    return {sheet["name"]: targets.get(sheet["id"], "") for sheet in sheets}


def look_through_sheet(path: Path, part: str) -> None:
    """Refuse a sheet that shows something else than the values in its cells; raises FormError."""
    found: dict[tuple[str, str], list[int]] = {}
    row = 0

    def told(rule: str, message: str, *rows: int) -> None:
        found.setdefault((rule, message), []).extend(rows)

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal row
        if tag == "c":
            if given.get("t") == "e":
                told("error-cells", ERROR, row)
        elif tag == "row":
            row = int(given.get("r", row + 1))
            if given.get("hidden") in _YES:
                told("hidden", "hidden rows; show them or delete them", row)
        elif tag == "f":
            told("formulas", FORMULA, row)
        elif tag == "col" and given.get("hidden") in _YES:
            told("hidden", "hidden columns; show them or delete them")
        elif tag == "mergeCell":
            told("merged-cells", "merged cells; split them")
        elif tag == "autoFilter":
            told("filter", "a filter is set; take it off")

    _parse(path, part, start)
    for (rule, message), rows in found.items():
        raise FormError(rule, message, tuple(dict.fromkeys(rows)))


def _parse(path: Path, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
    """Call `start` for every element of a part with its name without prefix and its attributes."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = lambda tag, given: start(tag.rpartition(":")[2], given)
    try:
        with zipfile.ZipFile(path) as packed, packed.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk)
            parser.Parse(b"", True)
    except (KeyError, ValueError, expat.ExpatError, zipfile.BadZipFile, OSError, RuntimeError):
        raise FormError("workbook", "the file is damaged; save it again as .xlsx") from None


def _refuse_doctype(*_: object) -> None:
    raise FormError("workbook", "the file declares a document type, which no workbook does")
