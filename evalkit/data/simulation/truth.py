"""What is true in a simulated world: the same district followed with and without the pilot.

Both worlds have the same families, staff, areas and uniform numbers, so a difference between them
is the pilot's work and nothing else. Each world has the matters that it leads to: a return that
the pilot prevents is missing in the one, with all that would have come of it. Indicators are
defined as in the evaluation:

* K1, K1_UTR: distinct lead caseworkers of a matter in its first 365 days, seen until the last
  day with data; years by the day of receipt.
* R1: share of closed investigation spells whose child is investigated anew 1 to 365 days later;
  years by the day of closing, the whole window followed even beyond the last day with data.
* U1: share of closed investigations with an assessed need where a service other than placement
  started at most 90 days after closing, or before it; years by the day of closing, likewise.
* U2: share of answers to offers that were yes, recorded or not; years by the day of closing.
"""

from dataclasses import asdict, dataclass
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from evalkit.data.simulation.draws import day_number, year_of
from evalkit.data.simulation.matters import ATTACHED, OPENED, YEAR, next_opening
from evalkit.data.simulation.people import Setting
from evalkit.data.simulation.rates import Noise
from evalkit.data.simulation.scenarios import Scenario
from evalkit.data.simulation.staff import Staff
from evalkit.data.simulation.support import ACCEPTED, DECLINED
from evalkit.plan import Study

POOLED = "pooled"


@dataclass(frozen=True, slots=True)
class TrueEffect:
    """One indicator's truth in one period, in caseworkers or as a fraction.

    `with_pilot` (over `n` cases) and `without_pilot` are the treated areas' levels and `att`
    their difference. `spillover` is the same difference in the comparison areas, where the team
    handles a few matters; `effect` is `att - spillover`, what a comparison of areas can find.
    """

    indicator: str
    period: str
    effect: float
    att: float
    with_pilot: float
    without_pilot: float
    spillover: float
    n: int


@dataclass(frozen=True, slots=True)
class Truth:
    """The scenario, what drew it, and its true effects."""

    scenario: str
    seed: int
    scale: float
    parameters: dict[str, float]
    effects: tuple[TrueEffect, ...]

    def of(self, indicator: str, period: str = POOLED) -> TrueEffect:
        """Return the truth of one indicator in one period ("2021", "2022" or "pooled")."""
        for effect in self.effects:
            if (effect.indicator, effect.period) == (indicator, period):
                return effect
        raise KeyError((indicator, period))

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain values, effects by indicator and period."""
        indicators: dict[str, Any] = {}
        for effect in self.effects:
            values = asdict(effect)
            place = indicators.setdefault(values.pop("indicator"), {})
            place[values.pop("period")] = values
        head = {"scenario": self.scenario, "seed": self.seed, "scale": self.scale}
        return head | {"parameters": self.parameters, "indicators": indicators}


@dataclass(frozen=True, slots=True)
class World:
    """A scenario's staff and matters, and the support and lead caseworkers that each leads to."""

    scenario: Scenario
    staff: Staff
    matters: pd.DataFrame
    support: pd.DataFrame
    leads: pd.DataFrame


def true_effects(
    with_pilot: World, without_pilot: World, noise: Noise, setting: Setting, study: Study
) -> tuple[TrueEffect, ...]:
    """Return every indicator's truth per year after the wash-in, and pooled over them."""
    cases = _cases(with_pilot, noise, setting, study)
    otherwise = _cases(without_pilot, noise, setting, study)
    return tuple(
        _effect(indicator, period, _on(cases[indicator], days), _on(otherwise[indicator], days))
        for indicator in cases
        for period, days in _periods(study).items()
    )


def _cases(world: World, noise: Noise, setting: Setting, study: Study) -> dict[str, pd.DataFrame]:
    """Return each indicator's cases in a world: `day`, `treated` (area) and `y`."""
    matters, support = world.matters, world.support
    opened = matters["decision"] == OPENED
    workers = _caseworkers(matters, world.leads, setting, study)
    accepted = support["outcome"].isin(ACCEPTED)
    spell_ends = opened & ~matters["left"] & ~matters["at_once"]
    asked = {
        "K1": (matters["decision"] != ATTACHED, "received", workers),
        "K1_UTR": (opened, "received", workers),
        "R1": (spell_ends, "closed", _returned(world, noise, setting)),
        "U1": (support["need"], "closed", support["in_time"]),
        "U2": (support["outcome"].isin((*ACCEPTED, DECLINED)), "closed", accepted),
    }
    treated = matters["area"] < setting.n_treated
    return {
        indicator: pd.DataFrame({"day": matters[day], "treated": treated, "y": y})[among]
        for indicator, (among, day, y) in asked.items()
    }


def _on(cases: pd.DataFrame, days: np.ndarray) -> pd.DataFrame:
    return cases[cases["day"].isin(days)]


def _effect(
    indicator: str, period: str, cases: pd.DataFrame, otherwise: pd.DataFrame
) -> TrueEffect:
    inside, outside = cases["treated"], otherwise["treated"]
    with_pilot, without_pilot = _mean(cases["y"][inside]), _mean(otherwise["y"][outside])
    spillover = _mean(cases["y"][~inside]) - _mean(otherwise["y"][~outside])
    att = with_pilot - without_pilot
    return TrueEffect(
        indicator=indicator,
        period=period,
        effect=att - spillover,
        att=att,
        with_pilot=with_pilot,
        without_pilot=without_pilot,
        spillover=spillover,
        n=int(inside.sum()),
    )


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if len(values) else nan


def _periods(study: Study) -> dict[str, np.ndarray]:
    """Return the days of each year after the wash-in, to the pilot's last day, and of all."""
    timeline = study.timeline
    first, last = day_number(timeline.wash_in.end) + 1, day_number(timeline.exposure_end)
    days = np.arange(first, last + 1)
    years = year_of(days)
    return {str(year): days[years == year] for year in np.unique(years)} | {POOLED: days}


def _caseworkers(
    matters: pd.DataFrame, leads: pd.DataFrame, setting: Setting, study: Study
) -> pd.Series:
    """Return the number of lead caseworkers of each matter; short cover of absence is none."""
    length = leads["end"] - leads["start"] + 1
    ended = leads["end"] <= setting.data_end
    cover = (leads["reason"] == "frånvaro") & ended & (length < study.definitions.cover_days)
    begun = leads["start"].to_numpy() - matters["received"].to_numpy()[leads["matter"]]
    counted = leads[~cover & (begun <= YEAR)]
    return counted.groupby("matter")["worker"].nunique().reindex(matters.index)


def _returned(world: World, noise: Noise, setting: Setting) -> pd.Series:
    """Return whether a new investigation opens in time after each matter, if nothing hinders."""
    matters = world.matters
    opened = next_opening(matters, noise, world.scenario, setting.rates)
    return (opened - matters["closed"] <= YEAR) & (opened < matters["exit_day"])
