"""What a study's sources do not tell: that part of the report says so, and the rest stands whole.

A study of published figures alone has no children, handovers or survey; a plan may leave an
outcome out. A chapter is written once, for every study.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, get_args

from evalkit import evaluation
from evalkit.chapters.opening import Report
from evalkit.records import OutcomeId
from evalkit.reporting import fragments
from evalkit.reporting.fragments import Fragment

P = ParamSpec("P")
Show = Callable[Concatenate[Report, P], Fragment]
OUTCOMES: tuple[str, ...] = get_args(OutcomeId)
# What a measure or a register tells, and the extracts that it is made of.
TOLD = {
    "survey": ("medarbetarenkäten", "enkat"),
    "event": ("daterade händelser", "handelse"),
    "background:sex": ("vilka barnen är", "aktualisering och barn"),
    "background:age_group": ("barnens ålder", "aktualisering och barn"),
    "background:reporter": ("vem som anmälde", "aktualisering"),
    "reached": ("vilken enhet som tog hand om ärendena", "aktualisering"),
    "flow": ("enskilda ärenden", "aktualisering, boende och barn"),
    "missing": ("enskilda ärenden", "aktualisering, tilldelning och erbjudande"),
    "handovers": ("byten av handläggare", "tilldelning"),
    "phase_days": ("ärendenas steg", "aktualisering, utredning och insats"),
    "funnel": ("behov, erbjudanden och insatser", "behov, erbjudande och insats"),
    "U2_answers": ("svaren på erbjudanden", "erbjudande"),
}  # fmt: skip


def is_told(report: Report, name: str) -> bool:
    """Return whether the sources tell an outcome of the plan, a measure or a register."""
    if name in OUTCOMES and name not in {outcome.id for outcome in report.study.outcomes}:
        return False
    if name in ("survey", "finance", "event"):
        return len(getattr(report.cells, name)) > 0
    return len(report.evidence.of(name)) > 0


def resting_on(name: str) -> Callable[[Show[P]], Show[P]]:
    """Let a part of the report say what it lacks, where the sources do not tell `name`."""
    what, extracts = TOLD[name]

    def decorate(show: Show[P]) -> Show[P]:
        @wraps(show)
        def shown(report: Report, *args: P.args, **kwargs: P.kwargs) -> Fragment:
            if is_told(report, name):
                return show(report, *args, **kwargs)
            return lacking(
                f"studiens källor har inte uppgifter om {what}. Det som behövs är {extracts}."
            )

        return shown

    return decorate


def about_outcome(show: Callable[[Report, str], Fragment]) -> Callable[[Report, str], Fragment]:
    """Let a part about one outcome say what it lacks; an id that no plan can have goes through."""

    @wraps(show)
    def shown(report: Report, outcome_id: str) -> Fragment:
        reason = why_not(report, outcome_id)
        return lacking(reason) if reason else show(report, outcome_id)

    return shown


def why_not(report: Report, outcome_id: str) -> str:
    """Return why an outcome cannot be shown, or nothing."""
    planned = {outcome.id: outcome for outcome in report.study.outcomes}
    if outcome_id not in planned:
        return "måttet ingår inte i studiens plan." if outcome_id in OUTCOMES else ""
    outcome = planned[outcome_id]
    gone = set(evaluation.left_out(report.evidence, outcome)["area"])
    if gone & set(report.study.areas.treated):
        place = report.study.labels.treated.lower()
        return f"{outcome.label}: publicerad siffra saknas något år för {place}."
    if is_told(report, outcome_id):
        return ""
    return f"studiens källor har inte måttet {outcome.label.lower()}."


def lacking(what: str) -> Fragment:
    """Return the box that says what is lacking."""
    return fragments.callout("varning", f"Underlag saknas: {what}")
