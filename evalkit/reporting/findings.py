"""The outcome of a check in, a status and a Swedish sentence out.

Each function words one kind of check; what it would mean for the answer is the threat's own text.
A check that found nothing but could have missed what matters is "weak", never "clear".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from evalkit.plan import Outcome
from evalkit.reporting.disclosure import PROTECTED
from evalkit.reporting.numbers import count, day, listing, number, percent, points
from evalkit.reporting.shifts import (
    WIDE_PART,
    WIDE_SHARE,
    is_wide,
    leaves_out_zero,
    reach,
    shifted,
)
from evalkit.results import Effect, Estimate

Status = Literal["warning", "weak", "clear", "untestable", "pending"]
STATUSES: dict[Status, str] = {
    "warning": "Kontrollerat: varning",
    "weak": "Svag kontroll: inte avfärdad",
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
class Variation:
    """One outcome counted in `others` other ways, of which `turned` say something else.

    `decided` tells whether the plan's own way leaves out zero: else there is little to turn.
    """

    outcome: Outcome
    others: int
    turned: int
    decided: bool


@dataclass(frozen=True, slots=True)
class Part:
    """An outcome counted on a part of the period (`name`), as "januari–juni".

    `before` tells whether all in it were followed to the end before the pilot's last day.
    """

    name: str
    effect: Effect
    before: bool


def shifts(
    found: Sequence[tuple[str, Effect]], place: str, never: Sequence[str] = (), *, widened: int = 1
) -> Finding:
    """Word whether anything beside the outcomes moved otherwise than expected in the pilot's place.

    Each pair is what was counted, in words that fit "... är", and its shift; `never` are those that
    occurred nowhere. The intervals are made to hold together for `widened` checks.
    """
    known = [(what, shift) for what, shift in found if shift.status == "estimated"]
    moved = any(leaves_out_zero(shift.headline) for _, shift in known)
    told = [f"{what} {shifted(shift)}" for what, shift in known]
    lines = [f"I {place.lower()} är {listing(told)}."] if told else []
    lines += [f"{_upper(what)} är noll överallt." for what in never]
    lines += [_unknown(what, shift) for what, shift in found if shift.status != "estimated"]
    if widened > 1 and known:
        lines.append(f"Intervallen är vidgade eftersom {number(widened)} saker prövas.")
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
        told = [f"{name_of(one.outcome)} ({one.turned} av {one.others} sätt)" for one in turned]
        return Finding("warning", f"Räknat {how} blir slutsatsen en annan för {listing(told)}.")
    decided = [name_of(one.outcome) for one in found if one.decided]
    undecided = [name_of(one.outcome) for one in found if not one.decided]
    told = []
    if decided:
        told.append(f"blir slutsatsen densamma för {listing(decided)}")
    if undecided:
        told.append(f"är svaret lika osäkert för {listing(undecided)}")
    text = f"Räknat {how} {listing(told)}."
    if undecided:
        return Finding("weak", f"{text} Ett osäkert svar visar inte att det saknar betydelse.")
    return Finding("clear", text)


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
    none = [name_of(outcome) for outcome, effect in effects if effect.mature < least]
    some = [name_of(outcome) for outcome, effect in effects if least <= effect.mature < enough]
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
        f"{outcome.label}: {shifted(first)} under {first.label}, därefter {shifted(last)} under "
        f"{last.label}."
    )
    return Finding(status, told)


def since_wash_in(outcome: Outcome, first: Effect, last: Effect) -> Finding:
    """Word the effect in the wash-in and in the only period after it, which proves nothing."""
    if first.status != "estimated" or last.status != "estimated":
        return Finding("pending", "Perioderna kan ännu inte jämföras.")
    return Finding(
        "untestable",
        f"{outcome.label}: {shifted(first)} under {first.label}, då arbetssättet infördes, och "
        f"{shifted(last)} under {last.label}.{_levels(outcome, first, last)} "
        "Med en enda period efter inkörningen går det inte att avgöra om skillnaden klingar av.",
    )


def followed_past(
    ended: date, found: Sequence[tuple[Outcome, Estimate, Sequence[Part]]]
) -> Finding:
    """Word what an end of the pilot within the follow-up may have done to earlier results.

    Each outcome comes with its effect in the whole period, and by part of it. An effect in a part
    that lies outside the whole period's interval is a warning; that none does proves little.
    """
    lines = [
        f"{_upper(listing([name_of(outcome) for outcome, _, _ in found]))} följs i ett år, delvis "
        f"efter {day(ended)}, då piloten avslutades."
    ]
    moved = False
    for outcome, whole, parts in found:
        told = [f"{shifted(part.effect)} räknat på {part.name}" for part in parts]
        lines += [f"{outcome.label}: {listing(told)}."] if told else []
        moved |= any(not _within(part.effect.headline, whole) for part in parts)
    if early := {part.name for _, _, parts in found for part in parts if part.before}:
        lines.append(f"Bara {listing(sorted(early))} följdes helt före avslutet.")
    return Finding("warning" if moved else "weak", " ".join(lines))


def _within(part: Estimate, whole: Estimate) -> bool:
    return whole.conf_low <= part.estimate <= whole.conf_high


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
        f"åren därefter ({low} till {high} procentenheter).",
    )


def plan_kept(registered: bool, unlogged: int, n_outcomes: int, lost: Sequence[Outcome]) -> Finding:
    """Word whether the plan was fixed beforehand, and what is lost when outcomes are many."""
    faults = []
    if not registered:
        faults.append("Analysplanen är inte registrerad. Det går inte att visa att den kom först.")
    if unlogged:
        faults.append(f"{count(unlogged, 'del', 'delar')} av planen har ändrats utan angivet skäl.")
    if lost:
        names = listing([name_of(outcome) for outcome in lost])
        faults.append(f"Justerat för {n_outcomes} huvudmått är {names} inte längre säkert.")
    if faults:
        return Finding("warning", " ".join(faults))
    return Finding(
        "clear",
        f"Planen är registrerad och {n_outcomes} huvudmått är utpekade. Justerat för antalet blir "
        "slutsatserna desamma.",
    )


def _relevant(outcome: Outcome) -> float:
    return outcome.minimal_relevant_difference


def together(first: Finding, second: Finding) -> Finding:
    """Return two findings as one, with the status that asks for most care."""
    text = f"{first.text} {second.text}".strip()
    for status in ("warning", "weak", "clear", "untestable"):
        if status in (first.status, second.status):
            return Finding(status, text)
    return replace(first, text=text)


def _levels(outcome: Outcome, first: Effect, last: Effect) -> str:
    """Return two levels of a mean; a share's could tell how few, and is left to its own table."""
    if outcome.kind == "share":
        return ""
    return f" Nivån i pilotområdet var {number(first.observed, 1)} och {number(last.observed, 1)}."


def name_of(outcome: Outcome) -> str:
    """Return an outcome's label as it stands within a sentence."""
    return outcome.label.lower()


def _unknown(what: str, shift: Effect) -> str:
    why = "för få barn för att visas" if shift.reason == PROTECTED else "kan inte beräknas"
    return f"{_upper(what)}: {why}."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
