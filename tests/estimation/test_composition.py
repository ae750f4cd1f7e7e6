"""Standardisation from cells: worked by hand, by loops, and where it must refuse."""

from math import isnan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation.composition import (
    composition,
    lacking,
    merge_strata,
    standardised_changes,
    standardised_levels,
    stratify,
)
from evalkit.estimation.did import collapse
from evalkit.estimation.inference import exact_t

FAST = settings(max_examples=10, deadline=None)
WINDOW = {"pre_years": (2018, 2019), "wash_in_years": (2020,), "post_years": (2021, 2022)}
COLUMNS = ["area", "treated", "year", "sex", "age_group", "n", "total"]
seeds = st.integers(0, 10**6)


def prepare(cells, strata=("sex",), standard="treated_post", **window):
    return stratify(
        cells, "R1", "andel", (1,), **(WINDOW | window), strata=strata, standard=standard
    )


def complete(rows):
    return pd.DataFrame(rows, columns=COLUMNS).assign(measure="R1", month=1)


@pytest.fixture
def two_areas():
    """Girls at .2 and boys at .4 throughout; only the pilot's mix moves, 60/40 to 20/80."""
    mixes = {
        ("pilot", 2019): (60, 40), ("pilot", 2021): (20, 80),
        ("line", 2019): (50, 50), ("line", 2021): (50, 50),
        ("other", 2019): (10, 90), ("other", 2021): (10, 90),
    }  # fmt: skip
    rows = [
        (area, area == "pilot", year, sex, "0-17", float(n), share * n)
        for (area, year), mix in mixes.items()
        for sex, n, share in zip(("flicka", "pojke"), mix, (0.2, 0.4), strict=True)
    ]
    return complete(rows)


@pytest.fixture
def window():
    return {"pre_years": (2019,), "wash_in_years": (), "post_years": (2021,)}


def draw(seed, same_mix=False):
    """Six areas, five years, sex by age group, every stratum present."""
    random = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [range(6), range(2018, 2023), ("flicka", "pojke"), ("0-6", "7-12", "13-17")],
        names=["area", "year", "sex", "age_group"],
    )
    cells = index.to_frame(index=False).assign(measure="R1", month=1)
    cells["n"] = random.integers(1, 40, len(cells)).astype(float)
    if same_mix:
        cells["n"] = 10.0 * (1 + cells.groupby(["area", "year"]).cumcount())
    cells["total"] = cells["n"] * random.uniform(size=len(cells))
    return cells.assign(treated=cells["area"] == 0)


def test_a_change_that_is_only_composition(two_areas, window):
    """The pilot's level goes from .28 to .36 as its mix moves; given one mix it does not move."""
    strata = prepare(two_areas, **window)
    plain, standardised = collapse(strata.levels, "cases"), standardised_changes(strata)
    assert plain.change[plain.treated] == pytest.approx([0.08])
    assert standardised.change == pytest.approx([0, 0, 0], abs=1e-12)
    assert standardised.pre == pytest.approx([0.36, 0.36, 0.36])


def test_the_part_that_is_composition_is_judged_by_how_areas_mixes_move(two_areas, window):
    """The others' mixes move their levels by 0 and .018: the exact t of .08 against 0 and .018."""
    other = (two_areas["area"] == "other") & (two_areas["year"] == 2021)
    two_areas.loc[other, "n"] = [1.0, 99.0]
    two_areas.loc[other, "total"] = [0.2, 39.6]
    found = composition(prepare(two_areas, **window)).composition
    assert found.estimate == pytest.approx(0.08 - 0.018 / 2)
    assert found.std_error == pytest.approx(0.018 / np.sqrt(2) * np.sqrt(1 + 1 / 2))


@pytest.mark.parametrize(
    ("standard", "girls"), [("treated_post", 20 / 100), ("treated", 80 / 200), ("all", 200 / 600)]
)
def test_each_standard_by_hand(two_areas, window, standard, girls):
    strata = prepare(two_areas, standard=standard, **window)
    assert strata.weights["flicka"] == pytest.approx(girls)
    levels = standardised_levels(strata).frame["level"]
    assert levels.to_numpy() == pytest.approx(np.full(6, 0.2 * girls + 0.4 * (1 - girls)))


def by_loops(cells, standard, keys):
    """The definition in plain Python: sum over strata of w_s * total_s / n_s, by area and year."""
    records = cells.to_dict("records")
    members = [row for row in records if standard(row)]
    size = sum(row["n"] for row in members)
    levels = {}
    for place in {(row["area"], row["year"]) for row in records}:
        level = 0.0
        for stratum in {tuple(row[key] for key in keys) for row in members}:
            inside = [row for row in records if tuple(row[key] for key in keys) == stratum]
            here = [row for row in inside if (row["area"], row["year"]) == place]
            weight = sum(row["n"] for row in inside if standard(row)) / size
            level += weight * sum(row["total"] for row in here) / sum(row["n"] for row in here)
        levels[place] = level
    return levels


@pytest.mark.parametrize("keys", [("sex",), ("sex", "age_group")])
def test_levels_by_loops(keys):
    cells = draw(3)
    frame = standardised_levels(prepare(cells, keys)).frame
    expected = by_loops(cells, lambda row: row["treated"] and row["year"] in (2021, 2022), keys)
    for row in frame.itertuples():
        assert row.level == pytest.approx(expected[row.area, row.year], abs=1e-12)
        assert row.total == pytest.approx(row.n * row.level)


@FAST
@given(seeds, st.sampled_from(["treated_post", "treated", "all"]))
def test_the_parts_add_up(seed, standard):
    found = composition(prepare(draw(seed), ("sex", "age_group"), standard))
    parts = found.standardised.estimate + found.composition.estimate
    assert parts == pytest.approx(found.plain.estimate, abs=1e-12)


@FAST
@given(seeds)
def test_the_same_mix_everywhere_leaves_nothing_to_standardise(seed):
    strata = prepare(draw(seed, same_mix=True), ("sex", "age_group"))
    plain, found = strata.levels.frame, standardised_levels(strata).frame
    assert found["level"].to_numpy() == pytest.approx(plain["level"].to_numpy(), abs=1e-12)


@FAST
@given(seeds, st.floats(-5, 5))
def test_a_constant_for_everybody_and_another_row_order_change_nothing(seed, constant):
    cells = draw(seed)
    moved = cells.assign(total=cells["total"] + constant * cells["n"])
    before = exact_t(standardised_changes(prepare(cells)))
    after = exact_t(standardised_changes(prepare(moved.sample(frac=1, random_state=seed))))
    assert after.estimate == pytest.approx(before.estimate, abs=1e-9)
    assert after.std_error == pytest.approx(before.std_error, abs=1e-9)


@FAST
@given(seeds)
def test_one_year_on_each_side_makes_both_routes_one(seed):
    strata = prepare(draw(seed), pre_years=(2019,), post_years=(2021,))
    by_year, by_window = (
        collapse(standardised_levels(strata), "cases"),
        standardised_changes(strata),
    )
    assert by_year.change == pytest.approx(by_window.change, abs=1e-12)


@pytest.fixture
def without_a_stratum():
    """Area 2 has no girls of 13-17 before the start; area 4 none in 2018 only."""
    cells = draw(7)
    teenage_girl = (cells["sex"] == "flicka") & (cells["age_group"] == "13-17")
    gone = (cells["area"] == 2) & cells["year"].isin([2018, 2019])
    gone |= (cells["area"] == 4) & (cells["year"] == 2018)
    return cells[~(teenage_girl & gone)]


def test_a_lacking_stratum_is_undefined_and_not_spread_over_the_others(without_a_stratum):
    strata = prepare(without_a_stratum, ("sex", "age_group"))
    assert lacking(strata) == 3
    found = composition(strata)
    assert not isnan(found.plain.estimate)
    for part in (found.standardised, found.composition):
        assert isnan(part.estimate)
        assert isnan(part.conf_low)
        assert part.reason.startswith("1 areas lack units in a stratum")
    with pytest.raises(DesignError, match="2 of 6 areas have no level before"):
        collapse(standardised_levels(strata), "years")


def test_merged_strata_bring_it_back(without_a_stratum):
    merged = merge_strata(without_a_stratum, "age_group", {"7-17": ("7-12", "13-17")})
    strata = prepare(merged, ("sex", "age_group"))
    assert lacking(strata) == 0
    assert not isnan(composition(strata).standardised.estimate)
    with pytest.raises(DesignError, match="1 values to merge are not in the cells, 0 are in two"):
        merge_strata(without_a_stratum, "age_group", {"vuxna": ("18-20",)})
    with pytest.raises(DesignError, match="1 are in two groups"):
        merge_strata(without_a_stratum, "age_group", {"a": ("0-6",), "b": ("0-6",)})


def test_units_outside_the_standard_are_counted_and_move_nothing():
    cells = draw(11)
    kept = cells[~(cells["treated"] & (cells["age_group"] == "0-6"))]
    strata = prepare(kept, ("age_group",))
    wash_in = kept["year"] == 2020
    assert strata.outside == kept.loc[~wash_in & (kept["age_group"] == "0-6"), "n"].sum()
    wild = kept.assign(total=kept["total"].where(kept["age_group"] != "0-6", kept["n"]))
    same = standardised_changes(prepare(wild, ("age_group",))).change
    assert same == pytest.approx(standardised_changes(strata).change, abs=1e-12)


def test_what_cannot_be_standardised_is_refused():
    cells = draw(1)
    with pytest.raises(DesignError, match="30 cells lack a value in sex"):
        prepare(cells.assign(sex=cells["sex"].where(cells["area"] != 3)))
    with pytest.raises(DesignError, match="at least one column"):
        prepare(cells, ())
    with pytest.raises(DesignError, match="standard: must be one of"):
        prepare(cells, standard="europe")
    with pytest.raises(DesignError, match="standard population has no units"):
        prepare(cells[~(cells["treated"] & (cells["year"] > 2020))])
