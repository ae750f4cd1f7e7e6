"""The effects as a report may tell them: too few, or what would give a year away, is left out."""

from dataclasses import replace

from evalkit import evaluation
from evalkit.chapters.opening import Report
from evalkit.chapters.withheld import is_level_kept_back, years_kept_back
from evalkit.plan import Outcome
from evalkit.reporting.disclosure import protect, without_numbers
from evalkit.results import Effect

BY_YEAR = ("pre_trend", "detrended")  # checks that a year before alone can change


def effect_of(report: Report, outcome: Outcome) -> Effect:
    """Return the effect in the period, without numbers where it rests on too few.

    Checks that set the years before apart are left out where one of them is kept back.
    """
    effect = protect(evaluation.evaluate(report.evidence, outcome), report.rule)
    if may_be_told_by_year(report, outcome):
        return effect
    return replace(effect, checks=tuple(c for c in effect.checks if c.method not in BY_YEAR))


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
    return protect(pooled, report.rule)
