"""What a chapter says of results counted otherwise, and of children who changed."""

from math import nan
from pathlib import Path

import pandas as pd
import pytest

from evalkit.chapters import children, robustness
from evalkit.estimation.ladder import Curve, Step
from evalkit.params import load_study
from evalkit.results import Estimate
from evalkit.specifications import Ladder

K1 = load_study(Path(__file__).parents[2] / "params" / "study.yaml").outcome("K1")
CURVE = Curve(-0.4, 1.0, 1.0, nan, nan, nan, 0, "")


def step(axis, label, value, side):
    estimate = Estimate("K1", "att", value, 0.1, 0.5, nan, nan, K1.unit, "exact_t", 900, 9)
    return Step(axis, label, estimate, side)


PLAN = step("plan", "", -0.45, "below")
TREND = step("trend", "detrended", -0.31, "across")
HALF = step("season", "1-6", -0.35, "across")
SAME = step("years", "2017", -0.41, "below")


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((PLAN, SAME), "Alla säger detsamma som huvudresultatet: lägre än väntat (skattningar från "
         "−0,45 till −0,41)."),
        ((PLAN, HALF, TREND, SAME),
         "På de här sätten säger intervallet något annat än huvudresultatet: avvikelse från egen "
         "trend och bara januari–juni (ofyllda punkter). Egen trend är det enda av sätten som "
         "prövar om områdena hade följts åt. 1 av 3 andra sätt säger lägre än väntat (skattningar "
         "från −0,45 till −0,31), men de delar nästan alla uppgifter."),
        ((PLAN, HALF, SAME),
         "På de här sätten säger intervallet något annat än huvudresultatet: bara januari–juni "
         "(ofyllda punkter). 1 av 2 andra sätt säger lägre än väntat (skattningar från −0,45 till "
         "−0,35), men de delar nästan alla uppgifter."),
    ],
)  # fmt: skip
def test_the_ladder_leads_with_what_says_something_else_the_own_trend_first(steps, said):
    assert robustness._turned(Ladder(steps, CURVE, ()), K1) == said


def test_what_changed_most_is_told_although_it_does_not_differ_most():
    differences = pd.DataFrame(
        {
            "covariate": ["Kön", "Anmälare", "Typ"],
            "level": ["flicka", "polis", "annat"],
            "smd_pre": [0.07, 0.06, nan],
            "smd_post": [-0.06, 0.08, 0.5],
        }
    )
    text = children._apart(differences.iloc[:2])
    assert "mest i ”Anmälare: polis” (0,08)" in text
    assert "Mest ändrades ”Kön: flicka”: från 0,07 åren före piloten till −0,06." in text
    assert children._most_moved(differences.iloc[2:]) == ""
