"""What a period's run computes for all chapters, and writes beside the report they make."""

from collections.abc import Collection
from contextlib import suppress
from math import isfinite
from pathlib import Path

from evalkit import specifications
from evalkit.chapters.answers import DECIMALS, certainty_of
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import pooled_effect, undominated
from evalkit.chapters.tables import effect_texts
from evalkit.chapters.withheld import (
    decide,
    outcomes_without_followed,
    outcomes_without_units,
)
from evalkit.errors import DesignError
from evalkit.plan import Outcome
from evalkit.reporting import files
from evalkit.reporting.disclosure import protect, release_effects
from evalkit.reporting.index import Answer
from evalkit.reporting.over_time import Shown
from evalkit.reporting.verdicts import likelihood
from evalkit.results import Effect

ESTIMATES = "estimates.csv"


def prepare(report: Report, chapters: Collection[str]) -> None:
    """Compute what several of these chapters ask for, so that it is there for all of them.

    What the report may tell is asked for by the gate too, and follows from one period to the next.
    One chapter alone of a report that stands makes the rest of what it needs.
    """
    decide(report.evidence)
    if len(chapters) == 1 < len(report.study.chapters):
        return
    effects, _ = _effects(report)
    if len(chapters) > 1:
        for outcome, effect in zip(report.study.outcomes, effects, strict=True):
            if outcome.role == "primary" and effect.status == "estimated":
                with suppress(DesignError):  # the chapters say so
                    specifications.ladder(report.evidence, outcome)


def write_results(report: Report, folder: Path) -> tuple[Answer, ...]:
    """Write `estimates.csv` into a folder and return the primary answers for the index page."""
    effects, pooled = _effects(report)
    released = release_effects(
        effects,
        rule=report.rule,
        pooled=pooled,
        without_units=outcomes_without_units(report.evidence),
        without_followed=outcomes_without_followed(report.evidence),
    )
    files.write_csv(released, folder / ESTIMATES)
    return tuple(
        _answer(report, outcome, protect(effect, report.rule))
        for outcome, effect in zip(report.study.outcomes, effects, strict=True)
        if outcome.role == "primary"
    )


def _effects(report: Report) -> tuple[list[Effect], list[Effect]]:
    """Return every outcome's effect, and the primary ones' over all periods so far."""
    effects = [undominated(report.evidence, outcome) for outcome in report.study.outcomes]
    primary = report.study.of_role("primary") if report.evidence.post_periods else ()
    return effects, [pooled_effect(report, outcome) for outcome in primary]


def _answer(report: Report, outcome: Outcome, effect: Effect) -> Answer:
    if effect.status != "estimated":
        return Answer(outcome.label, "Kan ännu inte mätas.", "")
    texts = effect_texts(outcome, effect)
    level = certainty_of(report, outcome, effect).told
    estimate = f"{texts['difference']} ({texts['interval']}). Tillförlitlighet: {level}."
    return Answer(outcome.label, likelihood(effect, outcome), estimate, _shown(outcome, effect))


def _shown(outcome: Outcome, effect: Effect) -> Shown | None:
    """Return the estimate as the index draws it, rounded as the tables have it."""
    headline, decimals = effect.headline, DECIMALS[outcome.kind]
    scale = 100 if outcome.kind == "share" else 1
    found = (headline.estimate, headline.conf_low, headline.conf_high)
    if not all(map(isfinite, found)):
        return None
    sizes = (*found, outcome.minimal_relevant_difference)
    estimate, low, high, relevant = (round(scale * one, decimals) for one in sizes)
    return Shown(estimate, low, high, relevant, outcome.unit, decimals)
