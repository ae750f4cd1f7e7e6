"""Time to return when follow-up ends early: Aalen-Johansen and maturity, from risk-set cells.

A risk-set cell counts the units that were followed for `time` days and then returned
("return"), left for another reason, so that they cannot return ("competing"), or were still
unreturned when the data ended ("censored"). Treating the second as the third overstates return
(Kaplan-Meier); treating the third as a non-return understates it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Literal

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.estimation.case_variance import by_arm, share_variance
from evalkit.estimation.did import arms, levels_on_grid
from evalkit.results import Levels

STATUSES = ("return", "competing", "censored")
FollowUpRule = Literal["share", "aalen_johansen", "none"]


@dataclass(frozen=True, slots=True)
class Incidence:
    """Cumulative incidence at each day with an event, day `horizon` included.

    Arrays of equal length: `times` in days, `at_risk` units just before each, and the shares
    `cif_return` and `cif_competing` with that event by then; `event_free` is the remaining share.
    Nothing is known after `last_day`.
    """

    times: np.ndarray
    at_risk: np.ndarray
    cif_return: np.ndarray
    cif_competing: np.ndarray
    event_free: np.ndarray
    n: float
    last_day: float

    def at(self, day: float) -> float:
        """Return the share that has returned by `day`, that day included; NaN when unknown."""
        if day > self.last_day:
            return nan
        seen = int(np.searchsorted(self.times, day, side="right"))
        return float(self.cif_return[seen - 1]) if seen else 0.0


@dataclass(frozen=True, slots=True)
class Maturity:
    """How many units could be followed for the whole horizon; `median_follow_up` in days."""

    n: float
    n_mature: float
    share: float
    median_follow_up: float


def cumulative_incidence(risk: pd.DataFrame, horizon: int) -> Incidence:
    """Return the Aalen-Johansen cumulative incidence of return up to and including `horizon` days.

    Parameters
    ----------
    risk : columns `time` (days, >= 0), `status` (see `STATUSES`) and `n`; other columns are
        summed over. Events precede censorings on the same day.

    Raises
    ------
    DesignError : unknown status, missing or negative time or count.

    Source: Aalen & Johansen (1978), Scandinavian Journal of Statistics 5(3).
    """
    counts = _counts(risk, [])
    return _incidence(counts.index.to_numpy(float), counts.to_numpy(), horizon)


def _incidence(days: np.ndarray, counts: np.ndarray, horizon: int) -> Incidence:
    """Return the incidence from units by day (rows) and status (columns, as in `STATUSES`)."""
    last_day = _last_day(days, counts, horizon)
    total, per_day = counts.sum(), counts.sum(axis=1)
    at_risk = total - (np.cumsum(per_day) - per_day)
    returned, competing = counts[:, 0], counts[:, 1]
    kept = (days <= horizon) & (returned + competing > 0)
    days, at_risk, returned, competing = (x[kept] for x in (days, at_risk, returned, competing))
    event_free = np.cumprod((at_risk - returned - competing) / at_risk)
    before = np.concatenate([[1.0], event_free])[:-1]
    return Incidence(
        days,
        at_risk,
        np.cumsum(before * returned / at_risk),
        np.cumsum(before * competing / at_risk),
        event_free,
        float(total),
        last_day,
    )


def _counts(risk: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return units by group and day (rows) and status (columns), after checking the cells."""
    unknown = int((~risk["status"].isin(STATUSES)).sum())
    if unknown:
        raise DesignError(f"risk cells: column 'status': {unknown} cells have an unknown status")
    for column in ("time", "n"):
        values = risk[column].astype(float)
        wrong = int((values.isna() | (values < 0)).sum())
        if wrong:
            raise DesignError(f"risk cells: column '{column}': {wrong} missing or negative")
    present = risk[risk["n"] > 0]
    counts = present.groupby([*by, "time", "status"])["n"].sum().unstack("status", fill_value=0.0)
    return counts.reindex(columns=list(STATUSES), fill_value=0.0).astype(float).sort_index()


def _last_day(days: np.ndarray, counts: np.ndarray, horizon: int) -> float:
    """Return the last day about which something is known: for ever when nobody was lost."""
    if not len(days):
        return -1.0
    everybody_settled = counts[-1, STATUSES.index("censored")] == 0
    return float(horizon) if everybody_settled else min(float(days[-1]), float(horizon))


def incidence_levels(
    risk: pd.DataFrame,
    outcome: str,
    unit: str,
    horizon: int,
    months: Sequence[int],
    pre_years: Sequence[int],
    wash_in_years: Sequence[int],
    post_years: Sequence[int],
) -> Levels:
    """Return the cumulative incidence at `horizon` per area and year, in the form of `Levels`.

    `n` is the units at the start of follow-up and `total` is `n * level`, so that collapsing and
    inference work as on plain shares. Where nobody was followed to the horizon the level is NaN.
    The variance between cases is that of a share; what censoring adds is not in it.

    Parameters
    ----------
    risk : columns `area`, `treated`, `year`, `month`, `time` (days), `status` and `n`.
    """
    chosen = risk[risk["month"].isin(list(months))]
    if chosen.empty:
        raise DesignError(f"{outcome}: no risk cells in the months asked for")
    rows = []
    counts = _counts(chosen, ["area", "year"])
    days = counts.index.get_level_values("time").to_numpy(float)
    table = counts.to_numpy()
    for (area, year), places in counts.groupby(level=["area", "year"]).indices.items():
        found = _incidence(days[places], table[places], horizon)
        level = found.at(horizon)
        rows.append((area, year, found.n, found.n * level, level))
    sums = pd.DataFrame(rows, columns=["area", "year", "n", "total", "level"])
    treated = arms(risk, outcome)
    within = by_arm(sums.assign(treated=sums["area"].map(treated)), share_variance)
    years = pre_years, wash_in_years, post_years
    return levels_on_grid(sums, treated, outcome, unit, *years, within)


def maturity(follow_up: pd.DataFrame, horizon: int) -> Maturity:
    """Return how much of the follow-up is complete.

    Parameters
    ----------
    follow_up : columns `time` (possible follow-up in days, whatever happened) and `n`.
    """
    ordered = follow_up.sort_values("time")
    days, n = ordered["time"].to_numpy(float), ordered["n"].to_numpy(float)
    wrong = int((np.isnan(days) | np.isnan(n)).sum())
    if wrong:
        raise DesignError(f"follow-up cells: {wrong} cells lack 'time' or 'n'")
    total, mature = float(n.sum()), float(n[days >= horizon].sum())
    if total == 0:
        return Maturity(0.0, 0.0, nan, nan)
    reached = np.cumsum(n)
    middle = [days[np.searchsorted(reached, total / 2, side=side)] for side in ("left", "right")]
    return Maturity(total, mature, mature / total, float(np.mean(middle)))


def follow_up_rule(share: float, mature_share: float, least_mature_share: float) -> FollowUpRule:
    """Return what the plan allows at this share of mature units.

    At least `mature_share`: plain shares of mature units. At least `least_mature_share`:
    Aalen-Johansen. Less, or no units at all: no estimate.
    """
    if share >= mature_share:
        return "share"
    return "aalen_johansen" if share >= least_mature_share else "none"
