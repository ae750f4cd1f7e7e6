"""The attacker: what follows from statements, held against trying every possible table."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import DisclosureError
from evalkit.reporting.attack import Knowledge, Statement, adds_up, attack, known, share

NAMES = ("a", "b", "c", "d")
MOST = 6


def possible(statements: list[Statement], most: int) -> list[dict[str, float]]:
    """Return every table of whole numbers up to `most` that agrees with all the statements."""
    tables = (dict(zip(NAMES, found, strict=True))
              for found in product(range(most + 1), repeat=len(NAMES)))  # fmt: skip

    def agrees(table: dict[str, float], one: Statement) -> bool:
        value = sum(weight * table[name] for name, weight in one.terms)
        return one.low - 1e-9 <= value <= one.high + 1e-9

    return [table for table in tables if all(agrees(table, one) for one in statements)]


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.integers(0, MOST)] * len(NAMES)), st.data())
def test_limits_are_those_of_trying_every_table(values, data):
    true = dict(zip(NAMES, values, strict=True))
    statements = [adds_up_to(NAMES, sum(values))]  # so that nothing is without bounds
    for _ in range(data.draw(st.integers(0, 2))):
        some = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
        statements.append(adds_up_to(some, sum(true[name] for name in some)))
    if true["a"] + true["b"]:
        rounded = round(true["a"] / (true["a"] + true["b"]), 1)
        low, high = share("a", "whole", rounded, 0.05)
        statements += [in_parts(low), in_parts(high)]
    every = possible(statements, sum(values))
    knowledge = Knowledge(statements)
    for name in NAMES:
        found = [table[name] for table in every]
        assert knowledge.limits(name) == (min(found), max(found))


def adds_up_to(names: tuple[str, ...] | list[str], value: float) -> Statement:
    return Statement(tuple((name, 1.0) for name in names), value, value)


def in_parts(one: Statement) -> Statement:
    """Return a statement on a and the whole of a and b as one on a and b."""
    (_, on_part), (_, on_whole) = one.terms
    return Statement((("a", on_part + on_whole), ("b", on_whole)), one.low, one.high)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(5, 60), st.integers(5, 60)),
                min_size=1, max_size=6))  # fmt: skip
def test_every_cell_hidden_alone_is_recovered_from_its_total(rows):
    """Primary suppression alone: all that it hides comes back, 100 per cent of it."""
    statements, hidden = [], []
    for place, (few, *others) in enumerate(rows):
        parts = [f"cell{place}{column}" for column in range(3)]
        whole = f"row{place}"
        statements.append(adds_up(whole, *parts))
        statements.append(known(whole, few + sum(others)))
        statements += [known(name, n) for name, n in zip(parts[1:], others, strict=True)]
        hidden.append(parts[0])
    found = attack(statements, hidden, 5)
    assert [(one.count, one.low) for one in found] == [
        (name, few) for name, (few, *_) in zip(hidden, rows, strict=True)
    ]
    assert all(one.recovered for one in found)


def test_what_may_be_any_of_enough_values_is_no_finding():
    statements = [adds_up("row", "a", "b"), known("row", 4)]
    assert attack(statements, ["a"], 5) == ()
    assert [(one.low, one.high) for one in attack(statements, ["a"], 6)] == [(0, 4)]


def test_a_rounded_share_of_a_known_group_tells_its_count():
    statements = [*share("a", "group", 0.043, 0.0005), known("group", 70)]
    (found,) = attack(statements, ["a"], 5)
    assert (found.low, found.high, found.recovered) == (3, 3, True)


def test_statements_that_contradict_one_another_stop():
    statements = [adds_up("row", "a", "b"), known("row", 4), *share("a", "b", 0.9, 0.01)]
    with pytest.raises(DisclosureError, match="does not agree"):
        attack(statements, ["a"], 5)
