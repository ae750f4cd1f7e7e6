"""`make bench`: what each stage costs, as CPU seconds and as ratios within this one run.

Machines differ and are noisy: compare the ratios, not the seconds. The extracts are the demo's,
at full size, in a folder of their own.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evalkit import evaluation
from evalkit.data import aggregation, contracts, simulate
from evalkit.estimation.did import levels_from_cells, two_way_fixed_effects
from evalkit.estimation.inference import permutation
from evalkit.estimation.ladder import Rung, resample, specification_curve
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study
from evalkit.results import Changes

ROOT = Path(__file__).parents[2]
UNITS = 200_000


def timed(name: str, work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.process_time()
    result = work()
    spent = time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"{name:38} {spent:8.2f} CPU s   peak {peak:6.0f} MB\n")
    return result, spent


def stages(folder: Path) -> None:
    study = load_study(ROOT / "params" / "study.yaml")
    periods = load_periods(study)
    study = study.model_copy(update={"root": folder, "extracts": "demo/extracts"})
    study.__dict__.pop("extracts_dir", None)
    loaded = contracts.load(ROOT / "data_contracts")
    (folder / "data_contracts").symlink_to(ROOT / "data_contracts")
    made, _ = timed("simulate a district", lambda: simulate.simulate(study))
    timed("write the extracts", lambda: simulate.write(made, study.extracts_dir))
    _, check = timed("check the contracts", lambda: contracts.check(study.extracts_dir, loaded))
    counted, count = timed(
        "extracts -> cells, three periods", lambda: aggregation.make(study, periods)
    )
    evidence = Evidence(study, periods, periods[1], counted.frame, counted.dominated)
    plan = study.outcomes

    def evaluate() -> None:
        for outcome in plan:
            evaluation.evaluate(evidence, outcome)

    _, effects = timed(f"evaluate {len(plan)} outcomes", evaluate)
    sys.stdout.write(f"cells / check {count / check:.1f}, effects / cells {effects / count:.2f}\n")


def cells_against_units() -> None:
    """Fit the same model on cells and on units, and say how far apart they are."""
    draw = np.random.default_rng(1)
    units = pd.DataFrame(
        {"area": draw.integers(0, 9, UNITS), "year": draw.integers(2017, 2022, UNITS)}
    )
    units["treated"] = units["area"] == 0
    units["y"] = draw.random(UNITS) < 0.25 - 0.06 * (units["treated"] & (units["year"] == 2021))
    units["y"] = units["y"].astype(float)
    wide = {"pre_years": (2017, 2018, 2019), "wash_in_years": (2020,), "post_years": (2021,)}

    def fit(frame: pd.DataFrame) -> Any:
        sums = frame.groupby(["area", "treated", "year"])["y"].agg(["size", "sum"]).reset_index()
        sums = sums.rename(columns={"size": "n", "sum": "total"}).astype({"n": float})
        levels = levels_from_cells(sums.assign(measure="y", month=1), "y", "", (1,), **wide)
        return two_way_fixed_effects(levels)

    found, fast = timed(f"{UNITS:,} units -> cells -> two-way fit", lambda: fit(units))
    kept = units[units["year"] != 2020]
    (estimate, error), slow = timed("the same fit on the units", lambda: on_units(kept))
    apart = abs(found.estimate - estimate), abs(found.std_error - error)
    sys.stdout.write(f"units / cells {slow / fast:.1f}; estimates apart {apart[0]:.1e}, ")
    sys.stdout.write(f"standard errors {apart[1]:.1e}\n")


def on_units(units: pd.DataFrame) -> tuple[float, float]:
    """Return the dummy-variable regression on units, clustered by area (fixest's factor)."""
    area = pd.get_dummies(units["area"], dtype=float).to_numpy()
    year = pd.get_dummies(units["year"], dtype=float).to_numpy()[:, 1:]
    post = (units["treated"] & (units["year"] == 2021)).to_numpy(float)[:, None]
    x, y = np.hstack([post, area, year]), units["y"].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ (x.T @ y)
    scores = x * (y - x @ beta)[:, None]
    per_area = np.array(
        [scores[units["area"] == g].sum(axis=0) for g in sorted(set(units["area"]))]
    )
    n, g, k = len(y), len(per_area), 1 + units["year"].nunique()
    factor = g / (g - 1) * (n - 1) / (n - k)
    variance = factor * bread @ (per_area.T @ per_area) @ bread
    return float(beta[0]), float(np.sqrt(variance[0, 0]))


def peers() -> None:
    """Fit the two-way model with area-clustered errors from case rows, beside three libraries.

    Fifteen areas, twenty years; medians of interleaved runs. Ours is rows -> cells, counted by the
    engine that counts extracts, -> fit. Two of the libraries hold every row's effects and are left
    out of the largest.
    """
    import duckdb
    import pyfixest
    import statsmodels.api as sm
    from linearmodels.iv.absorbing import AbsorbingLS

    def ours(rows: pd.DataFrame) -> tuple[float, float]:
        query = "SELECT area, year, count(*)::DOUBLE AS n, sum(y) AS total FROM rows GROUP BY ALL"
        sums = duckdb.sql(query).df()
        cells_ = sums.assign(measure="y", month=1, treated=sums["area"] == 0)
        levels = levels_from_cells(cells_, "y", "", (1,), range(12), (), range(12, 20))
        found = two_way_fixed_effects(levels)
        return found.estimate, found.std_error

    def fixest(rows: pd.DataFrame) -> tuple[float, float]:
        fit = pyfixest.feols("y ~ att | area + year", rows, vcov={"CRV1": "area"})
        return float(fit.coef()["att"]), float(fit.se()["att"])

    def absorbing(rows: pd.DataFrame) -> tuple[float, float]:
        effects = rows[["area", "year"]].astype("category")
        fit = AbsorbingLS(rows["y"], rows[["att"]], absorb=effects).fit(
            cov_type="clustered", clusters=rows["area"], debiased=True
        )
        return float(fit.params["att"]), float(fit.std_errors["att"])

    def dummies(rows: pd.DataFrame) -> tuple[float, float]:
        effects = [
            pd.get_dummies(rows[name], dtype=float).to_numpy()[:, 1:] for name in ("area", "year")
        ]
        columns = sm.add_constant(np.column_stack([rows["att"], *effects]))
        groups = {"groups": rows["area"].to_numpy()}
        fit = sm.OLS(rows["y"].to_numpy(), columns).fit(cov_type="cluster", cov_kwds=groups)
        return float(fit.params[1]), float(fit.bse[1])

    fits = {"cells": ours, "pyfixest feols": fixest}
    dear = {"linearmodels AbsorbingLS": absorbing, "statsmodels OLS": dummies}
    for units in (100_000, 1_000_000, 5_000_000):
        fits = (
            fits | dear if units <= 1_000_000 else {n: f for n, f in fits.items() if n not in dear}
        )
        rows = case_rows(units)
        spent: dict[str, list[float]] = {name: [] for name in fits}
        answers = {}
        for _ in range(3):
            for name, fit in fits.items():
                begun = time.process_time()
                answers[name] = fit(rows)
                spent[name].append(time.process_time() - begun)
        mid = {name: float(np.median(times)) for name, times in spent.items()}
        for name, seconds in mid.items():
            apart = np.abs(np.subtract(answers[name], answers["cells"]))
            sys.stdout.write(
                f"{units:>9,} rows, {name:26} {seconds:7.3f} CPU s, {seconds / mid['cells']:6.1f} "
                f"times ours; coefficient apart {apart[0]:.0e}, error {apart[1]:.0e}\n"
            )


def case_rows(units: int) -> pd.DataFrame:
    draw = np.random.default_rng(2)
    rows = pd.DataFrame({"area": draw.integers(0, 15, units), "year": draw.integers(0, 20, units)})
    rows["att"] = ((rows["area"] == 0) & (rows["year"] >= 12)).astype(float)
    rows["y"] = (draw.random(units) < 0.25 - 0.06 * rows["att"]).astype(float)
    return rows


def resamples() -> None:
    """Resample a whole ladder, and place the treatment in every way."""
    draw = np.random.default_rng(3)
    areas = tuple(f"a{place:02}" for place in range(15))
    treated, one = np.arange(15) == 0, np.ones(15)
    rungs = [
        Rung("axis", str(place), Changes("y", "", areas, treated, 0 * one, change, one, one))
        for place, change in enumerate(draw.normal(size=(25, 15)))
    ]
    timed("10,000 resamples of 25 rungs, 15 areas", lambda: resample(rungs, 10_000, 1))
    timed("every placement of 25 rungs", lambda: specification_curve(rungs))
    several = replace(rungs[0].changes, treated=np.arange(15) < 5)
    timed("3,003 placements of 5 treated areas", lambda: permutation(several))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        stages(Path(place))
    cells_against_units()
    peers()
    resamples()
