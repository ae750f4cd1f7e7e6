"""What would have to be true for the conclusion to change, in sentences made of results."""

from collections.abc import Iterable
from math import isfinite, isnan

from markupsafe import Markup

from evalkit import robustness, specifications
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.chapters.tables import rounded_down
from evalkit.estimation.ladder import Step
from evalkit.plan import Outcome
from evalkit.reporting import fragments
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing
from evalkit.reporting.variations import AXES, METHODS, SIDES, setting


def conclusion_changes(report: Report) -> Fragment:
    """Return, for each primary outcome, what would have to be true for the conclusion to change."""
    boxes = []
    for outcome in report.study.of_role("primary"):
        if effect_of(report, outcome).status == "estimated":
            head = Markup("<h3>{}</h3>").format(outcome.label)
            boxes.append(Fragment(str(head), outcome.label))
            boxes.append(fragments.callout("fakta", _listed(_conditions(report, outcome))))
    return fragments.join(*boxes) if boxes else fragments.paragraph("Inget mått kan ännu mätas.")


def _conditions(report: Report, outcome: Outcome) -> Iterable[str]:
    """Return the conditions under which the reader would be told something else."""
    found = specifications.ladder(report.evidence, outcome)
    planned = found.steps[0]
    if planned.side == "unknown":
        return ["Osäkerheten går inte att beräkna, så det finns ingen slutsats att ändra."]
    lines = [f"I dag är slutsatsen: {SIDES[planned.side]}."]
    if planned.side != "across":
        lines += _limits(report, outcome)
    lines.append(_other_ways(found))
    lines += _weighted_ways(report, outcome, planned)
    return lines


def _other_ways(found: specifications.Ladder) -> str:
    """Return what the ladder's other rungs say, one at a time."""
    across = found.steps[0].side == "across"
    if not found.turned:
        if across:
            return "Inget av de andra sätten i stegen ovan avgör riktningen heller."
        return "Inget av de andra sätten i stegen ovan ändrar slutsatsen."
    counted = f"{len(found.turned)} av {len(found.steps) - 1} andra sätt i stegen, ett i taget"
    if across:
        return (
            f"Räknat på {counted}, rymmer intervallet inte noll: {_how(found.turned)}. Att några "
            "av många gör det är väntat också utan någon verkan; huvudresultatet gäller."
        )
    return f"Räknat på {counted}, rymmer intervallet noll: {_how(found.turned)}."


def _weighted_ways(report: Report, outcome: Outcome, planned: Step) -> list[str]:
    """Return a line where weighted areas would have said something else than the plan."""
    across = planned.side == "across"
    other = [
        METHODS[one.method].partition(":")[0].lower()
        for one in robustness.other_comparisons(report.evidence, outcome)
        if isfinite(one.conf_low) and (one.conf_low <= 0 <= one.conf_high) != across
    ]
    if not other:
        return []
    holds = "inte rymmer noll" if across else "rymmer noll"
    return [
        f"Bland metoderna som viktar områdena ger {listing(other)} ett intervall som {holds}. Det "
        "är en kontroll, inte justerad för att de är många."
    ]


def _limits(report: Report, outcome: Outcome) -> list[str]:
    rho = robustness.allowed_heterogeneity(report.evidence, outcome)
    drift = robustness.allowed_drift(report.evidence, outcome)
    lines = []
    if not isnan(rho):
        lines.append(
            "Slutsatsen är inte längre säkerställd om pilotområdet av sig självt kan variera mer "
            f"än {rounded_down(rho)} gånger så mycket som det jämnaste av linjens områden (räknat "
            "med t-test på områdenas förändringar)."
        )
    last = report.study.timeline.pre_years[-1]
    if isnan(drift):
        lines.append(
            f"Mätt bara mot {last} är skillnaden inte säker; huvudresultatet använder alla åren "
            "före piloten."
        )
    elif isfinite(drift):
        lines.append(
            "Slutsatsen är inte längre säkerställd om områdena kan ha glidit isär, åt det håll som "
            f"minskar skillnaden, mer än {rounded_down(drift)} gånger så mycket per år som de "
            f"gjorde som mest före (mätt bara mot {last}; huvudresultatet använder alla åren)."
        )
    return lines


def _how(turned: Iterable[Step]) -> str:
    return listing([_variation(step) for step in turned])


def _variation(step: Step) -> str:
    said = setting(step.axis, step.label)
    return f"{AXES[step.axis].lower()} ({said})" if step.axis in ("wash_in", "window") else said


def _listed(lines: Iterable[str]) -> Markup:
    return Markup("<ul>{}</ul>").format(
        Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
    )
