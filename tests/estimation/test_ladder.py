"""The specification ladder: each rung, all of them together, and what turns the answer."""

from dataclasses import replace
from itertools import combinations
from math import comb, isnan
from time import perf_counter

import numpy as np
import pytest

from evalkit.errors import DesignError
from evalkit.estimation.inference import exact_t, permutation
from evalkit.estimation.ladder import Rung, climb, resample, reversals, specification_curve
from evalkit.results import Changes


def rung(values, label="planen", axis="fönster", treated=("a00",), names=None, **settings):
    values = np.asarray(values, float)
    areas = names or tuple(f"a{i:02}" for i in range(len(values)))
    arm, ones = np.isin(areas, treated), np.ones(len(values))
    changes = Changes("K1", "handläggare", areas, arm, 0 * ones, values, ones, ones)
    return Rung(axis, label, changes, **settings)


def without(base, area):
    """The rung with one area left out."""
    old = base.changes
    keep = np.array([name != area for name in old.areas])
    names = tuple(name for name in old.areas if name != area)
    parts = {field: getattr(old, field)[keep] for field in ("treated", "pre", "post")}
    parts |= {field: getattr(old, field)[keep] for field in ("n_pre", "n_post")}
    return replace(
        base, axis="områden", label=f"utan {area}", changes=replace(old, areas=names, **parts)
    )


def ladder(seed=1, n_rungs=6, n_areas=9, effect=0.0, treated=("a00",), left_out=("a03",)):
    """Rungs that share what areas do and differ in noise; then some with an area left out."""
    random = np.random.default_rng(seed)
    base = random.normal(size=n_areas)
    rungs = []
    for number in range(n_rungs):
        values = base + 0.4 * random.normal(size=n_areas)
        values[: len(treated)] += effect
        rungs.append(rung(values, str(number), treated=treated))
    return [*rungs, *(without(rungs[0], area) for area in left_out)]


# --- rung by rung -------------------------------------------------------------------------------


def test_each_rung_is_the_headline_method_on_its_changes():
    rungs = ladder()
    for step, own in zip(climb(rungs), rungs, strict=True):
        expected = exact_t(own.changes, own.confidence)
        assert step.estimate == replace(expected, term=f"{own.axis}: {own.label}")
    assert climb(rungs, permutation)[0].estimate.method == "permutation"


def test_sides_of_the_threshold():
    """Comparison areas -1, 0, 1: mean 0, S = 1, reach 4.303 sqrt(4/3) = 4.97."""
    rungs = [rung([value, -1, 0, 1], str(value)) for value in (-9, 0, 9)]
    assert [step.side for step in climb(rungs)] == ["below", "across", "above"]
    assert [step.side for step in climb(rungs, threshold=-3.0)] == ["below", "across", "above"]
    assert [step.side for step in climb(rungs, threshold=6.0)] == ["below", "below", "across"]


def test_a_rungs_own_confidence_counts():
    assert climb([rung([6, -1, 0, 1], confidence=0.99)])[0].side == "across"
    assert climb([rung([6, -1, 0, 1], confidence=0.95)])[0].side == "above"


def test_what_would_have_to_be_true_for_the_conclusion_to_change():
    rungs = [
        rung([9, -1, 0, 1], "planen"),
        rung([8, -1, 0, 1], "längre fönster"),
        rung([2, -1, 0, 1], "kortare fönster"),
        rung([-9, -1, 0, 1], "annan vikt"),
        rung([9, 1, 1, 1], "utan spridning"),
    ]
    found = reversals(climb(rungs))
    assert found.main.label == "planen"
    assert [step.label for step in found.changed] == ["kortare fönster", "annan vikt"]
    assert [step.label for step in found.unknown] == ["utan spridning"]
    assert "do not vary" in found.unknown[0].estimate.reason
    assert [step.label for step in reversals(climb(rungs), main=2).changed] == [
        "planen", "längre fönster", "annan vikt",
    ]  # fmt: skip


def test_reversals_need_a_main_rung_with_an_interval():
    steps = climb([rung([9, 1, 1, 1]), rung([9, -1, 0, 1])])
    with pytest.raises(DesignError, match="do not vary"):
        reversals(steps)
    with pytest.raises(DesignError, match="no rung 2"):
        reversals(steps, main=2)


# --- all together -------------------------------------------------------------------------------


def placed(own, chosen):
    """The rung with other areas treated; None where it lacks one of them."""
    arm = np.isin(own.changes.areas, chosen)
    return replace(own.changes, treated=arm) if arm.sum() == len(chosen) else None


def brute_force(rungs):
    """Every placement refitted rung by rung with the ordinary method."""
    areas = sorted({area for own in rungs for area in own.changes.areas})
    realised = tuple(np.array(rungs[0].changes.areas)[rungs[0].changes.treated])
    others = [chosen for chosen in combinations(areas, len(realised)) if chosen != realised]
    rows = []
    for chosen in (realised, *others):
        fits = [
            (exact_t(changes), 1 - own.confidence)
            for own in rungs
            if (changes := placed(own, chosen)) is not None
        ]
        size = np.array([fit.estimate for fit, _ in fits])
        clear = np.array([fit.p_value <= level for fit, level in fits])
        sides = [(side > 0, (side > 0) & clear) for side in (size, -size)]
        rows.append(
            (
                abs(np.median(size)),
                max(side.mean() for side, _ in sides),
                max(both.mean() for _, both in sides),
            )
        )
    table = np.array(rows)
    return table[0], (table >= table[0] - 1e-12).mean(axis=0)


@pytest.mark.parametrize(
    ("treated", "effect", "left_out"),
    [
        (("a00",), 0.0, ()),
        (("a00",), 2.5, ("a03", "a05")),
        (("a00", "a01"), 2.0, ("a04",)),
    ],
)
def test_the_curve_is_every_placement_refitted(treated, effect, left_out):
    rungs = ladder(effect=effect, treated=treated, left_out=left_out)
    value, p_values = brute_force(rungs)
    found = specification_curve(rungs)
    assert abs(found.median) == pytest.approx(value[0], abs=1e-12)
    assert (found.same_sign, found.significant) == pytest.approx(tuple(value[1:]))
    assert (found.p_median, found.p_same_sign, found.p_significant) == pytest.approx(
        tuple(p_values)
    )
    assert found.placements == comb(9, len(treated))


def test_the_brute_force_cases_are_not_all_alike():
    assert specification_curve(ladder(effect=2.5)).significant > 0
    assert specification_curve(ladder(effect=0.0)).p_median < 1


def test_one_rung_alone_is_the_permutation_test():
    own = ladder(n_rungs=1, left_out=())
    found, expected = specification_curve(own), permutation(own[0].changes)
    assert found.p_median == pytest.approx(expected.p_value)
    assert found.median == pytest.approx(expected.estimate)


def test_a_glaring_effect_reaches_the_floor_and_no_further():
    found = specification_curve(ladder(effect=50.0, n_areas=12))
    assert found.p_median == found.p_significant == 1 / 12
    assert found.same_sign == found.significant == 1.0
    assert found.reason == "smallest possible p-value 1/12"


def test_true_nulls_are_not_rejected_more_often_than_promised():
    """500 ladders of 20 areas at 10 %: at most three standard errors above, .04. One placement in
    twenty is the least p-value, so 10 % are two of them.
    """
    p_values = [
        specification_curve(ladder(seed, 4, 20, left_out=("a03",))).p_median for seed in range(500)
    ]
    assert np.mean(np.array(p_values) <= 0.1 + 1e-12) == pytest.approx(0.1, abs=0.04)


def test_neither_order_nor_a_common_shift_of_a_rung_matters():
    rungs = ladder(effect=1.0)
    moved = [
        replace(own, changes=replace(own.changes, post=own.changes.post + 7.0)) for own in rungs
    ]
    first, second = specification_curve(rungs), specification_curve(moved[::-1])
    assert first.median == pytest.approx(second.median)
    assert (first.p_median, first.p_significant) == (second.p_median, second.p_significant)


def test_what_cannot_be_placed_is_undefined_or_refused():
    gap = ladder()
    gap[2].changes.post[4] = np.nan
    found = specification_curve(gap)
    assert isnan(found.p_median)
    assert found.reason == "1 rungs have an area without change"
    many = rung(np.arange(60.0), treated=tuple(f"a{i:02}" for i in range(20)))
    assert "too many" in specification_curve([many]).reason
    with pytest.raises(DesignError, match="at least one"):
        specification_curve([])
    with pytest.raises(DesignError, match="treated areas"):
        specification_curve([rung([1, 2, 3]), rung([1, 2, 3], treated=("a01",))])


# --- resampled ----------------------------------------------------------------------------------


def test_resampled_spread_is_the_exact_ts_standard_error():
    """40,000 draws: the standard deviation's relative error is .0035 for normal draws; four."""
    rungs = ladder(n_areas=15, left_out=())
    errors = [step.estimate.std_error for step in climb(rungs)]
    found = resample(rungs, 40_000, 1)
    assert found.std_error == pytest.approx(errors, rel=0.014)
    observed = [step.estimate.estimate for step in climb(rungs)]
    assert found.estimates.mean(axis=0) == pytest.approx(observed, abs=4 * max(errors) / 200)


def test_several_treated_areas_resample_too():
    """The pooled spread counts the treated areas' own, so one whose mean moves only: all alike."""
    rungs = [rung([5.0, 5.0, 1, 2, 3, 4], treated=("a00", "a01"))]
    spread = np.std([1, 2, 3, 4], ddof=1) * np.sqrt(1 / 2 + 1 / 4)
    assert resample(rungs, 40_000, 1).std_error == pytest.approx([spread], rel=0.014)


def test_the_same_areas_are_drawn_in_every_rung():
    own = ladder(n_rungs=1, left_out=())[0]
    double = replace(own, changes=replace(own.changes, post=2 * own.changes.post))
    found = resample([own, double], 500, 1).estimates
    np.testing.assert_allclose(found[:, 1], 2 * found[:, 0], atol=1e-12)


def test_draws_by_hand():
    """Replay the two rounds of drawing area by area."""
    rungs = ladder(n_rungs=2, n_areas=6, left_out=("a02",))
    found = resample(rungs, 50, 3)
    random, names = np.random.default_rng(3), [f"a{i:02}" for i in range(1, 6)]
    even = np.full(5, 0.2)
    pilots = random.multinomial(1, even, size=50)
    drawn = random.multinomial(5, even, size=50)
    for draw in range(50):
        for column, own in enumerate(rungs):
            change = dict(zip(own.changes.areas, own.changes.change, strict=True))
            treated = change.pop("a00")
            mean, m = np.mean(list(change.values())), len(change)
            off = {area: (z - mean) * np.sqrt(m / (m - 1)) for area, z in change.items()}
            pilot = off.get(names[int(pilots[draw].argmax())], np.nan)
            bag = [off[a] for a, times in zip(names, drawn[draw], strict=True) if a in off
                   for _ in range(times)]  # fmt: skip
            expected = treated - mean + pilot - (np.mean(bag) if bag else np.nan)
            assert found.estimates[draw, column] == pytest.approx(expected, nan_ok=True, abs=1e-12)


def test_a_rung_says_nothing_where_the_area_drawn_is_left_out():
    """One comparison area in eight: four standard errors of 4,000 draws are .021."""
    found = resample(ladder(), 4000, 1)
    assert np.isnan(found.estimates[:, -1]).mean() == pytest.approx(1 / 8, abs=0.021)
    assert not np.isnan(found.estimates[:, :-1]).any()


def test_the_seed_decides():
    rungs = ladder(left_out=())
    first, again, other = (resample(rungs, 100, seed).estimates for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_ten_thousand_resamples_of_a_long_ladder_are_quick():
    """25 rungs by 15 areas; about .03 s on one core, two seconds allowed."""
    rungs = ladder(n_rungs=25, n_areas=15, left_out=())
    start = perf_counter()
    found = resample(rungs, 10_000, 1)
    assert perf_counter() - start < 2.0
    assert found.estimates.shape == (10_000, 25)


def test_one_comparison_area_cannot_be_resampled():
    with pytest.raises(DesignError, match="fewer than two"):
        resample([rung([1, 2])], 10, 1)
