"""A design and what it could show, in the words of somebody who is no statistician."""

from collections.abc import Sequence
from fractions import Fraction
from math import isnan

from evalkit.planning.designs import Outlook, Prospect
from evalkit.planning.plan import PlannedOutcome, PowerPlan
from evalkit.reporting.numbers import count, listing, number, percent, points, rounded

_SPELLED = (
    "noll", "ett", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv",
)  # fmt: skip
_TRIES = 10
_HARDLY = 2  # times the promised false alarms: not much more than noise


def spelled(n: int) -> str:
    """Return a number up to twelve as a word, larger ones in figures."""
    return _SPELLED[n] if n < len(_SPELLED) else number(n)


def amount(outcome: PlannedOutcome, value: float) -> str:
    """Return a value with its unit: `9,1 procentenheter`."""
    return _with_unit(outcome, value, decimals(outcome, value))


def relevant(outcome: PlannedOutcome) -> str:
    """Return the minimal relevant difference as it was given, without needless decimals."""
    size = outcome.minimal_relevant_difference
    given = (places for places in range(6) if _exact(_shown(outcome, size), places))
    return _with_unit(outcome, size, next(given, 6))


def level(outcome: PlannedOutcome, value: float, places: int | None = None) -> str:
    """Return a level: a share as `28 %`, anything else with its unit."""
    if outcome.kind == "share":
        return percent(value)
    return _with_unit(outcome, value, decimals(outcome, value) if places is None else places)


def decimals(outcome: PlannedOutcome, value: float) -> int:
    """Return how many decimals it takes to tell a value from its like: two figures or so."""
    shown = abs(_shown(outcome, value))
    return 0 if shown >= 10 else 1 if shown >= 1 else 2


def fraction(power: float) -> str:
    """Return a wanted power as `fyra fall av fem`."""
    exact = Fraction(str(power))
    return f"{spelled(exact.numerator)} fall av {spelled(exact.denominator)}"


def tries(share: float) -> str:
    """Return how often something is found as `ungefär 3 försök av 10`."""
    times = int(rounded(share * _TRIES))
    if times == 0:
        return f"färre än 1 försök av {_TRIES}"
    if times == _TRIES:
        return f"fler än {_TRIES - 1} försök av {_TRIES}"
    return f"ungefär {times} försök av {_TRIES}"


def either(things: Sequence[str]) -> str:
    """Return `a, b eller c`."""
    *first, last = things
    return f"{', '.join(first)} eller {last}" if first else last


def design(plan: PowerPlan, prospect: Prospect) -> str:
    """Return `Med Vällingby som pilot, tre år före och två år efter ett inkörningsår`."""
    of, wash_in = prospect.design, plan.wash_in_years
    after = f"efter {spelled(wash_in)} inkörningsår" if wash_in else "efter"
    return (
        f"Med {listing(of.pilot)} som pilot, {spelled(of.before)} år före och "
        f"{spelled(of.after)} år {after}"
    )


def answer(plan: PowerPlan, outlook: Outlook) -> str:
    """Return what the proposed design could show, and whether it is enough."""
    proposed, outcome = outlook.proposed, outlook.outcome
    if isnan(proposed.effect):
        return (
            f"{design(plan, proposed)} går det inte att säga vilken skillnad som kan upptäckas: "
            "områdena varierar alltför olika mycket. Välj större områden."
        )
    found = (
        f"{design(plan, proposed)} kan en skillnad på minst {amount(outcome, proposed.effect)} "
        f"upptäckas i {fraction(plan.power)}."
    )
    return joined([found, _enough(plan, outcome, proposed), _unsure(outlook)])


def _unsure(outlook: Outlook) -> str:
    """Return the doubt about a design that is enough only as areas seem to vary; else ""."""
    size, cautious = outlook.outcome.minimal_relevant_difference, outlook.cautious
    if outlook.proposed.effect > size or cautious is None or not cautious.effect > size:
        return ""
    return (
        "Men det hänger på hur mycket områdena varierar av sig själva, och det är osäkert: "
        "varierar de så mycket som uppgifterna tillåter krävs "
        f"{amount(outlook.outcome, cautious.effect)}."
    )


def _enough(plan: PowerPlan, outcome: PlannedOutcome, proposed: Prospect) -> str:
    given = f"Ni har angett {relevant(outcome)} som den minsta skillnad som spelar roll"
    often = tries(proposed.finds_relevant)
    if proposed.effect <= outcome.minimal_relevant_difference:
        return f"Det räcker. {given}, och en sådan skillnad upptäcks i {often}."
    if proposed.finds_relevant >= 0.5:
        return f"{given}: den upptäcks i {often}, alltså mer sällan än ni har begärt."
    missed = f"{given}: en så liten skillnad skulle oftast missas. Den upptäcks i {often}"
    alarms = 1 - plan.confidence
    if proposed.finds_relevant < _HARDLY * max(alarms, proposed.size):
        return f"{missed}, knappt oftare än metoden slår falskt larm."
    return f"{missed}."


def reach(outlook: Outlook) -> str:
    """Return how far the level must move for the proposed design to see it; "" if not known."""
    outcome, now, effect = outlook.outcome, outlook.basis.level, outlook.proposed.effect
    if isnan(effect):
        return ""
    places = decimals(outcome, effect)
    start = f"Utgångsnivån är {level(outcome, now, places)}"
    if effect >= now:
        impossible = f"{start}. Inte ens om den sjönk till noll vore skillnaden så stor."
        return "" if outcome.kind == "mean" else impossible
    low, high = level(outcome, now - effect, places), level(outcome, now + effect, places)
    down = f"{start}. För att synas måste den sjunka till omkring {low}"
    if outcome.kind == "share" and now + effect > 1:
        return f"{down}."
    return f"{down} eller stiga till omkring {high}."


def best_and_worst(outlook: Outlook) -> str:
    """Return which pilot finds the smallest and the largest difference, the years as proposed."""
    wanted = outlook.proposed.design
    same = [
        one
        for one in outlook.prospects
        if (one.design.before, one.design.after) == (wanted.before, wanted.after)
        and not isnan(one.effect)
    ]
    if len(same) < 2:
        return ""
    best, *_, worst = sorted(same, key=lambda one: one.effect)
    return (
        f"Av de möjliga piloterna ger {listing(best.design.pilot)} den lägsta gränsen "
        f"({amount(outlook.outcome, best.effect)}) och {listing(worst.design.pilot)} den högsta "
        f"({amount(outlook.outcome, worst.effect)}), med lika många år."
    )


def enough_designs(outlook: Outlook) -> str:
    """Return how many of the designs find the minimal relevant difference as often as wanted."""
    size = outlook.outcome.minimal_relevant_difference
    enough = sum(one.effect <= size for one in outlook.prospects)
    every = count(len(outlook.prospects), "uppläggning", "uppläggningar")
    if not enough:
        return f"Ingen av {every} når ned till {relevant(outlook.outcome)}."
    return f"{number(enough)} av {every} når ned till {relevant(outlook.outcome)}."


def _with_unit(outcome: PlannedOutcome, value: float, places: int) -> str:
    if outcome.kind == "share":
        return points(value, places)
    return f"{number(value, places)} {outcome.unit}"


def _shown(outcome: PlannedOutcome, value: float) -> float:
    return value * 100 if outcome.kind == "share" else value


def _exact(value: float, places: int) -> bool:
    return abs(float(rounded(value, places)) - value) < 1e-9


def joined(sentences: Sequence[str]) -> str:
    """Return the sentences that say something, as one text."""
    return " ".join(sentence for sentence in sentences if sentence)
