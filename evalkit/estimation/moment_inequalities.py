"""Linear moment inequalities with nuisance parameters: the conditional least-favourable hybrid.

The hypothesis is that some tau makes E[y] - x tau <= 0 in every row, y being normal with a known
covariance. Rows are standardised, so that y has unit variances. By duality the statistic is the
largest of g'y over the vertices g of {g >= 0, g'x = 0, sum g = 1}. With few rows all vertices are
listed once, and what depends on them, the truncation points too, is then exact and in closed form.

Source: Andrews, Roth & Pakes (2023), Inference for linear conditional moment inequalities, Review
of Economic Studies 90(6); the hybrid as in Rambachan & Roth (2023), section 3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from scipy import special
from scipy.stats import norm, qmc

from evalkit.errors import DesignError

MOST_VERTICES = 20_000
SINGULAR = 1e-10  # rows and columns are scaled to one: a smaller determinant is rounding
DRAWS = 2**16  # moves an interval's ends by about a thousandth of a standard error


@dataclass(frozen=True, slots=True)
class Hybrid:
    """A hybrid test made ready for rows with one covariance and one design of nuisance.

    `vertices` (vertices x rows) are in units of the standardised rows, `sd` (rows) standardises;
    `covariance` (vertices x vertices) is that of the vertices' statistics. The first stage rejects
    above `first_critical`; the second is a conditional test of size `second_size`.
    """

    vertices: np.ndarray
    sd: np.ndarray
    covariance: np.ndarray
    first_critical: float
    second_size: float

    def rejects(self, y: np.ndarray) -> np.ndarray:
        """Return, for each row of `y` (tests x rows), whether its hypothesis is rejected."""
        statistics = (y / self.sd) @ self.vertices.T
        best = statistics.argmax(axis=1)
        eta = statistics[np.arange(len(y)), best]
        variance = self.covariance[best, best]
        fixed = variance < SINGULAR  # opposite rows that cancel: such a sum is known, not random
        scale = np.sqrt(np.where(fixed, 1.0, variance))
        low, high = self._truncation(statistics, best, eta, scale)
        p_value = _truncated_tail(eta / scale, low / scale, high / scale)
        conditional = (eta > 0) & (fixed | (p_value < self.second_size))
        return (eta > self.first_critical) | conditional

    def _truncation(
        self, statistics: np.ndarray, best: np.ndarray, eta: np.ndarray, scale: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return between which values the best vertex stays best, all else of y held."""
        along = self.covariance[best] / scale[:, None] ** 2
        rest, room = statistics - along * eta[:, None], 1 - along
        moves = np.abs(room) > SINGULAR
        bound = np.divide(rest, room, out=np.zeros_like(rest), where=moves)
        low = np.where(moves & (room > 0), bound, -np.inf).max(axis=1)
        high = np.where(moves & (room < 0), bound, np.inf).min(axis=1)
        return low, np.minimum(high, self.first_critical)


def hybrid(root: np.ndarray, nuisance: np.ndarray, size: float) -> Hybrid:
    """Return the hybrid test of size `size`, a tenth of it spent on the first stage.

    Parameters
    ----------
    root : rows x normals; y is its mean plus `root` times independent standard normals.
    nuisance : rows x parameters; no columns when there are none.

    Raises
    ------
    DesignError : so many rows that the vertices cannot be listed.
    """
    sd = np.sqrt((root**2).sum(axis=1))
    corners = _vertices(nuisance / sd[:, None])
    combined = corners @ (root / sd[:, None])
    first = size / 10
    critical = _least_favourable(combined, first)
    return Hybrid(corners, sd, combined @ combined.T, critical, (size - first) / (1 - first))


def accepted_range(
    accepts: Callable[[np.ndarray], np.ndarray], centre: float, reach: float, points: int = 401
) -> tuple[float, float]:
    """Return the least and the largest value accepted, each to `reach` times 1e-9 by bisection.

    A grid over `centre` plus and minus `reach` finds them; it is doubled until both its ends are
    rejected. NaN twice when nothing on the grid is accepted.

    Parameters
    ----------
    accepts : values to bools, an array to an array.
    """
    grid = np.linspace(centre - reach, centre + reach, points)
    accepted = accepts(grid)
    if accepted[0] or accepted[-1]:
        return accepted_range(accepts, centre, 2 * reach, 2 * points - 1)
    if not accepted.any():
        return np.nan, np.nan
    first, last = np.flatnonzero(accepted)[[0, -1]]
    ends = np.array([grid[first], grid[last]])
    beyond = np.array([grid[first - 1], grid[last + 1]])
    while np.abs(ends - beyond).max() > 1e-9 * reach:
        middle = (ends + beyond) / 2
        kept = accepts(middle)
        ends, beyond = np.where(kept, middle, ends), np.where(kept, beyond, middle)
    return float(ends[0]), float(ends[1])


def _vertices(nuisance: np.ndarray) -> np.ndarray:
    """Return the vertices of {g >= 0, g'nuisance = 0, sum g = 1}, one a row."""
    n_rows, size = nuisance.shape[0], nuisance.shape[1] + 1
    if comb(n_rows, size) > MOST_VERTICES:
        raise DesignError(f"{n_rows} moment inequalities are too many; ask about fewer years")
    columns = nuisance / np.abs(nuisance).max(initial=np.finfo(float).tiny, axis=0)
    system = np.column_stack([np.ones(n_rows), columns])
    chosen = np.array(list(combinations(range(n_rows), size)))
    basis = system[chosen].transpose(0, 2, 1)
    regular = np.abs(np.linalg.det(basis)) > SINGULAR
    unit = np.zeros((size, 1))
    unit[0] = 1.0
    weights = np.linalg.solve(basis[regular], unit)[..., 0]
    inside = (weights >= -SINGULAR).all(axis=1)
    corners = np.zeros((int(inside.sum()), n_rows))
    np.put_along_axis(corners, chosen[regular][inside], weights[inside], axis=1)
    return corners


def _least_favourable(root: np.ndarray, size: float) -> float:
    """Return the value that the largest statistic exceeds with probability `size`, all means 0."""
    points = norm.ppf(qmc.Sobol(root.shape[1], rng=0).random(DRAWS))
    largest = np.full(DRAWS, -np.inf)
    for vertex in root:  # one at a time: all at once would take gigabytes with many years
        largest = np.maximum(largest, points @ vertex)
    return float(np.quantile(largest, 1 - size))


def _truncated_tail(z: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return P(Z > z | low <= Z <= high), Z standard normal, in logarithms against underflow.

    NaN where nothing lies between: then z is above the first stage's limit, which has rejected.
    """
    z = np.clip(z, low, np.maximum(low, high))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.exp(_log_between(z, high) - _log_between(low, high))


def _log_between(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    upper, lower = special.log_ndtr(-high), special.log_ndtr(-low)
    return lower + np.log1p(-np.exp(np.minimum(upper - lower, 0.0)))
