"""Designs other than the first study's: what they answer, and what they say when they cannot."""

from datetime import date
from math import isnan
from pathlib import Path

import numpy as np
import pytest

from evalkit import evaluation, robustness
from evalkit.errors import ParamsError
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study, validate
from evalkit.plan import Areas, Span, Study

STUDY = load_study(Path(__file__).parents[2] / "params" / "study.yaml")
PERIODS = load_periods(STUDY)
REPORTED = next(period for period in PERIODS if period.period == "2021")
K1 = STUDY.outcome("K1")
ALL = STUDY.areas.all


@pytest.fixture(scope="module")
def cells(cells_of):
    return cells_of("K1", -0.4)


def evidence(cells, period=REPORTED, **changed):
    """Evidence of a study with some parts of the plan changed."""
    return Evidence(STUDY.model_copy(update=changed), PERIODS, period, cells)


def areas(n_treated, n_comparison):
    names = ALL[: n_treated + n_comparison]
    return Areas(
        unit="stadsdel", treated=names[:n_treated], comparison=names[n_treated:],
        pilot_units=("PILOT",),
        near=(),
    )  # fmt: skip


def method(name, weighting="cases"):
    return STUDY.inference.model_copy(update={"headline": name, "weighting": weighting})


def change(cells, area, months, years=(2017, 2018, 2019)):
    chosen = cells[(cells["area"] == area) & cells["month"].isin(months)]

    def level(of):
        part = chosen[chosen["year"].isin(of)]
        return part["total"].sum() / part["n"].sum()

    return level((2021,)) - level(years)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2021, 3, 1), date(2021, 3, 31), (3,)),
        (date(2021, 4, 1), date(2021, 6, 30), (4, 5, 6)),
        (date(2021, 1, 1), date(2021, 12, 31), tuple(range(1, 13))),
    ],
)
def test_a_month_a_quarter_or_a_year_meets_the_same_months_of_the_years_before(
    cells, start, end, months
):
    period = REPORTED.model_copy(update={"start": start, "end": end})
    found = evaluation.evaluate(evidence(cells, period), K1)
    others = [change(cells, area, months) for area in ALL[1:]]
    assert found.headline.estimate == pytest.approx(
        change(cells, ALL[0], months) - np.mean(others), abs=1e-12
    )
    assert found.headline.conf_low < found.headline.estimate < found.headline.conf_high


def test_several_treated_areas_are_judged_by_the_spread_in_both_arms(cells):
    study = {"areas": areas(3, 6), "inference": method("exact_t")}
    found = evaluation.evaluate(evidence(cells, **study), K1)
    z = [change(cells, area, range(1, 13)) for area in ALL]
    assert found.headline.estimate == pytest.approx(np.mean(z[:3]) - np.mean(z[3:]), abs=1e-12)
    assert not isnan(found.headline.p_value)
    assert "made for one treated area" in found.check("lau_li").reason
    assert isnan(found.check("lau_li").p_value)


@pytest.mark.parametrize("first", [2017, 2018, 2019])
def test_one_two_or_three_years_before(cells, first):
    timeline = STUDY.timeline.model_copy(
        update={"pre": Span(start=date(first, 1, 1), end=date(2019, 12, 31))}
    )
    made = evidence(cells, timeline=timeline)
    found = evaluation.evaluate(made, K1)
    years = tuple(range(first, 2020))
    expected = change(cells, ALL[0], range(1, 13), years) - np.mean(
        [change(cells, area, range(1, 13), years) for area in ALL[1:]]
    )
    assert found.headline.estimate == pytest.approx(expected, abs=1e-12)
    trend = found.check("pre_trend")
    assert isnan(trend.p_value) == (first == 2019)
    if first == 2019:
        assert trend.reason == "one pre-year: no trend can be tested"
        assert "one pre-year" in robustness.drifting_apart(made, K1)[0].reason


def test_one_comparison_area_leaves_the_description_and_says_why(cells):
    two = cells[cells["area"].isin(ALL[:2])]
    found = evaluation.evaluate(evidence(two, areas=areas(1, 1)), K1)
    assert isnan(found.headline.conf_low)
    assert "no spread to judge by" in found.headline.reason
    assert found.observed > 0
    assert found.counterfactual > 0


def test_an_area_without_cases_stops_the_estimate_and_not_the_report(cells):
    without = cells[~((cells["area"] == ALL[2]) & (cells["year"] < 2020))]
    found = evaluation.evaluate(evidence(without), K1)
    assert found.status == "not_estimable"
    assert "1 of 9 areas have no level before the start" in found.reason
    assert isnan(found.headline.estimate)


def test_an_area_that_the_plan_does_not_have_is_not_compared_with(cells):
    found = evaluation.evaluate(evidence(cells, areas=areas(1, 7)), K1)
    assert found.status == "not_estimable"
    assert "1 areas in the cells are not in the plan" in found.reason


def test_the_wash_in_belongs_to_neither_side(cells):
    wild = cells.assign(total=cells["total"].where(cells["year"] != 2020, 99 * cells["total"]))
    plain, changed = (evaluation.evaluate(evidence(one), K1) for one in (cells, wild))
    assert changed.headline == plain.headline


@pytest.mark.parametrize("headline", ["cluster_robust", "wild_restricted", "wild_unrestricted"])
def test_what_one_treated_area_cannot_be_judged_by_is_refused(headline):
    with pytest.raises(ParamsError, match="no result when one area is treated"):
        as_written(inference={**plan()["inference"], "headline": headline})


def test_what_is_made_for_one_treated_area_is_refused_for_several():
    named = plan()["areas"]
    two = {
        "treated": [*named["treated"], named["comparison"][0]],
        "comparison": named["comparison"][1:],
        "near": [],
    }
    with pytest.raises(ParamsError, match="made for one treated area, and the plan has 2"):
        as_written(areas={**named, **two})


def plan():
    return STUDY.model_dump(mode="json")


def as_written(**changed):
    return validate(Study, plan() | changed, "study.yaml", root=STUDY.root)
