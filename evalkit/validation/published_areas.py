"""Published effects on areas: California's tobacco programme and the castle laws."""

from collections.abc import Iterator
from functools import lru_cache, partial
from math import sqrt

import numpy as np
import pandas as pd

from evalkit.estimation.detrending import detrended
from evalkit.estimation.did import collapse, levels_from_cells
from evalkit.estimation.inference import exact_t, permutation
from evalkit.results import Changes, Levels
from evalkit.validation import datasets
from evalkit.validation.replication import Replication, printed

TOBACCO = "Lee & Wooldridge (2026), tabell 3, 4 och A1: Kaliforniens tobaksprogram"
CASTLE = "Lee & Wooldridge (2026): delstaters lagar om självförsvar"

ALL, SOUTH, MIDWEST = "38 delstater", "fyra sydstater", "fyra stater i mellanvästern"
DONORS = {
    ALL: (),
    SOUTH: ("Alabama", "Arkansas", "Louisiana", "Mississippi"),
    MIDWEST: ("Illinois", "Iowa", "Minnesota", "Ohio"),
}
# Donors, year after the start (None: all), demeaned effect and error, detrended effect and error.
SMOKING = (
    (ALL, None, (-0.422, 0.121), (-0.227, 0.094)),
    (ALL, 1989, (-0.168, 0.096), (-0.043, 0.059)),
    (ALL, 1995, (-0.484, 0.137), (-0.282, 0.112)),
    (ALL, 2000, (-0.667, 0.164), (-0.403, 0.152)),
    (SOUTH, None, (-0.556, 0.080), (-0.215, 0.039)),
    (SOUTH, 1989, (-0.247, 0.107), (-0.027, 0.052)),
    (SOUTH, 1995, (-0.611, 0.077), (-0.259, 0.055)),
    (SOUTH, 2000, (-0.839, 0.032), (-0.377, 0.115)),
    (MIDWEST, None, (-0.413, 0.118), (-0.198, 0.079)),
    (MIDWEST, 1989, (-0.178, 0.071), (-0.040, 0.045)),
    (MIDWEST, 1995, (-0.462, 0.133), (-0.239, 0.088)),
    (MIDWEST, 2000, (-0.655, 0.183), (-0.363, 0.136)),
)
PARTS = {"estimate": "effekt", "std_error": "standardfel", "p_value": "p-värde"}
TRENDS = {False: "medelvärden", True: "utan egen trend"}
_SINGLE_PRECISION = (
    "en halv enhet i sista tryckta siffran, och 0,000002 för att datamängden har enkel precision"
)
_ONE_UNIT_OFF = (
    "en enhet i sista siffran: minsta kvadrat delstat för delstat ger −0,0423 på två sätt, den "
    "enda av tabellernas celler som inte stämmer på siffran"
)
_FRACTION = "ett bråk med 39 i nämnaren: exakt"


@lru_cache
def smoking_levels(donors: str) -> Levels:
    """Return California's and the donors' levels, 1970-1988 before and 1989-2000 after."""
    cells, names = datasets.tobacco(), DONORS[donors]
    chosen = cells[cells["area"].isin([*names, "California"])] if names else cells
    before, after = range(1970, 1989), range(1989, 2001)
    return levels_from_cells(chosen, "log packs", "log", (1,), before, (), after)


def smoking_changes(donors: str, year: int | None, trend: bool) -> Changes:
    """Return the states' changes, every year alike, with or without their own trends."""
    levels, years = smoking_levels(donors), None if year is None else (year,)
    return detrended(levels, years) if trend else collapse(levels, "years", years)


def smoking(donors: str, year: int | None, trend: bool, part: str) -> float:
    """Return one part of California's exact-t estimate."""
    return float(getattr(exact_t(smoking_changes(donors, year, trend)), part))


def smoking_permuted(trend: bool) -> float:
    """Return California's exact permutation p-value among 39 states."""
    return permutation(smoking_changes(ALL, None, trend)).p_value


@lru_cache
def castle_changes(trend: bool) -> Changes:
    """Return each state's change: from an adopter's own year, in others from a mean of them.

    A state without a law has one change for every year of adoption, of which the mean is taken
    with the numbers of adopters as weights.
    """
    cells, laws = datasets.castle()
    cohorts = [
        _castle_cohort(cells, int(year), list(states), trend)
        for year, states in laws.groupby(laws).groups.items()
    ]
    adopters = [one.change[one.treated] for one in cohorts]
    never = [one.change[~one.treated] for one in cohorts]
    mean = np.average(never, axis=0, weights=[len(one) for one in adopters])
    change = np.concatenate([*adopters, mean])
    arm, units = np.arange(len(change)) < len(laws), np.ones(len(change))
    areas = tuple(f"delstat {place}" for place in range(len(change)))
    return Changes("", "log", areas, arm, np.zeros(len(change)), change, units, units)


def _castle_cohort(cells: pd.DataFrame, year: int, states: list[int], trend: bool) -> Changes:
    chosen = cells[cells["area"].isin(states) | ~cells["treated"]]
    before, after = range(2000, year), range(year, 2011)
    levels = levels_from_cells(chosen, "log homicide rate", "log", (1,), before, (), after)
    return detrended(levels) if trend else collapse(levels, "years")


def castle(trend: bool, part: str) -> float:
    """Return one part of the exact-t estimate, the spread pooled within the arms."""
    return float(getattr(exact_t(castle_changes(trend)), part))


def castle_t() -> float:
    """Return the t statistic of the demeaned estimate."""
    return castle(False, "estimate") / castle(False, "std_error")


def castle_hc3() -> float:
    """Return the HC3 error of the detrended estimate (MacKinnon & White 1985).

    In the regression on the arm an area's leverage is 1 over its arm's number of areas.
    """
    changes, variance = castle_changes(True), 0.0
    for arm in (changes.treated, ~changes.treated):
        k = int(arm.sum())
        variance += float(np.var(changes.change[arm])) * k / (k - 1) ** 2
    return sqrt(variance)


def _smoking() -> Iterator[Replication]:
    for donors, year, *pairs in SMOKING:
        for trend, pair in zip(TRENDS, pairs, strict=True):
            for part, value in zip(("estimate", "std_error"), pair, strict=True):
                yield _smoking_figure(donors, year, trend, part, value)
    yield _smoking_figure(ALL, None, True, "p_value", 0.021)
    for trend, place in ((False, 1), (True, 2)):
        yield Replication(
            TOBACCO, f"plats {place} av 39 vid exakt permutation, {TRENDS[trend]}",
            place / 39, 3, 1e-9, _FRACTION, partial(smoking_permuted, trend), "synthdid",
        )  # fmt: skip


def _smoking_figure(
    donors: str, year: int | None, trend: bool, part: str, value: float
) -> Replication:
    odd = (donors, year, trend, part) == (ALL, 1989, True, "estimate")
    tolerance, why = (1e-3, _ONE_UNIT_OFF) if odd else (5e-4 + 2e-6, _SINGLE_PRECISION)
    years = "1989–2000" if year is None else str(year)
    return Replication(
        TOBACCO, f"{PARTS[part]} {years} mot {donors}, {TRENDS[trend]}", value, 3, tolerance, why,
        partial(smoking, donors, year, trend, part), "synthdid", odd,
    )  # fmt: skip


def _castle() -> Iterator[Replication]:
    rows = (
        ("effekt, medelvärden", 0.092, 3, partial(castle, False, "estimate")),
        ("standardfel, medelvärden", 0.057, 3, partial(castle, False, "std_error")),
        ("t, medelvärden", 1.61, 2, castle_t),
        ("effekt, utan egen trend", 0.067, 3, partial(castle, True, "estimate")),
        ("standardfel HC3, utan egen trend", 0.055, 3, castle_hc3),
    )
    for figure, value, decimals, compute in rows:
        yield printed(CASTLE, figure, value, decimals, compute, "causaldata")


REPLICATIONS: tuple[Replication, ...] = (*_smoking(), *_castle())
