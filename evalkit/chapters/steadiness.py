"""What the robustness chapter says first: which results stand, and what undoes them."""

from math import isnan, nan

from markupsafe import Markup

from evalkit import robustness, specifications
from evalkit.chapters.answers import certainty_of
from evalkit.chapters.delivered import about_outcome, is_told
from evalkit.chapters.opening import Report
from evalkit.chapters.robustness import ways
from evalkit.chapters.shown_effects import effect_of, may_be_told_by_year
from evalkit.chapters.tables import NOT_VALID, OWN_TABLE
from evalkit.errors import DesignError
from evalkit.framework import load_threats
from evalkit.plan import Outcome
from evalkit.reporting import fragments, steadiness
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.links import link
from evalkit.reporting.steadiness import Result
from evalkit.reporting.variations import METHODS
from evalkit.results import Estimate

THREATS = "15_threats"


def robustness_message(report: Report) -> Fragment:
    """Return the chapter in short: which results are clear, what undoes them, how sure we are."""
    results = [_result(report, outcome) for outcome in report.study.of_role("primary")]
    return fragments.callout("svar", steadiness.in_short(results))


def methods_message(report: Report) -> Fragment:
    """Return how far the methods' estimates lie apart, and which say something else."""
    lines = []
    for outcome in report.study.of_role("primary"):
        effect = effect_of(report, outcome)
        if effect.status == "estimated":
            found = _by_method(report, outcome, (effect.headline, *effect.checks))
            lines.append(steadiness.span_of_methods(outcome, effect.headline, found))
    return fragments.paragraph(" ".join(line for line in lines if line))


@about_outcome
def sooner_or_more(report: Report, outcome_id: str) -> Fragment:
    """Return whether a share within some days changes as the days become more."""
    outcome = report.study.outcome(outcome_id)
    told = may_be_told_by_year(report, outcome)
    if effect_of(report, outcome).status != "estimated" or not told:
        return Fragment("", "")
    days, found = report.study.definitions.uptake_days, {}
    for step in specifications.ladder(report.evidence, outcome).steps:
        name, _, value = step.label.partition("=")
        if step.axis == "plan":
            found[days] = step.estimate
        elif step.axis == "definition" and name == "uptake_days":
            found[int(value)] = step.estimate
    if len(found) < 2:
        return Fragment("", "")
    ordered = sorted(found)
    text = steadiness.sooner_or_more(outcome, ordered, [found[day] for day in ordered])
    return fragments.paragraph(text)


def not_adjusted(report: Report) -> Fragment:
    """Return what the returns are not adjusted for, and where it is told what that may mean."""
    text = Markup(
        "Resultatet är inte justerat för barnens kön och ålder eller för om de utretts förut.{}"
    ).format(_told_under(report, "Hur det har ändrats i områdena står under {}.", "T6"))
    if is_told(report, "flow"):
        first = report.study.timeline.pre_years[0]
        text += Markup(
            " Av de utredningar som avslutades {} finns bara de som också inleddes det året, "
            "alltså de kortare, för där börjar uppgifterna.{}"
        ).format(first, _told_under(report, f"Resultatet utan {first} står under {{}}.", "T15"))
    return fragments.paragraph(text)


def _told_under(report: Report, sentence: str, threat_id: str) -> Markup:
    """Return a sentence that points at a threat; "" where the plan has no chapter of threats."""
    if THREATS not in report.study.chapters:
        return Markup("")
    names = {threat.id: threat.name for threat in load_threats(report.study)}
    where = link(f"felkalla-{threat_id.lower()}", names[threat_id])
    return Markup(" ") + Markup(sentence).format(where)


def _result(report: Report, outcome: Outcome) -> Result:
    effect = effect_of(report, outcome)
    sure = certainty_of(report, outcome, effect)
    if effect.status != "estimated":
        return Result(outcome, effect, sure, nan, ())
    missed = robustness.missed_drift(report.evidence, outcome)
    try:
        turned = specifications.ladder(report.evidence, outcome).turned
    except DesignError:
        turned = ()
    return Result(outcome, effect, sure, abs(missed.bias), ways(turned))


def _by_method(
    report: Report, outcome: Outcome, own: tuple[Estimate, ...]
) -> list[tuple[str, Estimate]]:
    every = (*own, *robustness.other_comparisons(report.evidence, outcome))
    return [
        (METHODS[one.method].partition(":")[0].partition(" (")[0].lower(), one)
        for one in every
        if one.method in METHODS
        and one.method not in (*OWN_TABLE, *NOT_VALID)
        and not isnan(one.estimate)
    ]
