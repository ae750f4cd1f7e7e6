"""The logic model as a picture and as tables, with the state of each sign, and what is lacking."""

import pandas as pd
from markupsafe import Markup

from evalkit.chapters.contents import chapter_link
from evalkit.chapters.figures import lower_first
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.chapters.tables import interval_text
from evalkit.framework import Goal, Indicator, load_logic_model
from evalkit.plan import Outcome
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import PROTECTED, release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.links import link
from evalkit.reporting.numbers import count, listing, number
from evalkit.reporting.tables import Column
from evalkit.reporting.verdicts import brief

ACROSS = "Gäller alla mål"
UNMEASURED = "Mäts inte"
UNDECIDED = "Går inte att avgöra"


def logic_model_figure(report: Report) -> Fragment:
    """Return the way from what was done to the four goals, and which signs are measured."""
    model = load_logic_model(report.study)
    rows = [
        (goal.goal, kind, text)
        for goal in model.goals
        for kind, texts in _parts(goal)
        for text in texts
    ]
    frame = pd.DataFrame(rows, columns=["goal", "kind", "text"])
    drawing = plots.logic_model(release(frame, rule=report.rule))
    n = len(model.across)
    caption = (
        "Så skulle arbetssättet leda till målen, och tecknen på att vart och ett nås. "
        f"{count(n, 'tecken', 'tecken').capitalize()} som gäller alla mål står i tabellen under."
    )
    tabled = fragments.told_in(
        *(link(_table_id(place), goal.goal) for place, goal in enumerate(model.goals))
    )
    return fragments.figure(
        drawing.svg, name="logikmodell", alt=drawing.alt, caption=caption, numbers=tabled
    )


def logic_model_tables(report: Report) -> Fragment:
    """Return a table for each goal: every sign of it, how it stands, and where it is shown."""
    model = load_logic_model(report.study)
    parts = [
        _table(
            report, goal.indicators, goal.goal, f"{_done(goal)} {_expected(goal)}", _table_id(place)
        )
        for place, goal in enumerate(model.goals)
    ]
    return fragments.join(*parts, _table(report, model.across, ACROSS))


def unmeasured(report: Report) -> Fragment:
    """Return what nobody measures, and what it would take."""
    signs = [sign for sign in load_logic_model(report.study).indicators if sign.needed]
    if not signs:
        return fragments.paragraph("Alla tecken på att målen nås mäts eller beskrivs.")
    items = Markup("").join(
        Markup("<li><strong>{}.</strong> Det skulle kräva: {}</li>").format(
            sign.name, _low(sign.needed)
        )
        for sign in signs
    )
    return fragments.callout("fakta", Markup("<ul>{}</ul>").format(items))


def message(report: Report) -> str:
    """Return how many signs are measured, described or neither, and what the measured ones say."""
    signs = load_logic_model(report.study).indicators
    measured = [report.study.outcome(sign.outcome) for sign in signs if sign.outcome is not None]
    described = sum(sign.state is not None for sign in signs)
    lacking = sum(sign.needed is not None for sign in signs)
    return (
        f"Av {number(len(signs))} tecken på att målen nås mäts {number(len(measured))} som utfall, "
        f"{number(described)} beskrivs på annat sätt och {number(lacking)} mäts inte alls. "
        f"{_standing(report, measured)}"
    )


def _standing(report: Report, measured: list[Outcome]) -> str:
    """Return how the measured signs stand against what was expected, as sentences."""
    labels: dict[str, list[str]] = {}
    for outcome in measured:
        effect = effect_of(report, outcome)
        if effect.status == "estimated":
            labels.setdefault(brief(effect, outcome), []).append(lower_first(outcome.label))
    if not labels:
        return "Inget av måtten går att redovisa ännu."
    parts = [f"{words}: {listing(own)}." for words, own in labels.items() if words != UNDECIDED]
    if UNDECIDED in labels:
        n = sum(map(len, labels.values()))
        undecided = f"{number(len(labels[UNDECIDED]))} av {count(n, 'mått', 'mått')}"
        parts.append(f"För {undecided} går det inte att avgöra.")
    return " ".join(parts)


def state(report: Report, sign: Indicator) -> str:
    """Return how a sign stands in the period: computed for an outcome, else what is known of it."""
    if sign.outcome is None:
        return sign.state or UNMEASURED
    return result_of(report, report.study.outcome(sign.outcome))


def result_of(report: Report, outcome: Outcome) -> str:
    """Return an outcome's result in the period in a few words, with its interval."""
    effect = effect_of(report, outcome)
    if effect.status != "estimated":
        few = effect.reason == PROTECTED
        return "För få barn för att visas" if few else "Kan ännu inte mätas"
    unit = "procentenheter" if outcome.kind == "share" else outcome.unit
    return f"{brief(effect, outcome)} ({interval_text(effect.headline, outcome)} {unit})"


def _parts(goal: Goal) -> tuple[tuple[str, tuple[str, ...]], ...]:
    signs = goal.indicators
    return (
        ("activity", goal.activities),
        ("result", (goal.result,)),
        ("measured", tuple(sign.name for sign in signs if sign.outcome is not None)),
        ("described", tuple(sign.name for sign in signs if sign.state is not None)),
        ("unmeasured", tuple(sign.name for sign in signs if sign.needed is not None)),
    )


def _table_id(place: int) -> str:
    return f"mal-{place + 1}-tabell"


def _table(
    report: Report,
    signs: tuple[Indicator, ...],
    caption: str,
    note: str | None = None,
    name: str | None = None,
) -> Fragment:
    rows = [
        {
            "name": sign.name,
            "state": state(report, sign),
            "where": chapter_link(report.study, sign.chapter) if sign.chapter else "–",
        }
        for sign in signs
    ]
    columns = {
        "name": Column("Tecken på att målet nås"),
        "state": Column(f"Läge {report.period.label}"),
        "where": Column("Var i rapporten"),
    }
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)  # a link stays a link
    return fragments.table(tables.html(frame, columns, caption, note=note, name=name))


def _done(goal: Goal) -> str:
    return f"Det här gjordes: {listing([_low(text) for text in goal.activities])}."


def _expected(goal: Goal) -> str:
    return f"Det skulle ge: {_low(goal.result)}."


def _low(text: str | None) -> str:
    return (text or "")[:1].lower() + (text or "")[1:]
