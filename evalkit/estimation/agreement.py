"""How well two coders agree beyond chance: Cohen's kappa.

Sources: Cohen (1960), Educational and Psychological Measurement 20(1); standard error, Fleiss,
Cohen & Everitt (1969), Psychological Bulletin 72(5).
"""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evalkit.errors import DesignError


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cohen's kappa of `n` units coded twice, with what it is made of.

    `observed` is the share coded alike and `expected` that share had the coders coded at random
    with their own margins. `conf_low` and `conf_high` are a large-sample interval, rough when n is
    small. `least` and `most` bound the kappa that these margins allow at all. NaN, with a `reason`,
    where kappa is undefined.
    """

    kappa: float
    std_error: float
    conf_low: float
    conf_high: float
    observed: float
    expected: float
    least: float
    most: float
    n: int
    reason: str = ""


def cohen_kappa(table: ArrayLike, confidence: float = 0.95) -> Agreement:
    """Return two coders' agreement beyond chance.

    Parameters
    ----------
    table : counts of units, a row per code of the first coder and a column per code of the second,
        the codes in the same order.

    Raises
    ------
    DesignError : not a square table of whole counts.
    """
    counts = np.asarray(table, float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.size == 0:
        raise DesignError("kappa: the table needs the same codes in rows and columns")
    if not ((counts >= 0) & (counts == np.round(counts))).all():
        raise DesignError("kappa: the table holds something else than whole counts")
    n = int(counts.sum())
    if n == 0:
        return _undefined(nan, nan, 0, "no unit was coded by both")
    shares = counts / n
    first, second = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float(np.trace(shares)), float(first @ second)
    if 1 - expected <= np.finfo(float).eps:
        return _undefined(observed, 1.0, n, "both coders gave every unit the same code")
    kappa = (observed - expected) / (1 - expected)
    error = _std_error(shares, observed, expected) / sqrt(n)
    reach = float(stats.norm.ppf((1 + confidence) / 2)) * error
    extremes = (max(0.0, float((first + second).max()) - 1), float(np.minimum(first, second).sum()))
    least, most = ((extreme - expected) / (1 - expected) for extreme in extremes)
    return Agreement(
        kappa, error, max(kappa - reach, -1.0), min(kappa + reach, 1.0),
        observed, expected, least, most, n,
    )  # fmt: skip


def _std_error(shares: np.ndarray, observed: float, expected: float) -> float:
    """Return kappa's standard error times the root of n: Fleiss, Cohen & Everitt (1969)."""
    margins = shares.sum(axis=0)[:, None] + shares.sum(axis=1)[None, :]  # p_.i + p_j.
    alike = np.diag(shares) @ ((1 - expected) - np.diag(margins) * (1 - observed)) ** 2
    weighed = shares * margins**2
    unlike = (1 - observed) ** 2 * (weighed.sum() - np.trace(weighed))
    rest = (observed * expected - 2 * expected + observed) ** 2
    return sqrt(max(alike + unlike - rest, 0.0)) / (1 - expected) ** 2


def _undefined(observed: float, expected: float, n: int, reason: str) -> Agreement:
    return Agreement(nan, nan, nan, nan, observed, expected, nan, nan, n, reason)
