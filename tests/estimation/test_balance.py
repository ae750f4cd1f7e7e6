"""Standardised differences: the published pair that gets different verdicts, and from cells."""

from math import isnan

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DesignError
from evalkit.estimation.balance import (
    balance,
    cox_index,
    equivalence_band,
    outcome_difference,
    share_difference,
)


def test_thirty_against_twenty_percent():
    assert share_difference(0.30, 0.20) == pytest.approx(0.2325, abs=5e-5)
    assert cox_index(0.30, 0.20) == pytest.approx(0.3267, abs=5e-5)


def test_the_two_measures_can_give_different_verdicts():
    assert equivalence_band(share_difference(0.30, 0.20)) == "adjust"
    assert equivalence_band(cox_index(0.30, 0.20)) == "not_satisfied"


@pytest.mark.parametrize(
    ("difference", "band"),
    [
        (0.05, "satisfied"),
        (-0.05, "satisfied"),
        (0.051, "adjust"),
        (-0.25, "adjust"),
        (0.26, "not_satisfied"),
        (float("nan"), "undefined"),
    ],
)
def test_bands(difference, band):
    assert equivalence_band(difference) == band


def test_a_share_of_none_or_all_has_no_odds():
    assert isnan(cox_index(0, 0.2))
    assert isnan(cox_index(0.2, 1))
    assert isnan(share_difference(0, 0))


@pytest.fixture
def cells():
    rows = [
        (True, "flicka", "0-6", 20), (True, "pojke", "0-6", 10), (True, "pojke", "7-12", 70),
        (False, "flicka", "0-6", 50), (False, "flicka", "7-12", 50), (False, "pojke", "0-6", 400),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["treated", "sex", "age_group", "n"])
    return frame.assign(measure="R1")


def test_every_level_of_every_covariate_is_compared(cells):
    found = balance(cells, ("sex", "age_group")).set_index(["covariate", "level"])
    girls = found.loc[("sex", "flicka")]
    assert (girls["share_treated"], girls["share_comparison"]) == (0.2, 0.2)
    assert girls["smd"] == 0
    young = found.loc[("age_group", "0-6")]
    assert (young["n_treated"], young["n_comparison"]) == (30, 450)
    assert young["smd"] == pytest.approx(share_difference(0.3, 0.9))
    assert young["band"] == "not_satisfied"
    assert found.groupby("covariate")["share_treated"].sum().tolist() == pytest.approx([1, 1])


def test_the_band_is_that_of_the_cox_index(cells):
    """Boys 0.30 against 0.20: the plain standardised difference would say "adjust"."""
    cells["n"] = [30.0, 40.0, 30.0, 5.0, 5.0, 40.0]
    cells["sex"] = ["pojke", "flicka", "flicka", "pojke", "pojke", "flicka"]
    found = balance(cells, ("sex",))
    assert found["smd"].abs().tolist() == pytest.approx([0.2325] * 2, abs=5e-5)
    assert found["band"].tolist() == ["not_satisfied"] * 2


def test_outcome_difference_equals_the_one_from_units():
    random = np.random.default_rng(4)
    units = pd.DataFrame({"treated": random.random(200) < 0.3, "y": random.normal(2, 1.5, 200)})
    units["stratum"] = random.integers(0, 5, 200)
    cells = (
        units.assign(square=units["y"] ** 2)
        .groupby(["treated", "stratum"], as_index=False)
        .agg(n=("y", "size"), total=("y", "sum"), total_sq=("square", "sum"))
        .assign(measure="K1")
    )
    one, other = units.loc[units["treated"], "y"], units.loc[~units["treated"], "y"]
    expected = (one.mean() - other.mean()) / np.sqrt((one.var() + other.var()) / 2)
    assert outcome_difference(cells) == pytest.approx(expected)


def test_what_would_count_units_twice_or_drop_them_is_refused(cells):
    with pytest.raises(DesignError, match="cells of one measure are needed, got 2"):
        balance(pd.concat([cells, cells.assign(measure="R2")]), ("sex",))
    with pytest.raises(DesignError, match="an arm has no units"):
        balance(cells[cells["treated"]], ("sex",))
    cells.loc[0, "sex"] = None
    with pytest.raises(DesignError, match="column 'sex': 1 cells have no level"):
        balance(cells, ("sex",))
