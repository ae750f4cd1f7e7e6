"""Laws that hold whatever the data: the effect moves as it should, and else stays."""

from math import isnan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.estimation.balance import share_difference
from evalkit.estimation.did import collapse, levels_from_cells, two_way_fixed_effects
from evalkit.estimation.event_study import event_study
from evalkit.estimation.inference import METHODS, exact_t
from evalkit.estimation.proportions import bounds_with_unknown, wilson
from evalkit.estimation.survival import cumulative_incidence

FAST = settings(max_examples=25, deadline=None)
FEW = settings(max_examples=6, deadline=None)  # each example fits several regressions
YEARS = {"pre_years": (2018, 2019), "wash_in_years": (2020,), "post_years": (2021,)}
seeds = st.integers(0, 10**6)
finite = st.floats(-50, 50)


def draw_cells(seed, n_areas=6, even=False):
    """Cells of one outcome in every area, year and sex; the first area is treated."""
    random = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [range(n_areas), (2018, 2019, 2020, 2021), ("flicka", "pojke")],
        names=["area", "year", "sex"],
    )
    cells = index.to_frame(index=False)
    cells["n"] = 20.0 if even else random.integers(1, 30, len(cells)).astype(float)
    cells["total"] = cells["n"] * random.normal(2, 1, len(cells))
    return cells.assign(measure="K1", month=1, treated=cells["area"] == 0)


def levels(cells):
    return levels_from_cells(cells, "K1", "", (1,), **YEARS)


def headline(cells, weighting="cases"):
    return exact_t(collapse(levels(cells), weighting))


@FAST
@given(seeds, finite, st.sampled_from(["cases", "years"]))
def test_adding_a_constant_to_everybody_changes_nothing(seed, constant, weighting):
    cells = draw_cells(seed)
    moved = cells.assign(total=cells["total"] + constant * cells["n"])
    before, after = headline(cells, weighting), headline(moved, weighting)
    assert after.estimate == pytest.approx(before.estimate, abs=1e-9)
    assert after.std_error == pytest.approx(before.std_error, abs=1e-9)


@FAST
@given(seeds, st.floats(0.01, 50))
def test_another_unit_of_measurement_scales_and_keeps_the_p_value(seed, factor):
    cells = draw_cells(seed)
    for method in METHODS.values():
        before = method(collapse(levels(cells), "cases"), 0.9)
        scaled = method(collapse(levels(cells.assign(total=factor * cells["total"])), "cases"), 0.9)
        assert scaled.estimate == pytest.approx(factor * before.estimate)
        assert scaled.p_value == pytest.approx(before.p_value)


@FEW
@given(seeds)
def test_row_order_and_merged_strata_change_nothing(seed):
    cells = draw_cells(seed)
    shuffled = cells.sample(frac=1, random_state=seed)
    merged = cells.groupby(["area", "year", "measure", "month", "treated"], as_index=False)[
        ["n", "total"]
    ].sum()
    for other in (shuffled, merged):
        assert headline(other).p_value == pytest.approx(headline(cells).p_value)
        assert two_way_fixed_effects(levels(other)).std_error == pytest.approx(
            two_way_fixed_effects(levels(cells)).std_error
        )


@FAST
@given(seeds)
def test_swapping_the_arms_of_two_areas_flips_the_sign(seed):
    cells = draw_cells(seed, n_areas=2)
    swapped = cells.assign(treated=~cells["treated"])
    one, other = (
        METHODS["permutation"](collapse(levels(c), "cases"), 0.95) for c in (cells, swapped)
    )
    assert other.estimate == pytest.approx(-one.estimate)


@FAST
@given(seeds)
def test_swapping_three_against_three_areas_flips_the_sign_and_keeps_the_p_value(seed):
    cells = draw_cells(seed)
    cells["treated"] = cells["area"] < 3
    swapped = cells.assign(treated=~cells["treated"])
    for method in METHODS.values():
        one, other = (method(collapse(levels(c), "cases"), 0.95) for c in (cells, swapped))
        assert other.estimate == pytest.approx(-one.estimate)
        assert other.p_value == pytest.approx(one.p_value)


@FAST
@given(seeds)
def test_names_of_areas_do_not_matter(seed):
    cells = draw_cells(seed)
    renamed = cells.assign(area=cells["area"].map({0: 9, 1: 4, 2: 7, 3: 1, 4: 8, 5: 3}))
    assert headline(renamed).p_value == pytest.approx(headline(cells).p_value)


@FEW
@given(seeds)
def test_fixed_effects_equal_the_contrast_when_all_cells_are_of_one_size(seed):
    cells = draw_cells(seed, even=True)
    fixed = two_way_fixed_effects(levels(cells))
    assert fixed.estimate == pytest.approx(headline(cells).estimate, abs=1e-10)


@FEW
@given(seeds, st.floats(-5, 5))
def test_an_effect_put_into_the_treated_area_comes_out(seed, effect):
    cells = draw_cells(seed)
    hit = cells["treated"] & (cells["year"] == 2021)
    changed = cells.assign(total=cells["total"] + effect * cells["n"] * hit)
    for estimate in (headline, lambda c: two_way_fixed_effects(levels(c))):
        gain = estimate(changed).estimate - estimate(cells).estimate
        assert gain == pytest.approx(effect, abs=1e-9)
    years = {one.term: one for one in event_study(levels(changed), 2019)}
    plain = {one.term: one for one in event_study(levels(cells), 2019)}
    assert years["2021"].estimate - plain["2021"].estimate == pytest.approx(effect, abs=1e-9)
    assert years["2018"] == plain["2018"]


@FAST
@given(st.lists(finite, min_size=3, max_size=7), st.floats(0.5, 0.99))
def test_a_p_value_is_a_p_value_and_never_zero_by_default(values, confidence):
    frame = pd.DataFrame({"area": range(len(values)), "value": values})
    cells = pd.concat(
        [frame.assign(year=2019, total=0.0), frame.assign(year=2021, total=frame["value"])]
    ).assign(measure="K1", month=1, n=1.0, treated=lambda rows: rows["area"] == 0)
    for method in METHODS.values():
        found = method(collapse(levels(cells), "cases"), confidence)
        assert isnan(found.p_value) == isnan(found.estimate)
        assert isnan(found.p_value) or 0 < found.p_value <= 1
        assert found.reason or not isnan(found.p_value)


days = st.integers(1, 400)


@FAST
@given(st.lists(st.tuples(days, st.sampled_from(["return", "competing"])), max_size=30),
       st.integers(1, 30))  # fmt: skip
def test_without_censoring_before_the_horizon_incidence_is_the_share(events, quiet):
    rows = [*events, *[(366, "censored")] * quiet]
    risk = pd.DataFrame(rows, columns=["time", "status"]).assign(n=1.0)
    returned = sum(day <= 365 and status == "return" for day, status in events)
    found = cumulative_incidence(risk, 365)
    assert found.at(365) == pytest.approx(returned / len(rows), abs=1e-12)


@FAST
@given(st.lists(st.tuples(days, st.sampled_from(["return", "competing", "censored"])),
                min_size=1, max_size=30))  # fmt: skip
def test_the_three_shares_add_up_at_every_event(rows):
    risk = pd.DataFrame(rows, columns=["time", "status"]).assign(n=1.0)
    found = cumulative_incidence(risk, 365)
    total = found.cif_return + found.cif_competing + found.event_free
    assert total == pytest.approx(np.ones(len(total)))
    assert (np.diff(found.cif_return) >= 0).all()


counts = st.integers(0, 500)


@FAST
@given(counts, counts, counts)
def test_limits_of_proportions_hold_the_estimate(yes, no, unknown):
    interval, bounds = wilson(yes, yes + no), bounds_with_unknown(yes, no, unknown)
    if yes + no:
        assert 0 <= interval.low <= interval.estimate <= interval.high <= 1
        assert bounds.low - 1e-12 <= bounds.estimate <= bounds.high + 1e-12


@FAST
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_standardised_differences_change_sign_with_the_arms(one, other):
    assert share_difference(one, other) == pytest.approx(-share_difference(other, one))
