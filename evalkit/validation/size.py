"""How often each method cries wolf: true nulls rejected at two-sided 5 %, by simulation.

Areas' errors are Gaussian, AR(1) with .5, over ten years of which six are before the start; one
area is treated and has sigma times the others' standard deviation. Every rule is written for a
whole matrix of draws at once, apart from the library's own functions: the two are held against
each other in tests.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import stats

from evalkit.estimation.wild_bootstrap import MOST_AREAS

YEARS, YEARS_BEFORE, AUTOCORRELATION = 10, 6, 0.5
LEVEL = 0.05
REFERENCE_DRAWS, REFERENCE_BOOTSTRAPS = 40_000, 2_000
MOST_BOOTSTRAPS, RESAMPLINGS = 2_000, 999
STANDARD_ERRORS = 4.0
_ROUNDED = 0.0005  # the reference is printed with three decimals
_AT_ONCE = 2_000_000  # elements of the bootstraps' largest array
_TIE = 1e-9

Rule = Callable[[np.ndarray], np.ndarray]
Bootstrap = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True, slots=True)
class Size:
    """How often one method rejected a true null in one design, beside the reference.

    `share` of `draws` were rejected, with Monte Carlo `error` (of the share with two of each kind
    added, so that it is not 0 when nothing was rejected). `margin` is how far from `reference`
    the share may lie: four standard errors of the difference between the two simulations.
    """

    comparison_areas: int
    sigma: float
    method: str
    share: float
    draws: int
    error: float
    reference: float
    margin: float

    @property
    def held(self) -> bool:
        """Whether the share agrees with the reference within the margin."""
        return abs(self.share - self.reference) <= self.margin


def size_table(
    draws: int, seed: int, designs: Sequence[tuple[int, float]] | None = None
) -> tuple[Size, ...]:
    """Return the size of each method in each design, in the order of `REFERENCE`.

    Parameters
    ----------
    draws : simulated data sets a design; the bootstraps use at most 2,000 of them.
    designs : numbers of comparison areas and sigma; all of `REFERENCE` when not given.
    """
    rows: list[Size] = []
    for m, sigma in REFERENCE if designs is None else designs:
        random = np.random.default_rng([seed, m, round(10 * sigma)])
        change = null_changes(random, draws, m, sigma)
        for method, reference in zip(METHODS, REFERENCE[m, sigma], strict=True):
            rejected = _rejected(change, random, method)
            rows.append(_size(m, sigma, method, rejected, reference))
    return tuple(rows)


def _rejected(change: np.ndarray, random: np.random.Generator, method: str) -> np.ndarray:
    if method in BOOTSTRAPS:
        return BOOTSTRAPS[method](change[:MOST_BOOTSTRAPS], random)
    return RULES[method](change)


def _size(m: int, sigma: float, method: str, rejected: np.ndarray, reference: float) -> Size:
    n, seen = len(rejected), int(rejected.sum())
    other = REFERENCE_BOOTSTRAPS if method in BOOTSTRAPS else REFERENCE_DRAWS
    # A printed .000 may be all but .0005, which must not make its error 0.
    common = (seen + (reference + _ROUNDED) * other) / (n + other)
    margin = STANDARD_ERRORS * sqrt(common * (1 - common) * (1 / n + 1 / other)) + _ROUNDED
    added = (seen + 2) / (n + 4)
    error = sqrt(added * (1 - added) / (n + 4))
    return Size(m, sigma, method, seen / n, n, error, reference, margin)


def null_changes(
    random: np.random.Generator, draws: int, n_comparison: int, sigma: float
) -> np.ndarray:
    """Return pre-to-post changes without any effect: a row a draw, the treated area first."""
    shape = (draws, n_comparison + 1)
    level = random.normal(size=shape) / sqrt(1 - AUTOCORRELATION**2)
    change = np.zeros(shape)
    for year in range(YEARS):
        before = year < YEARS_BEFORE
        change += level * (-1 / YEARS_BEFORE if before else 1 / (YEARS - YEARS_BEFORE))
        level = AUTOCORRELATION * level + random.normal(size=shape)
    change[:, 0] *= sigma
    return change


def panel_cluster_robust(change: np.ndarray) -> np.ndarray:
    """Return whether CRV1 of the panel of years rejects, with fixest's factor and t(G - 1).

    Two-way fixed effects of a balanced panel are the contrast of changes; the factor is
    G/(G-1) * (N-1)/(N-K), N area-years and K = 1 + years.
    """
    m = change.shape[1] - 1
    cells = YEARS * (m + 1)
    factor = (m + 1) / m * (cells - 1) / (cells - 1 - YEARS)
    error = np.sqrt(change[:, 1:].var(axis=1) / m * factor)
    return np.abs(_difference(change)) > stats.t.ppf(1 - LEVEL / 2, m) * error


def exact_t(change: np.ndarray) -> np.ndarray:
    """Return whether the exact t rejects."""
    return _t_rejects(change, 1.0)


def lau_li(change: np.ndarray) -> np.ndarray:
    """Return whether the t of Lau & Li rejects, for a treated area up to twice as variable."""
    return _t_rejects(change, 2.0)


def permutation(change: np.ndarray) -> np.ndarray:
    """Return whether the exact permutation over areas rejects."""
    away = np.abs(change - change.mean(axis=1, keepdims=True))
    p_value = (away >= away[:, :1] * (1 - _TIE)).mean(axis=1)
    return p_value <= LEVEL + _TIE


def conley_taber(change: np.ndarray) -> np.ndarray:
    """Return whether the contrast lies further out than all but 5 % of comparison residuals.

    Conley & Taber (2011), Review of Economics and Statistics 93(1): residuals of the comparison
    areas around their mean serve as the distribution of the treated area's.
    """
    residual = np.abs(_residual(change))
    beyond = residual >= np.abs(_difference(change))[:, None]
    return beyond.mean(axis=1) <= LEVEL + _TIE


def wild_restricted(change: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return whether the wild bootstrap that imposes no effect rejects.

    All signs up to `MOST_AREAS` areas, 999 random ones above. The p-value is the share of
    resamplings, as most software has it.
    """
    residual = change - change.mean(axis=1, keepdims=True)
    return _bootstrap_rejects(change, residual, random)


def wild_unrestricted(change: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return whether the wild bootstrap around the estimate rejects.

    As `wild_restricted`. The library counts the sample as one resampling more, which matters with
    three comparison areas only: its smallest p-value is then 1/17.
    """
    residual = np.column_stack([np.zeros(len(change)), _residual(change)])
    return _bootstrap_rejects(change, residual, random)


def _difference(change: np.ndarray) -> np.ndarray:
    return change[:, 0] - change[:, 1:].mean(axis=1)


def _residual(change: np.ndarray) -> np.ndarray:
    return change[:, 1:] - change[:, 1:].mean(axis=1, keepdims=True)


def _t_rejects(change: np.ndarray, rho: float) -> np.ndarray:
    m = change.shape[1] - 1
    error = change[:, 1:].std(axis=1, ddof=1) * sqrt(rho**2 + 1 / m)
    return np.abs(_difference(change)) > stats.t.ppf(1 - LEVEL / 2, m - 1) * error


def _bootstrap_rejects(
    change: np.ndarray, residual: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Return whether at most 5 % of resampled statistics are as large as the observed one.

    A statistic and its mirror image are equally large, so the treated area's sign stays put.
    """
    m = change.shape[1] - 1
    observed, spread = np.abs(_difference(change)), change[:, 1:].std(axis=1)
    square = (residual[:, 1:] ** 2).mean(axis=1)
    share = np.empty(len(change))
    for rows, signs in _signs(random, len(change), m):
        mean = residual[rows, 1:] @ signs.T / m
        drawn = np.abs(residual[rows, :1] - mean) * spread[rows, None]
        within = np.sqrt(np.maximum(square[rows, None] - mean**2, 0.0))
        limit = observed[rows, None] * (within - _TIE * spread[rows, None])
        share[rows] = (drawn >= limit).mean(axis=1)
    return share <= LEVEL + _TIE


def _signs(random: np.random.Generator, draws: int, m: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield parts of the draws with the comparison areas' signs: all there are, or new ones."""
    enumerated = m < MOST_AREAS
    every = 1.0 - 2.0 * (np.arange(2**m)[:, None] >> np.arange(m) & 1) if enumerated else None
    at_once = max(1, _AT_ONCE // (2**m if enumerated else 100 * RESAMPLINGS))
    for first in range(0, draws, at_once):
        rows = slice(first, first + at_once)
        yield rows, random.choice([-1.0, 1.0], (RESAMPLINGS, m)) if every is None else every


RULES: dict[str, Rule] = {
    "cluster_robust": panel_cluster_robust,
    "permutation": permutation,
    "conley_taber": conley_taber,
    "exact_t": exact_t,
    "lau_li": lau_li,
}
BOOTSTRAPS: dict[str, Bootstrap] = {
    "wild_restricted": wild_restricted,
    "wild_unrestricted": wild_unrestricted,
}
METHODS = (
    "cluster_robust", "wild_restricted", "wild_unrestricted", "permutation", "conley_taber",
    "exact_t", "lau_li",
)  # fmt: skip

# Comparison areas and sigma: shares in the order of METHODS. Made once with other programs, 40,000
# draws a design, the bootstraps 2,000 with 999 resamplings each.
REFERENCE: dict[tuple[int, float], tuple[float, ...]] = {
    (3, 1): (0.223, 0.000, 0.272, 0, 0.440, 0.050, 0.017),
    (4, 1): (0.271, 0.000, 0.268, 0, 0.333, 0.050, 0.010),
    (6, 1): (0.369, 0.002, 0.343, 0, 0.219, 0.050, 0.006),
    (9, 1): (0.475, 0.000, 0.496, 0, 0.141, 0.049, 0.002),
    (14, 1): (0.580, 0.000, 0.590, 0, 0.089, 0.053, 0.001),
    (19, 1): (0.637, 0.000, 0.628, 0.049, 0.061, 0.050, 0.001),
    (49, 1): (0.773, 0.000, 0.766, 0.039, 0.064, 0.049, 0.000),
    (4, 2): (0.522, 0.004, 0.498, 0, 0.578, 0.185, 0.049),
    (9, 2): (0.705, 0.018, 0.715, 0, 0.412, 0.263, 0.051),
    (14, 2): (0.776, 0.005, 0.760, 0, 0.354, 0.291, 0.051),
}
