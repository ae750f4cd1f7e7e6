"""What each stage of a study costs: from simulating a district to resampling a ladder.

    python -m tests.bench.stages [--json FILE]

The extracts are the demo's, at full size, in a folder of their own. Each stage runs once.
"""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evalkit import evaluation
from evalkit.data import aggregation, contracts, simulate
from evalkit.estimation.inference import permutation
from evalkit.estimation.ladder import Rung, resample, specification_curve
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study
from evalkit.results import Changes
from tests.bench.measuring import Record, cost, options, tell

ROOT = Path(__file__).parents[2]
AREAS, RUNGS = 15, 25


class Stages:
    """The records of what has been run."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def run(self, name: str, work: Callable[[], Any]) -> Any:
        answer, spent = cost(work)
        self.records.append({"bench": "stages", "case": name} | spent)
        return answer


def of_a_study(stages: Stages, folder: Path) -> None:
    study = load_study(ROOT / "params" / "study.yaml")
    periods = load_periods(study)
    study = study.model_copy(update={"root": folder, "extracts": "demo/extracts"})
    study.__dict__.pop("extracts_dir", None)
    loaded = contracts.load(ROOT / "data_contracts")
    (folder / "data_contracts").symlink_to(ROOT / "data_contracts")
    made = stages.run("simulate a district", lambda: simulate.simulate(study))
    stages.run("write the extracts", lambda: simulate.write(made, study.extracts_dir))
    stages.run("check the contracts", lambda: contracts.check(study.extracts_dir, loaded))
    counted = stages.run(
        f"extracts to cells, {len(periods)} periods", lambda: aggregation.make(study, periods)
    )
    evidence = Evidence(study, periods, periods[1], counted.frame, counted.dominated)

    def evaluate() -> None:
        for outcome in study.outcomes:
            evaluation.evaluate(evidence, outcome)

    stages.run(f"evaluate {len(study.outcomes)} outcomes", evaluate)


def of_a_ladder(stages: Stages) -> None:
    """Resample a whole ladder, and place the treatment in every way."""
    draw = np.random.default_rng(3)
    areas = tuple(f"a{place:02}" for place in range(AREAS))
    treated, one = np.arange(AREAS) == 0, np.ones(AREAS)
    rungs = [
        Rung("axis", str(place), Changes("y", "", areas, treated, 0 * one, change, one, one))
        for place, change in enumerate(draw.normal(size=(RUNGS, AREAS)))
    ]
    of = f"{RUNGS} rungs, {AREAS} areas"
    stages.run(f"10,000 resamples of {of}", lambda: resample(rungs, 10_000, 1))
    stages.run(f"every placement of {of}", lambda: specification_curve(rungs))
    several = replace(rungs[0].changes, treated=np.arange(AREAS) < 5)
    stages.run("3,003 placements of 5 treated areas", lambda: permutation(several))


if __name__ == "__main__":
    given, stages = options("what each stage costs"), Stages()
    with tempfile.TemporaryDirectory() as place:
        of_a_study(stages, Path(place))
    of_a_ladder(stages)
    tell(stages.records, given.json)
