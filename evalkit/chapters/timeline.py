"""What happened when: activities, decisions and shocks, and what spread to the line."""

import pandas as pd
from markupsafe import Markup

from evalkit.chapters.delivered import resting_on
from evalkit.chapters.figures import behind, in_frame
from evalkit.chapters.opening import Report
from evalkit.plan import Span
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import month
from evalkit.reporting.tables import Column

DECISION, SHARED = "beslut", "samarbete"
NO_DECISIONS = (
    "Underlag saknas: styrgruppens beslut är inte levererade. Det som behövs är datum, beslut och "
    "status, i utdraget styrgrupp."
)


@resting_on("event")
def timeline_figure(report: Report) -> Fragment:
    """Return the dated events and decisions around the pilot, up to the report's cut-off."""
    rows = _happened(report)
    years = (report.study.timeline.pre.start.year, report.period.cutoff.year)
    timeline = report.study.timeline
    pilot = Span(start=timeline.wash_in.start, end=timeline.exposure_end)
    drawing = plots.timeline(rows, years=years, pilot=pilot)
    caption = (
        "Vad som hände runt piloten. Några av händelserna är också streck i figurerna över tid."
    )
    shown = rows.assign(when=[month(when) for when in rows["when"]])
    columns = {"when": Column("Månad"), "text": Column("Händelse"), "arm": Column("Berör")}
    table = behind(shown, columns, "händelser och beslut")
    return in_frame(drawing, "tidslinje", caption, table)


def decisions_table(report: Report) -> Fragment:
    """Return the decisions on the pilot, and upon which report each was made."""
    decisions = _decisions(report)
    if decisions.empty:
        return fragments.callout("varning", NO_DECISIONS)
    rows = decisions.assign(
        when=[month(when) for when in decisions["when"]],
        status=decisions["status"].str.capitalize(),
        report=[_basis(name) for name in decisions["report"]],
    )
    columns = {
        "when": Column("Månad"),
        "text": Column("Beslut"),
        "status": Column("Status"),
        "report": Column("Underlag"),
    }
    return fragments.table(tables.html(rows, columns, "Beslut om piloten"))


@resting_on("event")
def shared_activities(report: Report) -> Fragment:
    """Return what the pilot and the line did together, as far as it is dated."""
    events = _events(report)
    shared = events[events["kind"] == SHARED].sort_values("when")
    if shared.empty:
        return fragments.callout(
            "varning",
            "Underlag saknas: inga daterade gemensamma insatser finns i utdraget handelse.",
        )
    items = Markup("").join(
        Markup("<li>{}: {}</li>").format(month(row.when).capitalize(), row.text)
        for row in shared.itertuples()
    )
    return Fragment(str(Markup("<ul>{}</ul>").format(items)), "; ".join(shared["text"]))


def _happened(report: Report) -> pd.DataFrame:
    events = _events(report).assign(is_decision=lambda rows: rows["kind"] == DECISION)
    decisions = _decisions(report).assign(is_decision=True, arm="båda")
    kept = ["when", "text", "arm", "is_decision"]
    every = pd.concat([events.loc[~events["is_decision"] | decisions.empty, kept], decisions[kept]])
    return every.sort_values(["when", "text"]).reset_index(drop=True)


def _events(report: Report) -> pd.DataFrame:
    return _dated(report.cells.event, "event_date", report)


def _decisions(report: Report) -> pd.DataFrame:
    empty = pd.DataFrame(columns=["decision_date", "text", "status", "report"])
    delivered = report.cells.registers.get("decision", empty)
    return _dated(delivered if len(delivered) else empty, "decision_date", report)


def _dated(frame: pd.DataFrame, column: str, report: Report) -> pd.DataFrame:
    """Return the rows up to the report's cut-off, with their day as `when`."""
    days = pd.to_datetime(frame[column])
    known = frame[days <= pd.Timestamp(report.period.cutoff)]
    return known.assign(when=[day.date() for day in days[known.index]])


def _basis(period: object) -> str:
    return f"Rapporten {period}" if isinstance(period, str) and period else "Ingen rapport"
