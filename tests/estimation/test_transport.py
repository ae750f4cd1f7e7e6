"""The effect with another district's mix: by hand, by loops, and what the study cannot answer."""

from math import isnan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation.composition import standardised_changes, stratify
from evalkit.estimation.inference import exact_t
from evalkit.estimation.transport import transport

COLUMNS = ["area", "treated", "year", "sex", "age_group", "n", "total"]


def district(effects, n=100.0, lacking=()):
    """Three areas, 2019 and 2021; the pilot's level falls by each stratum's own effect."""
    rows = [
        (area, area == "P", year, sex, "0-17", 0.0 if (area, sex) in lacking else n,
         0.0 if (area, sex) in lacking else n * (0.5 + drift * (year == 2021)
         + effect * (area == "P" and year == 2021)))
        for area, drift in (("P", 0.0), ("A", 0.02), ("B", -0.02))
        for year in (2019, 2021)
        for sex, effect in effects.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS).assign(measure="R1", month=1)


def strata_of(cells, keys=("sex",)):
    return stratify(cells, "R1", "andel", (1,), (2019,), (), (2021,), keys, "treated_post")


BOTH = {"flicka": -0.2, "pojke": -0.1}


def test_another_mix_weighs_the_same_effects_otherwise():
    """Half and half here gives -.15; three girls to one boy -.175."""
    strata = strata_of(district(BOTH))
    assert exact_t(standardised_changes(strata)).estimate == pytest.approx(-0.15)
    found = transport(strata, pd.Series({"flicka": 300, "pojke": 100}), largest_effect=1)
    assert found.estimate.estimate == pytest.approx(-0.175)
    assert found.estimate.term == "transported"
    assert (found.supported, found.unsupported) == (1.0, ())
    assert (found.low, found.high) == pytest.approx((-0.175, -0.175))
    # 200 children, of whom each girl counts .75/100 and each boy .25/100 (Kish).
    assert (found.n, found.effective_n) == (200, pytest.approx(1 / (0.75**2 / 100 + 0.25**2 / 100)))


def test_the_same_mix_is_the_effect_itself_and_costs_nothing():
    strata = strata_of(district(BOTH))
    found = transport(strata, pd.Series({"pojke": 7, "flicka": 7}))
    assert found.estimate.estimate == pytest.approx(-0.15)
    assert found.effective_n == pytest.approx(200)


@pytest.mark.parametrize("lacking", [{("A", "okänt")}, {("P", "okänt")}, None])
def test_a_stratum_that_an_area_lacks_is_not_borrowed_from_others(lacking):
    effects = BOTH if lacking is None else BOTH | {"okänt": 0.0}
    strata = strata_of(district(effects, lacking=lacking or ()))
    target = pd.Series({"flicka": 60, "pojke": 20, "okänt": 20})
    found = transport(strata, target, largest_effect=1)
    assert found.supported == pytest.approx(0.8)
    assert found.unsupported == ("okänt",)
    assert found.estimate.estimate == pytest.approx(-0.175)
    assert (found.low, found.high) == pytest.approx((0.8 * -0.175 - 0.2, 0.8 * -0.175 + 0.2))
    assert isnan(transport(strata, target).low)


def test_a_district_with_other_children_only_is_not_answered():
    found = transport(strata_of(district(BOTH)), pd.Series({"okänt": 5}), largest_effect=1)
    assert isnan(found.estimate.estimate)
    assert "no stratum of the target" in found.estimate.reason
    assert (found.supported, found.n, found.effective_n) == (0.0, 0, 0.0)
    assert (found.low, found.high) == (-1.0, 1.0)


@pytest.mark.parametrize(
    "target",
    [
        pd.Series({"flicka": -1, "pojke": 2}),
        pd.Series({"flicka": np.nan, "pojke": 2}),
        pd.Series({"flicka": 0, "pojke": 0}),
        pd.Series([1, 2], index=["flicka", "flicka"]),
    ],
)
def test_what_is_no_mix_is_refused(target):
    with pytest.raises(DesignError, match="transport: the target"):
        transport(strata_of(district(BOTH)), target)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_it_is_the_weighted_mean_of_each_stratums_own_comparison(seed):
    """Two keys: per stratum the contrast of changes, weighed by the target; by loops."""
    random = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [range(5), (2019, 2021), ("flicka", "pojke"), ("0-6", "7-17")],
        names=["area", "year", "sex", "age_group"],
    )
    cells = index.to_frame(index=False).assign(measure="R1", month=1)
    cells["treated"] = cells["area"] == 0
    cells["n"] = random.integers(1, 40, len(cells)).astype(float)
    cells["total"] = cells["n"] * random.uniform(size=len(cells))
    target = pd.Series(
        random.integers(1, 50, 4),
        index=pd.MultiIndex.from_product([("pojke", "flicka"), ("7-17", "0-6")]),
    )
    expected = 0.0
    level = (cells["total"] / cells["n"]).groupby(
        [cells["sex"], cells["age_group"], cells["area"], cells["year"]]
    ).first()  # fmt: skip
    for (sex, age), weight in (target / target.sum()).items():
        moved = [level[sex, age, a, 2021] - level[sex, age, a, 2019] for a in range(5)]
        expected += weight * (moved[0] - np.mean(moved[1:]))
    found = transport(strata_of(cells, ("sex", "age_group")), target)
    assert found.estimate.estimate == pytest.approx(expected)
    assert found.effective_n <= found.n + 1e-9
