"""The effects as a report may tell them.

Left out is what rests on too few, on one family or one caseworker, or would give a year away.
"""

from dataclasses import replace

from evalkit import evaluation
from evalkit.chapters.dominance import is_dominated
from evalkit.chapters.opening import Report
from evalkit.chapters.withheld import is_level_kept_back, years_kept_back
from evalkit.evidence import Evidence
from evalkit.plan import Outcome
from evalkit.reporting.disclosure import protect, without_numbers
from evalkit.results import Effect

BY_YEAR = ("pre_trend", "detrended")  # checks that a year before alone can change


def effect_of(report: Report, outcome: Outcome) -> Effect:
    """Return the effect in the period, without numbers where it rests on too few.

    Checks that set the years before apart are left out where one of them is kept back.
    """
    effect = told(report.evidence, outcome)
    if may_be_told_by_year(report, outcome):
        return effect
    return replace(effect, checks=tuple(c for c in effect.checks if c.method not in BY_YEAR))


def told(evidence: Evidence, outcome: Outcome, window: int | None = None) -> Effect:
    """Return an effect without numbers where it rests on too few, one family or one caseworker.

    `window` is the follow-up in days for outcomes that wait for a return; the plan's if not given.
    """
    return protect(undominated(evidence, outcome, window), evidence.study.disclosure.rule)


def undominated(evidence: Evidence, outcome: Outcome, window: int | None = None) -> Effect:
    """Return an effect without numbers where it rests on one family or one caseworker."""
    effect = evaluation.evaluate(evidence, outcome, window=window)
    dominated = is_dominated(evidence, outcome, evidence.period.year, "pilot", window)
    return without_numbers(effect) if dominated else effect


def may_be_told_by_year(report: Report, outcome: Outcome) -> bool:
    """Tell whether estimates may set the years before apart, or one of them would follow."""
    gone = years_kept_back(report.evidence, outcome)
    return gone.isdisjoint(report.study.timeline.pre_years)


def pooled_effect(report: Report, outcome: Outcome) -> Effect:
    """Return the effect pooled over the periods so far, without numbers where one is protected.

    The others are shown in their own reports, so that the one would follow.
    """
    pooled = evaluation.evaluate_to_date(report.evidence, outcome)
    if len(pooled.years) > 1 and is_level_kept_back(report.evidence, outcome):
        return without_numbers(pooled)
    parts = (report.evidence.at(p) for p in report.evidence.post_periods if p.year in pooled.years)
    if any(is_dominated(part, outcome, part.period.year, "pilot") for part in parts):
        return without_numbers(pooled)
    return protect(pooled, report.rule)
