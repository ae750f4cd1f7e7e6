"""The release gate, met by an attacker who knows the totals and does the sums."""

from dataclasses import replace
from itertools import product
from math import isnan, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evalkit.errors import DisclosureError
from evalkit.plan import Rule
from evalkit.reporting.disclosure import (
    PROTECTED,
    Released,
    protect,
    release,
    release_effects,
    release_estimates,
    release_flow,
    require_released,
    without_numbers,
)
from evalkit.results import Effect, Estimate

THRESHOLD = 5
RULE = Rule(threshold=THRESHOLD, rounding=1)
PUBLIC = Rule(threshold=8, rounding=5)
counts = st.integers(0, 14)


def table(values, **columns):
    return pd.DataFrame({"n": values, **columns})


def hidden(released, column="n"):
    return released.hidden[column].tolist()


@pytest.mark.parametrize(
    ("value", "is_hidden"), [(0, False), (1, True), (4, True), (5, False), (400, False)]
)
def test_counts_from_one_to_the_threshold_are_protected(value, is_hidden):
    released = release(table([value]), rule=RULE, counts=["n"])
    assert hidden(released) == [is_hidden]
    assert released.frame["n"].isna().tolist() == [is_hidden]
    assert released.n_hidden == is_hidden


@pytest.mark.parametrize(
    ("with_it", "units", "is_hidden"),
    [
        (20, 50, False),
        (3, 50, True),  # few with the outcome
        (47, 50, True),  # few without it
        (0, 50, True),  # nobody: says something about each of the 50
        (50, 50, True),  # everybody
        (0, 0, False),  # no group, nobody to reveal
        (2, 4, True),  # the group itself is small
    ],
)
def test_a_numerator_is_protected_with_its_complement(with_it, units, is_hidden):
    frame = pd.DataFrame({"with_it": [with_it], "units": [units], "share": [0.5]})
    released = release(
        frame,
        rule=RULE,
        parts={"with_it": "units"},
        values={"share": ("with_it",)},
    )
    assert hidden(released, "with_it") == [is_hidden]
    assert hidden(released, "share") == [is_hidden]


def test_a_lone_protected_cell_gets_the_next_smallest_as_company():
    released = release(
        table([3, 40, 7, 12], arm=["a"] * 4), rule=RULE, counts=["n"], margins=[["arm"]]
    )
    assert hidden(released) == [True, False, True, False]


def test_protected_cells_with_a_small_sum_get_company_too():
    released = release(table([1, 2, 30, 9]), rule=RULE, counts=["n"], margins=[()])
    assert hidden(released) == [True, True, False, True]


def test_a_zero_is_the_last_cell_to_be_hidden_as_company():
    released = release(table([0, 3, 60]), rule=RULE, counts=["n"], margins=[()])
    assert hidden(released) == [False, True, True]


def test_two_blocks_joined_by_one_cell_do_not_give_that_cell_away():
    """Each row and column hides two cells, and still algebra finds the cell that joins them."""
    small = {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 2), (2, 3), (3, 2), (3, 3)}
    cells = list(product(range(4), range(4)))
    frame = table(
        [4 if cell in small else 50 for cell in cells],
        row=[f"r{row}" for row, _ in cells],
        column=[f"c{column}" for _, column in cells],
    )
    released = release(frame, rule=RULE, counts=["n"], margins=[["row"], ["column"]])
    assert released.n_hidden > len(small)
    assert not determined(frame, hidden(released), ["row", "column"]).any()


def determined(frame, hidden_cells, margins):
    """Second implementation: a cell follows if adding it as an equation leaves the rank."""
    cells = np.flatnonzero(hidden_cells)
    rows = [(frame[name] == key).to_numpy() for name in margins for key in frame[name].unique()]
    system = np.array([row[cells] for row in rows], dtype=float)
    rank = np.linalg.matrix_rank(system)
    return np.array(
        [np.linalg.matrix_rank(np.vstack([system, unit])) == rank for unit in np.eye(len(cells))]
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 4), st.integers(2, 4), st.data())
def test_attacker_with_row_and_column_totals_solves_for_no_hidden_cell(n_rows, n_columns, data):
    size = n_rows * n_columns
    values = data.draw(st.lists(counts, min_size=size, max_size=size))
    frame = table(
        values,
        row=[f"r{row}" for row in range(n_rows) for _ in range(n_columns)],
        column=[f"c{column}" for _ in range(n_rows) for column in range(n_columns)],
    )
    released = release(frame, rule=RULE, counts=["n"], margins=[["row"], ["column"]])
    if released.n_hidden:
        assert not determined(frame, hidden(released), ["row", "column"]).any()


@settings(max_examples=60, deadline=None)
@given(st.lists(counts, min_size=2, max_size=5))
def test_attacker_who_tries_every_table_is_left_with_a_wide_range(values):
    assume(sum(values) >= THRESHOLD)  # a smaller total is protected in its own table
    released = release(table(values), rule=RULE, counts=["n"], margins=[()])
    unknown = [row for row, is_hidden in enumerate(hidden(released)) if is_hidden]
    left = sum(values) - int(released.frame["n"].sum())
    possible = [
        guess
        for guess in product(range(left + 1), repeat=len(unknown))
        if sum(guess) == left
    ]  # fmt: skip
    for place, row in enumerate(unknown):
        if values[row] < THRESHOLD:
            assert len({guess[place] for guess in possible}) > THRESHOLD


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(counts, counts), min_size=2, max_size=6))
def test_attacker_with_denominators_and_totals_finds_no_small_numerator(pairs):
    frame = pd.DataFrame(
        {"with_it": [a for a, _ in pairs], "units": [a + b for a, b in pairs], "year": 2021}
    )
    released = release(
        frame,
        rule=RULE,
        parts={"with_it": "units"},
        keys=["year"],
        margins=[["year"]],
    )
    for (with_it, without), is_hidden in zip(pairs, hidden(released, "with_it"), strict=True):
        revealing = 0 < with_it < THRESHOLD or 0 < without < THRESHOLD
        assert is_hidden or not revealing
    assert sum(hidden(released, "with_it")) != 1


@given(st.permutations(range(6)))
def test_row_order_does_not_change_what_is_hidden(order):
    frame = table([3, 40, 7, 12, 9, 0], area=list("abcdef"))
    shuffled = frame.iloc[list(order)]
    first = release(frame, rule=RULE, counts=["n"], margins=[()])
    second = release(shuffled, rule=RULE, counts=["n"], margins=[()])
    assert set(first.frame["area"][first.hidden["n"]]) == set(
        second.frame["area"][second.hidden["n"]]
    )


def flow(blocks, start=400):
    """Return a flow: from `start`, one step after each block of exclusions."""
    rows = [(start, False)]
    for block in blocks:
        rows += [(left, True) for left in block]
        start -= sum(block)
        rows.append((start, False))
    return pd.DataFrame(rows, columns=["n", "excluded"])


def equations(frame):
    """Return one equation for each step after the first: the step and the exclusions before it."""
    system, row, before = [], np.zeros(len(frame)), 0
    for place, excluded in enumerate(frame["excluded"]):
        row[place] = 1
        if not excluded:
            if place:
                row[before] = -1
                system.append(row)
            before, row = place, np.zeros(len(frame))
    return np.array(system)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.integers(0, 40), max_size=3), min_size=1, max_size=4))
def test_attacker_who_subtracts_steps_finds_no_small_exclusion(blocks):
    frame = flow(blocks)
    released = release_flow(frame, rule=RULE, counts=["n"])
    unknown = released.hidden["n"].to_numpy()
    system = equations(frame)[:, unknown]
    rank = np.linalg.matrix_rank(system) if unknown.any() else 0
    for place, unit in enumerate(np.eye(unknown.sum())):
        is_small = 0 < frame["n"][unknown].iloc[place] < THRESHOLD
        found = np.linalg.matrix_rank(np.vstack([system, unit])) == rank
        assert not (is_small and found)


def test_a_lone_small_exclusion_takes_the_next_smallest_with_it():
    released = release_flow(flow([[3, 87, 20], [60]]), rule=RULE, counts=["n"])
    assert hidden(released) == [False, True, False, True, False, False, False]


def test_a_small_exclusion_alone_in_its_block_hides_the_step_after_it():
    released = release_flow(flow([[3], [60]]), rule=RULE, counts=["n"])
    assert hidden(released) == [False, True, True, True, False]


def test_two_steps_that_differ_by_a_few_are_not_both_shown():
    released = release_flow(flow([[50], [], [60]]), rule=RULE, counts=["n"])
    assert released.n_hidden == 0
    frame = pd.DataFrame({"n": [400, 398, 300], "excluded": [False] * 3})
    assert hidden(release_flow(frame, rule=RULE, counts=["n"])) == [False, True, False]


def test_a_small_last_step_does_not_follow_from_those_who_left():
    released = release_flow(flow([[97]], start=100), rule=RULE, counts=["n"])
    assert hidden(released) == [False, True, True]


def test_numbers_that_nobody_declared_do_not_pass():
    with pytest.raises(DisclosureError, match=r"column 'age'.*not declared"):
        release(table([9], age=[7]), rule=RULE, counts=["n"])


def test_a_misspelt_column_is_named_with_its_nearest():
    with pytest.raises(DisclosureError, match=r"'nn'.*did you mean 'n'"):
        release(table([9]), rule=RULE, counts=["nn"])


@pytest.mark.parametrize("value", [-7, 7.5])
def test_what_is_no_count_is_refused_without_showing_it(value):
    with pytest.raises(DisclosureError, match="1 of 2 values") as caught:
        release(table([value, 9.0]), rule=RULE, counts=["n"])
    assert "7" not in str(caught.value)


def test_a_numerator_above_its_denominator_is_refused():
    frame = pd.DataFrame({"with_it": [9], "units": [8]})
    with pytest.raises(DisclosureError, match="above 'units'"):
        release(frame, rule=RULE, parts={"with_it": "units"})


def test_what_the_public_sees_is_rounded_and_its_shares_are_made_of_that():
    frame = pd.DataFrame({"n": [22.0, 61.0, 7.0, 0.0], "x": [13.0, 30.0, 7.0, 0.0]})
    released = release(
        frame, rule=PUBLIC, parts={"x": "n"}, shares={"share": ("x", "n")}, counts=["n"]
    )
    assert released.frame["n"].tolist()[:2] == [20, 60]
    assert released.frame["x"].tolist()[:2] == [15, 30]
    assert released.frame["share"].tolist()[:2] == [0.75, 0.5]
    assert released.hidden["n"].tolist() == [False, False, True, False]


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_count_shown_to_the_public_may_be_any_of_five(x, rest):
    """What is shown of a group and of a part of it agrees with five values of each, or it is 0."""
    frame = pd.DataFrame({"n": [float(x + rest)], "x": [float(x)]})
    shown = release(frame, rule=PUBLIC, parts={"x": "n"}, shares={"share": ("x", "n")})
    for name, true in (("n", x + rest), ("x", x)):
        value = shown.frame[name].iloc[0]
        if pd.notna(value) and true:
            assert value % 5 == 0
            assert abs(value - true) <= 2
            assert value >= 10


def test_an_effect_told_to_the_public_keeps_its_difference():
    exact = effect(n_treated=227, observed=39 / 227, unit="procentenheter")
    told = protect(exact, PUBLIC)
    assert (told.n_treated, told.observed) == (225, 40 / 225)
    assert told.headline.estimate == exact.headline.estimate
    difference = exact.observed - exact.counterfactual
    assert told.observed - told.counterfactual == pytest.approx(difference)
    assert protect(exact, RULE) == exact


def test_a_derived_value_must_say_what_it_would_reveal():
    with pytest.raises(DisclosureError, match="would reveal"):
        release(table([9], rate=[0.1]), rule=RULE, counts=["n"], values={"rate": ()})


def test_the_caller_s_frame_is_left_as_it_was():
    frame = table([3, 9])
    release(frame, rule=RULE, counts=["n"], margins=[()])
    assert frame["n"].tolist() == [3, 9]


def test_only_a_released_table_is_let_through():
    with pytest.raises(TypeError, match="release"):
        require_released(table([9]))


def estimate(n=812):
    return Estimate(
        "R1", "att", -0.06, 0.02, 0.04, -0.11, -0.01, "procentenheter", "exact_t", n, 9
    )  # fmt: skip


def effect(n_treated=240, observed=0.25, unit="procentenheter"):
    return Effect(
        outcome="R1",
        label="Ny utredning inom ett år",
        years=(2021,),
        status="estimated",
        headline=replace(estimate(), unit=unit),
        checks=(estimate(),),
        observed=observed,
        counterfactual=observed + 0.06,
        relative=-0.2,
        minimum_detectable=0.08,
        mature=1.0,
        n_treated=n_treated,
    )


def test_estimates_on_few_units_are_hidden():
    released = release_estimates([estimate(), estimate(n=4)], rule=RULE)
    assert released.frame["estimate"].isna().tolist() == [False, True]
    assert released.frame["n"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("n_treated", "observed", "unit", "is_hidden"),
    [
        (240, 0.25, "procentenheter", False),
        (4, 0.25, "procentenheter", True),
        (100, 0.03, "procentenheter", True),
        (100, 0.97, "procentenheter", True),
        (100, 0.0, "procentenheter", True),
        (100, 0.03, "handläggare", False),
        (0, nan, "procentenheter", False),
    ],
)
def test_an_effect_is_protected_like_its_numerator(n_treated, observed, unit, is_hidden):
    made = effect(n_treated, observed, unit)
    released = release_effects([made], rule=RULE)
    assert bool(released.hidden["estimate"].any()) is is_hidden
    assert bool(released.hidden["n_treated"].any()) is is_hidden
    assert (protect(made, RULE).reason == PROTECTED) is is_hidden
    assert isnan(protect(made, RULE).headline.estimate) is is_hidden


def test_an_effect_without_numbers_has_none_in_the_file_either():
    """As when one of the periods that a pooled result is made of is protected by itself."""
    blank = without_numbers(effect())
    released = release_effects([effect(), blank], rule=RULE)
    numbers = released.frame.select_dtypes("number").columns.drop("n_areas")
    assert not released.hidden.loc[0].any()
    assert released.hidden.loc[1, numbers].all()
    assert released.frame.loc[1, numbers].isna().all()


def test_the_file_tells_pooled_rows_fractions_and_no_p_value_that_few_areas_cannot_give():
    made = effect()
    sure = replace(made, headline=replace(made.headline, p_value=7e-9))
    without = replace(made, headline=replace(made.headline, p_value=nan))
    frame = release_effects([made, without], rule=RULE, pooled=[sure]).frame
    assert list(frame["pooled"]) == ["no", "no", "yes"]
    assert set(frame["unit"]) == {"andel av 1"}
    assert frame["p_value"].iloc[0] == made.headline.p_value
    assert isnan(frame["p_value"].iloc[1])
    assert frame["p_value"].iloc[2] == 0.001


def test_units_and_maturity_stay_out_of_the_file_where_other_tables_ask_for_it():
    released = release_effects(
        [effect(), replace(effect(), outcome="U1")],
        rule=RULE, without_units=["R1"], without_followed=["U1"],
    )  # fmt: skip
    assert list(released.hidden["n"]) == list(released.hidden["n_treated"]) == [True, False]
    assert list(released.hidden["mature"]) == [False, True]


def test_the_frozen_result_holds_no_protected_value():
    released = release(table([3, 123]), rule=RULE, counts=["n"], margins=[()])
    assert isinstance(released, Released)
    assert released.frame["n"].isna().all()


def test_naming_codes_keeps_what_is_protected():
    frame = pd.DataFrame({"arm": ["pilot", "line"], "n": [3, 50]})
    named = release(frame, rule=RULE, counts=("n",)).named("arm", {"pilot": "P", "line": "L"})
    assert list(named.frame["arm"]) == ["P", "L"]
    assert list(named.hidden["n"]) == [True, False]
    with pytest.raises(DisclosureError):
        named.named("n", {})
