"""What a matter is about: its kind, who reported it, why, and the protection assessment."""

import numpy as np
import pandas as pd

from evalkit.data.simulation.draws import pick
from evalkit.data.simulation.people import People, Setting, in_pandemic
from evalkit.data.simulation.rates import KINDS, REASONS, REPORTERS
from evalkit.data.simulation.scenarios import Scenario

SCHOOL = REPORTERS.index("skola")


def describe(
    matters: pd.DataFrame, people: People, scenario: Scenario, setting: Setting
) -> pd.DataFrame:
    """Add kind, reporter, reason and the protection assessment, by the child's age."""
    rates, received = setting.rates, matters["received"].to_numpy()
    u = {name: matters[f"u_{name}"].to_numpy() for name in ("kind", "reporter", "reason")}
    age = people.age_at(matters["child"].to_numpy(), received)
    kind = np.array(KINDS)[pick(u["kind"], np.array(rates.kinds))]
    own = (kind == "ansökan")[:, None]
    weights = np.where(own, rates.own_reporters, rates.reporters)
    inside = (matters["area"] < setting.n_treated).to_numpy()
    weights[inside & (received >= setting.pilot_start), SCHOOL] *= scenario.school_weight
    weights[inside & in_pandemic(received, rates), SCHOOL] *= scenario.pandemic_school
    reporter = np.array(REPORTERS)[pick(u["reporter"], weights)]
    small = age < rates.preschool_age
    reporter = np.where(small & (reporter == "skola"), "förskola", reporter)
    by_age = np.array([rates.reasons_preschool, rates.reasons_child, rates.reasons_teen])
    stage = (~small).astype(int) + (age >= rates.teen_age)
    reason = np.array(REASONS)[pick(u["reason"], by_age[stage])]
    assessed = matters["u_protection"].to_numpy() / rates.protection_assessed
    protection = np.where(assessed < 1, (assessed >= rates.protection_same_day).astype(int), -1)
    return matters.assign(kind=kind, reporter=reporter, reason=reason, protection=protection)
