"""Tables for the page: captioned, scoped, escaped, in Swedish numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from markupsafe import escape

from evalkit.reporting.disclosure import Released
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.numbers import MISSING, number, percent

Kind = Literal["text", "count", "percent", "points", "number"]


@dataclass(frozen=True, slots=True)
class Column:
    """How a column is headed and written.

    "percent" and "points" hold fractions: 0.25 is written `25,0 %` and -0.06 `−6,0`, the unit
    of the latter being the heading's to name. `decimals` None means the kind's own: none for
    counts, one for the others.
    """

    label: str
    kind: Kind = "text"
    decimals: int | None = None

    def text(self, value: Any) -> str:
        """Return the value as the reader sees it, a missing one as a dash."""
        if pd.isna(value):
            return MISSING
        if self.kind == "text":
            return value if isinstance(value, str) else str(value)  # str() would escape a link
        decimals = (0 if self.kind == "count" else 1) if self.decimals is None else self.decimals
        if self.kind == "percent":
            return percent(float(value), decimals)
        return number(float(value) * (100 if self.kind == "points" else 1), decimals)


def html(
    table: Released | pd.DataFrame,
    columns: Mapping[str, Column],
    caption: str,
    *,
    note: str | None = None,
    row_header: str | None = None,
    counted: str = "barn",
) -> str:
    """Return the table's HTML, in a named group that scrolls on a narrow screen.

    `columns` choose and order what is shown; `row_header` (by default the first) heads each row;
    `counted` names who is counted, for the note on what is protected.
    A plain frame will do for what counts nobody: TypeError when it has counts or percentages.
    """
    _require_gate(table, columns)
    row_header = row_header or next(iter(columns))
    head = "".join(
        f'<th scope="col"{_align(column)}>{escape(column.label)}</th>'
        for column in columns.values()
    )
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in _rows(table, columns, row_header))
    return (
        f'<div class="ek-table" role="group" tabindex="0" aria-label="Tabell: {escape(caption)}">'
        f"<table><caption><span>{escape(caption)}</span></caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{_notes(table, columns, note, counted)}</div>"
    )


def _require_gate(table: Released | pd.DataFrame, columns: Mapping[str, Column]) -> None:
    if isinstance(table, Released):
        return
    for name, column in columns.items():
        if column.kind in ("count", "percent"):
            raise TypeError(f"column '{name}' counts somebody; pass the frame to release() first")


def _rows(
    table: Released | pd.DataFrame, columns: Mapping[str, Column], row_header: str
) -> list[list[str]]:
    names = list(columns)
    frame = table.frame if isinstance(table, Released) else table
    hidden = table.hidden[names] if isinstance(table, Released) else frame[names].isin([])
    return [
        [
            _cell(columns[name], HIDDEN if hide else columns[name].text(value), name == row_header)
            for name, value, hide in zip(names, values, hides, strict=True)
        ]
        for values, hides in zip(
            frame[names].itertuples(index=False), hidden.itertuples(index=False), strict=True
        )
    ]


def _cell(column: Column, text: str, is_header: bool) -> str:
    if is_header:
        return f'<th scope="row"{_align(column)}>{escape(text)}</th>'
    return f"<td{_align(column)}>{escape(text)}</td>"


def _align(column: Column) -> str:
    return "" if column.kind == "text" else ' class="ek-number"'


def _notes(
    table: Released | pd.DataFrame, columns: Mapping[str, Column], note: str | None, counted: str
) -> str:
    notes = [note] if note else []
    if isinstance(table, Released) and table.hidden[list(columns)].to_numpy().any():
        notes.append(
            "Två punkter (..) betyder att uppgiften är skyddad: den bygger på färre än "
            f"{table.threshold} {counted} eller skulle avslöja en sådan uppgift."
        )
    return "".join(f'<p class="ek-note">{escape(text)}</p>' for text in notes)
