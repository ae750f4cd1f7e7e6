"""The analysis plan, carried out in order, for one outcome: cells in, effects out.

The plan decides, not the result: the headline method, the weighting, the windows and what counts
as enough follow-up all come from `study.yaml`. A cluster-robust figure is only ever a check.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from math import isnan, nan

import pandas as pd

from evalkit.errors import DesignError
from evalkit.estimation import (
    detrending,
    did,
    event_study,
    inference,
    power,
    survival,
)
from evalkit.estimation.survival import Maturity
from evalkit.evidence import Evidence
from evalkit.plan import Outcome, Study
from evalkit.results import Changes, Effect, Estimate, Levels, undefined

WAITING = ("R1", "R2", "R3")


def evaluate(evidence: Evidence, outcome: Outcome, *, window: int | None = None) -> Effect:
    """Return the effect on an outcome in the reported period.

    `window` is the follow-up in days for outcomes that wait for a return; the plan's when not
    given. Too little follow-up gives the status "immature", an impossible design
    "not_estimable", both without numbers and with the reason.
    """
    return _evaluate(evidence, outcome, window)


@lru_cache(maxsize=512)
def _evaluate(evidence: Evidence, outcome: Outcome, window: int | None) -> Effect:
    study, period = evidence.study, evidence.period
    share = follow_up_share(evidence, outcome, window)
    if isnan(share):
        return _without_numbers(evidence, outcome, "not_estimable", "an arm has no units", share)
    if share < study.definitions.least_mature_share:
        return _without_numbers(evidence, outcome, "immature", "too little follow-up", share)
    try:
        levels = levels_of(evidence, outcome, (period.year,), window=window)
        changes = did.collapse(levels, study.inference.weighting)
    except DesignError as problem:
        return _without_numbers(evidence, outcome, "not_estimable", str(problem), share)
    checks = (
        did.two_way_fixed_effects(levels),
        event_study.pre_trend(levels),
        _detrended(levels, study),
    )
    return _effect(study, outcome, period.label, (period.year,), changes, checks, share)


@lru_cache(maxsize=128)
def evaluate_to_date(evidence: Evidence, outcome: Outcome) -> Effect:
    """Return the effect pooled over all periods after the wash-in whose follow-up is mature.

    Each period's change is taken against its own season-matched years before; the periods weigh
    as many cases as the treated areas had in them.
    """
    study = evidence.study
    mature = [
        period
        for period in evidence.post_periods
        if follow_up_share(evidence.at(period), outcome) >= study.definitions.least_mature_share
    ]
    if not mature:
        share = follow_up_share(evidence, outcome)
        return _without_numbers(evidence, outcome, "immature", "no mature period yet", share)
    try:
        each = [changes_of(evidence.at(period), outcome) for period in mature]
    except DesignError as problem:
        return _without_numbers(evidence, outcome, "not_estimable", str(problem), nan)
    weights = [float(changes.n_post[changes.treated].sum()) for changes in each]
    pooled = did.pool(each, [weight / sum(weights) for weight in weights])
    share = min(follow_up_share(evidence.at(period), outcome) for period in mature)
    label = " och ".join(period.label for period in mature)
    years = tuple(period.year for period in mature)
    first = evidence.at(mature[0])
    trend = event_study.pre_trend(levels_of(first, outcome, (mature[0].year,)))
    return _effect(study, outcome, label, years, pooled, (trend,), share)


def levels_of(
    evidence: Evidence,
    outcome: Outcome,
    post_years: Sequence[int],
    *,
    window: int | None = None,
    cells: pd.DataFrame | None = None,
) -> Levels:
    """Return an outcome's level per area and year, the months matched to the reported period.

    `cells` narrows the cells to a part (one sex, say); all of the outcome's when not given.
    """
    if cells is None:
        return _levels_of_all(evidence, outcome, tuple(post_years), window)
    return _levels_of(evidence, outcome, cells, post_years, window)


@lru_cache(maxsize=512)
def _levels_of_all(
    evidence: Evidence, outcome: Outcome, post_years: tuple[int, ...], window: int | None
) -> Levels:
    return _levels_of(evidence, outcome, evidence.of(outcome.id), post_years, window)


def _levels_of(
    evidence: Evidence,
    outcome: Outcome,
    cells: pd.DataFrame,
    post_years: Sequence[int],
    window: int | None,
) -> Levels:
    pre, wash_in = evidence.study.timeline.pre_years, evidence.wash_in_years
    return levels_at(
        evidence, outcome, cells, evidence.period.months, pre, wash_in, post_years, window
    )


def levels_at(
    evidence: Evidence,
    outcome: Outcome,
    cells: pd.DataFrame,
    months: Sequence[int],
    pre: Sequence[int],
    wash_in: Sequence[int],
    post: Sequence[int],
    window: int | None = None,
) -> Levels:
    """Return an outcome's level per area and point in time, as its kind is measured.

    The points are years, or what `estimation.time_grain` has made of them.
    """
    study = evidence.study
    _every_area_has_units(evidence, cells, outcome)
    spans = (tuple(months), pre, wash_in, post)
    if outcome.id in WAITING:
        days = window or study.definitions.follow_up_days
        levels = survival.incidence_levels(as_risk(cells), outcome.id, outcome.unit, days, *spans)
    else:
        levels = did.levels_from_cells(cells, outcome.id, outcome.unit, *spans)
    if levels.within is None:
        return levels
    return replace(levels, within=levels.within * study.inference.design_effect)


def changes_of(evidence: Evidence, outcome: Outcome) -> Changes:
    """Return the areas' changes from which the headline of the reported period is made."""
    levels = levels_of(evidence, outcome, (evidence.period.year,))
    return did.collapse(levels, evidence.study.inference.weighting)


def history(evidence: Evidence, outcome: Outcome, *, window: int | None = None) -> Levels:
    """Return the levels of every year that the report covers, wash-in and later years included."""
    years = {period.year for period in evidence.post_periods} | {evidence.period.year}
    after = tuple(sorted(years - set(evidence.wash_in_years)))
    return levels_of(evidence, outcome, after, window=window)


def expected_levels(evidence: Evidence, levels: Levels) -> dict[int, float]:
    """Return what the treated areas were expected at, for each year from the wash-in on.

    By the definition that the headline estimate uses, so that text, table and figure agree. NaN
    for a year in which, or before which, some area has no level.
    """
    years = (*levels.wash_in_years, *levels.post_years)
    return {year: _expected_level(evidence, levels, year) for year in years}


def _expected_level(evidence: Evidence, levels: Levels, year: int) -> float:
    try:
        changes = did.collapse(levels, evidence.study.inference.weighting, (year,))
    except DesignError:
        return nan
    return did.counterfactual(changes)[1]


def yearly_effects(
    evidence: Evidence, outcome: Outcome, *, window: int | None = None
) -> tuple[Estimate, ...]:
    """Return the event study: one estimate per year against the plan's reference year."""
    levels = history(evidence, outcome, window=window)
    inference_plan, timeline = evidence.study.inference, evidence.study.timeline
    return event_study.event_study(levels, timeline.reference_year, inference_plan.confidence)


def follow_up(evidence: Evidence, outcome: Outcome, window: int) -> dict[bool, Maturity]:
    """Return how mature the follow-up is in each arm (True: treated) in the reported period."""
    cells = evidence.in_period(f"{outcome.id}_follow_up")
    return {arm: survival.maturity(cells[cells["treated"] == arm], window) for arm in (True, False)}


def follow_up_share(evidence: Evidence, outcome: Outcome, window: int | None = None) -> float:
    """Return the least share of units, over the arms, whose window can be seen to its end."""
    if outcome.id in WAITING:
        days = window or evidence.study.definitions.follow_up_days
        return min(arm.share for arm in follow_up(evidence, outcome, days).values())
    if outcome.id != "U1":
        return 1.0
    sums = evidence.in_period("U1_mature").groupby("treated")[["n", "total"]].sum()
    return float((sums["total"] / sums["n"]).min()) if len(sums) else 0.0


def followed_by(evidence: Evidence, outcome: Outcome, share: float) -> int:
    """Return the last day of the longest window to which `share` of each arm can be followed."""
    cells = evidence.in_period(f"{outcome.id}_follow_up")
    days = []
    for _, arm in cells.groupby("treated"):
        waiting = arm.groupby("time")["n"].sum().sort_index(ascending=False).cumsum()
        days.append(int(waiting.index[waiting >= share * waiting.iloc[-1]].max()))
    return min(days, default=0)


def longest_mature_window(evidence: Evidence, outcome: Outcome) -> int | None:
    """Return the longest planned window that the reported period can be judged on, if any."""
    least = evidence.study.definitions.least_mature_share
    windows = sorted(evidence.study.definitions.follow_up_windows, reverse=True)
    shares = ((days, follow_up_share(evidence, outcome, days)) for days in windows)
    return next((days for days, share in shares if share >= least), None)


def as_risk(cells: pd.DataFrame) -> pd.DataFrame:
    """Return waiting-time cells in the words of `estimation.survival`: the level is the status."""
    return cells.rename(columns={"level": "status"})


def left_out(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return the areas and years whose published figure is missing, with the reason as `level`.

    Such an area is left out of every year's comparison; with extracts there are none.
    """
    return evidence.of(f"left_out:{outcome.id}")


def _every_area_has_units(evidence: Evidence, cells: pd.DataFrame, outcome: Outcome) -> None:
    """Refuse an area that falls silently out of the comparison, or into it."""
    gone, study = set(left_out(evidence, outcome)["area"]), evidence.study
    lacking = gone & set(study.areas.treated)
    if lacking:
        raise DesignError(
            f"{outcome.id}: {len(lacking)} of {len(study.areas.treated)} treated areas lack a "
            "published figure in some year; without it there is nothing to compare"
        )
    planned, counted = set(study.areas.all) - gone, set(cells["area"])
    if planned - counted:
        raise DesignError(
            f"{outcome.id}: {len(planned - counted)} of {len(planned)} areas have no units in any "
            "year; leave them out of the plan, or mend the extracts"
        )
    if counted - planned:
        raise DesignError(
            f"{outcome.id}: {len(counted - planned)} areas in the cells are not in the plan; make "
            "the cells again"
        )


def _detrended(levels: Levels, study: Study) -> Estimate:
    """Return the headline method on changes from each area's own trend before the start."""
    plan = study.inference
    try:
        changes = detrending.detrended(levels)
    except DesignError as problem:
        return undefined(levels.outcome, levels.unit, "detrended", str(problem))
    estimate = inference.EVERY[plan.headline](changes, plan.confidence)
    return replace(estimate, method="detrended")


def _effect(
    study: Study,
    outcome: Outcome,
    label: str,
    years: tuple[int, ...],
    changes: Changes,
    checks: tuple[Estimate, ...],
    share: float,
) -> Effect:
    plan = study.inference
    headline = inference.EVERY[plan.headline](changes, plan.confidence)
    observed, expected = did.counterfactual(changes)
    return Effect(
        outcome=outcome.id,
        label=label,
        years=years,
        status="estimated",
        headline=headline,
        checks=tuple(inference.EVERY[name](changes, plan.confidence) for name in plan.checks)
        + checks,
        observed=observed,
        counterfactual=expected,
        relative=headline.estimate / expected if expected else nan,
        minimum_detectable=power.detectable_by(headline, changes, confidence=plan.confidence),
        mature=share,
        n_treated=round(changes.n_post[changes.treated].sum()),
    )


def _without_numbers(
    evidence: Evidence, outcome: Outcome, status: str, reason: str, share: float
) -> Effect:
    method = evidence.study.inference.headline
    return Effect(
        outcome=outcome.id,
        label=evidence.period.label,
        years=(evidence.period.year,),
        status=status,
        headline=undefined(outcome.id, outcome.unit, method, reason),
        checks=(),
        observed=nan,
        counterfactual=nan,
        relative=nan,
        minimum_detectable=nan,
        mature=share,
        n_treated=0,
        reason=reason,
    )
