"""From case rows to the two-way effect with area-clustered errors, beside three libraries.

    python -m tests.bench.estimation [--rows N ...] [--json FILE]

Fifteen areas, twenty years. Ours is rows -> cells, counted by the engine that counts extracts, ->
fit. Before anything is timed, coefficients and errors must agree to 1e-10; linearmodels and
statsmodels count the areas among the parameters, pyfixest and evalkit do not as they are nested in
the clusters, so that factor is taken out first.

pyfixest is timed as called plainly, and with what makes it fastest here: nothing copied or kept,
no search for singletons, its default demeaner (`within` and `numba` were no faster). Its
`use_compression` is deprecated, refuses these clustered errors and would else bootstrap them. The
honest rival is therefore ours done by hand: pandas sums the rows, pyfixest fits the sums with
weights. linearmodels and statsmodels hold every row's effects and are left out above a million.
"""

from collections.abc import Callable
from math import sqrt

import duckdb
import numpy as np
import pandas as pd
import pyfixest
import statsmodels.api as sm
from linearmodels.iv.absorbing import AbsorbingLS

from evalkit.estimation.did import levels_from_cells, two_way_fixed_effects
from evalkit.results import Levels
from tests.bench.measuring import BY_HAND, OURS, Record, interleaved, options, tell

AREAS, YEARS, START = 15, 20, 12
MOST_DENSE = 1_000_000
CLUSTERED = {"CRV1": "area"}
AGREE = 1e-10

Fit = Callable[[pd.DataFrame], tuple[float, float]]


def case_rows(units: int) -> pd.DataFrame:
    """Return rows of a 0/1 outcome; the first area is treated, from year START on."""
    draw = np.random.default_rng(2)
    rows = pd.DataFrame(
        {"area": draw.integers(0, AREAS, units), "year": draw.integers(0, YEARS, units)}
    )
    rows["att"] = ((rows["area"] == 0) & (rows["year"] >= START)).astype(float)
    rows["y"] = (draw.random(units) < 0.25 - 0.06 * rows["att"]).astype(float)
    return rows


def levels_of(rows: pd.DataFrame, treated: int = 1) -> Levels:
    """Count the rows into cells and lay these out as levels; the first areas are treated."""
    query = "SELECT area, year, count(*)::DOUBLE AS n, sum(y) AS total FROM rows GROUP BY ALL"
    sums = duckdb.sql(query).df()
    cells = sums.assign(measure="y", month=1, treated=sums["area"] < treated)
    return levels_from_cells(cells, "y", "", (1,), range(START), (), range(START, YEARS))


def ours(rows: pd.DataFrame) -> tuple[float, float]:
    found = two_way_fixed_effects(levels_of(rows))
    return found.estimate, found.std_error


def plain(rows: pd.DataFrame) -> tuple[float, float]:
    return _told(pyfixest.feols("y ~ att | area + year", rows, vcov=CLUSTERED))


def lean(rows: pd.DataFrame) -> tuple[float, float]:
    spared = {"copy_data": False, "store_data": False, "lean": True, "fixef_rm": "none"}
    return _told(pyfixest.feols("y ~ att | area + year", rows, vcov=CLUSTERED, **spared))


def by_hand(rows: pd.DataFrame) -> tuple[float, float]:
    sums = rows.groupby(["area", "year", "att"], as_index=False)["y"].agg(["mean", "size"])
    weights = {"weights": "size", "weights_type": "fweights"}
    return _told(pyfixest.feols("mean ~ att | area + year", sums, vcov=CLUSTERED, **weights))


def absorbing(rows: pd.DataFrame) -> tuple[float, float]:
    effects = rows[["area", "year"]].astype("category")
    fit = AbsorbingLS(rows["y"], rows[["att"]], absorb=effects).fit(
        cov_type="clustered", clusters=rows["area"], debiased=True
    )
    return float(fit.params["att"]), float(fit.std_errors["att"]) * _without_areas(len(rows))


def dummies(rows: pd.DataFrame) -> tuple[float, float]:
    effects = [
        pd.get_dummies(rows[name], dtype=float).to_numpy()[:, 1:] for name in ("area", "year")
    ]
    columns = sm.add_constant(np.column_stack([rows["att"], *effects]))
    groups = {"groups": rows["area"].to_numpy()}
    fit = sm.OLS(rows["y"].to_numpy(), columns).fit(cov_type="cluster", cov_kwds=groups)
    return float(fit.params[1]), float(fit.bse[1]) * _without_areas(len(rows))


def _told(fit: "pyfixest.estimation.Feols") -> tuple[float, float]:
    return float(fit.coef()["att"]), float(fit.se()["att"])


def _without_areas(units: int) -> float:
    """Return what makes an error that counts the areas as parameters one that does not."""
    without = 1 + YEARS
    return sqrt((units - without - (AREAS - 1)) / (units - without))


LIGHT: dict[str, Fit] = {
    OURS: ours, "pyfixest": plain, "pyfixest, fastest settings": lean, BY_HAND: by_hand
}  # fmt: skip
DENSE: dict[str, Fit] = {"linearmodels AbsorbingLS": absorbing, "statsmodels OLS": dummies}


def compared(units: int, times: int = 5) -> list[Record]:
    """Fit the same rows with every program; return what each cost and how far it was from ours."""
    rows = case_rows(units)
    fits = LIGHT | DENSE if units <= MOST_DENSE else LIGHT
    answers, spent = interleaved({name: lambda f=fit: f(rows) for name, fit in fits.items()}, times)
    records = []
    for name, answer in answers.items():
        apart = [abs(mine - other) for mine, other in zip(answers[OURS], answer, strict=True)]
        if not max(apart) < AGREE:
            raise SystemExit(f"{units:,} rows: {name} differs from ours by {max(apart):.0e}")
        told = {"apart": apart[0], "error_apart": apart[1]}
        records.append({"bench": "estimation", "case": name, "rows": units} | spent[name] | told)
    return records


if __name__ == "__main__":
    given = options("rows to estimate", rows=(100_000, 1_000_000, 5_000_000))
    tell([record for units in given.rows for record in compared(units)], given.json)
