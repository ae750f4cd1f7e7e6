"""Two-way fixed effects from cells equal those from the units themselves, by two other routes.

Tolerance 1e-10: all routes solve the same least-squares problem in double precision.
"""

from math import sqrt

import numpy as np
import pandas as pd
import pytest

from evalkit.estimation.did import levels_from_cells, two_way_fixed_effects

YEARS = {"pre_years": (2017, 2018, 2019), "wash_in_years": (2020,), "post_years": (2021, 2022)}


def draw_units(seed):
    """Units in nine areas and six years; area 0 is treated, sizes and errors are uneven."""
    random = np.random.default_rng(seed)
    sizes = random.integers(3, 40, size=(9, 6))
    area, year = (np.repeat(index.ravel(), sizes.ravel()) for index in np.indices(sizes.shape))
    units = pd.DataFrame({"area": area, "year": 2017 + year})
    shock = random.normal(size=(9, 6))[area, year]
    units["y"] = area + 0.3 * year + shock + random.normal(size=len(units)) * (1 + area)
    units["d"] = ((units["area"] == 0) & (units["year"] > 2020)).astype(float)
    return units


def fit_cells(units):
    cells = (
        units.groupby(["area", "year"], as_index=False)
        .agg(n=("y", "size"), total=("y", "sum"))
        .assign(measure="y", month=1)
    )
    cells["treated"] = cells["area"] == 0
    cells["n"] = cells["n"].astype(float)
    return two_way_fixed_effects(levels_from_cells(cells, "y", "", (1,), **YEARS))


def fit_units_by_dummies(units):
    """Least squares with a dummy for each area and year, and the clustered sandwich in full."""
    years = pd.get_dummies(units["year"], drop_first=True)
    design = np.column_stack([units["d"], pd.get_dummies(units["area"]), years]).astype(float)
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ units["y"].to_numpy()
    residual = units["y"].to_numpy() - design @ beta
    scores = pd.DataFrame(design * residual[:, None]).groupby(units["area"].to_numpy()).sum()
    sandwich = inverse @ (scores.T.to_numpy() @ scores.to_numpy()) @ inverse
    n, n_areas = len(units), units["area"].nunique()
    factor = n_areas / (n_areas - 1) * (n - 1) / (n - 1 - units["year"].nunique())
    return beta[0], sqrt(sandwich[0, 0] * factor)


@pytest.mark.parametrize("seed", range(5))
def test_cells_equal_units_by_brute_force(seed):
    units = draw_units(seed)
    units = units[units["year"] != 2020].reset_index(drop=True)
    found = fit_cells(units)
    beta, error = fit_units_by_dummies(units)
    assert found.estimate == pytest.approx(beta, abs=1e-10)
    assert found.std_error == pytest.approx(error, abs=1e-10)
    assert found.n == len(units)


@pytest.mark.parametrize("seed", range(3))
def test_cells_equal_units_in_pyfixest(seed):
    """Estimate, CRV1 error, p-value and interval, with one area-year missing."""
    pyfixest = pytest.importorskip("pyfixest")
    units = draw_units(seed)
    units = units[(units["year"] != 2020) & ~((units["area"] == 4) & (units["year"] == 2018))]
    found = fit_cells(units)
    # Its default stops demeaning at 1e-6, which leaves errors of 1e-7 on the uneven panel.
    exact = pytest.importorskip("pyfixest.demeaners").MapDemeaner(fixef_tol=1e-13)
    fit = pyfixest.feols("y ~ d | area + year", units, vcov={"CRV1": "area"}, demeaner=exact)
    oracle = fit.tidy().loc["d"]
    assert found.estimate == pytest.approx(oracle["Estimate"], abs=1e-10)
    assert found.std_error == pytest.approx(oracle["Std. Error"], abs=1e-10)
    assert found.p_value == pytest.approx(oracle["Pr(>|t|)"], abs=1e-9)
    assert (found.conf_low, found.conf_high) == pytest.approx(
        (oracle["2.5%"], oracle["97.5%"]), abs=1e-9
    )


def test_the_wash_in_year_changes_nothing():
    units = draw_units(9)
    wild = units["y"].where(units["year"] != 2020, 1e6)
    assert fit_cells(units) == fit_cells(units.assign(y=wild))
