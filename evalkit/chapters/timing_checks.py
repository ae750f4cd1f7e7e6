"""The checks of when things happened: the pilot's end within the follow-up, and what fades."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from evalkit import specifications
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of, told
from evalkit.estimation.ladder import Step
from evalkit.framework import Threat
from evalkit.plan import Outcome
from evalkit.reporting import findings
from evalkit.reporting.disclosure import protect
from evalkit.reporting.findings import Finding, Part
from evalkit.reporting.variations import months

FOLLOWED = timedelta(days=365)  # a matter's caseworkers, from the referral; returns by the plan
MONTH = timedelta(days=31)  # at most
YEAR_LONG = ("continuity", "reinvestigation")


def followed_past_the_pilot(report: Report) -> list[Outcome]:
    """Return the primary outcomes that follow some of the period's matters beyond the last day."""
    last, followed = report.study.timeline.exposure_end, report.period.end + FOLLOWED
    if min(followed, report.period.cutoff) <= last:
        return []
    primary = report.study.of_role("primary")
    return [
        one
        for one in primary
        if one.family in YEAR_LONG and effect_of(report, one).status == "estimated"
    ]


def ended_within_follow_up(report: Report, outcomes: Sequence[Outcome]) -> Finding:
    """Check what the pilot's end within the follow-up may have done to the outcomes."""
    last = report.study.timeline.exposure_end
    found = []
    for outcome in outcomes:
        whole = effect_of(report, outcome)
        parts = []
        for step in steps_of(report, outcome, "season"):
            first_month, last_month = (int(month) for month in step.label.split("-"))
            until = date(report.period.year, last_month, 1) + MONTH + FOLLOWED
            part = protect(replace(whole, headline=step.estimate), report.rule)
            parts.append(Part(months(first_month, last_month), part, before=until <= last))
        found.append((outcome, whole.headline, parts))
    return findings.followed_past(last, found)


def over_time(report: Report, _: Threat) -> Finding:
    """Check whether the effect has changed since the first period after the wash-in."""
    evidence = report.evidence
    outcome = report.study.of_role("primary")[0]
    periods = evidence.post_periods
    if periods == (report.period,):
        return _since_wash_in(report, outcome)
    if len(periods) < 2 or report.period not in periods:
        return Finding("pending", "Det behövs två perioder efter inkörningen att jämföra.")
    first = told(evidence.at(periods[0]), outcome)
    return findings.over_time(outcome, first, effect_of(report, outcome))


def _since_wash_in(report: Report, outcome: Outcome) -> Finding:
    """What the wash-in and the only period after it show, side by side."""
    wash_in = [period for period in report.evidence.periods if period.phase == "wash_in"]
    if not wash_in:
        return Finding("pending", "Det behövs två perioder efter inkörningen att jämföra.")
    first = told(report.evidence.at(wash_in[-1]), outcome)
    return findings.since_wash_in(outcome, first, effect_of(report, outcome))


def steps_of(report: Report, outcome: Outcome, axis: str, label: str = "") -> list[Step]:
    """Return the ladder's steps on `axis` whose label begins with `label`."""
    made = specifications.ladder(report.evidence, outcome)
    return [step for step in made.steps if step.axis == axis and step.label.startswith(label)]
