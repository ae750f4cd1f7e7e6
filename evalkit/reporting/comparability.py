"""Whether the pilot's area and the others can be compared: what was found, in Swedish sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isnan

from evalkit.plan import Outcome
from evalkit.reporting.findings import ALPHA, Finding, Status, name_of
from evalkit.reporting.numbers import listing, number, percent, points
from evalkit.reporting.verdicts import relevant_difference
from evalkit.results import Effect, Estimate


@dataclass(frozen=True, slots=True)
class Drift:
    """One outcome before the start: the test's p-value, and the harm of a drift it would miss."""

    outcome: Outcome
    p_value: float
    missed: float


@dataclass(frozen=True, slots=True)
class Standing:
    """One outcome's effect among the areas' own changes.

    `larger` of `others` comparison areas have at least as large an effect; the result holds up to
    `allowed` times the areas' variation, and their numbers of cases speak for `implied`.
    """

    outcome: Outcome
    headline: Estimate
    larger: int
    others: int
    allowed: float
    implied: float

    @property
    def clear(self) -> bool:
        return self.headline.conf_low > 0 or self.headline.conf_high < 0

    @property
    def shaken(self) -> bool:
        return self.clear and (self.larger > 0 or not self.allowed >= self.implied)


def drift_before(drifts: Sequence[Drift]) -> Finding:
    """Word whether the areas moved apart before the start, and whether that could be seen."""
    if not drifts:
        return Finding("untestable", "Det finns för få år före piloten.")
    failed = [name_of(drift.outcome) for drift in drifts if drift.p_value < ALPHA]
    if failed:
        return Finding(
            "warning", f"Områdena utvecklades olika redan före piloten i {listing(failed)}."
        )
    seen = "Ingen skillnad i utveckling syns före piloten"
    weak = [drift for drift in drifts if _matters(drift)]
    if not weak:
        return Finding("clear", f"{seen}, och en som spelar roll hade troligen upptäckts.")
    told = [
        f"{name_of(drift.outcome)} med {_amount(drift.missed, drift.outcome)} "
        f"({relevant_difference(drift.outcome)} spelar roll)"
        for drift in weak
    ]
    return Finding(
        "weak",
        f"{seen}, men kontrollen är svag: i fyra fall av fem upptäcks en glidning först när den "
        f"har hunnit flytta {listing(told)}.",
    )


def among_areas(standings: Sequence[Standing]) -> Finding:
    """Word whether a result that looks clear stands out from what areas do by themselves."""
    if not standings:
        return Finding("pending", "Inget huvudmått kan ännu mätas.")
    areas = standings[0].others + 1
    floor = (
        f"Av ren slump ligger pilotområdet ytterst i ett fall av {areas}, så provet kan aldrig ge "
        f"ett p-värde under 1/{areas}."
    )
    clear = [standing for standing in standings if standing.clear]
    if not clear:
        return Finding(
            "weak", f"Redan i huvudmetoden skiljer sig inget huvudmått säkert från noll. {floor}"
        )
    few: Status = "weak" if 1 / areas > ALPHA else "clear"  # the least that chance alone gives
    status = "warning" if any(standing.shaken for standing in clear) else few
    return Finding(status, f"{' '.join(_stands(standing) for standing in clear)} {floor}")


def level_before(extremes: Sequence[tuple[Outcome, bool]], others: int) -> Finding:
    """Word whether the pilot's area lay outside all the others before the start.

    Within their range it may still have been chosen for a passing low, which no check here sees.
    """
    if not extremes:
        return Finding("pending", "Inget huvudmått kan ännu mätas.")
    outside = [name_of(outcome) for outcome, extreme in extremes if extreme]
    if outside:
        return Finding(
            "warning",
            f"Före piloten låg pilotområdet utanför alla {others} jämförelseområden i "
            f"{listing(outside)}.",
        )
    return Finding(
        "weak",
        f"Före piloten låg pilotområdet inom det spann som de {others} andra hade. Varför området "
        "valdes är inte känt, så att det låg tillfälligt illa till och sedan återgick till det "
        "vanliga kan inte uteslutas.",
    )


def diluted(effects: Sequence[tuple[Outcome, Effect]], share: float) -> str:
    """Return what each effect would have been, had `share` of it also reached the comparison."""
    told = [
        f"{name_of(outcome)} {_amount(effect.headline.estimate / (1 - share), outcome, 2)} "
        f"(uppmätt {_amount(effect.headline.estimate, outcome, 2)})"
        for outcome, effect in effects
        if effect.status == "estimated"
    ]
    if not told:
        return ""
    return (
        f"Räkneexempel: hade {percent(share)} av arbetssättet också nått linjen vore skillnaden "
        f"{listing(told)}."
    )


def _matters(drift: Drift) -> bool:
    return isnan(drift.missed) or abs(drift.missed) > drift.outcome.minimal_relevant_difference


def _stands(standing: Standing) -> str:
    who = "inget" if not standing.larger else number(standing.larger)
    text = (
        f"{standing.outcome.label}: {who} av {standing.others} jämförelseområden har en minst lika "
        "stor skillnad"
    )
    if isnan(standing.allowed):
        return f"{text}."
    if not isfinite(standing.allowed):
        return f"{text}, och slutsatsen håller hur mycket pilotområdet än varierar."
    allowed = f"upp till {number(standing.allowed, 1)} gånger så mycket som det jämnaste av dem"
    known = isfinite(standing.implied)
    cases = f" (antalet ärenden talar för {number(standing.implied, 1)})" if known else ""
    return f"{text}, och slutsatsen håller om pilotområdet varierar {allowed}{cases}."


def _amount(value: float, outcome: Outcome, decimals: int = 1) -> str:
    """Return a difference with its unit; a share's is in whole percentage points."""
    if isnan(value):
        return "okänt mycket"
    if outcome.kind == "share":
        return points(value) if abs(value) <= 1 else f"mer än {points(1)}"
    return f"{number(value, decimals)} {outcome.unit}"
