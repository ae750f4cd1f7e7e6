"""Support: what an investigation found, what was offered, and what started when."""

import numpy as np
import pandas as pd

from evalkit.data.simulation.draws import (
    FAR,
    exponential_days,
    lognormal_days,
    pick,
    year_of,
)
from evalkit.data.simulation.matters import OPENED
from evalkit.data.simulation.people import Setting
from evalkit.data.simulation.rates import Noise
from evalkit.data.simulation.scenarios import Scenario

# How far help came for a need.
NO_NEED, IN_TIME, UNSUITABLE, DECLINED, UNANSWERED, NEVER_STARTED, PLACED, LATE = range(8)
ACCEPTED = (IN_TIME, LATE, NEVER_STARTED)
WINDOW = 90
BEFORE_CLOSING = 40
_NAMES = ("need", "starts", "route", "lag", "early", "service", "project", "ending")
Draws = dict[str, np.ndarray]


def follow_support(
    matters: pd.DataFrame, noise: Noise, scenario: Scenario, setting: Setting
) -> pd.DataFrame:
    """Return the support that each matter leads to.

    Returns
    -------
    One row per matter: `need` (an assessed need), `outcome` (NO_NEED to LATE), `in_time` (started
    within 90 days of closing, or before it), `start` and `end` of the service (FAR when none
    started), `ending` (0 to 3 as in `BaseRates.service_ends`, 4 the child left, 5 the pilot
    closed).
    """
    rates, u = setting.rates, {name: matters[f"u_{name}"].to_numpy() for name in _NAMES}
    closed, exit_day = matters["closed"].to_numpy(), matters["exit_day"].to_numpy()
    finished = ((matters["decision"] == OPENED) & ~matters["left"]).to_numpy()
    need = finished & (u["need"] < rates.need)
    area = noise.at("uptake", matters["area"].to_numpy(), year_of(closed))
    effect = scenario.per_matter(scenario.started_in_time) * matters["new_way"].to_numpy()
    other = (
        scenario.young_starts * matters["young"].to_numpy()
        + scenario.wave_started_in_time * matters["hurried"].to_numpy()
    )
    in_time = need & (u["starts"] < rates.started_in_time + area + effect + other)
    otherwise = np.array(rates.otherwise)
    otherwise[DECLINED - UNSUITABLE] *= scenario.declined_weight
    route = UNSUITABLE + pick(u["route"], otherwise)
    outcome = np.where(in_time, IN_TIME, np.where(need, route, NO_NEED))
    start = _start(matters, outcome, u, setting)
    gone = start >= exit_day
    start = np.where(gone | ~np.isin(outcome, (IN_TIME, LATE)), FAR, start)
    outcome = np.where(np.isin(outcome, (IN_TIME, LATE)) & gone, NEVER_STARTED, outcome)
    end, ending = _end(matters, start, u, setting)
    return pd.DataFrame(
        {
            "need": need, "outcome": outcome, "in_time": outcome == IN_TIME,
            "start": start, "end": end, "ending": ending,
        },
        index=matters.index,
    )  # fmt: skip


def _start(matters: pd.DataFrame, outcome: np.ndarray, u: Draws, setting: Setting) -> np.ndarray:
    rates = setting.rates
    opened, closed = matters["decided"].to_numpy(), matters["closed"].to_numpy()
    lag = np.minimum(exponential_days(u["lag"], rates.start_lag), WINDOW)
    before = 1 + (u["lag"] * BEFORE_CLOSING).astype(np.int64)
    lag = np.where(u["early"] < rates.started_before_closing, -before, lag)
    late = WINDOW + 1 + (u["lag"] * WINDOW).astype(np.int64)
    return np.maximum(closed + np.where(outcome == LATE, late, lag), opened + 1)


def _end(
    matters: pd.DataFrame, start: np.ndarray, u: Draws, setting: Setting
) -> tuple[np.ndarray, np.ndarray]:
    """Return the last day of each service, and how it ended."""
    rates, exit_day = setting.rates, matters["exit_day"].to_numpy()
    begins = np.maximum(start, matters["closed"].to_numpy() + 1)
    length = lognormal_days(u["service"], rates.service_median, rates.service_sd_log)
    end = begins + length
    ending = pick(u["ending"], np.array(rates.service_ends))
    last = setting.pilot_end
    of_team = matters["handled"].to_numpy() & (begins < last) & (end > last)
    stops = of_team & (u["project"] < rates.closed_with_project)
    end, ending = np.where(stops, last, end), np.where(stops, 5, ending)
    leaves = end >= exit_day
    end, ending = np.where(leaves, exit_day, end), np.where(leaves, 4, ending)
    return np.where(start < FAR, np.maximum(end, start), FAR), ending
