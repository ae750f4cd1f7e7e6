"""Uniform numbers and whole days: the small change of the simulation.

Every chance is decided by a uniform number that is drawn once and kept, so that the same child
can be followed with and without the pilot. Days are whole numbers since 1970-01-01.
"""

from datetime import date

import numpy as np
import pandas as pd
from scipy.special import ndtri

EPOCH = date(1970, 1, 1)
FAR = 10**6  # a day that never comes
STAGES = 3  # intake, investigation, treatment: the units of the line

# The numbers drawn for a matter. Siblings share the first with a chance, the second always.
# `u_switch0` and `u_when0` decide what a scenario alone brings about.
SIBLING_DRAWS = (
    "u_opens", "u_screening", "u_length", "u_team", "u_gap", "u_at_once",
    "u_need", "u_starts", "u_route", "u_lag", "u_early", "u_service", "u_project", "u_ending",
)  # fmt: skip
FAMILY_DRAWS = (
    "u_kind", "u_reporter", "u_reason", "u_protection", "u_tier",
    "u_team_seat", "u_passed1", "u_passed2", "u_decision",
    *(f"u_{name}{stage}" for name in ("seat", "next", "switch", "when", "why")
      for stage in range(STAGES)),
)  # fmt: skip


def draw_numbers(rng: np.random.Generator, family: np.ndarray, together: float) -> pd.DataFrame:
    """Return the uniform numbers behind one matter of each child, one row per child.

    Parameters
    ----------
    family : each child's family number.
    together : chance that the matters of siblings run together.
    """
    families = int(family.max(initial=-1)) + 1
    shares = (rng.random(families) < together)[family]
    alike = {name: rng.random(families)[family] for name in FAMILY_DRAWS}
    mixed = {
        name: np.where(shares, rng.random(families)[family], rng.random(len(family)))
        for name in SIBLING_DRAWS
    }
    return pd.DataFrame(mixed | alike)


def pick(u: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the category of each uniform number; `weights` is one row, or one row per number."""
    edges = np.cumsum(np.atleast_2d(weights), axis=1)
    edges = edges / edges[:, -1:]
    return (u[:, None] >= edges[:, :-1]).sum(axis=1)


def lognormal_days(u: np.ndarray, median: float, sd_log: float) -> np.ndarray:
    """Return whole days, at least 1, from a lognormal distribution."""
    days = np.ceil(median * np.exp(sd_log * ndtri(np.clip(u, 1e-12, 1 - 1e-12))))
    return np.maximum(days, 1).astype(np.int64)


def exponential_days(u: np.ndarray, mean: float) -> np.ndarray:
    """Return whole days, at least 1, from an exponential distribution."""
    return (1 - mean * np.log1p(-u)).astype(np.int64)


def day_number(day: date) -> int:
    """Return the number of days since 1970-01-01."""
    return (day - EPOCH).days


def year_of(days: np.ndarray) -> np.ndarray:
    """Return the calendar year of each day."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def month_of(days: np.ndarray) -> np.ndarray:
    """Return whole months since January 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def month_start(months: np.ndarray) -> np.ndarray:
    """Return the first day of each month, months counted since January 1970."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def next_weekday(days: np.ndarray) -> np.ndarray:
    """Return the day itself, or the Monday after a weekend."""
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    return days + np.where(weekday == 5, 2, np.where(weekday == 6, 1, 0))


def last_weekday(days: np.ndarray) -> np.ndarray:
    """Return the day itself, or the Friday before a weekend."""
    weekday = (days + 3) % 7
    return days - np.where(weekday == 5, 1, np.where(weekday == 6, 2, 0))
