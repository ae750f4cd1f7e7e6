"""The index: what it says is new, and where a small picture puts its marks."""

import re

import pytest

from evalkit.reporting.index import Answer, PeriodEntry, index_page, whats_new
from evalkit.reporting.over_time import HEIGHT, WIDTH, Point, Shown, draw

LOWER = "Det är lägre än väntat."
UNDECIDED = "Vi kan inte avgöra det."
NOT_YET = Answer("Ny utredning", "Kan ännu inte mätas.", "")
SHOWN = Shown(-0.45, -0.7, -0.2, 0.2, "handläggare", 2)


def entry(label: str, *answers: Answer) -> PeriodEntry:
    return PeriodEntry(label, f"{label}/utvardering.html", "Efter inkörningen", answers)


def answer(headline: str, estimate: str = "−0,45") -> Answer:
    return Answer("Handläggare", headline, estimate, SHOWN)


def test_the_first_report_has_nothing_to_be_new_against():
    assert whats_new((entry("2020", answer(LOWER)),)) == ()


@pytest.mark.parametrize(
    ("before", "latest", "said"),
    [
        (answer(LOWER), answer(LOWER, "−0,3"),
         f"Samma bedömning som i rapporten för 2020. {LOWER} −0,3"),
        (answer(LOWER), answer(UNDECIDED, "−0,1"),
         f"Ny bedömning. {UNDECIDED} −0,1 I rapporten för 2020: {LOWER} −0,45"),
        (Answer("Handläggare", "Kan ännu inte mätas.", ""), answer(LOWER),
         f"Nytt svar, som inte kunde mätas i rapporten för 2020. {LOWER} −0,45"),
        (answer(LOWER), Answer("Handläggare", "Kan ännu inte mätas.", ""), "Kan ännu inte mätas."),
    ],
)  # fmt: skip
def test_what_is_new_is_told_against_the_report_before(before, latest, said):
    rows = (entry("2019", answer(UNDECIDED)), entry("2020", before), entry("2021", latest))
    assert whats_new(rows) == (("Handläggare", said),)


def test_an_outcome_that_the_earlier_report_did_not_have_is_a_new_answer():
    ((_, said),) = whats_new((entry("2020", NOT_YET), entry("2021", answer(LOWER))))
    assert said.startswith("Nytt svar, som inte kunde mätas i rapporten för 2020.")


def test_the_marks_stand_in_the_order_of_their_values():
    """Drawn upwards: a larger value has a smaller y; every mark inside the picture."""
    points = [
        Point(str(year), Shown(value, value - 2, value + 1, 1.5, "procentenheter", 1), year > 2020)
        for year, value in [(2020, -3.0), (2021, 0.0), (2022, 4.0)]
    ]
    svg, alt = draw(points)
    circles = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="5" fill="(#\w+)"', svg)
    xs, ys = ([float(circle[i]) for circle in circles] for i in (0, 1))
    assert xs == sorted(xs)
    assert ys == sorted(ys, reverse=True)
    zero = float(re.search(r'd="M8 ([\d.]+)H', svg)[1])
    assert ys[1] == pytest.approx(zero)
    per_unit = (ys[0] - ys[2]) / 7
    for (high, low), y in zip(re.findall(r"d=\"M[\d.]+ ([\d.]+)V([\d.]+)\"", svg), ys, strict=True):
        assert float(low) - y == pytest.approx(2 * per_unit, abs=0.2)
        assert y - float(high) == pytest.approx(per_unit, abs=0.2)
    assert [circle[2] for circle in circles] == ["#fff", "#b3541e", "#b3541e"]
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in zip(xs, ys, strict=True))
    assert "2020: −3,0 procentenheter (−5,0 till −2,0)." in alt.replace("\u00a0", " ")


def test_what_was_not_measured_is_said_and_not_drawn():
    svg, alt = draw([Point("2021", SHOWN, True), Point("2022", None, True)])
    assert svg.count("<circle") == 1
    assert "mäts senare" in svg
    assert "2022: mäts senare." in alt


def test_the_page_shows_each_outcome_with_every_period_and_leads_to_the_files():
    rows = (
        entry("2020", answer(LOWER), NOT_YET),
        PeriodEntry("2021", "2021/utvardering.html", "Efter", (answer(UNDECIDED), NOT_YET),
                    (("Som PDF", "2021/utvardering.pdf"),)),
    )  # fmt: skip
    page = index_page("Teamet", "Förvaltningen", False, rows, (("Mer", "planering.html"),))
    assert page.count("<svg") == 1  # nothing to draw of the other
    assert page.count('href="2021/utvardering.html"') == 3
    for address in ("2021/utvardering.pdf", "planering.html"):
        assert f'href="{address}"' in page
    assert page.index("Nytt i rapporten för 2021") < page.index(">Handläggare</h2>")
