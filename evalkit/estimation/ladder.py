"""The specification ladder: one question answered under many defensible choices.

A rung is one way of making the areas' changes (window, merge gap, wash-in, season, weights, trend,
areas left out). All rungs are judged by one method, together by a permutation of the treated areas
through every rung at once, and by how few of them turn the conclusion.

Source: Simonsohn, Simmons & Nelson (2020), Specification curve analysis, Nature Human Behaviour 4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb, nan
from typing import Literal

import numpy as np
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.contrast import ROUNDING
from evalkit.estimation.inference import MOST_PLACEMENTS, exact_t
from evalkit.results import Changes, Estimate

Side = Literal["below", "across", "above", "unknown"]


@dataclass(frozen=True, slots=True)
class Rung:
    """One specification: the choice that it varies (`axis`), what was chosen, and the changes."""

    axis: str
    label: str
    changes: Changes
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Step:
    """What one rung says; `side` tells where its interval lies from the threshold."""

    axis: str
    label: str
    estimate: Estimate
    side: Side


@dataclass(frozen=True, slots=True)
class Reversals:
    """The rungs that say something else than the main one, and those that cannot say."""

    main: Step
    changed: tuple[Step, ...]
    unknown: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Joint inference on the whole ladder by exact permutation of the treated areas.

    `median` of the rungs' estimates (in the outcome's unit), `same_sign` the larger share of rungs
    on one side of zero, `significant` the larger share significant on one side; each with the
    share of the `placements` that reach at least as far. NaN, with a `reason`, where undefined.
    """

    median: float
    same_sign: float
    significant: float
    p_median: float
    p_same_sign: float
    p_significant: float
    placements: int
    reason: str


@dataclass(frozen=True, slots=True)
class Resamples:
    """Estimates of every rung under resampled areas: `estimates` is draws by rungs.

    NaN where a rung lacks the area drawn in a treated area's place, or every comparison area.
    """

    labels: tuple[str, ...]
    estimates: np.ndarray

    @property
    def std_error(self) -> np.ndarray:
        """Each rung's standard deviation over the draws."""
        return np.nanstd(self.estimates, axis=0, ddof=1)


@dataclass(frozen=True, slots=True)
class _Grid:
    """All rungs on the same areas: `change` (rungs by areas, 0 where absent), `present`, arms."""

    change: np.ndarray
    present: np.ndarray
    treated: np.ndarray


def climb(
    rungs: Sequence[Rung],
    method: Callable[[Changes, float], Estimate] = exact_t,
    threshold: float = 0.0,
) -> tuple[Step, ...]:
    """Return what every rung says by one method, in the order given.

    Parameters
    ----------
    threshold : what an interval must clear to take a side, in the outcome's unit.
    """
    steps = []
    for rung in rungs:
        found = method(rung.changes, rung.confidence)
        estimate = replace(found, term=f"{rung.axis}: {rung.label}")
        steps.append(Step(rung.axis, rung.label, estimate, _side(estimate, threshold)))
    return tuple(steps)


def reversals(steps: Sequence[Step], main: int = 0) -> Reversals:
    """Return what would have to be true for the conclusion to change.

    Parameters
    ----------
    main : place of the planned rung among the steps.

    Raises
    ------
    DesignError : there is no such rung, or it has no interval to compare with.
    """
    if not 0 <= main < len(steps):
        raise DesignError(f"ladder: no rung {main} among {len(steps)}")
    planned = steps[main]
    if planned.side == "unknown":
        raise DesignError(f"ladder: the main rung has no interval: {planned.estimate.reason}")
    others = [step for place, step in enumerate(steps) if place != main]
    unknown = tuple(step for step in others if step.side == "unknown")
    changed = tuple(step for step in others if step.side not in ("unknown", planned.side))
    return Reversals(planned, changed, unknown)


def specification_curve(rungs: Sequence[Rung]) -> Curve:
    """Return the joint test of no effect over all rungs, by every placement of the treated areas.

    Significant means by the exact t at the rung's own confidence. A placement in an area that a
    rung leaves out takes no account of that rung. Assumes what `inference.permutation` does; the
    realised placement counts, so no p-value is below 1 / placements.

    Raises
    ------
    DesignError : no rungs, or rungs of other outcomes, units or treated areas.
    """
    grid = _grid(rungs)
    k, n_areas = int(grid.treated.sum()), len(grid.treated)
    placements = comb(n_areas, k)
    reason = ""
    if placements > MOST_PLACEMENTS:
        reason = f"{placements} placements are too many"
    elif np.isnan(grid.change).any():
        reason = f"{int(np.isnan(grid.change).any(axis=1).sum())} rungs have an area without change"
    if reason:
        return Curve(nan, nan, nan, nan, nan, nan, placements, reason)
    estimates, p_values = _everywhere(grid, _placements(grid.treated))
    level = np.array([[1 - rung.confidence] for rung in rungs])
    statistics = _statistics(estimates, p_values <= level, _rounding(grid))
    p_median, p_same_sign, p_significant = (_share_as_large(one) for one in statistics)
    return Curve(
        float(np.nanmedian(estimates[:, 0])), float(statistics[1][0]), float(statistics[2][0]),
        p_median, p_same_sign, p_significant,
        placements, f"smallest possible p-value 1/{placements}",
    )  # fmt: skip


def resample(rungs: Sequence[Rung], draws: int, seed: int) -> Resamples:
    """Return every rung's estimate under the same resamples of areas, in one matrix product.

    The comparison mean is that of as many comparison areas drawn with replacement. The treated
    areas' own chance, of which one area says nothing, is drawn from the comparison areas'
    deviations from their mean, as the exact t takes both from the same spread; deviations are
    scaled by sqrt(m / (m - 1)). Drawn alike in all rungs, so that rungs may be compared.

    Raises
    ------
    DesignError : as `specification_curve`; fewer than two comparison areas in a rung.
    """
    grid = _grid(rungs)
    present, k = grid.present[:, ~grid.treated], int(grid.treated.sum())
    change, m = grid.change[:, ~grid.treated], present.sum(axis=1)
    if m.min() < 2:
        raise DesignError("ladder: a rung has fewer than two comparison areas to resample")
    mean = change.sum(axis=1) / m
    scale = np.sqrt(m / (m - 1))[:, None]
    deviation = np.where(present, (change - mean[:, None]) * scale, 0.0)
    observed = grid.change[:, grid.treated].mean(axis=1) - mean
    sums, counts = _drawn(deviation, present, k, draws, seed)
    with np.errstate(invalid="ignore"):
        noise = sums[0] / np.where(counts[0] == k, k, nan) - sums[1] / counts[1]
    return Resamples(tuple(f"{rung.axis}: {rung.label}" for rung in rungs), observed + noise)


def _drawn(
    deviation: np.ndarray, present: np.ndarray, k: int, draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return sums and counts (2 x draws x rungs): of k areas drawn, and of all but the treated."""
    n_rungs, m = deviation.shape
    random, even = np.random.default_rng(seed), np.full(m, 1 / m)
    times = np.concatenate([random.multinomial(size, even, size=draws) for size in (k, m)])
    product = times.astype(float) @ np.concatenate([deviation, present]).T
    product = product.reshape(2, draws, 2 * n_rungs)
    return product[..., :n_rungs], product[..., n_rungs:]


def _side(estimate: Estimate, threshold: float) -> Side:
    if np.isnan(estimate.conf_low) or np.isnan(estimate.conf_high):
        return "unknown"
    if estimate.conf_high < threshold:
        return "below"
    return "above" if estimate.conf_low > threshold else "across"


def _grid(rungs: Sequence[Rung]) -> _Grid:
    if not rungs:
        raise DesignError("ladder: no rungs; a ladder needs at least one")
    first = rungs[0].changes
    names = {area for rung in rungs for area in rung.changes.areas}
    treated = _treated(first)
    for rung in rungs:
        same = (rung.changes.outcome, rung.changes.unit) == (first.outcome, first.unit)
        if not same or _treated(rung.changes) != treated:
            raise DesignError(
                f"{first.outcome}: every rung must have the same outcome, unit and treated areas"
            )
    areas = sorted(names)
    place = {area: index for index, area in enumerate(areas)}
    change, present = np.zeros((2, len(rungs), len(areas)))
    for row, rung in enumerate(rungs):
        columns = [place[area] for area in rung.changes.areas]
        change[row, columns] = rung.changes.change
        present[row, columns] = 1.0
    return _Grid(change, present, np.array([area in treated for area in areas]))


def _treated(changes: Changes) -> set[str]:
    return {area for area, arm in zip(changes.areas, changes.treated, strict=True) if arm}


def _placements(treated: np.ndarray) -> np.ndarray:
    """Return areas by placements, 1.0 where treated; the realised one first."""
    k, n_areas = int(treated.sum()), len(treated)
    chosen = np.array(list(combinations(range(n_areas), k)))
    matrix = np.zeros((n_areas, len(chosen)))
    matrix[chosen.T, np.arange(len(chosen))] = 1.0
    realised = int(np.flatnonzero((treated == matrix.T).all(axis=1))[0])
    order = [realised, *(i for i in range(len(chosen)) if i != realised)]
    return matrix[:, order]


def _everywhere(grid: _Grid, placements: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact t's estimates and p-values, rungs by placements; NaN where there is none."""
    k = placements[:, 0].sum()
    mean = grid.change.sum(axis=1, keepdims=True) / grid.present.sum(axis=1, keepdims=True)
    both = (grid.change - mean) * grid.present  # centred: sums of squares then lose no digits
    inside, sums = grid.present @ placements, both @ placements
    m = grid.present.sum(axis=1, keepdims=True) - inside
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = np.where((inside == k) & (m > 0), 1.0, nan)
        other = both.sum(axis=1, keepdims=True) - sums
        within = (both**2).sum(axis=1, keepdims=True) - sums**2 / k - other**2 / m
        df = np.where(k + m - 2 > 0, k + m - 2, nan)
        error = np.sqrt(np.maximum(within, 0.0) / df * (1 / k + 1 / m))
        error = np.where(error > _rounding(grid), error, nan)
        estimates = whole * (sums / k - other / m)
        p_values = 2 * stats.t.sf(np.abs(estimates) / error, df)
    return estimates, p_values


def _statistics(
    estimates: np.ndarray, significant: np.ndarray, rounding: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return by placement: |median|, share on the fuller side, share significant on one side."""
    known = (~np.isnan(estimates)).sum(axis=0)
    up, down = estimates > rounding, estimates < -rounding
    same_sign = np.maximum(up.sum(axis=0), down.sum(axis=0)) / known
    sides = ((up & significant).sum(axis=0), (down & significant).sum(axis=0))
    return np.abs(np.nanmedian(estimates, axis=0)), same_sign, np.maximum(*sides) / known


def _share_as_large(statistic: np.ndarray) -> float:
    return float((statistic >= statistic[0] * (1 - 1e-9) - ROUNDING * statistic.max()).mean())


def _rounding(grid: _Grid) -> float:
    return ROUNDING * float(np.abs(grid.change).max())
