"""What each design could show of an outcome, and what would make it show more."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from evalkit.errors import DesignError
from evalkit.estimation.power import (
    area_variance,
    planned_effect,
    planned_spread,
    simulated_power,
)
from evalkit.planning.basis import Basis
from evalkit.planning.plan import PlannedOutcome, PowerPlan


@dataclass(frozen=True, slots=True)
class Design:
    """A possible pilot: its areas, and the years before and after that are compared."""

    pilot: tuple[str, ...]
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a design could show.

    `effect` is the smallest difference found with the plan's power, in the outcome's unit;
    `finds_relevant` how often the minimal relevant difference is found, `size` how often a
    difference is found where there is none. NaN, with a `reason`, where undefined.
    """

    design: Design
    effect: float
    finds_relevant: float
    size: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Arms:
    """The standard deviation of each area's change, pilot areas and comparison areas apart."""

    pilot: tuple[float, ...]
    comparison: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """All that is said of one outcome: every design, the proposed one, and what would help it.

    `remedies` are keyed as `REMEDIES`. `cautious` is the proposed design if areas vary between
    years as much as the extracts allow; None when the variation is assumed.
    """

    outcome: PlannedOutcome
    basis: Basis
    prospects: tuple[Prospect, ...]
    proposed: Prospect
    remedies: dict[str, Prospect]
    cautious: Prospect | None


Change = Callable[[Basis, Design, int], Arms]


def outlook(plan: PowerPlan, outcome: PlannedOutcome, basis: Basis) -> Outlook:
    """Return what every design of the plan could show of an outcome."""
    designs = [
        Design(pilot, before, after)
        for pilot in plan.pilots
        for before in plan.years_before
        for after in plan.years_after
    ]
    every = tuple(prospect(plan, outcome, basis, design) for design in designs)
    wanted = plan.proposal
    design = Design(wanted.pilot, wanted.years_before, wanted.years_after)
    remedies = {
        name: _judge(plan, outcome, design, change(basis, design, plan.wash_in_years))
        for name, change in REMEDIES.items()
    }
    proposed = next(one for one in every if one.design == design)
    cautious = None
    if basis.observed is not None:
        widest = replace(basis, yearly_variance=basis.observed.variation.high)
        cautious = prospect(plan, outcome, widest, design)
    return Outlook(outcome, basis, every, proposed, remedies, cautious)


def prospect(plan: PowerPlan, outcome: PlannedOutcome, basis: Basis, design: Design) -> Prospect:
    """Return what one design could show of an outcome."""
    return _judge(plan, outcome, design, spreads(basis, design, plan.wash_in_years))


def spreads(basis: Basis, design: Design, wash_in: int) -> Arms:
    """Return the areas' spreads in a design, each from its own load."""
    beyond = area_variance(
        basis.yearly_variance, design.before, wash_in, design.after, basis.autocorrelation
    )
    before, after = ((basis.loads * years).tolist() for years in (design.before, design.after))
    sds = planned_spread(basis.case_variance, before, after, beyond)
    in_pilot = np.isin(basis.areas, design.pilot)
    return Arms(tuple(sds[in_pilot].tolist()), tuple(sds[~in_pilot].tolist()))


def _judge(plan: PowerPlan, outcome: PlannedOutcome, design: Design, arms: Arms) -> Prospect:
    # One seed for all: designs are compared on the same chance.
    draws, seed, confidence = plan.draws, plan.seed, plan.confidence

    def rejected(effect: float) -> float:
        found = simulated_power(effect, arms.pilot, arms.comparison, draws, seed, confidence)
        return found.share

    relevant = rejected(outcome.minimal_relevant_difference)
    try:
        found = planned_effect(arms.pilot, arms.comparison, draws, seed, plan.power, confidence)
    except DesignError as problem:
        return Prospect(design, nan, relevant, rejected(0.0), str(problem))
    return Prospect(design, found.effect, relevant, found.size)


def _more_comparison(basis: Basis, design: Design, wash_in: int) -> Arms:
    arms = spreads(basis, design, wash_in)
    return Arms(arms.pilot, 2 * arms.comparison)


def _more_pilots(basis: Basis, design: Design, wash_in: int) -> Arms:
    arms = spreads(basis, design, wash_in)
    return Arms(2 * arms.pilot, arms.comparison)


def _more_years(basis: Basis, design: Design, wash_in: int) -> Arms:
    longer = replace(design, before=2 * design.before, after=2 * design.after)
    return spreads(basis, longer, wash_in)


def _more_cases(basis: Basis, design: Design, wash_in: int) -> Arms:
    return spreads(replace(basis, loads=2 * basis.loads), design, wash_in)


def _more_of_all(basis: Basis, design: Design, wash_in: int) -> Arms:
    arms = _more_years(replace(basis, loads=2 * basis.loads), design, wash_in)
    return Arms(2 * arms.pilot, 2 * arms.comparison)


# Each is twice as much of something; "all" is every one of them at once.
REMEDIES: dict[str, Change] = {
    "comparison": _more_comparison,
    "pilots": _more_pilots,
    "years": _more_years,
    "cases": _more_cases,
    "all": _more_of_all,
}
