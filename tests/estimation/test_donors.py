"""Synthetic control and synthetic difference-in-differences, and the placebos that judge them."""

from dataclasses import replace
from math import isnan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from evalkit.errors import DesignError
from evalkit.estimation.did import collapse, levels_on_grid
from evalkit.estimation.donors import compare_with_donors, synthetic_control, synthetic_did
from evalkit.estimation.inference import exact_t
from evalkit.estimation.simplex import simplex_weights
from evalkit.estimation.synthetic import Panel, fit_synthetic, panel_of

BOTH = ("synthetic_control", "synthetic_did")


def levels_of(series, pre, post, treated=("pilot",), wash_in=()):
    """Levels from {area: its level in each year of pre, wash_in and post, in order of time}."""
    years = sorted({*pre, *wash_in, *post})
    rows = [
        {"area": area, "year": year, "n": 10.0, "total": 10 * level, "level": level}
        for area, values in series.items()
        for year, level in zip(years, values, strict=True)
    ]
    arms = pd.Series({area: area in treated for area in sorted(series)})
    return levels_on_grid(pd.DataFrame(rows), arms, "K1", "st", pre, wash_in, post)


def noisy(m, n_pre=6, n_post=3, seed=0, effect=0.0):
    random = np.random.default_rng(seed)
    common = random.normal(size=n_pre + n_post).cumsum()
    series = {
        f"g{number:02d}": 10 + random.normal() * common + random.normal(size=n_pre + n_post)
        for number in range(m)
    }
    series["pilot"] = 10 + 0.5 * common + random.normal(size=n_pre + n_post)
    series["pilot"][n_pre:] += effect
    return levels_of(series, range(n_pre), range(n_pre, n_pre + n_post))


# Weights


def test_weights_by_hand():
    assert simplex_weights(np.array([[0.0, 10.0]]), np.array([3.0])) == pytest.approx([0.7, 0.3])
    outside = simplex_weights(np.array([[0.0, 10.0]]), np.array([-2.0]))
    assert outside == pytest.approx([1, 0], abs=1e-9)


def test_a_ridge_pulls_to_even_weights_by_hand():
    """(10 w - 3)^2 + r (w^2 + (1 - w)^2) has its least at w = (30 + r) / (100 + 2 r)."""
    found = simplex_weights(np.array([[0.0, 10.0]]), np.array([3.0]), ridge=50.0)
    assert found[1] == pytest.approx(80 / 200)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(2, 15), st.sampled_from([0, 0.1, 9]))
def test_weights_meet_the_conditions_of_a_least_value(seed, rows, columns, ridge):
    """Convex, so sufficient: no corner of the simplex lies downhill from the weights found.

    1e-9 of the columns' mean square: what the least ridge of 1e-12 of it may cost.
    """
    random = np.random.default_rng(seed)
    a, b = random.normal(size=(rows, columns)) * 7 + 20, random.normal(size=rows) * 9 + 20
    w = simplex_weights(a, b, ridge)
    assert w.min() >= 0
    assert w.sum() == pytest.approx(1, abs=1e-12)
    gradient = a.T @ (a @ w - b) + ridge * w
    scale = np.mean(np.sum((a - b[:, None]) ** 2, axis=0))
    assert gradient @ w - gradient.min() <= 1e-9 * scale


def test_among_equal_fits_the_order_of_donors_does_not_choose():
    random = np.random.default_rng(2)
    a = random.normal(size=(4, 12))
    b, order = a @ random.dirichlet(np.ones(12)), random.permutation(12)
    assert simplex_weights(a[:, order], b) == pytest.approx(simplex_weights(a, b)[order], abs=1e-8)
    assert simplex_weights(np.ones((3, 4)), np.ones(3)) == pytest.approx(np.full(4, 0.25))


# Estimates


def test_synthetic_control_by_hand():
    """The pilot is .25 a + .75 b before the start and 2 above it after; c is of no use."""
    a, b, c = [0.0, 4, 8, 0, 4], [4.0, 0, 4, 8, 8], [50.0, 50, 50, 50, 50]
    pilot = [3.0, 1, 5, 99, 9]
    levels = levels_of(
        {"a": a, "b": b, "c": c, "pilot": pilot}, range(3), range(4, 5), wash_in=(3,)
    )
    fit = fit_synthetic(panel_of(levels), "synthetic_control")
    assert fit.donors == ("a", "b", "c")
    assert fit.unit_weights == pytest.approx([0.25, 0.75, 0], abs=1e-9)
    assert fit.years == (0, 1, 2, 4)
    assert fit.effects == pytest.approx([0, 0, 0, 2], abs=1e-9)
    assert fit.estimate == pytest.approx(2)
    assert fit.pre_rmse == pytest.approx(0, abs=1e-9)


def equations_of_synthetic_did(levels, n_treated):
    """Algorithm 1 with explicit intercepts and a general optimiser: slow, obvious, inexact."""
    wide = levels.frame.pivot(index="area", columns="year", values="level")
    donors = wide.drop(index="pilot").to_numpy()
    pilot, t0 = wide.loc["pilot"].to_numpy(), len(levels.pre_years)
    pre, post = donors[:, :t0], donors[:, t0:].mean(axis=1)
    change = np.diff(pre, axis=1)
    zeta = (n_treated * len(levels.post_years)) ** 0.25 * sqrt(
        np.mean((change - change.mean()) ** 2)
    )

    def units(x):
        return np.sum((x[0] + x[1:] @ pre - pilot[:t0]) ** 2) + zeta**2 * t0 * x[1:] @ x[1:]

    def times(x):
        return np.sum((x[0] + pre @ x[1:] - post) ** 2)

    def least(objective, n):
        start = np.append(0.0, np.full(n, 1 / n))
        found = optimize.minimize(
            objective, start, method="SLSQP",
            bounds=[(None, None)] + [(0, 1)] * n,
            constraints={"type": "eq", "fun": lambda x: x[1:].sum() - 1},
            options={"ftol": 1e-14, "maxiter": 1000},
        )  # fmt: skip
        return found.x[1:]

    omega, lam = least(units, len(donors)), least(times, t0)
    return (pilot[t0:].mean() - lam @ pilot[:t0]) - omega @ (post - pre @ lam)


@pytest.mark.parametrize("n_treated", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_synthetic_did_against_its_equations(seed, n_treated):
    """1e-4: how near the general optimiser comes to the least value. The others are twins."""
    levels = noisy(8, seed=seed)
    frame = levels.frame
    twins = [frame[frame["treated"]].assign(area=f"tvilling{j}") for j in range(1, n_treated)]
    expected = equations_of_synthetic_did(levels, n_treated)
    found = synthetic_did(replace(levels, frame=pd.concat([frame, *twins])))
    assert found.estimate == pytest.approx(expected, abs=1e-4)


def test_no_history_to_weight_by_is_difference_in_differences():
    """Areas alike before the start get equal weights, and a placebo gap is m/(m-1) (z_j - zbar).

    The t of placebo gaps is then that of `exact_t` times (m - 1) / m: on the safe side.
    """
    random, m = np.random.default_rng(3), 7
    after = random.normal(size=m + 1)
    names = [*(f"g{number}" for number in range(m)), "pilot"]
    series = {name: [5.0, 5, 5, 5 + value] for name, value in zip(names, after, strict=True)}
    levels = levels_of(series, range(3), (3,))
    plain = exact_t(collapse(levels, "years"))
    for found in (synthetic_control(levels), synthetic_did(levels)):
        assert found.estimate == pytest.approx(plain.estimate, abs=1e-8)
        assert found.std_error == pytest.approx(plain.std_error * m / (m - 1), abs=1e-8)


@pytest.mark.parametrize("method", BOTH)
def test_an_effect_is_found_in_full(method):
    without, having = (compare_with_donors(noisy(9, effect=e), method) for e in (0.0, 3.0))
    assert having.estimate.estimate == pytest.approx(without.estimate.estimate + 3, abs=1e-9)
    assert having.fit.unit_weights == pytest.approx(without.fit.unit_weights, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(-50, 50), st.floats(0.1, 20))
def test_laws_of_units_and_names(seed, add, times):
    levels = noisy(6, seed=seed)
    frame = levels.frame.assign(level=lambda rows: add + times * rows["level"])
    moved = replace(levels, frame=frame)
    other = {"pilot": "a", **{f"g{number:02d}": f"z{9 - number}" for number in range(6)}}
    renamed = frame.assign(area=frame["area"].map(other)).sample(frac=1, random_state=seed)
    for method in (synthetic_control, synthetic_did):
        plain, shifted = method(levels), method(moved)
        relabelled = method(replace(levels, frame=renamed))
        # 1e-6 of a unit: adding 50 to the levels costs digits, and the least ridge is not nothing.
        assert shifted.estimate == pytest.approx(times * plain.estimate, abs=1e-6 * times)
        assert shifted.std_error == pytest.approx(times * plain.std_error, abs=1e-6 * times)
        assert relabelled.estimate == pytest.approx(shifted.estimate, abs=1e-6 * times)
        assert relabelled.p_value == pytest.approx(plain.p_value, abs=1e-6)


# Placebos


@pytest.mark.parametrize("method", BOTH)
def test_a_placebo_is_the_method_on_the_donors_alone(method):
    levels = noisy(7)
    found = compare_with_donors(levels, method)
    for donor, placebo in zip(found.fit.donors, found.placebos, strict=True):
        alone = levels.frame[levels.frame["area"] != "pilot"]
        alone = alone.assign(treated=alone["area"] == donor)
        expected = fit_synthetic(panel_of(replace(levels, frame=alone)), method)
        assert placebo.estimate == pytest.approx(expected.estimate, abs=1e-12)
        assert placebo.donors == expected.donors


@pytest.mark.parametrize("method", BOTH)
def test_the_t_of_placebo_gaps_by_hand(method):
    found = compare_with_donors(noisy(8), method, confidence=0.9)
    gaps = [placebo.estimate for placebo in found.placebos]
    mean, sd = np.mean(gaps), np.std(gaps, ddof=1)
    t = (found.estimate.estimate - mean) / (sd * sqrt(9 / 8))
    assert found.estimate.p_value == pytest.approx(2 * stats.t.sf(abs(t), 7))
    half = stats.t.ppf(0.95, 7) * sd * sqrt(9 / 8)
    centre = found.estimate.estimate - mean
    limits = found.estimate.conf_low, found.estimate.conf_high
    assert limits == pytest.approx((centre - half, centre + half))
    assert (found.placebo_mean, found.placebo_sd) == pytest.approx((mean, np.std(gaps)))


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("seed", range(3))
def test_the_rank_and_the_values_that_it_keeps(method, seed):
    """An effect is kept when, taken away from the treated area, the rank does not reject."""
    levels = noisy(20, seed=seed, effect=4.0)
    found = compare_with_donors(levels, method, confidence=0.9).permutation

    def p_value(effect):
        frame = levels.frame
        less = frame["level"] - effect * (frame["treated"] & frame["post"])
        moved = compare_with_donors(replace(levels, frame=frame.assign(level=less)), method)
        gaps = [abs(placebo.estimate) for placebo in moved.placebos]
        return (1 + sum(gap >= abs(moved.estimate.estimate) for gap in gaps)) / 21

    assert found.p_value == pytest.approx(p_value(0.0))
    for limit, outward in ((found.conf_low, -1e-6), (found.conf_high, 1e-6)):
        assert p_value(limit - outward) > 0.1 >= p_value(limit + outward)
    assert found.reason == "smallest possible p-value 1/21"


def test_the_rank_has_no_interval_below_its_floor():
    found = compare_with_donors(noisy(18), "synthetic_did").permutation
    assert found.p_value >= 1 / 19
    assert isnan(found.conf_low)
    assert not isnan(compare_with_donors(noisy(19), "synthetic_did").permutation.conf_low)


@pytest.mark.parametrize("method", BOTH)
def test_size_with_eight_donors(method):
    """Errors AR(1) with .5, ten years, six before. Of 1,500 draws .035-.061 were rejected.

    400 draws: four standard errors at 5 % are .044. The normal reference rejects about .10.
    """
    random, rejected, normal = np.random.default_rng(12), 0, 0
    levels = noisy(8, n_pre=6, n_post=4)  # areas in order, the pilot last
    for _ in range(400):
        noise = random.normal(size=(30, 9))
        for year in range(1, 30):
            noise[year] += 0.5 * noise[year - 1]
        drawn = noise[20:] + random.normal(size=9)
        frame = levels.frame.assign(level=drawn.T.ravel())
        found = compare_with_donors(replace(levels, frame=frame), method)
        rejected += found.estimate.p_value < 0.05
        normal += abs(found.estimate.estimate) > 1.96 * found.placebo_sd
    assert abs(rejected / 400 - 0.05) < 0.044
    assert normal > 1.4 * rejected


# Edges


@pytest.mark.parametrize("method", BOTH)
def test_what_cannot_be_fitted_is_undefined_with_the_reason(method):
    three = {"a": [1.0, 2, 3], "b": [2.0, 1, 5], "c": [0.0, 4, 4], "pilot": [1.0, 1, 2]}
    cases = {
        "one year before the start": levels_of(three, (0,), (1, 2)),
        "one comparison area": levels_of({k: three[k] for k in ("a", "pilot")}, (0, 1), (2,)),
        "1 area-years have no level": levels_of(three | {"a": [1.0, np.nan, 3]}, (0, 1), (2,)),
    }
    for reason, levels in cases.items():
        found = compare_with_donors(levels, method)
        for estimate in (found.estimate, found.permutation, found.fit):
            assert isnan(estimate.estimate)
            assert estimate.reason.startswith(reason)
        assert found.estimate.n == levels.frame["n"].sum()


@pytest.mark.parametrize("method", BOTH)
def test_without_placebos_the_estimate_stands_alone(method):
    levels = noisy(5)
    arms = levels.frame["area"].isin(["pilot", "g00"])
    two_treated = compare_with_donors(
        replace(levels, frame=levels.frame.assign(treated=arms)), method
    )
    two_donors = compare_with_donors(noisy(2), method)
    for found, reason in ((two_treated, "there are 2"), (two_donors, "three are needed")):
        for estimate in (found.estimate, found.permutation):
            assert not isnan(estimate.estimate)
            assert isnan(estimate.p_value)
            assert isnan(estimate.conf_low)
            assert reason in estimate.reason
        assert found.placebos == ()
        assert found.fit.unit_weights.sum() == pytest.approx(1)


def test_several_treated_areas_are_averaged():
    levels = noisy(6)
    frame = levels.frame
    twin = frame[frame["treated"]].assign(area="tvilling", level=frame["level"] + 2)
    higher = frame["level"] + frame["treated"]
    one = replace(levels, frame=frame.assign(level=higher))
    both = replace(levels, frame=pd.concat([frame, twin]))
    assert synthetic_control(both).estimate == pytest.approx(synthetic_control(one).estimate)
    assert synthetic_control(both).n_areas == 8


def test_an_empty_side_is_refused():
    levels = noisy(3)
    with pytest.raises(DesignError, match="0 treated and 4 comparison areas"):
        synthetic_did(replace(levels, frame=levels.frame.assign(treated=False)))
    with pytest.raises(DesignError, match="6 years before and 0 after"):
        synthetic_did(replace(levels, post_years=()))


def test_donors_that_never_move_give_no_spread():
    series = {name: [5.0, 5, 5] for name in "abcd"} | {"pilot": [5.0, 5, 7]}
    found = compare_with_donors(levels_of(series, (0, 1), (2,)), "synthetic_did")
    assert found.estimate.estimate == pytest.approx(2)
    assert found.estimate.reason == "the placebo gaps do not vary"
    assert isnan(found.estimate.p_value)
    assert isnan(found.fit_ratio)


def test_a_level_that_the_donors_cannot_reach_is_said():
    levels = noisy(12)
    far = levels.frame["level"] + 20.0 * levels.frame["treated"]
    moved = replace(levels, frame=levels.frame.assign(level=far))
    control, did = (compare_with_donors(moved, method) for method in BOTH)
    assert control.fit_ratio > 2
    for estimate in (control.estimate, control.permutation):
        assert f"{control.fit_ratio:.1f} times the median donor's" in estimate.reason
    # Synthetic difference-in-differences takes a level apart out before it fits.
    assert did.fit_ratio < 2
    assert did.estimate.reason == ""
    assert did.estimate.estimate == pytest.approx(synthetic_did(levels).estimate, abs=1e-9)


def test_the_time_axis_may_be_any_period():
    """Quarters numbered across years give what the same columns numbered 0, 1, ... give."""
    plain = noisy(6)
    quarters = {number: 20181 + 10 * (number // 4) + number % 4 for number in range(9)}
    moved = replace(
        plain,
        frame=plain.frame.assign(year=plain.frame["year"].map(quarters)),
        pre_years=tuple(quarters[year] for year in plain.pre_years),
        post_years=tuple(quarters[year] for year in plain.post_years),
    )
    assert synthetic_did(moved).estimate == pytest.approx(synthetic_did(plain).estimate, abs=1e-12)
    panel = panel_of(moved)
    assert isinstance(panel, Panel)
    assert panel.years == tuple(quarters.values())
