"""A published page as a stranger reads it: its tables, its figures' words, its numbers."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from evalkit.reporting.files import HIDDEN

_READ = {"th", "td", "caption", "title"}
_TABLE = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
_NUMBER = re.compile(r"[−-]?\d+(?:,\d+)?")


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it stands on the page; `figure` is the id of the figure it lies behind."""

    caption: str
    figure: str
    rows: tuple[tuple[str, ...], ...]

    @property
    def header(self) -> tuple[str, ...]:
        return self.rows[0]

    def records(self) -> list[dict[str, str]]:
        """Return the rows below the header, by the header's words."""
        return [dict(zip(self.header, row, strict=True)) for row in self.rows[1:]]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, a share as a fraction of 1, and half of its last decimal."""

    value: float
    half_step: float


@dataclass(slots=True)
class Page:
    """The page's tables in order, and every figure's text alternative by the figure's id."""

    tables: list[Table] = field(default_factory=list)
    alts: dict[str, str] = field(default_factory=dict)


def read(html: str) -> Page:
    """Return what a page shows."""
    reader = _Reader()
    reader.feed(html)
    return reader.page


def number(text: str) -> Number | None:
    """Return a number in Swedish writing, or None for a dash, a protected value or words."""
    plain = re.sub(r"(?<=\d)[\s\u00a0\u202f](?=\d{3})", "", text).strip()
    found = _NUMBER.match(plain)
    if found is None or HIDDEN in plain:
        return None
    written = found[0].replace("−", "-").replace(",", ".")
    scale = 0.01 if "%" in plain else 1.0
    decimals = len(written.partition(".")[2])
    return Number(float(written) * scale, 0.5 * 10**-decimals * scale)


class _Reader(HTMLParser):
    """Collects tables and text alternatives as the page goes by.

    A page may leave out the end of a cell, a row and a caption, as HTML allows: what begins next,
    or the table's end, ends them.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._figure = ""
        self._caption = ""
        self._rows: list[list[str]] = []
        self._open = ""  # the element whose text is being read
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in _TABLE:
            self._finish()
        if tag == "figure":
            self._figure = dict(attributes).get("id") or ""
        elif tag == "table":
            self._caption, self._rows = "", []
        elif tag == "tr":
            self._rows.append([])
        elif tag in _READ:
            self._open, self._text = tag, []

    def handle_endtag(self, tag: str) -> None:
        if tag in _TABLE | _READ:
            self._finish()
        if tag == "table":
            rows = tuple(tuple(row) for row in self._rows if row)
            self.page.tables.append(Table(self._caption, self._figure, rows))
        elif tag == "figure":
            self._figure = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self._text.append(data)

    def _finish(self) -> None:
        """Keep the text of the element that is open, if any."""
        text = " ".join("".join(self._text).split())
        if self._open in ("th", "td") and self._rows:
            self._rows[-1].append(text)
        elif self._open == "caption":
            self._caption = text
        elif self._open == "title" and self._figure:
            self.page.alts[self._figure] = text
        self._open, self._text = "", []
