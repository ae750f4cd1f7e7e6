"""What leaves the data room: counts and sums by area, month and stratum, and no row of a child."""

from dataclasses import dataclass, field

import pandas as pd

STRATA = ["area", "year", "month", "sex", "age_group", "level", "time"]
NO_TIME = -1
SCHOOLS = ("skola", "förskola")  # of those who report
GRID_DAYS = 15  # between the points of a curve over days
# What a dominated count is called, as the report's ledger calls it, and who must not see it.
COUNT = ["measure", "part", "window", "less", "arm", "year"]
DOMINATED = ["period", "audience", *COUNT]
WARNINGS = ["file", "column", "rule", "text", "count"]


def _no_warnings() -> pd.DataFrame:
    return pd.DataFrame(columns=WARNINGS).astype({"count": "int64"})


@dataclass(frozen=True, slots=True)
class Cells:
    """All that leaves the data room.

    `frame`: one row per period, measure, area, year, month, sex, age group, level and time with
    `n` (units, or their time at risk), `total` (sum of the outcome) and `total_sq` (sum of its
    squares). `survey`, `finance` and `event` are extracts that hold no child. `quality`: one row
    per extract with its rows. `fingerprint` names it all. `registers` are further extracts without
    a child, and counts of interviews; one that was not delivered is empty. `dominated`: one row per
    period, audience and count that one sibling group or one caseworker all but makes up (see
    `dominance`), by its name alone. `warnings`: one row per file, column and rule that was broken
    and accepted, in Swedish, with its `count` of rows; 0 where a whole file is meant, and no file
    name where no contract describes it.
    """

    frame: pd.DataFrame
    survey: pd.DataFrame
    finance: pd.DataFrame
    event: pd.DataFrame
    quality: pd.DataFrame
    fingerprint: str
    registers: dict[str, pd.DataFrame] = field(default_factory=dict)
    dominated: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=DOMINATED))
    warnings: pd.DataFrame = field(default_factory=_no_warnings)

    def of(self, period: str, measure: str) -> pd.DataFrame:
        """Return one period's cells of one measure."""
        frame = self.frame
        return frame[(frame["period"] == period) & (frame["measure"] == measure)]
