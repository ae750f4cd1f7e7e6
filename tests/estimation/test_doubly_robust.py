"""The doubly robust estimator: against standardisation, units, its own derivative, and refusals."""

from math import isnan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation.composition import stratify
from evalkit.estimation.doubly_robust import (
    Rows,
    doubly_robust,
    locally_efficient,
    rows_from_strata,
)
from evalkit.estimation.two_by_two import Count, two_by_two

FAST = settings(max_examples=10, deadline=None)
seeds = st.integers(0, 10**6)


def draw_cells(seed, groups=("0-6", "7-12", "13-17")):
    """A share in four areas and three years; the first area is treated from 2021."""
    random = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [range(4), (2019, 2020, 2021), groups], names=["area", "year", "age_group"]
    )
    cells = index.to_frame(index=False).assign(measure="R1", month=1)
    cells["n"] = random.integers(2, 30, len(cells))
    cells["total"] = random.binomial(cells["n"], random.uniform(0.2, 0.8, len(cells)))
    return cells.astype({"n": float, "total": float}).assign(treated=cells["area"] == 0)


def strata_of(cells, standard="treated"):
    return stratify(
        cells, "R1", "andel", (1,), (2019,), (2020,), (2021,), ("age_group",), standard
    )  # fmt: skip


def draw_units(seed, n=400):
    """Units with two covariates that move outcome, trend and treatment."""
    random = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), random.normal(size=(n, 2))])
    treated = random.uniform(size=n) < 1 / (1 + np.exp(-x @ [-0.3, 0.5, -0.4]))
    post = random.uniform(size=n) < 0.5
    y = x @ [1, 2, -1] + post * (x @ [0.5, 1, 1]) + random.normal(size=n)
    return Rows(y, post, treated, x, np.ones(n))


@FAST
@given(seeds)
def test_with_strata_it_is_the_treated_mix_of_each_stratums_own_comparison(seed):
    """sum over strata of P(stratum | treated) times the stratum's difference in differences."""
    cells = draw_cells(seed)
    cells = cells[cells["year"] != 2020]
    sums = cells.groupby(["age_group", "treated", "year"])[["n", "total"]].sum()
    share = (sums["total"] / sums["n"]).unstack(["treated", "year"])
    inside = (share[True, 2021] - share[True, 2019]) - (share[False, 2021] - share[False, 2019])
    mix = cells[cells["treated"]].groupby("age_group")["n"].sum()
    found = doubly_robust(strata_of(cells))
    assert found.estimate == pytest.approx((mix / mix.sum() * inside).sum(), abs=1e-10)


@FAST
@given(seeds)
def test_one_stratum_is_the_textbook_2x2(seed):
    """Estimate, error and p-value: all that the 2x2 of counts with binomial errors says."""
    cells = draw_cells(seed, groups=("0-17",))
    sums = cells.groupby(["treated", "year"])[["n", "total"]].sum()
    arms = [
        tuple(Count(*sums.loc[(arm, year), ["total", "n"]]) for year in (2019, 2021))
        for arm in (True, False)
    ]
    textbook = two_by_two("R1", "andel", *arms).absolute
    found = doubly_robust(strata_of(cells))
    assert found.estimate == pytest.approx(textbook.estimate, abs=1e-12)
    assert found.std_error == pytest.approx(textbook.std_error, abs=1e-12)
    assert found.p_value == pytest.approx(textbook.p_value, abs=1e-12)
    assert found.n == textbook.n


def test_counts_equal_the_units_they_stand_for():
    rows = rows_from_strata(strata_of(draw_cells(5)))
    each = [
        np.repeat(part, rows.counts.astype(int), axis=0)
        for part in (rows.y, rows.post, rows.treated, rows.covariates)
    ]
    units = locally_efficient(Rows(*each, counts=np.ones(len(each[0]))))
    found = locally_efficient(rows)
    assert found.att == pytest.approx(units.att, abs=1e-10)
    assert found.std_error == pytest.approx(units.std_error, abs=1e-10)
    assert found.n == units.n


@pytest.mark.parametrize("seed", range(2))
def test_the_influence_function_is_the_derivative_in_each_units_weight(seed):
    """n * d att / d count, by central differences; steps of 1e-4 leave errors of about 1e-6."""
    rows = draw_units(seed, n=120)
    found, step = locally_efficient(rows), 1e-4
    for unit in range(0, 120, 3):
        near = []
        for sign in (1, -1):
            counts = rows.counts.copy()
            counts[unit] += sign * step
            near.append(
                locally_efficient(
                    Rows(rows.y, rows.post, rows.treated, rows.covariates, counts)
                ).att
            )
        slope = (near[0] - near[1]) / (2 * step) * len(rows.y)
        assert found.influence[unit] == pytest.approx(slope, abs=1e-4)


@pytest.mark.parametrize("bend", ["outcome", "treatment"])
def test_it_is_right_when_one_of_the_models_is_wrong(bend):
    """No effect, 40,000 units; one model is linear in z, the other has a square it is not given."""
    random = np.random.default_rng(20)
    z = random.normal(size=40_000)
    curved = z + 0.5 * (z**2 - 1)
    index = 0.8 * (curved if bend == "treatment" else z)
    treated = random.uniform(size=z.size) < 1 / (1 + np.exp(-index))
    post = random.uniform(size=z.size) < 0.5
    trend = 1.5 * (curved if bend == "outcome" else z)
    y = z + post * trend + random.normal(size=z.size)
    found = locally_efficient(
        Rows(y, post, treated, np.column_stack([np.ones(z.size), z]), np.ones(z.size))
    )
    plain = (
        y[treated & post].mean() - y[treated & ~post].mean()
        - y[~treated & post].mean() + y[~treated & ~post].mean()
    )  # fmt: skip
    # Four standard errors: one draw in 16,000 by chance; the plain comparison is far outside.
    assert abs(found.att) < 4 * found.std_error < abs(plain)


def test_the_reason_says_that_one_treated_area_has_no_error():
    found = doubly_robust(strata_of(draw_cells(2)))
    assert found.reason.startswith("not valid with one treated area")
    assert found.n_areas == 4


def test_strata_without_treated_units_are_left_out():
    cells = draw_cells(4)
    young = cells["age_group"] == "0-6"
    kept = cells[~(cells["treated"] & young)]
    found = doubly_robust(strata_of(kept))
    assert found.estimate == pytest.approx(doubly_robust(strata_of(cells[~young])).estimate)
    assert found.n == kept.loc[~young & (kept["year"] != 2020), "n"].sum()


def test_a_stratum_that_an_arm_lacks_is_refused():
    cells = draw_cells(4)
    gone = ~cells["treated"] & (cells["age_group"] == "0-6") & (cells["year"] == 2019)
    with pytest.raises(DesignError, match="1 of 3 strata with treated units lack units"):
        doubly_robust(strata_of(cells[~gone]))


def test_a_mean_that_is_not_a_share_is_refused():
    cells = draw_cells(4)
    with pytest.raises(DesignError, match="needs a share"):
        doubly_robust(strata_of(cells.assign(total=3 * cells["n"])))


def test_what_has_no_solution_is_undefined_with_a_reason():
    rows = draw_units(1)
    twice = np.column_stack([rows.covariates, rows.covariates[:, 1]])
    apart = np.column_stack([np.ones(400), rows.treated + 0.1 * rows.covariates[:, 1]])
    far = rows.covariates[:, :2] + np.column_stack([np.zeros(400), 2 * rows.treated])
    far[np.flatnonzero(~rows.treated)[0], 1] = 6  # one comparison unit among the most treated
    cases = {"told apart": twice, "logit has no solution": apart, "no overlap": far}
    for reason, covariates in cases.items():
        found = locally_efficient(Rows(rows.y, rows.post, rows.treated, covariates, rows.counts))
        assert isnan(found.att)
        assert isnan(found.std_error)
        assert reason in found.reason
    flat = locally_efficient(
        Rows(np.ones(400), rows.post, rows.treated, np.ones((400, 1)), rows.counts)
    )
    assert flat.att == pytest.approx(0, abs=1e-12)
    assert isnan(flat.std_error)
    assert flat.reason == "the outcome does not vary"
