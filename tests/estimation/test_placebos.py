"""Placebos in space and time: which there are, what they are, and what they never look at."""

from math import isnan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation.did import collapse, levels_on_grid
from evalkit.estimation.inference import exact_t, permutation
from evalkit.estimation.placebos import Window, placebo_grid, windows
from evalkit.results import Levels

PRE, WASH_IN, POST = (2017, 2018, 2019), (2020,), (2021,)


def make(values, pre=PRE, wash_in=WASH_IN, post=POST, treated=("a0",), n=None):
    """Levels of areas a0, a1, ... over consecutive time points; `n` cases each, 10 if not given."""
    values = np.asarray(values, float)
    areas = [f"a{i}" for i in range(len(values))]
    times = sorted({*pre, *wash_in, *post})
    sums = pd.DataFrame(
        [(area, time) for area in areas for time in times], columns=["area", "year"]
    )
    sums["n"] = 10.0 if n is None else np.asarray(n, float).ravel()
    sums["level"] = values.ravel()
    sums["total"] = sums["n"] * sums["level"]
    arm = pd.Series([area in treated for area in areas], index=pd.Index(areas, name="area"))
    return levels_on_grid(sums[sums["n"] > 0], arm, "K1", "handläggare", pre, wash_in, post)


def noise(n_areas=5, n_times=5, seed=1):
    return np.random.default_rng(seed).normal(size=(n_areas, n_times))


def test_the_windows_of_a_yearly_design():
    """Wash-in 2020 and 2021 after: the same distances from a start in 2018 and in 2019."""
    assert windows(make(noise())) == (
        Window(2018, (2017,), (2018,), (2019,)),
        Window(2019, (2017, 2018), (2019,), (2020,)),
        Window(2020, PRE, WASH_IN, POST),
    )
    assert [window.start for window in windows(make(noise()), least_before=2)] == [2019, 2020]


def test_windows_of_quarters_keep_the_distance_to_the_start():
    levels = make(noise(4, 20), range(12), range(12, 16), range(16, 20))
    found = windows(levels, least_before=8)
    assert [window.start for window in found] == [8, 9, 10, 11, 12]
    assert found[1].before == tuple(range(9))
    assert found[1].wash_in == (9, 10, 11, 12)
    assert found[1].after == (13, 14, 15, 16)


def test_placebos_by_hand():
    """Only a1 moves, by 3 in 2019: against a2 and a3 that is 3; they are each -1.5 against it."""
    values = np.zeros((4, 5))
    values[1, 2] = 3.0
    frame = placebo_grid(make(values), "years").frame.set_index(["start", "area"])["estimate"]
    assert frame[2018]["a1"] == pytest.approx(3.0)
    assert frame[2018]["a2"] == pytest.approx(-1.5)
    assert frame[2018]["a0"] == pytest.approx(-1.0)  # the treated area, against all three
    assert frame[2019].abs().max() == 0  # 2019 is wash-in
    assert frame[2020]["a1"] == pytest.approx(-1.0)  # a third of the years before


def test_every_placebo_is_the_headline_contrast_of_its_own_small_study():
    """Cut the study out of the figures by hand and let the ordinary chain answer."""
    n = np.random.default_rng(3).integers(5, 60, size=(6, 5))
    values = noise(6)
    levels = make(values, n=n)
    for row in placebo_grid(levels, "cases").frame.itertuples():
        (window,) = (one for one in windows(levels) if one.start == row.start)
        frame = levels.frame
        keep = (frame["area"] == row.area) | (frame["area"] != "a0")
        frame = frame[keep & frame["year"].isin(window.times)]
        frame = frame.assign(treated=frame["area"] == row.area)
        own = Levels("K1", "", frame, window.before, window.wash_in, window.after)
        assert exact_t(collapse(own, "cases")).estimate == pytest.approx(row.estimate, abs=1e-12)


def test_what_the_treated_area_did_after_the_start_shows_in_the_real_estimate_alone():
    values = noise()
    first = placebo_grid(make(values), "cases")
    values[0, 3:] += 1000.0
    second = placebo_grid(make(values), "cases")
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert second.estimate == pytest.approx(first.estimate + 1000)
    assert second.p_value == second.floor == 1 / (1 + len(second.frame))


def test_the_treated_area_is_its_own_placebo_only_where_the_window_ends_before_the_start():
    frame = placebo_grid(make(noise()), "cases").frame
    assert frame.loc[frame["treated"], "start"].tolist() == [2018]
    assert frame.groupby("start").size().to_dict() == {2018: 5, 2019: 4, 2020: 4}


def test_the_p_value_counts_placebos_at_least_as_large():
    found = placebo_grid(make(noise(seed=5)), "cases")
    larger = (found.frame["estimate"].abs() >= abs(found.estimate)).sum()
    assert 0 < larger < len(found.frame)
    assert found.p_value == pytest.approx((1 + larger) / (1 + len(found.frame)))
    assert f"1/{1 + len(found.frame)}" in found.reason


def test_with_no_earlier_start_it_ranks_areas_as_the_permutation_does():
    """One year before: space only. Distances from the rest and from the others order alike when
    the treated area lies furthest out.
    """
    levels = make([[0, 9], [0, 1], [0, 2], [0, 4]], (2019,), (), (2020,))
    assert placebo_grid(levels, "cases").p_value == permutation(collapse(levels, "cases")).p_value


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.floats(-100, 100), min_size=5, max_size=5),
    st.lists(st.floats(-100, 100), min_size=5, max_size=5),
)
def test_an_areas_own_level_and_a_common_year_change_no_placebo(area, year):
    values = noise()
    shifted = values + np.array(area)[:, None] + np.array(year)
    first, second = (placebo_grid(make(each), "years").frame for each in (values, shifted))
    np.testing.assert_allclose(first["estimate"], second["estimate"], atol=1e-10)


def test_a_start_at_which_an_area_has_no_cases_is_left_out_and_named():
    n = np.full((5, 5), 10)
    n[2, 0] = 0  # nothing in 2017, the only year before a start in 2018
    found = placebo_grid(make(noise(), n=n), "cases")
    assert found.left_out == (2018,)
    assert set(found.frame["start"]) == {2019, 2020}


def test_several_treated_areas_have_placebos_but_no_p_value():
    found = placebo_grid(make(noise(), treated=("a0", "a1")), "cases")
    assert isnan(found.p_value)
    assert "one treated area" in found.reason
    assert len(found.frame) > 0


def test_designs_without_placebos_are_refused():
    with pytest.raises(DesignError, match="two comparison areas"):
        placebo_grid(make(noise(2)), "cases")
    with pytest.raises(DesignError, match="4 time points before"):
        placebo_grid(make(noise()), "cases", least_before=4)
    with pytest.raises(DesignError, match="must precede"):
        placebo_grid(make(noise(), pre=(2017, 2018, 2021), post=(2019,)), "cases")
