"""The planning page's sections: the answer, each outcome, and what would help."""

from collections.abc import Sequence
from math import isnan

import pandas as pd
from markupsafe import Markup

from evalkit.plan import OPEN
from evalkit.planning import words
from evalkit.planning.designs import Outlook, Prospect
from evalkit.planning.plan import PowerPlan
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.links import link
from evalkit.reporting.numbers import listing, percent
from evalkit.reporting.plots import Axis
from evalkit.reporting.sectioned import Section, section
from evalkit.reporting.tables import Column

REMEDIES = {
    "comparison": "Dubbelt så många jämförelseområden",
    "pilots": "Dubbelt så många pilotområden",
    "years": "Dubbelt så många år före och efter",
    "cases": "Dubbelt så många ärenden i varje område",
    "all": "Allt detta på en gång",
}
NOTABLE = 0.02  # more false alarms than promised: said, not only shown
ALIKE = 1.03  # effects within this ratio are not told apart: simulation knows them no better


def answer(plan: PowerPlan, outlooks: Sequence[Outlook]) -> Section:
    """Return the answer in short: each outcome in a paragraph, and how to read it."""
    said = Markup("").join(Markup(labelled(one, words.answer(plan, one)).html) for one in outlooks)
    read = (
        "Skillnaden är hur mycket pilotområdets nivå ändras utöver hur jämförelseområdenas ändras. "
        "En verklig skillnad som är mindre än den uträknade kan finnas utan att synas: att "
        "utvärderingen inte visar någon skillnad betyder då inte att piloten saknar verkan."
    )
    return section("svar", "Svaret i korthet", fragments.callout("svar", said),
                   fragments.paragraph(read))  # fmt: skip


def labelled(outlook: Outlook, text: str) -> Fragment:
    """Return a paragraph that begins with the outcome's name."""
    start = Markup("<strong>{}.</strong> {}")
    return fragments.paragraph(start.format(outlook.outcome.label, text))


def of_outcome(plan: PowerPlan, outlook: Outlook, place: int) -> Section:
    """Return an outcome's section: how far it must move, by pilot and years."""
    moved = words.joined([words.reach(outlook), words.best_and_worst(outlook)])
    parts = [
        *([fragments.paragraph(moved)] if moved else []),
        _figure(plan, outlook, f"utfall-{place}"),
        _effects_table(plan, outlook, f"utfall-{place}-tabell"),
        fragments.paragraph(
            words.joined([words.enough_designs(outlook), false_alarms(plan, outlook)])
        ),
        _chances(plan, outlook),
    ]
    return section(f"utfall-{place}", outlook.outcome.label, *parts)


def help_section(plan: PowerPlan, outlooks: Sequence[Outlook]) -> Section:
    """Return what would make smaller differences visible, starting from the proposed design."""
    columns = {"change": Column("Ändring")}
    frame = pd.DataFrame({"change": ["Som föreslaget", *REMEDIES.values()]})
    for place, one in enumerate(outlooks):
        found = [one.proposed, *(one.remedies[key] for key in REMEDIES)]
        frame[f"outcome{place}"] = [_cell(one, each) for each in found]
        columns[f"outcome{place}"] = Column(one.outcome.label)
    caption = "Minsta skillnad som kan upptäckas, och om den räcker"
    best = [labelled(one, most_help(one)) for one in outlooks]
    table = tables.html(frame, columns, caption)
    start = (
        "Här ändras en sak i taget i det föreslagna upplägget: "
        f"{_lower(words.design(plan, outlooks[0].proposed))}."
    )
    return section("hjalp", "Vad skulle hjälpa mest?", fragments.paragraph(start), *best,
                   fragments.table(table))  # fmt: skip


def most_help(outlook: Outlook) -> str:
    """Return which single doubling helps an outcome most, and whether all of them are enough."""
    outcome, now = outlook.outcome, outlook.proposed.effect
    single = {key: one.effect for key, one in outlook.remedies.items() if key != "all"}
    known = {key: effect for key, effect in single.items() if not isnan(effect)}
    if not known or isnan(now):
        return "Det går inte att säga vad som skulle hjälpa."
    least = min(known.values())
    best = [_lower(REMEDIES[key]) for key, effect in known.items() if effect <= ALIKE * least]
    text = (
        f"{_upper(words.either(best))} hjälper mest. Den minsta skillnaden går då från "
        f"{words.amount(outcome, now)} till omkring {words.amount(outcome, least)}."
    )
    everything = outlook.remedies["all"].effect
    if everything > outcome.minimal_relevant_difference:
        text += f" Inte ens allt på en gång räcker till {words.relevant(outcome)}."
    return text


def false_alarms(plan: PowerPlan, outlook: Outlook) -> str:
    """Return which pilots would raise more false alarms than promised, since they vary more."""
    promised = 1 - plan.confidence
    worst: dict[tuple[str, ...], float] = {}
    for one in outlook.prospects:
        worst[one.design.pilot] = max(one.size, worst.get(one.design.pilot, 0.0))
    noisy = {pilot: size for pilot, size in worst.items() if size > promised + NOTABLE}
    return words.joined(
        [
            f"Är {listing(pilot)} pilot slår metoden falskt larm i upp till {percent(size)} av "
            f"fallen i stället för utlovade {percent(promised)}, eftersom området har få ärenden "
            "jämfört med de andra."
            for pilot, size in noisy.items()
        ]
    )


def _figure(plan: PowerPlan, outlook: Outlook, name: str) -> Fragment:
    outcome, before = outlook.outcome, outlook.proposed.design.before
    rows = [one for one in outlook.prospects if one.design.before == before]
    frame = pd.DataFrame(
        {
            "pilot": [listing(one.design.pilot) for one in rows],
            "years_after": [one.design.after for one in rows],
            "effect": [one.effect for one in rows],
            "is_proposed": [one.design.pilot == plan.proposal.pilot for one in rows],
            "minimal_relevant": outcome.minimal_relevant_difference,
        }
    )
    keys = ["years_after", "effect", "minimal_relevant"]
    released = release(frame, rule=OPEN, keys=keys)
    label = f"Minsta skillnad som kan upptäckas, {outcome.unit}"
    axis = Axis(label, _kind(outlook), _places(outlook))
    drawing = plots.detectable(released, axis=axis)
    return fragments.figure(
        drawing.svg, name=f"{name}-bild", alt=drawing.alt, caption=_message(plan, outlook),
        numbers=fragments.told_in(link(f"{name}-tabell", "minsta skillnad som kan upptäckas")),
    )  # fmt: skip


def _message(plan: PowerPlan, outlook: Outlook) -> str:
    """Return what the figure says of the proposed pilot from its fewest years to its most."""
    wanted = outlook.proposed.design
    mine = [
        one
        for one in outlook.prospects
        if one.design.pilot == wanted.pilot and one.design.before == wanted.before
    ]
    few, many = mine[0], mine[-1]
    if isnan(few.effect) or isnan(many.effect):
        return f"Den minsta skillnad som kan upptäckas, {spelled_before(wanted.before)}"
    start = (
        f"{_upper(listing(wanted.pilot))}, {spelled_before(wanted.before)}: den minsta skillnaden "
        f"är {words.amount(outlook.outcome, few.effect)} med {words.spelled(few.design.after)} år "
        "efter"
    )
    if few is many:
        return start
    return (
        f"{start} och {words.amount(outlook.outcome, many.effect)} med "
        f"{words.spelled(many.design.after)}"
    )


def spelled_before(years: int) -> str:
    """Return `tre år före`."""
    return f"{words.spelled(years)} år före"


def _effects_table(plan: PowerPlan, outlook: Outlook, name: str) -> Fragment:
    """Return the smallest differences, pilots and years before down, years after across."""
    columns = {"pilot": Column("Pilot"), "before": Column("År före", "number", 0)}
    kind = _kind(outlook)
    after = {f"after{n}": Column(f"{n} år efter", kind, _places(outlook)) for n in plan.years_after}
    found = {(one.design.pilot, one.design.before, one.design.after): one.effect
             for one in outlook.prospects}  # fmt: skip
    frame = pd.DataFrame(
        [
            {"pilot": listing(pilot), "before": before}
            | {f"after{n}": found[pilot, before, n] for n in plan.years_after}
            for pilot in plan.pilots
            for before in plan.years_before
        ]
    )
    caption = f"Minsta skillnad som kan upptäckas, {outlook.outcome.unit}"
    return fragments.table(tables.html(frame, columns | after, caption, name=name))


def _chances(plan: PowerPlan, outlook: Outlook) -> Fragment:
    """Return, folded, how often each design finds the relevant difference, and errs."""
    frame = pd.DataFrame(
        [
            (listing(one.design.pilot), one.design.before, one.design.after, one.finds_relevant,
             one.size)
            for one in outlook.prospects
        ],
        columns=["pilot", "before", "after", "finds", "size"],
    )  # fmt: skip
    released = release(frame, rule=OPEN, keys=["before", "after", "finds", "size"])
    columns = {
        "pilot": Column("Pilot"),
        "before": Column("År före", "number", 0),
        "after": Column("År efter", "number", 0),
        "finds": Column(f"Upptäcker {words.relevant(outlook.outcome)}", "percent", 0),
        "size": Column("Falskt larm", "percent", 0),
    }
    table = tables.html(released, columns, "Hur ofta varje uppläggning upptäcker något")
    folded = Markup("<details><summary>{}</summary>{}</details>").format(
        f"Hur ofta upptäcks {words.relevant(outlook.outcome)}, och hur ofta blir det falskt larm?",
        Markup(table),
    )
    return fragments.table(str(folded))


def _cell(outlook: Outlook, found: Prospect) -> str:
    if isnan(found.effect):
        return "–"
    enough = found.effect <= outlook.outcome.minimal_relevant_difference
    return f"{words.amount(outlook.outcome, found.effect)}{', räcker' if enough else ''}"


def _kind(outlook: Outlook) -> tables.Kind:
    return "points" if outlook.outcome.kind == "share" else "number"


def _places(outlook: Outlook) -> int:
    """Return the decimals of an outcome's effects, the same all over its table."""
    outcome = outlook.outcome
    known = [one.effect for one in outlook.prospects if not isnan(one.effect)]
    return words.decimals(outcome, min([outcome.minimal_relevant_difference, *known]))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
