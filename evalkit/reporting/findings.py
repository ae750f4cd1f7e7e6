"""The outcome of a check in, a status and a Swedish sentence out.

Each function words one kind of check; what it would mean for the answer is the threat's own text.
A check that found nothing but could have missed what matters is "weak", never "clear".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, isnan
from typing import Literal

from evalkit.plan import Outcome
from evalkit.reporting.disclosure import PROTECTED
from evalkit.reporting.numbers import count, listing, number, percent, points
from evalkit.reporting.shifts import (
    WIDE_PART,
    WIDE_SHARE,
    is_wide,
    leaves_out_zero,
    reach,
    shifted,
)
from evalkit.reporting.verdicts import relevant_difference
from evalkit.results import Effect, Estimate

Status = Literal["warning", "weak", "clear", "untestable", "pending"]
STATUSES: dict[Status, str] = {
    "warning": "Kontrollerat: varning",
    "weak": "Kontrollerat: ingen varning, men svag kontroll",
    "clear": "Kontrollerat: ingen varning",
    "untestable": "Går inte att pröva",
    "pending": "Inte aktuellt ännu",
}
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a check: a status and, in Swedish, the outcome."""

    status: Status
    text: str


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


@dataclass(frozen=True, slots=True)
class Variation:
    """One outcome counted in `others` other ways, of which `turned` say something else.

    `decided` tells whether the plan's own way leaves out zero: else there is little to turn.
    """

    outcome: Outcome
    others: int
    turned: int
    decided: bool


def drift_before(drifts: Sequence[Drift]) -> Finding:
    """Word whether the areas moved apart before the start, and whether that could be seen."""
    if not drifts:
        return Finding("untestable", "Det finns för få år före piloten.")
    failed = [_name(drift.outcome) for drift in drifts if drift.p_value < ALPHA]
    if failed:
        return Finding(
            "warning", f"Områdena utvecklades olika redan före piloten i {listing(failed)}."
        )
    seen = "Ingen skillnad i utveckling syns före piloten"
    weak = [drift for drift in drifts if _matters(drift)]
    if not weak:
        return Finding("clear", f"{seen}, och en som spelar roll hade troligen upptäckts.")
    told = [
        f"{_name(drift.outcome)} med {_amount(drift.missed, drift.outcome)} "
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
    floor = f"Med {areas} områden kan ett sådant prov aldrig ge ett p-värde under 1/{areas}."
    clear = [standing for standing in standings if standing.clear]
    if not clear:
        return Finding(
            "weak", f"Redan i huvudmetoden skiljer sig inget huvudmått säkert från noll. {floor}"
        )
    status: Status = "warning" if any(standing.shaken for standing in clear) else "clear"
    return Finding(status, f"{' '.join(_stands(standing) for standing in clear)} {floor}")


def shifts(found: Sequence[tuple[str, Effect]], place: str, never: Sequence[str] = ()) -> Finding:
    """Word whether anything beside the outcomes moved otherwise than expected in the pilot's place.

    Each pair is what was counted, in words that fit "... är", and its shift; `never` are those that
    occurred nowhere.
    """
    known = [(what, shift) for what, shift in found if shift.status == "estimated"]
    moved = any(leaves_out_zero(shift.headline) for _, shift in known)
    told = [f"{what} {shifted(shift)}" for what, shift in known]
    lines = [f"I {place.lower()} är {listing(told)}."] if told else []
    lines += [f"{_upper(what)} är noll överallt." for what in never]
    lines += [_unknown(what, shift) for what, shift in found if shift.status != "estimated"]
    wide = any(is_wide(shift) for _, shift in known)
    nothing: Status = "clear" if known or never else "untestable"
    status: Status = "warning" if moved else "weak" if wide else nothing
    return Finding(status, " ".join(lines))


def variations(found: Sequence[Variation], how: str) -> Finding:
    """Word whether outcomes say something else when counted otherwise; `how` completes "räknat"."""
    found = [one for one in found if one.others]
    if not found:
        return Finding("pending", "Kan inte räknas om för den här perioden.")
    turned = [one for one in found if one.turned]
    if turned:
        told = [f"{_name(one.outcome)} ({one.turned} av {one.others} sätt)" for one in turned]
        return Finding("warning", f"Räknat {how} blir slutsatsen en annan för {listing(told)}.")
    decided = [_name(one.outcome) for one in found if one.decided]
    undecided = [_name(one.outcome) for one in found if not one.decided]
    told = []
    if decided:
        told.append(f"blir slutsatsen densamma för {listing(decided)}")
    if undecided:
        told.append(f"är svaret lika osäkert för {listing(undecided)}")
    return Finding("clear" if decided else "weak", f"Räknat {how} {listing(told)}.")


def returns_agree(outcome: Outcome, investigated: Effect, contacted: Effect) -> Finding:
    """Word whether fewer new investigations (`outcome`) go with fewer returns of any kind."""
    if investigated.status != "estimated" or contacted.status != "estimated":
        return Finding("pending", "Uppföljningen räcker ännu inte för att jämföra måtten.")
    told = (
        f"Nya utredningar: {shifted(investigated)}. Nya kontakter av alla slag: "
        f"{shifted(contacted)}."
    )
    fewer = investigated.headline.conf_high < 0
    if fewer and not contacted.headline.conf_high < 0:
        return Finding("warning", f"{told} Färre utreds på nytt utan att färre säkert återkommer.")
    if fewer:
        return Finding("clear", f"{told} Båda har säkert minskat.")
    weak = reach(investigated.headline) > _relevant(outcome)
    return Finding("weak" if weak else "clear", f"{told} Nya utredningar har inte säkert minskat.")


def follow_up(effects: Sequence[tuple[Outcome, Effect]], enough: float, least: float) -> Finding:
    """Word whether those who wait for something could be followed for the whole time.

    No share is said, for it could tell how few were not followed.
    """
    none = [_name(outcome) for outcome, effect in effects if effect.mature < least]
    some = [_name(outcome) for outcome, effect in effects if least <= effect.mature < enough]
    told = []
    if none:
        told.append(f"Mindre än {percent(least)} har följts hela tiden i {listing(none)}.")
    if some:
        told.append(f"Mindre än {percent(enough)} har följts hela tiden i {listing(some)}.")
    if told:
        return Finding("warning", " ".join(told))
    return Finding("clear", f"I alla mått har minst {percent(enough)} följts hela tiden.")


def over_time(outcome: Outcome, first: Effect, last: Effect) -> Finding:
    """Word whether the effect in the last period lies outside what the first one held likely."""
    if first.status != "estimated" or last.status != "estimated":
        return Finding("pending", "Perioderna kan ännu inte jämföras.")
    low, high = first.headline.conf_low, first.headline.conf_high
    same: Status = "clear" if reach(first.headline) <= _relevant(outcome) else "weak"
    status: Status = same if low <= last.headline.estimate <= high else "warning"
    told = (
        f"{outcome.label}: {shifted(first)} i {first.label}, därefter {shifted(last)} i "
        f"{last.label}."
    )
    return Finding(status, told)


def level_before(extremes: Sequence[tuple[Outcome, bool]], others: int) -> Finding:
    """Word whether the pilot's area lay outside all the others before the start."""
    if not extremes:
        return Finding("pending", "Inget huvudmått kan ännu mätas.")
    outside = [_name(outcome) for outcome, extreme in extremes if extreme]
    if outside:
        return Finding(
            "warning",
            f"Före piloten låg pilotområdet utanför alla {others} jämförelseområden i "
            f"{listing(outside)}.",
        )
    return Finding(
        "clear", f"Före piloten låg pilotområdet inom det spann som de {others} andra hade."
    )


def staff_who_left(before: float, after: float, low: float, high: float) -> Finding:
    """Word how many of 100 in the line left in a year, before the start and after it.

    `low` and `high` limit the ratio of the two.
    """
    told = (
        f"I linjen slutade {number(before)} av 100 medarbetare om året före piloten och "
        f"{number(after)} därefter, {number(low, 1)} till {number(high, 1)} gånger så många."
    )
    if low > 1:
        return Finding("warning", told)
    return Finding("weak" if high > 1 + WIDE_PART else "clear", told)


def blank_as_no(outcome: Outcome, known: Effect, every: Effect) -> Finding:
    """Word whether an outcome says something else when blank answers count as no.

    `known` is that of known answers, `every` that of all, with a blank as no.
    """
    if known.status != "estimated" or every.status != "estimated":
        return Finding("pending", "")
    turned = side(known.headline) != side(every.headline)
    status: Status = "warning" if turned else "clear" if side(every.headline) else "weak"
    return Finding(
        status,
        f"{outcome.label}: {shifted(known)} bland kända svar, {shifted(every)} om svar som saknas "
        "räknas som nej.",
    )


def side(estimate: Estimate) -> int:
    """Return on which side of zero the whole interval lies: -1, 1, or 0 when it does not."""
    return (estimate.conf_low > 0) - (estimate.conf_high < 0)


def first_year(years: Sequence[int], shift: Effect) -> Finding:
    """Word whether the first year's share of matters investigated stands out from later years'."""
    what = "andelen ärenden som ledde till utredning"
    if shift.status != "estimated":
        return Finding("untestable", _unknown(what, shift))
    found = shift.headline
    moved = leaves_out_zero(found) and abs(found.estimate) >= WIDE_SHARE
    status: Status = "warning" if moved else "weak" if is_wide(shift) else "clear"
    side = "högre" if found.estimate > 0 else "lägre"
    low, high = number(100 * found.conf_low), number(100 * found.conf_high)
    return Finding(
        status,
        f"I alla områden tillsammans var {what} {points(abs(found.estimate))} {side} {years[0]} än "
        f"åren därefter ({low} till {high}).",
    )


def plan_kept(registered: bool, unlogged: int, n_outcomes: int, lost: Sequence[Outcome]) -> Finding:
    """Word whether the plan was fixed beforehand, and what is lost when outcomes are many."""
    faults = []
    if not registered:
        faults.append("Analysplanen är inte registrerad. Det går inte att visa att den kom först.")
    if unlogged:
        faults.append(f"{count(unlogged, 'del', 'delar')} av planen har ändrats utan angivet skäl.")
    if lost:
        names = listing([_name(outcome) for outcome in lost])
        faults.append(f"Justerat för {n_outcomes} huvudmått är {names} inte längre säkert.")
    if faults:
        return Finding("warning", " ".join(faults))
    return Finding(
        "clear",
        f"Planen är registrerad och {n_outcomes} huvudmått är utpekade. Justerat för antalet blir "
        "slutsatserna desamma.",
    )


def diluted(effects: Sequence[tuple[Outcome, Effect]], share: float) -> str:
    """Return what each effect would have been, had `share` of it also reached the comparison."""
    told = [
        f"{_name(outcome)} {_amount(effect.headline.estimate / (1 - share), outcome, 2)} (uppmätt "
        f"{_amount(effect.headline.estimate, outcome, 2)})"
        for outcome, effect in effects
        if effect.status == "estimated"
    ]
    if not told:
        return ""
    return (
        f"Räkneexempel: hade {percent(share)} av arbetssättet också nått linjen vore effekten "
        f"{listing(told)}."
    )


def _matters(drift: Drift) -> bool:
    return isnan(drift.missed) or abs(drift.missed) > _relevant(drift.outcome)


def _relevant(outcome: Outcome) -> float:
    return outcome.minimal_relevant_difference


def _name(outcome: Outcome) -> str:
    return outcome.label.lower()


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
    allowed = f"upp till {number(standing.allowed, 1)} gånger så mycket som andra"
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


def _unknown(what: str, shift: Effect) -> str:
    why = "för få barn för att visas" if shift.reason == PROTECTED else "kan inte beräknas"
    return f"{_upper(what)}: {why}."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
