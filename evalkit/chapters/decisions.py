"""What is left for the steering group to decide, made from the plan and the period's results."""

from collections.abc import Iterable
from datetime import timedelta

from markupsafe import Markup

from evalkit.chapters import gaps
from evalkit.chapters.contents import see
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.plan import Period
from evalkit.reporting import fragments
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import day, listing
from evalkit.reporting.phrases import lower_first
from evalkit.reporting.verdicts import relevant_difference


def decisions(report: Report) -> Fragment:
    """Return the questions that the report leaves to the steering group, with what it proposes."""
    last, lead = report.study.timeline.exposure_end, []
    if report.period.cutoff > last:
        lead.append(f"Piloten är avslutad sedan den {day(last)}.")
    if report.study.simulated:
        lead.append("Frågorna hade gällt om uppgifterna vore verkliga.")
    items = Markup("").join(Markup("<li>{}</li>").format(item) for item in _questions(report))
    listed = Markup("<ol>{}</ol>").format(items)
    close = fragments.paragraph("Ansvarig och datum för varje beslut fylls i av styrgruppen.")
    questions = Fragment(str(listed), listed.striptags())
    return fragments.join(
        *([fragments.paragraph(" ".join(lead))] if lead else []), questions, close
    )


def _questions(report: Report) -> Iterable[Markup | str]:
    study = report.study
    yield Markup(
        "Vilka delar av arbetssättet ska tas till vara i linjen, ändras eller släppas, och vilka "
        "går att införa utan att organisationen görs om? Jämförelsen gäller helheten och räcker "
        "inte för att bedöma enskilda delar.{}"
    ).format(see(study, "16_components"))
    if gaps.any_left(report):
        yield Markup("Ska skillnaden mellan flickor och pojkar utredas, och av vem?{}").format(
            see(study, "09_equality")
        )
    sizes = [
        f"{relevant_difference(outcome)} för {lower_first(outcome.label)}"
        for outcome in study.of_role("primary")
    ]
    yield f"Hur stor skillnad ska räknas som betydelsefull? Planens förslag: {listing(sizes)}."
    yield f"Ska måtten följas vidare? {_next_measurement(report)}".strip()


def _next_measurement(report: Report) -> str:
    """Return when the next follow-up is complete: this period's, or else the one after it."""
    effects = [effect_of(report, outcome) for outcome in report.study.of_role("primary")]
    waits = any(effect.status == "immature" for effect in effects)
    later = [one for one in report.evidence.periods if one.end > report.period.end]
    following = [report.period] if waits else sorted(later, key=lambda one: one.end)[:1]
    return _complete(report, following[0]) if following else "Ingen mer mätning är planerad."


def _complete(report: Report, period: Period) -> str:
    ready = period.end + timedelta(days=report.study.definitions.follow_up_days)
    return f"Uppföljningen av {period.label} är klar den {day(ready)}."
