"""Cells of a made-up mean, for the study that the repository's plan describes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.params import load_study

STUDY = load_study(Path(__file__).parents[2] / "params" / "study.yaml")
YEARS = range(2017, 2022)
AGES = ("0–6", "7–12", "13–17")


def made(measure, shift, seed=7):
    """Cells of a mean: every area, year, month, sex and age group, the pilot lower from 2021."""
    rng = np.random.default_rng(seed)
    rows = []
    for area in STUDY.areas.all:
        level = rng.normal(1.6, 0.1)
        for year in YEARS:
            drift = rng.normal(0, 0.05)
            for month in range(1, 13):
                for sex in ("flicka", "pojke"):
                    for place, age in enumerate(AGES):
                        n = float(rng.integers(1, 6))
                        effect = shift * (area in STUDY.areas.treated and year == 2021)
                        mean = level + drift + 0.1 * place + effect + rng.normal(0, 0.2)
                        squares = n * (mean**2 + 0.3)
                        rows.append((measure, area, year, month, sex, age, n, n * mean, squares))
    columns = ["measure", "area", "year", "month", "sex", "age_group", "n", "total", "total_sq"]
    return pd.DataFrame(rows, columns=columns).assign(period="2021", level="", time=-1)


@pytest.fixture(scope="session")
def cells_of():
    """Return a maker of cells: `cells_of(measure, shift, seed)`."""
    return made
