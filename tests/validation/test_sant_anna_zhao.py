"""Sant'Anna & Zhao (2020) on `sim_rc`, the data that R's DRDID documents `drdid_rc` with.

The data are simulated, so they need not be had: they are made again here from the published recipe
(the package's data-raw/sim_rc.R: design 1 of the paper, 1,000 units, seed 1234). The printed
estimate then tells that every one of the 1,000 rows is right.
"""

from importlib import import_module
from math import sqrt

import numpy as np
import pytest
from scipy import special

from evalkit.estimation.doubly_robust import Rows, locally_efficient

N = 1000


class RRandom:
    """R's default generator: Mersenne Twister, and normals by inversion of 53 bits.

    Source: R's documentation of Random, and Matsumoto & Nishimura (1998), ACM TOMACS 8(1).
    """

    def __init__(self, seed):
        state = []
        for _ in range(50 + 625):
            seed = (69069 * seed + 1) % 2**32
            state.append(seed)
        self._bits = np.random.MT19937()
        key = np.array(state[-624:], dtype=np.uint32)
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": 624}}

    def uniform(self, n):
        return self._bits.random_raw(n) / 2.0**32

    def normal(self, n):
        first, second = self.uniform(2 * n).reshape(n, 2).T
        return special.ndtri((np.floor(2**27 * first) + second) / 2**27)


@pytest.fixture(scope="module")
def sim_rc():
    r = RRandom(1234)
    x = [r.normal(N) for _ in range(4)]
    raw = [
        np.exp(x[0] / 2),
        x[1] / (1 + np.exp(x[0])) + 10,
        (x[0] * x[2] / 25 + 0.6) ** 3,
        (x[0] + x[3] + 20) ** 2,
    ]
    mean = [np.exp(0.125), 10, 0.21887, 402]
    sd = [sqrt((np.exp(0.25) - 1) * np.exp(0.25)), 0.54164, 0.04453, 56.63891]
    z = [(value - m) / s for value, m, s in zip(raw, mean, sd, strict=True)]
    treated = r.uniform(N) <= special.expit(0.75 * (-z[0] + 0.5 * z[1] - 0.25 * z[2] - 0.1 * z[3]))
    index = 210 + 27.4 * z[0] + 13.7 * (z[1] + z[2] + z[3])
    unit = treated * index + r.normal(N)
    before = index + unit + r.normal(N)
    untreated = index + unit + r.normal(N) + index
    with_treatment = index + unit + r.normal(N) + index
    post = r.uniform(N) <= 0.5
    y = np.where(post, np.where(treated, with_treatment, untreated), before)
    return Rows(y, post, treated, np.column_stack([np.ones(N), *z]), np.ones(N))


def with_the_sign_of_drdid(rows, found):
    """Our influence function with the pre-start comparison regression's error turned round.

    DRDID adds M1.pre and M3.pre, both of which carry a minus, to parts that are themselves
    subtracted; ours is the derivative (`estimation/test_doubly_robust.py` differentiates).
    """
    x, odds = rows.covariates, special.expit(rows.covariates @ logit(rows))
    odds = odds / (1 - odds)
    mask = ~rows.treated & ~rows.post
    beta = np.linalg.lstsq(x[mask], rows.y[mask], rcond=None)[0]
    own, theirs = rows.treated & ~rows.post, odds * mask
    slope = own @ x / own.sum() - theirs @ x / theirs.sum()
    error = (mask * (rows.y - x @ beta))[:, None] * x @ np.linalg.inv(x[mask].T @ x[mask])
    error *= len(mask)
    return found.influence - 2 * error @ slope


def logit(rows):
    beta = np.zeros(rows.covariates.shape[1])
    for _ in range(25):
        share = special.expit(rows.covariates @ beta)
        information = rows.covariates.T @ (rows.covariates * (share * (1 - share))[:, None])
        beta = beta + np.linalg.solve(information, rows.covariates.T @ (rows.treated - share))
    return beta


def test_the_generator_is_that_of_r():
    """The first draws after set.seed(1234), which R's users know: rnorm and runif."""
    assert RRandom(1234).normal(3) == pytest.approx([-1.2070657, 0.2774292, 1.0844412], abs=5e-8)
    assert RRandom(1234).uniform(2) == pytest.approx([0.1137034, 0.6222994], abs=5e-8)


def test_the_estimate_as_published(sim_rc):
    """-0.1678, as DRDID's documentation of drdid_rc prints it."""
    assert locally_efficient(sim_rc).att == pytest.approx(-0.1678, abs=5e-5)


def test_the_error_as_published_but_for_one_sign(sim_rc):
    """.2009 (t -.8352) is the standard deviation of DRDID's influence function over root n.

    With the derivative's sign it is .2027, which is ours but for n - 1.
    """
    found = locally_efficient(sim_rc)
    theirs = with_the_sign_of_drdid(sim_rc, found)
    assert np.std(theirs, ddof=1) / sqrt(N) == pytest.approx(0.2009, abs=5e-5)
    assert found.att / (np.std(theirs, ddof=1) / sqrt(N)) == pytest.approx(-0.8352, abs=5e-5)
    assert found.std_error == pytest.approx(0.2026, abs=5e-5)


def oracle(name, rows, **settings):
    pytest.importorskip("moderndid")
    module = import_module(f"moderndid.drdid.estimators.{name}")
    return getattr(module, name)(
        rows.y, rows.post.astype(float), rows.treated.astype(float), rows.covariates, **settings
    )


def test_against_moderndid_on_the_same_data(sim_rc):
    """Its influence function is DRDID's, and equals ours in every unit but for that sign."""
    theirs = oracle("drdid_rc", sim_rc, influence_func=True)
    found = locally_efficient(sim_rc)
    assert found.att == pytest.approx(theirs.att, abs=1e-8)
    assert with_the_sign_of_drdid(sim_rc, found) == pytest.approx(theirs.att_inf_func, abs=1e-8)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["drdid_rc", "drdid_imp_local_rc"])
def test_with_strata_every_estimator_is_the_same(name, seed):
    """Saturated: the traditional and the improved estimator are one; the sign remains.

    The improved one finds its tilting by a minimiser that stops at about 1e-7. Its error leaves
    out terms that vanish only in large samples, so it is not compared.
    """
    random = np.random.default_rng(seed)
    stratum = random.integers(0, 4, 600)
    treated = random.uniform(size=600) < np.array([0.2, 0.3, 0.4, 0.5])[stratum]
    post = random.uniform(size=600) < 0.5
    y = (random.uniform(size=600) < 0.2 + 0.1 * stratum + 0.1 * post).astype(float)
    rows = Rows(y, post, treated, np.eye(4)[stratum], np.ones(600))
    found, theirs = locally_efficient(rows), oracle(name, rows)
    assert found.att == pytest.approx(theirs.att, abs=1e-8 if name == "drdid_rc" else 1e-6)
    if name == "drdid_rc":
        error = sqrt(np.mean(with_the_sign_of_drdid(rows, found) ** 2) / 600)
        assert error == pytest.approx(theirs.se, abs=1e-8)
