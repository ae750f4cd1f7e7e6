"""What a design could show: by hand for like areas, and what would help."""

from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from questions import changed, plan_of

from evalkit.estimation.power import detectable_multiple, planned_spread, rejection_probability
from evalkit.planning.basis import assumed_basis
from evalkit.planning.designs import Design, outlook, prospect, spreads


def looked(questions):
    plan = plan_of(questions)
    return plan, outlook(plan, plan.outcomes[0], assumed_basis(plan.outcomes[0]))


def test_a_worked_example():
    """Nine like areas, one pilot: 100 cases a year of which 30 % have the outcome, three years
    before and two after, areas' years varying with a standard deviation of .03.

    Var(change) = .3 * .7 (1/300 + 1/200) + .03^2 (1/3 + 1/2) = .0017500 + .0007500 = .0025,
    so the standard deviation is .05 and the detectable effect detectable_multiple(8) = 3.4527
    times that. By simulation: 40,000 draws give the power within .002 (one error), which is
    .6 % of the effect; four of them.
    """
    plan, found = looked(changed("draws", 40_000))
    arms = spreads(found.basis, found.proposed.design, plan.wash_in_years)
    assert arms.pilot == pytest.approx([0.05])
    assert arms.comparison == pytest.approx([0.05] * 8)
    by_hand = detectable_multiple(8) * planned_spread(0.21, [300], [200], 0.03**2 * 5 / 6)[0]
    assert by_hand == pytest.approx(3.4527 * 0.05, abs=1e-3)
    assert found.proposed.effect == pytest.approx(by_hand, rel=0.024)


def test_the_relevant_difference_and_false_alarms_are_found_as_often_as_theory_says():
    """The noncentral t, like areas; 40,000 draws, four Monte Carlo errors are .010 at most."""
    _, found = looked(changed("draws", 40_000))
    scale = 0.05 * sqrt(1 + 1 / 8)
    critical = 2.364624  # t with 7 degrees of freedom, 97.5 %
    theory = rejection_probability(0.05 / scale, 7, critical)
    assert found.proposed.finds_relevant == pytest.approx(theory, abs=0.010)
    assert found.proposed.size == pytest.approx(0.05, abs=0.0044)


def test_every_design_is_answered_once():
    plan, found = looked(changed("draws", 1000))
    wanted = {
        Design(pilot, before, after)
        for pilot in plan.pilots
        for before in plan.years_before
        for after in plan.years_after
    }
    assert {one.design for one in found.prospects} == wanted
    assert len(found.prospects) == len(wanted)
    assert found.cautious is None


def test_the_same_questions_get_the_same_answers():
    first, again = (looked(changed("seed", 8))[1] for _ in range(2))
    assert first.prospects == again.prospects
    assert first.remedies == again.remedies


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 400), st.floats(0.0, 0.08), st.floats(0.05, 0.6), st.integers(0, 50))
def test_each_remedy_helps_and_all_together_most(load, area_sd, level, seed):
    questions = changed("draws", 1000) | {"seed": seed}
    assumed = questions["outcomes"][0]["assumed"]
    assumed |= {"level": level, "area_sd": area_sd}
    assumed["cases_per_year"] = dict.fromkeys(assumed["cases_per_year"], load)
    _, found = looked(questions)
    effects = {key: one.effect for key, one in found.remedies.items()}
    # Years and cases shrink every spread alike, on the same draws; the others change the draws,
    # and 1,000 of them know the effect within 4 % or so.
    assert effects["years"] < found.proposed.effect
    assert effects["cases"] <= found.proposed.effect * (1 + 1e-6)
    assert effects["pilots"] < found.proposed.effect
    assert effects["comparison"] < 1.12 * found.proposed.effect
    assert effects["all"] < min(effects["years"], effects["cases"], effects["pilots"])


def test_more_comparison_areas_help_as_theory_says():
    """Like areas: the effects are as the multiples for 8 and 16; 40,000 draws, within 2.4 %."""
    _, found = looked(changed("draws", 40_000))
    ratio = found.remedies["comparison"].effect / found.proposed.effect
    assert ratio == pytest.approx(detectable_multiple(16) / detectable_multiple(8), rel=0.024)


def test_a_small_pilot_area_raises_false_alarms():
    questions = changed("outcomes.0.assumed.cases_per_year.Område A", 15)
    questions["outcomes"][0]["assumed"]["area_sd"] = 0.0
    _, found = looked(questions)
    assert found.proposed.size > 0.15


def test_where_alarms_are_as_many_as_findings_no_effect_is_named():
    """One area of 1 case beside areas of 100,000: it is found 'changed' in nearly every draw."""
    questions = changed("outcomes.0.assumed.cases_per_year.Område A", 1)
    assumed = questions["outcomes"][0]["assumed"]
    assumed["area_sd"] = 0.0
    assumed["cases_per_year"] = {
        area: load if area == "Område A" else 100_000
        for area, load in assumed["cases_per_year"].items()
    }
    _, found = looked(questions)
    assert found.proposed.effect != found.proposed.effect
    assert "without any effect" in found.proposed.reason
    assert found.proposed.size > 0.8


def test_a_rate_varies_as_counts_do():
    """Poisson: a rate of 2 per unit on 50 units a year, one year each side: 2 (1/50 + 1/50)."""
    questions = changed("outcomes.0.kind", "rate")
    questions["outcomes"][0]["assumed"] |= {"level": 2.0, "area_sd": 0.0}
    plan = plan_of(questions)
    basis = assumed_basis(plan.outcomes[0])
    arms = spreads(basis, Design(("Område A",), 1, 1), 0)
    assert arms.pilot == pytest.approx([sqrt(2 * (1 / 100 + 1 / 100))])
    assert prospect(plan, plan.outcomes[0], basis, Design(("Område A",), 1, 1)).effect > 0
