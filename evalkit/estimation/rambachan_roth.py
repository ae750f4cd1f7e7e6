"""How far from parallel trends before the conclusion falls: many areas, normal coefficients.

The input is any event study's coefficients and covariance, taken as normal with that covariance
known. With a handful of areas that is not so; `trend_sensitivity` is the version for them.

Source: Rambachan & Roth (2023), A more credible approach to parallel trends, Review of Economic
Studies 90(5), 2555-2591.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import linalg, optimize, stats

from evalkit.errors import DesignError
from evalkit.estimation.moment_inequalities import accepted_range, hybrid


@dataclass(frozen=True, slots=True)
class Coefficients:
    """An event study: coefficients in order of time, those before the start first.

    `beta` (n_pre + n_post) leaves out the reference period, which stands between the two parts;
    `sigma` is its covariance. `weights` (n_post) make the effect asked about of the effects after
    the start: (1, 0) is the first period's, (.5, .5) the mean of two.
    """

    beta: np.ndarray
    sigma: np.ndarray
    n_pre: int
    weights: np.ndarray

    def __post_init__(self) -> None:
        size, n_post = len(self.beta), len(self.weights)
        if self.sigma.shape != (size, size) or self.n_pre + n_post != size or n_post < 1:
            raise DesignError("event study: coefficients, covariance and weights do not match")
        if not np.isfinite(self.beta).all() or np.linalg.eigvalsh(self.sigma)[0] <= 0:
            raise DesignError(
                "event study: the covariance is not positive definite; with fewer areas than "
                "coefficients use trend_sensitivity"
            )
        if not np.any(self.weights):
            raise DesignError("event study: every weight is zero")


@dataclass(frozen=True, slots=True)
class RobustInterval:
    """The effects that are compatible with the data when trends differ within `bound`."""

    bound: float
    conf_low: float
    conf_high: float


def relative_magnitudes(
    study: Coefficients, mbar: float, confidence: float = 0.95
) -> RobustInterval:
    """Return the interval when no step after the start exceeds `mbar` times the largest before.

    Delta^RM, section 2.4.1: |d_{t+1} - d_t| <= mbar max_s |d_{s+1} - d_s|, s before the start, d
    the difference in trends. It is a union over s and the sign of that step; each part is tested
    by the conditional least-favourable hybrid on the moments that involve a period after the
    start, and the interval spans what any part accepts.

    Raises
    ------
    DesignError : no coefficient before the start, or `mbar` negative.
    """
    if mbar < 0:
        raise DesignError("relative magnitudes: mbar must not be negative")
    if study.n_pre < 1:
        raise DesignError("relative magnitudes: needs a coefficient before the start")
    steps = np.diff(np.eye(study.n_pre + 1)[:, :-1], axis=0)  # the reference's d is zero
    parts = [(step, sign * mbar) for step in steps for sign in (1, -1)]
    low, high = np.array([_part(study, *part, confidence) for part in parts]).T
    return RobustInterval(mbar, float(np.nanmin(low)), float(np.nanmax(high)))


def _part(
    study: Coefficients, step: np.ndarray, multiple: float, confidence: float
) -> tuple[float, float]:
    """Return the effects kept when every step after the start is at most `multiple` times one."""
    n_post, weights = len(study.weights), study.weights
    involved = linalg.block_diag(step, np.eye(n_post))
    beta, sigma = involved @ study.beta, involved @ study.sigma @ involved.T
    after = np.eye(n_post) - np.eye(n_post, k=-1)
    rows = np.column_stack([np.full(2 * n_post, -multiple), np.vstack([after, -after])])
    direction = rows[:, 1:] @ weights / (weights @ weights)
    nuisance = rows[:, 1:] @ linalg.null_space(weights[None, :])
    test = hybrid(rows @ np.linalg.cholesky(sigma), nuisance, 1 - confidence)

    def accepts(effect: np.ndarray) -> np.ndarray:
        return ~test.rejects(rows @ beta - np.outer(effect, direction))

    farthest = np.abs(weights) @ np.arange(1, n_post + 1) * abs(multiple * beta[0])
    error = sqrt(weights @ sigma[1:, 1:] @ weights)
    return accepted_range(accepts, float(weights @ beta[1:]), farthest + 8 * error)


def smoothness(study: Coefficients, m: float, confidence: float = 0.95) -> RobustInterval:
    """Return the fixed-length interval when the trends' slope changes by at most `m` a period.

    Delta^SD, section 2.4.2. The interval is v'beta plus and minus sd(v) c(bias(v) / sd(v)), with c
    the folded normal quantile and bias(v) the largest that `m` allows. v is the effect's weights
    after the start; before it the v that makes the interval shortest (section 4.1), among those
    that a straight trend does not bias. That length is convex in v.

    Raises
    ------
    DesignError : no coefficient before the start, or `m` negative.
    """
    if m < 0:
        raise DesignError("smoothness: m must not be negative")
    if study.n_pre < 1:
        raise DesignError("smoothness: needs a coefficient before the start")
    v = _shortest(study, m, confidence)
    half = _half_length(study, m, v, confidence)
    centre = float(v @ study.beta)
    return RobustInterval(m, centre - half, centre + half)


def folded_normal_quantile(mean: float, confidence: float) -> float:
    """Return the `confidence` quantile of |Z|, Z normal with this `mean` (not negative), sd 1."""

    def shortfall(c: float) -> float:
        return float(stats.norm.cdf(c - mean) - stats.norm.cdf(-c - mean)) - confidence

    one_sided, two_sided = stats.norm.ppf([confidence, (1 + confidence) / 2])
    low, high = mean + one_sided - 1e-9, mean + two_sided + 1e-9
    return float(optimize.brentq(shortfall, low, high, xtol=1e-13))


def _shortest(study: Coefficients, m: float, confidence: float) -> np.ndarray:
    """Return the v of `smoothness`: convex, with the slopes' absolute sum as extra variables.

    With v = start + free @ x and u at least the absolute responses to each bend, the length
    sd(v) c(m sum(u) / sd(v)) is smooth in (x, u) under linear constraints. v rests on the
    covariance only, so one that missed the optimum would be a valid v of a longer interval.
    """
    start, free = _unbiased_by_a_slope(study)
    scale = sqrt(start @ study.sigma @ start)
    sigma, size = study.sigma / scale**2, free.shape[1]
    bends = _bends(study)
    n_bends = len(bends)
    response = bends @ free
    inequality = np.block([[-response, np.eye(n_bends)], [response, np.eye(n_bends)]])
    offset = np.concatenate([-bends @ start, bends @ start])

    found = optimize.minimize(
        lambda point: _length(point, start, free, sigma, m / scale, confidence),
        np.concatenate([np.zeros(size), np.abs(bends @ start)]),
        jac=True,
        method="SLSQP",
        constraints=optimize.LinearConstraint(inequality, -offset),
        options={"ftol": 1e-15, "maxiter": 1000},
    )
    return start + free @ found.x[:size]


def _length(
    point: np.ndarray,
    start: np.ndarray,
    free: np.ndarray,
    sigma: np.ndarray,
    m: float,
    confidence: float,
) -> tuple[float, np.ndarray]:
    """Return the interval's half-length at (x, u) and its gradient."""
    x, u = np.split(point, [free.shape[1]])
    v = start + free @ x
    sd = sqrt(v @ sigma @ v)
    bias = m * u.sum() / sd
    c = folded_normal_quantile(bias, confidence)
    near, far = stats.norm.pdf(c - bias), stats.norm.pdf(c + bias)
    slope = (near - far) / (near + far)
    by_x = (c - slope * bias) * (free.T @ sigma @ v) / sd
    return sd * c, np.concatenate([by_x, np.full(len(u), slope * m)])


def _unbiased_by_a_slope(study: Coefficients) -> tuple[np.ndarray, np.ndarray]:
    """Return the least variable v that no straight trend biases, and the directions to move it."""
    n_pre, periods = study.n_pre, _periods(study)
    fixed = np.concatenate([np.zeros(n_pre), study.weights])
    fixed[n_pre - 1] = fixed @ periods  # the period before the reference is at -1
    directions = np.zeros((len(periods), n_pre - 1))
    directions[:n_pre] = linalg.null_space(periods[None, :n_pre])
    move = np.linalg.solve(
        directions.T @ study.sigma @ directions, directions.T @ study.sigma @ fixed
    )
    return fixed - directions @ move, directions


def _bends(study: Coefficients) -> np.ndarray:
    """Return the path (bends x coefficients) that a bend of one at each inner period adds."""
    periods = _periods(study)
    inner = np.arange(periods[0] + 1, periods[-1])
    after = np.maximum(periods - inner[:, None], 0.0)
    before = np.maximum(inner[:, None] - periods, 0.0)
    return np.where(inner[:, None] >= 0, after, before)


def _periods(study: Coefficients) -> np.ndarray:
    """Return the coefficients' periods, counted from the reference."""
    return np.concatenate([np.arange(-study.n_pre, 0), np.arange(1, len(study.weights) + 1)])


def _half_length(study: Coefficients, m: float, v: np.ndarray, confidence: float) -> float:
    sd = sqrt(v @ study.sigma @ v)
    bias = m * float(np.abs(_bends(study) @ v).sum())
    return sd * folded_normal_quantile(bias / sd, confidence)
