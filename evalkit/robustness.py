"""Would the answer have been another? What the plan wants varied, carried out for one outcome.

Each function starts from the evidence and ends in one of `estimation`'s records. How far trends
may go on, how finely time is cut and how often is resampled stands in the plan's `sensitivity`.
"""

from dataclasses import dataclass
from math import isnan

import pandas as pd

from evalkit import evaluation, specifications
from evalkit.errors import DesignError
from evalkit.estimation import (
    calibration,
    compliance,
    conformal,
    did,
    donors,
    doubly_robust,
    event_study,
    heterogeneity,
    inference,
    multiplicity,
    placebos,
    pre_trends,
    time_grain,
    transport,
    trend_sensitivity,
    two_by_two,
)
from evalkit.evidence import Evidence
from evalkit.plan import Outcome
from evalkit.results import Changes, Effect, Estimate, Levels, undefined


@dataclass(frozen=True, slots=True)
class Missing:
    """Something planned that could not be carried out for an outcome, and why."""

    outcome: str
    what: str
    reason: str


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


def on_scale(evidence: Evidence, outcome: Outcome, scale: two_by_two.Scale) -> Estimate:
    """Return the effect as a ratio of levels ("relative") or of odds ("odds")."""
    changes = evaluation.changes_of(evidence, outcome)
    return two_by_two.relative_effect(changes, scale, evidence.study.inference.confidence)


def reached_measure(outcome: Outcome) -> str:
    """Return what is counted as reached: all processes for continuity, else investigations."""
    return "reached" if outcome.family == "continuity" else "reached_investigated"


def reached_cells(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return the cells of what the pilot's units handled, `total` of `n`."""
    return evidence.of(reached_measure(outcome))


def take_up(evidence: Evidence, outcome: Outcome) -> Changes:
    """Return, by area, the share that the pilot's units handled, before and after the start."""
    plan, cells = evidence.study, reached_cells(evidence, outcome).assign(measure=outcome.id)
    levels = did.levels_from_cells(
        cells, outcome.id, "andel", evidence.period.months, plan.timeline.pre_years,
        evidence.wash_in_years, (evidence.period.year,),
    )  # fmt: skip
    return did.collapse(levels, plan.inference.weighting)


def effect_per_reached(evidence: Evidence, outcome: Outcome) -> compliance.ComplierEffect:
    """Return the effect per child that the pilot's units reached, if only those are affected."""
    changes, reached = evaluation.changes_of(evidence, outcome), take_up(evidence, outcome)
    return compliance.complier_effect(changes, reached, evidence.study.inference.confidence)


def without_contract(evidence: Evidence, outcome: Outcome) -> Estimate:
    """Return a primary effect without the children served under the social outcome contract.

    Their matters are left out in every year and in both arms, by the plan's headline method.
    """
    plan, years = evidence.study, (evidence.period.year,)
    cells = evidence.of(f"{outcome.id}:contract=without").assign(measure=outcome.id)
    try:
        levels = evaluation.levels_of(evidence, outcome, years, cells=cells)
        changes = did.collapse(levels, plan.inference.weighting)
    except DesignError as problem:
        return undefined(outcome.id, outcome.unit, plan.inference.headline, str(problem))
    return inference.EVERY[plan.inference.headline](changes, plan.inference.confidence)


def carried_to(evidence: Evidence, outcome: Outcome, target: pd.Series) -> transport.Transported:
    """Return the effect with another district's mix of sexes and ages.

    Parameters
    ----------
    target : children by `sex` and `age_group`, its index.

    Raises
    ------
    DesignError : an outcome that waits for a return is not yet mature, or as `transport`.
    """
    strata = specifications.strata_of(evidence, outcome, _shares_of_mature(evidence, outcome))
    largest = 1.0 if outcome.kind == "share" else float("nan")
    confidence = evidence.study.inference.confidence
    return transport.transport(strata, target, confidence, largest_effect=largest)


def _shares_of_mature(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return cells whose mean is the outcome; of a return, those followed to the window's end."""
    cells = evidence.of(outcome.id)
    if outcome.id not in evaluation.WAITING:
        return cells
    definitions = evidence.study.definitions
    if evaluation.follow_up_share(evidence, outcome) < definitions.mature_share:
        raise DesignError(f"{outcome.id}: too little follow-up for plain shares")
    days = definitions.follow_up_days
    followed = cells[(cells["level"] != "censored") | (cells["time"] >= days)]
    returned = (followed["level"] == "return") & (followed["time"] <= days)
    total = followed["n"].where(returned, 0.0)
    return followed.assign(total=total, total_sq=total)


def doubly_robust_check(evidence: Evidence, outcome: Outcome) -> Estimate:
    """Return the doubly robust estimate over sex and age, for a share that waits for nothing."""
    return doubly_robust.doubly_robust(
        specifications.strata_of(evidence, outcome), evidence.study.inference.confidence
    )


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
    skipped = specifications.ladder(evidence, outcome).skipped
    return (*checks, *(Missing(outcome.id, f"{axis}: {what}", why) for axis, what, why in skipped))


def _levels(evidence: Evidence, outcome: Outcome) -> Levels:
    return evaluation.levels_of(evidence, outcome, (evidence.period.year,))
