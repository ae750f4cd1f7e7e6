"""The simulated data of Sant'Anna & Zhao, made again: `sim_rc` of R's DRDID.

Its recipe is published (the package's data-raw/sim_rc.R: design 1 of the paper, 1,000 units, seed
1234), so the data need not be had, only R's generator.
"""

from functools import lru_cache
from math import exp, sqrt

import numpy as np
from scipy import special

from evalkit.estimation.doubly_robust import Rows

N, SEED = 1000, 1234


class RRandom:
    """R's default generator: Mersenne Twister, and normals by inversion of 53 bits.

    Source: R's documentation of Random; Matsumoto & Nishimura (1998), ACM Transactions on
    Modeling and Computer Simulation 8(1).
    """

    def __init__(self, seed: int) -> None:
        state = []
        for _ in range(50 + 625):
            seed = (69069 * seed + 1) % 2**32
            state.append(seed)
        self._bits = np.random.MT19937()
        key = np.array(state[-624:], dtype=np.uint32)
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": 624}}

    def uniform(self, n: int) -> np.ndarray:
        """Return `runif(n)`."""
        return np.asarray(self._bits.random_raw(n)) / 2.0**32

    def normal(self, n: int) -> np.ndarray:
        """Return `rnorm(n)`."""
        first, second = self.uniform(2 * n).reshape(n, 2).T
        return special.ndtri((np.floor(2**27 * first) + second) / 2**27)


@lru_cache
def sim_rc() -> Rows:
    """Return 1,000 units of a repeated cross-section without any effect."""
    r = RRandom(SEED)
    z = _covariates([r.normal(N) for _ in range(4)])
    propensity = special.expit(0.75 * (-z[0] + 0.5 * z[1] - 0.25 * z[2] - 0.1 * z[3]))
    treated = r.uniform(N) <= propensity
    index = 210 + 27.4 * z[0] + 13.7 * (z[1] + z[2] + z[3])
    unit = treated * index + r.normal(N)
    before = index + unit + r.normal(N)
    # The recipe draws the two outcomes after the start apart, with the same mean.
    untreated, with_treatment = (index + unit + r.normal(N) + index for _ in range(2))
    post = r.uniform(N) <= 0.5
    y = np.where(post, np.where(treated, with_treatment, untreated), before)
    return Rows(y, post, treated, np.column_stack([np.ones(N), *z]), np.ones(N))


def _covariates(x: list[np.ndarray]) -> list[np.ndarray]:
    """Return what the analyst sees of the four normal covariates, each made standard."""
    raw = (
        np.exp(x[0] / 2),
        x[1] / (1 + np.exp(x[0])) + 10,
        (x[0] * x[2] / 25 + 0.6) ** 3,
        (x[0] + x[3] + 20) ** 2,
    )
    mean = (exp(0.125), 10, 0.21887, 402)
    sd = (sqrt((exp(0.25) - 1) * exp(0.25)), 0.54164, 0.04453, 56.63891)
    return [(value - m) / s for value, m, s in zip(raw, mean, sd, strict=True)]
