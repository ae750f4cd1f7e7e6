"""Girls and boys: the decomposition counted once more from the cells, and where there are few."""

from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit import evaluation, sexes
from evalkit.estimation import did
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study

STUDY = load_study(Path(__file__).parents[2] / "params" / "study.yaml")
PERIODS = {period.period: period for period in load_periods(STUDY)}
K1 = STUDY.outcome("K1")


@pytest.fixture(scope="module")
def cells(cells_of):
    violence, other = cells_of("K1:reason=violence", 0.2, 3), cells_of("K1:reason=other", -0.1, 4)
    every = pd.concat([violence, other]).assign(measure="K1")
    keys = ["measure", "area", "year", "month", "sex", "age_group", "period", "level", "time"]
    every = every.groupby(keys, as_index=False)[["n", "total", "total_sq"]].sum()
    return pd.concat([violence, other, every], ignore_index=True)


def evidence_of(cells):
    return Evidence(STUDY, tuple(PERIODS.values()), PERIODS["2021"], cells)


def by_hand(cells, treated):
    """Kitagawa's two parts, stratum by stratum."""
    pilot = cells["area"].isin(STUDY.areas.treated)
    chosen = cells[(pilot == treated) & (cells["year"] == 2021) & (cells["measure"] != "K1")]
    sums = chosen.groupby(["sex", "measure", "age_group"])[["n", "total"]].sum()
    girls, boys = sums.loc["flicka"], sums.loc["pojke"]
    composition = rate = 0.0
    for stratum in girls.index:
        n = [side.loc[stratum, "n"] / side["n"].sum() for side in (girls, boys)]
        level = [side.loc[stratum, "total"] / side.loc[stratum, "n"] for side in (girls, boys)]
        composition += (n[0] - n[1]) * (level[0] + level[1]) / 2
        rate += (level[0] - level[1]) * (n[0] + n[1]) / 2
    return composition, rate


@pytest.mark.parametrize("treated", [True, False])
def test_the_parts_are_those_counted_by_hand(cells, treated):
    found = sexes.gap(evidence_of(cells), K1, treated=treated)
    composition, rate = by_hand(cells, treated)
    assert found.strata == ("age_group", "reason")
    assert found.decomposition.composition == pytest.approx(composition)
    assert found.decomposition.rate == pytest.approx(rate)
    assert found.decomposition.gap == pytest.approx(composition + rate)


def test_a_sex_that_lacks_a_reason_is_compared_by_age_only(cells):
    few = (cells["measure"] == "K1:reason=violence") & (cells["sex"] == "flicka")
    kept = cells[~(few & cells["area"].isin(STUDY.areas.treated) & (cells["age_group"] == "0–6"))]
    found = sexes.gap(evidence_of(kept), K1, treated=True)
    assert found.strata == ("age_group",)
    assert not isnan(found.decomposition.rate)


def test_without_girls_there_is_no_gap_and_the_reason_says_so(cells):
    alone = cells[~(cells["area"].isin(STUDY.areas.treated) & (cells["sex"] == "flicka"))]
    found = sexes.gap(evidence_of(alone), K1, treated=True)
    assert isnan(found.decomposition.gap)
    assert isnan(found.decomposition.rate)
    assert found.decomposition.reason
    change = sexes.gap_change(evidence_of(alone), K1)
    assert isnan(change.estimate.estimate)
    assert change.estimate.reason


def test_the_change_of_the_gap_is_girls_effect_less_boys(cells):
    evidence = evidence_of(cells)
    effects = {}
    for sex in (sexes.GIRLS, sexes.BOYS):
        own = evidence.of("K1")
        levels = evaluation.levels_of(evidence, K1, (2021,), cells=own[own["sex"] == sex])
        change = did.collapse(levels, STUDY.inference.weighting)
        effects[sex] = change.change[change.treated].mean() - change.change[~change.treated].mean()
    found = sexes.gap_change(evidence, K1)
    assert found.estimate.estimate == pytest.approx(effects["flicka"] - effects["pojke"])
    assert found.minimum_detectable > 0


def test_the_design_effect_widens_the_interval_by_its_root(cells):
    evidence = evidence_of(cells)
    wider = STUDY.inference.model_copy(update={"design_effect": 1.44})
    other = replace(evidence, study=STUDY.model_copy(update={"inference": wider}))
    one, two = (sexes.gap(e, K1, treated=True).decomposition for e in (evidence, other))
    width = [d.conf_high - d.conf_low for d in (one, two)]
    assert width[1] / width[0] == pytest.approx(np.sqrt(1.44))
