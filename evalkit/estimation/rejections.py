"""Whether each method rejects no effect, for thousands of samples of changes at once.

One treated area. The methods are those of `inference.METHODS` and `inference.ONE_TREATED`, and
`did.two_way_fixed_effects`: on areas with equal units, or on one panel with every area in turn as
the pilot. A test holds every decision to theirs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan, nan, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from evalkit.estimation.contrast import ROUNDING
from evalkit.estimation.rearrangement import rearrangement_weight
from evalkit.estimation.wild_bootstrap import MOST_AREAS
from evalkit.results import Levels

_CHUNK = 256
_TIE = 1e-9  # of a statistic, as in `wild_bootstrap`


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of changes: `treated` (draws,) and `comparison` (draws, m), in any one unit.

    `units` and `times` are those of the panel behind them: two-way fixed effects counts them.
    """

    treated: np.ndarray
    comparison: np.ndarray
    units: int
    times: int

    @property
    def m(self) -> int:
        return self.comparison.shape[1]

    @property
    def difference(self) -> np.ndarray:
        return self.treated - self.comparison.mean(axis=1)

    @property
    def sd(self) -> np.ndarray:
        return self.comparison.std(axis=1, ddof=1)

    @property
    def defined(self) -> np.ndarray:
        """Whether the comparison areas of a sample vary at all."""
        return self.sd > ROUNDING * np.abs(self.comparison).max(axis=1)


def exact_t(samples: Samples, confidence: float) -> np.ndarray:
    return _beyond(samples, sqrt(1 + 1 / samples.m), samples.m - 1, confidence)


def lau_li(samples: Samples, confidence: float, rho: float = 2.0) -> np.ndarray:
    return _beyond(samples, sqrt(rho**2 + 1 / samples.m), samples.m - 1, confidence)


def cluster_robust(samples: Samples, confidence: float) -> np.ndarray:
    m = samples.m
    return _beyond(samples, sqrt((m - 1) * (m + 1)) / m / sqrt(m), m, confidence)


def two_way_fixed_effects(samples: Samples, confidence: float) -> np.ndarray:
    """With equal units in every area the estimate is the contrast; the factor counts years."""
    m, n = samples.m, samples.units
    factor = sqrt((n - 1) / (n - 1 - samples.times))
    return _beyond(samples, factor * sqrt((m - 1) * (m + 1)) / m / sqrt(m), m, confidence)


def permutation(samples: Samples, confidence: float) -> np.ndarray:
    """An area's contrast with the rest is (m + 1) / m times its distance from the mean of all."""
    everything = np.column_stack([samples.treated, samples.comparison])
    distance = np.abs(everything - everything.mean(axis=1, keepdims=True))
    as_large = distance >= distance[:, :1] - _rounding(everything)[:, None]
    return as_large.mean(axis=1) <= 1 - confidence + ROUNDING


def rearrangement(samples: Samples, confidence: float) -> np.ndarray:
    weight = rearrangement_weight(samples.m, (1 - confidence) / 2)
    if isnan(weight):
        return np.zeros(len(samples.treated), bool)
    difference = samples.difference
    apart = samples.comparison - samples.comparison.mean(axis=1, keepdims=True)
    furthest = (np.sign(difference)[:, None] * apart).max(axis=1)
    return (difference != 0) & (furthest <= (1 - weight) * np.abs(difference))


def wild_restricted(samples: Samples, confidence: float) -> np.ndarray:
    mean = (samples.treated + samples.comparison.sum(axis=1)) / (samples.m + 1)
    p_value = _wild(samples, samples.treated - mean, samples.comparison - mean[:, None])
    return p_value <= 1 - confidence + ROUNDING


def wild_unrestricted(samples: Samples, confidence: float) -> np.ndarray:
    residual = samples.comparison - samples.comparison.mean(axis=1, keepdims=True)
    share = _wild(samples, np.zeros(len(residual)), residual)
    draws = 2 ** (samples.m + 1)
    return (share * draws + 1) / (draws + 1) <= 1 - confidence + ROUNDING


RULES: dict[str, Callable[[Samples, float], np.ndarray]] = {
    "exact_t": exact_t,
    "permutation": permutation,
    "cluster_robust": cluster_robust,
    "wild_restricted": wild_restricted,
    "wild_unrestricted": wild_unrestricted,
    "lau_li": lau_li,
    "rearrangement": rearrangement,
    "twfe_cluster": two_way_fixed_effects,
}


def missing_rule(method: str, n_comparison: int, units: int, times: int) -> str:
    """Return why a method cannot be judged on samples of this size; empty when it can."""
    if method not in RULES:
        return "no rule for many samples at once"
    if method.startswith("wild") and n_comparison + 1 > MOST_AREAS:
        return f"{n_comparison + 1} areas: too many to enumerate all signs"
    if method == "twfe_cluster" and units <= 1 + times:
        return "no more units than parameters"
    return ""


def two_way_p_values(levels: Levels) -> np.ndarray:
    """Return the p-value of `did.two_way_fixed_effects` with each area in turn as the pilot.

    In alphabetical order of area. The fixed effects are taken out of the levels and of every
    pilot's indicator at once (Frisch, Waugh & Lovell), which one fit for each pilot would repeat.
    NaN where that function is undefined.
    """
    frame = levels.frame[~levels.frame["year"].isin(levels.wash_in_years) & (levels.frame["n"] > 0)]
    root = np.sqrt(frame["n"].to_numpy(float))[:, None]
    area = pd.get_dummies(frame["area"]).to_numpy(float)
    year = pd.get_dummies(frame["year"]).to_numpy(float)
    sides = np.column_stack([frame["level"], area * frame[["post"]].to_numpy(float)]) * root
    effects = np.column_stack([area, year]) * root
    left = sides - effects @ np.linalg.lstsq(effects, sides, rcond=None)[0]
    level, pilot = left[:, :1], left[:, 1:]
    information = (pilot**2).sum(axis=0)
    att = (pilot * level).sum(axis=0) / information
    scores = area.T @ (pilot * (level - att * pilot))
    n, g, years = round(frame["n"].sum()), area.shape[1], year.shape[1]
    if n <= 1 + years:
        return np.full(g, nan)
    error = np.sqrt((scores**2).sum(axis=0) * g / (g - 1) * (n - 1) / (n - 1 - years)) / information
    error = np.where(error > ROUNDING * frame["level"].abs().max(), error, nan)
    return 2 * stats.t.sf(np.abs(att) / error, g - 1)


def _beyond(samples: Samples, error: float, df: int, confidence: float) -> np.ndarray:
    """Return whether the difference lies beyond t times `error` standard deviations."""
    critical = float(stats.t.ppf((1 + confidence) / 2, df)) * error
    return np.abs(samples.difference) >= critical * samples.sd


def _rounding(values: np.ndarray) -> np.ndarray:
    return ROUNDING * np.abs(values).max(axis=1)


def _wild(samples: Samples, treated: np.ndarray, comparison: np.ndarray) -> np.ndarray:
    """Return the share of all signs whose statistic is at least as large as each sample's.

    Signs leave the sum of squares as it is, so a draw's variance follows from its mean and the
    mean of every draw is one matrix product. Flipping all signs flips the statistic: the treated
    area's sign may stay.
    """
    m = samples.m
    signs = 1.0 - 2.0 * (np.arange(2**m)[:, None] >> np.arange(m) & 1)
    square = (comparison**2).mean(axis=1)
    observed, spread = np.abs(samples.difference), samples.comparison.std(axis=1)
    share = np.empty(len(treated))
    for first in range(0, len(treated), _CHUNK):
        part = slice(first, first + _CHUNK)
        mean = signs @ comparison[part].T / m
        drawn = np.abs(treated[part] - mean)
        error = np.sqrt(np.maximum(square[part] - mean**2, 0.0))
        limit = observed[part] * error - _TIE * observed[part] * spread[part]
        share[part] = (drawn * spread[part] >= limit).mean(axis=0)
    return share
