"""How often would each method have cried wolf on the comparison areas' own figures?

Two answers. On placebos: every comparison area as pseudo-pilot at every admissible start, as few
and as dependent as they are. On resampled null panels: the comparison areas' deviations drawn with
replacement and with random signs, as many as wanted, if areas are independent and deviate as
often upwards as downwards. And the realised minimum detectable effect: effects of growing size put
into the null panels until four in five are found.

Source: placebo laws on the data themselves and areas drawn with replacement, Bertrand, Duflo &
Mullainathan (2004), Quarterly Journal of Economics 119(1); a sign for a whole area, Cameron,
Gelbach & Miller (2008), Review of Economics and Statistics 90(3).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan, sqrt

import numpy as np
import pandas as pd
from scipy import optimize

from evalkit.errors import DesignError
from evalkit.estimation import inference
from evalkit.estimation.contrast import ROUNDING, rounding
from evalkit.estimation.did import Weighting, collapse
from evalkit.estimation.placebos import comparison_only, shifted, windows
from evalkit.estimation.power import detectable_multiple
from evalkit.estimation.proportions import wilson
from evalkit.estimation.rejections import RULES, Samples, missing_rule, two_way_p_values
from evalkit.results import Changes, Levels

TWO_WAY = "twfe_cluster"
_LARGEST = 2.0**12  # of an area's standard deviation: what is not found then never is


@dataclass(frozen=True, slots=True)
class Calibration:
    """How often one method rejected where nothing had happened.

    `share` is `rejections / placebos` with Wilson limits `low` and `high`; placebos where the
    method is undefined do not count, and `reason` says how many they were.
    """

    method: str
    rejections: int
    placebos: int
    share: float
    low: float
    high: float
    reason: str


@dataclass(frozen=True, slots=True)
class RealisedEffect:
    """The smallest effect that a method finds with probability `power` in null panels.

    `effect` and `analytic` (the exact t's under normal changes) are in the outcome's unit. NaN,
    with a `reason`, where no effect is found that often.
    """

    method: str
    effect: float
    analytic: float
    power: float
    draws: int
    reason: str = ""


def on_placebos(
    levels: Levels, weighting: Weighting, confidence: float = 0.95, least_before: int = 1
) -> tuple[Calibration, ...]:
    """Return how often each method rejects on the comparison areas' placebos.

    Each placebo compares one comparison area with the others, so with one area fewer than the
    real design. Treated areas take no part.

    Parameters
    ----------
    levels : areas by time points; `year` may be any consecutive number (years, quarters, months).
    least_before : time points that a placebo must have before its start.

    Raises
    ------
    DesignError : fewer than three comparison areas, or no start at which all have a level.
    """
    designs, left_out = _designs(levels, weighting, least_before)
    areas = designs[0][1].areas
    found = pd.concat([_p_values(*design, confidence) for design in designs])
    reason = (
        f"{len(areas)} areas at {len(designs)} starts share areas and time points: "
        f"the interval is too short{left_out}"
    )
    return tuple(
        _counted(method, found[method].to_numpy(float), confidence, reason) for method in found
    )


def on_null_panels(
    levels: Levels,
    weighting: Weighting,
    draws: int,
    seed: int,
    confidence: float = 0.95,
    least_before: int = 1,
) -> tuple[Calibration, ...]:
    """Return how often each method rejects in null panels resampled from the comparison areas.

    A panel has one pseudo-pilot and as many comparison areas as the real design. Every method but
    two-way fixed effects works on changes, and that one too when areas have equal units; so a
    panel is drawn as its changes, all within the window of one start. `low` and `high` hold the
    Monte Carlo error only.

    Raises
    ------
    DesignError : as `on_placebos`.
    """
    designs, left_out = _designs(levels, weighting, least_before)
    times = len(levels.pre_years) + len(levels.post_years)
    samples = null_samples([changes for _, changes in designs], times, draws, seed)
    reason = (
        f"{draws} panels resampled at {len(designs)} starts; "
        f"the interval holds Monte Carlo error only{left_out}"
    )
    methods = dict.fromkeys((*inference.EVERY, TWO_WAY))
    return tuple(_rejected(method, samples, confidence, reason) for method in methods)


def null_samples(changes: Sequence[Changes], times: int, draws: int, seed: int) -> Samples:
    """Return null samples of one pseudo-pilot and m areas, from m comparison areas' changes.

    A sample picks one of `changes` (the windows), and for each of its m + 1 areas a comparison
    area's deviation from their mean, with replacement and with a random sign. Deviations are
    scaled by sqrt(m / (m - 1)), so that a drawn area varies as the areas do.

    Parameters
    ----------
    changes : windows of the same comparison areas, the real one last; treated areas are left out.
    times : time points of the real window.
    """
    pools = np.array([_deviations(change) for change in changes])
    m, random = pools.shape[1], np.random.default_rng(seed)
    window = random.integers(len(pools), size=(draws, 1))
    area = random.integers(m, size=(draws, m + 1))
    values = pools[window, area] * random.choice([-1.0, 1.0], size=(draws, m + 1))
    real = changes[-1]
    units = (real.n_pre + real.n_post)[~real.treated]
    return Samples(values[:, 0], values[:, 1:], round(float(units.mean()) * (m + 1)), times)


def realised_mde(
    changes: Changes,
    draws: int,
    seed: int,
    method: str = "exact_t",
    power: float = 0.8,
    confidence: float = 0.95,
) -> RealisedEffect:
    """Return the effect that a method finds with probability `power` in resampled null panels.

    Stands beside `power.minimum_detectable_effect`, which takes changes for normal. A method that
    rejects true nulls too often finds effects too easily: read it beside `on_null_panels`.

    Parameters
    ----------
    changes : the real design's; the treated area's own change is not used.
    method : one of `rejections.RULES` but "twfe_cluster", which needs the panel.

    Raises
    ------
    DesignError : no such method, fewer than two comparison areas, or power out of range.
    """
    if method not in RULES or method == TWO_WAY:
        raise DesignError(f"realised_mde: method must be one of {', '.join(RULES)}, not {TWO_WAY}")
    m, sd = changes.n_comparison, _spread(changes)
    analytic = detectable_multiple(m, 1, power, confidence) * sd
    if sd <= rounding(changes):
        reason = "the areas' changes do not vary"
    else:
        reason = missing_rule(method, m, m, 0)
    if reason:
        return RealisedEffect(method, nan, analytic, power, draws, reason)
    null = null_samples([changes], 0, draws, seed)
    effect, reason = _found_with(
        power, lambda size: _share_found(method, null, size, confidence), sd
    )
    return RealisedEffect(method, effect, analytic, power, draws, reason)


def _found_with(power: float, share: Callable[[float], float], sd: float) -> tuple[float, str]:
    """Return the effect found with probability `power`, or NaN and why there is none."""
    if share(0.0) >= power:
        return nan, "no effect at all is found that often"
    upper = sd
    while share(upper) < power:
        upper *= 2
        if upper > _LARGEST * sd:
            return nan, "no effect, however large, is found that often"
    return float(optimize.bisect(lambda size: share(size) - power, 0.0, upper, xtol=1e-6 * sd)), ""


def _designs(
    levels: Levels, weighting: Weighting, least_before: int
) -> tuple[list[tuple[Levels, Changes]], str]:
    """Return the comparison areas' levels and changes at every start where all have a level.

    And what to say of the starts where some have none.
    """
    own = comparison_only(levels)
    n_areas = own.frame["area"].nunique()
    if n_areas < 3:
        raise DesignError(
            f"{levels.outcome}: {n_areas} comparison areas; calibration needs three, one of them "
            "as pseudo-pilot"
        )
    designs, left_out = [], 0
    for window in windows(own, least_before):
        design = shifted(own, window)
        try:
            designs.append((design, collapse(design, weighting)))
        except DesignError:  # some area has no level on a side
            left_out += 1
    if not designs:
        raise DesignError(
            f"{levels.outcome}: no start at which every comparison area has a level before and "
            "after; use longer time points"
        )
    return designs, f"; {left_out} starts lack a level in some area" if left_out else ""


def _p_values(design: Levels, changes: Changes, confidence: float) -> pd.DataFrame:
    """Return pseudo-pilots by methods."""
    methods = inference.EVERY
    pseudo = [replace(changes, treated=pilot) for pilot in np.eye(len(changes.areas), dtype=bool)]
    found = {
        name: [method(one, confidence).p_value for one in pseudo]
        for name, method in methods.items()
    }
    return pd.DataFrame(found | {TWO_WAY: two_way_p_values(design)})


def _counted(method: str, p_values: np.ndarray, confidence: float, reason: str) -> Calibration:
    known = p_values[~np.isnan(p_values)]
    rejected = int((known <= 1 - confidence + ROUNDING).sum())
    return _calibration(method, rejected, len(known), len(p_values), confidence, reason)


def _rejected(method: str, samples: Samples, confidence: float, reason: str) -> Calibration:
    draws, defined = len(samples.treated), samples.defined
    problem = missing_rule(method, samples.m, samples.units, samples.times)
    if problem:
        return _calibration(method, 0, 0, draws, confidence, problem)
    rejected = int((RULES[method](samples, confidence) & defined).sum())
    return _calibration(method, rejected, int(defined.sum()), draws, confidence, reason)


def _calibration(
    method: str, rejected: int, known: int, asked: int, confidence: float, reason: str
) -> Calibration:
    limits = wilson(rejected, known, confidence)
    if known < asked:
        reason += f"; undefined in {asked - known} of {asked}"
    return Calibration(method, rejected, known, limits.estimate, limits.low, limits.high, reason)


def _deviations(changes: Changes) -> np.ndarray:
    change = changes.change[~changes.treated]
    m = len(change)
    return (change - change.mean()) * sqrt(m / (m - 1))


def _spread(changes: Changes) -> float:
    comparison = changes.change[~changes.treated]
    if len(comparison) < 2 or isnan(comparison.sum()):
        raise DesignError(
            f"{changes.outcome}: needs at least two comparison areas, each with a change"
        )
    return float(comparison.std(ddof=1))


def _share_found(method: str, null: Samples, effect: float, confidence: float) -> float:
    found = RULES[method](replace(null, treated=null.treated + effect), confidence)
    return float(found[null.defined].mean())
