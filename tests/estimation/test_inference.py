"""Inference with one treated area: worked by hand, by brute force and by simulation."""

from dataclasses import replace
from itertools import combinations
from math import isnan, sqrt

import numpy as np
import pytest
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.inference import METHODS, cluster_robust_size
from evalkit.results import Changes


def make(treated, comparison):
    """Changes with these values, from a level of 1 in every area before the start."""
    values = np.array([*treated, *comparison], float)
    arm = np.arange(len(values)) < len(treated)
    areas = tuple(f"område {number}" for number in range(len(values)))
    units = np.full(len(values), 10.0)
    return Changes("R1", "pe", areas, arm, np.ones(len(values)), 1 + values, units, units)


def test_exact_t_by_hand():
    """Comparison changes 1, 2, 3: mean 2, sd 1; treated 8: t = 6 / sqrt(4/3), 2 df."""
    found = METHODS["exact_t"](make([8], [1, 2, 3]), 0.95)
    error = sqrt(4 / 3)
    assert found.estimate == pytest.approx(6)
    assert found.std_error == pytest.approx(error)
    # A t with 2 df has the distribution function 1/2 + t / (2 sqrt(2 + t^2)).
    t = 6 / error
    assert found.p_value == pytest.approx(1 - t / sqrt(2 + t**2))
    assert found.conf_high - found.estimate == pytest.approx(4.302653 * error, abs=1e-5)
    assert (found.n, found.n_areas) == (80, 4)


def test_exact_t_with_several_treated_is_the_pooled_two_sample_test():
    treated, comparison = [1.0, 2.5, 0.4], [0.1, -0.7, 0.3, 1.1]
    found = METHODS["exact_t"](make(treated, comparison), 0.95)
    oracle = stats.ttest_ind(treated, comparison)
    limits = oracle.confidence_interval(0.95)
    assert found.p_value == pytest.approx(oracle.pvalue)
    assert (found.conf_low, found.conf_high) == pytest.approx((limits.low, limits.high))


def test_the_interval_holds_zero_exactly_when_p_is_above_five_percent():
    for treated in (2.0, 3.0, 4.0, 5.0, 6.0, 7.0):
        found = METHODS["exact_t"](make([treated], [1, 2, 3, 0, 1]), 0.95)
        assert (found.conf_low <= 0 <= found.conf_high) == (found.p_value >= 0.05)


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize(("treated", "comparison"), [([], [1, 2]), ([1, 2], [])])
def test_a_comparison_without_an_arm_is_refused(method, treated, comparison):
    with pytest.raises(DesignError, match="at least one of each"):
        METHODS[method](make(treated, comparison), 0.95)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_missing_change_leaves_the_contrast_undefined(method):
    found = METHODS[method](make([1], [1, np.nan, 3]), 0.95)
    assert all(isnan(x) for x in (found.estimate, found.p_value, found.conf_low))
    assert found.reason == "1 areas have no change"


@pytest.mark.parametrize("method", ["exact_t", "cluster_robust"])
@pytest.mark.parametrize(
    ("comparison", "reason"),
    [([0.3], "one comparison area"), ([0.3, 0.3, 0.3], "do not vary")],
)
def test_no_spread_gives_no_p_value_never_zero(method, comparison, reason):
    found = METHODS[method](make([1], comparison), 0.95)
    assert isnan(found.p_value)
    assert isnan(found.std_error)
    assert reason in found.reason


def test_rounding_of_levels_is_not_taken_for_spread():
    pre = np.array([0.5, 0.1, 0.7, 1.3])
    post = pre + np.array([0.9, 0.2, 0.2, 0.2])
    assert np.ptp((post - pre)[1:]) > 0
    found = METHODS["exact_t"](replace(make([1], [1, 1, 1]), pre=pre, post=post), 0.95)
    assert isnan(found.p_value)


@pytest.mark.parametrize("m", [2, 5, 9, 30])
def test_cluster_robust_is_the_exact_t_inflated(m):
    """The closed form t_exact sqrt((1 + 1/m) m^2 / (m-1)), with CRV1's factor G/(G-1) in it."""
    changes = make([2], np.random.default_rng(m).normal(size=m))
    exact, naive = (METHODS[name](changes, 0.95) for name in ("exact_t", "cluster_robust"))
    inflation = sqrt((1 + 1 / m) * m**2 / (m - 1)) / sqrt((m + 1) / m)
    ratio = (naive.estimate / naive.std_error) / (exact.estimate / exact.std_error)
    assert ratio == pytest.approx(inflation)


def test_cluster_robust_size_is_the_published_half():
    assert cluster_robust_size(9) == pytest.approx(0.497, abs=5e-4)


def test_cluster_robust_says_that_it_is_not_valid():
    assert (
        "rejects 50% of true nulls" in METHODS["cluster_robust"](make([2], range(9)), 0.95).reason
    )
    assert METHODS["cluster_robust"](make([2, 3], range(9)), 0.95).reason == ""


def test_sizes_by_simulation():
    """4,000 null draws: a rate's standard error is at most .008, so four of them are allowed."""
    random, draws, m = np.random.default_rng(20170101), 4000, 9
    rejected = {"exact_t": 0, "cluster_robust": 0}
    for _ in range(draws):
        values = random.normal(size=m + 1)
        changes = make(values[:1], values[1:])
        for name in rejected:
            rejected[name] += METHODS[name](changes, 0.95).p_value < 0.05
    assert rejected["exact_t"] / draws == pytest.approx(0.05, abs=4 * 0.0035)
    assert rejected["cluster_robust"] / draws == pytest.approx(0.497, abs=4 * 0.008)


def brute_force_p(values, k, tolerance=1e-9):
    def gap(chosen):
        rest = [value for place, value in enumerate(values) if place not in chosen]
        return abs(np.mean([values[place] for place in chosen]) - np.mean(rest))

    gaps = [gap(set(chosen)) for chosen in combinations(range(len(values)), k)]
    return np.mean([one >= gap(set(range(k))) - tolerance for one in gaps])


@pytest.mark.parametrize("k", [1, 2, 3])
def test_permutation_counts_every_placement(k):
    random = np.random.default_rng(k)
    for _ in range(20):
        values = random.integers(-3, 4, size=8).astype(float)
        found = METHODS["permutation"](make(values[:k], values[k:]), 0.95)
        assert found.p_value == pytest.approx(brute_force_p(values, k))


def test_the_permutation_floor_is_one_over_the_placements():
    found = METHODS["permutation"](make([100], range(8)), 0.95)
    assert found.p_value == pytest.approx(1 / 9)
    assert found.reason == "smallest possible p-value 1/9"
    assert isnan(found.conf_low)
    assert isnan(found.conf_high)
    three = METHODS["permutation"](make([100, 101, 102], range(6)), 0.95)
    assert three.reason == "smallest possible p-value 1/84"


@pytest.mark.parametrize(("m", "confidence"), [(8, 0.8), (9, 0.9), (19, 0.95), (25, 0.9)])
def test_the_permutation_interval_holds_what_the_test_keeps(m, confidence):
    random = np.random.default_rng(m)
    comparison, treated = random.normal(size=m), 1.5
    found = METHODS["permutation"](make([treated], comparison), confidence)
    width = found.conf_high - found.conf_low
    assert width > 0
    # 60 steps over three widths: none falls on a limit, where rounding would decide.
    for effect in np.linspace(found.conf_low - width, found.conf_high + width, 60):
        p_value = brute_force_p(np.array([treated - effect, *comparison]), 1)
        inside = found.conf_low <= effect <= found.conf_high
        assert inside == (p_value > 1 - confidence + 1e-12)


def test_too_many_placements_are_refused_with_a_reason():
    found = METHODS["permutation"](make(range(12), range(12)), 0.95)
    assert isnan(found.p_value)
    assert "too many" in found.reason
