"""Levels, changes and two-way fixed effects, on cells small enough to do by hand."""

from dataclasses import replace
from math import isnan

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.estimation.did import (
    collapse,
    counterfactual,
    levels_from_cells,
    pool,
    two_way_fixed_effects,
)

YEARS = {"pre_years": (2018, 2019), "wash_in_years": (2020,), "post_years": (2021, 2022)}


def cell(area, year, n, total, month=3, measure="K1", sex="flicka"):
    return {
        "measure": measure, "area": area, "treated": area == "pilot", "year": year,
        "month": month, "sex": sex, "n": float(n), "total": float(total),
    }  # fmt: skip


@pytest.fixture
def cells():
    return pd.DataFrame(
        [
            cell("pilot", 2018, 10, 30),
            cell("pilot", 2019, 20, 60, sex="flicka"),
            cell("pilot", 2019, 10, 60, sex="pojke"),
            cell("pilot", 2020, 10, 990),
            cell("pilot", 2021, 10, 20),
            cell("pilot", 2021, 10, 990, month=11),
            cell("pilot", 2022, 30, 30),
            cell("linje", 2018, 10, 30),
            cell("linje", 2019, 10, 40),
            cell("linje", 2021, 10, 30),
            cell("linje", 2022, 10, 30),
            cell("linje", 2019, 10, 10, measure="K2"),
        ]
    )


def levels(cells, months=(1, 2, 3)):
    return levels_from_cells(cells, "K1", "handläggare", months, **YEARS)


def test_levels_sum_the_strata_and_the_months_of_the_season_only(cells):
    frame = levels(cells).frame.set_index(["area", "year"])
    assert frame.loc[("pilot", 2019), ["n", "total", "level"]].tolist() == [30, 120, 4]
    assert frame.loc[("pilot", 2021), "level"] == 2
    assert frame.loc[("linje", 2019), "n"] == 10
    assert frame["post"].sum() == 4


def test_an_area_and_year_without_units_has_no_level_rather_than_zero(cells):
    row = levels(cells).frame.set_index(["area", "year"]).loc[("linje", 2020)]
    assert row["n"] == 0
    assert isnan(row["level"])


def test_an_area_known_from_other_outcomes_only_is_not_forgotten(cells):
    lone = pd.DataFrame([cell("vid sidan", 2019, 5, 5, measure="K2")])
    found = levels(pd.concat([cells, lone]))
    assert "vid sidan" in set(found.frame["area"])
    with pytest.raises(DesignError, match="1 of 3 areas have no level before"):
        collapse(found, "cases")


@pytest.mark.parametrize(
    ("weighting", "pre", "post"),
    [("cases", 150 / 40, 50 / 40), ("years", (3 + 4) / 2, (2 + 1) / 2)],
)
def test_collapse_leaves_the_wash_in_out_and_weights_as_the_plan_says(cells, weighting, pre, post):
    changes = collapse(levels(cells), weighting)
    pilot = changes.areas.index("pilot")
    assert changes.pre[pilot] == pytest.approx(pre)
    assert changes.post[pilot] == pytest.approx(post)
    assert (changes.n_pre[pilot], changes.n_post[pilot]) == (40, 40)
    assert changes.treated.tolist() == [False, True]


@pytest.mark.parametrize("weighting", ["cases", "years"])
def test_a_year_without_units_leaves_the_other_years_of_the_window(cells, weighting):
    cells = cells[~((cells["area"] == "linje") & (cells["year"] == 2018))]
    changes = collapse(levels(cells), weighting)
    assert changes.pre[changes.areas.index("linje")] == 4


def test_collapse_of_one_year_after_the_start(cells):
    changes = collapse(levels(cells), "cases", post_years=(2022,))
    assert changes.post.tolist() == [3, 1]


def test_an_area_with_an_empty_window_is_refused_with_the_count(cells):
    cells = cells[~((cells["area"] == "linje") & (cells["year"] > 2020))]
    with pytest.raises(DesignError, match="1 of 2 areas have no level after the start"):
        collapse(levels(cells), "cases")


def test_missing_counts_are_refused_rather_than_summed_as_zero(cells):
    cells.loc[0, "total"] = np.nan
    with pytest.raises(DesignError, match="1 cells lack one of area, year, n, total"):
        levels(cells)


def test_an_area_in_both_arms_is_refused(cells):
    cells.loc[0, "treated"] = False
    with pytest.raises(DesignError, match="1 areas are in both arms"):
        levels(cells)


def test_an_outcome_without_cells_is_refused(cells):
    with pytest.raises(DesignError, match="no cells in the months asked for"):
        levels(cells, months=(7,))


def test_an_unknown_weighting_is_refused(cells):
    with pytest.raises(DesignError, match="'cases' or 'years'"):
        collapse(levels(cells), "median")


def test_counterfactual_is_the_own_level_before_plus_the_comparison_change(cells):
    changes = collapse(levels(cells), "cases")
    observed, expected = counterfactual(changes)
    assert observed == pytest.approx(1.25)
    assert expected == pytest.approx(3.75 + (3 - 3.5))


def test_pooling_uses_the_same_weights_in_every_area(cells):
    found = levels(cells)
    years = [collapse(found, "cases", post_years=(year,)) for year in (2021, 2022)]
    both = pool(years, [1, 3])
    assert both.post.tolist() == pytest.approx([3, (2 + 3 * 1) / 4])
    assert both.pre.tolist() == pytest.approx(years[0].pre.tolist())
    assert both.n_post.tolist() == [20, 40]
    assert both.n_pre.tolist() == years[0].n_pre.tolist()


def test_pooling_other_areas_or_bad_weights_is_refused(cells):
    changes = collapse(levels(cells), "cases")
    with pytest.raises(DesignError, match="same areas"):
        pool([changes, replace(changes, areas=("a", "b"))], [1, 1])
    with pytest.raises(DesignError, match="positive number"):
        pool([changes, changes], [1, 0])
    with pytest.raises(DesignError, match="one weight for each period"):
        pool([changes], [1, 1])


def test_fixed_effects_without_units_after_the_start_are_undefined_with_a_reason(cells):
    cells = cells[~(cells["treated"] & (cells["year"] > 2020))]
    estimate = two_way_fixed_effects(levels(cells))
    assert isnan(estimate.estimate)
    assert isnan(estimate.p_value)
    assert "before and after the start" in estimate.reason


def test_fixed_effects_that_fit_perfectly_have_no_uncertainty_to_report():
    areas = ("pilot", "a", "b", "c")
    rows = [
        cell(
            area, year, 10, 10 * (0.1 * place + 0.3 * (year > 2020) - (year > 2020) * (place == 0))
        )
        for place, area in enumerate(areas)
        for year in (2018, 2019, 2021, 2022)
    ]
    estimate = two_way_fixed_effects(levels(pd.DataFrame(rows)))
    assert isnan(estimate.std_error)
    assert estimate.reason == "the areas' changes do not vary"
