"""Whether a result stands when counted otherwise: estimates in, Swedish sentences out."""

from math import nan
from pathlib import Path

import pytest

from evalkit.params import load_study
from evalkit.reporting import cautions, steadiness
from evalkit.reporting.steadiness import Result
from evalkit.reporting.verdicts import Certainty
from evalkit.results import Effect, Estimate

STUDY = load_study(Path(__file__).parents[2] / "params" / "study.yaml")
K1, K2, R1, U1 = (STUDY.outcome(name) for name in ("K1", "K2", "R1", "U1"))


def estimate(value, low, high, unit="procentenheter"):
    return Estimate("x", "att", value, 0.1, 0.5, low, high, unit, "exact_t", 900, 9)


def effect(outcome, value, low, high, *, least=0.3, status="estimated", expected=1.7):
    headline = estimate(value, low, high, outcome.unit)
    return Effect(outcome.id, "2021", (2021,), status, headline, (), expected + value, expected,
                  nan, least, 1.0, 300)  # fmt: skip


def result(outcome, *numbers, missed=0.89, turned=(), level="låg", **more):
    return Result(outcome, effect(outcome, *numbers, **more), Certainty(level, ()), missed, turned)


CLEAR = (-0.45, -0.67, -0.24)
UNSURE = (-0.065, -0.298, 0.168)


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (
            [result(K1, *CLEAR, turned=("avvikelse från egen trend", "bara januari–juni")),
             result(R1, *UNSURE, least=0.32), result(U1, 0.056, -0.152, 0.264, least=0.29)],
            "1 av 3 huvudmått skiljer sig säkert från det väntade: antal handläggare per ärende. "
            "Resultatet är känsligt: hade pilotområdet utan piloten utvecklats 0,2 handläggare "
            "annorlunda än linjen är det inte längre säkert, och prövningen av åren före piloten "
            "upptäcker i regel bara en glidning på minst 0,9 handläggare. Intervallet rymmer "
            "noll på de här sätten att räkna: avvikelse från egen trend och bara januari–juni. "
            "Tillförlitligheten är låg. Det går inte att avgöra hur det gick i ny utredning inom "
            "ett år och påbörjad insats inom 90 dagar: där upptäcks i regel bara skillnader på "
            "minst 32 procentenheter respektive 29 procentenheter.",
        ),
        (
            [result(K1, *CLEAR, missed=0.1, level="måttlig")],
            "1 av 1 huvudmått skiljer sig säkert från det väntade: antal handläggare per ärende. "
            "Resultatet tål en del: hade pilotområdet utan piloten utvecklats 0,2 handläggare "
            "annorlunda än linjen är det inte längre säkert, men prövningen av åren före piloten "
            "upptäcker i regel bara en glidning på minst 0,1 handläggare. Tillförlitligheten är "
            "måttlig.",
        ),
        (
            [result(R1, *UNSURE, least=nan)],
            "Inget huvudmått skiljer sig säkert från det väntade i huvudberäkningen. Det går inte "
            "att avgöra hur det gick i ny utredning inom ett år.",
        ),
        ([result(R1, nan, nan, nan, status="immature")],
         "Inget av huvudmåtten kan ännu mätas."),
    ],
)  # fmt: skip
def test_the_chapter_in_short(results, said):
    assert steadiness.in_short(results).replace("\u00a0", " ") == said


def test_an_outcome_that_waits_is_named_in_short():
    text = steadiness.in_short([result(K1, *CLEAR), result(R1, nan, nan, nan, status="immature")])
    assert text.startswith("1 av 1 huvudmått skiljer sig")
    assert text.endswith("Här går det inte att redovisa ny utredning inom ett år.")


def test_a_clear_result_that_no_check_before_the_start_can_test_is_frail():
    text = steadiness.in_short([result(K1, *CLEAR, missed=nan)])
    assert "Resultatet är känsligt" in text
    assert "det går inte att pröva med åren före piloten" in text


@pytest.mark.parametrize(
    ("outcome", "headline", "found", "said"),
    [
        (R1, UNSURE, {"t-test": UNSURE, "egen trend": (0.012, -0.5, 0.5)},
         "skattningen går från −6,5 till 1,2 procentenheter beroende på metod. Ingen metod"),
        (R1, UNSURE, {"t-test": UNSURE, "syntetisk": (-0.155, -0.273, -0.025)},
         "Med syntetisk rymmer intervallet inte noll, vilket det gör med huvudmetoden."),
        (K1, CLEAR, {"t-test": CLEAR, "egen trend": (-0.31, -1.0, 0.38)},
         "från −0,45 till −0,31 handläggare beroende på metod. Med egen trend rymmer intervallet "
         "noll, vilket det inte gör med huvudmetoden."),
        (K1, CLEAR, {"t-test": CLEAR, "permutation": (-0.45, nan, nan)}, "Ingen metod med ett int"),
    ],
)  # fmt: skip
def test_how_far_methods_lie_apart(outcome, headline, found, said):
    methods = [(name, estimate(*numbers)) for name, numbers in found.items()]
    text = steadiness.span_of_methods(outcome, estimate(*headline), methods)
    assert said in text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("sizes", "reach", "said"),
    [
        ((0.092, 0.056, 0.019), 0.2, "tidigare start snarare än att fler får en insats, men inget "
         "av det går att avgöra."),
        ((0.3, 0.2, 0.1), 0.05, "tidigare start snarare än att fler får en insats."),
        ((0.02, 0.05, 0.09), 0.2, "att fler får en insats, inte bara tidigare, men inget"),
        ((0.05, 0.06, 0.05), 0.2, "syns inte i det."),
        ((-0.05, -0.09, -0.12), 0.2, "syns inte i det."),
    ],
)  # fmt: skip
def test_sooner_or_more(sizes, reach, said):
    found = [estimate(size, size - reach, size + reach) for size in sizes]
    text = steadiness.sooner_or_more(U1, (60, 90, 120), found)
    assert text.startswith("Räknat med 60, 90 och 120 dagar är skillnaden ")
    assert text.endswith(said) or said in text


def test_a_table_says_among_whom_its_outcomes_are_counted():
    assert cautions.counted_among([K1]) == ""
    text = cautions.counted_among([K1, R1, U1])
    assert "ny utredning inom ett år bara bland avslutade utredningar och påbörjad" in text


@pytest.mark.parametrize(("expected", "said"), [(0.025, True), (0.3, False), (nan, False)])
def test_a_share_that_the_line_cannot_reach_only_describes(expected, said):
    found = [(K2, effect(K2, 0.55, 0.48, 0.62, expected=expected)),
             (K1, effect(K1, *CLEAR, expected=0.01))]  # fmt: skip
    text = cautions.near_zero(found)
    assert ("Skillnaden beskriver organisationen" in text) == said
    assert "antal handläggare" not in text
