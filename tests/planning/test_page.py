"""The page that a planner reads: every number from a result, in words that a committee knows."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from questions import QUESTIONS, changed, plan_of
from typer.testing import CliRunner

from evalkit.cli import app
from evalkit.errors import DisclosureError
from evalkit.planning import words
from evalkit.planning.basis import Observed, Variation, assumed_basis
from evalkit.planning.designs import outlook
from evalkit.planning.grounds import variation
from evalkit.planning.page import page_of
from evalkit.planning.sections import false_alarms, most_help

NBSP = "\N{NO-BREAK SPACE}"


def looked(questions, basis=None):
    plan = plan_of(questions)
    return plan, outlook(plan, plan.outcomes[0], basis or assumed_basis(plan.outcomes[0]))


def said(questions):
    return words.answer(*looked(questions)).replace(NBSP, " ")


def with_own(questions, estimate=0.0009, high=0.01, floored=False, **others):
    """Return an outlook as if the assumptions were the study's own figures."""
    basis = assumed_basis(plan_of(questions).outcomes[0])
    seen = Observed(
        (2017, 2018), 1800.0, 540.0, np.array([0.5, 1.0]), Variation(estimate, 0.0, high, floored)
    )
    return looked(questions, replace(basis, observed=seen, yearly_variance=estimate, **others))


def test_the_answer_word_for_word():
    """Effect and chance are those of the worked example in test_designs: 17.3 and .13."""
    assert said(changed("draws", 20_000)) == (
        "Med Område A som pilot, tre år före och två år efter ett inkörningsår kan en skillnad på "
        "minst 17 procentenheter upptäckas i fyra fall av fem. Ni har angett 5 procentenheter som "
        "den minsta skillnad som spelar roll: en så liten skillnad skulle oftast missas. Den "
        "upptäcks i ungefär 1 försök av 10."
    )


def test_a_design_that_is_enough_is_said_to_be():
    text = said(changed("outcomes.0.minimal_relevant_difference", 0.25))
    assert "Det räcker. Ni har angett 25 procentenheter" in text
    assert "fler än 9 försök av 10" in text
    assert "missas" not in text


def test_a_design_that_is_nearly_enough_is_not_said_to_miss():
    text = said(changed("outcomes.0.minimal_relevant_difference", 0.14))
    assert "mer sällan än ni har begärt" in text
    assert "missas" not in text
    assert "räcker" not in text


def test_a_chance_no_better_than_an_alarm_is_said_to_be():
    text = said(changed("outcomes.0.minimal_relevant_difference", 0.005))
    assert "Ni har angett 0,5 procentenheter" in text
    assert "knappt oftare än metoden slår falskt larm" in text


def test_enough_by_an_uncertain_estimate_is_said_to_be_uncertain():
    questions = changed("outcomes.0.minimal_relevant_difference", 0.18)
    plan, found = with_own(questions, high=0.02)
    text = words.answer(plan, found)
    assert "Det räcker" in text
    assert f"krävs {words.amount(found.outcome, found.cautious.effect)}" in text
    assert found.cautious.effect > 0.18
    _, sure = with_own(questions, high=0.0009)
    assert "osäkert" not in words.answer(plan, sure)


PARTS = {
    "power": st.sampled_from([0.7, 0.75, 0.85, 0.9]),
    "outcomes.0.minimal_relevant_difference": st.integers(6, 40).map(lambda n: n / 100),
    "outcomes.0.assumed.area_sd": st.floats(0.06, 0.2),
    "outcomes.0.assumed.level": st.floats(0.02, 0.1),
    "wash_in_years": st.sampled_from([0, 2, 3]),
}


@settings(max_examples=30, deadline=None)
@given(st.data(), st.sampled_from(sorted(PARTS)))
def test_a_changed_question_changes_the_answer(data, part):
    questions = changed(part, data.draw(PARTS[part]))
    assert said(questions | {"draws": 1000}) != said(changed("draws", 1000))


@settings(max_examples=30, deadline=None)
@given(st.floats(0.02, 0.9), st.floats(0.0, 0.1), st.integers(10, 500), st.integers(1, 60))
def test_every_number_of_the_answer_is_a_result(level, area_sd, load, relevant):
    questions = changed("draws", 1000)
    outcome = questions["outcomes"][0]
    outcome["minimal_relevant_difference"] = relevant / 100
    outcome["assumed"] |= {"level": level, "area_sd": area_sd}
    outcome["assumed"]["cases_per_year"] = dict.fromkeys(outcome["assumed"]["cases_per_year"], load)
    plan, found = looked(questions)
    effect = found.proposed.effect * 100
    places = 0 if effect >= 10 else 1 if effect >= 1 else 2
    times = round(found.proposed.finds_relevant * 10 + 1e-9)
    results = {f"{effect:.{places}f}".replace(".", ","), str(relevant), str(times), "1", "9", "10"}
    assert set(re.findall(r"\d+(?:,\d+)?", words.answer(plan, found))) <= results


@pytest.mark.parametrize(
    ("power", "text"),
    [(0.8, "fyra fall av fem"), (0.9, "nio fall av tio"), (0.95, "19 fall av 20")],
)
def test_a_wanted_power_in_words(power, text):
    assert words.fraction(power) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "färre än 1 försök av 10"),
        (0.32, "ungefär 3 försök av 10"),
        (0.949, "ungefär 9 försök av 10"),
        (0.96, "fler än 9 försök av 10"),
    ],
)
def test_a_chance_as_a_natural_frequency(share, text):
    assert words.tries(share) == text


def test_a_difference_larger_than_the_level_is_said_to_be_impossible():
    _, found = looked(changed("outcomes.0.assumed.level", 0.05))
    assert found.proposed.effect > 0.05
    assert "Inte ens om den sjönk till noll" in words.reach(found)


def test_how_far_the_level_must_move():
    _, found = looked(changed("draws", 20_000))
    assert words.reach(found).replace(NBSP, " ") == (
        "Utgångsnivån är 30 %. För att synas måste den sjunka till omkring 13 % eller stiga till "
        "omkring 47 %."
    )


def test_the_best_pilot_is_named():
    _, found = looked(QUESTIONS)
    assert words.best_and_worst(found).startswith(
        "Av de möjliga piloterna ger Område B och Område C den lägsta gränsen"
    )


def test_what_helps_most_is_the_least_effect():
    _, found = looked(QUESTIONS)
    best = min((key for key in found.remedies if key != "all"),
               key=lambda key: found.remedies[key].effect)  # fmt: skip
    text = most_help(found)
    assert words.amount(found.outcome, found.remedies[best].effect) in text
    assert "Inte ens allt på en gång räcker" in text
    _, easy = looked(changed("outcomes.0.minimal_relevant_difference", 0.3))
    assert "Inte ens" not in most_help(easy)


def test_false_alarms_are_told_of_small_pilots_only():
    assert false_alarms(*looked(QUESTIONS)) == ""
    questions = changed("outcomes.0.assumed.cases_per_year.Område A", 15)
    assert "Är Område A pilot slår metoden falskt larm" in false_alarms(*looked(questions))


def test_the_variation_is_told_with_its_uncertainty():
    _, found = with_own(QUESTIONS, estimate=0.0009, high=0.01)
    text = variation(found).replace(NBSP, " ")
    assert "med ungefär 3,0 procentenheter" in text
    assert "upp till 10 procentenheter är förenligt" in text
    assert words.amount(found.outcome, found.cautious.effect) in variation(found)


def test_a_floored_variation_is_told():
    _, found = with_own(QUESTIONS, estimate=0.0, floored=True)
    assert "har satts till noll, det gynnsammaste" in variation(found)


def test_the_page_holds_every_section_and_passes_its_check():
    plan, found = with_own(QUESTIONS)
    html = page_of(plan, None, (found,))
    assert html.count("<section") == 5
    assert "Simulerade data" not in html
    assert "2017 har bara 50" in html  # a year with half the cases of the other
    assert html == page_of(plan, None, (found,))


def test_a_design_without_an_answer_says_so_all_over_the_page():
    """One area of a single case a year beside huge ones is found changed whatever happens."""
    questions = changed("outcomes.0.assumed.area_sd", 0.0) | {"pilots": [["Område A"]]}
    assumed = questions["outcomes"][0]["assumed"]
    assumed["cases_per_year"] = dict.fromkeys(assumed["cases_per_year"], 100_000) | {"Område A": 1}
    plan, found = looked(questions)
    html = page_of(plan, None, (found,))
    assert "går det inte att säga vilken skillnad som kan upptäckas" in html
    assert "nan" not in re.sub(r"<[^>]*>", "", html.partition("<main")[2]).split()


def test_text_from_the_file_is_escaped():
    plan, found = looked(changed("outcomes.0.label", "Barn <b>&</b> unga"))
    html = page_of(plan, None, (found,))
    assert "<b>" not in html
    assert "Barn &lt;b&gt;&amp;&lt;/b&gt; unga" in html


def test_a_load_under_the_threshold_is_not_printed():
    _, shown = looked(QUESTIONS)
    few = replace(shown.basis, loads=np.array([100.0] * 8 + [4.9]))
    plan, found = looked(QUESTIONS, few)
    html = page_of(plan, None, (found,))
    assert re.search(r"Område I</th><td[^>]*>\.\.</td>", html)
    assert re.search(r"Område H</th><td[^>]*>100</td>", html)


def test_a_pilot_of_few_real_cases_is_refused():
    plan, found = with_own(QUESTIONS, loads=np.array([3.0] + [100.0] * 8))
    with pytest.raises(DisclosureError, match=r"outcomes\.0: 1 of 3 pilot areas"):
        page_of(plan, None, (found,))


def test_a_level_of_few_real_cases_is_not_printed():
    plan, found = with_own(QUESTIONS)
    seen = replace(found.basis.observed, total=3.0)
    protected = replace(found, basis=replace(found.basis, observed=seen))
    assert "skyddad uppgift" in page_of(plan, None, (protected,))
    assert "skyddad uppgift" not in page_of(plan, None, (found,))


def test_the_command_writes_the_page_and_says_where(tmp_path, monkeypatch):
    (tmp_path / "params").mkdir()
    path = tmp_path / "params" / "power.yaml"
    path.write_text(json.dumps(QUESTIONS, ensure_ascii=False), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["power"])
    assert done.exit_code == 0, done.output
    assert "outputs/planering.html" in done.output
    page = tmp_path / "outputs" / "planering.html"
    assert "Vad kan en pilot visa?" in page.read_text(encoding="utf-8")
    assert [file.name for file in page.parent.iterdir()] == ["planering.html"]
