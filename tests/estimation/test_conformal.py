"""Conformal inference in time: by hand, by other routes, and how often it is wrong."""

from dataclasses import replace
from math import floor, isnan

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from evalkit.estimation.conformal import conformal, conformal_by_year
from evalkit.estimation.did import levels_on_grid

MODELS = ("did", "synthetic_control")


def levels_of(pilot, donors, n_post):
    """Levels from the pilot's series and an array periods x donors."""
    areas = {"pilot": pilot} | {f"g{j}": donors[:, j] for j in range(donors.shape[1])}
    rows = [
        {"area": area, "year": period, "n": 10.0, "total": 10 * level, "level": level}
        for area, values in areas.items()
        for period, level in enumerate(values)
    ]
    arms = pd.Series({area: area == "pilot" for area in sorted(areas)})
    split = len(pilot) - n_post
    return levels_on_grid(
        pd.DataFrame(rows), arms, "K1", "st", range(split), (), range(split, len(pilot))
    )


def noisy(periods=24, n_post=4, m=5, seed=0, effect=0.0):
    random = np.random.default_rng(seed)
    donors = 10 + random.normal(size=(periods, 1)).cumsum(axis=0) + random.normal(size=(periods, m))
    pilot = donors @ random.dirichlet(np.ones(m)) + random.normal(size=periods)
    pilot[periods - n_post :] += effect
    return pilot, donors, n_post


def test_three_shifts_by_hand():
    """Gaps 1, -1, 6 about their mean 2: residuals -1, -3, 4, one place after the start."""
    donors = np.zeros((3, 2))
    found = conformal(levels_of(np.array([1.0, -1, 6]), donors, 1), "did", confidence=0.6)
    assert found.estimate == pytest.approx(6)
    assert found.p_value == pytest.approx(1 / 3)
    assert found.reason == "smallest possible p-value 1/3"
    # With v taken away: residuals -1 + v/3, -3 + v/3, 4 - 2v/3. Kept when the third is not the
    # largest alone: 4 - 2v/3 = 3 - v/3 at v = 3, and 2v/3 - 4 = v/3 - 1 at v = 9.
    assert (found.conf_low, found.conf_high) == pytest.approx((3, 9))


def closed_form(pilot, donors, n_post, confidence):
    """Limits of the difference-in-differences model: each shift's sum is a line in the effect.

    A shift with sum a + b v is as large as the unshifted A + B v between the two v where they are
    equal in size; an effect is kept when that holds for enough shifts.
    """
    gap, after = pilot - donors.mean(axis=1), np.arange(len(pilot)) >= len(pilot) - n_post
    a, b = gap - gap.mean(), -(after - after.mean())
    sums = [(np.roll(a, s)[after].sum(), np.roll(b, s)[after].sum()) for s in range(len(pilot))]
    first = sums[0]
    ends = [
        sorted([(x - first[0]) / (first[1] - y), -(x + first[0]) / (first[1] + y)])
        for x, y in sums[1:]
    ]
    needed = floor((1 - confidence) * len(pilot) + 1e-12)
    return sorted(e[0] for e in ends)[needed - 1], sorted(e[1] for e in ends)[-needed]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_post", [1, 3, 7])
def test_did_interval_against_its_closed_form(seed, n_post):
    """1e-7: a shift within 1e-9 of the levels counts as a tie, which moves a limit by as much."""
    series = noisy(periods=25, n_post=n_post, seed=seed)
    found = conformal(levels_of(*series), "did", 0.9)
    limits = closed_form(*series, 0.9)
    assert (found.conf_low, found.conf_high) == pytest.approx(limits, abs=1e-7)


def slow_p_value(pilot, donors, n_post, effect):
    """The synthetic control's p-value with a general optimiser and plain loops."""
    split, periods, m = len(pilot) - n_post, *donors.shape
    null = np.where(np.arange(periods) >= split, pilot - effect, pilot)
    weights = optimize.minimize(
        lambda w: np.sum((null - donors @ w) ** 2),
        np.full(m, 1 / m),
        method="SLSQP",
        bounds=[(0, 1)] * m,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-15, "maxiter": 1000},
    ).x
    left = null - donors @ weights
    sums = [
        abs(sum(left[(t + s) % periods] for t in range(split, periods))) for s in range(periods)
    ]
    return sum(value >= sums[0] for value in sums) / periods


@pytest.mark.parametrize("seed", range(4))
def test_synthetic_control_keeps_what_plain_loops_keep(seed):
    series = noisy(seed=seed, effect=2.0)
    found = conformal(levels_of(*series), "synthetic_control", 0.9)
    assert found.p_value == pytest.approx(slow_p_value(*series, 0.0))
    for limit, outward in ((found.conf_low, -1e-3), (found.conf_high, 1e-3)):
        assert (
            slow_p_value(*series, limit - outward) > 0.1 >= slow_p_value(*series, limit + outward)
        )


@pytest.mark.parametrize("model", MODELS)
def test_an_effect_moves_estimate_and_interval_with_it(model):
    plain, moved = (conformal(levels_of(*noisy(effect=e)), model, 0.9) for e in (0.0, 5.0))
    assert moved.estimate == pytest.approx(plain.estimate + 5)
    assert moved.conf_low == pytest.approx(plain.conf_low + 5)
    assert moved.conf_high == pytest.approx(plain.conf_high + 5)
    assert plain.conf_low < plain.estimate < plain.conf_high


@pytest.mark.parametrize("model", MODELS)
def test_one_period_at_a_time_leaves_the_other_periods_after_out(model):
    pilot, donors, _ = noisy(periods=24, n_post=4)
    found = conformal_by_year(levels_of(pilot, donors, 4), model, 0.9)
    assert [one.term for one in found] == ["20", "21", "22", "23"]
    for one in found:
        kept = [*range(20), int(one.term)]
        alone = conformal(levels_of(pilot[kept], donors[kept], 1), model, 0.9)
        assert one.estimate == pytest.approx(alone.estimate)
        assert (one.p_value, one.conf_low) == pytest.approx((alone.p_value, alone.conf_low))
        assert one.reason == "smallest possible p-value 1/21"


@pytest.mark.parametrize("model", MODELS)
def test_few_periods_have_a_floor_and_no_interval(model):
    found = conformal(levels_of(*noisy(periods=8, n_post=2, effect=50.0)), model)
    assert found.p_value == pytest.approx(1 / 8)
    assert isnan(found.conf_low)
    assert isnan(found.conf_high)
    assert found.reason == "smallest possible p-value 1/8"
    twenty = conformal(levels_of(*noisy(periods=20, n_post=2, effect=50.0)), model)
    assert twenty.conf_low > 0


@pytest.mark.parametrize("model", MODELS)
def test_what_cannot_be_judged_is_undefined_with_the_reason(model):
    found = conformal(levels_of(*noisy(periods=8, n_post=4)), model)
    assert isnan(found.estimate)
    assert found.reason.startswith("4 periods before and 4 after the start")
    pilot, donors, n_post = noisy()
    donors[3, 1] = np.nan
    found = conformal(levels_of(pilot, donors, n_post), model)
    assert found.reason == "1 area-years have no level"
    flat = np.ones((24, 3))
    found = conformal(levels_of(flat[:, 0] + 2 * (np.arange(24) >= 20), flat, 4), model)
    assert found.estimate == pytest.approx(2)
    assert isnan(found.p_value)
    assert found.reason == "the model leaves no residuals to shift"


def test_more_donors_than_periods_leave_nothing_to_shift():
    """Weights that reproduce every period say nothing about the periods: no p-value of 1/T."""
    random = np.random.default_rng(4)
    donors = random.normal(size=(12, 40))
    pilot = donors @ random.dirichlet(np.ones(40))
    found = conformal(levels_of(pilot, donors, 3), "synthetic_control")
    assert found.reason == "the model leaves no residuals to shift"


@pytest.mark.parametrize("model", MODELS)
def test_a_unit_and_a_constant_change_nothing_but_the_unit(model):
    levels = levels_of(*noisy())
    moved = replace(levels, frame=levels.frame.assign(level=3 - 2 * levels.frame["level"]))
    one, other = conformal(levels, model, 0.9), conformal(moved, model, 0.9)
    assert other.p_value == one.p_value
    assert other.estimate == pytest.approx(-2 * one.estimate, abs=1e-7)
    assert (other.conf_low, other.conf_high) == pytest.approx(
        (-2 * one.conf_high, -2 * one.conf_low), abs=1e-7
    )


@pytest.mark.parametrize(
    ("model", "drift"), [("did", 0.0), ("synthetic_control", 0.0), ("did", 0.5)]
)
def test_size(model, drift):
    """400 draws of 20 periods, four after the start; .10 with four standard errors, .06.

    Residuals independent, and AR(1) with .5: the blocks keep the latter's order.
    """
    random, rejected = np.random.default_rng(8), 0
    levels = levels_of(*noisy(periods=20, n_post=4, m=4))  # areas in order, the pilot last
    for _ in range(400):
        donors = random.normal(size=(20, 4)) + random.normal(size=(20, 1))
        own = random.normal(size=30)
        for period in range(1, 30):
            own[period] += drift * own[period - 1]
        drawn = np.vstack([donors.T, donors.mean(axis=1) + own[10:]])
        frame = levels.frame.assign(level=drawn.ravel())
        rejected += conformal(replace(levels, frame=frame), model, 0.99).p_value <= 0.1
    assert abs(rejected / 400 - 0.1) < 0.06
