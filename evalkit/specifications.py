"""The specification ladder: the effect by the plan, and with one thing varied at a time.

What is varied, and in what order, stands in the plan's `sensitivity`; nothing here is chosen by
the result.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
import pandas as pd

from evalkit import evaluation
from evalkit.errors import DesignError
from evalkit.estimation import composition, detrending, did, inference
from evalkit.estimation import ladder as rungs
from evalkit.evaluation import WAITING
from evalkit.evidence import Evidence
from evalkit.plan import Outcome
from evalkit.results import Changes, Levels

Settings = Iterator[tuple[str, Callable[[], Changes]]]
LEAST_MONTHS = 4  # of a period that is worth halving
STRATA = ("sex", "age_group")


@dataclass(frozen=True, slots=True)
class Ladder:
    """The estimate by the plan (first) and with one thing varied at a time.

    `steps` are by the headline method; `curve` judges all of them together. `skipped` has what was
    planned but could not be made: axis, setting and reason.
    """

    steps: tuple[rungs.Step, ...]
    curve: rungs.Curve
    skipped: tuple[tuple[str, str, str], ...]

    @property
    def turned(self) -> tuple[rungs.Step, ...]:
        """The steps whose interval says something else than the plan's."""
        return rungs.reversals(self.steps).changed


@lru_cache(maxsize=32)
def ladder(evidence: Evidence, outcome: Outcome) -> Ladder:
    """Return the effect by the plan, and with each thing in turn that the plan wants varied.

    A step's `axis` is what was varied, its `label` how: an area, a year or an age group left out,
    a number of days, the months.

    Raises
    ------
    DesignError : the planned effect itself cannot be made.
    """
    plan = evidence.study
    made = [rungs.Rung("plan", "", evaluation.changes_of(evidence, outcome))]
    skipped = []
    for axis in plan.sensitivity.ladder:
        for label, changes in AXES[axis](evidence, outcome):
            try:
                made.append(rungs.Rung(axis, label, changes(), plan.inference.confidence))
            except DesignError as problem:
                skipped.append((axis, label, str(problem)))
    steps = rungs.climb(made, inference.EVERY[plan.inference.headline])
    return Ladder(steps, rungs.specification_curve(made), tuple(skipped))


def _definition(evidence: Evidence, outcome: Outcome) -> Settings:
    for variant in evidence.study.sensitivity.variants:
        if variant.outcome == outcome.id:
            cells = evidence.of(variant.measure).assign(measure=outcome.id)
            label = f"{variant.definition}={variant.value}"
            yield label, partial(_narrowed, evidence, outcome, cells=cells)


def _window(evidence: Evidence, outcome: Outcome) -> Settings:
    definitions = evidence.study.definitions
    if outcome.id in WAITING:
        for days in definitions.follow_up_windows:
            if days < definitions.follow_up_days:
                yield str(days), partial(_narrowed, evidence, outcome, window=days)


def _wash_in(evidence: Evidence, outcome: Outcome) -> Settings:
    """Count the wash-in as part of the pilot."""
    years = (*evidence.wash_in_years, evidence.period.year)
    if evidence.wash_in_years:
        levels = evaluation.levels_of(evidence, outcome, years)
        yield "counted", partial(_collapsed, evidence, levels)


def _season(evidence: Evidence, outcome: Outcome) -> Settings:
    """Take one half of the period's months at a time, in every year."""
    months, cells = evidence.period.months, evidence.of(outcome.id)
    if len(months) >= LEAST_MONTHS:
        half = len(months) // 2
        for part in (months[:half], months[half:]):
            chosen = cells[cells["month"].isin(part)]
            yield f"{part[0]}-{part[-1]}", partial(_narrowed, evidence, outcome, cells=chosen)


def _weights(evidence: Evidence, outcome: Outcome) -> Settings:
    other: did.Weighting = "years" if evidence.study.inference.weighting == "cases" else "cases"
    yield other, partial(did.collapse, _levels(evidence, outcome), other)


def _trend(evidence: Evidence, outcome: Outcome) -> Settings:
    yield "detrended", partial(detrending.detrended, _levels(evidence, outcome))


def _years(evidence: Evidence, outcome: Outcome) -> Settings:
    """Leave out one year before the start at a time."""
    levels = _levels(evidence, outcome)
    for left_out in levels.pre_years:
        kept = tuple(year for year in levels.pre_years if year != left_out)
        yield str(left_out), partial(_collapsed, evidence, replace(levels, pre_years=kept))


def _areas(evidence: Evidence, outcome: Outcome) -> Settings:
    """Leave out one comparison area at a time."""
    changes = evaluation.changes_of(evidence, outcome)
    for place, area in enumerate(changes.areas):
        if not changes.treated[place]:
            others = np.arange(len(changes.areas)) != place
            yield area, partial(changes.keeping, others)


def _children(evidence: Evidence, outcome: Outcome) -> Settings:
    """Leave out one age group at a time."""
    cells = evidence.of(outcome.id)
    for low, high in evidence.study.scope.age_groups:
        kept = cells[cells["age_group"] != f"{low}–{high}"]
        yield f"{low}–{high}", partial(_narrowed, evidence, outcome, cells=kept)


def _composition(evidence: Evidence, outcome: Outcome) -> Settings:
    """Give every area the children that the treated areas had after the start.

    Not possible for outcomes that wait for a return: their level is no mean over cells.
    """
    yield "standardised", partial(_standardised, evidence, outcome)


def _standardised(evidence: Evidence, outcome: Outcome) -> Changes:
    if outcome.id in WAITING:
        raise DesignError(f"{outcome.id}: a waiting time is no mean over strata of cells")
    return composition.standardised_changes(strata_of(evidence, outcome))


def strata_of(
    evidence: Evidence, outcome: Outcome, cells: pd.DataFrame | None = None
) -> composition.Strata:
    """Return an outcome's cells by sex and age group; not for one that waits for a return.

    `cells` are the outcome's own when not given.
    """
    years = evidence.study.timeline.pre_years, evidence.wash_in_years, (evidence.period.year,)
    return composition.stratify(
        evidence.of(outcome.id) if cells is None else cells, outcome.id, outcome.unit,
        evidence.period.months, *years, strata=STRATA,
    )  # fmt: skip


AXES: dict[str, Callable[[Evidence, Outcome], Settings]] = {
    "definition": _definition,
    "window": _window,
    "wash_in": _wash_in,
    "season": _season,
    "weights": _weights,
    "trend": _trend,
    "years": _years,
    "areas": _areas,
    "children": _children,
    "composition": _composition,
}


def _levels(evidence: Evidence, outcome: Outcome) -> Levels:
    return evaluation.levels_of(evidence, outcome, (evidence.period.year,))


def _narrowed(evidence: Evidence, outcome: Outcome, **narrower) -> Changes:
    """Return the changes from a part of the cells, or with another window."""
    years = (evidence.period.year,)
    return _collapsed(evidence, evaluation.levels_of(evidence, outcome, years, **narrower))


def _collapsed(evidence: Evidence, levels: Levels) -> Changes:
    return did.collapse(levels, evidence.study.inference.weighting)
