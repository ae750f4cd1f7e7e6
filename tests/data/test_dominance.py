"""Counts that one sibling group or one caseworker all but makes up: by hand, and by brute force."""

from collections import Counter
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from evalkit.data.cells import COUNT
from evalkit.data.dominance import Holders, flagged, sizes
from evalkit.params import load_study
from evalkit.plan import Disclosure

PLAN = load_study(Path(__file__).parents[2] / "params" / "study.yaml").disclosure
NAMED = {"measure": "R1.x", "part": "", "window": 365, "less": "", "arm": "pilot", "year": 2021}


def rule(dominance: float = 0.5) -> Disclosure:
    """Return a plan by which 5 are enough for the steering group, and 8 for anybody."""
    given = {
        "audience": "internal", "dominance": dominance,
        "internal": {"threshold": 5, "rounding": 1}, "public": {"threshold": 8, "rounding": 5},
    }  # fmt: skip
    return Disclosure.model_validate(given)


def sized(
    families: list[str],
    caseworkers: list[tuple[str, ...]],
    names: pd.DataFrame | None = None,
    dominance: float = 0.5,
) -> pd.DataFrame:
    """Return the sizes of the counts that children are in, by their families and caseworkers."""
    n = len(families)
    names = pd.DataFrame([NAMED] * n) if names is None else names
    matter = pd.DataFrame({"matter": range(n)})
    held = ibis.memtable(names.assign(matter=matter["matter"]))
    leads = [(place, one) for place, ones in enumerate(caseworkers) for one in sorted(set(ones))]
    leads = pd.DataFrame(leads, columns=["matter", "caseworker"]).astype({"matter": "int64"})
    family = Holders.of(ibis.memtable(matter.assign(family=families)), "family")
    caseworker = ibis.memtable(leads.astype({"caseworker": "string"}))
    return sizes(held, 1, family, Holders.of(caseworker, "caseworker"), rule(dominance))


def audiences(families: list[str], caseworkers: list[tuple[str, ...]]) -> set[str]:
    """Return who must not see the count of these children."""
    return set(flagged(sized(families, caseworkers), rule())["audience"])


def each_alone(n: int) -> list[str]:
    return [f"family {place}" for place in range(n)]


@pytest.mark.parametrize(
    ("siblings", "others", "kept_from"),
    [
        (3, 3, {"internal", "public"}),  # three are left without them: fewer than five
        (2, 4, {"internal", "public"}),
        (3, 5, {"public"}),  # five are left: enough for the steering group, not for anybody
        (3, 8, set()),
        (6, 0, {"internal", "public"}),  # all of one family
        (1, 8, set()),  # an only child is no sibling group
        (1, 5, set()),
    ],
)
def test_a_family_that_subtracts_its_own_is_left_with_enough(siblings, others, kept_from):
    families = ["siblings"] * siblings + each_alone(others)
    assert audiences(families, [()] * (siblings + others)) == kept_from


@pytest.mark.parametrize(("own", "protected"), [(12, True), (11, True), (10, False), (0, False)])
def test_more_than_half_of_twenty_with_one_caseworker_is_protected(own, protected):
    caseworkers = [("A",)] * own + [(f"B{place}",) for place in range(20 - own)]
    assert bool(audiences(each_alone(20), caseworkers)) == protected


def test_each_caseworker_that_a_matter_has_had_knows_it():
    """Seven with A alone, five handed on from A to B: A has met 12 of 20."""
    caseworkers = [("A",)] * 7 + [("A", "B")] * 5 + [(f"C{place}",) for place in range(8)]
    assert audiences(each_alone(20), caseworkers) == {"internal", "public"}


def test_a_matter_without_a_caseworker_counts_for_none_but_is_of_the_count():
    """Ten with A and ten with nobody: A has half of the twenty, not all of ten."""
    assert audiences(each_alone(20), [("A",)] * 10 + [()] * 10) == set()


def test_a_matter_that_is_in_a_count_many_times_is_its_caseworkers_each_time():
    """Eleven handovers of one matter of A's beside ten others: more than half of 21 are A's."""
    names = pd.DataFrame([NAMED] * 21)
    held = ibis.memtable(names.assign(matter=[0] * 11 + list(range(1, 11))))
    family = ibis.memtable(pd.DataFrame({"matter": range(11), "family": each_alone(11)}))
    worker = pd.DataFrame({"matter": range(11), "caseworker": ["A"] + [f"B{n}" for n in range(10)]})
    holders = (
        Holders.of(family, "family"), Holders.of(ibis.memtable(worker), "caseworker")
    )  # fmt: skip
    found = flagged(sizes(held, 11, *holders, rule()), rule())
    assert found["audience"].tolist() == ["internal", "public"]


def test_the_share_is_the_plans():
    half = each_alone(20), [("A",)] * 10 + [()] * 10
    strict = flagged(sized(*half, dominance=0.49), rule(0.49))
    assert strict["audience"].tolist() == ["internal", "public"]
    assert flagged(sized(*half, dominance=1.0), rule(1.0)).empty


def test_nothing_but_names_leaves():
    found = flagged(sized(["siblings"] * 6, [("A",)] * 6), rule())
    assert list(found.columns) == [*COUNT, "audience"]


@pytest.mark.parametrize("large", [0, 100])
@pytest.mark.parametrize("seed", range(3))
def test_the_engine_finds_what_a_loop_over_the_children_finds(seed, large):
    """Beside small counts also with one that is too large for anybody to have most of."""
    rng = np.random.default_rng(seed)
    n = 150
    names = pd.DataFrame([NAMED] * n).assign(
        year=rng.integers(2018, 2022, n), arm=rng.choice(["pilot", "line"], n), part=rng.choice(
            ["", "flicka", "pojke"], n)
    )  # fmt: skip
    names.loc[: large - 1, ["year", "arm", "part"]] = [2017, "line", ""]
    families = [f"f{number}" for number in rng.integers(0, 70, n)]
    caseworkers = [tuple(rng.choice(list("ABCDEF"), rng.integers(0, 3))) for _ in range(n)]
    found = flagged(sized(families, caseworkers, names), rule())
    expected = set()
    for key in set(names.itertuples(index=False, name=None)):
        inside = [place for place, row in enumerate(names.to_numpy().tolist()) if tuple(row) == key]
        siblings = max(Counter(families[place] for place in inside).values())
        workers = Counter(one for place in inside for one in set(caseworkers[place]))
        most = max(workers.values(), default=0)
        for audience, threshold in (("internal", 5), ("public", 8)):
            few = siblings > 1 and len(inside) - siblings < threshold
            if few or most / len(inside) > 0.5:
                expected.add((*key, audience))
    assert set(found[[*names.columns, "audience"]].itertuples(index=False, name=None)) == expected
    assert 0 < len(expected) < 2 * len(set(names.itertuples(index=False, name=None)))


def test_the_plan_says_the_share_and_marks_it_as_an_example():
    assert 0 < PLAN.dominance < 1
