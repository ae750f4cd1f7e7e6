"""Write published figures of fourteen simulated districts, one of them with a pilot from 2020.

Run from the repository's root: `python examples/city/simulate.py`. What is true is in `TRUTH`.
"""

import csv
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "outputs" / "demo" / "extracts" / "statistik.csv"
HEADER = ("omrade", "ar", "matt", "kon", "taljare", "namnare")
DISTRICTS = tuple(f"Stadsdel {letter}" for letter in "ABCDEFGHIJKLMN")
YEARS = range(2014, 2023)
PILOT, STARTED = "Stadsdel A", 2020
LEVELS = {"R1": 0.24, "U1": 0.55, "T4M": 0.80}
# What the pilot changes, as a share: half of it in its first year.
TRUTH = {"R1": -0.06, "U1": 0.08, "T4M": 0.0}
# A district that the publisher protects one year, and one that lacks a year.
PROTECTED, LACKING = ("Stadsdel M", 2017, "U1"), ("Stadsdel N", 2015)


def rows(seed: int = 2014) -> list[tuple[object, ...]]:
    """Return the rows of the file: one per district, year and measure."""
    draw = np.random.default_rng(seed)
    size = draw.integers(250, 900, len(DISTRICTS))
    own = {measure: draw.normal(0, 0.03, len(DISTRICTS)) for measure in LEVELS}
    found: list[tuple[object, ...]] = []
    for year in YEARS:
        for place, district in enumerate(DISTRICTS):
            for measure, level in LEVELS.items():
                drift = 0.004 * (year - YEARS[0]) + draw.normal(0, 0.008)
                share = level + own[measure][place] + drift + _effect(district, year, measure)
                n = int(draw.poisson(size[place]))
                told = str(int(draw.binomial(n, share)))
                if (district, year) == LACKING:
                    continue
                hidden = (district, year, measure) == PROTECTED
                found.append((district, year, measure, "båda", ".." if hidden else told, n))
    return found


def _effect(district: str, year: int, measure: str) -> float:
    if district != PILOT or year < STARTED:
        return 0.0
    return TRUTH[measure] * (0.5 if year == STARTED else 1.0)


def write(path: Path = FILE) -> None:
    """Write the file where the example's plan looks for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(rows())


if __name__ == "__main__":
    write()
