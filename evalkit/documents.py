"""What documents say of the pilot: its description, claims made about it, a guide, its components.

Texts of one study, beside its plan in params/, as in `framework`. They decide no number.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from evalkit.errors import ParamsError, did_you_mean
from evalkit.framework import each_once, in_plan, load_text
from evalkit.params import CLAIMS, COMPONENTS, DESCRIPTION, GUIDE, TARGET_MIX
from evalkit.plan import Study
from evalkit.records import Family, Name, OutcomeId, Record, Text

ITEMS = 12  # of TIDieR: Hoffmann et al. (2014), BMJ 348, g1687
State = Literal["verified", "partly", "unverified", "contradicted"]
ClaimCheck = Literal[
    "majority_understands", "fewer_know_what", "survey_repeated", "salary_above_grant"
]
Demand = Literal["outcome", "linked_process", "activities", "design"]
Choice = Literal["keep", "adapt", "drop", "try_further"]
Sources = dict[Name, Text]


class Statement(Record):
    """What a source says of the pilot or its comparison, or what nobody says and who could tell."""

    text: Text | None = None
    source: Name | None = None
    unknown: Text | None = None
    ask: Text | None = None
    since: date | None = None

    @model_validator(mode="after")
    def _said_or_unknown(self) -> "Statement":
        given = tuple(one is not None for one in (self.text, self.source, self.unknown, self.ask))
        if given not in ((True, True, False, False), (False, False, True, True)):
            raise ValueError("give 'text' with its 'source', or 'unknown' with whom to 'ask'")
        return self


class Part(Record):
    """One item of TIDieR for the pilot and for what it is compared with."""

    item: Annotated[int, Field(ge=1, le=ITEMS)]
    topic: Text
    pilot: Annotated[tuple[Statement, ...], Field(min_length=1)]
    comparison: Annotated[tuple[Statement, ...], Field(min_length=1)]


class Description(Record):
    """The pilot and its comparison by every item of TIDieR, in order; `pilot` names it."""

    guideline: Text
    pilot: Text
    comparison: Text
    sources: Sources
    parts: tuple[Part, ...]

    @model_validator(mode="after")
    def _whole(self) -> "Description":
        if [part.item for part in self.parts] != list(range(1, ITEMS + 1)):
            raise ValueError(f"'parts' must hold the items 1 to {ITEMS} once, in order")
        said = [one for part in self.parts for one in (*part.pilot, *part.comparison)]
        _known_sources(self.sources, [one.source for one in said])
        return self


class Claim(Record):
    """Something said about the pilot: who said it, of whom, out of how many, and whether it holds.

    `state` is a judgement from the documents, `check` a check of the extracts that gives one.
    """

    id: Name
    claim: Text
    source: Name
    population: Text | None = None
    denominator: Text | None = None
    state: State | None = None
    check: ClaimCheck | None = None
    against: Name | None = None
    chapter: Name | None = None
    note: Text
    since: date | None = None

    @model_validator(mode="after")
    def _judged(self) -> "Claim":
        if (self.state is None) == (self.check is None):
            raise ValueError("give one of 'state' and 'check'")
        if self.state in ("verified", "contradicted") and self.against is None:
            raise ValueError(f"'{self.state}' needs 'against', the source that says so")
        return self


class Claims(Record):
    """Every claim about the pilot, and the sources that they and their judgements come from."""

    sources: Sources
    claims: Annotated[tuple[Claim, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> "Claims":
        each_once([claim.id for claim in self.claims], "claim 'id'")
        used = [source for claim in self.claims for source in (claim.source, claim.against)]
        _known_sources(self.sources, used)
        return self


class Activity(Record):
    """What an actor did, and the extract that documents it."""

    extract: Name
    what: Text


class DemandText(Record):
    """One thing that the guide asks for."""

    demand: Demand
    text: Text


class Guide(Record):
    """What the guide for evaluations of social investments asks for, and where to look for it."""

    name: Text
    source: Text
    outcome_families: Annotated[tuple[Family, ...], Field(min_length=1)]
    process_families: Annotated[tuple[Family, ...], Field(min_length=1)]
    activities: Annotated[tuple[Activity, ...], Field(min_length=1)]
    demands: Annotated[tuple[DemandText, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> "Guide":
        each_once([one.demand for one in self.demands], "demand")
        each_once([*self.outcome_families, *self.process_families], "family")
        return self


class Decision(Record):
    """The steering group's decision on a component: `by` is a role, not a name."""

    choice: Choice
    by: Text
    date: date
    reason: Text


class Component(Record):
    """A part of the way of working, the outcomes that it was meant to change, and the decision."""

    name: Text
    shared: bool = False
    outcomes: tuple[OutcomeId, ...] = ()
    chapters: tuple[Name, ...] = ()
    note: Text | None = None
    needed: Text
    decision: Decision | None = None

    @model_validator(mode="after")
    def _seen(self) -> "Component":
        if self.shared and self.outcomes:
            raise ValueError("a 'shared' component has no 'outcomes': the line had it too")
        return self


class Components(Record):
    """The parts of the way of working, in the order of the table."""

    components: Annotated[tuple[Component, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> "Components":
        each_once([one.name for one in self.components], "component")
        return self


class Group(Record):
    """How many children of one sex and age group another district has."""

    sex: Text
    age_group: Text
    n: Annotated[int, Field(ge=0)]


class TargetMix(Record):
    """Another district's children by sex and age group, and where that is from."""

    name: Text
    source: Text
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> "TargetMix":
        each_once([f"{one.sex}, {one.age_group}" for one in self.groups], "group")
        if not any(one.n for one in self.groups):
            raise ValueError("'groups' hold no children")
        return self


def load_target_mix(study: Study) -> TargetMix | None:
    """Return the district that the result would be carried to; None where none is given.

    Raises ParamsError for an age group that the study does not have.
    """
    if not (study.root / "params" / TARGET_MIX).exists():
        return None
    found: TargetMix = load_text(study, TARGET_MIX, TargetMix)
    known = [f"{low}–{high}" for low, high in study.scope.age_groups]
    for group in found.groups:
        if group.age_group not in known:
            hint = did_you_mean(group.age_group, known)
            raise ParamsError(f"{TARGET_MIX}: age group '{group.age_group}' is not in scope{hint}")
    return found


def load_description(study: Study) -> Description:
    """Return the description of the pilot and its comparison."""
    found: Description = load_text(study, DESCRIPTION, Description)
    return found


def load_claims(study: Study) -> Claims:
    """Return the claims about the pilot; ParamsError for a chapter that is not in the plan."""
    found: Claims = load_text(study, CLAIMS, Claims)
    in_plan(study, CLAIMS, [claim.chapter for claim in found.claims])
    return found


def load_guide(study: Study) -> Guide:
    """Return what the guide for evaluations of social investments asks for."""
    found: Guide = load_text(study, GUIDE, Guide)
    return found


def load_components(study: Study) -> tuple[Component, ...]:
    """Return the components; ParamsError for an outcome or a chapter that is not in the plan."""
    found: Components = load_text(study, COMPONENTS, Components)
    planned = [outcome.id for outcome in study.outcomes]
    for component in found.components:
        in_plan(study, COMPONENTS, component.chapters)
        for name in component.outcomes:
            if name not in planned:
                hint = did_you_mean(name, planned)
                raise ParamsError(f"{COMPONENTS}: outcome '{name}' is not in the plan{hint}")
    return found.components


def _known_sources(sources: Sources, used: list[str | None]) -> None:
    for source in used:
        if source is not None and source not in sources:
            hint = did_you_mean(source, list(sources))
            raise ValueError(f"source '{source}' is not among 'sources'{hint}")
