"""The analysis plan and its periods as frozen, typed records.

What contradicts itself does not become a record. Reading them from YAML is the matter of
`params`.
"""

from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from evalkit.analysis import Definitions, Inference, Sensitivity
from evalkit.errors import ParamsError, did_you_mean
from evalkit.records import Family, Level, Name, OutcomeId, Record, Text

LEAST_THRESHOLD = 3


class Span(Record):
    """A stretch of days, both ends included."""

    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> "Span":
        if self.end < self.start:
            raise ValueError("'end' is before 'start'")
        return self


class Areas(Record):
    """Which areas had the pilot, and which are compared with it.

    `pilot_units` are the codes, in the extracts, of the units that carried the pilot out. `near`
    are the comparison areas that the way of working would reach first, if it spread.
    """

    unit: Text
    treated: Annotated[tuple[Text, ...], Field(min_length=1)]
    comparison: Annotated[tuple[Text, ...], Field(min_length=1)]
    pilot_units: Annotated[tuple[Text, ...], Field(min_length=1)]
    near: tuple[Text, ...]

    @model_validator(mode="after")
    def _near_are_compared(self) -> "Areas":
        unknown = sorted(set(self.near) - set(self.comparison))
        if unknown:
            known = list(self.comparison)
            raise ValueError(
                f"near: '{unknown[0]}' is not in 'comparison'{did_you_mean(unknown[0], known)}"
            )
        if self.near and set(self.near) == set(self.comparison):
            raise ValueError("near: every area of 'comparison' is near; name fewer")
        return self

    @model_validator(mode="after")
    def _each_once(self) -> "Areas":
        names = [*self.treated, *self.comparison]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"area '{twice[0]}' stands twice")
        return self

    @property
    def all(self) -> tuple[str, ...]:
        return self.treated + self.comparison


class UnitName(Record):
    """What the report calls a unit of the extracts."""

    code: Text
    name: Text


class Labels(Record):
    """What the report calls the two arms, and the units that have another name than their code."""

    treated: Text
    comparison: Text
    units: tuple[UnitName, ...] = ()


class Timeline(Record):
    """The pre period, the wash-in, the pilot's last day and the last day with data."""

    pre: Span
    wash_in: Span
    exposure_end: date
    data_end: date
    reference_year: int

    @model_validator(mode="after")
    def _in_order(self) -> "Timeline":
        if self.wash_in.start <= self.pre.end:
            raise ValueError("'wash_in' overlaps 'pre'")
        if not self.wash_in.start <= self.exposure_end <= self.data_end:
            raise ValueError("'exposure_end' must lie after 'wash_in' begins and before 'data_end'")
        if self.reference_year not in self.pre_years:
            raise ValueError("'reference_year' must be a whole year in 'pre'")
        return self

    @property
    def pre_years(self) -> tuple[int, ...]:
        return tuple(range(self.pre.start.year, self.pre.end.year + 1))


class Scope(Record):
    """Ages in whole years on the day the matter came in."""

    min_age: Annotated[int, Field(ge=0, le=20)]
    max_age: Annotated[int, Field(ge=0, le=20)]
    age_groups: Annotated[tuple[tuple[int, int], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _groups_cover_the_scope(self) -> "Scope":
        covered = [age for low, high in self.age_groups for age in range(low, high + 1)]
        if covered != list(range(self.min_age, self.max_age + 1)):
            raise ValueError("'age_groups' must cover 'min_age' to 'max_age' once, in order")
        return self


class Rule(Record):
    """Counts from 1 to `threshold - 1` are protected, the others shown to the nearest `rounding`.

    Whoever sees a count shown to the nearest 5 knows it within 2 either way.
    """

    threshold: Annotated[int, Field(ge=1, le=50)]
    rounding: Literal[1, 3, 5, 7, 9]  # odd, so that a count has one nearest


OPEN = Rule(threshold=1, rounding=1)  # for what counts nobody


class Disclosure(Record):
    """Who the report is for, and what each audience may see: the steering group, or anybody.

    `dominance` is the share of a count above which it is one caseworker's children, and protected
    for either audience; so is a count of which fewer than the threshold remain without its
    largest sibling group.
    """

    audience: Literal["internal", "public"]
    internal: Rule
    public: Rule
    dominance: Annotated[float, Field(gt=0, le=1)]

    @model_validator(mode="after")
    def _protects(self) -> "Disclosure":
        if min(self.internal.threshold, self.public.threshold) < LEAST_THRESHOLD:
            raise ValueError(f"'threshold' is under {LEAST_THRESHOLD}: a pair would know the third")
        if self.public.threshold < self.internal.threshold:
            raise ValueError("'public' may not see more than 'internal'")
        return self

    @property
    def rule(self) -> Rule:
        return self.public if self.audience == "public" else self.internal


class Outcome(Record):
    """One indicator of the plan; its definition in code goes by the same `id`."""

    id: OutcomeId
    family: Family
    role: Literal["primary", "secondary"]
    label: Text
    question: Text
    kind: Literal["mean", "share", "rate"]
    unit: Text
    direction: Literal["lower", "higher"]
    minimal_relevant_difference: Annotated[float, Field(gt=0)]


class Event(Record):
    """A dated event, drawn as a vertical line."""

    date: date
    label: Text


class Note(Record):
    """A standing remark of the report, made from the day when it was known."""

    known_from: date
    text: Annotated[str, Field(min_length=1, max_length=800)]


class Override(Record):
    """A person's certainty of one outcome in one period, in place of the computed one.

    `by` is a role ("utvärderaren"), not a name; both levels are shown, with the reason.
    """

    outcome: OutcomeId
    period: Name
    level: Level
    reason: Text
    by: Text
    date: date


class Unconfirmed(Record):
    """Something that nobody has confirmed, and the example value this study uses."""

    what: Text
    example: Text


class Study(Record):
    """The analysis plan of one evaluation.

    `source` names the system whose own files the extracts are (`<contracts>/sources/`); without
    one they are written as the contracts say. A report one of whose chapters failed is withheld, or
    published with a page in the chapter's place that says so: `failed_chapters`.
    """

    id: Name
    title: Text
    organisation: Text
    audience: Text
    seed: Annotated[int, Field(ge=0)]
    simulated: bool
    extracts: Text
    contracts: Text
    source: Name | None = None
    unconfirmed: tuple[Unconfirmed, ...]
    chapters: Annotated[tuple[Name, ...], Field(min_length=1)]
    failed_chapters: Literal["withhold", "show"] = "withhold"
    areas: Areas
    labels: Labels
    timeline: Timeline
    scope: Scope
    definitions: Definitions
    inference: Inference
    sensitivity: Sensitivity
    disclosure: Disclosure
    outcomes: Annotated[tuple[Outcome, ...], Field(min_length=1)]
    events: tuple[Event, ...]
    notes: tuple[Note, ...]
    overrides: tuple[Override, ...] = ()
    root: Path = Field(exclude=True)

    @model_validator(mode="after")
    def _outcomes_once(self) -> "Study":
        ids = [outcome.id for outcome in self.outcomes]
        if len(set(ids)) < len(ids):
            raise ValueError("an outcome 'id' stands twice")
        return self

    @model_validator(mode="after")
    def _overrides_fit_the_plan(self) -> "Study":
        planned = {outcome.id for outcome in self.outcomes}
        judged = [(override.outcome, override.period) for override in self.overrides]
        for outcome, period in judged:
            if outcome not in planned:
                raise ValueError(f"overrides: no outcome '{outcome}' in the plan")
            if judged.count((outcome, period)) > 1:
                raise ValueError(f"overrides: '{outcome}' is judged twice for '{period}'")
        return self

    @model_validator(mode="after")
    def _headline_fits_the_areas(self) -> "Study":
        self.inference.check_headline(len(self.areas.treated))
        return self

    @model_validator(mode="after")
    def _variants_change_something(self) -> "Study":
        for variant in self.sensitivity.variants:
            if variant.value == getattr(self.definitions, variant.definition):
                raise ValueError(
                    f"sensitivity.variants: {variant.outcome}: '{variant.definition}' has the "
                    "planned value; a variant changes it"
                )
        return self

    def outcome(self, outcome_id: str) -> Outcome:
        """Return the outcome with this id; ParamsError names the nearest when it is not planned."""
        for outcome in self.outcomes:
            if outcome.id == outcome_id:
                return outcome
        known = [outcome.id for outcome in self.outcomes]
        hint = did_you_mean(outcome_id, known)
        raise ParamsError(f"study.yaml: outcomes: no outcome '{outcome_id}'{hint}")

    def override(self, outcome_id: str, period: str) -> Override | None:
        """Return a person's judgement of an outcome's certainty in a period, if there is one."""
        for override in self.overrides:
            if (override.outcome, override.period) == (outcome_id, period):
                return override
        return None

    def of_role(self, role: Literal["primary", "secondary"]) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.role == role)

    @cached_property
    def extracts_dir(self) -> Path:
        return self.root / self.extracts

    @cached_property
    def contracts_dir(self) -> Path:
        return self.root / self.contracts


class Period(Record):
    """One report's period and what could be known when it was written."""

    study: Literal["params/study.yaml"]
    period: Name
    label: Text
    start: date
    end: date
    cutoff: date
    phase: Literal["wash_in", "post"]

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if not self.start <= self.end <= self.cutoff:
            raise ValueError("'start', 'end' and 'cutoff' must come in this order")
        if self.start.year != self.end.year:
            raise ValueError("a period lies within one calendar year")
        if season(self.year, self.months) != Span(start=self.start, end=self.end):
            raise ValueError(
                "a period is whole months: the first day of one to the last of another"
            )
        return self

    @property
    def year(self) -> int:
        return self.start.year

    @property
    def months(self) -> tuple[int, ...]:
        """The calendar months of the period: what other years are matched on."""
        return tuple(range(self.start.month, self.end.month + 1))

    @property
    def whole_year(self) -> bool:
        return len(self.months) == 12


def season(year: int, months: tuple[int, ...]) -> Span:
    """Return the span of consecutive `months` in a year: the season-matched window of a period."""
    start = date(year, months[0], 1)
    after = date(year + (months[-1] == 12), months[-1] % 12 + 1, 1)
    return Span(start=start, end=after - timedelta(days=1))
