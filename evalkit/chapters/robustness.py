"""Would the answer have been another? Ladder, drifts, false alarms and the plan's own history."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import isfinite, isnan, nan

from markupsafe import Markup

from evalkit import evaluation, registration, robustness, specifications
from evalkit.chapters.answers import difference
from evalkit.chapters.figures import axis_of, in_frame, no_figure
from evalkit.chapters.opening import Report
from evalkit.chapters.tables import interval_text, p_value_text, text_table
from evalkit.errors import DesignError
from evalkit.estimation.calibration import Calibration
from evalkit.estimation.ladder import Step
from evalkit.evaluation import WAITING
from evalkit.plan import Outcome
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, protect, release, release_estimates
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import day, listing, number, percent
from evalkit.reporting.tables import Column, Kind
from evalkit.reporting.variations import AXES, METHODS, because, setting
from evalkit.results import Effect, Estimate

PARTS = {
    "areas": "områden",
    "timeline": "tidsgränser",
    "scope": "vilka barn som ingår",
    "definitions": "definitioner",
    "inference": "metod",
    "sensitivity": "känslighetsanalyser",
    "disclosure": "sekretessgräns",
    "outcomes": "mått",
    "periods": "perioder",
}
LIKE_ANOTHER = ("cluster_robust",)  # all but the regression with grouped errors, which is shown
CANNOT = "kan inte beräknas"
SIDES = {
    "below": "lägre än väntat",
    "above": "högre än väntat",
    "across": "varken lägre eller högre med säkerhet",
}


def ladder_figure(report: Report, outcome_id: str) -> Fragment:
    """Return an outcome's effect by the plan and with one thing varied at a time."""
    outcome = report.study.outcome(outcome_id)
    if not _shown(report, outcome):
        return no_figure(outcome)
    found = specifications.ladder(report.evidence, outcome)
    released = _ladder(report, found)
    drawing = plots.ladder(released, axis=axis_of(outcome, "Skillnad mot det väntade", "points"))
    caption = (
        f"{outcome.label}, {report.period.label}: samma skillnad räknad på {len(found.steps)} "
        f"sätt. {_turned(found)}"
    )
    name = f"stege-{_slug(outcome)}"
    return in_frame(drawing, name, caption, report, _behind(released, outcome, caption))


def drift_figure(report: Report, outcome_id: str) -> Fragment:
    """Return the interval that holds if areas drift apart more and more after the start."""
    outcome = report.study.outcome(outcome_id)
    if not _shown(report, outcome):
        return no_figure(outcome)
    estimates = robustness.drifting_apart(report.evidence, outcome)
    if isnan(estimates[0].conf_low):
        return fragments.callout("varning", f"Går inte att pröva: {because(estimates[0].reason)}.")
    if isnan(robustness.allowed_drift(report.evidence, outcome)):
        return fragments.paragraph(
            f"{outcome.label}: också utan någon glidning rymmer intervallet noll, från "
            f"{interval_text(estimates[0], outcome)}, så här finns ingen slutsats som en glidning "
            "kan ändra."
        )
    released = release_estimates(estimates, threshold=report.threshold)
    frame = released.frame.assign(multiple=report.study.sensitivity.trend_multiples)
    shown = ["multiple", "conf_low", "conf_high"]
    drawing = plots.trend_curve(
        release(frame[shown], threshold=report.threshold, keys=shown),
        axis=axis_of(outcome, "Skillnad", "points"),
    )
    caption = f"{outcome.label}: {_drift_message(report, outcome)}"
    return in_frame(drawing, f"glidning-{_slug(outcome)}", caption, report)


def alarms_table(report: Report) -> Fragment:
    """Return how often each method finds an effect where there was none, on the areas' own data."""
    return fragments.join(
        _alarms(
            report,
            robustness.false_alarms,
            "Hur ofta hade metoden larmat i onödan på era egna siffror?",
            "Vi låtsas att piloten fanns i vart och ett av linjens områden, vid varje tidigare "
            "start som uppgifterna tillåter. Ingen sådan pilot fanns, så varje larm är falskt. En "
            f"metod som håller vad den lovar larmar i ungefär {_error_rate(report)} av fallen. "
            "Försöken delar områden och år och är därför färre än de ser ut.",
            counted=True,
        ),
        _alarms(
            report,
            robustness.resampled_alarms,
            "Samma fråga med många påhittade områden",
            f"Linjens områden har dragits om {number(report.study.sensitivity.draws)} gånger, med "
            "slumpvisa tecken på deras avvikelser och utan någon effekt.",
            counted=False,
        ),
    )


def other_comparisons_table(report: Report) -> Fragment:
    """Return the primary effects against weighted areas, and judged over time."""
    rows = []
    for outcome in report.study.of_role("primary"):
        if not _shown(report, outcome):
            rows.append({"label": outcome.label, "method": CANNOT})
            continue
        for estimate in _other(report, outcome):
            row = {"label": outcome.label, "method": METHODS[estimate.method]}
            if isnan(estimate.estimate):
                rows.append(row | {"difference": because(estimate.reason)})
                continue
            rows.append(
                row
                | {
                    "difference": difference(estimate.estimate, outcome),
                    "interval": interval_text(estimate, outcome),
                    "p_value": p_value_text(estimate.p_value),
                }
            )
    columns = {
        "label": Column("Mått"),
        "method": Column("Sätt att jämföra"),
        "difference": Column("Skillnad"),
        "interval": Column(f"Osäkerhet ({percent(report.study.inference.confidence)})"),
        "p_value": Column("p\u2011värde"),
    }
    note = (
        "Tiden är delad i kvartal, eller i längre stycken där något område annars saknar fall. Med "
        "så få områden och så kort tid är vikterna osäkra; tabellen är en kontroll och inget "
        "huvudresultat (Abadie m.fl. 2010, Arkhangelsky m.fl. 2021, Chernozhukov m.fl. 2021)."
    )
    caption = f"Andra sätt att välja jämförelse, {report.period.label}"
    return text_table(rows, columns, caption, note)


def _other(report: Report, outcome: Outcome) -> tuple[Estimate, ...]:
    found = robustness.other_comparisons(report.evidence, outcome)
    if outcome.kind != "share" or outcome.id in WAITING:
        return found
    try:
        robust = robustness.doubly_robust_check(report.evidence, outcome)
    except DesignError:  # a stratum that an arm lacks: the other rows stand
        return found
    return (*found, replace(robust, p_value=nan, conf_low=nan, conf_high=nan))


def conclusion_changes(report: Report) -> Fragment:
    """Return, for each primary outcome, what would have to be true for the conclusion to change."""
    boxes = []
    for outcome in report.study.of_role("primary"):
        if _shown(report, outcome):
            head = Markup("<h3>{}</h3>").format(outcome.label)
            boxes.append(Fragment(str(head), outcome.label))
            boxes.append(fragments.callout("fakta", _listed(_conditions(report, outcome))))
    return fragments.join(*boxes) if boxes else fragments.paragraph("Inget mått kan ännu mätas.")


def plan_table(report: Report) -> Fragment:
    """Return when the analysis plan was fixed, every change since, and what it did not get."""
    known = registration.load(report.study)
    parts = [_registered(known), _unlogged(known.unlogged(report.study)), _not_carried_out(report)]
    return fragments.join(*(part for part in parts if part))


def _ladder(report: Report, found: specifications.Ladder) -> Released:
    estimates = release_estimates(
        (step.estimate for step in found.steps), threshold=report.threshold
    )
    turned = found.turned
    frame = estimates.frame[["estimate", "conf_low", "conf_high"]].assign(
        group=[AXES[step.axis] for step in found.steps],
        label=[setting(step.axis, step.label) for step in found.steps],
        is_plan=[step.axis == "plan" for step in found.steps],
        turns=[step in turned for step in found.steps],
    )
    return release(frame, threshold=report.threshold, keys=("estimate", "conf_low", "conf_high"))


def _behind(released: Released, outcome: Outcome, caption: str) -> str:
    kind: Kind = "points" if outcome.kind == "share" else "number"
    columns = {
        "group": Column("Vad som ändras"),
        "label": Column("Hur"),
        "estimate": Column("Skillnad", kind),
        "conf_low": Column("Från", kind),
        "conf_high": Column("Till", kind),
    }
    return tables.html(released, columns, f"Siffrorna bakom figuren. {caption}")


def _turned(found: specifications.Ladder) -> str:
    planned, turned = found.steps[0], found.turned
    if planned.side == "unknown":
        return "Osäkerheten går inte att beräkna."
    verdict = SIDES[planned.side]
    others = len(found.steps) - 1
    if not turned:
        return f"Alla säger detsamma som huvudresultatet: {verdict}."
    return (
        f"{others - len(turned)} av {others} andra sätt säger detsamma som huvudresultatet "
        f"({verdict}). Ofyllda punkter säger något annat."
    )


def _drift_message(report: Report, outcome: Outcome) -> str:
    limit = robustness.allowed_drift(report.evidence, outcome)
    if not isfinite(limit):
        return "slutsatsen står kvar hur mycket områdena än glider isär."
    return (
        "slutsatsen står kvar så länge områdena efter starten glider isär högst "
        f"{number(limit, 1)} gånger så mycket från ett år till nästa som de gjorde som mest före."
    )


def _alarms(
    report: Report,
    count: Callable[..., tuple[Calibration, ...]],
    caption: str,
    note: str,
    *,
    counted: bool,
) -> Fragment:
    rows: dict[str, dict[str, str]] = {}
    shown = [outcome for outcome in report.study.of_role("primary") if _shown(report, outcome)]
    for outcome in shown:
        try:
            found = count(report.evidence, outcome)
        except DesignError:
            continue
        for one in found:
            if one.method in LIKE_ANOTHER:
                continue
            row = rows.setdefault(one.method, {"method": METHODS[one.method]})
            row[outcome.id] = _alarm(one, counted)
    columns = {"method": Column("Metod")} | {one.id: Column(one.label) for one in shown}
    return text_table(rows.values(), columns, caption, note)


def _alarm(one: Calibration, counted: bool) -> str:
    if isnan(one.share):
        return CANNOT
    share = percent(one.share, 0 if counted else 1)
    return f"{share} ({one.rejections} av {one.placebos})" if counted else share


def _conditions(report: Report, outcome: Outcome) -> Iterable[str]:
    """Return the conditions under which the reader would be told something else."""
    found = specifications.ladder(report.evidence, outcome)
    planned = found.steps[0]
    if planned.side == "unknown":
        return ["Osäkerheten går inte att beräkna, så det finns ingen slutsats att ändra."]
    lines = [f"I dag är slutsatsen: {SIDES[planned.side]}."]
    if planned.side != "across":
        lines += _limits(report, outcome)
    if found.turned:
        lines.append(f"Slutsatsen blir en annan om man räknar så här: {_how(found.turned)}.")
    elif planned.side == "across":
        lines.append("Inget av de andra sätten att räkna avgör riktningen heller.")
    else:
        lines.append("Inget av de andra sätten att räkna ändrar slutsatsen.")
    return lines


def _limits(report: Report, outcome: Outcome) -> list[str]:
    rho = robustness.allowed_heterogeneity(report.evidence, outcome)
    drift = robustness.allowed_drift(report.evidence, outcome)
    lines = []
    if not isnan(rho):
        lines.append(
            "Slutsatsen faller om pilotområdet av sig självt varierar mer än "
            f"{number(rho, 1)} gånger så mycket som linjens områden."
        )
    if isnan(drift):
        lines.append(
            "Mätt bara mot det sista året före piloten är skillnaden inte säker; huvudresultatet "
            "använder alla åren före."
        )
    elif isfinite(drift):
        lines.append(
            "Slutsatsen faller om områdena efter starten gled isär mer än "
            f"{number(drift, 1)} gånger så mycket från ett år till nästa som de gjorde som mest "
            "före."
        )
    return lines


def _how(turned: Iterable[Step]) -> str:
    return listing([_variation(step) for step in turned])


def _variation(step: Step) -> str:
    said = setting(step.axis, step.label)
    return f"{AXES[step.axis].lower()} ({said})" if step.axis in ("wash_in", "window") else said


def _registered(known: registration.Registration) -> Fragment | None:
    if not known.entries:
        return fragments.callout(
            "varning",
            "Analysplanen är inte registrerad. Det går därför inte att visa att den bestämdes "
            "innan resultaten var kända.",
        )
    rows = [
        {
            "date": day(entry.date),
            "what": entry.what,
            "why": entry.why,
            "parts": listing([PARTS[part] for part in known.changed(place)]) if place else "allt",
        }
        for place, entry in enumerate(known.entries)
    ]
    columns = {
        "date": Column("Dag"),
        "what": Column("Beslut eller ändring"),
        "why": Column("Skäl"),
        "parts": Column("Delar av planen"),
    }
    note = "Den första raden är planen som den registrerades, de följande är ändringar."
    return text_table(rows, columns, "Analysplanens historia", note)


def _unlogged(parts: tuple[str, ...]) -> Fragment | None:
    if not parts:
        return None
    named = listing([PARTS[part] for part in parts])
    return fragments.callout(
        "varning",
        f"Analysplanen har ändrats sedan den registrerades utan att det är känt varför: {named}.",
    )


def _not_carried_out(report: Report) -> Fragment:
    rows = [
        {"label": outcome.label, "what": _planned(missing.what), "why": because(missing.reason)}
        for outcome in report.study.of_role("primary")
        for missing in robustness.not_carried_out(report.evidence, outcome)
    ]
    if not rows:
        return fragments.paragraph("Allt som planen anger för huvudmåtten har genomförts.")
    columns = {
        "label": Column("Mått"),
        "what": Column("Planerat"),
        "why": Column("Varför det inte kunde göras"),
    }
    caption = f"Avvikelser från analysplanen, {report.period.label}"
    return text_table(rows, columns, caption, "Avvikelserna räknas fram och kan inte väljas bort.")


def _planned(what: str) -> str:
    axis, found, label = what.partition(": ")
    return f"{AXES[axis]}: {setting(axis, label)}" if found else METHODS[what]


def _shown(report: Report, outcome: Outcome) -> bool:
    effect: Effect = protect(evaluation.evaluate(report.evidence, outcome), report.threshold)
    return effect.status == "estimated"


def _error_rate(report: Report) -> str:
    return percent(1 - report.study.inference.confidence)


def _slug(outcome: Outcome) -> str:
    return outcome.id.lower().replace("_", "-")


def _listed(lines: Iterable[str]) -> Markup:
    return Markup("<ul>{}</ul>").format(
        Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
    )
