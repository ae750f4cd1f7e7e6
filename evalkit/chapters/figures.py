"""The figures of the outcome and robustness chapters: effects and levels in, figures out."""

from dataclasses import replace

import pandas as pd

from evalkit import evaluation, robustness
from evalkit.chapters.answers import difference
from evalkit.chapters.codes import ARMS
from evalkit.chapters.delivered import about_outcome
from evalkit.chapters.dominance import is_dominated
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of, told
from evalkit.chapters.tables import effect_columns, effect_texts, text_html
from evalkit.chapters.withheld import hidden_rows, years_kept_back
from evalkit.evaluation import WAITING
from evalkit.plan import Event, Outcome
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, release, release_estimates
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing
from evalkit.reporting.plots import Axis, Drawing
from evalkit.reporting.tables import Column, Kind
from evalkit.reporting.verdicts import brief
from evalkit.results import Effect, Estimate, Levels

EFFECTS = "effekter"  # the figure whose table has the primary outcomes' numbers
AIMS = {"lower": "lägre är målet", "higher": "högre är målet"}


@about_outcome
def series_figure(report: Report, outcome_id: str) -> Fragment:
    """Return an outcome's level per year in both arms, with what was expected of the pilot."""
    outcome, window = outcome_and_window(report, outcome_id)
    if window == 0:
        return no_figure(outcome)
    frame = _arms_by_year(report, evaluation.history(report.evidence, outcome, window=window))
    # A share gives its units away, a mean does not.
    shown = {"n": "n", "total": "level"} if outcome.kind == "share" else {"n": "n"}
    place = f"series/{outcome.id}/{{time}}/{{arm}}"
    dominated = [
        is_dominated(report.evidence, outcome, year, arm, window)
        for year, arm in zip(frame["time"], frame["arm"], strict=True)
    ]
    is_share = outcome.kind == "share"
    released = release(
        frame.assign(units=frame["n"]).drop(columns="level" if is_share else []),
        rule=report.rule,
        counts=("n", "units"),
        parts={"total": "n"} if is_share else {},
        shares={"level": ("total", "n")} if is_share else {},
        values={"expected": ("n", "total")}
        if is_share
        else dict.fromkeys(("level", "expected"), ("units",)),
        keys=("time",) if is_share else ("time", "total"),
        withheld={
            column: hidden_rows(report.evidence, f"{place}/{what}", frame)
            for column, what in shown.items()
        }
        | {"units": dominated},
    )
    if is_share:
        released = _beside_rounded(released, frame)
    drawing = plots.series(
        released,
        axis=axis_of(outcome, measured_as(report, outcome, window)),
        labels=report.study.labels,
        events=_known_events(report),
        wash_in=report.study.timeline.wash_in,
    )
    caption = f"{measured_as(report, outcome, window)}. {_message(report, outcome, window)}"
    caption += _without_expected(report, frame)
    return in_frame(drawing, f"serie-{slug(outcome)}", caption,
                    _series_table(report, released, outcome, window))  # fmt: skip


@about_outcome
def event_study_figure(report: Report, outcome_id: str) -> Fragment:
    """Return the difference between the arms, year by year, against the reference year."""
    outcome, window = outcome_and_window(report, outcome_id)
    if window == 0:
        return no_figure(outcome)
    if told(report.evidence, outcome, window).status != "estimated":
        return no_figure(outcome)
    gone = years_kept_back(report.evidence, outcome)
    reference = report.study.timeline.reference_year
    estimates = evaluation.yearly_effects(report.evidence, outcome, window=window)
    kept = tuple(estimate for estimate in estimates if int(estimate.term) not in gone)
    if not kept or reference in gone:  # beside which every year is set
        return no_figure(outcome)
    released = _with_reference(report, kept)
    drawing = plots.event_study(released, axis=axis_of(outcome, "Skillnad mot linjen", "points"))
    caption = (
        f"{measured_as(report, outcome, window)}: skillnad mot linjen jämfört med {reference}."
    )
    named = released.named("year", {year: str(year) for year in released.frame["year"]})
    columns = {"year": Column("År")} | interval_columns(outcome)
    table = behind(named, columns, f"{outcome.label}, år för år, {in_units(outcome)}")
    return in_frame(drawing, f"ar-for-ar-{slug(outcome)}", caption, table)


def effects_figure(report: Report) -> Fragment:
    """Return every primary outcome's effect beside what matters and what could be found."""
    found = [(outcome, effect_of(report, outcome)) for outcome in report.study.of_role("primary")]
    frame = pd.DataFrame([_forest_row(*one) for one in found])
    shown = list(frame.select_dtypes("number").columns)
    released = release(frame, rule=report.rule, keys=shown)
    caption = (
        f"Skillnaden mot det väntade, {report.period.label}. Ju längre från noll, desto större "
        "skillnad; det grå bandet visar skillnader som är mindre än den minsta relevanta."
    )
    table = _effects_behind(report, found)
    return in_frame(plots.forest(released), EFFECTS, caption, table)


@about_outcome
def placebo_figure(report: Report, outcome_id: str) -> Fragment:
    """Return each area's effect as if it had been the pilot's, the real one marked."""
    outcome = report.study.outcome(outcome_id)
    effect = told(report.evidence, outcome)
    if effect.status != "estimated":
        return no_figure(outcome)
    rows = robustness.area_placebos(report.evidence, outcome)
    frame = pd.DataFrame(rows, columns=["area", "estimate", "treated", "n"])
    released = release(frame, rule=report.rule, counts=("n",), values={"estimate": ("n",)})
    size = abs(effect.headline.estimate)
    larger = sum(abs(estimate) >= size for _, estimate, treated, _ in rows if not treated)
    n = len(rows) - 1
    caption = (
        f"{outcome.label}: {larger} av {n} jämförelseområden har en minst lika stor skillnad "
        "som pilotområdet."
    )
    drawing = plots.placebo_strip(released, axis=axis_of(outcome, "Skillnad", "points"))
    columns = {"area": Column("Område"), "estimate": interval_columns(outcome)["estimate"]}
    table = behind(released, columns, f"{outcome.label}, område för område, {in_units(outcome)}")
    return in_frame(drawing, f"placebo-{slug(outcome)}", caption, table)


def arm_names(report: Report) -> dict[str, str]:
    """Return what the reader calls each arm."""
    return {"pilot": report.study.labels.treated, "line": report.study.labels.comparison}


def in_frame(drawing: Drawing, name: str, caption: str, numbers: str) -> Fragment:
    """Return a drawing as a figure with the numbers behind it."""
    return fragments.figure(
        drawing.svg, name=name, alt=drawing.alt, caption=caption, numbers=numbers,
        reading=drawing.reading,
    )  # fmt: skip


def behind(table: Released | pd.DataFrame, columns: dict[str, Column], what: str) -> str:
    """Return what a figure was drawn from as a table; what is hidden there is so here."""
    return tables.html(table, columns, f"Siffrorna bakom figuren: {what}")


def interval_columns(outcome: Outcome) -> dict[str, Column]:
    """Return the columns of a difference and its interval; the caption is to name the unit."""
    kind: tuple[Kind, int] = ("points", 1) if outcome.kind == "share" else ("number", 2)
    heads = {"estimate": "Skillnad", "conf_low": "Från", "conf_high": "Till"}
    return {name: Column(head, *kind) for name, head in heads.items()}


def in_units(outcome: Outcome) -> str:
    """Return the unit of an outcome's differences, as "i procentenheter"."""
    return f"i {'procentenheter' if outcome.kind == 'share' else outcome.unit}"


def slug(outcome: Outcome) -> str:
    """Return an outcome's id as the ids of figures have it."""
    return outcome.id.lower().replace("_", "-")


def outcome_and_window(report: Report, outcome_id: str) -> tuple[Outcome, int | None]:
    """Return the outcome and, if it waits for a return, the longest mature window (0: none)."""
    outcome = report.study.outcome(outcome_id)
    if outcome.id not in WAITING:
        return outcome, None
    return outcome, evaluation.longest_mature_window(report.evidence, outcome) or 0


def _known_events(report: Report) -> tuple[Event, ...]:
    """Return the plan's events up to the end of the period: the plot shows no later year."""
    return tuple(event for event in report.study.events if event.date <= report.period.end)


def measured_as(report: Report, outcome: Outcome, window: int | None) -> str:
    """Return the outcome's name, with its window in days where that is not the planned one."""
    planned = window in (None, report.study.definitions.follow_up_days)
    return outcome.label if planned else outcome.label.replace("ett år", f"{window} dagar")


def _message(report: Report, outcome: Outcome, window: int | None) -> str:
    effect = told(report.evidence, outcome, window)
    if effect.status != "estimated":
        return f"{report.period.label} kan inte redovisas."
    place = report.study.labels.treated
    return f"{place} {report.period.label}: {lower_first(brief(effect, outcome))}."


def _without_expected(report: Report, frame: pd.DataFrame) -> str:
    """Return for which years nothing was to be expected by, and why; empty if for none."""
    after = frame["time"] > report.study.timeline.pre_years[-1]
    lacking = frame.loc[after & (frame["arm"] == "pilot") & frame["expected"].isna(), "time"]
    if lacking.empty:
        return ""
    years = listing([str(year) for year in lacking])
    return (
        f" Det väntade kan inte räknas ut för {years}, eftersom något område saknar fall att "
        "räkna före piloten eller det året. Figuren visar därför bara hur det gick."
    )


def _arms_by_year(report: Report, levels: Levels) -> pd.DataFrame:
    """Return the arms' yearly levels, each arm the mean of its areas' levels, as the method has it.

    `expected` is the pilot's level before the start plus the line's change, from the wash-in on.
    """
    frame = levels.frame
    arm = frame["treated"].map(ARMS).rename("arm")
    by = frame.groupby([arm, "year"])
    rows = pd.DataFrame({"n": by["n"].sum().round(), "level": by["level"].mean()}).reset_index()
    rows["total"] = rows["n"] * rows["level"]
    expected = rows["year"].map(evaluation.expected_levels(report.evidence, levels))
    rows["expected"] = expected.where(rows["arm"] == "pilot")
    return rows.rename(columns={"year": "time"})[["time", "arm", "n", "total", "level", "expected"]]


def _beside_rounded(released: Released, exact: pd.DataFrame) -> Released:
    """Return the levels with what was expected moved as rounding moved what was seen."""
    moved = released.frame["level"].astype(float) - exact["level"]
    expected = released.frame["expected"] + moved
    return replace(released, frame=released.frame.assign(expected=expected))


def axis_of(outcome: Outcome, label: str, share_kind: Kind = "percent") -> Axis:
    if outcome.kind == "share":
        unit = " (procentenheter)" if share_kind == "points" else ""
        return Axis(f"{label}{unit}", share_kind)
    return Axis(f"{label} ({outcome.unit})" if share_kind == "points" else label, "number", 1)


def _with_reference(report: Report, estimates: tuple[Estimate, ...]) -> Released:
    """Return the yearly estimates, released, with the reference year's zero among them."""
    released = release_estimates(estimates, rule=report.rule)
    reference = report.study.timeline.reference_year
    frame = released.frame.assign(year=released.frame["term"].astype(int))
    zero = {"year": reference, "estimate": 0.0, "conf_low": 0.0, "conf_high": 0.0}
    frame = pd.concat([frame, pd.DataFrame([zero])], ignore_index=True).sort_values("year")
    frame["is_reference"] = frame["year"] == reference
    frame["is_wash_in"] = frame["year"].isin(report.evidence.wash_in_years)
    kept = frame[["year", "estimate", "conf_low", "conf_high", "is_reference", "is_wash_in"]]
    return release(kept, rule=report.rule, keys=("year", "estimate", "conf_low", "conf_high"))


def _forest_row(outcome: Outcome, effect: Effect) -> dict[str, object]:
    return {
        "label": f"{outcome.label} ({AIMS[outcome.direction]})",
        "estimate": effect.headline.estimate,
        "conf_low": effect.headline.conf_low,
        "conf_high": effect.headline.conf_high,
        "minimum_detectable": effect.minimum_detectable,
        "minimal_relevant": outcome.minimal_relevant_difference,
        "unit": outcome.unit,
    }


def _effects_behind(report: Report, found: list[tuple[Outcome, Effect]]) -> str:
    rows = [
        {"label": outcome.label}
        | effect_texts(outcome, effect)
        | {
            "relevant": difference(outcome.minimal_relevant_difference, outcome),
            "detectable": difference(effect.minimum_detectable, outcome),
        }
        for outcome, effect in found
    ]
    columns = effect_columns(report) | {
        "relevant": Column("Minsta relevanta"),
        "detectable": Column("Minsta påvisbara"),
    }
    return text_html(rows, columns, f"Huvudmåtten, {report.period.label}")


def _series_table(report: Report, released: Released, outcome: Outcome, window: int | None) -> str:
    kind: Kind = "percent" if outcome.kind == "share" else "number"
    columns = {
        "time": Column("År"),
        "arm": Column("Grupp"),
        "n": Column("Antal", "count"),
        "level": Column("Nivå", kind),
        "expected": Column("Väntat", kind),
    }
    years = {year: str(year) for year in released.frame["time"]}
    shown = released.named("time", years).named("arm", arm_names(report))
    line = report.study.labels.comparison
    note = (
        f"Nivån för {lower_first(line)} är områdenas medelvärde, där varje område väger lika. Alla "
        "barn tillsammans kan ge ett något annat tal."
    )
    what = f"Siffrorna bakom figuren: {measured_as(report, outcome, window)}"
    return tables.html(shown, columns, what, note=note)


def no_figure(outcome: Outcome) -> Fragment:
    return fragments.callout(
        "varning", f"{outcome.label} kan inte redovisas för perioden, så här saknas en figur."
    )


def lower_first(sentence: str) -> str:
    """Return a sentence as it stands within another."""
    return sentence[:1].lower() + sentence[1:]
