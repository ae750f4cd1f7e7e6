"""Would the answer have been another? What the plan wants varied, carried out for one outcome.

Each function starts from the evidence and ends in one of `estimation`'s records. What is varied,
how finely time is cut and how often is resampled stands in the plan's `sensitivity`; nothing here
is chosen by the result.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from math import isnan

import numpy as np

from evalkit import evaluation
from evalkit.errors import DesignError
from evalkit.estimation import (
    calibration,
    composition,
    conformal,
    detrending,
    did,
    donors,
    event_study,
    heterogeneity,
    inference,
    multiplicity,
    placebos,
    pre_trends,
    time_grain,
    trend_sensitivity,
)
from evalkit.estimation import ladder as rungs
from evalkit.evaluation import WAITING, Evidence
from evalkit.plan import Outcome
from evalkit.results import Changes, Effect, Estimate, Levels

Settings = Iterator[tuple[str, Callable[[], Changes]]]
LEAST_MONTHS = 4  # of a period that is worth halving
STRATA = ("sex", "age_group")


@dataclass(frozen=True, slots=True)
class Ladder:
    """The estimate by the plan (first) and with one thing varied at a time.

    `steps` are by the headline method; `curve` judges all of them together. `skipped` has what was
    planned but could not be made: axis, setting and reason.
    """

    steps: tuple[rungs.Step, ...]
    curve: rungs.Curve
    skipped: tuple[tuple[str, str, str], ...]

    @property
    def turned(self) -> tuple[rungs.Step, ...]:
        """The steps whose interval says something else than the plan's."""
        return rungs.reversals(self.steps).changed


@dataclass(frozen=True, slots=True)
class Missing:
    """Something planned that could not be carried out for an outcome, and why."""

    outcome: str
    what: str
    reason: str


@lru_cache(maxsize=32)
def ladder(evidence: Evidence, outcome: Outcome) -> Ladder:
    """Return the effect by the plan, and with each thing in turn that the plan wants varied.

    A step's `axis` is what was varied, its `label` how: an area, a year or an age group left out,
    a number of days, the months.

    Raises
    ------
    DesignError : the planned effect itself cannot be made.
    """
    plan = evidence.study
    made = [rungs.Rung("plan", "", evaluation.changes_of(evidence, outcome))]
    skipped = []
    for axis in plan.sensitivity.ladder:
        for label, changes in AXES[axis](evidence, outcome):
            try:
                made.append(rungs.Rung(axis, label, changes(), plan.inference.confidence))
            except DesignError as problem:
                skipped.append((axis, label, str(problem)))
    steps = rungs.climb(made, inference.EVERY[plan.inference.headline])
    return Ladder(steps, rungs.specification_curve(made), tuple(skipped))


def _definition(evidence: Evidence, outcome: Outcome) -> Settings:
    for variant in evidence.study.sensitivity.variants:
        if variant.outcome == outcome.id:
            cells = evidence.of(variant.measure).assign(measure=outcome.id)
            label = f"{variant.definition}={variant.value}"
            yield label, partial(_narrowed, evidence, outcome, cells=cells)


def _window(evidence: Evidence, outcome: Outcome) -> Settings:
    definitions = evidence.study.definitions
    if outcome.id in WAITING:
        for days in definitions.follow_up_windows:
            if days < definitions.follow_up_days:
                yield str(days), partial(_narrowed, evidence, outcome, window=days)


def _wash_in(evidence: Evidence, outcome: Outcome) -> Settings:
    """Count the wash-in as part of the pilot."""
    years = (*evidence.wash_in_years, evidence.period.year)
    if evidence.wash_in_years:
        levels = evaluation.levels_of(evidence, outcome, years)
        yield "counted", partial(_collapsed, evidence, levels)


def _season(evidence: Evidence, outcome: Outcome) -> Settings:
    """Take one half of the period's months at a time, in every year."""
    months, cells = evidence.period.months, evidence.of(outcome.id)
    if len(months) >= LEAST_MONTHS:
        half = len(months) // 2
        for part in (months[:half], months[half:]):
            chosen = cells[cells["month"].isin(part)]
            yield f"{part[0]}-{part[-1]}", partial(_narrowed, evidence, outcome, cells=chosen)


def _weights(evidence: Evidence, outcome: Outcome) -> Settings:
    other: did.Weighting = "years" if evidence.study.inference.weighting == "cases" else "cases"
    yield other, partial(did.collapse, _levels(evidence, outcome), other)


def _trend(evidence: Evidence, outcome: Outcome) -> Settings:
    yield "detrended", partial(detrending.detrended, _levels(evidence, outcome))


def _years(evidence: Evidence, outcome: Outcome) -> Settings:
    """Leave out one year before the start at a time."""
    levels = _levels(evidence, outcome)
    for left_out in levels.pre_years:
        kept = tuple(year for year in levels.pre_years if year != left_out)
        yield str(left_out), partial(_collapsed, evidence, replace(levels, pre_years=kept))


def _areas(evidence: Evidence, outcome: Outcome) -> Settings:
    """Leave out one comparison area at a time."""
    changes = evaluation.changes_of(evidence, outcome)
    for place, area in enumerate(changes.areas):
        if not changes.treated[place]:
            others = np.arange(len(changes.areas)) != place
            yield area, partial(changes.keeping, others)


def _children(evidence: Evidence, outcome: Outcome) -> Settings:
    """Leave out one age group at a time."""
    cells = evidence.of(outcome.id)
    for low, high in evidence.study.scope.age_groups:
        kept = cells[cells["age_group"] != f"{low}–{high}"]
        yield f"{low}–{high}", partial(_narrowed, evidence, outcome, cells=kept)


def _composition(evidence: Evidence, outcome: Outcome) -> Settings:
    """Give every area the children that the treated areas had after the start.

    Not for outcomes that wait for a return: their level is no mean over cells.
    """
    if outcome.id not in WAITING:
        years = evidence.study.timeline.pre_years, evidence.wash_in_years, (evidence.period.year,)
        strata = composition.stratify(
            evidence.of(outcome.id), outcome.id, outcome.unit, evidence.period.months, *years,
            strata=STRATA,
        )  # fmt: skip
        yield "standardised", partial(composition.standardised_changes, strata)


AXES: dict[str, Callable[[Evidence, Outcome], Settings]] = {
    "definition": _definition,
    "window": _window,
    "wash_in": _wash_in,
    "season": _season,
    "weights": _weights,
    "trend": _trend,
    "years": _years,
    "areas": _areas,
    "children": _children,
    "composition": _composition,
}


def drifting_apart(evidence: Evidence, outcome: Outcome) -> tuple[Estimate, ...]:
    """Return the intervals that hold if the areas drift apart as the plan's multiples allow."""
    plan = evidence.study
    return trend_sensitivity.sensitivity(
        _levels(evidence, outcome), plan.sensitivity.trend_multiples, plan.inference.confidence
    )


def allowed_drift(evidence: Evidence, outcome: Outcome) -> float:
    """Return the multiple of the earlier drift at which the interval reaches zero; NaN if at 0."""
    confidence = evidence.study.inference.confidence
    return trend_sensitivity.breakdown_mbar(_levels(evidence, outcome), confidence)


def joint_pre_trend(evidence: Evidence, outcome: Outcome) -> event_study.JointTest:
    """Return the test that the arms differed alike in every year before the start."""
    return event_study.joint_pre_trend(_levels(evidence, outcome))


def missed_drift(evidence: Evidence, outcome: Outcome) -> pre_trends.MissedTrend:
    """Return the drift before the start that would be found in four cases of five, and its harm."""
    confidence = evidence.study.inference.confidence
    return pre_trends.pre_trend_power(_levels(evidence, outcome), (0.8,), confidence)[0]


def allowed_heterogeneity(evidence: Evidence, outcome: Outcome) -> float:
    """Return how many times more the treated area may vary before its result no longer holds.

    NaN when the result does not hold even with equal variation.
    """
    changes = evaluation.changes_of(evidence, outcome)
    rho = heterogeneity.breakdown_rho(changes, evidence.study.inference.confidence)
    return rho if rho >= 1 else float("nan")


def implied_heterogeneity(evidence: Evidence, outcome: Outcome) -> float:
    """Return how many times more the treated area should vary, by the areas' numbers of cases."""
    return heterogeneity.implied_rho(evaluation.changes_of(evidence, outcome)).rho


def area_placebos(evidence: Evidence, outcome: Outcome) -> tuple[tuple[str, float, bool, int], ...]:
    """Return for every area its effect as if treated, whether it was, and its units.

    Each comparison area is set against the other comparison areas, the treated areas left out.
    """
    changes = evaluation.changes_of(evidence, outcome)
    change, treated = changes.change, changes.treated
    rows = []
    for i, area in enumerate(changes.areas):
        others = ~treated
        others[i] = False
        effect = float(change[i] - change[others].mean())
        rows.append((area, effect, bool(treated[i]), round(changes.n_post[i])))
    return tuple(rows)


def dated_placebos(evidence: Evidence, outcome: Outcome) -> placebos.PlaceboGrid:
    """Return every area's effect as if treated, at every earlier start that the data allow."""
    levels = fine_levels(evidence, outcome)
    return placebos.placebo_grid(levels, "cases", len(levels.post_years))


def false_alarms(evidence: Evidence, outcome: Outcome) -> tuple[calibration.Calibration, ...]:
    """Return how often each method finds an effect on the comparison areas' own placebos."""
    levels, confidence = fine_levels(evidence, outcome), evidence.study.inference.confidence
    return calibration.on_placebos(levels, "cases", confidence, len(levels.post_years))


def resampled_alarms(evidence: Evidence, outcome: Outcome) -> tuple[calibration.Calibration, ...]:
    """Return how often each method finds an effect in areas resampled without one."""
    levels, plan = fine_levels(evidence, outcome), evidence.study
    return calibration.on_null_panels(
        levels, "cases", plan.sensitivity.draws, plan.seed, plan.inference.confidence,
        len(levels.post_years),
    )  # fmt: skip


def realised_mde(evidence: Evidence, outcome: Outcome) -> calibration.RealisedEffect:
    """Return the effect found in four of five resamples of the comparison areas' own changes."""
    plan, changes = evidence.study, evaluation.changes_of(evidence, outcome)
    return calibration.realised_mde(changes, plan.sensitivity.draws, plan.seed)


def other_comparisons(evidence: Evidence, outcome: Outcome) -> tuple[Estimate, ...]:
    """Return the effect with donors weighted to resemble the pilot, and judged over time.

    All at the plan's grain of time, from the wash-in left out.
    """
    levels, confidence = fine_levels(evidence, outcome), evidence.study.inference.confidence
    return (
        donors.synthetic_control(levels, confidence),
        donors.synthetic_did(levels, confidence),
        conformal.conformal(levels, "did", confidence),
    )


def fine_levels(evidence: Evidence, outcome: Outcome) -> Levels:
    """Return the levels at the finest grain at which every area always has one.

    The plan's grain of time is tried first, then twice and four times as long. The `year` of the
    frame is a point in time (`estimation.time_grain`).

    Raises
    ------
    DesignError : the period holds no whole stretch of the grain.
    """
    months, grain = evidence.period.months, evidence.study.sensitivity.grain_months
    longer = [length for length in (2 * grain, 4 * grain) if length <= len(months)]
    levels = _at_grain(evidence, outcome, grain)
    while longer and levels.frame["level"].isna().any():
        levels = _at_grain(evidence, outcome, longer.pop(0))
    return levels


def _at_grain(evidence: Evidence, outcome: Outcome, length: int) -> Levels:
    months = evidence.period.months
    cells = time_grain.finer(evidence.of(outcome.id), months, length)
    pre, washed, post = (
        time_grain.points_of(years, months, length)
        for years in (
            evidence.study.timeline.pre_years,
            evidence.wash_in_years,
            (evidence.period.year,),
        )
    )
    return evaluation.levels_at(evidence, outcome, cells, (1,), pre, washed, post)


def adjusted_p_values(effects: tuple[Effect, ...]) -> dict[str, float]:
    """Return Holm's p-value of each primary outcome, adjusted for how many the plan has."""
    values = multiplicity.holm([effect.headline.p_value for effect in effects])
    return {effect.outcome: value for effect, value in zip(effects, values, strict=True)}


def not_carried_out(evidence: Evidence, outcome: Outcome) -> tuple[Missing, ...]:
    """Return what the plan asks for and the data did not allow, for one outcome."""
    effect = evaluation.evaluate(evidence, outcome)
    if effect.status != "estimated":
        return (Missing(outcome.id, "effect", effect.reason),)
    checks = [
        Missing(outcome.id, check.method, check.reason)
        for check in effect.checks
        if isnan(check.estimate) or isnan(check.p_value)
    ]
    skipped = ladder(evidence, outcome).skipped
    return (*checks, *(Missing(outcome.id, f"{axis}: {what}", why) for axis, what, why in skipped))


def _levels(evidence: Evidence, outcome: Outcome) -> Levels:
    return evaluation.levels_of(evidence, outcome, (evidence.period.year,))


def _narrowed(evidence: Evidence, outcome: Outcome, **narrower) -> Changes:
    """Return the changes from a part of the cells, or with another window."""
    years = (evidence.period.year,)
    return _collapsed(evidence, evaluation.levels_of(evidence, outcome, years, **narrower))


def _collapsed(evidence: Evidence, levels: Levels) -> Changes:
    return did.collapse(levels, evidence.study.inference.weighting)
