"""Areas treated at different dates: by hand, by brute force over dates, and refusals."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation.date_permutation import date_permutation
from evalkit.estimation.did import collapse
from evalkit.estimation.inference import exact_t
from evalkit.estimation.staggered import area_panel, average, group_changes, group_times
from evalkit.results import Levels

FAST = settings(max_examples=10, deadline=None)
WAYS = ("simple", "event", "group", "calendar")
STARTS = {"a": 2020, "b": 2020, "c": 2021, "d": None, "e": None, "f": None}
seeds = st.integers(0, 10**6)


def levels_of(table, years, n=10.0):
    """`Levels` of area -> yearly levels; who is treated when is told apart from it."""
    rows = [
        (area, year, level)
        for area in table
        for year, level in zip(years, table[area], strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["area", "year", "level"])
    frame = frame.assign(treated=False, post=False, n=n, total=n * frame["level"])
    return Levels("K1", "antal", frame, (years[0],), (), tuple(years[1:]))


def draw(seed, starts=STARTS, years=tuple(range(2018, 2023))):
    random = np.random.default_rng(seed)
    return levels_of({area: random.normal(size=len(years)) for area in starts}, years)


@pytest.fixture
def worked():
    """Two starts and two areas never treated, small whole numbers."""
    return levels_of(
        {"a": [10, 13, 15], "b": [20, 21, 26], "d": [5, 6, 7], "e": [8, 9, 12]},
        (2019, 2020, 2021),
    )


STARTS_WORKED = {"a": 2020, "b": 2021, "d": None, "e": None}


def test_group_times_by_hand(worked):
    """Never: a in 2020 is 3 - 1, in 2021 5 - 3; b in 2021 is 5 - 2, and in 2019 -1 - -1."""
    found = group_times(area_panel(worked, STARTS_WORKED)).frame.set_index(["group", "year"])["att"]
    assert found.to_dict() == pytest.approx(
        {(2020, 2020): 2, (2020, 2021): 2, (2021, 2019): 0, (2021, 2021): 3}
    )


def test_not_yet_treated_by_hand(worked):
    """a in 2020 may also be compared with b, which moved 1 like the others; 2021 as before."""
    found = group_times(area_panel(worked, STARTS_WORKED), "not_yet").frame
    assert found["n_comparison"].tolist() == [3, 2, 2, 2]
    assert found["att"].tolist() == pytest.approx([2, 2, 0, 3])


def test_averages_by_hand(worked):
    found = group_times(area_panel(worked, STARTS_WORKED))
    expected = {
        "simple": (2 + 2 + 3) / 3,
        "event": ((2 + 3) / 2 + 2) / 2,
        "group": (2 + 3) / 2,
        "calendar": (2 + (2 + 3) / 2) / 2,
    }
    for by, value in expected.items():
        assert average(found, by).overall.estimate == pytest.approx(value)
    parts = average(found, "event").parts
    assert [part.term for part in parts] == ["-2", "0", "1"]
    assert [part.estimate for part in parts] == pytest.approx([0, 2.5, 2])


@FAST
@given(seeds)
def test_one_start_is_the_plain_comparison(seed):
    """The estimate is exact_t's from the last year before; the error the arms' own spreads."""
    starts = {"a": 2020, "b": 2020, "c": None, "d": None, "e": None}
    found = area_panel(draw(seed, starts), starts)
    plain = exact_t(group_changes(found, 2020))
    for by in WAYS:
        assert average(group_times(found), by).overall.estimate == pytest.approx(plain.estimate)
    changes = group_changes(found, 2020)
    arms = [changes.change[changes.treated], changes.change[~changes.treated]]
    variance = sum(np.var(arm) / len(arm) for arm in arms)
    simple = average(group_times(found)).overall
    assert simple.std_error == pytest.approx(np.sqrt(variance))


def test_group_changes_are_those_of_the_usual_chain():
    starts = {"a": 2021, "b": None, "c": None, "d": None}
    levels = draw(3, starts)
    frame = levels.frame.assign(
        treated=levels.frame["area"] == "a", post=levels.frame["year"] >= 2021
    )
    usual = collapse(Levels("K1", "antal", frame, (2020,), (), (2021, 2022)), "years")
    found = group_changes(area_panel(levels, starts), 2021)
    assert found.change == pytest.approx(usual.change)
    assert found.treated.tolist() == usual.treated.tolist()
    assert found.areas == usual.areas


@FAST
@given(seeds)
def test_group_changes_give_each_groups_effect_with_its_own_exact_t(seed):
    found = area_panel(draw(seed), STARTS)
    parts = average(group_times(found), "group").parts
    for part in parts:
        exact = exact_t(group_changes(found, int(part.term)))
        assert exact.estimate == pytest.approx(part.estimate)


@FAST
@given(seeds, st.floats(-3, 3), st.sampled_from(["never", "not_yet"]), st.sampled_from(WAYS))
def test_an_equal_effect_everywhere_is_added(seed, effect, comparison, by):
    levels = draw(seed)
    first = levels.frame["area"].map(STARTS).astype(float)
    treated = levels.frame["year"] >= first
    more = levels.frame.assign(level=levels.frame["level"] + effect * treated)
    moved = Levels("K1", "antal", more, levels.pre_years, (), levels.post_years)
    before, after = (
        average(group_times(area_panel(one, STARTS), comparison), by).overall
        for one in (levels, moved)
    )
    assert after.estimate == pytest.approx(before.estimate + effect, abs=1e-9)
    assert after.std_error == pytest.approx(before.std_error, abs=1e-9)


@FAST
@given(seeds, st.floats(0.1, 10))
def test_levels_years_and_units_that_everybody_shares_change_nothing(seed, factor):
    levels = draw(seed)
    frame = levels.frame
    shared = frame["area"].map(dict(zip("abcdef", range(6), strict=True))) + frame["year"] ** 0.5
    moved = Levels(
        "K1", "antal", frame.assign(level=factor * (frame["level"] + shared)), (2018,), (), ()
    )
    for by in WAYS:
        one, other = (
            average(group_times(area_panel(each, STARTS)), by).overall for each in (levels, moved)
        )
        assert other.estimate == pytest.approx(factor * one.estimate, abs=1e-9)
        assert other.p_value == pytest.approx(one.p_value, abs=1e-9)


@pytest.mark.parametrize("comparison", ["never", "not_yet"])
@pytest.mark.parametrize("by", WAYS)
def test_the_permutation_by_estimating_anew_for_every_dealing(comparison, by):
    levels = draw(8)
    found = group_times(area_panel(levels, STARTS), comparison)
    mine = date_permutation(found, by)
    realised = average(found, by).overall.estimate
    dealings = {tuple(dealt) for dealt in permutations(STARTS.values())}
    effects = [
        average(
            group_times(area_panel(levels, dict(zip(STARTS, dealt, strict=True))), comparison), by
        ).overall.estimate
        for dealt in dealings
    ]
    assert len(effects) == 60  # 6! / (2! 1! 3!)
    assert mine.estimate == pytest.approx(realised)
    assert mine.p_value == pytest.approx(np.mean(np.abs(effects) >= abs(realised) - 1e-9))
    assert mine.reason == "smallest possible p-value 1/60"


def test_the_permutation_never_rejects_more_often_than_it_says():
    """Over all dealings of the same levels, at most alpha of the p-values are at most alpha."""
    levels = draw(4)
    dealings = {tuple(dealt) for dealt in permutations(STARTS.values())}
    p_values = np.array([
        date_permutation(
            group_times(area_panel(levels, dict(zip(STARTS, dealt, strict=True))))
        ).p_value
        for dealt in dealings
    ])  # fmt: skip
    for alpha in (1 / 60, 0.05, 0.1, 0.25, 0.5):
        assert np.mean(p_values <= alpha + 1e-12) <= alpha + 1e-12


def test_how_often_each_is_wrong_with_one_area_a_start():
    """No effect, AR(1) with .5, two starts of one area each against seven never treated.

    300 draws, nominal 5 %: four standard errors are .05. In 1,000 other draws the many-area error
    rejected 25 % and the permutation 4 %.
    """
    starts = {str(area): year for area, year in enumerate([2021, 2022] + [None] * 7)}
    random = np.random.default_rng(61)
    many, dealt = 0, 0
    for _ in range(300):
        level = random.normal(size=(9, 8))
        for place in range(1, 8):
            level[:, place] = 0.5 * level[:, place - 1] + 0.75**0.5 * level[:, place]
        levels = levels_of(dict(zip(starts, level, strict=True)), range(2017, 2025))
        found = group_times(area_panel(levels, starts))
        many += average(found).overall.p_value < 0.05
        dealt += date_permutation(found).p_value <= 0.05
    assert dealt / 300 <= 0.05 + 0.05
    assert many / 300 > 0.05 + 0.05


def test_too_many_dealings_are_refused():
    starts = {str(area): 2020 if area < 12 else None for area in range(30)}
    found = date_permutation(group_times(area_panel(draw(0, starts), starts)))
    assert np.isnan(found.p_value)
    assert found.reason == "86493225 placements are too many"


def test_few_areas_are_told_and_many_are_not():
    few = average(group_times(area_panel(draw(1), STARTS)), "group")
    assert few.overall.reason.startswith("not valid with few areas: a group has 1")
    assert [part.reason[:40] for part in few.parts] == [
        "not valid with few areas: a group has 2,",
        "not valid with few areas: a group has 1,",
    ]
    many = {str(area): 2020 if area < 5 else None for area in range(10)}
    assert average(group_times(area_panel(draw(1, many), many))).overall.reason == ""


def test_a_start_after_the_last_year_is_never():
    late = area_panel(draw(2), STARTS | {"d": 2023})
    assert np.array_equal(late.start, area_panel(draw(2), STARTS).start)


def test_without_spread_there_is_no_error():
    starts = {"a": 2020, "b": None, "c": None}
    flat = levels_of({"a": [1, 2, 5], "b": [1, 2, 3], "c": [4, 5, 6]}, (2018, 2019, 2020))
    found = average(group_times(area_panel(flat, starts))).overall
    assert found.estimate == pytest.approx(2)
    assert np.isnan(found.p_value)
    assert found.reason == "the areas' changes do not vary"


def test_what_cannot_be_compared_is_refused():
    levels = draw(5)
    with pytest.raises(DesignError, match="2 areas are in only one of levels and starts"):
        area_panel(levels, {area: STARTS.get(area) for area in "abcdeg"})
    with pytest.raises(DesignError, match="1 areas are treated from the first year on"):
        area_panel(levels, STARTS | {"a": 2018})
    holed = levels.frame.assign(level=levels.frame["level"].where(levels.frame.index != 7))
    with pytest.raises(DesignError, match="1 area-years have no level"):
        area_panel(Levels("K1", "antal", holed, (2018,), (), ()), STARTS)
    everybody = {area: 2020 if area < "d" else 2021 for area in STARTS}
    with pytest.raises(DesignError, match="8 group-years have no comparison area"):
        group_times(area_panel(levels, everybody))
    with pytest.raises(DesignError, match="no area is treated in these years"):
        group_times(area_panel(levels, dict.fromkeys(STARTS)))
    with pytest.raises(DesignError, match="no area starts in the year asked for"):
        group_changes(area_panel(levels, STARTS), 2022)
    with pytest.raises(DesignError, match="must be 'never' or 'not_yet'"):
        group_times(area_panel(levels, STARTS), "always")
    with pytest.raises(DesignError, match="must be by simple, event, group, calendar"):
        average(group_times(area_panel(levels, STARTS)), "area")
