"""The analysis plan and its periods as frozen, typed records.

What contradicts itself does not become a record. Reading them from YAML is the matter of
`params`.
"""

from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evalkit.errors import ParamsError, did_you_mean

OutcomeId = Literal[
    "K1", "K1_UTR", "K2", "K3", "K4", "R1", "R2", "R3", "U1", "U2", "U3", "T14", "T4M"
]
Method = Literal[
    "exact_t", "load_weighted", "lau_li", "permutation", "rearrangement", "wild_restricted",
    "wild_unrestricted", "cluster_robust",
]  # fmt: skip
NEEDS_ONE_TREATED = ("load_weighted", "lau_li", "rearrangement")
# Judged by the spread within the treated arm, which one area does not have.
NEEDS_SEVERAL_TREATED = ("wild_restricted", "wild_unrestricted", "cluster_robust")
Axis = Literal[
    "definition", "window", "wash_in", "season", "weights", "trend", "years", "areas", "children",
    "composition",
]  # fmt: skip
Family = Literal["continuity", "reinvestigation", "uptake", "clocks"]
Level = Literal["hög", "måttlig", "låg", "mycket låg"]
Name = Annotated[str, Field(pattern=r"^[0-9A-Za-zåäöÅÄÖ_-]+$", max_length=40)]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Days = Annotated[int, Field(ge=0, le=3660)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Plan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Span(_Plan):
    """A stretch of days, both ends included."""

    start: date
    end: date

    @model_validator(mode="after")
    def _in_order(self) -> "Span":
        if self.end < self.start:
            raise ValueError("'end' is before 'start'")
        return self


class Areas(_Plan):
    """Which areas had the pilot, and which are compared with it.

    `pilot_units` are the codes, in the extracts, of the units that carried the pilot out.
    """

    unit: Text
    treated: Annotated[tuple[Text, ...], Field(min_length=1)]
    comparison: Annotated[tuple[Text, ...], Field(min_length=1)]
    pilot_units: Annotated[tuple[Text, ...], Field(min_length=1)]

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


class Labels(_Plan):
    """What the report calls the two arms."""

    treated: Text
    comparison: Text


class Timeline(_Plan):
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


class Scope(_Plan):
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


class Definitions(_Plan):
    """Windows and limits of the indicators; days unless the name says otherwise."""

    follow_up_days: Days
    follow_up_windows: Annotated[tuple[Days, ...], Field(min_length=1)]
    merge_gap_days: Days
    same_event_days: Days
    uptake_days: Days
    cover_days: Days
    screening_days: Days
    investigation_months: Annotated[int, Field(ge=1, le=24)]
    mature_share: Share
    least_mature_share: Share

    @model_validator(mode="after")
    def _windows_hold_the_primary(self) -> "Definitions":
        if self.follow_up_days not in self.follow_up_windows:
            raise ValueError("'follow_up_windows' must hold 'follow_up_days'")
        if self.least_mature_share > self.mature_share:
            raise ValueError("'least_mature_share' is above 'mature_share'")
        return self


class Inference(_Plan):
    """How the headline interval is made; decided before the results are seen.

    `design_effect` is what siblings, whose cases go alike, add to the variance of a mean of cases:
    1 + (children's mean number in a family - 1) * their correlation; 1 when cases are alone.
    """

    headline: Method
    checks: tuple[Method, ...]
    weighting: Literal["cases", "years"]
    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    design_effect: Annotated[float, Field(ge=1, le=5)]


class Variant(_Plan):
    """One definition of an outcome changed, to see whether the answer hangs on it."""

    outcome: OutcomeId
    definition: Literal[
        "merge_gap_days", "same_event_days", "uptake_days", "cover_days", "screening_days"
    ]
    value: Days

    @property
    def measure(self) -> str:
        """What the cells call the outcome so defined."""
        return f"{self.outcome}:{self.definition}={self.value}"


class Sensitivity(_Plan):
    """What is varied to see whether the answer holds; decided before the results are seen.

    `ladder` names what each rung of the ladder changes, one thing at a time. `trend_multiples`
    are how many times the drift before the start may be exceeded after it. `grain_months` is how
    finely time is cut where many points are needed, `draws` the number of resamples.
    """

    ladder: tuple[Axis, ...]
    variants: tuple[Variant, ...]
    trend_multiples: Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1)]
    grain_months: Literal[1, 2, 3, 4, 6, 12]
    draws: Annotated[int, Field(ge=100, le=100_000)]


class Disclosure(_Plan):
    """Counts from 1 to `threshold - 1` are protected."""

    threshold: Annotated[int, Field(ge=3, le=50)]


class Outcome(_Plan):
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


class Event(_Plan):
    """A dated event, drawn as a vertical line."""

    date: date
    label: Text


class Note(_Plan):
    """A standing remark of the report, made from the day when it was known."""

    known_from: date
    text: Annotated[str, Field(min_length=1, max_length=800)]


class Override(_Plan):
    """A person's certainty of one outcome in one period, in place of the computed one.

    `by` is a role ("utvärderaren"), not a name; both levels are shown, with the reason.
    """

    outcome: OutcomeId
    period: Name
    level: Level
    reason: Text
    by: Text
    date: date


class Unconfirmed(_Plan):
    """Something that nobody has confirmed, and the example value this study uses."""

    what: Text
    example: Text


class Study(_Plan):
    """The analysis plan of one evaluation."""

    id: Name
    title: Text
    organisation: Text
    audience: Text
    seed: Annotated[int, Field(ge=0)]
    simulated: bool
    extracts: Text
    contracts: Text
    unconfirmed: tuple[Unconfirmed, ...]
    chapters: Annotated[tuple[Name, ...], Field(min_length=1)]
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
        headline = self.inference.headline
        if headline in NEEDS_ONE_TREATED and len(self.areas.treated) > 1:
            raise ValueError(
                f"inference.headline: '{headline}' is made for one treated area, and the plan has "
                f"{len(self.areas.treated)}; let 'exact_t' be the headline"
            )
        if headline in NEEDS_SEVERAL_TREATED and len(self.areas.treated) == 1:
            raise ValueError(
                f"inference.headline: '{headline}' is no result when one area is treated: it takes "
                "the spread from the treated areas, and one has none, so that it finds effects "
                "where there are none; let 'exact_t' be the headline and keep it among 'checks'"
            )
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


class Period(_Plan):
    """One report's period and what could be known when it was written."""

    study: Text
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
