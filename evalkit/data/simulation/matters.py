"""Matters: a child is reported, perhaps investigated, and perhaps comes back.

A child's matters follow one another in rounds. A first report is screened out or investigated; a
closed investigation is followed by the next after a waiting time with a falling hazard, which is
where the pilot may work; now and then the next follows at once. Further reports on a known family
are screened out, or attached to what is going on.

Every round draws numbers for every child, needed or not, so that a child's second matter is
decided by the same numbers with and without the pilot.
"""

import numpy as np
import pandas as pd

from evalkit.data.simulation.descriptions import describe
from evalkit.data.simulation.draws import (
    FAR,
    draw_numbers,
    exponential_days,
    last_weekday,
    lognormal_days,
    month_of,
    month_start,
    next_weekday,
    year_of,
)
from evalkit.data.simulation.people import People, Setting
from evalkit.data.simulation.rates import BaseRates, Noise
from evalkit.data.simulation.scenarios import Scenario

SCREENED_OUT, OPENED, ATTACHED = 0, 1, 2
YEAR = 365
WAVE_MONTHS = 3


def draw_matters(
    people: People,
    noise: Noise,
    scenario: Scenario,
    setting: Setting,
    seeds: tuple[np.random.SeedSequence, np.random.SeedSequence],
) -> pd.DataFrame:
    """Return every matter received in the extracts' years, in order of receipt.

    Parameters
    ----------
    seeds : of the rounds and of the further reports; the same seeds give the same children the
        same numbers in every scenario.

    Returns
    -------
    `child`, `family`, `area` (on the day of receipt), `received`, `decided`, `decision`
    (SCREENED_OUT, OPENED or ATTACHED), `closed` (of the investigation; else of the screening),
    `left` (the child left before the investigation was done), `at_once` (another follows at
    once), `handled` (by the pilot team), `new_way` (worked in the pilot's way, by whomever),
    `hurried` (closed early before the pilot's end), `young` (under school age), `advised_on` (the
    day of advice in place of a new investigation; FAR when none), `exit_day`, the matter's `kind`,
    `reporter`, `reason` and `protection` (days to the protection assessment, -1 when not made),
    and the numbers drawn, `u_...`.
    """
    rounds_rng, further_rng = map(np.random.default_rng, seeds)
    family = people.children["family"].to_numpy()
    reports, rounds = None, []
    while reports is None or len(reports):
        numbers = draw_numbers(rounds_rng, family, setting.rates.together)
        if reports is None:
            reports = _first_reports(people, numbers, scenario, setting.rates)
        handled = _handle(reports.join(numbers, on="child"), people, scenario, setting)
        rounds.append(handled)
        reports = _returns(handled, noise, scenario, setting)
    own = pd.concat(rounds, ignore_index=True)
    further = _further_reports(own, people, scenario, setting, further_rng)
    every = pd.concat([own, further], ignore_index=True)
    every = every[every["received"].between(setting.data_start, setting.data_end)]
    every = every[~_weeded(every, scenario, setting)]
    every = every.sort_values(["received", "family", "child"], kind="stable", ignore_index=True)
    contact = next_contact(every, noise, scenario, setting.rates)
    advised = _gets_advice(every, scenario) & (contact < every["exit_day"])
    every = every.assign(advised_on=np.where(advised, contact, FAR))
    return describe(every, people, scenario, setting)


def days_to_return(u: np.ndarray, chance: np.ndarray, rates: BaseRates) -> np.ndarray:
    """Return days from closing to the next opening; `chance` is that of 365 days or fewer.

    A Weibull time beyond the days within which two investigations count as one: its shape is
    below 1, so the hazard falls. The same `u` with a lower chance waits longer.
    """
    apart = rates.at_once_days
    scaled = np.log1p(-u) / np.log1p(-np.clip(chance, 0.01, 0.9))
    days = apart + np.ceil((YEAR - apart) * scaled ** (1 / rates.return_shape))
    return np.minimum(days, FAR).astype(np.int64)


def next_opening(
    matters: pd.DataFrame, noise: Noise, scenario: Scenario, rates: BaseRates
) -> np.ndarray:
    """Return the day on which the child's next investigation would open, if nothing hinders it.

    Parameters
    ----------
    matters : as in `draw_matters`.
    """
    contact = next_contact(matters, noise, scenario, rates)
    return np.where(_gets_advice(matters, scenario), FAR, contact)


def next_contact(
    matters: pd.DataFrame, noise: Noise, scenario: Scenario, rates: BaseRates
) -> np.ndarray:
    """Return the day on which the child would next need the service, if nothing hinders it."""
    closed = matters["closed"].to_numpy()
    investigated = (matters["decision"] == OPENED).to_numpy()
    area = noise.at("returns", matters["area"].to_numpy(), year_of(closed))
    effect = scenario.per_matter(scenario.return_365) * matters["new_way"].to_numpy()
    young = scenario.young_returns * matters["young"].to_numpy()
    again = rates.return_365 + area + effect + young
    chance = np.where(investigated, again, rates.opens_later_365)
    return next_weekday(closed + days_to_return(matters["u_gap"].to_numpy(), chance, rates))


def _gets_advice(matters: pd.DataFrame, scenario: Scenario) -> np.ndarray:
    """Return whether the child's next need is met with advice in place of an investigation."""
    closed = matters["handled"] & (matters["decision"] == OPENED) & ~matters["at_once"]
    return (closed & (matters["u_switch0"] < scenario.advice_instead)).to_numpy()


def _weeded(matters: pd.DataFrame, scenario: Scenario, setting: Setting) -> np.ndarray:
    """Return which reports of the first year were destroyed: some that were not investigated."""
    first_year = year_of(matters["received"].to_numpy()) == year_of(np.array(setting.data_start))
    old = (matters["decision"] == SCREENED_OUT) & first_year
    return (old & (matters["u_switch0"] < scenario.weeded)).to_numpy()


def _first_reports(
    people: People, numbers: pd.DataFrame, scenario: Scenario, rates: BaseRates
) -> pd.DataFrame:
    family = people.children["family"].to_numpy()
    received = people.families["first_day"].to_numpy()[family]
    decided = last_weekday(received + _screening(numbers, rates))
    young = people.age_at(people.children.index.to_numpy(), received) < rates.preschool_age
    opens = numbers["u_opens"] < rates.opens_first + scenario.young_opens * young
    return pd.DataFrame(
        {
            "child": people.children.index,
            "family": family,
            "received": received,
            "decided": np.maximum(decided, received + 1),
            "decision": np.where(opens, OPENED, SCREENED_OUT),
        }
    )


def _screening(numbers: pd.DataFrame, rates: BaseRates) -> np.ndarray:
    u = numbers["u_screening"].to_numpy()
    return lognormal_days(u, rates.screening_median, rates.screening_sd_log)


def _handle(
    reports: pd.DataFrame, people: People, scenario: Scenario, setting: Setting
) -> pd.DataFrame:
    """Add area, team and closing, and whether another matter follows at once."""
    rates = setting.rates
    exit_day = people.children["exit_day"].to_numpy()[reports["child"]]
    decided = reports["decided"].to_numpy()
    opened = (reports["decision"] == OPENED).to_numpy() & (decided < exit_day)
    u = reports["u_length"].to_numpy()
    length = lognormal_days(u, rates.investigation_median, rates.investigation_sd_log)
    done = last_weekday(decided + np.maximum(length, rates.investigation_least))
    located = _locate(reports, people, scenario, setting)
    early = _early_end(located, scenario, setting)
    hurried = opened & (early < done)
    done = np.where(hurried, early, done)
    handled = located["handled"].to_numpy()
    soon = rates.at_once + scenario.back_to_back + scenario.back_to_back_team * handled
    return located.assign(
        decision=np.where(opened, OPENED, SCREENED_OUT),
        closed=np.where(opened, np.minimum(done, exit_day), decided),
        left=opened & (exit_day <= done),
        at_once=opened & (reports["u_at_once"] < soon) & (done < exit_day),
        hurried=hurried,
        exit_day=exit_day,
    )


def _early_end(matters: pd.DataFrame, scenario: Scenario, setting: Setting) -> np.ndarray:
    """Return the day on which the team closes what it wants closed before its end; else FAR."""
    opens = month_start(month_of(np.array(setting.pilot_end)) - WAVE_MONTHS + 1)
    first = np.maximum(matters["decided"].to_numpy() + 1, opens)
    left = setting.pilot_end - first
    day = first + (matters["u_when0"].to_numpy() * (left + 1)).astype(np.int64)
    pressed = matters["handled"] & (matters["u_switch0"] < scenario.wave)
    return np.where(pressed & (left >= 0), day, FAR)


def _locate(
    reports: pd.DataFrame, people: People, scenario: Scenario, setting: Setting
) -> pd.DataFrame:
    """Add the area on the day of receipt, whether the team takes the matter, and the child's age.

    Of what the line takes elsewhere, a part may be worked in the pilot's way too.
    """
    received = reports["received"].to_numpy()
    area = people.area_at(reports["family"].to_numpy(), received)
    running = (received >= setting.pilot_start) & (received <= setting.pilot_end)
    inside = area < setting.n_treated
    chance = np.where(inside, scenario.handled_in_area, scenario.handled_elsewhere)
    handled = running & (reports["u_team"].to_numpy() < chance)
    taken_up = reports["u_switch0"].to_numpy() < scenario.spread_elsewhere
    age = people.age_at(reports["child"].to_numpy(), received)
    return reports.assign(
        area=area,
        handled=handled,
        new_way=handled | (running & ~inside & taken_up),
        young=age < setting.rates.preschool_age,
    )


def _returns(
    matters: pd.DataFrame, noise: Noise, scenario: Scenario, setting: Setting
) -> pd.DataFrame:
    """Return the report behind each child's next investigation, when it comes in time."""
    rates, closed = setting.rates, matters["closed"].to_numpy()
    gap = (matters["u_gap"].to_numpy() * (rates.at_once_days + 1)).astype(np.int64)
    waited = next_opening(matters, noise, scenario, rates)
    opened = np.where(matters["at_once"], closed + gap, waited)
    received = np.maximum(closed, last_weekday(opened - _screening(matters, rates)))
    follows = (opened < matters["exit_day"]) & (received <= setting.data_end)
    reports = matters[["child", "family"]].assign(
        received=received, decided=opened, decision=OPENED
    )
    return reports[follows].reset_index(drop=True)


def _further_reports(
    own: pd.DataFrame,
    people: People,
    scenario: Scenario,
    setting: Setting,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return further reports on known families: attached while an investigation is open."""
    named = _named_again(people, setting.rates, rng)
    new = named.merge(own[["child", "received"]], how="left", indicator=True)
    new = new[new["_merge"] == "left_only"].drop_duplicates(["child", "received"])
    ongoing = _under_investigation(new, own)
    screening = _screening(new, setting.rates)
    decided = new["received"] + np.where(ongoing, 1, screening)
    return _locate(new.drop(columns="_merge"), people, scenario, setting).assign(
        decided=decided,
        closed=decided,
        decision=np.where(ongoing, ATTACHED, SCREENED_OUT),
        left=False,
        at_once=False,
        hurried=False,
    )


def _named_again(people: People, rates: BaseRates, rng: np.random.Generator) -> pd.DataFrame:
    """Return the children that further reports name, while they live in the district."""
    times = rng.poisson(rates.further_reports, len(people.families))
    family = np.repeat(people.families.index.to_numpy(), times)
    wait = exponential_days(rng.random(len(family)), rates.further_report_days)
    received = next_weekday(people.families["first_day"].to_numpy()[family] + wait)
    reports = pd.DataFrame({"report": np.arange(len(family)), "family": family})
    reports["received"] = received
    children = people.children[["family", "exit_day"]].rename_axis("child").reset_index()
    rows = reports.merge(children, on="family")
    rows = rows.join(draw_numbers(rng, rows["report"].to_numpy(), together=1.0))
    named = rng.random(len(rows)) < rates.further_report_covers
    return rows[named & (rows["received"] < rows["exit_day"])].drop(columns="report")


def _under_investigation(reports: pd.DataFrame, own: pd.DataFrame) -> np.ndarray:
    """Return whether the child of each report has an open investigation on the day."""
    known = own[own["decision"] == OPENED].sort_values(["child", "decided"])
    keys = known["child"].to_numpy() * FAR + known["decided"].to_numpy()
    wanted = reports["child"].to_numpy() * FAR + reports["received"].to_numpy()
    last = np.searchsorted(keys, wanted, side="right") - 1
    latest = known.iloc[np.maximum(last, 0)]
    same = (last >= 0) & (latest["child"].to_numpy() == reports["child"].to_numpy())
    return same & (reports["received"].to_numpy() <= latest["closed"].to_numpy())
