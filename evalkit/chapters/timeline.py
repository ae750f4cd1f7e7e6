"""What happened when: activities, decisions and shocks, and what spread to the line."""

import pandas as pd
from markupsafe import Markup

from evalkit.chapters.contents import see
from evalkit.chapters.delivered import resting_on
from evalkit.chapters.figures import behind, in_frame
from evalkit.chapters.opening import Report
from evalkit.plan import Span
from evalkit.reporting import fragments, plots
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, month, number
from evalkit.reporting.tables import Column

DECISION, SHARED, END = "beslut", "samarbete", "pilotslut"
DESCRIBED = "02_pilot"  # the chapter with the timeline
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


def decisions_basis(report: Report) -> Fragment:
    """Return how many decisions on the pilot there are, and how many rested on a report."""
    decisions = _decisions(report)
    if decisions.empty:
        return fragments.callout("varning", NO_DECISIONS)
    based = [str(name) for name in decisions["report"] if isinstance(name, str) and name]
    which = f" ({listing([f'rapporten {name}' for name in based])})" if based else ""
    text = Markup("{} beslut om piloten var kända när uppgifterna togs ut. {}{}.{}")
    n, where = number(len(decisions)), see(report.study, DESCRIBED)
    return fragments.paragraph(text.format(n, _resting(len(based)), which, where))


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
    """Return events and decisions together; what is in both is told as the decision has it."""
    events = _events(report).assign(is_decision=lambda rows: rows["kind"] == DECISION)
    decisions = _decisions(report).assign(is_decision=True, arm="båda")
    told = events["is_decision"] & (len(decisions) > 0)
    told |= (events["kind"] == END) & events["when"].isin(decisions["when"])
    kept = ["when", "text", "arm", "is_decision"]
    every = pd.concat([events.loc[~told, kept], decisions[kept]])
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


def _resting(n: int) -> str:
    if n == 0:
        return "Inget av dem hänvisar till en av utvärderingens rapporter"
    return f"{number(n)} av dem hänvisar till en av utvärderingens rapporter"
