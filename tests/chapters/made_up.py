"""A made-up district with one outcome, as chapters see it."""

from pathlib import Path

import pandas as pd

from evalkit.chapters.opening import Report
from evalkit.data.cells import Cells
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study

ROOT = Path(__file__).parents[2]
WHOLE = load_study(ROOT / "params" / "study.yaml")
STUDY = WHOLE.model_copy(update={"outcomes": (WHOLE.outcome("K1"),)})
PERIODS = {period.period: period for period in load_periods(WHOLE)}


def cells(period, *, girls=3.0, year=2021):
    """K1 by area, year, month and sex, one child of each sex a month and more of girls' count."""
    rows = []
    for place, area in enumerate(STUDY.areas.all):
        for when in range(2017, year + 1):
            for month in range(1, 13):
                for sex, n in (("flicka", girls), ("pojke", 4.0)):
                    pilot = area in STUDY.areas.treated
                    mean = (
                        1.7
                        + 0.03 * ((7 * when + 3 * place * when) % 5)
                        - 0.5 * (pilot and when == year)
                    )
                    rows.append((area, when, month, sex, n, n * mean, n * (mean**2 + 0.3)))
    frame = pd.DataFrame(rows, columns=["area", "year", "month", "sex", "n", "total", "total_sq"])
    return frame.assign(measure="K1", period=period, level="", time=-1, age_group="0–6")


def report(frame, period="2021"):
    empty = pd.DataFrame()
    evidence = Evidence(STUDY, tuple(PERIODS.values()), PERIODS[period], frame)
    return Report(evidence, Cells(frame, empty, empty, empty, empty, "0"))
