"""What a table of outcomes must say of who is counted, and of what the comparison cannot reach."""

from collections.abc import Iterable

from evalkit.plan import Outcome
from evalkit.reporting.findings import name_of
from evalkit.reporting.numbers import listing
from evalkit.results import Effect

# What an outcome is counted among, where the way of working may have decided who they are.
AMONG = {
    "K1_UTR": "ärenden som ledde till utredning", "K2": "ärenden med mer än en fas",
    "R1": "avslutade utredningar", "U1": "barn med ett bedömt behov",
    "U2": "erbjudanden med känt svar", "U3": "bedömda behov", "T4M": "avslutade utredningar",
}  # fmt: skip
NEAR_ZERO = 0.05  # a share that areas can hardly fall below, and so hardly vary in


def counted_among(outcomes: Iterable[Outcome]) -> str:
    """Return among whom outcomes are counted, where the pilot may have decided who that is."""
    told = [f"{name_of(one)} bara bland {AMONG[one.id]}" for one in outcomes if one.id in AMONG]
    if not told:
        return ""
    return (
        f"Alla ärenden är inte med: {listing(told)}. Vilka de är kan piloten själv ha påverkat, "
        "och det är resultatet inte justerat för."
    )


def near_zero(found: Iterable[tuple[Outcome, Effect]]) -> str:
    """Return which shares of continuity were expected near zero, so that they only describe."""
    low = [
        name_of(outcome)
        for outcome, effect in found
        if outcome.family == "continuity"
        and outcome.kind == "share"
        and effect.counterfactual < NEAR_ZERO
    ]
    if not low:
        return ""
    return (
        f"Väntat är nära noll för {listing(low)}, eftersom linjens kedja är delad mellan enheter. "
        "Skillnaden beskriver organisationen, och intervallet kan vara för smalt."
    )
