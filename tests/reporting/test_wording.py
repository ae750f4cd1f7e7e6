"""Case in, sentence out: the paragraphs that the steering group reads."""

from dataclasses import replace
from math import isnan, nan
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.params import load_study
from evalkit.reporting.disclosure import protect
from evalkit.reporting.verdicts import Certainty, certainty, likelihood, verdict
from evalkit.reporting.wording import answer
from evalkit.results import Effect, Estimate

STUDY = load_study(Path(__file__).parents[2] / "params" / "study.yaml")
LOW = Certainty("låg", ())
THREAT = "en förändrad sammansättning av barn"


def effect(estimate, low, high, *, outcome="R1", observed=0.24, status="estimated", **more):
    plan = STUDY.outcome(outcome)
    headline = Estimate(
        outcome, "att", estimate, 0.02, 0.04, low, high, plan.unit, "exact_t", 812, 9
    )
    return Effect(
        outcome=outcome,
        label=plan.label,
        years=(2021,),
        status=status,
        headline=headline,
        checks=(),
        observed=observed,
        counterfactual=observed - estimate,
        relative=nan,
        minimum_detectable=0.08,
        n_treated=240,
        **({"mature": 1.0} | more),
    )


def said(made, level="låg", period="2021"):
    text = answer(made, STUDY, period, Certainty(level, ()), THREAT)
    return text.replace("\u00a0", " ")


def test_the_whole_paragraph_for_a_share():
    assert said(effect(-0.06, -0.11, -0.01)) == (
        "Av 100 barn i pilotområdet vars utredning avslutades under 2021 utreddes 24 på nytt "
        "inom ett år. Om utvecklingen hade varit densamma som i linjens områden hade vi väntat "
        "oss 30. Skillnaden är 6 barn färre av 100. Osäkerheten är begränsad: skillnaden kan "
        "vara allt från 1 till 11 färre. Det är lägre än väntat, åt det håll som piloten syftade "
        "till. Det är möjligt att arbetssättet har bidragit, men även en förändrad sammansättning "
        "av barn kan förklara skillnaden."
    )


def test_the_whole_paragraph_for_a_mean():
    assert said(effect(-0.7, -1.6, 0.2, outcome="K1", observed=2.1)) == (
        "Ett ärende i pilotområdet som inleddes under 2021 hade i genomsnitt 2,1 handläggare. Om "
        "utvecklingen hade varit densamma som i linjens områden hade vi väntat oss 2,8. Skillnaden "
        "är 0,7 handläggare färre per ärende. Osäkerheten är stor: skillnaden kan vara allt från "
        "1,6 färre till 0,2 fler. Vi kan inte avgöra om det är lägre eller högre än väntat. Även "
        "en förändrad sammansättning av barn kan ha påverkat resultatet."
    )


@pytest.mark.parametrize(
    ("estimate", "low", "high", "part"),
    [
        (-0.06, -0.11, 0.02, "allt från 11 färre till 2 fler."),  # crossing
        (0.08, 0.03, 0.13, "allt från 3 till 13 fler."),  # both more
        (-0.08, -0.13, -0.03, "allt från 3 till 13 färre."),  # both fewer, nearest first
        (-0.05, -0.10, -0.001, "allt från 10 färre till ungefär lika många."),
        (0.05, 0.001, 0.10, "allt från ungefär lika många till 10 fler."),
        (-0.001, -0.003, 0.002, "avrundas till noll i båda ändar av intervallet."),
        (-0.06, -0.062, -0.058, "ungefär 6 färre."),
        (-0.06, nan, nan, "Hur osäker skillnaden är går inte att beräkna."),
        (-0.01, -0.02, -0.005, "Skillnaden är 1 barn färre av 100."),
        (0.07, 0.02, 0.12, "Skillnaden är 7 barn fler av 100."),
        (-0.004, -0.02, 0.02, "Skillnaden är mindre än ett barn av 100."),
        (-0.054, -0.10, -0.01, "hade vi väntat oss 29. Skillnaden är 5 barn färre av 100."),
        (-0.056, -0.1, -0.01, "oss 30. Skillnaden är 6 barn färre av 100."),
    ],
)
def test_difference_and_range(estimate, low, high, part):
    assert part in said(effect(estimate, low, high))


def test_rounding_that_does_not_add_up_is_said():
    made = replace(effect(-0.064, -0.11, -0.01), observed=0.236, counterfactual=0.30)
    assert "Skillnaden är 6 barn färre av 100. " in said(made)
    made = replace(effect(-0.064, -0.11, -0.01), observed=0.2436, counterfactual=0.3076)
    assert "oss 31. Skillnaden är 6 barn färre av 100 (talen är avrundade var för sig)." in said(
        made
    )


@pytest.mark.parametrize(
    ("outcome", "part"),
    [
        ("K2", "20 ärenden fler av 100."),
        ("K3", "20 fasövergångar fler av 100."),
        ("R2", "fick 50 en ny orosanmälan inom ett år."),
        ("R3", "kom 50 tillbaka på något sätt inom ett år."),
        ("U1", "hade 50 påbörjat en insats inom 90 dagar."),
        ("U2", "20 erbjudanden fler av 100."),
        ("U3", "saknade 50 en passande insats."),
        ("T14", "blev 50 klara inom 14 dagar."),
        ("T4M", "blev 50 klara inom 4 månader."),
    ],
)
def test_every_share_of_the_plan_has_its_own_words(outcome, part):
    assert part in said(effect(0.2, 0.1, 0.3, outcome=outcome, observed=0.5))


def test_a_rate_is_said_per_100_child_months():
    text = said(effect(-1.0, -1.9, -0.1, outcome="K4", observed=3.2))
    assert "skedde 3,2 byten" in text
    none = said(effect(-0.02, -1.9, 1.9, outcome="K4", observed=3.2))
    assert "Skillnaden är mindre än 0,1 byten per 100 barnmånader." in none
    assert "Skillnaden är 1,0 byten färre per 100 barnmånader." in text


@pytest.mark.parametrize(
    ("estimate", "low", "high", "expected"),
    [
        (-0.06, -0.11, -0.01, "lower"),
        (0.06, 0.01, 0.11, "higher"),
        (0.30 - 0.35, -0.09, -0.01, "lower"),  # equals the limit but for rounding error
        (-0.04, -0.07, -0.01, "slightly_lower"),
        (0.04, 0.01, 0.07, "slightly_higher"),
        (-0.01, -0.04, 0.02, "no_relevant_difference"),
        (-0.03, -0.05, -0.01, "no_relevant_difference"),
        (-0.06, -0.13, 0.01, "undecided"),
        (0.0, -0.06, 0.06, "undecided"),
        (-0.06, nan, nan, "undecided"),
    ],
)
def test_verdict_follows_the_rule(estimate, low, high, expected):
    assert verdict(effect(estimate, low, high), STUDY.outcome("R1")) == expected


@pytest.mark.parametrize(
    ("outcome", "estimate", "part"),
    [
        ("R1", -0.10, "lägre än väntat, åt det håll"),
        ("R1", 0.10, "högre än väntat, åt motsatt håll"),
        ("U1", 0.10, "högre än väntat, åt det håll"),
        ("U1", -0.10, "lägre än väntat, åt motsatt håll"),
    ],
)
def test_the_aim_of_the_pilot_decides_the_direction(outcome, estimate, part):
    made = effect(estimate, estimate - 0.05, estimate + 0.05, outcome=outcome, observed=0.5)
    assert part in likelihood(made, STUDY.outcome(outcome))


@pytest.mark.parametrize(
    ("level", "part"),
    [
        ("hög", "Bedömningen är att arbetssättet har bidragit, men även"),
        ("måttlig", "Det är troligt att arbetssättet har bidragit, men även"),
        ("låg", "Det är möjligt att arbetssättet har bidragit, men även"),
        ("mycket låg", "Det går inte att bedöma om arbetssättet har bidragit: även"),
    ],
)
def test_certainty_decides_the_verb(level, part):
    assert part in said(effect(-0.06, -0.11, -0.01), level)


def test_follow_up_that_is_too_short_gives_no_number():
    made = effect(nan, nan, nan, observed=nan, status="immature", mature=0.31)
    assert said(made, period="januari–augusti 2022") == (
        "Ny utredning inom ett år kan ännu inte mätas för januari–augusti 2022. Hittills har 31 % "
        "kunnat följas hela tiden."
    )
    unknown = replace(made, mature=nan)
    assert said(unknown).endswith("Uppföljningstiden är för kort.")


def test_what_cannot_be_estimated_is_said_without_its_internal_reason():
    made = effect(nan, nan, nan, observed=nan, status="not_estimable", reason="no variance")
    assert said(made) == (
        "Ny utredning inom ett år kan inte redovisas för 2021. Underlaget räcker inte för en "
        "jämförelse med linjens områden."
    )


def test_a_protected_effect_leaves_no_number_in_the_text():
    made = protect(replace(effect(-0.06, -0.11, -0.01), n_treated=4), 5)
    assert isnan(made.observed)
    assert said(made).endswith("Uppgifterna bygger på för få barn för att visas.")


def test_an_estimated_effect_without_a_level_is_an_error():
    with pytest.raises(ValueError, match="missing"):
        said(effect(-0.06, -0.11, -0.01, observed=nan))


@settings(max_examples=150)
@given(st.floats(-0.4, 0.4), st.floats(0, 0.3), st.floats(0, 0.3), st.sampled_from(STUDY.outcomes))
def test_no_result_is_called_significant_or_without_effect(estimate, below, above, outcome):
    made = effect(estimate, estimate - below, estimate + above, outcome=outcome.id, observed=0.5)
    text = said(made).lower()
    for word in ("signifikan", "ingen effekt", "bevis", "nan", "{"):
        assert word not in text
    if made.headline.conf_low < 0 < made.headline.conf_high:
        assert "lägre än väntat, " not in text
        assert "högre än väntat, " not in text


RELEVANT = effect(-0.15, -0.20, -0.10)
CROSSING = effect(-0.06, -0.11, -0.01)


@pytest.mark.parametrize(
    ("made", "checks", "level"),
    [
        (RELEVANT, {"pre_trend": "held"}, "låg"),
        (RELEVANT, {"pre_trend": "held", "corroborated": True}, "måttlig"),
        (RELEVANT, {"pre_trend": "failed"}, "mycket låg"),
        (RELEVANT, {"pre_trend": "untestable"}, "mycket låg"),
        (RELEVANT, {"pre_trend": "untestable", "corroborated": True}, "låg"),
        (CROSSING, {"pre_trend": "held"}, "mycket låg"),
        (RELEVANT, {"pre_trend": "held", "alarms": ["erbjudanden saknas"]}, "mycket låg"),
        (CROSSING, {"pre_trend": "failed", "alarms": ["erbjudanden saknas"]}, "mycket låg"),
        (effect(-0.1, nan, nan), {"pre_trend": "held"}, "mycket låg"),
        (replace(RELEVANT, status="immature"), {"pre_trend": "held"}, "mycket låg"),
    ],
)
def test_certainty_starts_low_and_every_failed_check_takes_a_level(made, checks, level):
    assert certainty(made, STUDY.outcome("R1"), **checks).level == level


def test_every_lost_level_has_a_reason_in_words():
    found = certainty(
        CROSSING, STUDY.outcome("R1"), pre_trend="failed", alarms=["erbjudanden saknas"]
    )
    assert len(found.reasons) == 5  # two that always hold, and one for each level lost
    assert "erbjudanden saknas" in found.reasons
