"""Conclusions part by part: what the report can say of each, for the steering group to decide."""

from collections.abc import Iterable, Sequence

import pandas as pd
from markupsafe import Markup

from evalkit.chapters.answers import certainty_of
from evalkit.chapters.contents import chapter_link
from evalkit.chapters.logic_model import result_of
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.documents import Choice, Component, Decision, load_components
from evalkit.plan import Outcome
from evalkit.reporting import fragments, tables
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import count, day, number
from evalkit.reporting.tables import Column
from evalkit.reporting.verdicts import MEANING, Certainty

CHOICES: dict[Choice, str] = {
    "keep": "Behåll", "adapt": "Anpassa", "drop": "Avsluta", "try_further": "Pröva vidare",
}  # fmt: skip
BOX = "\N{BALLOT BOX}\N{NO-BREAK SPACE}"
BREAK = Markup("<br>")
UNMEASURED = "Inget mått."
SHARED = "Fanns också i linjen, så jämförelsen kan inte säga något om delen."


def components_table(report: Report) -> Fragment:
    """Return each part of the way of working: its evidence, and the steering group's decision."""
    components = load_components(report.study)
    sure = _certainties(report, components)
    common = _common(sure.values())
    rows = [
        {
            "name": one.name,
            "known": BREAK.join(_known(report, one, sure, common)),
            "needed": one.needed,
            "decision": _decision(one.decision),
        }
        for one in components
    ]
    columns = {
        "name": Column("Del"),
        "known": Column("Vad vi vet"),
        "needed": Column("För att veta mer behövs"),
        "decision": Column("Styrgruppens beslut"),
    }
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    caption = "Underlag för beslut, del för del"
    table = tables.html(frame, columns, caption, note=_note(common), stacked=True)
    return fragments.join(fragments.paragraph(summary(components)), fragments.table(table))


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


def _certainties(report: Report, components: Iterable[Component]) -> dict[str, Certainty]:
    """Return the certainty of every outcome of a part that has a result."""
    outcomes = [report.study.outcome(name) for one in components for name in one.outcomes]
    effects = {outcome.id: (outcome, effect_of(report, outcome)) for outcome in outcomes}
    return {
        name: certainty_of(report, outcome, effect)
        for name, (outcome, effect) in effects.items()
        if effect.status == "estimated"
    }


def _common(certainties: Iterable[Certainty]) -> tuple[str, ...]:
    """Return the reasons that all have, to be said once."""
    every = [sure.reasons for sure in certainties]
    return tuple(one for one in every[0] if all(one in own for own in every)) if every else ()


def _known(
    report: Report, component: Component, sure: dict[str, Certainty], common: Sequence[str]
) -> Iterable[str]:
    if component.shared:
        yield SHARED
    elif not component.outcomes:
        yield UNMEASURED
    for name in component.outcomes:
        yield _result(report, report.study.outcome(name), sure.get(name), common)
    if component.note is not None:
        yield component.note
    if component.chapters:
        links = [chapter_link(report.study, name) for name in component.chapters]
        yield Markup("Se {}").format(Markup(", ").join(links))


def _result(report: Report, outcome: Outcome, sure: Certainty | None, common: Sequence[str]) -> str:
    result = result_of(report, outcome)
    said = f"{outcome.label}: {result[:1].lower()}{result[1:]}."
    if sure is None:
        return said
    reasons = [one for one in sure.reasons if one not in common]
    why = f", eftersom {' och '.join(reasons)}" if reasons else ""
    return f"{said} Tillförlitlighet: {sure.level}{why}."


def _note(common: Sequence[str]) -> str:
    note = (
        "Resultaten gäller arbetssättet som helhet. Att ett mått står vid en del betyder att delen "
        f"var tänkt att påverka det, inte att den gjorde det. {MEANING}."
    )
    return f"{note} Skäl som gäller alla mått: {'; '.join(common)}." if common else note


def _decision(decision: Decision | None) -> Markup:
    if decision is None:
        return BREAK.join([*(f"{BOX}{word}" for word in CHOICES.values()), "Ansvarig:"])
    return Markup("{} ({}, {}). {}").format(
        CHOICES[decision.choice], decision.by, day(decision.date), decision.reason
    )
