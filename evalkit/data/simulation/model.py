"""The whole simulated world, from the plan and a scenario."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evalkit.data.simulation.assignments import follow_leads
from evalkit.data.simulation.draws import year_of
from evalkit.data.simulation.matters import draw_matters
from evalkit.data.simulation.people import People, Setting, draw_people
from evalkit.data.simulation.rates import BaseRates, Noise, draw_noise
from evalkit.data.simulation.scenarios import Scenario
from evalkit.data.simulation.staff import Staff, draw_staff
from evalkit.data.simulation.support import follow_support
from evalkit.data.simulation.truth import Truth, World, true_effects
from evalkit.plan import Study

STREAMS = ("people", "noise", "staff", "rounds", "further", "text", "follow_up", "unheard")


@dataclass(frozen=True, slots=True)
class Model:
    """One simulated district: its people and staff, its matters, and what is true of it.

    `text` draws what the extracts say beside the course of events, `follow_up` the extracts that
    are not casework.
    """

    study: Study
    setting: Setting
    people: People
    world: World
    truth: Truth
    text: np.random.Generator
    follow_up: np.random.Generator

    @property
    def matters(self) -> pd.DataFrame:
        return self.world.matters

    @property
    def staff(self) -> Staff:
        return self.world.staff


def draw_model(study: Study, scenario: Scenario, scale: float) -> Model:
    """Return the district that `study.seed` draws, followed with and without the pilot."""
    rates = BaseRates()
    setting = Setting.of(study, rates, scale, scenario.data_end)
    spawned = np.random.SeedSequence(study.seed).spawn(len(STREAMS))
    seeds = dict(zip(STREAMS, spawned, strict=True))
    rng = {name: np.random.default_rng(seed) for name, seed in seeds.items()}
    first, last = year_of(np.array([setting.known_from, setting.drawn_to]))
    drawn = draw_noise(rng["noise"], len(setting.areas), int(first), int(last - first + 1), rates)
    noise = _with_what_goes_on(drawn, scenario, setting, study)
    people = draw_people(setting, scenario, rng["people"], rng["unheard"])

    def follow(scenario: Scenario) -> World:
        courses = (seeds["rounds"], seeds["further"])
        staff = draw_staff(setting, scenario, np.random.default_rng(seeds["staff"]))
        matters = draw_matters(people, noise, scenario, setting, courses)
        support = follow_support(matters, noise, scenario, setting)
        leads = follow_leads(matters, support, staff, noise, setting)
        return World(scenario, staff, matters, support, leads)

    world, without = follow(scenario), follow(scenario.without_pilot())
    effects = true_effects(world, without, noise, setting, study)
    truth = Truth(scenario.id, study.seed, scale, scenario.parameters, effects)
    return Model(study, setting, people, world, truth, rng["text"], rng["follow_up"])


def _with_what_goes_on(noise: Noise, scenario: Scenario, setting: Setting, study: Study) -> Noise:
    """Add what goes on in the pilot's areas anyway: the pandemic, and a drift of their own."""
    treated = slice(setting.n_treated)
    struck = noise.years == setting.rates.pandemic_year
    away = np.minimum(noise.years - study.timeline.reference_year, 0)
    added = {
        "returns": scenario.pandemic_returns * struck + scenario.drift_returns * away,
        "uptake": scenario.pandemic_starts * struck + scenario.drift_starts * away,
        "workers": scenario.drift_workers * away,
    }
    for kind, values in added.items():
        noise = noise.with_added(kind, treated, values)
    return noise
