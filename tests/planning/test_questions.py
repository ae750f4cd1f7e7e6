"""What a planner may ask: everything else is refused, with the place where it stands."""

import json
from pathlib import Path

import pytest
from questions import AREAS, QUESTIONS, changed, plan_of

from evalkit.errors import ParamsError
from evalkit.params import load_periods, load_study
from evalkit.planning.plan import load_power

ROOT = Path(__file__).parents[2]
OUTCOME = "outcomes.0"


def test_the_example_can_be_read_with_the_study_it_names():
    plan, study = load_power(ROOT / "params" / "power.yaml")
    assert study is not None
    assert study.id == "vallingbyteamet"
    assert {outcome.own is None for outcome in plan.outcomes} == {True, False}


def test_the_questions_are_no_period():
    study = load_study(ROOT / "params" / "study.yaml")
    assert "power" not in {period.period for period in load_periods(study)}


FAULTS = [
    ("seed", None, "seed: missing"),
    ("draws", 10, "draws"),
    ("power", 0.3, "power"),
    ("confidence", "0.95", "confidence"),
    ("years_before", [3, 1], "years_before: each number once"),
    ("years_after", [1, 1, 2], "years_after: each number once"),
    ("years_after", [0, 2], "years_after"),
    ("pilots", [["Område A"], ["Område A"]], "pilots: the same areas stand twice"),
    ("pilots", [["Område A", "Område A"]], "an area stands twice"),
    ("pilots", [["Område A"], ["Område Å"]], "lacks the pilot area 'Område Å'; did you mean"),
    ("pilots", [["Område A"], AREAS], "a pilot in all 9 areas leaves none"),
    ("proposal.pilot", ["Område B"], "proposal.pilot: not one of 'pilots'"),
    ("proposal.years_before", 2, "proposal.years_before: not one of 'years_before'"),
    (f"{OUTCOME}.own", "R1", "give either 'own' or 'assumed'"),
    (f"{OUTCOME}.assumed", None, "give either 'own' or 'assumed'"),
    (f"{OUTCOME}.kind", "mean", "'assumed.case_sd' is needed for a mean"),
    (f"{OUTCOME}.assumed.case_sd", 1.0, "'assumed.case_sd' is needed for a mean"),
    (f"{OUTCOME}.assumed.level", 30, "'assumed.level' of a share"),
    (f"{OUTCOME}.minimal_relevant_difference", 5, "a fraction under 1"),
    (f"{OUTCOME}.minimal_relevant_difference", 0, "minimal_relevant_difference"),
    (f"{OUTCOME}.autocorrelation", 1.0, "autocorrelation"),
    (f"{OUTCOME}.assumed.cases_per_year.Område A", 0, "cases_per_year.Område A"),
    (f"{OUTCOME}.assumed.cases_per_year", {"Område A": 9, "Område B": 9}, "cases_per_year"),
    (f"{OUTCOME}.assumed.cases_per_yer", 3, "unknown key; did you mean 'cases_per_year'"),
    ("wash_in_year", 1, "unknown key; did you mean 'wash_in_years'"),
]


@pytest.mark.parametrize(("path", "value", "message"), FAULTS)
def test_a_fault_is_refused_and_placed(path, value, message):
    with pytest.raises(ParamsError) as caught:
        plan_of(changed(path, value))
    assert str(caught.value).startswith("power.yaml: ")
    assert message in str(caught.value)


def test_two_areas_are_too_few():
    questions = changed(f"{OUTCOME}.assumed.cases_per_year", {"Område A": 9, "Område B": 9})
    questions["pilots"] = [["Område A"]]
    with pytest.raises(ParamsError, match="2 areas; at least 3 are needed"):
        plan_of(questions)


def as_file(folder: Path, questions: dict) -> Path:
    (folder / "params").mkdir()
    path = folder / "params" / "power.yaml"
    path.write_text(json.dumps(questions, ensure_ascii=False), encoding="utf-8")
    return path


def own(outcome: str = "R1", **others: object) -> dict:
    questions = changed(f"{OUTCOME}.assumed", None)
    questions["outcomes"][0] |= {"own": outcome} | others
    questions["pilots"], questions["study"] = [["Vällingby"]], "params/study.yaml"
    questions["proposal"]["pilot"] = ["Vällingby"]
    return questions


def test_own_data_need_a_study(tmp_path):
    questions = own()
    del questions["study"]
    with pytest.raises(ParamsError, match=r"study: missing; outcomes\.0\.own needs"):
        load_power(as_file(tmp_path, questions))


def test_the_study_stays_beside_the_questions(tmp_path):
    with pytest.raises(ParamsError, match="study: the path leaves the folder"):
        load_power(as_file(tmp_path, QUESTIONS | {"study": "../elsewhere/study.yaml"}))


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        (own("R1", kind="rate"), "outcomes.0.kind: not that of 'R1'"),
        (own("R1", unit="barn"), "outcomes.0.unit: not that of 'R1'"),
        (own() | {"pilots": [["Vällingby"], ["Vinstan"]]}, "lacks the pilot area 'Vinstan'; did"),
    ],
)
def test_own_data_must_agree_with_the_study(tmp_path, questions, message):
    path = as_file(tmp_path, questions)
    study = (ROOT / "params" / "study.yaml").read_text(encoding="utf-8")
    (path.parent / "study.yaml").write_text(study, encoding="utf-8")
    with pytest.raises(ParamsError) as caught:
        load_power(path)
    assert message in str(caught.value)
