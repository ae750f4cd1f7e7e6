"""Simulated extracts as typed tables, without the files between."""

from pathlib import Path

import duckdb
import ibis
import pandas as pd
import pytest

from evalkit.data import contracts

CONTRACTS = contracts.load(Path(__file__).parents[2] / "data_contracts")


def _plain(column) -> str:
    """Return a column's text in SQL; a number's decimal comma as a point."""
    header = f'"{column.header}"'
    return f"replace({header}, ',', '.')" if column.sql_type == "DOUBLE" else header


def _typed(tables: dict[str, pd.DataFrame]) -> ibis.BaseBackend:
    engine = duckdb.connect()
    for contract in CONTRACTS:
        name = Path(contract.file).stem
        if name not in tables:  # published, not simulated
            continue
        engine.register("rows", tables[name])
        columns = ", ".join(
            f"""CAST(nullif({_plain(column)}, '') AS {column.sql_type}) AS "{column.name}\""""
            for column in contract.columns
        )
        engine.execute(f'CREATE TABLE "{contract.table}" AS SELECT {columns} FROM rows')
    return ibis.duckdb.from_connection(engine)


@pytest.fixture(scope="session")
def typed_tables():
    """Return a maker of typed tables from the simulator's texts, as the reader of extracts does."""
    return _typed
