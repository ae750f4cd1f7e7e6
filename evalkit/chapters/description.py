"""The pilot and its comparison by every item of TIDieR: known with its source, or not known."""

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from evalkit.chapters.opening import Report
from evalkit.documents import Description, Statement, load_description
from evalkit.reporting import fragments, tables
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.tables import Column

BREAK = Markup("<br>")
UNKNOWN = Markup("Inte känt")


def description_table(report: Report) -> Fragment:
    """Return the pilot beside its comparison, item by item, each statement with its source."""
    found = load_description(report.study)
    places = {name: place for place, name in enumerate(found.sources, 1)}
    rows = [
        {
            "topic": part.topic,
            "pilot": _cell(report, part.pilot, places),
            "comparison": _cell(report, part.comparison, places),
        }
        for part in found.parts
    ]
    columns = {
        "topic": Column("Punkt"),
        "pilot": Column(found.pilot),
        "comparison": Column(found.comparison),
    }
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    caption = f"{found.pilot} och {found.comparison.lower()}, punkt för punkt"
    table = tables.html(frame, columns, caption, note=_sources(found), stacked=True)
    return fragments.join(fragments.table(table), _questions(report, found))


def _cell(report: Report, statements: Sequence[Statement], places: dict[str, int]) -> Markup:
    known = [one for one in statements if _is_known(report, one)]
    return BREAK.join(filter(None, (_said(one, places) for one in known))) or UNKNOWN


def _said(statement: Statement, places: dict[str, int]) -> Markup:
    if statement.source is None:
        return Markup("")
    return Markup("{} [{}]").format(statement.text, places[statement.source])


def _questions(report: Report, description: Description) -> Fragment:
    """Return what no source says, gathered by who could tell."""
    asked: dict[str, list[str]] = {}
    for part in description.parts:
        sides = ((description.pilot, part.pilot), (description.comparison, part.comparison))
        for side, statements in sides:
            for one in statements:
                if one.ask is not None and _is_known(report, one):
                    asked.setdefault(one.ask, []).append(f"{one.unknown} ({side})")
    if not asked:
        return Fragment("", "")
    items = Markup("").join(
        Markup("<li><strong>{}:</strong> {}.</li>").format(
            who[:1].upper() + who[1:], "; ".join(what)
        )
        for who, what in asked.items()
    )
    html = Markup("<p>Det här säger ingen källa, och de som kan svara:</p><ul>{}</ul>")
    filled = html.format(items)
    return Fragment(str(filled), filled.striptags())


def _is_known(report: Report, statement: Statement) -> bool:
    return statement.since is None or report.period.end >= statement.since


def _sources(description: Description) -> str:
    named = [f"[{place}] {name}" for place, name in enumerate(description.sources.values(), 1)]
    return f"Källor: {'; '.join(named)}. Punkterna är de i {description.guideline}."
