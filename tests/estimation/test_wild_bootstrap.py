"""The wild cluster bootstrap against a regression refitted draw by draw."""

from itertools import product
from math import isnan

import numpy as np
import pytest

from evalkit.estimation.inference import exact_t
from evalkit.estimation.wild_bootstrap import wild_restricted, wild_unrestricted
from evalkit.results import Changes


def make(treated, comparison):
    values = np.array([*treated, *comparison], float)
    arm = np.arange(len(values)) < len(treated)
    areas = tuple(f"område {number}" for number in range(len(values)))
    units = np.full(len(values), 10.0)
    return Changes("R1", "pe", areas, arm, np.ones(len(values)), 1 + values, units, units)


def t_value(y, design, null):
    """The cluster-robust t of the arm's coefficient, by least squares and the full sandwich."""
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    scores = design * (y - design @ beta)[:, None]
    sandwich = inverse @ (scores.T @ scores) @ inverse
    return (beta[1] - null) / np.sqrt(sandwich[1, 1]), beta


def refitted(treated, comparison, restricted):
    y = np.array([*treated, *comparison], float)
    arm = np.arange(len(y)) < len(treated)
    design = np.column_stack([np.ones(len(y)), arm])
    observed, beta = t_value(y, design, 0.0)
    fitted = np.full(len(y), y.mean()) if restricted else design @ beta
    null = 0.0 if restricted else beta[1]
    drawn = [
        t_value(fitted + np.array(signs) * (y - fitted), design, null)[0]
        for signs in product((1, -1), repeat=len(y))
    ]
    count = int((np.abs(drawn) >= abs(observed) * (1 - 1e-9)).sum())
    more = 0 if restricted else 1
    return (count + more) / (len(drawn) + more)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_every_sign_refitted_gives_the_same_p_value(k):
    random = np.random.default_rng(k)
    for _ in range(5):
        values = random.normal(size=7) + 2 * (np.arange(7) < k)
        changes = make(values[:k], values[k:])
        for method, restricted in ((wild_restricted, True), (wild_unrestricted, False)):
            expected = refitted(values[:k], values[k:], restricted)
            assert method(changes).p_value == pytest.approx(expected)


def test_the_one_misses_what_the_exact_t_finds_and_the_other_is_at_its_floor():
    """Nine comparison areas, a change of four of their standard deviations."""
    changes = make([4], [0.3, -1.2, 0.8, 0.1, -0.4, 1.1, -0.9, 0.5, 0.2])
    assert exact_t(changes).p_value < 0.002
    assert wild_restricted(changes).p_value > 0.05
    assert wild_unrestricted(changes).p_value == pytest.approx(1 / 1025)


def test_the_sample_and_its_mirror_are_the_least_that_the_restricted_can_count():
    changes = make([1000], [0.3, -1.2, 0.8, 0.1, -0.4, 1.1, -0.9, 0.5, 0.2])
    assert wild_restricted(changes).p_value == pytest.approx(2 / 1024)


def test_both_say_that_they_are_not_valid_with_one_treated_area():
    one, two = make([2], range(6)), make([2, 9], range(6))
    for method in (wild_restricted, wild_unrestricted):
        assert method(one).reason.startswith("not valid with one treated area")
        assert method(two).reason == ""
        assert isnan(method(one).conf_low)


def test_more_areas_than_can_be_enumerated_are_refused_with_a_reason():
    found = wild_restricted(make([2], range(15)))
    assert isnan(found.p_value)
    assert "too many to enumerate" in found.reason
    assert not isnan(wild_restricted(make([2], range(14))).p_value)
