"""Each threat's check, carried out: the report in, what was found out in Swedish.

What the threats are stands in params/threats.yaml; `reporting.findings` words what was found.
"""

from collections.abc import Callable, Sequence
from datetime import date

import pandas as pd

from evalkit import evaluation, registration, robustness, specifications, surroundings
from evalkit.chapters import comparability_checks, timing_checks
from evalkit.chapters.answers import ALPHA
from evalkit.chapters.delivered import is_told
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.data.cells import SCHOOLS
from evalkit.errors import DesignError
from evalkit.estimation.proportions import rate_ratio
from evalkit.evaluation import WAITING
from evalkit.framework import Threat
from evalkit.plan import Outcome
from evalkit.reporting import findings
from evalkit.reporting.disclosure import protect
from evalkit.reporting.findings import Finding, Variation
from evalkit.reporting.numbers import month
from evalkit.results import Effect

WAVE_MONTHS = 3  # before a period's end, where a closing wave would be
RECORDED = {
    "lead_caseworker": "andelen utan känd huvudhandläggare",
    "screening_decision": "andelen utan beslutsdatum efter förhandsbedömning",
    "handover_cause": "andelen byten utan känd orsak",
    "offer_answer": "andelen erbjudanden utan känt svar",
}

# What a check rests on beside the primary outcomes: an outcome or a measure of the cells.
NEEDED = {
    "T3": ("background:reporter", "reached"), "T4": ("handovers",), 
    "T6": ("background:sex", "background:age_group"),
    "T7": ("K1", "K1_UTR"), "T8": ("R1", "R3", "advice_instead"),
    "T13": ("K1", "K1_UTR", "R2"), "T14": ("missing",), "T18": ("R1", "flow"),
    "T21": ("reached",), "T22": ("R1", "gaps"),
}  # fmt: skip


def finding(report: Report, threat: Threat) -> Finding:
    """Return what the threat's check found in the report's period."""
    if threat.since is not None and report.period.end < threat.since:
        if threat.id == "T11" and (late := timing_checks.followed_past_the_pilot(report)):
            return timing_checks.ended_within_follow_up(report, late)
        return Finding("pending", f"Det började först i {month(threat.since)}.")
    if threat.check is None:
        example = comparability_checks.diluted(report) if threat.id == "T9" else ""
        return Finding("untestable", example)
    if not all(is_told(report, name) for name in NEEDED.get(threat.id, ())):
        return Finding("untestable", "Underlag saknas: studiens källor har inte uppgifterna.")
    return CHECKS[threat.id](report, threat)


def _closing(report: Report, _: Threat) -> Finding:
    confidence = report.study.inference.confidence
    wave = surroundings.closings_share(report.evidence, WAVE_MONTHS, confidence)
    at_end = f"andelen av periodens avslutade utredningar som avslutades de {WAVE_MONTHS} sista"
    moved = _shifts(report, [(f"{at_end} månaderna", wave)])
    return findings.together(moved, _varied(report, "season", "på halva perioden i taget"))


def _pandemic(report: Report, _: Threat) -> Finding:
    """Shifts in the wash-in, when it struck; the children of later years are another check.

    They are judged together (Bonferroni).
    """
    evidence, period = report.evidence, report.period
    years = evidence.wash_in_years or (period.year,)
    confidence = _each_of(2 * len(years), report.study.inference.confidence)
    share, volume = "andelen ärenden från skola och förskola", "antalet ärenden"
    found = []
    for year in years:
        reported = surroundings.incoming_share(evidence, "reporter", SCHOOLS, confidence, year)
        number = surroundings.volume(evidence, period.months, confidence, year)
        found += [(f"{share} {year}", reported), (f"{volume} {year}", number)]
    return _shifts(report, found, widened=len(found))


def _drained(report: Report, _: Threat) -> Finding:
    """How often staff left the line from the start to the period's end, against before."""
    staffing, timeline = report.cells.registers.get("staffing"), report.study.timeline
    if staffing is None or staffing.empty:
        return Finding("untestable", "Uppgifter om bemanningen saknas.")
    line = staffing[~staffing["unit_id"].isin(report.study.areas.pilot_units)]
    day = pd.to_datetime(line["month"]).dt.date
    before = line[(day >= timeline.pre.start) & (day <= timeline.pre.end)]
    after = line[(day >= timeline.wash_in.start) & (day <= report.period.end)]
    if before.empty or after.empty:
        return Finding("untestable", "Uppgifter om bemanningen saknas före eller efter starten.")
    spans = [(float(rows["left"].sum()), rows["staff"].sum() / 12) for rows in (after, before)]
    ratio = rate_ratio(*spans[0], *spans[1], report.study.inference.confidence)
    rates = [100 * left / years for left, years in spans]
    return findings.staff_who_left(rates[1], rates[0], ratio.low, ratio.high)


def _turnover(report: Report, _: Threat) -> Finding:
    shift = surroundings.turnover_rate(report.evidence, report.study.inference.confidence)
    return _shifts(report, [("byten för att handläggare slutat eller varit frånvarande", shift)])


def _publicity(report: Report, threat: Threat) -> Finding:
    since = threat.since or report.period.start
    months = tuple(m for m in report.period.months if date(report.period.year, m, 1) >= since)
    confidence = report.study.inference.confidence
    shift = surroundings.volume(report.evidence, months, confidence)
    return _shifts(report, [(f"antalet ärenden från {month(since)}", shift)])


def _children(report: Report, _: Threat) -> Finding:
    """Shifts in who came, judged together (Bonferroni), and the outcomes for alike children."""
    evidence, plan = report.evidence, report.study
    low, high = plan.scope.age_groups[0]
    investigated = is_told(report, "again")
    confidence = _each_of(4 + investigated, plan.inference.confidence)
    found = [("antalet ärenden", surroundings.volume(evidence, report.period.months, confidence))]
    for what, background, levels in (
        (f"andelen barn {low}–{high} år", "age_group", (f"{low}–{high}",)),
        ("andelen flickor", "sex", ("flicka",)),
        ("andelen ärenden från skola och förskola", "reporter", SCHOOLS),
    ):
        shift = surroundings.incoming_share(evidence, background, levels, confidence)
        found.append((what, shift))
    if investigated:
        before = surroundings.investigated_before_share(evidence, confidence)
        found.append(("andelen utredda barn som hade utretts förut", before))
    moved = _shifts(report, found, widened=len(found))
    alike = _varied(report, "composition", "med samma kön och ålder i alla områden")
    return findings.together(moved, alike)


def _threshold(report: Report, _: Threat) -> Finding:
    shift = surroundings.investigated_share(report.evidence, report.study.inference.confidence)
    return _shifts(report, [("andelen ärenden som leder till utredning", shift)])


def _returns(report: Report, _: Threat) -> Finding:
    again, contact = report.study.outcome("R1"), report.study.outcome("R3")
    agree = findings.returns_agree(again, effect_of(report, again), effect_of(report, contact))
    if agree.status == "pending":
        return agree
    confidence = report.study.inference.confidence
    advised = surroundings.advised_instead_share(report.evidence, confidence)
    what = "andelen avslutade utredningar som följs av råd och stöd men ingen ny utredning"
    return findings.together(agree, _shifts(report, [(what, advised)]))


def _exits(report: Report, _: Threat) -> Finding:
    confidence = report.study.inference.confidence
    shift = surroundings.exit_share(report.evidence, "R1", confidence)
    return _shifts(report, [("andelen vars uppföljning bröts av flytt eller 18-årsdag", shift)])


def _maturity(report: Report, _: Threat) -> Finding:
    waits = [one for one in report.study.outcomes if one.id in (*WAITING, "U1")]
    effects = [(one, evaluation.evaluate(report.evidence, one)) for one in waits]
    limits = report.study.definitions
    return findings.follow_up(effects, limits.mature_share, limits.least_mature_share)


def _first_reports(report: Report, _: Threat) -> Finding:
    confidence = report.study.inference.confidence
    lost = surroundings.first_year_investigated(report.evidence, confidence)
    shown = protect(lost, report.rule)
    found = findings.first_year(report.study.timeline.pre_years, shown)
    return findings.together(found, _without_first_year(report, [report.study.outcome("R2")]))


def _first_year(report: Report, _: Threat) -> Finding:
    return _without_first_year(report, report.study.of_role("primary"))


def _without_first_year(report: Report, outcomes: Sequence[Outcome]) -> Finding:
    first = str(report.study.timeline.pre_years[0])
    return _varied(report, "years", f"utan {first}", outcomes, label=first)


def _recording(report: Report, _: Threat) -> Finding:
    """Shifts in what is blank, judged together (Bonferroni), and uptake if blank were no."""
    confidence = _each_of(len(RECORDED), report.study.inference.confidence)
    found, never = [], []
    for field, what in RECORDED.items():
        shift = surroundings.missing_share(report.evidence, field, confidence)
        # What nobody left blank says nothing of a child.
        if shift.observed == 0 and shift.counterfactual == 0:
            never.append(what)
        else:
            found.append((what, shift))
    moved = _shifts(report, found, never, widened=len(RECORDED))
    return findings.together(moved, _blank_as_no(report)) if is_told(report, "U2") else moved


def _blank_as_no(report: Report) -> Finding:
    outcome, plan = report.study.outcome("U2"), report.study
    known = effect_of(report, outcome)
    every = surroundings.accepted_of_all(report.evidence, plan.inference.confidence)
    return findings.blank_as_no(outcome, known, protect(every, report.rule))


def _merged(report: Report, _: Threat) -> Finding:
    evidence, days = report.evidence, report.study.definitions.merge_gap_days
    directly = surroundings.reopened_share(evidence, report.study.inference.confidence)
    what = f"andelen avslutade utredningar som följs av en ny inom {days} dagar"
    how = "med andra gränser för vad som slås ihop"
    again = [report.study.outcome("R1")]
    varied = _varied(report, "definition", how, again, label="merge_gap_days")
    return findings.together(_shifts(report, [(what, directly)]), varied)


def _plan(report: Report, _: Threat) -> Finding:
    known = registration.load(report.study)
    pairs = [(one, effect_of(report, one)) for one in report.study.of_role("primary")]
    adjusted = robustness.adjusted_p_values(tuple(effect for _, effect in pairs))
    lost = [
        one for one, effect in pairs if effect.headline.p_value < ALPHA <= adjusted[one.id]
    ]  # fmt: skip
    unlogged = len(known.unlogged(report.study))
    return findings.plan_kept(bool(known.entries), unlogged, len(pairs), lost)


CHECKS: dict[str, Callable[[Report, Threat], Finding]] = {
    "T1": comparability_checks.before,
    "T2": comparability_checks.among_areas,
    "T3": _pandemic,
    "T4": _turnover,
    "T5": _drained,
    "T6": _children,
    "T7": _threshold,
    "T8": _returns,
    "T11": _closing,
    "T12": _maturity,
    "T13": _first_reports,
    "T14": _recording,
    "T15": _first_year,
    "T16": timing_checks.over_time,
    "T17": comparability_checks.level_before,
    "T18": _exits,
    "T19": _plan,
    "T21": _publicity,
    "T22": _merged,
}


def _varied(
    report: Report,
    axis: str,
    how: str,
    outcomes: Sequence[Outcome] | None = None,
    label: str = "",
) -> Finding:
    """Word what the ladder's steps on `axis` whose label begins with `label` say."""
    chosen = report.study.of_role("primary") if outcomes is None else outcomes
    shown = [one for one in chosen if effect_of(report, one).status == "estimated"]
    found = [_variation(report, one, axis, label) for one in shown]
    return findings.variations(found, how)


def _variation(report: Report, outcome: Outcome, axis: str, label: str) -> Variation:
    try:
        made = specifications.ladder(report.evidence, outcome)
    except DesignError:
        return Variation(outcome, 0, 0, decided=False)
    steps = timing_checks.steps_of(report, outcome, axis, label)
    turned = sum(step in made.turned for step in steps)
    return Variation(outcome, len(steps), turned, decided=made.steps[0].side in ("below", "above"))


def _shifts(
    report: Report,
    found: Sequence[tuple[str, Effect]],
    never: Sequence[str] = (),
    *,
    widened: int = 1,
) -> Finding:
    shown = [(what, protect(shift, report.rule)) for what, shift in found]
    return findings.shifts(shown, report.study.labels.treated, never, widened=widened)


def _each_of(n: int, confidence: float) -> float:
    """Return the confidence of each of n intervals that hold together (Bonferroni)."""
    return 1 - (1 - confidence) / n
