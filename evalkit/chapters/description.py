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
    return fragments.table(tables.html(frame, columns, caption, note=_sources(found)))


def _cell(report: Report, statements: Sequence[Statement], places: dict[str, int]) -> Markup:
    known = [one for one in statements if one.since is None or report.period.end >= one.since]
    return BREAK.join(_said(one, places) for one in known)


def _said(statement: Statement, places: dict[str, int]) -> Markup:
    if statement.source is None:
        return Markup("<em>Inte känt: {}. Kan svara: {}.</em>").format(
            statement.unknown, statement.ask
        )
    return Markup("{} [{}]").format(statement.text, places[statement.source])


def _sources(description: Description) -> str:
    named = [f"[{place}] {name}" for place, name in enumerate(description.sources.values(), 1)]
    return f"Källor: {'; '.join(named)}. Punkterna är de i {description.guideline}."
