"""What the effect would be had some of the pilot reached the areas it is compared with."""

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation.inference import exact_t
from evalkit.estimation.spillover import dilution_grid, near_and_far, undiluted
from evalkit.results import Changes, Estimate

EFFECT = Estimate("R1", "att", -0.06, 0.03, 0.08, -0.13, 0.01, "share", "exact_t", 900, 9)


def test_six_points_with_a_quarter_spread_are_eight():
    found = undiluted(EFFECT, 0.25)
    assert found.estimate == pytest.approx(-0.08)
    assert (found.conf_low, found.conf_high) == pytest.approx((-0.13 / 0.75, 0.01 / 0.75))
    assert (found.p_value, found.n_areas) == (EFFECT.p_value, EFFECT.n_areas)


def test_the_grid_begins_with_the_effect_itself_and_ends_with_its_double():
    grid = dilution_grid(EFFECT)
    assert [share for share, _ in grid] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert grid[0][1] == EFFECT
    assert grid[-1][1].estimate == pytest.approx(-0.12)


@given(st.floats(-1, 1), st.floats(0, 0.9))
def test_it_undoes_the_dilution(effect, share):
    """Had the comparison had `share` of the effect, a comparison finds (1 - share) of it."""
    seen = Estimate("x", "att", effect * (1 - share), 0.1, 0.5, -1, 1, "x", "exact_t", 9, 9)
    assert undiluted(seen, share).estimate == pytest.approx(effect)


@pytest.mark.parametrize("share", [-0.1, 1.0, 1.5, float("nan")])
def test_a_share_that_leaves_nothing_to_compare_is_refused(share):
    with pytest.raises(DesignError, match="from 0 to under 1"):
        undiluted(EFFECT, share)


@pytest.fixture
def changes():
    change = np.array([-0.4, -0.21, -0.17, 0.02, -0.01, 0.0, 0.03, -0.04])
    zeros = np.zeros(8)
    return Changes(
        "K1", "handläggare", tuple("PABCDEFG"), np.arange(8) == 0, zeros, change,
        np.full(8, 100.0), np.full(8, 100.0),
    )  # fmt: skip


def test_near_areas_that_moved_with_the_pilot(changes):
    found = near_and_far(changes, {"A", "B"})
    far = changes.change[3:]
    assert found.against_far.estimate == pytest.approx(-0.4 - far.mean())
    assert found.spread.estimate == pytest.approx(-0.19 - far.mean())
    assert found.spread.conf_high < 0
    assert found.spread.term == "spread"
    assert abs(found.against_far.estimate) > abs(exact_t(changes).estimate)


def test_with_one_far_area_there_is_no_interval(changes):
    found = near_and_far(changes, set("ABCDEF"))
    assert isnan(found.against_far.conf_low)
    assert found.against_far.reason


@pytest.mark.parametrize(
    ("near", "said"),
    [({"P"}, "1 near areas are not"), ({"Q", "A"}, "1 near areas are not"), (set(), "at least one"),
     (set("ABCDEFG"), "name fewer")],
)  # fmt: skip
def test_near_areas_must_be_some_of_those_compared_with(changes, near, said):
    with pytest.raises(DesignError, match=said):
        near_and_far(changes, near)
