"""Girls and boys: every outcome's level in the period, in both arms."""

import pandas as pd

from evalkit import evaluation
from evalkit.chapters.answers import amount
from evalkit.chapters.figures import (
    ARMS,
    axis_of,
    in_frame,
    level_values,
    measured_as,
    no_figure,
    outcome_and_window,
)
from evalkit.chapters.opening import Report
from evalkit.plan import Outcome
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, release
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.tables import Column

SEXES = {"flicka": "girls", "pojke": "boys"}
NAMES = {"flicka": "flickor", "pojke": "pojkar"}


def sex_figure(report: Report, outcome_id: str) -> Fragment:
    """Return an outcome's level among girls and boys, in both arms, in the period."""
    outcome, window = outcome_and_window(report, outcome_id)
    if window == 0:
        return no_figure(outcome)
    released = _released(report, outcome, window)
    wide = released.frame.pivot(index="arm", columns="sex", values="level").rename(columns=SEXES)
    wide = wide.reset_index().assign(label=measured_as(report, outcome, window))
    shown = release(
        wide[["label", "arm", *SEXES.values()]],
        threshold=report.threshold,
        keys=tuple(SEXES.values()),
    )
    measured = measured_as(report, outcome, window)
    drawing = plots.by_sex(shown, axis=axis_of(outcome, measured), labels=report.study.labels)
    caption = f"{measured}, flickor och pojkar, {report.period.label}."
    return in_frame(drawing, f"kon-{outcome.id.lower().replace('_', '-')}", caption, report)


def sex_table(report: Report, family: str) -> Fragment:
    """Return every outcome of a family among girls and boys, in both arms, in the period."""
    rows = []
    for planned in report.study.outcomes:
        if planned.family != family:
            continue
        outcome, window = outcome_and_window(report, planned.id)
        row = {"label": measured_as(report, outcome, window or None)}
        rows.append(row if window == 0 else row | _texts(report, outcome, window))
    labels = report.study.labels
    columns = {"label": Column("Mått")} | {
        f"{arm}_{sex}": Column(f"{place}: {NAMES[sex]}")
        for arm, place in (("pilot", labels.treated), ("line", labels.comparison))
        for sex in SEXES
    }
    frame = pd.DataFrame(rows, columns=list(columns)).fillna("–")
    note = "(..) betyder att uppgiften är skyddad, – att den ännu inte kan mätas."
    caption = f"Flickor och pojkar, {report.period.label}"
    return fragments.table(tables.html(frame, columns, caption, note=note))


def _texts(report: Report, outcome: Outcome, window: int | None) -> dict[str, str]:
    released = _released(report, outcome, window)
    hidden = released.hidden["level"]
    return {
        f"{arm}_{sex}": HIDDEN if hide else amount(level, outcome)
        for arm, sex, level, hide in zip(
            released.frame["arm"],
            released.frame["sex"],
            released.frame["level"],
            hidden,
            strict=True,
        )
    }


def _released(report: Report, outcome: Outcome, window: int | None) -> Released:
    """Return the levels by arm and sex; an arm's level is here that of its children together."""
    frame = pd.concat([_of_sex(report, outcome, window, sex) for sex in SEXES])
    is_share = outcome.kind == "share"
    return release(
        frame.reset_index(drop=True),
        threshold=report.threshold,
        counts=("n",),
        parts={"total": "n"} if is_share else {},
        values=level_values(outcome, "level"),
        keys=() if is_share else ("total",),
    )


def _of_sex(report: Report, outcome: Outcome, window: int | None, sex: str) -> pd.DataFrame:
    cells, year = report.evidence.of(outcome.id), report.period.year
    own = cells[cells["sex"] == sex]
    levels = evaluation.levels_of(report.evidence, outcome, (year,), window=window, cells=own)
    rows = levels.frame[levels.frame["year"] == year]
    sums = rows.groupby(rows["treated"].map(ARMS).rename("arm"))[["n", "total"]].sum()
    sums["level"] = sums["total"] / sums["n"].where(sums["n"] > 0)
    return sums.assign(n=sums["n"].round(), sex=sex).reset_index()
