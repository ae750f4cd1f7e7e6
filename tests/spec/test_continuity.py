"""Continuity, as defined in domain.md 2.1: each worked example, exactly."""

import math
from fractions import Fraction

import ibis
import numpy as np
import pandas as pd
import pytest

from evalkit.data import continuity, counting

# sequence: N, M, UPC, COC, HHI, SECON, MMCI, changes
EXAMPLES = {
    "A": (1, 1, Fraction(1), None, Fraction(1), None, Fraction(1), 0),
    "AAAA": (4, 1, Fraction(1), Fraction(1), Fraction(1), Fraction(1), Fraction(1), 0),
    "AB": (2, 2, Fraction(1, 2), Fraction(0), Fraction(1, 2), Fraction(0), Fraction(1, 11), 1),
    "ABC": (3, 3, Fraction(1, 3), Fraction(0), Fraction(1, 3), Fraction(0), Fraction(1, 21), 2),
    "AABAC": (
        5,
        3,
        Fraction(3, 5),
        Fraction(3, 10),
        Fraction(11, 25),
        Fraction(1, 4),
        Fraction(21, 41),
        3,
    ),
    "ABBBC": (
        5,
        3,
        Fraction(3, 5),
        Fraction(3, 10),
        Fraction(11, 25),
        Fraction(1, 2),
        Fraction(21, 41),
        2,
    ),
    "AAAAB": (
        5,
        2,
        Fraction(4, 5),
        Fraction(3, 5),
        Fraction(17, 25),
        Fraction(3, 4),
        Fraction(31, 41),
        1,
    ),
    "AAABBB": (
        6,
        2,
        Fraction(1, 2),
        Fraction(2, 5),
        Fraction(1, 2),
        Fraction(4, 5),
        Fraction(41, 51),
        1,
    ),
    "ABABAB": (
        6,
        2,
        Fraction(1, 2),
        Fraction(2, 5),
        Fraction(1, 2),
        Fraction(0),
        Fraction(41, 51),
        5,
    ),
    "AABBBCCDDD": (
        10,
        4,
        Fraction(3, 10),
        Fraction(8, 45),
        Fraction(13, 50),
        Fraction(2, 3),
        Fraction(61, 91),
        3,
    ),
}


def one_row(table) -> dict:
    return table.to_pandas().to_dict("records")[0]


@pytest.mark.parametrize("sequence", EXAMPLES)
def test_indices_of_a_sequence_of_contacts(sequence):
    contacts = ibis.memtable(
        [{"process_id": "A1", "position": i, "worker_id": w} for i, w in enumerate(sequence)]
    )
    row = one_row(continuity.indices(contacts))
    names = ("contacts", "workers", "upc", "coc", "hhi", "secon", "mmci", "changes")
    for name, expected in zip(names, EXAMPLES[sequence], strict=True):
        if expected is None:
            assert row[name] is None or row[name] != row[name]
        else:
            assert row[name] == pytest.approx(float(expected), abs=1e-12), name


def test_coc_follows_from_hhi():
    """COC = (N HHI - 1) / (N - 1)."""
    for n, _, _, coc, hhi, *_ in EXAMPLES.values():
        if coc is not None:
            assert (n * hhi - 1) / (n - 1) == coc


def chain(phases: str, **more) -> list[dict]:
    """Return lead assignments a month apart from 'FB:A UTR:B ...'."""
    pairs = [step.split(":") for step in phases.split()]
    return [
        {"assignment_id": f"T{i}", "phase": phase, "worker_id": worker,
         "valid_from": f"2021-{3 + i:02}-01", "valid_to": f"2021-{3 + i:02}-28", **more}
        for i, (phase, worker) in enumerate(pairs)
    ]  # fmt: skip


def test_caseworkers_are_counted_once_each(world, home):
    sample = world(**home, assignment=chain("FB:A UTR:B BESLUT:B UPPF:B INSATS:C"))
    row = one_row(continuity.caseworkers(sample))
    assert (row["y"], row["n"], row["area"], row["year"]) == (3, 1, "Vällingby", 2021)


def test_kept_transitions_of_the_worked_example(world, home):
    sample = world(**home, assignment=chain("FB:A UTR:B BESLUT:B UPPF:B INSATS:C"))
    rows = continuity.kept_transitions(sample).to_pandas()
    assert (rows["y"].sum(), rows["n"].sum()) == (2, 4)


@pytest.mark.parametrize(
    ("phases", "expected"),
    [("FB:A UTR:A BESLUT:A", [1]), ("FB:A UTR:B BESLUT:B", [0]), ("FB:A", [])],
)
def test_same_caseworker_needs_two_phases(world, home, phases, expected):
    sample = world(**home, assignment=chain(phases))
    assert list(continuity.same_caseworker(sample).to_pandas()["y"]) == expected


@pytest.mark.parametrize("role", ["med", "jour", "vikarie"])
def test_only_leads_count(world, home, role):
    assigned = [*chain("FB:A"), *chain("FB:B", role=role, assignment_id="T9")]
    assert one_row(continuity.caseworkers(world(**home, assignment=assigned)))["y"] == 1


@pytest.mark.parametrize(("last_day", "workers"), [("2021-04-27", 1), ("2021-04-28", 2)])
def test_cover_counts_from_28_days(world, home, last_day, workers):
    cover = {"assignment_id": "T2", "worker_id": "H2", "valid_from": "2021-04-01",
             "valid_to": last_day, "change_reason": "frånvaro"}  # fmt: skip
    sample = world(**home, assignment=[{}, cover])
    assert one_row(continuity.caseworkers(sample))["y"] == workers


def test_what_happens_after_a_year_or_after_the_cut_off_is_not_seen(world, home):
    late = {"assignment_id": "T2", "worker_id": "H2", "valid_from": "2022-03-02"}
    assert one_row(continuity.caseworkers(world(**home, assignment=[{}, late])))["y"] == 1
    in_time = late | {"valid_from": "2022-03-01"}
    assert one_row(continuity.caseworkers(world(**home, assignment=[{}, in_time])))["y"] == 2
    # The 2022 report sees 2021 until 31 December 2021 only: the mirrored cut-off.
    mirrored = continuity.caseworkers(world("2022", **home, assignment=[{}, in_time]))
    assert one_row(mirrored)["y"] == 1


def test_handovers_by_cause_and_the_rate_without_the_organisations_design(world, home):
    assigned = [
        {"valid_to": "2021-03-31"},
        {"assignment_id": "T2", "phase": "UTR", "worker_id": "H2", "valid_from": "2021-04-01",
         "change_reason": "enhetsgräns"},
        {"assignment_id": "T3", "phase": "UTR", "worker_id": "H3", "valid_from": "2021-06-01",
         "change_reason": "slutat"},
    ]  # fmt: skip
    sample = world(**home, assignment=assigned)
    causes = continuity.handovers(sample).to_pandas()["level"]
    assert sorted(causes) == ["enhetsgräns", "slutat"]
    rate = counting.count(continuity.handover_rate(sample), "K4")
    # One handover, per 100 months: the unit border is not counted.
    assert rate["total"].sum() == 100
    days = (366 - 1) + 1  # 2021-03-01 to 2022-03-01, both days
    assert rate["n"].sum() == pytest.approx(days / (365.25 / 12))


def test_the_months_of_many_children_are_the_same_in_whichever_order_they_come():
    """Months are fractions, which add up to another last digit in another order; days do not."""
    days = pd.DataFrame({"days": np.random.default_rng(1).integers(1, 367, 5000)})
    stratum = dict.fromkeys(("area", "sex", "age_group"), "") | {"year": 2021, "month": 1}
    rows = days.assign(n=days["days"], y=days["days"], **stratum)
    there, back = (
        counting.count(ibis.memtable(some), "child_months") for some in (rows, rows[::-1])
    )
    assert there.equals(back)
    months = [day / (365.25 / 12) for day in days["days"]]
    assert there["n"].item() == pytest.approx(math.fsum(months), rel=1e-14)
    assert there["total_sq"].item() == pytest.approx(math.fsum(m * m for m in months), rel=1e-14)


def test_investigated_processes_are_those_with_an_investigation(world, home):
    without = continuity.caseworkers_if_investigated(world(**home, assignment=[{}]))
    assert without.count().to_pandas() == 0
    with_one = world(**home, assignment=[{}], investigation=[{}])
    assert continuity.caseworkers_if_investigated(with_one).count().to_pandas() == 1
