"""A person's certainty in place of the computed one: logged, shown, and never alone."""

import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from evalkit.chapters.answers import certainty_of
from evalkit.errors import ParamsError
from evalkit.params import load_periods, load_study
from evalkit.reporting.verdicts import Certainty, overridden
from evalkit.results import Effect, Estimate

ROOT = Path(__file__).parents[2]
LOGGED = """
overrides:
  - outcome: K1
    period: "2021"
    level: måttlig
    reason: Arbetssättet följdes i de akter som granskats.
    by: utvärderaren
    date: "2023-03-03"
"""


@pytest.fixture
def plan(tmp_path) -> Path:
    shutil.copytree(ROOT / "params", tmp_path / "params")
    return tmp_path / "params" / "study.yaml"


def logged(plan: Path, text: str = LOGGED):
    plan.write_text(plan.read_text(encoding="utf-8") + text, encoding="utf-8")
    return load_study(plan)


def effect(label="2021", status="estimated"):
    headline = Estimate("K1", "att", -0.4, 0.1, 0.01, -0.6, -0.2, "handläggare", "exact_t", 900, 9)
    trend = replace(headline, method="pre_trend", p_value=0.6)
    return Effect("K1", label, (2021,), status, headline, (trend,), 1.8, 2.2, -0.2, 0.3, 1.0, 300)


def report_of(study, period="2021"):
    periods = {one.period: one for one in load_periods(study)}
    return SimpleNamespace(study=study, period=periods[period])


def test_a_judgement_is_shown_beside_what_it_replaced(plan):
    study = logged(plan)
    sure = certainty_of(report_of(study), study.outcome("K1"), effect())
    assert (sure.level, sure.phrase) == ("måttlig", "Det är troligt att")
    assert sure.told == (
        "måttlig (bedömd av utvärderaren den 3 mars 2023 med skälet: Arbetssättet följdes i de "
        "akter som granskats; uträknad nivå: låg)"
    )
    computed = certainty_of(report_of(load_study(ROOT / "params" / "study.yaml")),
                            study.outcome("K1"), effect())  # fmt: skip
    assert (computed.level, computed.told) == ("låg", "låg")
    assert sure.reasons == computed.reasons


@pytest.mark.parametrize(
    ("outcome", "period", "made"),
    [
        ("R1", "2021", effect()),
        ("K1", "2022", effect("januari–augusti 2022")),
        ("K1", "2021", effect("2021 och januari–augusti 2022")),
        ("K1", "2021", effect(status="immature")),
    ],
)
def test_it_holds_for_its_outcome_and_period_only(plan, outcome, period, made):
    study = logged(plan)
    sure = certainty_of(report_of(study, period), study.outcome(outcome), made)
    assert sure.override is None
    assert sure.told == sure.level


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("level: måttlig", "level: medel", "overrides.0.level"),
        ("outcome: K1", "outcome: K9", "overrides.0.outcome"),
        ("    reason: Arbetssättet följdes i de akter som granskats.\n", "", "overrides.0.reason"),
        ('date: "2023-03-03"', 'date: "3 mars"', "overrides.0.date"),
        ("  - outcome: K1", LOGGED.split("overrides:\n")[1] + "  - outcome: K1", "judged twice"),
    ],
)
def test_a_judgement_without_its_reason_or_day_is_refused(plan, old, new, said):
    with pytest.raises(ParamsError, match=said.replace(".", r"\.")):
        logged(plan, LOGGED.replace(old, new))


def test_a_period_that_there_is_not_is_named(plan):
    study = logged(plan, LOGGED.replace('"2021"', '"2031"'))
    with pytest.raises(ParamsError, match="no period '2031'; did you mean '2021'"):
        load_periods(study)


def test_nobody_has_judged_when_nothing_is_logged():
    computed = Certainty("låg", ("skäl",))
    assert overridden(computed, None) is computed
