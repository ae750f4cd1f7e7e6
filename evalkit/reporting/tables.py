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
    name: str | None = None,
    stacked: bool = False,
) -> str:
    """Return the table's HTML, in a named group that scrolls on a narrow screen.

    `columns` choose and order what is shown; `row_header` (by default the first) heads each row;
    `counted` names who is counted, for the note on what is protected, `name` an id that a link
    may lead to; `stacked` sets a row's cells under each other on a narrow screen, for cells that
    are sentences. A plain frame will do for what counts nobody: TypeError when it has counts or
    percentages.
    """
    _require_gate(table, columns)
    row_header = row_header or next(iter(columns))
    in_numbers = _is_numbers(columns, row_header)
    head = "".join(
        f'<th scope="col"{_align(one, in_numbers, is_left=not place)}>{escape(one.label)}</th>'
        for place, one in enumerate(columns.values())
    )
    target = f' id="{escape(name)}"' if name else ""
    kind = ' class="ek-numbers"' if in_numbers else ' class="ek-stacked"' if stacked else ""
    rows = _rows(table, columns, row_header, in_numbers)
    if stacked:
        rows = [_labelled(cells, columns) for cells in rows]
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    return (
        f'<div{target} class="ek-table" role="group" tabindex="0" '
        f'aria-label="Tabell: {escape(caption)}">'
        f"<table{kind}><caption><span>{escape(caption)}</span></caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{_notes(table, columns, note, counted)}</div>"
    )


def _require_gate(table: Released | pd.DataFrame, columns: Mapping[str, Column]) -> None:
    if isinstance(table, Released):
        return
    for name, column in columns.items():
        if column.kind in ("count", "percent"):
            raise TypeError(f"column '{name}' counts somebody; pass the frame to release() first")


def _rows(
    table: Released | pd.DataFrame,
    columns: Mapping[str, Column],
    row_header: str,
    in_numbers: bool,
) -> list[list[str]]:
    names = list(columns)
    frame = table.frame if isinstance(table, Released) else table
    hidden = table.hidden[names] if isinstance(table, Released) else frame[names].isin([])
    return [
        [
            _cell(
                columns[name],
                HIDDEN if hide else columns[name].text(value),
                name == row_header,
                in_numbers,
            )
            for name, value, hide in zip(names, values, hides, strict=True)
        ]
        for values, hides in zip(
            frame[names].itertuples(index=False), hidden.itertuples(index=False), strict=True
        )
    ]


def _cell(column: Column, text: str, is_header: bool, in_numbers: bool) -> str:
    if is_header:
        return f'<th scope="row"{_align(column, in_numbers, is_left=True)}>{escape(text)}</th>'
    return f"<td{_align(column, in_numbers)}>{escape(text)}</td>"


def _labelled(cells: list[str], columns: Mapping[str, Column]) -> list[str]:
    """Return a row whose cells carry their headings, which a stack has no room for above."""
    labels = [escape(column.label) for column in columns.values()]
    return [
        cell.replace("<td", f'<td data-label="{label}"', 1)
        for cell, label in zip(cells, labels, strict=True)
    ]


def _is_numbers(columns: Mapping[str, Column], row_header: str) -> bool:
    """Tell whether most of a table is numbers: then its texts are marked, and not its numbers."""
    kinds = [column.kind == "text" for name, column in columns.items() if name != row_header]
    return sum(kinds) * 2 < len(kinds)


def _align(column: Column, in_numbers: bool, *, is_left: bool = False) -> str:
    """Return the class of what stands otherwise than its table; `is_left`: to the left anyhow."""
    if column.kind == "text":
        return ' class="ek-text"' if in_numbers and not is_left else ""
    return "" if in_numbers else ' class="ek-number"'


def _notes(
    table: Released | pd.DataFrame, columns: Mapping[str, Column], note: str | None, counted: str
) -> str:
    notes = [note] if note else []
    if isinstance(table, Released) and table.hidden[list(columns)].to_numpy().any():
        of_children = counted in ("barn", "utredningar")
        mostly = ", mest på en familjs eller en handläggares barn," if of_children else ""
        notes.append(
            "Två punkter (..) betyder att uppgiften är skyddad: den bygger på färre än "
            f"{table.rule.threshold} {counted}{mostly} eller skulle avslöja en sådan uppgift."
        )
    counts = any(column.kind == "count" for column in columns.values())
    if isinstance(table, Released) and table.rule.rounding > 1 and counts:
        notes.append(
            f"Antal är avrundade till närmaste {table.rule.rounding}-tal, och andelar är räknade "
            "på avrundade antal."
        )
    return "".join(f'<p class="ek-note">{escape(text)}</p>' for text in notes)
