"""The texts beside the plan: strict, whole, and pointing at what there is."""

from pathlib import Path

import pytest

from evalkit import framework
from evalkit.chapters.contents import chapter_link, title_of
from evalkit.chapters.guidelines import summary
from evalkit.chapters.threat_checks import CHECKS
from evalkit.chapters.threats import GROUPS
from evalkit.errors import NotebookError, ParamsError
from evalkit.framework import Guideline, Item, load_guidelines, load_logic_model, load_threats
from evalkit.params import load_periods, load_study

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "params" / "study.yaml")


def test_every_threat_is_there_and_each_check_has_its_threat():
    threats = load_threats(STUDY)
    assert {threat.id for threat in threats} == {f"T{n}" for n in range(1, 24)}
    assert {threat.id for threat in threats if threat.check} == set(CHECKS)
    assert {threat.group for threat in threats} == set(GROUPS)


def test_the_logic_model_has_four_goals_and_says_what_nobody_measures():
    model = load_logic_model(STUDY)
    assert len(model.goals) == 4
    measured = {sign.outcome for sign in model.indicators}
    assert {outcome.id for outcome in STUDY.of_role("primary")} <= measured
    assert all(any(sign.needed for sign in goal.indicators) for goal in model.goals)


def test_the_texts_are_no_periods():
    assert [period.period for period in load_periods(STUDY)] == ["2020", "2021", "2022"]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("threats.yaml", "id: T2\n", "id: T1\n", "'T1' stands twice"),
        ("threats.yaml", "    clear: Ungefär samma urval av barn utreds.\n", "", "given together"),
        ("threats.yaml", "group: comparison", "group: comparisons", "threats.0.group"),
        ("threats.yaml", "needed:", "neded:", "did you mean 'needed'"),
        ("logic_model.yaml", "outcome: R1", "outcome: R9", "goals.0.indicators.0.outcome"),
        ("logic_model.yaml", "outcome: R1", 'state: "x", outcome: R1', "give one of"),
        ("logic_model.yaml", ", chapter: 06_reinvestigation", "", "has a 'chapter'"),
        ("logic_model.yaml", "chapter: 05_continuity", "chapter: 03_continuty",
         "not in the plan; did you mean '05_continuity'"),
        ("guidelines.yaml", "chapter: 00_summary", "chapter: 99_gone", "'99_gone' is not in the"),
        ("guidelines.yaml", 'met: "no", note', "met: partly, note", "has a 'chapter'"),
        ("guidelines.yaml", ', note: Utvärderingen', ', notes: Utvärderingen', "'note'"),
    ],
)  # fmt: skip
def test_a_fault_stops_with_its_file_and_place(edited, file, old, new, said):
    study = edited(file, old, new)
    load = {"threats.yaml": load_threats, "logic_model.yaml": load_logic_model}
    with pytest.raises(ParamsError) as caught:
        load.get(file, load_guidelines)(study)
    assert str(caught.value).startswith(f"{file}: ")
    assert said in str(caught.value)


def test_a_missing_file_is_named(folder):
    (folder / framework.THREATS).unlink()
    with pytest.raises(ParamsError, match=r"threats\.yaml: no such file"):
        load_threats(load_study(folder / "study.yaml"))


def test_a_link_has_the_title_that_the_chapter_has():
    words = "kapitel 4, Data och kvalitet"
    assert chapter_link(STUDY, "04_quality") == f'<a href="#kapitel-04">{words}</a>'
    assert ">kapitel 5, Kontinuitet<" in chapter_link(STUDY, "05_continuity")  # up to its colon
    assert ">Det viktigaste<" in chapter_link(STUDY, "00_summary")
    assert {title_of(STUDY, name) for name in STUDY.chapters}.isdisjoint({"", "#"})
    with pytest.raises(NotebookError, match=r"99_gone\.ipynb"):
        title_of(STUDY, "99_gone")


def test_a_guideline_is_summed_up_from_its_items():
    items = [
        Item(topic="a", met="yes", chapter="04_quality"),
        Item(topic="b", met="partly", chapter="04_quality", note="c saknas"),
        Item(topic="d", met="no", note="d saknas"),
        Item(topic="e", met="no", note="e saknas"),
    ]
    made = Guideline(name="X", source="Y", items=tuple(items))
    assert summary(made) == "Av 4 punkter finns 1 i rapporten, 1 finns delvis och 2 saknas."
