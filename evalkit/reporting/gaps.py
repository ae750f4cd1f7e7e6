"""What a gap between girls and boys allows us to say, and what to do next.

A gap that is left is never called unwarranted: the numbers cannot tell why it is there. It is put
forward as a question, and a person judges it.
"""

from collections.abc import Sequence
from math import isnan
from typing import Literal

from evalkit.reporting.numbers import number

Gap = Literal["remains", "none_relevant", "unclear", "unknown"]

JUDGED: dict[Gap, str] = {
    "remains": "Kvarstår efter justering – behöver prövas",
    "none_relevant": "Ingen skillnad av betydelse syns, om ärendena inte hänger ihop",
    "unclear": "Går inte att avgöra om något kvarstår",
    "unknown": "Kan inte redovisas",
}
NEXT: dict[Gap, str] = {
    "remains": "Gå igenom ärenden: finns en saklig grund, och är den dokumenterad?",
    "none_relevant": "Följ måttet nästa period.",
    "unclear": "Dra ingen slutsats. Följ måttet och slå samman perioder.",
    "unknown": "Vänta tills fler barn kan räknas.",
}
_NOISE = 1e-9


def judge(low: float, high: float, relevant: float) -> Gap:
    """Return what is left of a gap, from the adjusted gap's interval and what matters.

    An interval within plus and minus the minimal relevant difference leaves nothing that matters,
    also when it does not hold 0; one that does not hold 0 otherwise leaves a gap.
    """
    if isnan(low) or isnan(high):
        return "unknown"
    if max(-low, high) <= relevant + _NOISE:
        return "none_relevant"
    return "remains" if low > 0 or high < 0 else "unclear"


def left(
    what: str,
    places: Sequence[tuple[str, float, float]],
    adjusted: str,
    *,
    share: bool,
    moved: bool,
) -> str:
    """Return in a few sentences which gap is left, how large it is and what is known of it.

    Parameters
    ----------
    what : the outcome.
    places : the area and girls' and boys' levels there; the one whose gap is left stands first.
    adjusted : what the gap is adjusted for, empty for nothing.
    share : whether the levels are shares.
    moved : whether the gap is seen to have changed with the pilot.
    """
    of = " av 100" if share else ""
    (own, girls, boys), *others = places
    told = [f"{_level(girls, share)}{of} för flickor och {_level(boys, share)} för pojkar i {own}"]
    told += [
        f"{_level(one, share)} och {_level(two, share)} i {place}" for place, one, two in others
    ]
    because = f" när hänsyn tagits till {adjusted}" if adjusted else ""
    change = (
        "Den ändrades på annat sätt i pilotområdet än i linjens områden."
        if moved
        else "Om piloten ändrade den går inte att avgöra."
    )
    first = f"{what}: {', '.join(told)}."
    return f"{first} Skillnaden i {own} kvarstår{because} och behöver prövas. {change}"


def _level(level: float, share: bool) -> str:
    return number(100 * level) if share else number(level, 2)


def message(found: list[Gap]) -> str:
    """Return the chapter's message: how many comparisons leave something to judge."""
    if not found or all(gap == "unknown" for gap in found):
        return "Skillnader mellan flickor och pojkar kan ännu inte redovisas."
    n = len(found) - found.count("unknown")
    compared = "jämförelse" if n == 1 else "jämförelser"
    first = f"Av {n} {compared} mellan flickor och pojkar"
    left, unclear = found.count("remains"), found.count("unclear")
    if left:
        which = "Den" if left == 1 else "De"
        tail = f" I {unclear} går det inte att avgöra." if unclear else ""
        return (
            f"{first} kvarstår en skillnad i {left} efter justering. {which} behöver prövas.{tail}"
        )
    if unclear:
        return f"{first} går det i {unclear} inte att avgöra om någon skillnad kvarstår."
    return f"{first} kvarstår ingen skillnad av betydelse efter justering."
