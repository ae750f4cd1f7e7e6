"""What the plan wants varied: each rung against a second count from the same cells."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit import evaluation, robustness, specifications
from evalkit.errors import DesignError
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study

STUDY = load_study(Path(__file__).parents[2] / "params" / "study.yaml")
PERIODS = {period.period: period for period in load_periods(STUDY)}
OUTCOME = STUDY.outcome("K1")


@pytest.fixture(scope="module")
def evidence(cells_of):
    variants = [
        cells_of(variant.measure, -0.3, seed)
        for seed, variant in enumerate(STUDY.sensitivity.variants)
        if variant.outcome == "K1"
    ]
    cells = pd.concat([cells_of("K1", -0.4), *variants], ignore_index=True)
    return Evidence(STUDY, tuple(PERIODS.values()), PERIODS["2021"], cells)


@pytest.fixture(scope="module")
def steps(evidence):
    return {(s.axis, s.label): s.estimate for s in specifications.ladder(evidence, OUTCOME).steps}


def contrast(cells, post=(2021,), pre=(2017, 2018, 2019), by_year=False):
    """The pilot's change less the others' mean change, counted once more."""

    def side(years):
        chosen = cells[cells["year"].isin(years)]
        if by_year:
            sums = chosen.groupby(["area", "year"])[["n", "total"]].sum()
            return (sums["total"] / sums["n"]).groupby("area").mean()
        sums = chosen.groupby("area")[["n", "total"]].sum()
        return sums["total"] / sums["n"]

    change = side(post) - side(pre)
    treated = change.index.isin(STUDY.areas.treated)
    return change[treated].mean() - change[~treated].mean()


def test_the_first_rung_is_the_planned_effect(evidence, steps):
    planned = evaluation.evaluate(evidence, OUTCOME).headline
    first = specifications.ladder(evidence, OUTCOME).steps[0]
    assert replace(first.estimate, term="att") == planned


def test_every_planned_axis_that_fits_the_outcome_is_there(steps):
    assert {axis for axis, _ in steps} == {"plan", *STUDY.sensitivity.ladder} - {"window"}
    assert len(steps) == 1 + 2 + 1 + 2 + 1 + 1 + 3 + len(STUDY.areas.comparison) + 3 + 1


@pytest.mark.parametrize(
    ("rung", "count"),
    [
        (("wash_in", "counted"), lambda cells: contrast(cells, post=(2020, 2021))),
        (("season", "1-6"), lambda cells: contrast(cells[cells["month"] <= 6])),
        (("season", "7-12"), lambda cells: contrast(cells[cells["month"] > 6])),
        (("weights", "years"), lambda cells: contrast(cells, by_year=True)),
        (("years", "2018"), lambda cells: contrast(cells, pre=(2017, 2019))),
        (("areas", "Grimsta"), lambda cells: contrast(cells[cells["area"] != "Grimsta"])),
        (("children", "7–12"), lambda cells: contrast(cells[cells["age_group"] != "7–12"])),
    ],
)
def test_a_rung_is_what_it_says(evidence, steps, rung, count):
    cells = evidence.cells[evidence.cells["measure"] == "K1"]
    assert steps[rung].estimate == pytest.approx(count(cells), abs=1e-12)


def test_a_changed_definition_is_read_from_its_own_cells(evidence, steps):
    for variant in STUDY.sensitivity.variants:
        if variant.outcome == "K1":
            cells = evidence.cells[evidence.cells["measure"] == variant.measure]
            found = steps["definition", f"{variant.definition}={variant.value}"]
            assert found.estimate == pytest.approx(contrast(cells), abs=1e-12)


def test_what_cannot_be_made_is_told_and_does_not_stop_the_rest(evidence):
    timeline = STUDY.timeline.model_copy(
        update={"pre": STUDY.timeline.pre.model_copy(update={"start": pd.Timestamp(2019, 1, 1)})}
    )
    study = STUDY.model_copy(update={"timeline": timeline})
    one_year = Evidence(study, evidence.periods, evidence.period, evidence.cells)
    found = specifications.ladder(one_year, OUTCOME)
    assert {(axis, label) for axis, label, _ in found.skipped} == {
        ("trend", "detrended"), ("years", "2019"),
    }  # fmt: skip
    missing = {one.what for one in robustness.not_carried_out(one_year, OUTCOME)}
    assert {"pre_trend", "detrended", "trend: detrended", "years: 2019"} <= missing
    assert np.isnan(robustness.drifting_apart(one_year, OUTCOME)[0].conf_low)


def test_placebos_and_alarms_never_use_what_the_pilot_did_after_the_start(evidence):
    cells = evidence.cells.copy()
    after = cells["area"].isin(STUDY.areas.treated) & (cells["year"] > 2019)
    cells.loc[after, "total"] *= 5
    changed = Evidence(STUDY, evidence.periods, evidence.period, cells)
    assert robustness.false_alarms(changed, OUTCOME) == robustness.false_alarms(evidence, OUTCOME)


def test_time_is_cut_more_coarsely_where_an_area_would_be_empty(evidence):
    quarters = robustness.fine_levels(evidence, OUTCOME)
    assert len(quarters.pre_years) == 12
    cells = evidence.cells
    hole = (cells["area"] == "Grimsta") & (cells["year"] == 2018) & (cells["month"] < 4)
    halves = robustness.fine_levels(replace(evidence, cells=cells[~hole]), OUTCOME)
    assert len(halves.pre_years) == 6
    assert halves.frame["level"].notna().all()


def test_a_period_shorter_than_the_grain_is_refused(evidence):
    short = PERIODS["2021"].model_copy(update={"end": pd.Timestamp(2021, 2, 28)})
    with pytest.raises(DesignError, match="no stretch of 3"):
        robustness.fine_levels(replace(evidence, period=short), OUTCOME)


def test_the_effect_without_the_contracts_users_is_counted_on_their_own_cells(cells_of, evidence):
    others = cells_of("K1:contract=without", -0.2, seed=11)
    cells = pd.concat([evidence.cells, others], ignore_index=True)
    found = robustness.without_contract(replace(evidence, cells=cells), OUTCOME)
    planned = evaluation.evaluate(evidence, OUTCOME).headline
    assert found.estimate == pytest.approx(contrast(others))
    assert found.method == planned.method
    assert found.estimate != planned.estimate


def test_without_cells_of_the_contract_there_is_a_reason_and_no_number(evidence):
    found = robustness.without_contract(evidence, OUTCOME)
    assert np.isnan(found.estimate)
    assert "no units" in found.reason
