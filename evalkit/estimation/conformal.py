"""Many periods: is the time after the start unlike the time before? Conformal inference.

Only the treated areas' own series is permuted, in time, so nothing is assumed about how alike the
areas are. `year` may hold any equally spaced period: years, quarters, months.

Source: Chernozhukov, Wüthrich & Zhu (2021), Journal of the American Statistical Association
116(536): equations (1)-(4), moving block permutations, Algorithm 1.
"""

from collections.abc import Callable
from dataclasses import replace
from math import floor, nan
from typing import Literal

import numpy as np

from evalkit.estimation.contrast import ROUNDING
from evalkit.estimation.simplex import simplex_weights
from evalkit.estimation.synthetic import Panel, missing_levels, panel_of, panel_rounding
from evalkit.results import Estimate, Levels, undefined

Model = Literal["did", "synthetic_control"]

# Values tried between the estimate and a value that is surely rejected: an island of accepted
# values narrower than one part in so many is not seen.
GRID = 64


def conformal(levels: Levels, model: Model, confidence: float = 0.95) -> Estimate:
    """Return the constant effect that fits best, judged by shifting residuals in time.

    Under an effect of theta in every period after the start the model is fitted to all T periods
    with the effect taken away. The p-value of theta is the share of the T cyclic shifts of the
    residuals whose sum over the last T* places is at least as large as the unshifted, in absolute
    value; the interval holds the values with a p-value above 1 - confidence. `p_value` is that of
    no effect; `reason` states the smallest it can take.

    Parameters
    ----------
    model : "did" = the donors' mean and a level of the treated areas' own; "synthetic_control" =
        the donors' mean with weights that are positive and sum to one, and no level.
    """
    return _conformal(levels, panel_of(levels), model, confidence)


def conformal_by_year(
    levels: Levels, model: Model, confidence: float = 0.95
) -> tuple[Estimate, ...]:
    """Return the effect in each period after the start, from it and those before the start.

    The intervals hold one by one, not together. `term` is the period.
    """
    panel = panel_of(levels)
    years = np.array(panel.years)[panel.after]
    return tuple(
        replace(_conformal(levels, _only(panel, year), model, confidence), term=str(year))
        for year in years
    )


def _only(panel: Panel, year: int) -> Panel:
    """Return the panel with one period after the start."""
    kept = ~panel.after | (np.array(panel.years) == year)
    return replace(
        panel,
        years=tuple(np.array(panel.years)[kept].tolist()),
        after=panel.after[kept],
        treated=panel.treated[kept],
        comparison=panel.comparison[kept],
    )


def _conformal(levels: Levels, panel: Panel, model: Model, confidence: float) -> Estimate:
    found = undefined(
        levels.outcome, levels.unit, f"conformal_{model}", _problem(panel),
        n=panel.n, n_areas=panel.n_treated + len(panel.donors),
    )  # fmt: skip
    if found.reason:
        return found
    effect = _best_effect(panel, model)
    found = replace(found, estimate=effect)
    spread = float(np.abs(_residuals(panel, model, effect)).max())
    if spread <= panel_rounding(panel):
        return replace(found, reason="the model leaves no residuals to shift")
    low, high = _limits(panel, model, effect, spread, confidence)
    return replace(
        found,
        p_value=_p_value(panel, model, 0.0),
        conf_low=low,
        conf_high=high,
        reason=f"smallest possible p-value 1/{len(panel.years)}",
    )


def _problem(panel: Panel) -> str:
    """Return why shifts cannot tell the two sides apart, or an empty string.

    With no more periods before than after the start every shift of the block overlaps it or
    mirrors it, and an effect, however large, is taken up by the level.
    """
    after, before = int(panel.after.sum()), int((~panel.after).sum())
    if before <= after:
        return (
            f"{before} periods before and {after} after the start: "
            "more are needed before than after"
        )
    return missing_levels(panel)


def _best_effect(panel: Panel, model: Model) -> float:
    """Return the constant effect with the least squared residuals over all periods.

    A free effect takes away the mean after the start, so the weights are fitted with that part of
    the rows centred. Its residuals after the start sum to zero, and its p-value is one.
    """
    after = panel.after
    if model == "did":
        gap = panel.treated - panel.comparison.mean(axis=1)
        return float(gap[after].mean() - gap[~after].mean())
    treated, comparison = panel.treated.copy(), panel.comparison.copy()
    treated[after] -= treated[after].mean()
    comparison[after] -= comparison[after].mean(axis=0)
    weights = simplex_weights(comparison, treated)
    return float((panel.treated - panel.comparison @ weights)[after].mean())


def _residuals(panel: Panel, model: Model, effect: float) -> np.ndarray:
    """Return the residuals (T,) of the model fitted to all periods, the effect taken away."""
    without = panel.treated - effect * panel.after
    if model == "did":
        gap = without - panel.comparison.mean(axis=1)
        return gap - gap.mean()
    return without - panel.comparison @ simplex_weights(panel.comparison, without)


def _p_value(panel: Panel, model: Model, effect: float) -> float:
    residuals = _residuals(panel, model, effect)
    after = panel.after
    sums = [abs(np.roll(residuals, shift)[after].sum()) for shift in range(len(residuals))]
    # A tie counts as at least as large, whatever way its last digit was rounded.
    return float(np.mean(np.array(sums) >= sums[0] - panel_rounding(panel)))


def _limits(
    panel: Panel, model: Model, effect: float, spread: float, confidence: float
) -> tuple[float, float]:
    """Return the outermost effects that the test keeps; NaN when it keeps all."""
    if floor((1 - confidence) * len(panel.years) + ROUNDING) < 1:
        return nan, nan

    def kept(value: float) -> bool:
        return _p_value(panel, model, value) > 1 - confidence + ROUNDING

    return _edge(kept, effect, -spread), _edge(kept, effect, spread)


def _edge(kept: Callable[[float], bool], inside: float, step: float) -> float:
    """Return the outermost kept value on one side of `inside`, which is kept."""
    while kept(inside + step):
        step *= 2
    tried = inside + step * np.arange(GRID + 1) / GRID
    last = max((place for place in range(1, GRID) if kept(float(tried[place]))), default=0)
    within, beyond = float(tried[last]), float(tried[last + 1])
    while abs(beyond - within) > ROUNDING * max(abs(inside), abs(step)):
        middle = (within + beyond) / 2
        within, beyond = (middle, beyond) if kept(middle) else (within, middle)
    return within
