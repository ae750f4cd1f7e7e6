"""Families and children: when they first become known, where they live, when they leave."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from evalkit.data.simulation.draws import (
    FAR,
    day_number,
    exponential_days,
    month_of,
    month_start,
    next_weekday,
    pick,
)
from evalkit.data.simulation.rates import BaseRates
from evalkit.data.simulation.scenarios import Scenario
from evalkit.plan import Study

EXITS = ("flytt", "fyllt 18", "avliden", "sekretess")
ADULT_MONTHS = 18 * 12


@dataclass(frozen=True, slots=True)
class Setting:
    """What the plan fixes: areas, days (numbers since 1970-01-01), rates and size.

    The treated areas come first in `areas`. The pilot takes matters received from `pilot_start`
    to `pilot_end`, both included; nothing is registered after `data_end`. People and staff are
    drawn to `drawn_to`, the plan's last day, so that data that end earlier are the same till then.
    """

    areas: tuple[str, ...]
    n_treated: int
    known_from: int
    data_start: int
    data_end: int
    drawn_to: int
    pilot_start: int
    pilot_end: int
    rates: BaseRates
    scale: float

    @classmethod
    def of(cls, study: Study, rates: BaseRates, scale: float, data_end: date | None) -> "Setting":
        timeline = study.timeline
        last = min(data_end or timeline.data_end, timeline.data_end)
        return cls(
            areas=study.areas.all,
            n_treated=len(study.areas.treated),
            known_from=day_number(date(timeline.pre.start.year - rates.burn_in_years, 1, 1)),
            data_start=day_number(timeline.pre.start),
            data_end=day_number(last),
            drawn_to=day_number(timeline.data_end),
            pilot_start=day_number(timeline.wash_in.start),
            pilot_end=day_number(timeline.exposure_end),
            rates=rates,
            scale=scale,
        )

    @property
    def area_shares(self) -> np.ndarray:
        """Return each area's share of the inflow."""
        treated = np.full(self.n_treated, self.rates.treated_share / self.n_treated)
        relative = np.resize(self.rates.comparison_shares, len(self.areas) - self.n_treated)
        return np.append(treated, relative / relative.sum() * (1 - self.rates.treated_share))


@dataclass(frozen=True, slots=True)
class People:
    """`families`: `area`, `first_day`, `move_day`, `new_area`, `leave_day`, one row per number.

    `children`: `family`, `birth_month`, `boy`, `unaccompanied`, `protected`, `exit_day`,
    `exit_kind` (index in EXITS). A day that never comes is FAR.
    """

    families: pd.DataFrame
    children: pd.DataFrame

    def area_at(self, family: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return the area in which each family lives on each day."""
        home = self.families.loc[family]
        moved = day >= home["move_day"].to_numpy()
        return np.where(moved, home["new_area"], home["area"])

    def age_at(self, child: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return each child's whole years on each day, the month of birth counted as reached."""
        return (month_of(day) - self.children["birth_month"].to_numpy()[child]) // 12


def draw_people(
    setting: Setting,
    scenario: Scenario,
    rng: np.random.Generator,
    unheard: np.random.Generator,
) -> People:
    """Return everyone who becomes known from the burn-in to the last day drawn.

    `unheard` draws who of them never becomes known in a scenario (`first_day` FAR), so that all
    others are the same in every scenario.
    """
    families = _families(setting, rng)
    children = _children(families, setting, scenario, rng)
    first_day = families["first_day"].to_numpy()
    struck = in_pandemic(first_day, setting.rates) & (families["area"] < setting.n_treated)
    never = struck & (unheard.random(len(families)) >= scenario.pandemic_inflow)
    return People(families.assign(first_day=np.where(never, FAR, first_day)), children)


def _families(setting: Setting, rng: np.random.Generator) -> pd.DataFrame:
    rates, shares = setting.rates, setting.area_shares
    months = np.arange(*month_of(np.array([setting.known_from, setting.drawn_to + 1])))
    expected = _expected_families(months, setting)
    count = rng.poisson(expected[:, None] * shares)  # (months, areas)
    month = np.repeat(np.repeat(months, len(shares)), count.ravel())
    area = np.repeat(np.tile(np.arange(len(shares)), len(months)), count.ravel())
    length = month_start(month + 1) - month_start(month)
    first_day = next_weekday(month_start(month) + (rng.random(len(month)) * length).astype(int))
    order = np.argsort(first_day, kind="stable")
    first_day, area = first_day[order], area[order]
    daily = rates.move_per_year / 365.25, rates.leave_per_year / 365.25
    moves, leaves = (exponential_days(rng.random(len(area)), 1 / rate) for rate in daily)
    return pd.DataFrame(
        {
            "area": area,
            "first_day": first_day,
            "move_day": first_day + moves,
            "new_area": pick(rng.random(len(area)), shares),
            "leave_day": first_day + leaves,
        }
    )


def _expected_families(months: np.ndarray, setting: Setting) -> np.ndarray:
    """Return the number of newly known families to expect in each month."""
    rates = setting.rates
    year, month = 1970 + months // 12, months % 12
    first_year = int(1970 + month_of(np.array([setting.data_start]))[0] // 12)
    growth = rates.yearly_growth ** (year - first_year)
    pandemic = (year == rates.pandemic_year) & np.isin(month + 1, rates.pandemic_months)
    bump = np.where(pandemic, rates.pandemic_bump, 1.0)
    season = np.array(rates.season)[month] / 12
    per_report = np.dot(rates.children_per_report, np.arange(1, len(rates.children_per_report) + 1))
    return rates.new_children_first_year / per_report * setting.scale * growth * season * bump


def in_pandemic(days: np.ndarray, rates: BaseRates) -> np.ndarray:
    """Return whether each day lies in the pandemic year, from the month it began."""
    month = month_of(days)
    first = (rates.pandemic_year - 1970) * 12 + rates.pandemic_from - 1
    return (month >= first) & (month // 12 == rates.pandemic_year - 1970)


def _children(
    families: pd.DataFrame, setting: Setting, scenario: Scenario, rng: np.random.Generator
) -> pd.DataFrame:
    rates = setting.rates
    size = 1 + pick(rng.random(len(families)), np.array(rates.children_per_report))
    family = np.repeat(families.index.to_numpy(), size)
    n = len(family)
    first_day = families["first_day"].to_numpy()[family]
    age = pick(rng.random(n), _ages(families.loc[family], setting, scenario))
    birth_month = month_of(first_day) - age * 12 - rng.integers(0, 12, n)
    exit_day, exit_kind = _exits(families.loc[family], first_day, birth_month, rates, rng)
    return pd.DataFrame(
        {
            "family": family,
            "birth_month": birth_month,
            "boy": rng.random(n) < rates.boys,
            "unaccompanied": rng.random(n) < rates.unaccompanied,
            "protected": rng.random(n) < rates.protected_identity,
            "exit_day": exit_day,
            "exit_kind": exit_kind,
        }
    )


def _ages(home: pd.DataFrame, setting: Setting, scenario: Scenario) -> np.ndarray:
    """Return the weight of each age for each child: younger in the pilot's area, in a scenario."""
    weights = np.array(setting.rates.ages)
    younger = weights.copy()
    younger[: setting.rates.preschool_age] *= scenario.young_weight
    new = (home["area"] < setting.n_treated) & (home["first_day"] >= setting.pilot_start)
    return np.where(new.to_numpy()[:, None], younger, weights)


def _exits(
    home: pd.DataFrame,
    first_day: np.ndarray,
    birth_month: np.ndarray,
    rates: BaseRates,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return each child's day of leaving and what it was that came first."""
    adult = month_start(birth_month + ADULT_MONTHS)
    rare = (rates.death_per_year, rates.secrecy_per_year)
    days = np.column_stack(
        [
            home["leave_day"],
            np.where(adult > first_day, adult, FAR),  # those reported as adults do not turn 18
            *(first_day + exponential_days(rng.random(len(home)), 365.25 / rate) for rate in rare),
        ]
    )
    return days.min(axis=1), days.argmin(axis=1)
