"""Claims, parts, the guide, the description, rounds and spread as the reader gets them."""

import re
from dataclasses import replace
from datetime import date
from math import nan
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from scipy import stats

from evalkit.chapters import (
    claim_checks,
    claims,
    components,
    description,
    investment_guide,
    spread,
    survey_rounds,
    worth,
)
from evalkit.documents import Decision, load_claims, load_components
from evalkit.params import load_periods, load_study
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.links import chapter_id
from evalkit.reporting.verdicts import Certainty
from evalkit.results import Effect, Estimate

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "params" / "study.yaml")
PERIODS = {period.period: period for period in load_periods(STUDY)}
SHIPPED = ROOT / "evalkit" / "data" / "shipped"
UNITS = (
    "Enheten för barn och unga", "Enheten för förebyggande och behandling",
    "Familj- och mottagningsenheten",
)  # fmt: skip


def shipped_survey():
    frame = pd.read_csv(SHIPPED / "enkat.csv", sep=";", decimal=",")
    names = {"matning": "round", "enhet": "unit", "fraga": "item", "medel": "mean"}
    frame = frame.rename(columns=names).assign(text=lambda rows: "Fråga " + rows["item"].map(str))
    return frame.astype({"n": float, "sd": float})


def shipped_finance():
    frame = pd.read_csv(SHIPPED / "ekonomi.csv", sep=";")
    names = {"ar": "year", "sida": "side", "post": "entry", "belopp": "amount"}
    return frame.rename(columns=names)


def report(period="2021", **cells):
    held = {"survey": shipped_survey(), "finance": shipped_finance()} | cells
    return SimpleNamespace(
        study=STUDY,
        period=PERIODS[period],
        rule=STUDY.disclosure.rule,
        cells=SimpleNamespace(**held),
    )


def plain(text):
    return text.replace("\u00a0", " ")


def test_the_majority_follows_from_the_means_in_two_units_of_three():
    """At least 73.3, 46.7 and 90.0 per cent before rounding, 45.0 in the second with it."""
    found = claim_checks.majority_understands(report())
    assert found.state == "partly"
    assert f"i {UNITS[0]} och {UNITS[2]}, men inte i {UNITS[1]}" in found.text
    assert "ner till 45 %" in plain(found.text)


@pytest.mark.parametrize(("mean", "state"), [(6.9, "verified"), (3.0, "unverified")])
def test_the_majority_where_all_or_none_of_the_means_say_so(mean, state):
    survey = shipped_survey()
    survey.loc[survey["item"] == 5, "mean"] = mean
    assert claim_checks.majority_understands(report(survey=survey)).state == state


def test_lower_means_do_not_show_that_fewer_know():
    found = claim_checks.fewer_know_what(report())
    assert found.state == "unverified"
    assert "lägre i 3 av 3 enheter" in found.text
    assert "följer av det i ingen enhet" in found.text
    survey = shipped_survey()
    survey.loc[survey["item"] == 7, "mean"] = 1.5
    assert claim_checks.fewer_know_what(report(survey=survey)).state == "verified"


def test_a_survey_is_repeated_once_there_are_two_rounds():
    once = claim_checks.survey_repeated(report())
    assert (once.state, once.text) == ("unverified", "Underlaget har 1 mätning.")
    again = shipped_survey().assign(round="2022-03-01")
    twice = pd.concat([shipped_survey(), again])
    assert claim_checks.survey_repeated(report(survey=twice)).state == "verified"
    # The claims are about the first round, whatever the second says.
    again["mean"] = 1.0
    both = report(survey=pd.concat([again, shipped_survey()]))
    assert claim_checks.majority_understands(both) == claim_checks.majority_understands(report())


def test_the_salary_of_2022_is_above_the_grant():
    found = claim_checks.salary_above_grant(report())
    assert found.state == "verified"
    assert "700 263 kronor i personalkostnader mot 500 000" in plain(found.text)
    nothing = shipped_finance().query("year == 2021")
    assert claim_checks.salary_above_grant(report(finance=nothing)).state == "unverified"


def test_a_survey_without_answers_verifies_nothing():
    empty = report(survey=shipped_survey().head(0))
    for check in (claim_checks.majority_understands, claim_checks.fewer_know_what):
        assert check(empty) == claim_checks.Checked("unverified", claim_checks.NO_ANSWERS)


def test_the_register_counts_what_it_lists_and_waits_for_later_claims():
    later = [one for one in load_claims(STUDY).claims if one.since and one.since.year == 2022]
    for period, states in (("2021", (0, 1, 2, 6)), ("2022", (1, 1, 2, 8))):
        found = claims.claims_list(report(period))
        yes, partly, no, open_ = states
        assert (
            f"stämmer {yes}, {partly} stämmer delvis, {no} motsägs och {open_} har inte"
            in found.text
        )
        assert found.html.count("<tr>") == 1 + sum(states)
        assert all((one.claim in found.text) == (period == "2022") for one in later)
    assert "simulerade och kan inte pröva" in claims.claims_list(report()).text


def test_whom_a_claim_is_of_is_told_where_it_is_known_and_what_none_tells_once():
    found = claims.claims_list(report())
    rows = re.findall(r"<tr>(.*?)</tr>", found.html)
    (first,) = (row for row in rows if "95 procent" in row)
    assert "Inte verifierat" in first
    assert "Gäller: " not in first
    assert "Gäller: medarbetare i Vällingbyteamet." in found.text
    assert found.text.count("av hur många det gäller") == 1
    assert "mitti.se" in first


def effect(status="estimated"):
    headline = Estimate("x", "att", -0.06, 0.1, 0.5, -0.1, -0.02, "x", "exact_t", 900, 9)
    return Effect("x", "2021", (2021,), status, headline, (), 1.0, 1.0, nan, nan, 1.0, 300)


@pytest.fixture
def results(monkeypatch):
    monkeypatch.setattr(components, "effect_of", lambda report, outcome: effect())
    monkeypatch.setattr(components, "result_of", lambda report, outcome: f"Utfall {outcome.id}")
    level = Certainty("låg", ())
    monkeypatch.setattr(components, "certainty_of", lambda report, outcome, effect: level)


@pytest.mark.usefixtures("results")
def test_each_part_has_its_results_and_an_empty_decision():
    found = components.components_table(report())
    rows = re.findall(r"<tr>(.*?)</tr>", found.html)[1:]
    parts = load_components(STUDY)
    assert len(rows) == len(parts) == 10
    for part, html in zip(parts, rows, strict=True):
        assert part.name in html
        assert html.count("Tillförlitlighet: låg.") == len(part.outcomes)
        assert all(f"utfall {name}." in html for name in part.outcomes)
        assert ("Fanns också i linjen" in html) == part.shared
        assert ("Inget mått" in html) == (not part.outcomes and not part.shared)
        assert plain(html).count("☐ ") == 4
    assert "har 3 mått som delen var tänkt att påverka, 3 fanns också i linjen" in found.text
    assert "och 4 har inget mått" in found.text
    assert "beslutat" not in components.summary(parts)


@pytest.mark.usefixtures("results")
def test_what_only_one_measure_has_is_said_beside_it_and_the_rest_once(monkeypatch):
    def judged(report, outcome, effect):
        own = ("för få barn",) if outcome.id == "U1" else ()
        return Certainty("mycket låg" if own else "låg", ("ingen lottning", *own))

    monkeypatch.setattr(components, "certainty_of", judged)
    text = components.components_table(report()).text
    assert text.count("Tillförlitlighet: mycket låg, eftersom för få barn.") == 1
    assert text.count("ingen lottning") == 1
    assert "Skäl som gäller alla mått: ingen lottning." in text


@pytest.mark.usefixtures("results")
def test_a_decision_takes_the_place_of_the_empty_boxes(monkeypatch):
    first, *rest = load_components(STUDY)
    decision = Decision(choice="adapt", by="styrgruppen", date=date(2023, 3, 1), reason="Skäl <x>.")
    decided = (first.model_copy(update={"decision": decision}), *rest)
    monkeypatch.setattr(components, "load_components", lambda study: decided)
    found = components.components_table(report())
    assert "Anpassa (styrgruppen, 1 mars 2023). Skäl &lt;x&gt;." in found.html
    assert plain(found.html).count("☐ ") == 4 * 9
    assert "Styrgruppen har beslutat om 1." in found.text


def test_a_result_that_cannot_be_measured_yet_has_no_certainty(monkeypatch):
    monkeypatch.setattr(components, "effect_of", lambda report, outcome: effect("immature"))
    monkeypatch.setattr(components, "result_of", lambda report, outcome: "Kan ännu inte mätas")
    page = components.components_table(report()).html
    assert "Ny kontakt av något slag inom ett år: kan ännu inte mätas." in page
    assert "Tillförlitlighet: " not in page


def background(apart=0.0, reporters=("skola", "polis")):
    """Cells of each background measure before the start; the arms differ by `apart` in a share."""
    rows = [
        (f"background:{name}", treated, year, level, n)
        for name in investment_guide.COVARIATES
        for treated in (True, False)
        for year in (2017, 2021)
        for level, n in zip(
            reporters, (500 + 1000 * apart * treated, 500 - 1000 * apart * treated), strict=True
        )
    ]
    columns = ["measure", "treated", "year", "level", "n"]
    return pd.DataFrame(rows, columns=columns)


def guided(apart, files=("tilldelning.csv", "insats.csv")):
    cells = background(apart)
    made = report(quality=pd.DataFrame({"file": files}))
    made.evidence = SimpleNamespace(of=lambda measure: cells[cells["measure"] == measure])
    return made


def statuses(found):
    return re.findall(r'ek-status ek-\w+">([^<]+)<', found.html)


def test_the_guide_is_held_against_what_the_study_has():
    found = investment_guide.investment_guide_list(guided(0.0))
    assert statuses(found) == ["Finns delvis", "Finns", "Finns delvis", "Finns delvis"]
    assert "Av 4 krav uppfylls 1, 3 uppfylls delvis och 0 inte." in found.text
    assert "Uppgift finns om socialsekreterares handläggning och utförares insatser" in found.text
    assert "mot 8 jämförelseområden, med 3 år före piloten" in found.text
    assert "1 av 9 hade piloten" in found.text
    assert "hur barnen själva har det mäts inte" in found.text


def test_what_was_far_apart_before_the_start_is_named():
    """A share of .65 against .5: Cox index .619 / 1.65 = .375, above What Works' .25."""
    found = investment_guide.investment_guide_list(guided(0.15))
    assert statuses(found)[-1] == "Finns delvis"
    assert "och för långt ifrån i 10: " in found.text
    assert "anmälare: polis" in found.text


def test_a_study_without_any_extract_of_activities_lacks_them():
    found = investment_guide.investment_guide_list(guided(0.0, files=("barn.csv",)))
    assert statuses(found)[2] == "Saknas"


def test_the_description_numbers_its_sources_and_waits_for_what_came_later():
    early, late = (description.description_table(report(period)) for period in ("2020", "2022"))
    assert "Startade under 2020. [1]" in early.text
    assert "[2] Förvaltningens redovisning av lokala utvecklingsmedel för 2022" in early.text
    assert "Teamchefen: hur många de var, deras utbildning och erfarenhet (" in early.text
    assert early.text.count("Enhetscheferna:") == 1  # all that one can answer stands together
    for said in ("Avslutades i september 2022. [2]", "I juni 2022 beslutades"):
        assert said in late.text
        assert said not in early.text
    assert early.html.count("<tr>") == 1 + 12


def test_every_link_leads_to_a_chapter_of_the_plan(monkeypatch, results):
    pages = [claims.claims_list(report()), components.components_table(report())]
    links = {link for page in pages for link in re.findall(r'href="#([^"]+)"', page.html)}
    assert links
    assert links <= {chapter_id(name) for name in STUDY.chapters}


def test_one_round_of_the_survey_cannot_tell_of_change():
    text = survey_rounds.survey_rounds_table(report()).text
    assert "en gång, i mars 2021" in text
    assert "antal svarande och spridning" in text


def two_rounds(n=20.0):
    first = shipped_survey().query("item == 1").assign(n=n, sd=1.0)
    return pd.concat([first, first.assign(round="2022-03-01", mean=first["mean"] + 0.5)])


def test_two_rounds_are_compared_and_never_called_a_changed_attitude():
    found = survey_rounds.survey_rounds_table(report(survey=two_rounds()))
    assert found.html.count("<tr>") == 1 + 3
    assert "mars 2021 till mars 2022" in found.text
    # Welch with two of 20 and sd 1: .5 +- 2.024 * sqrt(2 / 20) = -.14 to 1.14.
    assert "−0,1 till 1,1" in plain(found.text)
    assert "inte en förändrad inställning" in found.text


def test_few_answers_are_withheld_and_a_round_after_the_cut_off_is_not_known():
    few = survey_rounds.survey_rounds_table(report(survey=two_rounds(n=4.0))).html
    assert few.count(f"<td>{HIDDEN}</td>") == 3
    assert "0,5" not in few
    later = two_rounds().replace({"round": {"2022-03-01": "2023-03-01"}})
    assert "en gång" in survey_rounds.survey_rounds_table(report(survey=later)).text


def test_the_effect_grows_with_the_share_that_reached_the_line(monkeypatch):
    monkeypatch.setattr(spread, "effect_of", lambda report, outcome: effect())
    found = spread.dilution_table(report())
    assert found.html.count("<tr>") == 1 + 6
    text = plain(found.text)
    assert "−6,0 procentenheter (−10,0 till −2,0)" in text
    assert "−12,0 procentenheter (−20,0 till −4,0)" in text
    monkeypatch.setattr(spread, "effect_of", lambda report, outcome: replace(
        effect(), status="immature"))  # fmt: skip
    assert "kan ännu mätas" in spread.dilution_table(report()).text


def avoided(estimate, error):
    """An effect on nine areas, with the exact t's limits at seven degrees of freedom."""
    reach = stats.t.ppf(0.975, 7) * error
    headline = replace(
        effect().headline, estimate=estimate, std_error=error, conf_low=estimate - reach,
        conf_high=estimate + reach,
    )  # fmt: skip
    return replace(effect(), headline=headline)


@pytest.mark.parametrize(
    ("estimate", "error", "said"),
    [
        # 100 000 times .05, and times .05 -+ 2.3646 * .05: -6 823 and 16 823.
        (
            -0.05,
            0.05,
            (
                "upp till ungefär 5 000 kronor",
                "utan merkostnad till 16 800 kronor",
                "kan inte säga om arbetssättet betalar sig",
            ),
        ),
        # .10 -+ 2.3646 * .02: 5 271 and 14 729.
        (-0.10, 0.02, ("upp till ungefär 10 000 kronor", "från 5 300 kronor till 14 700 kronor")),
        (0.05, 0.05, ("blev de nya utredningarna inte färre", "till 6 800 kronor")),
        (0.20, 0.02, ("I hela osäkerhetsintervallet är det en förlust", "rymmer inte att någon")),
    ],
)
def test_the_extra_cost_that_is_covered_is_told_with_its_interval(
    monkeypatch, estimate, error, said
):
    monkeypatch.setattr(worth, "effect_of", lambda report, outcome: avoided(estimate, error))
    text = plain(worth.worth_limit(report()).text)
    assert all(one in text for one in said)
    assert "%" not in text  # how probable a gain is cannot be said of eight areas


def test_a_sure_effect_has_a_price_with_its_interval(monkeypatch):
    monkeypatch.setattr(worth, "effect_of", lambda report, outcome: avoided(-0.10, 0.02))
    # 1 000 over .10, and over .10 -+ 2.3646 * .02.
    text = plain(worth.worth_limit(report()).text)
    assert "kostar en undviken ny utredning 10 000 kronor (6 789 till 18 973)" in text


def test_there_is_no_price_before_anything_can_be_measured(monkeypatch):
    monkeypatch.setattr(worth, "effect_of", lambda report, outcome: effect("immature"))
    found = worth.worth_limit(report())
    assert "kan ännu inte mätas" in found.text
    assert "%" not in found.text
