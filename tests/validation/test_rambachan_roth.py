"""Rambachan & Roth's intervals: the published example, other software and other algorithms."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import optimize, stats

from evalkit.errors import DesignError
from evalkit.estimation.moment_inequalities import accepted_range, hybrid
from evalkit.estimation.rambachan_roth import (
    Coefficients,
    folded_normal_quantile,
    relative_magnitudes,
    smoothness,
)

# The HonestDiD package's README, "Medicaid expansions": the first year's effect on the insured
# share, five coefficients before and two after. Two releases print the first table with other
# random draws; both are given.
RELATIVE = [
    (0.5, (0.0240, 0.0672), (0.0241, 0.0673)),
    (1.0, (0.0170, 0.0720), (0.0171, 0.0720)),
    (1.5, (0.00824, 0.0797), (0.00859, 0.0796)),
    (2.0, (-0.000916, 0.0881), (-0.00107, 0.0883)),
]
SMOOTH = [
    (0.00, 0.0259, 0.0607),
    (0.01, 0.0132, 0.0787),
    (0.02, 0.00286, 0.0907),
    (0.03, -0.00714, 0.101),
    (0.04, -0.0171, 0.111),
    (0.05, -0.0271, 0.121),
]


@pytest.fixture(scope="module")
def medicaid():
    """Balanced, so each coefficient is a difference of means; clustered by state as fixest does."""
    moderndid = pytest.importorskip("moderndid")
    panel = moderndid.load_ehec().to_pandas()
    panel = panel[(panel["year"] < 2016) & (panel["yexp2"] != 2015)]
    share = panel.pivot(index="stfips", columns="year", values="dins")
    expanded = panel.groupby("stfips")["yexp2"].first().to_numpy() == 2014
    gaps = share.drop(columns=2013).sub(share[2013], axis=0).to_numpy()
    beta = gaps[expanded].mean(axis=0) - gaps[~expanded].mean(axis=0)
    scores = np.empty_like(gaps)
    for arm in (expanded, ~expanded):
        scores[arm] = (gaps[arm] - gaps[arm].mean(axis=0)) / arm.sum()
    factor = len(gaps) / (len(gaps) - 1) * (share.size - 1) / (share.size - 15)
    return Coefficients(beta, scores.T @ scores * factor, 5, np.array([1.0, 0.0]))


def random_study(seed, n_pre, n_post):
    random = np.random.default_rng(seed)
    root = random.normal(size=(n_pre + n_post, n_pre + n_post))
    weights = random.uniform(0.2, 1.0, n_post)
    return Coefficients(random.normal(size=n_pre + n_post), root @ root.T, n_pre, weights)


@pytest.mark.parametrize(("mbar", "readme", "other"), RELATIVE)
def test_medicaid_relative_magnitudes(medicaid, mbar, readme, other):
    """Printed ends lie on a grid of steps 4e-4 and rest on a first stage of a thousand draws, one
    standard error of which (.15 in its critical value) moves an end by 2e-4: 6e-4 in all.
    """
    found = relative_magnitudes(medicaid, mbar)
    for printed in (readme, other):
        assert (found.conf_low, found.conf_high) == pytest.approx(printed, abs=6e-4)


def test_medicaid_breaks_down_just_before_two(medicaid):
    assert (
        relative_magnitudes(medicaid, 1.8).conf_low > 0 > relative_magnitudes(medicaid, 2).conf_low
    )


@pytest.mark.parametrize(("m", "low", "high"), SMOOTH)
def test_medicaid_smoothness(medicaid, m, low, high):
    """Half a unit in the third digit, and 3e-5 for the package's own search for the shortest."""
    found = smoothness(medicaid, m)
    assert found.conf_low == pytest.approx(low, abs=5e-5 + 3e-5)
    assert found.conf_high == pytest.approx(high, abs=(5e-5 if m < 0.03 else 5e-4) + 3e-5)


@pytest.mark.parametrize("m", [0.0, 0.005, 0.01, 0.03])
def test_medicaid_smoothness_as_other_software(medicaid, m):
    """m = 0 is least squares: 1e-8. Else it searches a grid of sd: 1e-5, and is never shorter."""
    solve = pytest.importorskip("diff_diff.honest_did")._flci_solve
    beta, sigma, n_pre = medicaid.beta, medicaid.sigma, medicaid.n_pre
    low, high, _ = solve(beta[:n_pre], beta[n_pre:], sigma, medicaid.weights, n_pre, 2, m)
    found = smoothness(medicaid, m)
    assert found.conf_high - found.conf_low <= high - low + 1e-8
    if m == 0:
        assert (found.conf_low, found.conf_high) == pytest.approx((low, high), abs=1e-8)
    else:
        assert found.conf_high - found.conf_low == pytest.approx(high - low, abs=1e-5)


@pytest.mark.parametrize("mean", [0.0, 1e-6, 0.3, 2.0, 40.0])
def test_folded_normal_quantile_as_scipy(mean):
    """1e-9: scipy's is itself a root search."""
    expected = stats.foldnorm.ppf(0.95, mean)
    assert folded_normal_quantile(mean, 0.95) == pytest.approx(expected, abs=1e-9)


def worst_bias(study, v, m):
    """The largest |v'd - weights'd_post| over paths with bends of at most m, by linear program."""
    periods = [*range(-study.n_pre, 0), 0, *range(1, len(study.weights) + 1)]
    bend = np.array([np.eye(len(periods))[i - 1 : i + 2].T @ [1, -2, 1] for i in
                     range(1, len(periods) - 1)])  # fmt: skip
    keep = [index for index, period in enumerate(periods) if period]  # the reference's path is 0
    bend = bend[:, keep]
    worst = [
        optimize.linprog(
            -sign * v,
            A_ub=np.vstack([bend, -bend]),
            b_ub=np.full(2 * len(bend), m),
            bounds=(None, None),
        )
        for sign in (1, -1)
    ]
    assert all(one.status == 0 for one in worst)
    return max(-one.fun for one in worst)


@pytest.mark.parametrize(
    ("seed", "n_pre", "n_post", "m"),
    [(1, 2, 1, 0.05), (1, 2, 1, 1.0), (2, 3, 2, 0.2), (2, 3, 2, 2.0)],
)
def test_smoothness_is_the_shortest_of_its_kind(seed, n_pre, n_post, m):
    """Brute force: worst bias by linear program, length by simplex search. Both routes reach the
    flat optimum to about 1e-6 of the length.
    """
    study = random_study(seed, n_pre, n_post)
    post = study.weights @ np.arange(1, n_post + 1)

    def length(pre):
        last = pre @ np.arange(-n_pre, -1) + post  # no straight trend biases
        v = np.concatenate([pre, [last], study.weights])
        sd = np.sqrt(v @ study.sigma @ v)
        return sd * stats.foldnorm.ppf(0.95, worst_bias(study, v, m) / sd)

    start, best = np.zeros(n_pre - 1), np.inf
    for _ in range(3):  # a simplex search stalls at the kinks: start again from where it stood
        found = optimize.minimize(length, start, method="Nelder-Mead", options={"xatol": 1e-9})
        start, best = found.x, min(best, found.fun)
    interval = smoothness(study, m)
    half = (interval.conf_high - interval.conf_low) / 2
    assert half == pytest.approx(best, rel=2e-6)


def dual(statistic, x):
    """max g'statistic over g >= 0, g'x = 0, sum g = 1, by linear program."""
    n = len(statistic)
    equal = np.vstack([np.ones(n), x.T])
    right = np.concatenate([[1.0], np.zeros(x.shape[1])])
    return optimize.linprog(-statistic, A_eq=equal, b_eq=right, method="highs-ds")


def rejects_by_programs(y, sigma, x, test):
    """The hybrid's decision from its definition: programs, and a search for the truncation."""
    sd = np.sqrt(np.diag(sigma))
    correlation, x = sigma / np.outer(sd, sd), x / sd[:, None]
    found = dual(y / sd, x)
    eta, g = -found.fun, found.x
    if eta > test.first_critical or eta <= 0:
        return eta > 0
    variance = g @ correlation @ g
    along = correlation @ g / variance
    rest = y / sd - along * eta

    def is_best(value):
        return -dual(rest + along * value, x).fun <= value + 1e-9

    ends = []
    for far in (-60.0, 60.0):
        inside, outside = eta, far
        for _ in range(0 if is_best(far) else 45):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if is_best(middle) else (inside, middle)
        ends.append(far if is_best(far) else inside)
    scale = np.sqrt(variance)
    low, high = ends[0] / scale, min(ends[1], test.first_critical) / scale
    tail = stats.norm.cdf(high) - stats.norm.cdf(eta / scale)
    return tail / (stats.norm.cdf(high) - stats.norm.cdf(low)) < test.second_size


def moments(seed, n_post):
    """Rows of a part of Delta^RM with mbar 1.3, and the nuisance of all effects but the first."""
    random = np.random.default_rng(seed)
    root = random.normal(size=(n_post + 1, n_post + 1))
    after = np.eye(n_post) - np.eye(n_post, k=-1)
    rows = np.column_stack([np.full(2 * n_post, -1.3), np.vstack([after, -after])])
    return rows @ root, rows[:, 2:], random


@pytest.mark.parametrize("n_post", [2, 3])
def test_the_hybrid_decides_as_its_definition(n_post):
    both = set()
    for seed in range(16):
        root, nuisance, random = moments(seed, n_post)
        test = hybrid(root, nuisance, 0.05)
        y = 2 * root @ random.normal(size=n_post + 1)
        expected = rejects_by_programs(y, root @ root.T, nuisance, test)
        assert bool(test.rejects(y[None])[0]) == expected
        both.add(bool(expected))
    assert both == {True, False}


@pytest.mark.parametrize("n_post", [1, 2, 3])
def test_the_hybrid_keeps_its_size(n_post):
    """All moments zero is the hardest null of the first stage. 20,000 draws: four standard errors
    are .006. The level is reached, so a test that never rejects would fail.
    """
    root, nuisance, random = moments(7, n_post)
    draws = random.normal(size=(20_000, n_post + 1)) @ root.T
    share = hybrid(root, nuisance, 0.05).rejects(draws).mean()
    assert 0.01 < share < 0.05 + 0.006
    slack = draws - np.linspace(0, 3, root.shape[0]) * np.sqrt((root**2).sum(axis=1))
    assert hybrid(root, nuisance, 0.05).rejects(slack).mean() < 0.05 + 0.006


def test_no_room_is_the_normal_interval(medicaid):
    """mbar = 0 and one year after: two opposite moments. The hybrid's second stage tests at
    (.05 - .005) / (1 - .005), cut at the first stage's 2.807: solved here by hand.
    """
    study = Coefficients(medicaid.beta[:6], medicaid.sigma[:6, :6], 5, np.array([1.0]))
    first = stats.norm.isf(0.005 / 2)
    above = stats.norm.sf(first) + 0.045 / 0.995 * (stats.norm.cdf(first) - 0.5)
    half = stats.norm.isf(above) * np.sqrt(study.sigma[5, 5])
    found = relative_magnitudes(study, 0)
    # the first stage's limit comes from quasi-random draws
    assert (found.conf_high - found.conf_low) / 2 == pytest.approx(half, rel=1e-3)
    assert (found.conf_high + found.conf_low) / 2 == pytest.approx(study.beta[5], abs=1e-7)


def test_more_room_is_a_longer_interval(medicaid):
    for method, bounds in ((relative_magnitudes, (0, 0.4, 1, 2)), (smoothness, (0, 0.01, 0.04))):
        found = [method(medicaid, bound) for bound in bounds]
        for near, far in pairwise(found):
            assert far.conf_low < near.conf_low < near.conf_high < far.conf_high


def test_an_end_is_where_acceptance_ends():
    found = accepted_range(lambda x: (x > -3.21) & (x < 50.5), 0.0, 8.0)
    assert found == pytest.approx((-3.21, 50.5), abs=1e-6)  # bisection stops at 1e-9 of the reach


def test_what_cannot_be_used_is_refused(medicaid):
    singular = np.ones((7, 7))
    with pytest.raises(DesignError, match="positive definite"):
        Coefficients(medicaid.beta, singular, 5, medicaid.weights)
    with pytest.raises(DesignError, match="do not match"):
        Coefficients(medicaid.beta, medicaid.sigma, 4, medicaid.weights)
    with pytest.raises(DesignError, match="must not be negative"):
        smoothness(medicaid, -0.1)
    with pytest.raises(DesignError, match="must not be negative"):
        relative_magnitudes(medicaid, -1)
