"""Statuses of checks in, a proposed risk of bias out: never better than what was checked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.reporting.findings import STATUSES
from evalkit.reporting.risk_of_bias import DOMAINS, overall, proposed

ORDER = ("low", "moderate", "no_information", "serious")
statuses = st.lists(st.sampled_from(list(STATUSES)), max_size=6)


@pytest.mark.parametrize(
    ("domain", "found", "risk"),
    [
        ("missing", ["clear"], "low"),
        ("missing", ["clear", "pending"], "low"),
        ("missing", ["clear", "weak"], "moderate"),
        ("missing", ["clear", "untestable"], "moderate"),
        ("missing", ["untestable", "pending"], "no_information"),
        ("missing", [], "no_information"),
        ("missing", ["clear", "warning"], "serious"),
        ("confounding", ["clear"], "moderate"),
        ("confounding", ["clear", "weak"], "moderate"),
        ("confounding", ["weak", "weak", "untestable"], "serious"),
        ("classification", [], "low"),
    ],
)
def test_where_a_person_begins(domain, found, risk):
    assert proposed(domain, found) == risk


@given(st.sampled_from([domain for domain in DOMAINS if domain != "classification"]), statuses)
def test_one_more_warning_never_makes_it_better(domain, found):
    assert proposed(domain, [*found, "warning"]) == "serious"


@given(st.lists(st.sampled_from(ORDER), min_size=1))
def test_the_whole_is_as_bad_as_its_worst_part(risks):
    assert overall(risks) == max(risks, key=ORDER.index)
