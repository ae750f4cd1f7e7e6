"""Kitagawa: the worked example of the study's domain, identities, and what its interval covers."""

from math import isnan, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation.decomposition import kitagawa, share_variance


def group(**strata):
    """Return a group's strata given as name=(n, level)."""
    frame = pd.DataFrame.from_dict(strata, orient="index", columns=["n", "level"]).astype(float)
    return frame.assign(variance=share_variance(frame["level"], frame["n"], len(frame)))


GIRLS = group(violence=(40, 0.60), other=(60, 0.40))
BOYS = group(violence=(20, 0.55), other=(80, 0.45))


def test_the_worked_example():
    """By hand: 0.48 - 0.47; mixes differ by 0.2, of mean rates 0.575 and 0.425."""
    found = kitagawa(GIRLS, BOYS)
    assert found.gap == pytest.approx(0.01)
    assert found.composition == pytest.approx(0.2 * (0.575 - 0.425))
    assert found.rate == pytest.approx(0.3 * 0.05 - 0.7 * 0.05)
    assert (found.n_first, found.n_second) == (100, 100)


levels = st.floats(0, 1)
counts = st.integers(1, 500)
strata = st.lists(st.tuples(counts, levels, counts, levels), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(strata)
def test_the_parts_make_up_the_gap_and_turn_with_the_groups(rows):
    first = group(**{f"s{i}": row[:2] for i, row in enumerate(rows)})
    second = group(**{f"s{i}": row[2:] for i, row in enumerate(rows)})
    found, turned = kitagawa(first, second), kitagawa(second, first)
    assert found.composition + found.rate == pytest.approx(found.gap, abs=1e-9)
    assert turned.rate == pytest.approx(-found.rate, abs=1e-9)
    assert turned.conf_low == pytest.approx(-found.conf_high, abs=1e-9)
    assert found.conf_low <= found.rate <= found.conf_high


def test_with_one_mix_everything_is_rate_and_with_one_rate_everything_is_composition():
    same_mix = kitagawa(group(a=(10, 0.2), b=(30, 0.6)), group(a=(20, 0.1), b=(60, 0.5)))
    assert same_mix.composition == pytest.approx(0)
    assert same_mix.rate == pytest.approx(0.1)
    same_rate = kitagawa(group(a=(10, 0.2), b=(30, 0.6)), group(a=(30, 0.2), b=(10, 0.6)))
    assert same_rate.rate == pytest.approx(0)
    assert same_rate.composition == pytest.approx(0.5 * 0.4)


def test_the_order_of_strata_does_not_matter():
    assert kitagawa(GIRLS.iloc[::-1], BOYS).rate == kitagawa(GIRLS, BOYS).rate


def test_a_stratum_with_one_group_only_leaves_the_gap_and_says_why_nothing_else():
    found = kitagawa(GIRLS, group(violence=(20, 0.55)))
    assert found.gap == pytest.approx(0.48 - 0.55)
    assert isnan(found.composition)
    assert isnan(found.rate)
    assert "1 of 2 strata" in found.reason


def test_a_stratum_nobody_is_in_changes_nothing():
    empty = pd.DataFrame({"n": [0.0], "level": [nan], "variance": [nan]}, index=["empty"])
    assert kitagawa(pd.concat([GIRLS, empty]), BOYS) == kitagawa(GIRLS, BOYS)


def test_a_level_that_is_not_known_is_never_counted_as_none():
    unknown = GIRLS.assign(level=[0.6, nan])
    found = kitagawa(unknown, BOYS)
    assert isnan(found.gap)
    assert isnan(found.rate)
    assert "no known level" in found.reason


@pytest.mark.parametrize(
    "broken",
    [
        GIRLS.assign(n=0.0),
        GIRLS.assign(variance=-1.0),
        pd.concat([GIRLS, GIRLS]),
    ],
)
def test_what_cannot_be_a_group_is_refused(broken):
    with pytest.raises(DesignError, match="kitagawa"):
        kitagawa(broken, BOYS)


def test_the_interval_of_a_mean_is_that_of_two_samples_in_one_stratum():
    """With one stratum it is the large-sample interval for two means, worked by hand."""
    first = pd.DataFrame({"n": [100.0], "level": [2.0], "variance": [4.0]})
    second = pd.DataFrame({"n": [25.0], "level": [1.5], "variance": [1.0]})
    found = kitagawa(first, second)
    reach = 1.959964 * np.sqrt(4 / 100 + 1 / 25)
    assert found.conf_low == pytest.approx(0.5 - reach, abs=1e-5)
    assert (found.conf_low, found.conf_high) == (found.gap_low, found.gap_high)


@pytest.mark.parametrize("n", [6, 25])
def test_the_adjusted_gap_s_interval_holds_the_truth_about_as_often_as_it_says(n):
    """Six strata with n children of each sex, shares from 0.1 to 0.9; 600 draws, error 0.9 %."""
    draw = np.random.default_rng(20170101)
    truth = np.array([[0.1, 0.3, 0.5, 0.6, 0.8, 0.9], [0.2, 0.3, 0.4, 0.6, 0.7, 0.9]])
    held = 0
    for _ in range(600):
        seen = draw.binomial(n, truth) / n
        first, second = (group(**{f"s{i}": (n, x) for i, x in enumerate(row)}) for row in seen)
        found = kitagawa(first, second)
        held += found.conf_low <= (truth[0] - truth[1]).mean() <= found.conf_high
    assert 0.925 <= held / 600 <= 0.985


def test_a_stratum_without_events_does_not_say_that_its_share_is_certain():
    variance = share_variance(pd.Series([0.0, 1.0]), pd.Series([10.0, 10.0]), 2)
    assert (variance > 0.04).all()
