"""How the plan wants its questions answered: definitions, inference and what is varied."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from evalkit.records import Days, OutcomeId, Record, Share

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


class Definitions(Record):
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


class Inference(Record):
    """How the headline interval is made; decided before the results are seen.

    `design_effect` is what siblings, whose cases go alike, add to the variance of a mean of cases:
    1 + (children's mean number in a family - 1) * their correlation; 1 when cases are alone.
    """

    headline: Method
    checks: tuple[Method, ...]
    weighting: Literal["cases", "years"]
    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    design_effect: Annotated[float, Field(ge=1, le=5)]

    def check_headline(self, n_treated: int) -> None:
        """Raise ValueError for a headline method made for another number of treated areas."""
        if self.headline in NEEDS_ONE_TREATED and n_treated > 1:
            raise ValueError(
                f"inference.headline: '{self.headline}' is made for one treated area, and the plan "
                f"has {n_treated}; let 'exact_t' be the headline"
            )
        if self.headline in NEEDS_SEVERAL_TREATED and n_treated == 1:
            raise ValueError(
                f"inference.headline: '{self.headline}' is no result when one area is treated: it "
                "takes the spread from the treated areas, and one has none, so that it finds "
                "effects where there are none; let 'exact_t' be the headline and keep it among "
                "'checks'"
            )


class Variant(Record):
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


class Sensitivity(Record):
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
