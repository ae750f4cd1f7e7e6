"""Would the answer have been another? Ladder, drifts, false alarms and the plan's own history."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite, isnan, nan

from evalkit import robustness, specifications
from evalkit.chapters.answers import difference
from evalkit.chapters.delivered import about_outcome
from evalkit.chapters.figures import (
    axis_of,
    behind,
    in_frame,
    in_units,
    interval_columns,
    lower_first,
    no_figure,
    slug,
)
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of, may_be_told_by_year, told
from evalkit.chapters.tables import (
    interval_text,
    judged_p_value,
    least_p_value,
    rounded_down,
    text_table,
)
from evalkit.errors import DesignError
from evalkit.estimation.calibration import Calibration
from evalkit.estimation.ladder import Step
from evalkit.evaluation import WAITING
from evalkit.plan import Outcome
from evalkit.reporting import fragments, plots
from evalkit.reporting.disclosure import Released, release, release_estimates
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, number, percent
from evalkit.reporting.tables import Column
from evalkit.reporting.variations import AXES, METHODS, SIDES, because, setting
from evalkit.results import Estimate

LIKE_ANOTHER = ("cluster_robust",)  # all but the regression with grouped errors, which is shown
CANNOT = "kan inte beräknas"
NOT_TRIED = (
    "Hur ofta de viktade jämförelserna och prövningen över tid larmar i onödan är inte prövat."
)


@about_outcome
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
        f"sätt. {_turned(found, outcome)}"
    )
    columns = {"group": Column("Vad som ändras"), "label": Column("Hur")}
    columns |= interval_columns(outcome)
    table = behind(released, columns, f"{outcome.label}, {in_units(outcome)}")
    return in_frame(drawing, f"stege-{slug(outcome)}", caption, table)


@about_outcome
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
    released = release_estimates(estimates, rule=report.rule)
    frame = released.frame.assign(multiple=report.study.sensitivity.trend_multiples)
    shown = ["multiple", "conf_low", "conf_high"]
    passed = release(frame[shown], rule=report.rule, keys=shown)
    drawing = plots.trend_curve(passed, axis=axis_of(outcome, "Skillnad", "points"))
    ends = interval_columns(outcome)
    columns = {"multiple": Column("Gånger glidningen före", "number")} | {
        end: ends[end] for end in shown[1:]
    }
    table = behind(passed, columns, f"{outcome.label}, {in_units(outcome)}")
    caption = f"{outcome.label}: {_drift_message(report, outcome)}"
    return in_frame(drawing, f"glidning-{slug(outcome)}", caption, table)


def alarms_table(report: Report) -> Fragment:
    """Return how often each method finds an effect where there was none, on the areas' own data."""
    level = percent(1 - report.study.inference.confidence)
    note = (
        "Vi låtsas att piloten fanns i vart och ett av linjens områden, vid varje tidigare start "
        "som uppgifterna tillåter. Ingen sådan pilot fanns, så varje larm är falskt. En metod som "
        f"håller vad den lovar larmar i högst ungefär {level} av fallen. Försöken delar områden "
        "och år, så andelarna är mycket osäkra: en avvikelse på några procent säger inget. De görs "
        f"på kortare tid än huvudresultatet och med ett område färre. {_never_alarm(report)} Det "
        f"här kan inte visa det som bara rör teamet eller hela linjen. {NOT_TRIED} Regression och "
        "wild cluster bootstrap används inte som resultat, eftersom de inte håller med ett enda "
        "pilotområde; de är med för att många program ger dem."
    )
    rows: dict[str, dict[str, str]] = {}
    shown = [outcome for outcome in report.study.of_role("primary") if _shown(report, outcome)]
    for outcome in shown:
        try:
            found = robustness.false_alarms(report.evidence, outcome)
        except DesignError:
            continue
        for one in found:
            if one.method in LIKE_ANOTHER:
                continue
            row = rows.setdefault(one.method, {"method": METHODS[one.method]})
            row[outcome.id] = _alarm(one)
    columns = {"method": Column("Metod")} | {one.id: Column(one.label) for one in shown}
    caption = "Hur ofta hade metoderna larmat i onödan på studiens egna uppgifter?"
    return text_table(rows.values(), columns, caption, note)


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
                    "p_value": judged_p_value(estimate),
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
        "huvudresultat, och raderna är inte justerade för att de är många. Intervallen för viktade "
        f"områden är förskjutna med vad samma vikter ger där ingen pilot fanns. {NOT_TRIED} "
        "(Abadie m.fl. 2010, Arkhangelsky m.fl. 2021, Chernozhukov m.fl. 2021.)"
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


def _ladder(report: Report, found: specifications.Ladder) -> Released:
    estimates = release_estimates((step.estimate for step in found.steps), rule=report.rule)
    turned = found.turned
    frame = estimates.frame[["estimate", "conf_low", "conf_high"]].assign(
        group=[AXES[step.axis] for step in found.steps],
        label=[setting(step.axis, step.label) for step in found.steps],
        is_plan=[step.axis == "plan" for step in found.steps],
        turns=[step in turned for step in found.steps],
    )
    return release(frame, rule=report.rule, keys=("estimate", "conf_low", "conf_high"))


def _turned(found: specifications.Ladder, outcome: Outcome) -> str:
    planned, turned = found.steps[0], found.turned
    if planned.side == "unknown":
        return "Osäkerheten går inte att beräkna."
    others = len(found.steps) - 1
    estimates = [step.estimate.estimate for step in found.steps]
    lowest, highest = _bare(min(estimates), outcome), _bare(max(estimates), outcome)
    spans = f"skattningar från {lowest} till {highest}"
    if not turned and planned.side == "across":
        return f"Inget av sätten avgör riktningen ({spans})."
    if not turned:
        return f"Alla säger detsamma som huvudresultatet: {SIDES[planned.side]} ({spans})."
    same = f"{others - len(turned)} av {others} andra sätt säger {SIDES[planned.side]}"
    return (
        f"På de här sätten säger intervallet något annat än huvudresultatet: "
        f"{listing(ways(turned))} (ofyllda punkter). {_own_trend(turned)}{same} ({spans}), men de "
        "delar nästan alla uppgifter."
    )


def ways(turned: Sequence[Step]) -> list[str]:
    """Return how steps were counted, in words, the own trend first."""
    first = sorted(turned, key=lambda step: step.axis != "trend")
    return [_way(step) for step in first]


def _way(step: Step) -> str:
    said = setting(step.axis, step.label)
    return f"{AXES[step.axis].lower()} ({said})" if step.axis in ("wash_in", "window") else said


def _own_trend(turned: Sequence[Step]) -> str:
    if not any(step.axis == "trend" for step in turned):
        return ""
    return "Egen trend är det enda av sätten som prövar om områdena hade följts åt. "


def _bare(value: float, outcome: Outcome) -> str:
    return number(value * 100, 1) if outcome.kind == "share" else number(value, 2)


def _drift_message(report: Report, outcome: Outcome) -> str:
    limit = robustness.allowed_drift(report.evidence, outcome)
    if not isfinite(limit):
        return "slutsatsen står kvar hur mycket områdena än glider isär."
    return (
        "mätt mot det sista året före piloten står slutsatsen kvar så länge områdena efter starten "
        f"glider isär högst {rounded_down(limit)} gånger så mycket från ett år till nästa som de "
        "gjorde som mest före."
    )


def _never_alarm(report: Report) -> str:
    """Return which methods cannot reject at all with so few areas, so that 0 is no good mark."""
    effects = (effect_of(report, outcome) for outcome in report.study.of_role("primary"))
    checks = next((effect.checks for effect in effects if effect.status == "estimated"), ())
    level = 1 - report.study.inference.confidence
    names = [lower_first(METHODS[one.method]) for one in checks if least_p_value(one) > level]
    if not names:
        return ""
    return (
        "Följande kan inte larma alls med så få områden, varken falskt eller rätt, så en nolla är "
        f"inget gott betyg: {listing(names)}."
    )


def _alarm(one: Calibration) -> str:
    if isnan(one.share):
        return CANNOT
    return f"{percent(one.share)} ({one.rejections} av {one.placebos})"


def _shown(report: Report, outcome: Outcome) -> bool:
    effect = told(report.evidence, outcome)
    return effect.status == "estimated" and may_be_told_by_year(report, outcome)
