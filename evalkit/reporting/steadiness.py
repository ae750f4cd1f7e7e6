"""Whether a result stands when it is counted otherwise, in Swedish sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from evalkit.plan import Outcome
from evalkit.reporting.findings import name_of, side
from evalkit.reporting.numbers import listing, number, points
from evalkit.reporting.verdicts import Certainty
from evalkit.results import Effect, Estimate

# Differences of shares that grow by less than this from one limit to the next are as large.
LEAST_STEP = 0.005


@dataclass(frozen=True, slots=True)
class Result:
    """One primary outcome's effect, what moves it, and how sure we are.

    `missed` is the difference that a drift gives which the check before the start finds in four
    cases of five; `turned` are the other ways of counting, in words, that say something else.
    """

    outcome: Outcome
    effect: Effect
    certainty: Certainty
    missed: float
    turned: Sequence[str]


def in_short(results: Sequence[Result]) -> str:
    """Return the chapter's message: which results are clear, what undoes them, how sure we are."""
    told = [one for one in results if one.effect.status == "estimated"]
    if not told:
        return "Inget av huvudmåtten kan ännu mätas."
    clear = [one for one in told if side(one.effect.headline)]
    unclear = [one for one in told if not side(one.effect.headline)]
    lines = [_how_many(clear, len(told)), *(_holds(one) for one in clear)]
    if unclear:
        lines.append(_unclear(unclear))
    if waiting := [name_of(one.outcome) for one in results if one not in told]:
        lines.append(f"Här går det inte att redovisa {listing(waiting)}.")
    return " ".join(lines)


def span_of_methods(
    outcome: Outcome, headline: Estimate, found: Sequence[tuple[str, Estimate]]
) -> str:
    """Return how far other methods' estimates lie apart, and which of them say something else.

    `found` are a method's name and its estimate, the headline's own among them.
    """
    known = [estimate.estimate for _, estimate in found if isfinite(estimate.estimate)]
    if not known:
        return ""
    text = (
        f"{outcome.label}: skattningen går från {_number(min(known), outcome)} till "
        f"{_sized(max(known), outcome, 1 if outcome.kind == 'share' else 2)} beroende på metod."
    )
    other = [
        name
        for name, estimate in found
        if isfinite(estimate.conf_low) and side(estimate) != side(headline)
    ]
    if not other:
        return f"{text} Ingen metod med ett intervall säger något annat än huvudmetoden."
    holds = ("noll, vilket det inte gör", "inte noll, vilket det gör")[not side(headline)]
    return f"{text} Med {listing(other)} rymmer intervallet {holds} med huvudmetoden."


def sooner_or_more(outcome: Outcome, days: Sequence[int], differences: Sequence[Estimate]) -> str:
    """Return whether a share within some days grows or shrinks as the days become more."""
    sizes = [one.estimate for one in differences]
    listed = listing([_number(size, outcome) for size in sizes])
    text = (
        f"Räknat med {listing([number(day) for day in days])} dagar är skillnaden {listed} "
        "procentenheter."
    )
    steps = [later - earlier for earlier, later in pairwise(sizes)]
    clear = all(side(one) == side(differences[0]) != 0 for one in differences)
    unsure = "" if clear else ", men inget av det går att avgöra"
    if sizes[0] > 0 and all(step < -LEAST_STEP for step in steps):
        return (
            f"{text} Skillnaden minskar när tiden förlängs. Det kan tyda på tidigare start snarare "
            f"än att fler får en insats{unsure}."
        )
    if sizes[0] > 0 and all(step > LEAST_STEP for step in steps):
        return (
            f"{text} Skillnaden växer när tiden förlängs. Det kan tyda på att fler får en insats, "
            f"inte bara tidigare{unsure}."
        )
    return f"{text} Om fler får en insats eller bara får den vid en annan tid syns inte i det."


def _how_many(clear: Sequence[Result], n: int) -> str:
    if not clear:
        return "Inget huvudmått skiljer sig säkert från det väntade i huvudberäkningen."
    names = listing([name_of(one.outcome) for one in clear])
    which = f"{number(len(clear))} av {number(n)} huvudmått"
    return f"{which} skiljer sig säkert från det väntade: {names}."


def _holds(one: Result) -> str:
    """Return what would undo a clear result, and whether that could have been seen before."""
    headline = one.effect.headline
    enough = min(abs(headline.conf_low), abs(headline.conf_high))
    weak = not one.missed <= enough
    seen = (
        "prövningen av åren före piloten upptäcker i regel bara en glidning på minst "
        f"{_sized(one.missed, one.outcome)}"
        if isfinite(one.missed)
        else "det går inte att pröva med åren före piloten"
    )
    joined = "och" if weak else "men"
    verdict = "Resultatet är känsligt" if weak or one.turned else "Resultatet tål en del"
    text = (
        f"{verdict}: hade pilotområdet utan piloten utvecklats "
        f"{_sized(enough, one.outcome)} annorlunda än linjen är det inte längre säkert, {joined} "
        f"{seen}."
    )
    if one.turned:
        text += f" Intervallet rymmer noll på de här sätten att räkna: {listing(one.turned)}."
    return f"{text} Tillförlitligheten är {one.certainty.level}."


def _unclear(unclear: Sequence[Result]) -> str:
    names = listing([name_of(one.outcome) for one in unclear])
    text = f"Det går inte att avgöra hur det gick i {names}"
    found = [one for one in unclear if isfinite(one.effect.minimum_detectable)]
    if len(found) < len(unclear):
        return f"{text}."
    least = " respektive ".join(_sized(one.effect.minimum_detectable, one.outcome) for one in found)
    return f"{text}: där upptäcks i regel bara skillnader på minst {least}."


def _sized(size: float, outcome: Outcome, decimals: int | None = None) -> str:
    """Return a size with its unit; whole percentage points and one decimal of the rest."""
    if outcome.kind == "share":
        return points(size, decimals or 0)
    return f"{number(size, 1 if decimals is None else decimals)} {outcome.unit}"


def _number(size: float, outcome: Outcome) -> str:
    return number(size * 100, 1) if outcome.kind == "share" else number(size, 2)
