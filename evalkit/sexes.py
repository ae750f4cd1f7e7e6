"""Girls and boys compared: what their mix explains, what is left, and whether the pilot moved it.

A gap that is left between children of the same age and reason is a question to answer, not a
finding: what the cells do not hold, such as the need itself, may explain it.
"""

from dataclasses import dataclass, replace
from math import nan

import numpy as np
import pandas as pd

from evalkit import evaluation
from evalkit.data.counting import REASONS
from evalkit.errors import DesignError
from evalkit.estimation import did, inference, power, survival
from evalkit.estimation.decomposition import Decomposition, kitagawa, share_variance
from evalkit.estimation.decomposition import undefined as not_decomposed
from evalkit.evaluation import WAITING
from evalkit.evidence import Evidence
from evalkit.plan import Outcome
from evalkit.results import Changes, Estimate, undefined

GIRLS, BOYS = "flicka", "pojke"
FEWEST = 2  # units of each sex in a stratum: one has no variance
# From fine to coarse; the first that has both sexes everywhere is used.
MIXES = (("age_group", "reason"), ("age_group",), ())


@dataclass(frozen=True, slots=True)
class Gap:
    """Girls' level minus boys' in one arm in the period; `strata` name what it is adjusted for."""

    decomposition: Decomposition
    strata: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GapChange:
    """How much more the gap changed in the treated areas than elsewhere, and what was findable."""

    estimate: Estimate
    minimum_detectable: float


def gap(evidence: Evidence, outcome: Outcome, *, treated: bool, window: int | None = None) -> Gap:
    """Return the gap between girls and boys in one arm, decomposed as finely as both allow.

    Without strata in common, nothing is adjusted for and the parts are NaN, with the reason.
    """
    cells = _with_reason(evidence, outcome)
    own = cells[(cells["treated"] == treated) & cells["month"].isin(evidence.period.months)]
    reason = ""
    for mix in MIXES:
        girls, boys = (
            _strata(own[own["sex"] == sex], evidence, outcome, mix, window) for sex in (GIRLS, BOYS)
        )
        if min(len(girls), len(boys)) == 0:
            return Gap(not_decomposed(nan, 0.0, 0.0, "one of the sexes is not there"), ())
        found = kitagawa(girls, boys, evidence.study.inference.confidence)
        reason = found.reason or "fewer than two of a sex in a stratum"
        if not found.reason and min(girls["n"].min(), boys["n"].min()) >= FEWEST:
            return Gap(found if mix else _unadjusted(found), mix)
    return Gap(not_decomposed(nan, 0.0, 0.0, reason), ())


def gap_change(evidence: Evidence, outcome: Outcome, *, window: int | None = None) -> GapChange:
    """Return the change of the gap in the treated areas beyond that of the others.

    The headline method on each area's change among girls less that among boys: a difference in
    differences in differences. Undefined, with the reason, where an area lacks girls or boys.
    """
    plan = evidence.study.inference
    try:
        girls, boys = (_changes(evidence, outcome, sex, window) for sex in (GIRLS, BOYS))
    except DesignError as problem:
        nothing = undefined(outcome.id, outcome.unit, plan.headline, str(problem))
        return GapChange(nothing, nan)
    between = _less(girls, boys)
    estimate = inference.EVERY[plan.headline](between, plan.confidence)
    found = power.detectable_by(estimate, between, confidence=plan.confidence)
    return GapChange(estimate, found)


def _with_reason(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return the outcome's cells of the period with the matter's `reason`."""
    parts = {name: evidence.in_period(f"{outcome.id}:reason={name}") for name in REASONS}
    known = [cells.assign(reason=name) for name, cells in parts.items()]
    found = pd.concat(known, ignore_index=True)
    return found if len(found) else evidence.in_period(outcome.id).assign(reason="")


def _strata(
    cells: pd.DataFrame,
    evidence: Evidence,
    outcome: Outcome,
    mix: tuple[str, ...],
    window: int | None,
) -> pd.DataFrame:
    """Return one sex's units, level and variance by stratum, with the plan's design effect."""
    keyed = cells.assign(everybody="")
    grouped = keyed.groupby(list(mix) or ["everybody"])
    rows = {stratum: _summed(part, evidence, outcome, window) for stratum, part in grouped}
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["n", "level", "variance"])
    if outcome.kind == "share":
        frame["variance"] = share_variance(frame["level"], frame["n"], max(len(frame), 1))
    frame["variance"] *= evidence.study.inference.design_effect
    return frame


def _summed(
    cells: pd.DataFrame, evidence: Evidence, outcome: Outcome, window: int | None
) -> tuple[float, float, float]:
    """Return the units, their level and the variance between them; NaN where it has none."""
    n = float(cells["n"].sum())
    if outcome.id in WAITING:
        days = window or evidence.study.definitions.follow_up_days
        found = survival.cumulative_incidence(evaluation.as_risk(cells), days)
        return n, found.at(days), nan
    total, squares = float(cells["total"].sum()), float(cells["total_sq"].sum())
    if n < FEWEST:
        return n, total / n if n else nan, nan
    return n, total / n, max(squares - total**2 / n, 0.0) / (n - 1)


def _changes(evidence: Evidence, outcome: Outcome, sex: str, window: int | None) -> Changes:
    cells = evidence.of(outcome.id)
    own = cells[cells["sex"] == sex]
    years = (evidence.period.year,)
    levels = evaluation.levels_of(evidence, outcome, years, window=window, cells=own)
    return did.collapse(levels, evidence.study.inference.weighting)


def _less(girls: Changes, boys: Changes) -> Changes:
    """Return girls' changes less boys'; the variances add up, the children being others."""
    return replace(
        girls,
        pre=girls.pre - boys.pre,
        post=girls.post - boys.post,
        n_pre=girls.n_pre + boys.n_pre,
        n_post=girls.n_post + boys.n_post,
        var_pre=_both(girls.var_pre, boys.var_pre),
        var_post=_both(girls.var_post, boys.var_post),
    )


def _both(one: np.ndarray | None, other: np.ndarray | None) -> np.ndarray | None:
    return None if one is None or other is None else one + other


def _unadjusted(found: Decomposition) -> Decomposition:
    reason = "the sexes have no strata in common; nothing is adjusted for"
    limited = not_decomposed(found.gap, found.n_first, found.n_second, reason)
    return replace(limited, gap_low=found.gap_low, gap_high=found.gap_high)
