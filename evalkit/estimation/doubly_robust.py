"""Doubly robust difference-in-differences for repeated cross-sections: a check of the estimate.

Children before and after the start are different children. The estimator weighs the comparison
children by how much they look like the treated ones and models their outcome as well, and is right
when either model is. Its standard error counts every child as independent and cannot see how areas
drift apart: with one treated area it is not valid, and `reason` says so. The estimate is the check.

Strata make both models saturated. The logit then gives each stratum's share treated and the
regressions its mean, so that the improved estimator (inverse probability tilting and weighted least
squares) is the same number; only the traditional one is here.

Source: Sant'Anna & Zhao (2020), Journal of Econometrics 219(1), 101-122, equation (3.4). The
influence function is the estimate's derivative in each unit's weight. R's DRDID, before 1.2.3 and
after, adds the error of the comparison regression before the start with the opposite sign, so its
error differs a little (docs/methods.md).
"""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from scipy import special, stats

from evalkit.errors import DesignError
from evalkit.estimation.composition import Strata
from evalkit.estimation.contrast import ROUNDING
from evalkit.results import Estimate, undefined

# A comparison unit this certain to be treated would get a weight of 200 and more.
NO_OVERLAP = 0.995
_STEPS = 50
# Who each of the four regressions is fitted to: (treated, post).
_ARMS = ((False, False), (False, True), (True, False), (True, True))


@dataclass(frozen=True, slots=True)
class Rows:
    """Units, or rows that each stand for `counts` equal units, all of length r.

    `y` the outcome, `post` and `treated` bool, `covariates` r by p with the constant included.
    """

    y: np.ndarray
    post: np.ndarray
    treated: np.ndarray
    covariates: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True, slots=True)
class DoublyRobust:
    """The effect on the treated in the outcome's unit, and its error if units were independent.

    `influence` (length r) is each row's; `std_error` is sqrt(sum of counts * influence^2) / n.
    """

    att: float
    std_error: float
    n: float
    influence: np.ndarray
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Term:
    """sign * E[weight * gap] / E[weight], with gap = seen * y + sum over arms of slope * fit."""

    sign: int
    weight: np.ndarray
    seen: bool
    slopes: dict[tuple[bool, bool], int]


def doubly_robust(strata: Strata, confidence: float = 0.95) -> Estimate:
    """Return the doubly robust estimate of a share from strata of cells, with normal limits.

    The point estimate is a check of the headline; `reason` says why the error is none.

    Raises
    ------
    DesignError : as in `rows_from_strata`.
    """
    outcome, unit = strata.levels.outcome, strata.levels.unit
    areas = strata.levels.frame.groupby("area")["treated"].first()
    found = locally_efficient(rows_from_strata(strata))
    if found.reason:
        return undefined(
            outcome, unit, "doubly_robust", found.reason, n=round(found.n), n_areas=len(areas)
        )
    reach = float(stats.norm.ppf((1 + confidence) / 2)) * found.std_error
    p_value = float(2 * stats.norm.sf(abs(found.att) / found.std_error))
    number = "one treated area" if areas.sum() == 1 else "area shocks"
    return Estimate(
        outcome, "att", found.att, found.std_error, p_value, found.att - reach, found.att + reach,
        unit, "doubly_robust", round(found.n), len(areas),
        f"not valid with {number}: units counted as independent; the estimate is the check",
    )  # fmt: skip


def rows_from_strata(strata: Strata) -> Rows:
    """Return a share's yes and no by arm, side and stratum, a dummy for each stratum.

    Strata without treated units say nothing of the effect on the treated and are left out.

    Raises
    ------
    DesignError : the outcome is not a share, or a stratum with treated units lacks units before or
        after the start in some arm.
    """
    n, yes = _by_arm(strata)
    if ((yes < 0) | (yes > n)).any():
        raise DesignError(
            f"{strata.levels.outcome}: doubly robust from cells needs a share, sums of 0 and 1"
        )
    used = (n[2:] > 0).any(axis=0)
    empty = int((n[:, used] == 0).any(axis=0).sum())
    if empty or not used.any():
        raise DesignError(
            f"{strata.levels.outcome}: {empty} of {int(used.sum())} strata with treated units lack "
            "units in an arm before or after the start; merge strata"
        )
    n, yes = n[:, used], yes[:, used]
    kinds, width = len(_ARMS), n.shape[1]
    treated, post = np.repeat(np.array(_ARMS), width, axis=0).T
    return Rows(
        y=np.repeat([1.0, 0.0], kinds * width),
        post=np.tile(post, 2),
        treated=np.tile(treated, 2),
        covariates=np.tile(np.eye(width), (2 * kinds, 1)),
        counts=np.concatenate([yes.ravel(), (n - yes).ravel()]),
    )


def locally_efficient(rows: Rows) -> DoublyRobust:
    """Return the locally efficient doubly robust estimate, equation (3.4).

    A logit for being treated by maximum likelihood and four least-squares regressions of the
    outcome, by arm and side. Undefined, with a reason, when a regression or the logit cannot be
    fitted, or when some comparison units are nearly certain to be treated: these are not trimmed.
    """
    x, counts = rows.covariates, rows.counts
    n = float(counts.sum())
    masks = {arm: (rows.treated == arm[0]) & (rows.post == arm[1]) for arm in _ARMS}
    reason = _unidentified(rows, masks)
    share = np.full(len(counts), nan) if reason else _logit(x, rows.treated, counts)
    if not reason and np.isnan(share).any():
        reason = "the arms differ too much: the logit has no solution"
    alike = int(counts[~rows.treated & (share >= NO_OVERLAP)].sum())
    if alike:
        reason = f"{alike} comparison units are nearly certain to be treated: no overlap"
    if reason:
        return DoublyRobust(nan, nan, n, np.full(len(counts), nan), reason)
    fits = {arm: _least_squares(x, rows.y, counts * mask) for arm, mask in masks.items()}
    att, influence = _estimate(rows, share, fits, masks)
    error = sqrt(float(counts @ influence**2)) / n
    if error <= ROUNDING * np.abs(rows.y).max():
        return DoublyRobust(att, nan, n, influence, "the outcome does not vary")
    return DoublyRobust(att, error, n, influence, "")


def _by_arm(strata: Strata) -> tuple[np.ndarray, np.ndarray]:
    """Return units and sums by (arm and side as in `_ARMS`) and stratum."""
    frame, levels = strata.levels.frame, strata.levels
    sides = {False: levels.pre_years, True: levels.post_years}
    inside = [
        ((frame["treated"] == treated) & frame["year"].isin(list(sides[post]))).to_numpy()
        for treated, post in _ARMS
    ]
    n, total = (
        np.array([table.to_numpy(float)[rows].sum(axis=0) for rows in inside])
        for table in (strata.n, strata.total)
    )
    return n, total


def _unidentified(rows: Rows, masks: dict[tuple[bool, bool], np.ndarray]) -> str:
    width = rows.covariates.shape[1]
    for mask in masks.values():
        held = rows.covariates[mask & (rows.counts > 0)]
        if len(held) < width or np.linalg.matrix_rank(held) < width:
            return "the covariates cannot be told apart within an arm before or after the start"
    return ""


def _logit(x: np.ndarray, treated: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the fitted probability of being treated by row, by Newton's method; NaN if none."""
    beta = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        share = special.expit(x @ beta)
        information = x.T @ (x * (counts * share * (1 - share))[:, None])
        if np.linalg.cond(information) > 1 / np.finfo(float).eps:
            break
        step = np.linalg.solve(information, x.T @ (counts * (treated - share)))
        beta = beta + step
        if np.abs(x @ step).max() < 1e-11:
            return special.expit(x @ beta)
    return np.full(len(x), nan)


def _least_squares(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the fitted outcome of every row from the regression on those with weight."""
    root = np.sqrt(weights)
    return x @ np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]


def _terms(rows: Rows, share: np.ndarray) -> list[_Term]:
    """Return the eight ratios of means that equation (3.4) adds up."""
    odds = share / (1 - share)
    treated, post = rows.treated, rows.post
    terms = []
    for side, sign in ((True, 1), (False, -1)):
        here = post == side
        untreated = {(False, side): -1}
        both = {(True, side): 1, (False, side): -1}
        terms += [
            _Term(sign, (treated & here).astype(float), True, untreated),
            _Term(-sign, odds * (~treated & here), True, untreated),
            _Term(sign, treated.astype(float), False, both),
            _Term(-sign, (treated & here).astype(float), False, both),
        ]
    return terms


def _estimate(
    rows: Rows,
    share: np.ndarray,
    fits: dict[tuple[bool, bool], np.ndarray],
    masks: dict[tuple[bool, bool], np.ndarray],
) -> tuple[float, np.ndarray]:
    """Return the estimate and its influence function, the models' own error included."""
    x, frequency = rows.covariates, rows.counts / rows.counts.sum()
    att, influence = 0.0, np.zeros(len(rows.y))
    slope = {arm: np.zeros(x.shape[1]) for arm in masks}
    tilt = np.zeros(x.shape[1])
    for term in _terms(rows, share):
        gap = term.seen * rows.y + sum(sign * fits[arm] for arm, sign in term.slopes.items())
        weight = term.sign * term.weight / (frequency @ term.weight)
        ratio = term.sign * float(frequency @ (weight * gap))
        att += term.sign * ratio
        influence += weight * (gap - ratio)
        for arm, sign in term.slopes.items():
            slope[arm] += sign * (frequency * weight) @ x
        if term.seen:  # the odds in the comparison units' weights come from the logit
            tilt += (frequency * weight * (gap - ratio) * ~rows.treated) @ x
    for arm, mask in masks.items():
        influence += _linear(x, mask * (rows.y - fits[arm]), mask, frequency) @ slope[arm]
    influence += _linear(x, rows.treated - share, share * (1 - share), frequency) @ tilt
    return att, influence


def _linear(
    x: np.ndarray, residual: np.ndarray, information: np.ndarray, frequency: np.ndarray
) -> np.ndarray:
    """Return the asymptotic linear representation (r by p) of a regression's coefficients."""
    moments = x.T @ (x * (frequency * information)[:, None])
    return (residual[:, None] * x) @ np.linalg.inv(moments)
