"""What would change the conclusion: ladders in, sentences out."""

from math import nan

import pytest

from evalkit.chapters.conclusions import _other_ways
from evalkit.chapters.tables import judged_p_value, least_p_value, rounded_down
from evalkit.estimation.ladder import Curve, Step
from evalkit.results import Estimate
from evalkit.specifications import Ladder

CURVE = Curve(nan, nan, nan, nan, nan, nan, 9, "")


def estimate(p_value=0.2, reason=""):
    limits = -0.1, -0.2, 0.1
    return Estimate("K1", "att", limits[0], 0.1, p_value, *limits[1:], "st", "m", 10, 9, reason)


def found(*sides):
    labels = [("plan", ""), ("years", "2017"), ("areas", "Grimsta"), ("wash_in", "counted")]
    steps = [Step(*label, estimate(), side) for label, side in zip(labels, sides, strict=False)]
    return Ladder(tuple(steps), CURVE, ())


@pytest.mark.parametrize(
    ("sides", "said"),
    [
        (("across", "across", "across"),
         "Inget av de andra sätten i stegen ovan avgör riktningen heller."),
        (("below", "below", "below"),
         "Inget av de andra sätten i stegen ovan ändrar slutsatsen."),
        (("below", "across", "below"),
         "Räknat på 1 av 2 andra sätt i stegen, ett i taget, rymmer intervallet noll: utan 2017."),
        (("across", "below", "across", "below"),
         "Räknat på 2 av 3 andra sätt i stegen, ett i taget, rymmer intervallet inte noll: utan "
         "2017 och inkörningsåret (räknas till piloten). Att några av många gör det är väntat "
         "också utan någon verkan; huvudresultatet gäller."),
    ],
)  # fmt: skip
def test_the_other_rungs_are_told_one_at_a_time(sides, said):
    assert _other_ways(found(*sides)) == said


@pytest.mark.parametrize(
    ("p_value", "reason", "text", "least"),
    [
        (0.2, "", "0,200", 0),
        (nan, "no spread", "–", 0),
        (0.111, "smallest possible p-value 1/9", "0,111 (lägst 1/9)", 1 / 9),
        (0.341, "smallest possible p-value 0.31", "0,341 (lägst 0,31)", 0.31),
        (0.748, "at most 2 times; p-value a lower bound", "minst 0,748", 0),
    ],
)
def test_a_p_value_is_shown_with_what_it_can_say(p_value, reason, text, least):
    one = estimate(p_value, reason)
    assert judged_p_value(one) == text
    assert least_p_value(one) == pytest.approx(least)


def test_a_limit_that_something_holds_up_to_is_never_rounded_up():
    assert [rounded_down(value) for value in (0.139, 2.0356, 0.19999)] == ["0,1", "2,0", "0,1"]
