"""Conclusions part by part: what the report can say of each, for the steering group to decide."""

from collections.abc import Iterable

from markupsafe import Markup

from evalkit.chapters.answers import certainty_of
from evalkit.chapters.contents import chapter_link
from evalkit.chapters.logic_model import result_of
from evalkit.chapters.opening import Report
from evalkit.chapters.tables import effect_of
from evalkit.documents import Choice, Component, Decision, load_components
from evalkit.plan import Outcome
from evalkit.reporting import fragments
from evalkit.reporting.checklist import Tone, checklist, entry
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import count, day, number
from evalkit.reporting.verdicts import MEANING

CHOICES: dict[Choice, str] = {
    "keep": "Behåll", "adapt": "Anpassa", "drop": "Avsluta", "try_further": "Pröva vidare",
}  # fmt: skip
BOX = "\N{BALLOT BOX}\N{NO-BREAK SPACE}"
AS_A_WHOLE: tuple[Tone, str] = ("ek-weak", "Mått för helheten")
UNMEASURED: tuple[Tone, str] = ("ek-open", "Inget mått")
SHARED: tuple[Tone, str] = ("ek-open", "Fanns också i linjen")


def components_list(report: Report) -> Fragment:
    """Return each part of the way of working: its evidence, and the steering group's decision."""
    components = load_components(report.study)
    note = (
        "Resultaten gäller arbetssättet som helhet. Att ett mått står vid en del betyder att delen "
        f"var tänkt att påverka det, inte att den gjorde det. {MEANING}, inte på att just den här "
        "delen gjorde det."
    )
    return fragments.join(
        fragments.paragraph(summary(components)),
        checklist([_entry(report, one) for one in components], note),
    )


def summary(components: tuple[Component, ...]) -> str:
    """Return how many parts the report can say something of, in a sentence."""
    seen = sum(bool(one.outcomes) for one in components)
    shared = sum(one.shared for one in components)
    decided = sum(one.decision is not None for one in components)
    text = (
        f"Av {count(len(components), 'del', 'delar')} har {number(seen)} mått som delen var tänkt "
        f"att påverka, {number(shared)} fanns också i linjen och syns därför inte i jämförelsen, "
        f"och {number(len(components) - seen - shared)} har inget mått."
    )
    return f"{text} Styrgruppen har beslutat om {number(decided)}." if decided else text


def _entry(report: Report, component: Component) -> Markup:
    standing = SHARED if component.shared else AS_A_WHOLE if component.outcomes else UNMEASURED
    results = [_result(report, report.study.outcome(name)) for name in component.outcomes]
    about = Markup(" ").join(_about(report, component))
    needed = f"För att veta mer behövs: {component.needed[:1].lower()}{component.needed[1:]}"
    return entry(
        component.name, *standing, (*results, about, needed, _decision(component.decision))
    )


def _result(report: Report, outcome: Outcome) -> str:
    result = result_of(report, outcome)
    effect = effect_of(report, outcome)
    said = f"{outcome.label}: {result[:1].lower()}{result[1:]}."
    if effect.status != "estimated":
        return said
    return f"{said} Tillförlitlighet: {certainty_of(report, outcome, effect).level}."


def _about(report: Report, component: Component) -> Iterable[str]:
    if component.shared:
        yield "Linjen hade också delen, så jämförelsen kan inte säga något om den."
    if component.note is not None:
        yield component.note
    if component.chapters:
        links = [chapter_link(report.study, name) for name in component.chapters]
        yield Markup("Se {}").format(Markup(", ").join(links))


def _decision(decision: Decision | None) -> Markup:
    head = Markup("<strong>Styrgruppens beslut:</strong> ")
    if decision is None:
        return head + " ".join(f"{BOX}{word}" for word in CHOICES.values())
    return head + (
        f"{CHOICES[decision.choice]} ({decision.by}, {day(decision.date)}). {decision.reason}"
    )
