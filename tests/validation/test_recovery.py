"""Twenty simulated districts with a known true effect: is it found, and is the interval honest?

The whole way is walked, from tables of rows through cells to the pooled headline estimate; only
the writing and checking of files is left out. Rows are those of the simulator, which computes its
truth by following the same children with and without the pilot.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit import evaluation
from evalkit.data import continuity, counting, reinvestigation, simulate, uptake
from evalkit.data.cohort import Sample
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "params" / "study.yaml")
PERIODS = load_periods(STUDY)
POST = [period for period in PERIODS if period.phase == "post"]
DISTRICTS, SCALE = 20, 0.5
OUTCOMES = ("K1", "K1_UTR", "R1", "U1")


def count(sample: Sample) -> pd.DataFrame:
    waiting = reinvestigation.reinvestigations(sample)
    follow_up = waiting.mutate(time=waiting.follow_up).drop("level")
    parts = {
        "K1": continuity.caseworkers(sample),
        "K1_UTR": continuity.caseworkers_if_investigated(sample),
        "U1": uptake.started_in_time(sample),
        "U1_mature": uptake.maturity(sample),
        "R1": waiting,
        "R1_follow_up": follow_up,
    }
    counted = [counting.count(rows, measure) for measure, rows in parts.items()]
    return pd.concat(counted, ignore_index=True).assign(period=sample.period.period)


def district(typed_tables, number: int, scenario: str) -> list[dict]:
    study = STUDY.model_copy(update={"seed": 1000 + number})
    simulation = simulate.simulate(study, scenario, SCALE)
    tables = typed_tables(simulation.tables)
    frame = pd.concat([count(Sample(tables, study, period)) for period in POST])
    evidence = Evidence(study, PERIODS, POST[-1], frame)
    truth = {(effect.indicator, effect.period): effect for effect in simulation.truth.effects}
    rows = []
    for name in OUTCOMES:
        effect = evaluation.evaluate_to_date(evidence, study.outcome(name))
        window = "pooled" if len(effect.years) == len(POST) else str(effect.years[0])
        rows.append(
            {
                "outcome": name,
                "estimate": effect.headline.estimate,
                "low": effect.headline.conf_low,
                "high": effect.headline.conf_high,
                "truth": truth[name, window].effect,
            }
        )
    return rows


@pytest.fixture(scope="module")
def found(typed_tables) -> pd.DataFrame:
    rows = [row for i in range(DISTRICTS) for row in district(typed_tables, i, "S1")]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_pooled_estimate_is_unbiased(found, outcome):
    """The mean error is within 3 of its own Monte Carlo errors: 1 in 400 alarms by chance."""
    rows = found[found["outcome"] == outcome]
    error = rows["estimate"] - rows["truth"]
    assert abs(error.mean()) < 3 * error.std() / np.sqrt(DISTRICTS)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_the_interval_covers_about_as_often_as_it_says(found, outcome):
    """P(fewer than 16 of 20 covered) is 0.3 per cent if each interval covers with 95."""
    rows = found[found["outcome"] == outcome]
    covered = (rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])
    assert covered.sum() >= 16


def test_the_effects_that_are_found_have_the_right_sign(found):
    mean = found.groupby("outcome")["estimate"].mean()
    assert mean["K1_UTR"] < mean["K1"] < 0
    assert mean["R1"] < 0 < mean["U1"]
