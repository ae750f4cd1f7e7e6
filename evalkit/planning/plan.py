"""What a planner asks, as a frozen and typed record: params/power.yaml.

As strict as the analysis plan: nothing has a default, and what contradicts itself stops here.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from evalkit import strict_yaml
from evalkit.errors import ParamsError, did_you_mean
from evalkit.params import load_study, validate
from evalkit.plan import Study
from evalkit.records import OutcomeId, Record, Text

FEWEST_AREAS = 3  # of the exact t: one degree of freedom
Positive = Annotated[float, Field(gt=0)]
Years = Annotated[int, Field(ge=1, le=20)]
Pilot = Annotated[tuple[Text, ...], Field(min_length=1)]


class Assumed(Record):
    """What is assumed of an outcome that nobody has data on.

    `area_sd` is the standard deviation of an area's level from year to year beyond what the chance
    of single cases gives; `case_sd` that of one case's value, for means only.
    """

    level: float
    case_sd: Positive | None = None
    area_sd: Annotated[float, Field(ge=0)]
    cases_per_year: Annotated[dict[Text, Positive], Field(min_length=1)]


class PlannedOutcome(Record):
    """One thing that the pilot is meant to change.

    Its loads, level and spread come from the study's extracts (`own`, the outcome's id there) or
    are `assumed`. `autocorrelation` is that of an area's deviations one year apart: too few years
    are at hand to estimate it.
    """

    label: Text
    kind: Literal["share", "rate", "mean"]
    unit: Text
    minimal_relevant_difference: Positive
    autocorrelation: Annotated[float, Field(ge=0, lt=1)]
    own: OutcomeId | None = None
    assumed: Assumed | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "PlannedOutcome":
        if (self.own is None) == (self.assumed is None):
            raise ValueError("give either 'own' or 'assumed'")
        if self.kind == "share" and self.minimal_relevant_difference >= 1:
            raise ValueError("'minimal_relevant_difference' of a share is a fraction under 1")
        return self

    @model_validator(mode="after")
    def _assumptions_fit_the_kind(self) -> "PlannedOutcome":
        if self.assumed is None:
            return self
        if (self.assumed.case_sd is not None) != (self.kind == "mean"):
            raise ValueError("'assumed.case_sd' is needed for a mean, and for nothing else")
        if self.kind == "share" and not 0 < self.assumed.level < 1:
            raise ValueError("'assumed.level' of a share lies between 0 and 1")
        if self.kind == "rate" and self.assumed.level <= 0:
            raise ValueError("'assumed.level' of a rate is above 0")
        return self


class Proposal(Record):
    """The design that the page answers for first."""

    pilot: Pilot
    years_before: Years
    years_after: Years


class PowerPlan(Record):
    """The questions of one planning page."""

    title: Text
    organisation: Text
    study: Text | None = None
    seed: Annotated[int, Field(ge=0)]
    draws: Annotated[int, Field(ge=1000, le=200_000)]
    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    power: Annotated[float, Field(ge=0.5, lt=1)]
    wash_in_years: Annotated[int, Field(ge=0, le=5)]
    years_before: Annotated[tuple[Years, ...], Field(min_length=1)]
    years_after: Annotated[tuple[Years, ...], Field(min_length=1)]
    pilots: Annotated[tuple[Pilot, ...], Field(min_length=1, max_length=6)]
    proposal: Proposal
    outcomes: Annotated[tuple[PlannedOutcome, ...], Field(min_length=1)]
    root: Path = Field(exclude=True)

    @model_validator(mode="after")
    def _lists_in_order(self) -> "PowerPlan":
        for name in ("years_before", "years_after"):
            years = getattr(self, name)
            if list(years) != sorted(set(years)):
                raise ValueError(f"{name}: each number once, in rising order")
        named = [frozenset(pilot) for pilot in self.pilots]
        if len(set(named)) < len(named):
            raise ValueError("pilots: the same areas stand twice")
        if any(len(set(pilot)) < len(pilot) for pilot in self.pilots):
            raise ValueError("pilots: an area stands twice in a pilot")
        labels = [outcome.label for outcome in self.outcomes]
        if len(set(labels)) < len(labels):
            raise ValueError("outcomes: a 'label' stands twice")
        return self

    @model_validator(mode="after")
    def _proposal_is_among_the_designs(self) -> "PowerPlan":
        if self.proposal.pilot not in self.pilots:
            raise ValueError("proposal.pilot: not one of 'pilots'")
        for name in ("years_before", "years_after"):
            if getattr(self.proposal, name) not in getattr(self, name):
                raise ValueError(f"proposal.{name}: not one of '{name}'")
        return self

    @model_validator(mode="after")
    def _every_pilot_can_be_compared(self) -> "PowerPlan":
        for place, outcome in enumerate(self.outcomes):
            if outcome.assumed is not None:
                key = f"outcomes.{place}.assumed.cases_per_year"
                _require_areas(self.pilots, tuple(outcome.assumed.cases_per_year), key)
            elif self.study is None:
                raise ValueError(f"study: missing; outcomes.{place}.own needs the study's extracts")
        return self


def load_power(path: Path) -> tuple[PowerPlan, Study | None]:
    """Return the plan in `path` (params/power.yaml), and the study that it names, if any.

    Raises
    ------
    ParamsError : naming every fault by file and place.
    """
    path = path.resolve()
    raw = strict_yaml.read(path, ParamsError)
    plan = validate(PowerPlan, raw, path.name, root=path.parent.parent)
    if plan.study is None:
        return plan, None
    if not (plan.root / plan.study).resolve().is_relative_to(plan.root):
        raise ParamsError(f"{path.name}: study: the path leaves the folder that holds params/")
    study = load_study(plan.root / plan.study)
    _check_against_study(plan, study, path.name)
    return plan, study


def _check_against_study(plan: PowerPlan, study: Study, file: str) -> None:
    for place, outcome in enumerate(plan.outcomes):
        if outcome.own is None:
            continue
        known = {one.id: one for one in study.outcomes}
        key = f"{file}: outcomes.{place}"
        if outcome.own not in known:
            hint = did_you_mean(outcome.own, list(known))
            raise ParamsError(f"{key}.own: no outcome '{outcome.own}' in the study{hint}")
        for name in ("kind", "unit"):
            if getattr(outcome, name) != getattr(known[outcome.own], name):
                raise ParamsError(f"{key}.{name}: not that of '{outcome.own}' in the study")
        try:
            _require_areas(plan.pilots, study.areas.all, "areas")
        except ValueError as problem:
            raise ParamsError(f"{file}: pilots: {problem} (the study's)") from None


def _require_areas(pilots: tuple[Pilot, ...], areas: tuple[str, ...], key: str) -> None:
    """Refuse a pilot in an unknown area, or one that leaves too few areas to compare with."""
    for pilot in pilots:
        for area in pilot:
            if area not in areas:
                raise ValueError(f"{key}: lacks the pilot area '{area}'{did_you_mean(area, areas)}")
        if len(areas) == len(pilot):
            raise ValueError(
                f"{key}: a pilot in all {len(areas)} areas leaves none to compare with"
            )
    if len(areas) < FEWEST_AREAS:
        raise ValueError(f"{key}: {len(areas)} areas; at least {FEWEST_AREAS} are needed")
