"""Girls and boys: every outcome's level in the period, in both arms, and the way to help."""

from math import nan

import pandas as pd

from evalkit import evaluation
from evalkit.chapters.answers import amount
from evalkit.chapters.codes import STEPS
from evalkit.chapters.delivered import lacking, resting_on, why_not
from evalkit.chapters.dominance import is_dominated
from evalkit.chapters.figures import (
    ARMS,
    arm_names,
    axis_of,
    behind,
    in_frame,
    measured_as,
    no_figure,
    outcome_and_window,
    slug,
)
from evalkit.chapters.opening import Report
from evalkit.chapters.withheld import hidden_rows
from evalkit.errors import DesignError
from evalkit.plan import Outcome
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, release
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.links import link
from evalkit.reporting.plots import Axis
from evalkit.reporting.tables import Column

SEXES = {"flicka": "girls", "pojke": "boys"}
FAMILIES = {
    "continuity": "kontinuitet", "reinvestigation": "återkomster", "uptake": "nyttjande",
    "clocks": "lagstadgade tider",
}  # fmt: skip
NAMES = {"flicka": "flickor", "pojke": "pojkar"}


def sex_figure(report: Report, *outcome_ids: str) -> Fragment:
    """Return the level of outcomes of one kind among girls and boys, in both arms."""
    told = [name for name in outcome_ids if not why_not(report, name)]
    if not told:
        return lacking(why_not(report, outcome_ids[0]))
    found = [outcome_and_window(report, name) for name in told]
    shown = [(outcome, window) for outcome, window in found if window != 0]
    if not shown:
        return no_figure(found[0][0])
    wide = pd.concat([_by_arm(report, outcome, window) for outcome, window in shown])
    first, window = shown[0]
    measured = measured_as(report, first, window) if len(shown) == 1 else _kind(first)
    passed = release(wide, rule=report.rule, keys=tuple(SEXES.values()))
    drawing = plots.by_sex(passed, axis=axis_of(first, measured), labels=report.study.labels)
    caption = f"Flickor och pojkar, {report.period.label}: {measured.lower()}."
    families = dict.fromkeys(outcome.family for outcome, _ in shown)
    tabled = fragments.told_in(*(link(_table_id(one), FAMILIES[one]) for one in families))
    return in_frame(drawing, f"kon-{slug(first)}", caption, tabled)


def sex_table(report: Report, family: str) -> Fragment:
    """Return every outcome of a family among girls and boys, in both arms, in the period."""
    rows = []
    for planned in report.study.outcomes:
        if planned.family != family:
            continue
        outcome, window = outcome_and_window(report, planned.id)
        row = {"label": measured_as(report, outcome, window or None)}
        told = window != 0 and not why_not(report, planned.id)
        rows.append(row | _texts(report, outcome, window) if told else row)
    if not rows:
        return lacking("inget av måtten ingår i studiens plan.")
    labels = report.study.labels
    columns = {"label": Column("Mått")} | {
        f"{arm}_{sex}": Column(f"{place}: {NAMES[sex]}")
        for arm, place in (("pilot", labels.treated), ("line", labels.comparison))
        for sex in SEXES
    }
    frame = pd.DataFrame(rows, columns=list(columns)).fillna("–")
    note = (
        "Här räknas alla barn tillsammans; i andra tabeller är linjens nivå medelvärdet av "
        "områdena. (..) betyder att uppgiften är skyddad, – att den ännu inte kan mätas."
    )
    caption = f"Flickor och pojkar, {report.period.label}: {FAMILIES[family]}"
    html = tables.html(frame, columns, caption, note=note, name=_table_id(family))
    return fragments.table(html)


@resting_on("funnel")
def sex_funnel_figure(report: Report) -> Fragment:
    """Return the share of girls and of boys with a need whom help reached, step by step."""
    cells = report.evidence.in_period("funnel")
    known = cells[cells["sex"].isin(list(SEXES))].assign(arm=cells["treated"].map(ARMS))
    sums = known.pivot_table(index="level", columns=["arm", "sex"], values="total", aggfunc="sum")
    every = pd.MultiIndex.from_product([ARMS.values(), SEXES])
    wide = sums.reindex(index=list(STEPS), columns=every).fillna(0.0)
    frame = wide.melt(ignore_index=False, var_name=["arm", "sex"], value_name="n").reset_index()
    frame["need"] = frame.groupby(["arm", "sex"])["n"].transform("max")
    released = release(
        frame,
        rule=report.rule,
        counts=("n", "need"),
        shares={"share": ("n", "need")},
        withheld={"n": hidden_rows(report.evidence, "sex/funnel/{arm}/{sex}/{level}", frame)},
    )
    wide = released.frame.pivot(index=["level", "arm"], columns="sex", values="share")
    wide = wide.rename(columns=SEXES).reset_index()
    wide["label"] = wide["level"].map(STEPS)
    wide = wide.sort_values("level", key=lambda level: level.map(list(STEPS).index))
    passed = release(
        wide[["label", "arm", *SEXES.values()]],
        rule=report.rule,
        keys=tuple(SEXES.values()),
    )
    axis = Axis("Andel av dem som har ett bedömt behov")
    drawing = plots.by_sex(passed, axis=axis, labels=report.study.labels)
    caption = f"Från bedömt behov till fullföljd insats: flickor och pojkar, {report.period.label}."
    columns = {"label": Column("Steg"), "arm": Column("Grupp")} | {
        SEXES[sex]: Column(NAMES[sex].capitalize(), "percent") for sex in SEXES
    }
    named = passed.named("arm", arm_names(report))
    table = behind(named, columns, f"från behov till insats, {report.period.label}")
    return in_frame(drawing, "kon-fran-behov", caption, table)


def released_by_sex(report: Report, outcome: Outcome, window: int | None) -> Released:
    """Return the levels by arm and sex; an arm's level is here that of its children together.

    Where a sex is protected so is the other, if both together are shown elsewhere.
    """
    frame = pd.concat([_of_sex(report, outcome, window, sex) for sex in SEXES])
    is_share = outcome.kind == "share"
    return release(
        frame.reset_index(drop=True).drop(columns="level" if is_share else []),
        rule=report.rule,
        counts=("n",),
        parts={"total": "n"} if is_share else {},
        shares={"level": ("total", "n")} if is_share else {},
        values={} if is_share else {"level": ("n",)},
        keys=() if is_share else ("total",),
        margins=() if is_share else (("arm",),),
        withheld={"total": hidden_rows(report.evidence, f"sex/{outcome.id}/{{arm}}/{{sex}}", frame)}
        if is_share
        else {"n": _dominated(report, outcome, window, frame)},
    )


def _dominated(
    report: Report, outcome: Outcome, window: int | None, frame: pd.DataFrame
) -> list[bool]:
    """Return which rows' units one family or one caseworker all but makes up."""
    return [
        is_dominated(report.evidence, outcome, report.period.year, arm, window, sex)
        for arm, sex in zip(frame["arm"], frame["sex"], strict=True)
    ]


def _by_arm(report: Report, outcome: Outcome, window: int | None) -> pd.DataFrame:
    """Return an outcome's levels with a row for each arm and a column for each sex."""
    levels = released_by_sex(report, outcome, window).frame
    wide = levels.pivot(index="arm", columns="sex", values="level").rename(columns=SEXES)
    wide = wide.reset_index().assign(label=measured_as(report, outcome, window))
    return wide[["label", "arm", *SEXES.values()]]


def _table_id(family: str) -> str:
    return f"kon-{family}-tabell"


def _kind(outcome: Outcome) -> str:
    return "Andel" if outcome.kind == "share" else f"Antal {outcome.unit}"


def _texts(report: Report, outcome: Outcome, window: int | None) -> dict[str, str]:
    released = released_by_sex(report, outcome, window)
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


def _of_sex(report: Report, outcome: Outcome, window: int | None, sex: str) -> pd.DataFrame:
    """Return a sex's units and sum in each arm; none where an area has nobody of that sex."""
    cells, year = report.evidence.of(outcome.id), report.period.year
    own = cells[cells["sex"] == sex]
    try:
        levels = evaluation.levels_of(report.evidence, outcome, (year,), window=window, cells=own)
    except DesignError:
        arms = list(ARMS.values())
        return pd.DataFrame({"arm": arms, "n": 0.0, "total": 0.0, "level": nan, "sex": sex})
    rows = levels.frame[levels.frame["year"] == year]
    sums = rows.groupby(rows["treated"].map(ARMS).rename("arm"))[["n", "total"]].sum()
    sums["level"] = sums["total"] / sums["n"].where(sums["n"] > 0)
    return sums.assign(n=sums["n"].round(), sex=sex).reset_index()
