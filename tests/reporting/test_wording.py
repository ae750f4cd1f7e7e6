"""Case in, sentence out: the paragraphs that the steering group reads."""

from dataclasses import replace
from datetime import date
from math import isnan, nan
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.params import load_study
from evalkit.plan import Rule
from evalkit.reporting import gaps, remarks
from evalkit.reporting.disclosure import protect
from evalkit.reporting.verdicts import Certainty, certainty, likelihood, verdict
from evalkit.reporting.wording import answer, headline, in_short
from evalkit.reporting.would_change import Prospects, what_would_change
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
        "Av 100 utredningar i pilotområdet som avslutades under 2021 följdes 24 av en ny inom "
        "ett år. Om utvecklingen hade följt linjens områden hade vi väntat oss 30. Skillnaden är 6 "
        "utredningar färre av 100. Den statistiska osäkerheten är märkbar: skillnaden kan vara "
        "mellan 1 och 11 färre. Det är lägre än väntat, åt det håll som piloten syftade "
        "till. Det är möjligt att arbetssättet har bidragit, men även en förändrad sammansättning "
        "av barn kan förklara skillnaden."
    )


def test_the_whole_paragraph_for_a_mean():
    assert said(effect(-0.7, -1.6, 0.2, outcome="K1", observed=2.1)) == (
        "Ett ärende i pilotområdet som inleddes under 2021 hade i genomsnitt 2,1 handläggare. Om "
        "utvecklingen hade följt linjens områden hade vi väntat oss 2,8. Skillnaden är 0,7 "
        "handläggare färre per ärende. Den statistiska osäkerheten är stor: skillnaden kan vara "
        "från 1,6 färre till 0,2 fler. Vi kan inte avgöra om det är lägre eller högre än väntat. "
        "Även en förändrad sammansättning av barn kan ha påverkat resultatet."
    )


@pytest.mark.parametrize(
    ("estimate", "low", "high", "part"),
    [
        (-0.06, -0.11, 0.02, "kan vara från 11 färre till 2 fler."),  # crossing
        (0.08, 0.03, 0.13, "kan vara mellan 3 och 13 fler."),  # both more
        (-0.08, -0.13, -0.03, "kan vara mellan 3 och 13 färre."),  # both fewer, nearest first
        (-0.05, -0.10, -0.001, "kan vara från 10 färre till ungefär lika många."),
        (0.05, 0.001, 0.10, "kan vara från ungefär lika många till 10 fler."),
        (-0.001, -0.003, 0.002, "avrundas till noll i båda ändar av intervallet."),
        (-0.06, -0.062, -0.058, "ungefär 6 färre."),
        (-0.06, nan, nan, "Hur osäker skillnaden är går inte att beräkna."),
        (-0.01, -0.02, -0.005, "Skillnaden är 1 utredning färre av 100."),
        (0.07, 0.02, 0.12, "Skillnaden är 7 utredningar fler av 100."),
        (-0.004, -0.02, 0.02, "Skillnaden är mindre än en utredning av 100."),
        (-0.054, -0.10, -0.01, "hade vi väntat oss 29. Skillnaden är 5 utredningar färre av 100."),
        (-0.056, -0.1, -0.01, "oss 30. Skillnaden är 6 utredningar färre av 100."),
    ],
)
def test_difference_and_range(estimate, low, high, part):
    assert part in said(effect(estimate, low, high))


def test_rounding_that_does_not_add_up_is_said():
    made = replace(effect(-0.064, -0.11, -0.01), observed=0.236, counterfactual=0.30)
    assert "Skillnaden är 6 utredningar färre av 100. " in said(made)
    made = replace(effect(-0.064, -0.11, -0.01), observed=0.2436, counterfactual=0.3076)
    assert (
        "oss 31. Skillnaden är 6 utredningar färre av 100 (talen är avrundade var för sig)."
        in said(made)
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
    made = protect(replace(effect(-0.06, -0.11, -0.01), n_treated=4), Rule(threshold=5, rounding=1))
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


def short(made, level="låg", period="2021"):
    text = in_short(made, STUDY, period, Certainty(level, ()), THREAT)
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (effect(-0.06, -0.11, -0.01), "Färre nya utredningar än väntat"),
        (effect(0.06, 0.01, 0.11), "Fler nya utredningar än väntat"),
        (effect(-0.04, -0.07, -0.01), "Något färre nya utredningar än väntat"),
        (effect(0.04, 0.01, 0.07), "Något fler nya utredningar än väntat"),
        (effect(-0.01, -0.04, 0.02), "I stort sett lika många nya utredningar som väntat"),
        (effect(-0.06, -0.13, 0.01), "Går inte att avgöra om det blev färre nya utredningar"),
        (effect(-0.06, nan, nan), "Går inte att avgöra om det blev färre nya utredningar"),
        (
            effect(0.06, -0.13, 0.2, outcome="U1"),
            "Går inte att avgöra om det blev fler påbörjade insatser",
        ),
        (
            effect(-0.7, -1.1, -0.3, outcome="K1", observed=2.1),
            "Färre handläggare per ärende än väntat",
        ),
        (
            effect(nan, nan, nan, observed=nan, status="immature"),
            "Ny utredning inom ett år kan ännu inte mätas",
        ),
        (
            effect(nan, nan, nan, observed=nan, status="not_estimable"),
            "Ny utredning inom ett år kan inte redovisas",
        ),
    ],
)
def test_the_headline_is_the_verdict(made, message):
    assert headline(made, STUDY) == message


def test_the_short_answer_keeps_level_counterfactual_interval_likelihood_and_rival():
    assert short(effect(-0.06, -0.11, -0.01)) == (
        "Av 100 utredningar i pilotområdet som avslutades under 2021 följdes 24 av en ny inom "
        "ett år. Om utvecklingen hade följt linjens områden hade vi väntat oss 30. Skillnaden är 6 "
        "utredningar färre av 100. Den statistiska osäkerheten är märkbar: skillnaden kan vara "
        "mellan 1 och 11 färre. Det är möjligt att arbetssättet har bidragit, men även "
        "en förändrad sammansättning av barn kan förklara skillnaden."
    )


@pytest.mark.parametrize("told", [said, short])
def test_a_difference_that_cannot_be_computed_is_said_to_be_so_and_why(told):
    made = effect(nan, nan, nan)
    made = replace(
        made,
        headline=replace(made.headline, reason="the areas' changes do not vary"),
        counterfactual=0.3,
    )
    text = told(made)
    assert "följdes 24 av en ny inom ett år." in text
    assert "Skillnaden går inte att beräkna: områdenas förändringar varierar inte. " in text
    assert "Osäkerheten" not in text
    assert "nan" not in text
    assert "  " not in text


def test_where_nothing_can_be_told_the_short_answer_says_so_and_claims_no_contribution():
    text = short(effect(-0.06, -0.13, 0.01))
    assert "Det går inte att bedöma om arbetssättet har bidragit. Även en" in text
    assert "möjligt att" not in text
    same = short(effect(-0.01, -0.04, 0.02))
    assert same.endswith("Även en förändrad sammansättning av barn kan ha påverkat resultatet.")


AHEAD = Prospects(date(2023, 8, 31), goes_on=True, years=True, areas=True)
TOO_LITTLE = "Underlaget är för litet: en skillnad behöver i regel vara minst "


def would(made, ahead=AHEAD):
    return what_would_change(made, STUDY, ahead).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            effect(-0.06, -0.13, 0.01),  # expected 30, 8 fewer is needed
            f"fler år eller fler jämförelseområden. {TOO_LITTLE}8 utredningar av 100 för att "
            "synas. Vi väntade oss 30, så skillnaden hade synts först vid 22 av 100.",
        ),
        (
            replace(effect(-0.06, -0.13, 0.01), minimum_detectable=0.31),
            f"fler år eller fler jämförelseområden. {TOO_LITTLE}31 utredningar av 100 för att "
            "synas. Vi väntade oss 30, så inte ens 0 av 100 hade säkert synts.",
        ),
        (
            replace(effect(0.06, -0.15, 0.26, outcome="U1", observed=0.61),
                    minimum_detectable=0.287),
            f"fler år eller fler jämförelseområden. {TOO_LITTLE}29 barn av 100 för att synas. Vi "
            "väntade oss 55, så skillnaden hade synts först vid 84 av 100.",
        ),
        (
            replace(effect(0.06, -0.15, 0.26, outcome="U1", observed=0.95),
                    minimum_detectable=0.287),
            f"fler år eller fler jämförelseområden. {TOO_LITTLE}29 barn av 100 för att synas. Vi "
            "väntade oss 89, så inte ens 100 av 100 hade säkert synts.",
        ),
        (
            replace(effect(-0.06, -0.13, 0.01), minimum_detectable=0.05),  # what matters, no more
            "fler år eller fler jämförelseområden. En skillnad behöver i regel vara minst 5 "
            "utredningar av 100 för att synas. Vi väntade oss 30, så skillnaden hade synts först "
            "vid 25 av 100.",
        ),
        (
            replace(effect(-0.06, -0.13, 0.01), minimum_detectable=nan),
            "fler år eller fler jämförelseområden. En skillnad behöver nu i regel vara mycket stor "
            "för att synas.",
        ),
        (
            replace(effect(-0.1, -0.5, 0.3, outcome="K1", observed=1.6), minimum_detectable=0.31),
            f"fler år eller fler jämförelseområden. {TOO_LITTLE}0,3 handläggare per ärende för att "
            "synas. Vi väntade oss 1,7, så skillnaden hade synts först vid 1,4.",
        ),
        (
            effect(-0.06, -0.11, -0.02),  # two points more, and the interval would hold zero
            "om det också utan piloten hade blivit minst 2 utredningar av 100 färre i pilotområdet "
            "än i linjens områden.",
        ),
        (
            effect(-0.06, -0.11, -0.001),
            "om det också utan piloten hade blivit bara lite färre i pilotområdet än i linjens "
            "områden.",
        ),
        (
            effect(-0.01, -0.03, 0.01),  # none that matters; five points do
            "om pilotområdet utan piloten hade förändrats minst 2 utredningar av 100 mer eller "
            "mindre än linjens områden.",
        ),
        (effect(nan, nan, nan), "ett underlag där skillnaden går att beräkna."),
        (
            effect(nan, nan, nan, observed=nan, status="immature"),
            "uppgifter till och med 31 augusti 2023, då måttet kan mätas.",
        ),
        (effect(nan, nan, nan, observed=nan, status="not_estimable"), "ett större underlag."),
    ],
)  # fmt: skip
def test_what_would_change_the_answer(made, said):
    assert would(made) == said


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        ({"areas": False}, "fler år. "),
        ({"years": False}, "fler jämförelseområden. "),
        ({"years": False, "areas": False}, "flera områden som prövar arbetssättet. Fler år eller "
         "fler jämförelseområden räcker inte. "),
        ({"goes_on": False}, "fler jämförelseområden. "),
        ({"goes_on": False, "areas": False}, "flera områden som prövar arbetssättet. Fler "
         "jämförelseområden räcker inte. "),
    ],
)  # fmt: skip
def test_only_what_could_be_enough_is_said_to_change_the_answer(ahead, said):
    text = would(effect(-0.06, -0.13, 0.01), replace(AHEAD, **ahead))
    assert text.startswith(f"{said}Underlaget")


@pytest.mark.parametrize(("missed", "told"), [(0.07, True), (-0.07, True), (0.05, False),
                                             (nan, False)])  # fmt: skip
def test_a_weak_check_of_the_years_before_is_said_where_it_could_miss_what_matters(missed, told):
    text = would(effect(-0.1, -0.15, -0.06), replace(AHEAD, missed=missed))
    said = "upptäcker i regel inte en utveckling som ger under 7 utredningar av 100."
    assert (said in text) == told


@pytest.mark.parametrize(("low", "high", "told"), [(-0.2, 0.1, True), (-0.2, -0.1, False),
                                                  (nan, nan, False)])  # fmt: skip
def test_an_answer_that_the_areas_own_trends_undo_says_so(low, high, told):
    made = effect(-0.1, -0.15, -0.06)
    trend = replace(made.headline, method="detrended", conf_low=low, conf_high=high)
    text = would(replace(made, checks=(trend,)))
    assert ("kan skillnaden vara noll." in text) == told


@pytest.mark.parametrize(
    ("observed", "estimate", "part"),
    [
        (1.27, -0.45, "1,27 handläggare. Om utvecklingen hade följt linjens områden hade vi väntat "
         "oss 1,72. Skillnaden är 0,45 handläggare färre per ärende. "),
        (1.3, -0.4, "1,3 handläggare. Om utvecklingen hade följt linjens områden hade vi väntat "
         "oss 1,7. Skillnaden är 0,4 handläggare färre per ärende. "),
    ],
)  # fmt: skip
def test_a_mean_has_two_decimals_where_one_does_not_add_up(observed, estimate, part):
    text = said(effect(estimate, estimate - 0.2, estimate + 0.2, outcome="K1", observed=observed))
    assert part in text
    assert "avrundade" not in text


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (-0.67, -0.24, "begränsad"),  # all of it matters (0.2)
        (-0.58, -0.15, "märkbar"),  # as wide, and some of it does not
        (-0.38, 0.05, "stor"),  # as wide, and on both sides of zero
        (-0.1, 0.1, "begränsad"),  # none of it matters
    ],
)
def test_the_uncertainty_is_called_by_what_the_interval_holds(low, high, word):
    made = effect((low + high) / 2, low, high, outcome="K1", observed=1.3)
    assert f"Den statistiska osäkerheten är {word}: " in said(made)


OTHERS = effect(-0.3, -3.5, 2.9, outcome="K4", observed=7.0)
MEANS_THE_CHAIN = " Måttet visar att kedjan hölls ihop, inte att kontakten blev stabilare."


@pytest.mark.parametrize(
    ("others", "tail"),
    [
        (None, ""),
        (replace(OTHERS, status="not_estimable"), ""),
        (OTHERS, " Om byten av andra skäl blev färre går inte att avgöra (från 3,5 "
         "färre till 2,9 fler)."
         + MEANS_THE_CHAIN),
        (effect(-0.3, -0.8, 0.2, outcome="K4"), " Byten av andra skäl är ungefär så många som "
         "väntat (från 0,8 färre till 0,2 fler)." + MEANS_THE_CHAIN),
        (effect(2.0, 1.1, 2.9, outcome="K4"), " Byten av andra skäl är fler än väntat (mellan 1,1 "
         "och 2,9 fler)." + MEANS_THE_CHAIN),
        (effect(-2.0, -2.9, -1.1, outcome="K4"), " Byten av andra skäl är färre än väntat (mellan "
         "1,1 och 2,9 färre)."),
    ],
)  # fmt: skip
def test_continuity_is_set_beside_the_borders_between_units(others, tail):
    assert remarks.at_borders(2.2, 20.1, others, STUDY, improved=True) == (
        "När ärendet gick mellan enheter skedde 2,2 byten per 100 månader som barn följdes i "
        f"pilotområdet och 20,1 i linjens områden.{tail}"
    )


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ([effect(0.03, -0.1, 0.2, outcome="R3"), effect(-0.01, -0.2, 0.2, outcome="U2"),
          effect(0.1, -0.2, 0.4, outcome="T14")],
         "2 av 3 pekar åt det sämre hållet, men osäkerheten är för stor för slutsatser: ny kontakt "
         "av något slag inom ett år och tackar ja till första erbjudandet."),
        ([effect(0.2, 0.1, 0.3, outcome="R3")],
         "Sämre än väntat: ny kontakt av något slag inom ett år."),
        ([effect(-0.2, -0.3, -0.1, outcome="R3"), effect(nan, nan, nan, outcome="U2",
          status="immature")], ""),
        ([], ""),
    ],
)  # fmt: skip
def test_what_points_away_from_the_aim_is_named(made, said):
    assert remarks.the_other_way([(STUDY.outcome(one.outcome), one) for one in made]) == said


@pytest.mark.parametrize(
    ("registered", "unlogged", "said"),
    [
        (True, 0, ""),
        (False, 0, "Det går inte att visa att analysplanen bestämdes före resultaten. "
         "Tillförlitligheten är inte sänkt för det."),
        (True, 2, "Analysplanen har ändrats utan att det är känt varför. Tillförlitligheten är "
         "inte sänkt för det."),
    ],
)  # fmt: skip
def test_results_are_preliminary_until_the_plan_is_registered(registered, unlogged, said):
    assert remarks.preliminary(registered=registered, unlogged=unlogged) == said


def test_an_unclear_measure_of_continuity_shows_nothing_of_the_chain():
    text = remarks.at_borders(2.2, 20.1, OTHERS, STUDY, improved=False)
    assert text.endswith("går inte att avgöra (från 3,5 färre till 2,9 fler).")


def test_the_closing_is_said_of_the_outcomes_that_it_reaches():
    text = remarks.followed_past_the_pilot(date(2022, 8, 31), ["Antal A", "Ny B"])
    assert text.startswith("Gäller antal A och ny B: barnen följs också efter 31 augusti 2022, då")


@pytest.mark.parametrize(
    ("places", "share", "moved", "said"),
    [
        ([("pilotområdet", 0.5, 0.721), ("linjens områden", 0.517, 0.528)], True, False,
         "Insats: 50 av 100 för flickor och 72 för pojkar i pilotområdet, 52 och 53 i linjens "
         "områden. Skillnaden i pilotområdet kvarstår när hänsyn tagits till ålder och behöver "
         "prövas. Om piloten ändrade den går inte att avgöra."),
        ([("linjens områden", 1.2, 1.5)], False, True,
         "Insats: 1,20 för flickor och 1,50 för pojkar i linjens områden. Skillnaden i linjens "
         "områden kvarstår när hänsyn tagits till ålder och behöver prövas. Den ändrades på annat "
         "sätt i pilotområdet än i linjens områden."),
    ],
)  # fmt: skip
def test_a_gap_that_is_left_is_told_with_both_levels(places, share, moved, said):
    assert gaps.left("Insats", places, "ålder", share=share, moved=moved) == said


@settings(max_examples=150)
@given(st.floats(-0.4, 0.4), st.floats(0, 0.3), st.floats(0, 0.3), st.sampled_from(STUDY.outcomes))
def test_headline_and_short_answer_never_claim_more_than_the_interval(
    estimate, below, above, outcome
):
    made = effect(estimate, estimate - below, estimate + above, outcome=outcome.id, observed=0.5)
    head, text = headline(made, STUDY), short(made).lower()
    assert not any(digit in head for digit in "0123456789")
    assert not head.endswith(".")
    for word in ("signifikan", "ingen effekt", "ingen skillnad", "bevis", "nan", "{"):
        assert word not in f"{head} {text}".lower()
    if made.headline.conf_low < 0 < made.headline.conf_high:
        assert head.startswith(("Går inte att avgöra", "I stort sett lika många"))


@pytest.mark.parametrize(
    ("low", "high", "judged"),
    [
        (0.02, 0.15, "remains"),
        (-0.15, -0.02, "remains"),
        (0.01, 0.05, "none_relevant"),
        (-0.05, 0.05, "none_relevant"),
        (-0.02, 0.15, "unclear"),
        (0.0, 0.15, "unclear"),
        (nan, 0.15, "unknown"),
        (nan, nan, "unknown"),
    ],
)
def test_a_gap_is_judged_by_its_interval_and_what_matters(low, high, judged):
    assert gaps.judge(low, high, 0.05) == judged


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (["remains", "unclear", "none_relevant"], "Av 3 jämförelser mellan flickor och pojkar "
         "kvarstår en skillnad i 1 efter justering. Den behöver prövas. I 1 går det inte att "
         "avgöra."),
        (["remains", "remains", "unknown"], "Av 2 jämförelser mellan flickor och pojkar kvarstår "
         "en skillnad i 2 efter justering. De behöver prövas."),
        (["unclear", "none_relevant"], "Av 2 jämförelser mellan flickor och pojkar går det i 1 "
         "inte att avgöra om någon skillnad kvarstår."),
        (["none_relevant"], "Av 1 jämförelse mellan flickor och pojkar kvarstår ingen skillnad av "
         "betydelse efter justering."),
        (["unknown", "unknown"], "Skillnader mellan flickor och pojkar kan ännu inte redovisas."),
        ([], "Skillnader mellan flickor och pojkar kan ännu inte redovisas."),
    ],
)  # fmt: skip
def test_the_message_of_the_gaps(found, said):
    assert gaps.message(found) == said


def test_no_gap_is_ever_called_unwarranted():
    texts = [*gaps.JUDGED.values(), *gaps.NEXT.values()]
    assert "behöver prövas" in gaps.JUDGED["remains"]
    assert not any("omotiverad" in text.lower() for text in texts)
