"""What a plan rests on: the study's years before the start, and how much areas vary by then."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from questions import changed, plan_of

from evalkit.data import aggregation
from evalkit.errors import DesignError
from evalkit.evidence import Evidence
from evalkit.params import load_study
from evalkit.plan import Period, Span
from evalkit.planning.basis import (
    assumed_basis,
    before_the_start,
    own_basis,
    yearly_variation,
)
from evalkit.planning.designs import outlook
from evalkit.planning.plan import PlannedOutcome

STUDY = load_study(Path(__file__).parents[2] / "params" / "study.yaml")
YEARS = (2016, 2017, 2018)


def made_up_cells(measure: str, waiting: bool) -> pd.DataFrame:
    """Return cells of every area and year: loads that differ, and levels that move."""
    random, rows = np.random.default_rng(5), []
    for place, area in enumerate(STUDY.areas.all):
        for year in YEARS:
            n = 60 + 10 * place + 5 * (year - 2017)
            events = int(random.binomial(n, 0.3 + 0.02 * (year - 2017)))
            if waiting:
                rows += [(area, year, "return", 100, events, events, events),
                         (area, year, "censored", 365, n - events, 0, 0)]  # fmt: skip
            else:
                values = random.normal(4, 1.5, n)
                rows.append((area, year, "", -1, n, values.sum(), (values**2).sum()))
    names = ["area", "year", "level", "time", "n", "total", "total_sq"]
    frame = pd.DataFrame(rows, columns=names).astype({"n": float, "total": float})
    return frame.assign(period="planering", measure=measure, month=6, sex="", age_group="")


def evidence(measure: str, waiting: bool) -> Evidence:
    period = Period(
        study="params/study.yaml", period="planering", label="x", phase="post",
        start=date(2018, 1, 1), end=date(2018, 12, 31), cutoff=date(2019, 12, 31),
    )  # fmt: skip
    return Evidence(STUDY, (period,), period, made_up_cells(measure, waiting))


def outcome(kind: str, **others: object) -> PlannedOutcome:
    record = {
        "label": "Utfall", "kind": kind, "unit": "enheter", "minimal_relevant_difference": 0.2,
        "autocorrelation": 0.3,
    } | others  # fmt: skip
    return PlannedOutcome.model_validate(record)


@pytest.mark.parametrize(("measure", "kind"), [("R1", "share"), ("K1", "mean")])
def test_assuming_what_the_extracts_show_gives_the_same_plan(measure, kind):
    areas = list(STUDY.areas.all)
    own = own_basis(outcome(kind, own=measure), evidence(measure, kind == "share"), YEARS, 0.95)
    assumed = outcome(
        kind,
        assumed={
            "level": own.level,
            "case_sd": own.case_variance**0.5 if kind == "mean" else None,
            "area_sd": own.yearly_variance**0.5,
            "cases_per_year": dict(zip(own.areas, own.loads.tolist(), strict=True)),
        },
    )
    questions = changed("pilots", [[areas[0]], areas[1:3]])
    questions["proposal"]["pilot"] = [areas[0]]
    questions["outcomes"][0]["assumed"]["cases_per_year"] = dict.fromkeys(areas, 50)
    plan = plan_of(questions)
    by_data = outlook(plan, assumed, own)
    by_assumption = outlook(plan, assumed, assumed_basis(assumed))
    for one, other in zip(by_data.prospects, by_assumption.prospects, strict=True):
        # Bisection stops within a billionth of the effect; the inputs differ in the last bit.
        assert one.effect == pytest.approx(other.effect, rel=1e-8)
        assert (one.finds_relevant, one.size) == (other.finds_relevant, other.size)


def test_the_basis_is_what_the_cells_say():
    """A share with a waiting time that nobody leaves: the level is returns over cases."""
    source = evidence("R1", waiting=True)
    found = own_basis(outcome("share", own="R1"), source, YEARS, 0.95)
    frame = source.cells
    returns = frame.loc[frame["level"] == "return", "n"].sum()
    assert found.level == pytest.approx(returns / frame["n"].sum())
    assert found.case_variance == pytest.approx(found.level * (1 - found.level))
    by_area = frame.groupby("area")["n"].sum() / len(YEARS)
    assert dict(zip(found.areas, found.loads, strict=True)) == pytest.approx(by_area.to_dict())


def test_a_means_case_variance_is_that_of_the_values():
    """Drawn with standard deviation 1.5; 2,600 values: four standard errors of it are .083."""
    found = own_basis(outcome("mean", own="K1"), evidence("K1", waiting=False), YEARS, 0.95)
    assert found.case_variance**0.5 == pytest.approx(1.5, abs=0.083)


def test_an_area_without_cases_in_a_year_is_refused():
    source = evidence("K1", waiting=False)
    gap = (source.cells["area"] == "Grimsta") & (source.cells["year"] == 2017)
    thinned = Evidence(source.study, source.periods, source.period, source.cells[~gap])
    with pytest.raises(DesignError, match="K1: 1 of 27 area-years have no level"):
        own_basis(outcome("mean", own="K1"), thinned, YEARS, 0.95)


@pytest.fixture
def asked(monkeypatch):
    """Return the periods for which cells were asked for; nothing is read."""
    periods = []

    def remember(study, chosen):
        periods.extend(chosen)
        return type("Cells", (), {"frame": pd.DataFrame()})()

    monkeypatch.setattr(aggregation, "load_or_make", remember)
    return periods


def test_nothing_after_the_start_is_asked_for(asked):
    """A year's cases are followed a year, so the last year is the last but one before the start."""
    _, years = before_the_start(STUDY)
    assert years == (2017, 2018)
    (period,) = asked
    assert period.cutoff == STUDY.timeline.pre.end
    assert period.year == 2018


def with_pre(start: date, end: date):
    timeline = STUDY.timeline.model_copy(update={"pre": Span(start=start, end=end)})
    return STUDY.model_copy(update={"timeline": timeline})


def test_a_year_that_is_not_whole_is_left_out(asked):
    _, years = before_the_start(with_pre(date(2014, 3, 1), date(2019, 8, 31)))
    assert years == (2015, 2016, 2017)


def test_one_year_before_the_start_is_too_little(asked):
    with pytest.raises(DesignError, match=r"timeline\.pre: 1 whole years"):
        before_the_start(with_pre(date(2018, 1, 1), date(2019, 12, 31)))
    assert not asked


def simulated(random, areas, years, sd, chance_sd, autocorrelation):
    """Draw levels: area and year effects of any size, deviations that are correlated, chance."""
    lags = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    deviations = random.multivariate_normal(np.zeros(years), autocorrelation**lags, size=areas) * sd
    noise = random.normal(size=(areas, years)) * chance_sd
    return 5 * random.normal(size=(areas, 1)) + random.normal(size=years) + deviations + noise


@pytest.mark.parametrize(("years", "autocorrelation"), [(2, 0.0), (3, 0.4), (6, 0.7)])
def test_the_variation_is_recovered_beside_chance_and_correlation(years, autocorrelation):
    """The mean of 1,000 estimates; four Monte Carlo errors. Unfloored: the variation is large."""
    random, chance_sd = np.random.default_rng(years), np.linspace(0.1, 0.4, 9)[:, None]
    found = [
        yearly_variation(
            simulated(random, 9, years, 1.0, chance_sd, autocorrelation),
            np.broadcast_to(chance_sd**2, (9, years)), autocorrelation, 0.95,
        ).estimate
        for _ in range(1000)
    ]  # fmt: skip
    assert np.mean(found) == pytest.approx(1.0, abs=4 * np.std(found) / 1000**0.5)


def test_its_interval_covers_the_truth():
    """Exact for two years and normal levels: 95 % of 1,500, four Monte Carlo errors are .023."""
    random, held = np.random.default_rng(11), 0
    for _ in range(1500):
        levels = simulated(random, 9, 2, 1.0, 0.5, 0.3)
        one = yearly_variation(levels, np.full((9, 2), 0.25), 0.3, 0.95)
        held += one.low <= 1.0 <= one.high
    assert held / 1500 == pytest.approx(0.95, abs=0.023)


def test_areas_that_vary_less_than_chance_have_no_variation_and_say_so():
    levels = np.array([[0.30, 0.31], [0.40, 0.41], [0.20, 0.211]])
    found = yearly_variation(levels, np.full((3, 2), 0.01), 0.0, 0.95)
    assert (found.estimate, found.floored) == (0.0, True)


def test_what_all_areas_share_is_no_variation():
    """A year that is worse everywhere, and areas that always differ, add nothing."""
    random = np.random.default_rng(2)
    levels, chance = random.normal(size=(5, 4)), np.zeros((5, 4))
    moved = levels + np.arange(5)[:, None] * 10 + np.arange(4) * 3
    here, there = (yearly_variation(each, chance, 0.2, 0.9) for each in (levels, moved))
    # Subtracting numbers as large as 50 leaves 13 figures.
    assert there.estimate == pytest.approx(here.estimate, rel=1e-12)


def test_an_assumed_outcome_is_asked_for_its_assumptions():
    with pytest.raises(DesignError, match="nothing is assumed"):
        assumed_basis(outcome("share", own="R1"))


def test_more_variation_wants_a_larger_effect():
    plan = plan_of(changed("draws", 2000))
    basis = assumed_basis(plan.outcomes[0])
    calm, wild = (
        outlook(plan, plan.outcomes[0], replace(basis, yearly_variance=variance)).proposed.effect
        for variance in (0.0, 0.01)
    )
    assert wild > 1.5 * calm
