"""The headline outcomes counted a second time, with merges and groupby in pandas: equal cells."""

from pathlib import Path

import pandas as pd
import pytest

from evalkit.data import contracts, counting, extracts, simulate
from evalkit.data.cells import STRATA
from evalkit.data.cohort import Sample
from evalkit.params import load_periods, load_study
from tests.bench import plain

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "params" / "study.yaml")
PERIOD = next(period for period in load_periods(STUDY) if period.period == "2021")
MEASURES = counting.MEASURES | counting.WAITING


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("district") / "extracts"
    simulate.write(simulate.simulate(STUDY, scale=0.1), folder)
    return folder


@pytest.fixture(scope="module")
def by_pandas(folder: Path) -> pd.DataFrame:
    return plain.cells(folder, STUDY, PERIOD)


@pytest.fixture(scope="module")
def sample(folder: Path) -> Sample:
    return Sample(extracts.read(folder, contracts.load(ROOT / "data_contracts")), STUDY, PERIOD)


@pytest.mark.parametrize("measure", ["K1", "K2", "R1", "U1"])
def test_cells_are_those_of_pandas(by_pandas: pd.DataFrame, sample: Sample, measure: str) -> None:
    ours = counting.count(MEASURES[measure](sample), measure)
    theirs = by_pandas.loc[by_pandas["measure"] == measure, list(ours)]
    assert ours["total"].sum() > 0
    pd.testing.assert_frame_equal(
        ours.sort_values(STRATA, ignore_index=True),
        theirs.sort_values(STRATA, ignore_index=True),
        check_dtype=False,
    )
