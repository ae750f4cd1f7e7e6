"""The definitions, unchanged, on an engine for many machines: the same cells as from DuckDB.

Needs the extra `spark` and Java; Spark runs within this process and listens on loopback only.
"""

from collections.abc import Iterator
from pathlib import Path

import ibis
import pandas as pd
import pytest

from evalkit.analysis import Variant
from evalkit.data import cohort, contracts, counting, extracts, simulate
from evalkit.data.cells import STRATA
from evalkit.data.cohort import Sample
from evalkit.params import load_periods, load_study

pyspark = pytest.importorskip("pyspark")
# Spark's own word on pandas 3, which is an error to this project's tests; the cells are compared.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support:FutureWarning")

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "params" / "study.yaml")
PERIOD = next(period for period in load_periods(STUDY) if period.period == "2021")
MEASURES = counting.MEASURES | counting.WAITING
TABLES = (
    "child", "residence", "referral", "investigation", "need", "offer", "service", "advice",
    "assignment", "exit",
)  # fmt: skip
LOCAL = {
    "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
}  # fmt: skip


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("district") / "extracts"
    simulate.write(simulate.simulate(STUDY, scale=0.1), folder)
    return Sample(extracts.read(folder, contracts.load(ROOT / "data_contracts")), STUDY, PERIOD)


@pytest.fixture(scope="module")
def spark(embedded: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """Return the same tables in Spark."""
    place = str(tmp_path_factory.mktemp("warehouse"))
    builder = pyspark.sql.SparkSession.builder.master("local[1]")
    session = builder.config(map=LOCAL | {"spark.sql.warehouse.dir": place}).getOrCreate()
    for name in TABLES:
        rows = session.createDataFrame(embedded.table(name).to_pyarrow())
        rows.cache().createOrReplaceTempView(name)
    yield Sample(ibis.pyspark.connect(session), STUDY, PERIOD)
    session.stop()


def in_order(cells: pd.DataFrame) -> pd.DataFrame:
    return cells.sort_values(["measure", *STRATA], ignore_index=True)


@pytest.mark.parametrize("measure", MEASURES)
def test_cells_are_the_same(embedded: Sample, spark: Sample, measure: str) -> None:
    expected, found = (
        in_order(counting.count(MEASURES[measure](sample), measure)) for sample in (embedded, spark)
    )
    assert expected["n"].sum() > 0
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, atol=1e-9, rtol=0)


def test_another_definition_on_one_engine_is_seen(embedded: Sample, spark: Sample) -> None:
    """Whoever covers for a few days counts there: the comparison above would tell."""
    changed = cohort.under(spark, Variant(outcome="K1", definition="cover_days", value=1))
    expected = in_order(counting.count(MEASURES["K1"](embedded), "K1"))
    found = in_order(counting.count(MEASURES["K1"](changed), "K1"))
    assert not found.equals(expected)
    assert found["total"].sum() > expected["total"].sum()
