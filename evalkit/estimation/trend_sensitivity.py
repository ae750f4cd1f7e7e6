"""How far from parallel trends before the conclusion falls: one treated area, few others.

The restrictions are Rambachan & Roth's; the intervals are exact t of areas' own sums over the
years, so they hold for any number of comparison areas from two on. `rambachan_roth` is the version
for many areas and any event study.

Source: Rambachan & Roth (2023), A more credible approach to parallel trends, Review of Economic
Studies 90(5), 2555-2591, restrictions of section 2.4 and the union of Lemma 2.2; Donald & Lang
(2007) for the t.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf, nan

import numpy as np
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.contrast import Contrast, contrast, estimate_of, no_estimate
from evalkit.estimation.detrending import detrended
from evalkit.results import Changes, Estimate, Levels, undefined

RELATIVE, SMOOTH = "relative_magnitudes", "smoothness"


@dataclass(frozen=True, slots=True)
class _Path:
    """Areas' effect path and steps before the start, and how many steps the effect lies away.

    `effect` is the mean level after the start less that of the last year before it; `steps` (areas
    x steps) the yearly changes before the start; `reach` the mean number of years from the last
    year before the start to the years after it.
    """

    effect: Changes
    steps: np.ndarray
    reach: float

    def shifted(self, step: int, multiple: float) -> Changes:
        """Return the effect less `multiple` times a step, in every area."""
        moved = self.effect.post - multiple * self.steps[:, step]
        return replace(self.effect, post=moved)


def sensitivity(
    levels: Levels, mbars: Sequence[float] = (0, 0.5, 1, 1.5, 2), confidence: float = 0.95
) -> tuple[Estimate, ...]:
    """Return, for each mbar, the interval when yearly drifts apart are bounded by earlier ones.

    Delta^RM: no yearly change after the start, of the arms' difference in the absence of effect,
    exceeds mbar times the largest of those before it. The effect is measured from the last year
    before the start, so with mbar = 0 it is not the headline, whose reference is all years before.

    For step s and sign, the effect lies between E - mbar r D_s and E + mbar r D_s; E is the effect
    measured so, r the mean years it lies away, D_s the step times its sign. Either end is one sum
    over years in each area, so its one-sided limit at (1 - confidence) / 2 is an exact t. The part
    with the true largest step covers; the interval spans all parts. `term` is "mbar=..".

    Raises
    ------
    DesignError : an mbar is negative, an arm is empty, or there is no year after the start.
    """
    if min(mbars, default=0) < 0:
        raise DesignError(f"{levels.outcome}: mbar must not be negative")
    if len(levels.pre_years) < 2:
        reason = "one pre-year: no change before the start to measure by"
        return tuple(_undefined(levels, RELATIVE, f"mbar={mbar:g}", reason) for mbar in mbars)
    path = _path(levels)
    return tuple(_within(path, mbar, confidence) for mbar in mbars)


def breakdown_mbar(levels: Levels, confidence: float = 0.95) -> float:
    """Return the largest mbar at which `sensitivity` excludes no effect.

    In closed form: a limit meets zero where (E - x D)^2 = t^2 se^2(E - x D), a quadratic in x for
    each step. NaN when zero is never excluded or `sensitivity` is undefined; infinite when no step
    ever lets zero in.
    """
    if len(levels.pre_years) < 2:
        return nan
    path = _path(levels)
    found = contrast(path.effect)
    if found.reason or np.isnan(path.steps).any():
        return nan
    critical = float(stats.t.ppf((1 + confidence) / 2, found.df))
    if abs(found.difference) <= critical * found.std_error:
        return nan
    roots = [_zero_crossing(path, step, critical) for step in range(path.steps.shape[1])]
    return min(roots) / path.reach


def smoothness(
    levels: Levels, ms: Sequence[float], confidence: float = 0.95
) -> tuple[Estimate, ...]:
    """Return, for each m, the interval when the drift's slope changes by at most m a year.

    Delta^SD. The estimate is that of changes from each area's straight line before the start
    (`detrended`), which no straight drift biases; m = 0 is its exact t. A bend of at most m at
    every year between the first and the last biases it by at most m times the sum of its absolute
    responses to a bend of one, and the interval is longer by that on either side. m is in the
    outcome's unit a year, a year. `term` is "m=..".

    Raises
    ------
    DesignError : an m is negative, or an arm is empty.
    """
    if min(ms, default=0) < 0:
        raise DesignError(f"{levels.outcome}: m must not be negative")
    reason = _no_line(levels)
    if reason:
        return tuple(_undefined(levels, SMOOTH, f"m={m:g}", reason) for m in ms)
    changes, response = detrended(levels), bend_response(levels)
    found = contrast(changes)
    return tuple(
        replace(_bounded(changes, found, m * response, confidence), term=f"m={m:g}") for m in ms
    )


def bend_response(levels: Levels) -> float:
    """Return how much a bend of one at every year, each at its worst, can bias `detrended`."""
    pre, post = np.array(levels.pre_years, float), np.array(levels.post_years, float)
    centred = pre - pre.mean()
    line = 1 / len(pre) + (post.mean() - pre.mean()) * centred / (centred @ centred)
    weights = np.concatenate([-line, np.full(len(post), 1 / len(post))])
    years = np.concatenate([pre, post])
    inner = np.arange(years.min() + 1, years.max())
    bends = np.maximum(years - inner[:, None], 0.0)
    return float(np.abs(bends @ weights).sum())


def _path(levels: Levels) -> _Path:
    if not levels.post_years:
        raise DesignError(f"{levels.outcome}: no year after the start; give the plan one")
    table = levels.frame.set_index(["area", "year"])[["level", "n"]].unstack()
    level, n = table["level"], table["n"]
    before, after = sorted(levels.pre_years), list(levels.post_years)
    effect = Changes(
        levels.outcome, levels.unit, tuple(level.index), _treated(levels),
        level[before[-1]].to_numpy(float), level[after].to_numpy(float).mean(axis=1),
        n[before].sum(axis=1).to_numpy(float), n[after].sum(axis=1).to_numpy(float),
    )  # fmt: skip
    steps = np.diff(level[before].to_numpy(float), axis=1) / np.diff(before)
    return _Path(effect, steps, float(np.mean(after)) - before[-1])


def _treated(levels: Levels) -> np.ndarray:
    return levels.frame.groupby("area")["treated"].first().to_numpy(bool)


def _within(path: _Path, mbar: float, confidence: float) -> Estimate:
    middle = contrast(path.effect)
    parts = [contrast(path.shifted(*part)) for part in _parts(path, mbar)]
    problem = next((found.reason for found in (middle, *parts) if found.reason), "")
    if problem:
        return replace(no_estimate(path.effect, RELATIVE, problem), term=f"mbar={mbar:g}")
    critical = float(stats.t.ppf((1 + confidence) / 2, middle.df))
    low = min(part.difference - critical * part.std_error for part in parts)
    high = max(part.difference + critical * part.std_error for part in parts)
    reason = f"yearly changes at most {mbar:g} times the largest before the start"
    found = estimate_of(
        path.effect, RELATIVE, middle.difference, _p_value(parts), (low, high), reason,
        middle.std_error,
    )  # fmt: skip
    return replace(found, term=f"mbar={mbar:g}")


def _parts(path: _Path, mbar: float) -> Iterator[tuple[int, float]]:
    """Yield each step with either end's multiple of it."""
    for step in range(path.steps.shape[1]):
        for sign in (1, -1):
            yield step, sign * mbar * path.reach


def _p_value(parts: Sequence[Contrast]) -> float:
    """Return the least size at which every part's limit lies on the same side of zero."""
    t = np.array([part.difference / part.std_error for part in parts])
    return float(min(1.0, 2 * stats.t.sf(max(t.min(), -t.max()), parts[0].df)))


def _zero_crossing(path: _Path, step: int, critical: float) -> float:
    """Return the least |x| at which a limit of the effect less x times the step is zero."""
    pairs = np.column_stack([path.effect.change, path.steps[:, step]])
    arms = [pairs[path.effect.treated == arm] for arm in (True, False)]
    effect, drift = arms[0].mean(axis=0) - arms[1].mean(axis=0)
    spread = sum((arm - arm.mean(axis=0)).T @ (arm - arm.mean(axis=0)) for arm in arms)
    error = spread / (len(pairs) - 2) * sum(1 / len(arm) for arm in arms) * critical**2
    roots = np.roots(
        [drift**2 - error[1, 1], 2 * (error[0, 1] - effect * drift), effect**2 - error[0, 0]]
    )
    real = np.abs(roots.real[np.abs(roots.imag) <= 1e-9 * np.abs(roots.real)])
    return float(real.min()) if len(real) else inf


def _no_line(levels: Levels) -> str:
    """Return why the areas have no line over the same years, on which the bound rests."""
    if len(levels.pre_years) < 2:
        return "one pre-year: no straight line to continue"
    used = levels.frame["year"].isin([*levels.pre_years, *levels.post_years])
    missing = int(levels.frame.loc[used, "level"].isna().sum())
    return f"{missing} areas' years have no level" if missing else ""


def _bounded(changes: Changes, found: Contrast, bias: float, confidence: float) -> Estimate:
    """Return the exact t estimate whose interval leaves room for a bias of either sign."""
    if found.reason:
        return no_estimate(changes, SMOOTH, found.reason)
    half = bias + float(stats.t.ppf((1 + confidence) / 2, found.df)) * found.std_error
    beyond = max(0.0, abs(found.difference) - bias)
    p_value = float(2 * stats.t.sf(beyond / found.std_error, found.df))
    limits = found.difference - half, found.difference + half
    reason = f"bends bias it by at most {bias:.3g}" if bias else "a straight drift goes on"
    return estimate_of(changes, SMOOTH, found.difference, p_value, limits, reason, found.std_error)


def _undefined(levels: Levels, method: str, term: str, reason: str) -> Estimate:
    return replace(undefined(levels.outcome, levels.unit, method, reason), term=term)
