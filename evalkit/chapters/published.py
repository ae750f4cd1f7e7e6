"""What the published figures cover: over how many areas each outcome is compared, and why."""

import pandas as pd

from evalkit import evaluation
from evalkit.chapters.opening import Report
from evalkit.plan import Outcome
from evalkit.reporting import fragments, tables
from evalkit.reporting.disclosure import release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import count
from evalkit.reporting.tables import Column

# Why an area lacks a figure, in the reader's words; the first that applies is told.
REASONS = {
    "protected": "skyddad",
    "low reliability": "osäker",
    "not available": "ej redovisad",
    "not applicable": "ej tillämplig",
    "no row": "året saknas",
    "part of a year": "bara helår",
    "not published": "måttet saknas",
}


def published_table(report: Report) -> Fragment:
    """Return how many areas have published figures for all years, outcome by outcome."""
    rows = [_row(report, outcome) for outcome in report.study.outcomes]
    frame = pd.DataFrame(rows)
    if frame["published"].sum() == 0:
        return fragments.paragraph("Studien använder ingen publicerad statistik.")
    shown = [reason for reason in REASONS if frame[reason].sum() > 0]
    released = release(
        frame[["label", "planned", "compared", *shown]],
        rule=report.rule,
        keys=("planned", "compared", *shown),
    )
    columns = {
        "label": Column("Mått"),
        "planned": Column("Områden i planen", "count"),
        "compared": Column("Jämförs", "count"),
    } | {reason: Column(f"Utelämnas: {REASONS[reason]}", "count") for reason in shown}
    first, last = report.study.timeline.pre.start.year, report.period.year
    note = (
        f"Ett område jämförs bara om siffran finns för alla år {first}–{last}. Saknas ett år "
        "utelämnas området helt; inget fylls i. Publicerad statistik gäller hela år."
    )
    caption = f"Områden med publicerad statistik, {report.period.label}"
    return fragments.join(
        fragments.paragraph(_message(frame)),
        fragments.table(tables.html(released, columns, caption, note=note)),
    )


def _row(report: Report, outcome: Outcome) -> dict[str, object]:
    gone = evaluation.left_out(report.evidence, outcome)
    rank = {reason: place for place, reason in enumerate(REASONS)}
    first = gone.assign(rank=gone["level"].map(rank)).sort_values("rank").groupby("area")["level"]
    counts = first.first().value_counts()
    areas = set(report.evidence.of(outcome.id)["area"])
    return {
        "label": outcome.label,
        "planned": len(report.study.areas.all),
        "compared": len(areas),
        "published": len(gone) + int(not len(report.evidence.of("flow"))) * len(areas),
    } | {reason: int(counts.get(reason, 0)) for reason in REASONS}


def _message(frame: pd.DataFrame) -> str:
    fewest, planned = int(frame["compared"].min()), int(frame["planned"].max())
    if fewest == planned:
        return f"Alla {count(planned, 'område', 'områden')} har siffror för alla år."
    return (
        f"{fewest} av {count(planned, 'område', 'områden')} har siffror för alla år i det mått som "
        "har minst underlag. Övriga utelämnas ur jämförelsen."
    )
