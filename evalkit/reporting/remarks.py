"""What must stand beside the answers for them to be read right: plain sentences made of results."""

from collections.abc import Sequence
from datetime import date

from evalkit.plan import Outcome, Study
from evalkit.reporting.numbers import day, listing, number
from evalkit.reporting.phrases import lower_first
from evalkit.reporting.verdicts import verdict
from evalkit.reporting.wording import from_to
from evalkit.results import Effect

BLIND_SPOT = (
    "Intervallen räknar med skillnader mellan områden, inte med det som ett visst år drabbade hela "
    "linjen eller bara teamet, till exempel personalbyten. Osäkerheten kan därför vara större."
)


def at_borders(
    pilot: float, line: float, others: Effect | None, study: Study, *, improved: bool
) -> str:
    """Return how much of continuity is the organisation's: handovers at unit borders, and others.

    `pilot` and `line` are handovers at unit borders per 100 child-months; `others` the effect on
    handovers for all other reasons (K4), where it can be told. `improved` says that the measure
    itself is clearly better than expected.
    """
    places = lower_first(study.labels.treated), lower_first(study.labels.comparison)
    text = (
        f"När ärendet gick mellan enheter skedde {number(pilot, 1)} byten per 100 månader som barn "
        f"följdes i {places[0]} och {number(line, 1)} i {places[1]}."
    )
    if others is None or others.status != "estimated":
        return text
    outcome, found = study.outcome(others.outcome), others.headline
    size = f"({from_to(found.conf_low, found.conf_high, 1)})"
    said = verdict(others, outcome)
    if said == "undecided":
        other = f"Om byten av andra skäl blev färre går inte att avgöra {size}."
    elif said == "no_relevant_difference":
        other = f"Byten av andra skäl är ungefär så många som väntat {size}."
    else:
        way = "färre" if said.endswith("lower") else "fler"
        other = f"Byten av andra skäl är {way} än väntat {size}."
    steadier = said in ("lower", "slightly_lower")
    if steadier or pilot >= line or not improved:
        return f"{text} {other}"
    return f"{text} {other} Måttet visar att kedjan hölls ihop, inte att kontakten blev stabilare."


def the_other_way(pairs: Sequence[tuple[Outcome, Effect]]) -> str:
    """Return which of the other outcomes point away from what the pilot aimed at, or nothing."""
    away = [(outcome, effect) for outcome, effect in pairs if _is_away(outcome, effect)]
    unsure = [_named(one) for one, effect in away if verdict(effect, one) == "undecided"]
    sure = [_named(one) for one, effect in away if verdict(effect, one) in _WORSE]
    worse = f"Sämre än väntat: {listing(sure)}." if sure else ""
    if not unsure:
        return worse
    known = sum(effect.status == "estimated" for _, effect in pairs)
    verb = "pekar åt det sämre hållet, men osäkerheten är för stor för slutsatser"
    return f"{worse} {len(unsure)} av {known} {verb}: {listing(unsure)}.".strip()


def followed_past_the_pilot(last: date, labels: Sequence[str]) -> str:
    """Return which answers are partly about the pilot's closing; `last` is its last day."""
    return (
        f"Gäller {listing([lower_first(label) for label in labels])}: barnen följs också efter "
        f"{day(last)}, då piloten avslutades och öppna ärenden lämnades över till linjen. "
        "Resultaten visar därför delvis avslutningen, inte bara arbetssättet."
    )


def preliminary(*, registered: bool, unlogged: int) -> str:
    """Return that the results are preliminary, and why, where the plan cannot be shown to be kept.

    The levels of certainty are made of other checks; that is said, since a reader would expect it.
    """
    if registered and not unlogged:
        return ""
    why = (
        "Det går inte att visa att analysplanen bestämdes före resultaten."
        if not registered
        else "Analysplanen har ändrats utan att det är känt varför."
    )
    return f"{why} Tillförlitligheten är inte sänkt för det."


_WORSE = ("lower", "higher", "slightly_lower", "slightly_higher")


def _is_away(outcome: Outcome, effect: Effect) -> bool:
    if effect.status != "estimated":
        return False
    estimate = effect.headline.estimate
    return estimate > 0 if outcome.direction == "lower" else estimate < 0


def _named(outcome: Outcome) -> str:
    return lower_first(outcome.label)
