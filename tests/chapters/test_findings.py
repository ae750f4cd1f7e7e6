"""Checks of threats: result in, status and sentence out."""

from datetime import date
from math import inf, log, nan
from pathlib import Path

import pytest

from evalkit.params import load_study
from evalkit.reporting import comparability, findings
from evalkit.reporting.comparability import Drift, Standing
from evalkit.reporting.disclosure import PROTECTED
from evalkit.reporting.findings import Part, Variation
from evalkit.results import Effect, Estimate

STUDY = load_study(Path(__file__).parents[2] / "params" / "study.yaml")
K1, R1, U1 = (STUDY.outcome(name) for name in ("K1", "R1", "U1"))
SHARE, RATE, LOG = "procentenheter", "byten per 100 barnmånader", "log av kvot"


def estimate(value, low, high, unit=SHARE, p_value=0.5):
    return Estimate("x", "att", value, 0.1, p_value, low, high, unit, "exact_t", 900, 9)


def effect(
    value=0.0, low=-0.02, high=0.02, unit=SHARE, *, status="estimated", expected=0.3, **more
):
    return Effect(
        outcome="x", label=more.pop("label", "2021"), years=(2021,), status=status,
        headline=estimate(value, low, high, unit), checks=(), observed=expected + value,
        counterfactual=expected, relative=nan, minimum_detectable=nan, n_treated=300,
        **({"mature": 1.0} | more),
    )  # fmt: skip


def plain(finding):
    return finding.status, finding.text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("drifts", "status", "part"),
    [
        ([], "untestable", "för få år"),
        ([Drift(K1, 0.04, 0.1)], "warning", "olika redan före piloten i antal handläggare per"),
        ([Drift(K1, 0.05, 0.2)], "clear", "hade troligen upptäckts"),
        ([Drift(K1, 0.6, 0.3)], "weak", "per ärende med 0,3 handläggare (0,2 handläggare spelar"),
        ([Drift(R1, 0.6, 0.21)], "weak", "inom ett år med 21 procentenheter (5 procentenheter"),
        ([Drift(R1, 0.6, 1.3)], "weak", "mer än 100 procentenheter"),
        ([Drift(R1, 0.6, nan)], "weak", "okänt mycket"),
        ([Drift(K1, 0.6, 0.3), Drift(R1, 0.01, 0.0)], "warning", "i ny utredning inom ett år"),
    ],
)
def test_a_drift_before_the_start(drifts, status, part):
    found = plain(comparability.drift_before(drifts))
    assert found[0] == status
    assert part in found[1]


@pytest.mark.parametrize(
    ("standing", "status", "part"),
    [
        ((estimate(-0.4, -0.6, -0.2), 0, 2.0, 0.9), "weak", "inget av 8 jämförelseområden"),
        ((estimate(-0.4, -0.6, -0.2), 1, 2.0, 0.9), "warning", "1 av 8 jämförelseområden"),
        ((estimate(-0.4, -0.6, -0.2), 0, 1.2, 1.9), "warning", "upp till 1,2 gånger"),
        ((estimate(-0.4, -0.6, -0.2), 0, nan, 0.9), "warning", "inget av 8"),
        ((estimate(-0.4, -0.9, 0.2), 0, nan, 0.9), "weak", "skiljer sig inget huvudmått säkert"),
        ((estimate(-0.4, nan, nan), 0, nan, 0.9), "weak", "skiljer sig inget huvudmått säkert"),
        ((estimate(0.4, 0.2, 0.6), 0, inf, 0.9), "weak", "hur mycket"),
        (
            (estimate(-0.4, -0.6, -0.2), 0, 2.0, 0.9),
            "weak",
            "2,0 gånger så mycket som det jämnaste",
        ),
    ],
)
def test_one_result_among_the_areas(standing, status, part):
    headline, larger, allowed, implied = standing
    found = plain(comparability.among_areas([Standing(K1, headline, larger, 8, allowed, implied)]))
    assert found[0] == status
    assert part in found[1]
    assert "ytterst i ett fall av 9" in found[1]
    assert "p-värde under 1/9" in found[1]


def test_that_none_of_many_areas_moved_as_much_is_more_than_chance():
    found = comparability.among_areas([Standing(K1, estimate(-0.4, -0.6, -0.2), 0, 20, 2.0, 0.9)])
    assert found.status == "clear"


@pytest.mark.parametrize(
    ("shift", "status", "part"),
    [
        (
            effect(-0.03, -0.05, -0.01),
            "warning",
            "3 procentenheter lägre än väntat (−5 till −1 procentenheter)",
        ),
        (
            effect(0.01, -0.02, 0.04),
            "clear",
            "1 procentenhet högre än väntat (−2 till 4 procentenheter)",
        ),
        (effect(0.001, -0.04, 0.04), "clear", "ungefär som väntat (−4 till 4 procentenheter)"),
        (
            effect(0.01, -0.09, 0.11),
            "weak",
            "1 procentenhet högre än väntat (−9 till 11 procentenheter)",
        ),
        (effect(1.2, 0.4, 2.0, RATE, expected=4.0), "warning", "1,2 byten per 100 barnmånader hög"),
        (
            effect(0.1, -0.8, 1.0, RATE, expected=4.0),
            "clear",
            "(−0,8 till 1,0 byten per 100 barnmånader)",
        ),
        (
            effect(0.1, -1.0, 1.2, RATE, expected=4.0),
            "weak",
            "(−1,0 till 1,2 byten per 100 barnmånader)",
        ),
        (
            effect(log(0.8), log(0.7), log(0.9), LOG),
            "warning",
            "20 % lägre än väntat (−30 till −10",
        ),
        (
            effect(0.0, log(0.7), log(1.4), LOG),
            "weak",
            "varken säkert lägre eller säkert högre än väntat (−30 till 40 %)",
        ),
        (effect(0.0, log(0.9), log(1.1), LOG), "clear", "ungefär som väntat (−10 till 10 %)"),
        (effect(status="not_estimable"), "untestable", "Andelen: kan inte beräknas."),
        (effect(status="not_estimable", reason=PROTECTED), "untestable", "för få barn"),
    ],
)
def test_a_shift_beside_the_outcomes(shift, status, part):
    found = plain(findings.shifts([("andelen", shift)], "Pilotområdet"))
    assert found[0] == status
    assert part in found[1]


def test_a_shift_that_found_nothing_anywhere_is_clear_and_one_warning_is_enough():
    assert plain(findings.shifts([], "Pilotområdet", ["andelen utan svar"])) == (
        "clear", "Andelen utan svar är noll överallt.",
    )  # fmt: skip
    moved = ("andelen", effect(-0.03, -0.05, -0.01))
    wide = ("antalet", effect(0.0, -1.0, 1.0))
    assert findings.shifts([wide, moved], "Pilotområdet").status == "warning"


@pytest.mark.parametrize(
    ("found", "status", "text"),
    [
        ([], "pending", "Kan inte räknas om för den här perioden."),
        ([Variation(K1, 0, 0, True)], "pending", "Kan inte räknas om för den här perioden."),
        ([Variation(K1, 3, 0, True)], "clear",
         "Räknat utan 2017 blir slutsatsen densamma för antal handläggare per ärende."),
        ([Variation(K1, 3, 0, True), Variation(R1, 2, 0, False)], "weak",
         "Räknat utan 2017 blir slutsatsen densamma för antal handläggare per ärende och är svaret "
         "lika osäkert för ny utredning inom ett år. Ett osäkert svar visar inte att det saknar "
         "betydelse."),
        ([Variation(R1, 2, 0, False)], "weak",
         "Räknat utan 2017 är svaret lika osäkert för ny utredning inom ett år. Ett osäkert svar "
         "visar inte att det saknar betydelse."),
        ([Variation(K1, 3, 1, True), Variation(R1, 2, 0, True)], "warning",
         "Räknat utan 2017 blir slutsatsen en annan för antal handläggare per ärende (1 av 3 "
         "sätt)."),
    ],
)  # fmt: skip
def test_the_same_counted_otherwise(found, status, text):
    assert plain(findings.variations(found, "utan 2017")) == (status, text)


@pytest.mark.parametrize(
    ("again", "contact", "status"),
    [
        (effect(-0.06, -0.1, -0.02), effect(0.01, -0.03, 0.05), "warning"),
        (effect(-0.06, -0.1, -0.02), effect(-0.05, -0.09, -0.01), "clear"),
        (effect(-0.01, -0.05, 0.03), effect(0.01, -0.03, 0.05), "clear"),
        (effect(-0.06, -0.3, 0.18), effect(0.01, -0.03, 0.05), "weak"),
        (effect(status="immature"), effect(0.01, -0.03, 0.05), "pending"),
        (effect(-0.06, -0.1, -0.02), effect(status="immature"), "pending"),
    ],
)
def test_fewer_investigations_with_or_without_fewer_returns(again, contact, status):
    assert findings.returns_agree(R1, again, contact).status == status


@pytest.mark.parametrize(
    ("mature", "status", "text"),
    [
        (0.95, "clear", "I alla mått har minst 90 % följts hela tiden."),
        (0.7, "warning", "Mindre än 90 % har följts hela tiden i ny utredning inom ett år."),
        (0.2, "warning", "Mindre än 50 % har följts hela tiden i ny utredning inom ett år."),
    ],
)
def test_maturity_is_told_without_a_share_that_could_reveal_few(mature, status, text):
    assert plain(findings.follow_up([(R1, effect(mature=mature))], 0.9, 0.5)) == (status, text)


@pytest.mark.parametrize(
    ("last", "status"),
    [(-0.1, "clear"), (0.3, "warning"), (nan, "pending")],
)
def test_an_effect_that_fades(last, status):
    first = effect(-0.2, -0.4, -0.0, K1.unit, label="2021")
    known = last == last
    later = effect(last, last - 0.2, last + 0.2, K1.unit, label="2022",
                   status="estimated" if known else "immature")  # fmt: skip
    assert findings.over_time(K1, first, later).status == status


def test_an_effect_that_stays_in_a_wide_interval_is_a_weak_check():
    first = effect(-0.2, -0.9, 0.5, K1.unit)
    assert findings.over_time(K1, first, effect(-0.1, -0.4, 0.2, K1.unit)).status == "weak"


@pytest.mark.parametrize(
    ("extremes", "status", "part"),
    [
        ([], "pending", "ännu"),
        ([(K1, False), (U1, False)], "weak", "inom det spann som de 8 andra hade"),
        (
            [(K1, False), (U1, True)],
            "warning",
            "utanför alla 8 jämförelseområden i påbörjad insats",
        ),
    ],
)
def test_the_level_before(extremes, status, part):
    found = plain(comparability.level_before(extremes, 8))
    assert found[0] == status
    assert part in found[1]


def test_a_single_period_after_the_wash_in_shows_levels_and_proves_nothing():
    first = effect(-0.5, -0.9, -0.1, K1.unit, label="2020", expected=1.6)
    last = effect(-0.45, -0.67, -0.24, K1.unit, label="2021", expected=1.72)
    assert plain(findings.since_wash_in(K1, first, last)) == (
        "untestable",
        "Antal handläggare per ärende: 0,50 handläggare lägre än väntat (−0,90 till −0,10 "
        "handläggare) under 2020, då arbetssättet infördes, och 0,45 handläggare lägre än väntat "
        "(−0,67 till −0,24 handläggare) under 2021. Nivån i pilotområdet var 1,1 och 1,3. Med en "
        "enda period efter inkörningen går det inte att avgöra om skillnaden klingar av.",
    )
    shares = findings.since_wash_in(R1, effect(-0.1, -0.3, 0.1), effect(-0.06, -0.3, 0.2))
    assert "Nivån" not in shares.text
    immature = effect(status="immature")
    assert findings.since_wash_in(K1, immature, last).status == "pending"


@pytest.mark.parametrize(
    ("halves", "status"), [((-0.025, -0.101), "weak"), ((-0.025, -0.31), "warning"), ((), "weak")]
)
def test_an_end_within_the_follow_up_is_told_by_halves(halves, status):
    whole = estimate(-0.065, -0.298, 0.168)
    names = ("januari–juni", "juli–december")
    parts = [
        Part(name, effect(value, value - 0.2, value + 0.2), before=name == names[0])
        for name, value in zip(names, halves, strict=False)
    ]
    found = plain(findings.followed_past(date(2022, 8, 31), [(R1, whole, parts)]))
    assert found[0] == status
    assert "följs i ett år, delvis efter 31 augusti 2022, då piloten avslutades." in found[1]
    assert ("Bara januari–juni följdes helt före avslutet." in found[1]) == bool(halves)
    first = "3 procentenheter lägre än väntat (−23 till 18 procentenheter) räknat på januari"
    assert (first in found[1]) == bool(halves)


def test_intervals_made_wider_for_many_checks_say_so():
    one = ("andelen", effect(0.01, -0.02, 0.04))
    many = findings.shifts([one, one], "Pilotområdet", widened=2).text
    assert many.endswith("Intervallen är vidgade eftersom 2 saker prövas.")
    assert "vidgade" not in findings.shifts([one], "Pilotområdet").text


@pytest.mark.parametrize(
    ("registered", "unlogged", "lost", "status", "part"),
    [
        (True, 0, [], "clear", "3 huvudmått är utpekade"),
        (False, 0, [], "warning", "inte registrerad"),
        (True, 2, [], "warning", "2 delar av planen har ändrats utan angivet skäl"),
        (True, 1, [], "warning", "1 del av planen har ändrats utan angivet skäl"),
        (True, 0, [K1], "warning", "är antal handläggare per ärende inte längre säkert"),
    ],
)
def test_whether_the_plan_was_kept(registered, unlogged, lost, status, part):
    found = plain(findings.plan_kept(registered, unlogged, 3, lost))
    assert found[0] == status
    assert part in found[1]


def test_spread_to_the_comparison_is_an_example_and_no_finding():
    """The worked example of the domain: -6 points at a quarter spread is -8."""
    text = comparability.diluted([(R1, effect(-0.06, -0.1, -0.02))], 0.25).replace("\u00a0", " ")
    assert text == (
        "Räkneexempel: hade 25 % av arbetssättet också nått linjen vore skillnaden ny utredning "
        "inom ett år −8 procentenheter (uppmätt −6 procentenheter)."
    )
    assert comparability.diluted([(R1, effect(status="immature"))], 0.25) == ""
