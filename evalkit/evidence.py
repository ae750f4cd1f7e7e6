"""What an evaluation works on: the plan, the period reported, and the cells, found by measure."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from evalkit.plan import Period, Study


@dataclass(frozen=True, eq=False)
class Evidence:
    """What an evaluation works on: the plan, its periods, the period reported, all cells.

    `cells` has the columns of `data.cells.Cells.frame`, `dominated` those of its namesake there.
    Two are the same only if they are one, so that what was made of one can be kept.
    """

    study: Study
    periods: tuple[Period, ...]
    period: Period
    cells: pd.DataFrame
    dominated: pd.DataFrame = field(default_factory=pd.DataFrame)
    _by_period: dict[Period, "Evidence"] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_period[self.period] = self

    def of(self, measure: str, period: Period | None = None) -> pd.DataFrame:
        """Return a measure's cells of a period (the reported one if not given), with the arms."""
        name = (period or self.period).period
        return self._by_measure.get((name, measure), self._in_arms.iloc[:0])

    def in_period(self, measure: str) -> pd.DataFrame:
        """Return a measure's cells of the reported period itself, without the years before."""
        cells = self.of(measure)
        return cells[cells["year"] == self.period.year]

    def at(self, period: Period) -> "Evidence":
        """Return the evidence as another period's report sees it."""
        if period not in self._by_period:
            seen = replace(self, period=period)
            # One of each, whoever asks, and all on the same cells.
            shared = ("_by_period", "_in_arms", "_by_measure")
            vars(seen).update({name: getattr(self, name) for name in shared})
            self._by_period[period] = seen
        return self._by_period[period]

    @cached_property
    def _in_arms(self) -> pd.DataFrame:
        return self.cells.assign(treated=self.cells["area"].isin(self.study.areas.treated))

    @cached_property
    def _by_measure(self) -> dict[tuple[str, str], pd.DataFrame]:
        """The cells by period and measure: they are asked for hundreds of times."""
        return dict(iter(self._in_arms.groupby(["period", "measure"])))

    @property
    def post_periods(self) -> tuple[Period, ...]:
        """The periods after the wash-in, up to the one reported."""
        end = self.period.end
        return tuple(p for p in self.periods if p.phase == "post" and p.end <= end)

    @property
    def wash_in_years(self) -> tuple[int, ...]:
        span = self.study.timeline.wash_in
        years = range(span.start.year, span.end.year + 1)
        return tuple(year for year in years if year < self.period.year)
