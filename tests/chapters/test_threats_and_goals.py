"""The threats page and the logic model as the reader gets them."""

import re
from math import nan
from pathlib import Path
from types import SimpleNamespace

import pytest

from evalkit.chapters import guidelines, logic_model, threats
from evalkit.framework import load_logic_model, load_threats
from evalkit.params import load_periods, load_study
from evalkit.reporting.disclosure import PROTECTED
from evalkit.reporting.findings import Finding
from evalkit.reporting.links import chapter_id
from evalkit.results import Effect, Estimate

STUDY = load_study(Path(__file__).parents[2] / "params" / "study.yaml")
PERIOD = next(period for period in load_periods(STUDY) if period.period == "2021")
REPORT = SimpleNamespace(study=STUDY, period=PERIOD, rule=STUDY.disclosure.rule)
WARNED, CLEAR, WEAK = ("T1", "T4"), ("T12",), ("T7", "T8", "T18")


def found(_report, threat):
    if threat.check is None:
        return Finding("untestable", "")
    for status, ids in (("warning", WARNED), ("clear", CLEAR), ("weak", WEAK)):
        if threat.id in ids:
            return Finding(status, f"Utfall för {threat.id} <tal>.")
    return Finding("pending", "Inte ännu.")


@pytest.fixture
def checked(monkeypatch):
    monkeypatch.setattr(threats, "finding", found)


@pytest.mark.usefixtures("checked")
def test_the_overview_counts_what_the_list_shows():
    text = threats.threats_overview(REPORT).text
    page = threats.threats_list(REPORT).html
    assert "6 av 23 tänkbara felkällor har kontrollerats: 2 gav varning, 1 gav ingen" in text
    assert "i 3 är kontrollen för svag för att avfärda felkällan" in text
    assert "4 går inte att pröva" in text
    assert "13 är inte aktuella ännu" in text
    assert page.count("Kontrollerat: varning") == 2
    assert page.count("Svag kontroll: inte avfärdad") == 3
    assert page.count("Går inte att pröva") == 4
    assert page.count("Inte aktuellt ännu") == 13


@pytest.mark.usefixtures("checked")
def test_every_link_leads_to_its_threat_and_texts_are_escaped():
    page = threats.threats_list(REPORT).html
    links = re.findall(r'href="#([^"]+)"', threats.threats_overview(REPORT).html)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == 23
    assert links
    assert set(links) <= set(ids)
    assert "&lt;tal&gt;" in page
    assert "<tal>" not in page


@pytest.mark.usefixtures("checked")
def test_each_threat_says_what_its_outcome_means_or_what_it_would_take():
    by_id = {threat.id: threat for threat in load_threats(STUDY)}
    items = dict(
        re.findall(r'<li id="felkalla-(t\d+)">(.*?)</li>', threats.threats_list(REPORT).html)
    )

    def ends(text):
        return text[1:60]  # the first letter is lowered within a sentence

    for name in WARNED:
        assert ends(by_id[name].warning) in items[name.lower()]
    assert ends(by_id["T12"].clear) in items["t12"]
    for name in WEAK:
        assert "inte avfärdad" in items[name.lower()]
        assert ends(by_id[name].clear) not in items[name.lower()]
    for name in ("T5", "T16"):
        assert ends(by_id[name].needed) in items[name.lower()]


@pytest.mark.usefixtures("checked")
def test_the_first_sheet_of_robins_says_that_nobody_has_judged():
    table = threats.risk_of_bias_table(REPORT)
    assert table.html.count("inte gjord") == 8
    assert "är ingen bedömning" in table.text
    assert "Sterne m.fl. 2016" in table.text


def effect(estimate, low, high, unit, *, status="estimated", reason=""):
    headline = Estimate("x", "att", estimate, 0.1, 0.5, low, high, unit, "exact_t", 900, 9)
    return Effect("x", "2021", (2021,), status, headline, (), 1.0, 1.0, nan, nan, 1.0, 300, reason)


@pytest.mark.parametrize(
    ("outcome", "made", "said"),
    [
        ("K1", effect(-0.45, -0.67, -0.24, "handläggare"),
         "Lägre än väntat (−0,67 till −0,24 handläggare)"),
        ("R1", effect(-0.06, -0.3, 0.17, "procentenheter"),
         "Går inte att avgöra (−30,0 till 17,0 procentenheter)"),
        ("R1", effect(0.0, -0.02, 0.03, "procentenheter"),
         "Ingen skillnad av betydelse (−2,0 till 3,0 procentenheter)"),
        ("R1", effect(nan, nan, nan, "procentenheter", status="immature"), "Kan ännu inte mätas"),
        ("R1", effect(nan, nan, nan, "procentenheter", status="not_estimable", reason=PROTECTED),
         "För få barn för att visas"),
    ],
)  # fmt: skip
def test_the_state_of_a_measured_sign_is_computed(monkeypatch, outcome, made, said):
    monkeypatch.setattr(logic_model, "effect_of", lambda report, chosen: made)
    signs = load_logic_model(STUDY).indicators
    sign = next(sign for sign in signs if sign.outcome == outcome)
    assert logic_model.state(REPORT, sign).replace("\u00a0", " ") == said


def test_a_sign_that_nobody_measures_is_told_with_what_it_would_take(monkeypatch):
    monkeypatch.setattr(logic_model, "effect_of", lambda report, chosen: effect(
        nan, nan, nan, chosen.unit, status="immature"))  # fmt: skip
    tables, lacking = logic_model.logic_model_tables(REPORT), logic_model.unmeasured(REPORT)
    needed = [sign for sign in load_logic_model(STUDY).indicators if sign.needed]
    assert tables.html.count(">Mäts inte<") == len(needed)
    for sign in needed:
        assert sign.name in lacking.text
        assert sign.needed[1:] in lacking.text


def test_the_picture_names_every_sign_in_its_alternative():
    figure = logic_model.logic_model_figure(REPORT)
    for goal in load_logic_model(STUDY).goals:
        assert goal.goal in figure.text
        assert all(sign.name in figure.text for sign in goal.indicators)


def test_every_link_between_chapters_leads_to_a_chapter_of_the_plan(monkeypatch):
    monkeypatch.setattr(logic_model, "effect_of", lambda report, chosen: effect(
        nan, nan, nan, chosen.unit, status="immature"))  # fmt: skip
    page = logic_model.logic_model_tables(REPORT).html + guidelines.guidelines_list(REPORT).html
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert len(links) > 5
    assert links <= {chapter_id(name) for name in STUDY.chapters}
