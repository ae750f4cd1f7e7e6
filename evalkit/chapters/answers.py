"""Answers in words: what happened, what was expected, how sure we are, what could change it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from math import isnan, nan

from markupsafe import Markup, escape

from evalkit import evaluation, surroundings
from evalkit.chapters.codes import ARMS
from evalkit.chapters.delivered import about_outcome
from evalkit.chapters.handovers import organisation_remark
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import told
from evalkit.chapters.withheld import hidden_places
from evalkit.data.continuity import DAYS_PER_MONTH, FOLLOWED_DAYS
from evalkit.plan import Outcome, Study
from evalkit.reporting import fragments, remarks, wording
from evalkit.reporting.findings import side
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import number, percent, points
from evalkit.reporting.verdicts import Certainty, PreTrend, certainty, overridden
from evalkit.results import Effect

ALPHA = 0.05
# In tables; a mean number of caseworkers differs in the second decimal.
DECIMALS = {"share": 1, "mean": 2, "rate": 1}
# The chief rival explanation for each family of outcomes (domain: the line's chain of units caps
# its continuity; threats T8, T14).
THREATS = {
    "continuity": "organisationen, med hela kedjan i ett team,",
    "reinvestigation": "råd och stöd i stället för en ny utredning",
    "uptake": "skillnader i hur behov och insatser registreras",
    "clocks": "skillnader i arbetsbelastning",
}
# Of handovers that are not at unit borders (threat T4).
TURNOVER = "olika personalomsättning i pilotområdet och i linjen"
HANDED_OVER = "att ärenden lämnades över till linjen när piloten avslutades"


def period_notice(report: Report, *outcome_ids: str) -> Fragment:
    """Return what a reader must know about the period to read these outcomes, or the primary."""
    planned = {outcome.id: outcome for outcome in report.study.outcomes}
    named = [planned[name] for name in outcome_ids if name in planned]
    lines = []
    if report.period.phase == "wash_in":
        lines.append(
            f"{report.period.label} är inkörningsår. Arbetssättet höll på att införas, så årets "
            "skillnader räknas inte in i det samlade resultatet."
        )
    past = [
        outcome.label
        for outcome in named or report.study.of_role("primary")
        if _runs_past_the_pilot(report, outcome)
    ]
    if past:
        lines.append(remarks.followed_past_the_pilot(report.study.timeline.exposure_end, past))
    if not report.period.whole_year:
        lines.append(
            f"Perioden är {report.period.label}. Den jämförs med samma månader tidigare år."
        )
    return fragments.callout("varning", _listed(lines)) if lines else Fragment("", "")


def unconfirmed(report: Report) -> Fragment:
    """Return the plan's example values for what nobody has been able to confirm."""
    items = [f"{item.what}: {item.example}." for item in report.study.unconfirmed]
    head = "Följande är inte bekräftat. Rapporten bygger på exempelvärden:"
    return fragments.callout("varning", Markup("<p>{}</p>{}").format(head, _listed(items)))


def notes(report: Report) -> Fragment:
    """Return the plan's standing remarks that were known at the report's cut-off."""
    known = [note.text for note in report.study.notes if note.known_from <= report.period.cutoff]
    return fragments.join(*(fragments.paragraph(text) for text in known))


@about_outcome
def answer(report: Report, outcome_id: str) -> Fragment:
    """Return the answer to one outcome's question for the period, with its certainty."""
    outcome = report.study.outcome(outcome_id)
    effect = told(report.evidence, outcome)
    return _answer_box(report, outcome, effect)


@about_outcome
def shorter_window(report: Report, outcome_id: str) -> Fragment:
    """Return the answer for the longest window that is mature, where the planned one is not."""
    outcome = report.study.outcome(outcome_id)
    planned = report.study.definitions.follow_up_days
    window = evaluation.longest_mature_window(report.evidence, outcome)
    if window is None or window == planned:
        return fragments.paragraph(
            f"Uppföljningen räcker för hela den planerade tiden, {planned} dagar."
            if window
            else "Ingen av de planerade uppföljningstiderna är ännu tillräckligt mogen."
        )
    definitions = report.study.definitions.model_copy(update={"follow_up_days": window})
    study = report.study.model_copy(update={"definitions": definitions})
    effect = told(report.evidence, outcome, window)
    places = [f"maturity/{window}/{arm}/share" for arm in ARMS.values()]
    least = f"Minst {percent(report.study.definitions.least_mature_share)}"
    followed = least if any(hidden_places(report.evidence, places)) else percent(effect.mature)
    head = (
        f"Uppföljningen räcker inte för hela den planerade tiden. {followed} har "
        f"kunnat följas i {window} dagar. Så långt ser det ut så här, preliminärt:"
    )
    return fragments.join(fragments.paragraph(head), _answer_box(report, outcome, effect, study))


def certainty_of(report: Report, outcome: Outcome, effect: Effect) -> Certainty:
    """Return the certainty of an effect, from the checks that the workbook runs.

    A person's judgement in the plan takes its place for the outcome's own period.
    """
    alarms = []
    if effect.status == "estimated" and effect.mature < report.study.definitions.mature_share:
        alarms.append("alla barn har ännu inte kunnat följas hela tiden")
    if report.period.phase == "wash_in":
        alarms.append("arbetssättet höll på att införas")
    if _hangs_on_blanks(report, effect):
        alarms.append("svaret blir ett annat om svar som saknas räknas som nej")
    trend = _pre_trend(effect)
    computed = certainty(effect, outcome, pre_trend=trend, alarms=alarms)
    is_own = effect.status == "estimated" and effect.label == report.period.label
    judged = report.study.override(outcome.id, report.period.period) if is_own else None
    return overridden(computed, judged)


def as_told(report: Report, outcome: Outcome, effect: Effect) -> Effect:
    """Return the effect with the share that could be followed unknown where it is kept back."""
    hidden = hidden_places(report.evidence, [f"mature/{outcome.id}"])[0]
    return replace(effect, mature=nan) if hidden else effect


def _hangs_on_blanks(report: Report, effect: Effect) -> bool:
    """Return whether uptake in the period says something else when blank answers count as no."""
    own = effect.outcome == "U2" and effect.label == report.period.label
    if not own or effect.status != "estimated":
        return False
    every = surroundings.accepted_of_all(report.evidence, report.study.inference.confidence)
    return every.status == "estimated" and side(every.headline) != side(effect.headline)


def threat_of(report: Report, outcome: Outcome) -> str:
    """Return the chief rival explanation of an outcome's result in the period."""
    ended = report.period.end >= report.study.timeline.exposure_end
    if outcome.family == "continuity" and ended:
        return HANDED_OVER
    return TURNOVER if outcome.id == "K4" else THREATS[outcome.family]


def amount(value: float, outcome: Outcome) -> str:
    """Return a level as tables have it: a percentage for shares, else a number."""
    if isnan(value):
        return "–"
    decimals = DECIMALS[outcome.kind]
    return percent(value, decimals) if outcome.kind == "share" else number(value, decimals)


def difference(value: float, outcome: Outcome) -> str:
    """Return a difference with its unit: percentage points for shares."""
    if isnan(value):
        return "–"
    decimals = DECIMALS[outcome.kind]
    if outcome.kind == "share":
        return points(value, decimals)
    return f"{number(value, decimals)} {outcome.unit}"


def _answer_box(
    report: Report, outcome: Outcome, effect: Effect, study: Study | None = None
) -> Fragment:
    """Return the boxed answer; `study` is the plan to word it by, where not the report's own."""
    sure = certainty_of(report, outcome, effect)
    threat = threat_of(report, outcome)
    told = as_told(report, outcome, effect)
    text = wording.answer(told, study or report.study, effect.label, sure, threat)
    body = Markup("<p>{}</p>").format(text)
    if effect.status == "estimated":
        if remark := organisation_remark(report, outcome, effect):
            body += Markup("<p>{}</p>").format(remark)
        level = f"Tillförlitlighet: {sure.told}. Skäl: {'; '.join(sure.reasons)}."
        body += Markup('<p class="ek-note">{}</p>').format(level)
    return fragments.callout("svar", body)


def _runs_past_the_pilot(report: Report, outcome: Outcome) -> bool:
    """Tell whether some of the outcome's children are followed after the pilot's last day."""
    days = followed_days(report.study, outcome)
    seen = min(report.period.end + timedelta(days=days), report.period.cutoff)
    return seen > report.study.timeline.exposure_end


def followed_days(study: Study, outcome: Outcome) -> int:
    """Return for how many days after its date a unit of the outcome is followed."""
    rules = study.definitions
    if outcome.family == "continuity":
        return FOLLOWED_DAYS
    days = {
        "R1": rules.follow_up_days, "R2": rules.follow_up_days, "R3": rules.follow_up_days,
        "U1": rules.uptake_days, "T14": rules.screening_days,
        "T4M": round(rules.investigation_months * DAYS_PER_MONTH),
    }  # fmt: skip
    return days.get(outcome.id, 0)


def _pre_trend(effect: Effect) -> PreTrend:
    found = [check for check in effect.checks if check.method == "pre_trend"]
    if not found or isnan(found[0].p_value):
        return "untestable"
    return "failed" if found[0].p_value < ALPHA else "held"


def _listed(lines: Iterable[str]) -> Markup:
    items = Markup("").join(Markup("<li>{}</li>").format(escape(line)) for line in lines)
    return Markup("<ul>{}</ul>").format(items)
