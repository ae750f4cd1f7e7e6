"""Year by year against the reference year, and the drift before the start."""

from math import isnan, nan

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation.event_study import event_study, pre_drift, pre_trend
from evalkit.estimation.power import minimum_detectable_effect
from evalkit.results import Levels

PRE, WASH_IN, POST = (2017, 2018, 2019), (2020,), (2021, 2022)


def make(levels, pre=PRE):
    """Levels from a table areas x years; the first area is treated."""
    years = (*pre, *WASH_IN, *POST)
    rows = [
        (f"område {place}", place == 0, year, year in POST, 10.0, 10 * value, value)
        for place, series in enumerate(levels)
        for year, value in zip(years, series, strict=True)
    ]
    columns = ["area", "treated", "year", "post", "n", "total", "level"]
    return Levels("R1", "pe", pd.DataFrame(rows, columns=columns), pre, WASH_IN, POST)


@pytest.fixture
def noisy():
    return make(np.random.default_rng(3).normal(size=(6, 6)))


def test_one_estimate_for_every_year_but_the_reference(noisy):
    found = event_study(noisy, 2019)
    assert [one.term for one in found] == ["2017", "2018", "2020", "2021", "2022"]
    assert {one.method for one in found} == {"event_study"}


def test_each_year_is_the_gap_since_the_reference_year():
    series = [[1, 1, 1, 2, 4, 5], [1, 2, 3, 3, 3, 3], [2, 3, 4, 5, 4, 4], [0, 0, 0, 0, 3, 1]]
    found = {one.term: one for one in event_study(make(series), 2019)}
    assert found["2021"].estimate == pytest.approx(3 - (0 + 0 + 3) / 3)
    assert found["2017"].estimate == pytest.approx(0 - (-2 - 2 + 0) / 3)


def test_intervals_hold_together_over_all_years(noisy):
    """Bonferroni: five years, so each limit is that of a 99 % t interval with 4 df."""
    wide = noisy.frame.pivot(index="area", columns="year", values="level")
    for one in event_study(noisy, 2019, confidence=0.95):
        gap = (wide[int(one.term)] - wide[2019]).to_numpy()
        error = np.std(gap[1:], ddof=1) * np.sqrt(1 + 1 / 5)
        t = (gap[0] - gap[1:].mean()) / error
        assert one.conf_high - one.estimate == pytest.approx(stats.t.ppf(0.995, 4) * error)
        assert one.p_value == pytest.approx(min(1, 5 * 2 * stats.t.sf(abs(t), 4)))


def test_a_year_without_a_level_somewhere_is_undefined_and_the_others_are_not():
    series = np.random.default_rng(5).normal(size=(5, 6))
    series[2, 4] = nan
    found = {one.term: one for one in event_study(make(series), 2019)}
    assert isnan(found["2021"].estimate)
    assert found["2021"].reason == "1 areas have no change"
    assert not isnan(found["2022"].p_value)


def test_the_reference_year_must_be_before_the_start(noisy):
    with pytest.raises(DesignError, match="before the start"):
        event_study(noisy, 2021)


def test_pre_trend_compares_least_squares_slopes(noisy):
    wide = noisy.frame.pivot(index="area", columns="year", values="level")[list(PRE)]
    slopes = np.array([np.polyfit(PRE, row, 1)[0] for row in wide.to_numpy()])
    found = pre_trend(noisy)
    assert found.estimate == pytest.approx(slopes[0] - slopes[1:].mean())
    error = np.std(slopes[1:], ddof=1) * np.sqrt(1 + 1 / 5)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(found.estimate) / error, 4))
    assert (found.term, found.unit) == ("pre_slope", "pe per år")


def test_pre_trend_finds_a_pilot_that_was_already_on_its_way():
    drifting = [[0, 5, 10, 0, 0, 0]] + [[0.1 * place, 0, 0.1, 0, 0, 0] for place in range(5)]
    assert pre_trend(make(drifting)).p_value < 0.001


def test_the_drift_that_could_be_found_is_told_in_the_same_unit(noisy):
    wide = minimum_detectable_effect(pre_drift(noisy))
    assert wide > pre_trend(noisy).conf_high - pre_trend(noisy).estimate


def test_one_pre_year_cannot_show_a_trend():
    levels = make(np.random.default_rng(1).normal(size=(5, 4)), pre=(2019,))
    found = pre_trend(levels)
    assert isnan(found.p_value)
    assert found.reason == "one pre-year: no trend can be tested"
    with pytest.raises(DesignError, match="one pre-year"):
        pre_drift(levels)
