"""What could make an answer another, after "Det som kan ändra svaret:"."""

from dataclasses import dataclass
from datetime import date
from math import isfinite, isnan, nan

from evalkit.plan import Outcome, Study
from evalkit.reporting.numbers import day, number, rounded
from evalkit.reporting.phrases import direction, lower_first, scale, sized
from evalkit.reporting.verdicts import verdict
from evalkit.results import Effect

_PILOTS = "flera områden som prövar arbetssättet"


@dataclass(frozen=True, slots=True)
class Prospects:
    """What lies ahead, and how well the years before could be checked.

    `measured_by` is the day whose data an immature outcome waits for; `goes_on` whether more years
    of the pilot are to be reported; `years` and `areas` whether those years, or any number of
    comparison areas, would bring the detectable difference down to the minimal relevant one.
    `missed` is the effect of the drift that the check of the years before finds four times in five.
    """

    measured_by: date
    goes_on: bool
    years: bool = False
    areas: bool = False
    missed: float = nan


def what_would_change(effect: Effect, study: Study, ahead: Prospects) -> str:
    """Return what could make the answer another."""
    outcome = study.outcome(effect.outcome)
    if effect.status == "immature":
        return f"uppgifter till och med {day(ahead.measured_by)}, då måttet kan mätas."
    if effect.status != "estimated":
        return "ett större underlag."
    if isnan(effect.headline.estimate):
        return "ett underlag där skillnaden går att beräkna."
    if verdict(effect, outcome) == "undecided":
        return f"{_more(ahead)} {_too_little(effect, outcome)}"
    checks = (_missed(ahead.missed, outcome), _own_trends(effect))
    return " ".join([f"{_rival(effect, outcome, study)}.", *filter(None, checks)])


def _more(ahead: Prospects) -> str:
    """Return which more data would do, and which would not."""
    open_ways = {"fler år": ahead.years, "fler jämförelseområden": ahead.areas}
    if not ahead.goes_on:
        del open_ways["fler år"]
    enough = [way for way, does in open_ways.items() if does]
    short = [way for way, does in open_ways.items() if not does]
    if enough:
        return f"{' eller '.join(enough)}."
    return f"{_PILOTS}. {' eller '.join(short).capitalize()} räcker inte."


def _too_little(effect: Effect, outcome: Outcome) -> str:
    """Return how large a difference must be to be seen, beside what was expected."""
    least = effect.minimum_detectable
    if isnan(least):
        return "En skillnad behöver nu i regel vara mycket stor för att synas."
    needed = f"en skillnad behöver i regel vara minst {sized(least, outcome)} för att synas."
    few = least > outcome.minimal_relevant_difference
    start = f"Underlaget är för litet: {needed}" if few else needed.capitalize()
    return f"{start} {_beside_expected(effect, outcome)}".strip()


def _beside_expected(effect: Effect, outcome: Outcome) -> str:
    """Return which level it would have taken, or that no level would have been enough."""
    factor, decimals = scale(outcome)
    expected, least = (
        rounded(value * factor, decimals)
        for value in (effect.counterfactual, effect.minimum_detectable)
    )
    lower = outcome.direction == "lower"
    needed = expected - least if lower else expected + least
    of = " av 100" if outcome.kind == "share" else ""
    start = f"Vi väntade oss {number(float(expected), decimals)}, så"
    if needed < 0 or (outcome.kind == "share" and needed > 100):
        utmost = "0" if lower else "100"
        return f"{start} inte ens {utmost}{of} hade säkert synts."
    return f"{start} skillnaden hade synts först vid {number(float(needed), decimals)}{of}."


def _missed(missed: float, outcome: Outcome) -> str:
    """Return what the check of the years before would have found, where it is more than matters."""
    if not isfinite(missed) or abs(missed) <= outcome.minimal_relevant_difference:
        return ""
    least = sized(abs(missed), outcome)
    return f"Kontrollen av åren före upptäcker i regel inte en utveckling som ger under {least}."


def _own_trends(effect: Effect) -> str:
    """Return that the answer does not hold where each area keeps its own trend, if so."""
    found = next((check for check in effect.checks if check.method == "detrended"), None)
    clear = effect.headline.conf_low > 0 or effect.headline.conf_high < 0
    if found is None or not clear or not (found.conf_low <= 0 <= found.conf_high):
        return ""
    return "Antas varje område ha fortsatt i egen takt från åren före kan skillnaden vara noll."


def _rival(effect: Effect, outcome: Outcome, study: Study) -> str:
    """Return what must have happened without the pilot for the verdict to change, as "om ..."."""
    treated, comparison = lower_first(study.labels.treated), lower_first(study.labels.comparison)
    drift = _enough_drift(effect, outcome) or "bara lite"
    if verdict(effect, outcome) == "no_relevant_difference":
        return f"om {treated} utan piloten hade förändrats {drift} mer eller mindre än {comparison}"
    way = direction(effect.headline.estimate)
    return f"om det också utan piloten hade blivit {drift} {way} i {treated} än i {comparison}"


def _enough_drift(effect: Effect, outcome: Outcome) -> str:
    """Return how much of the difference must come from elsewhere for the verdict to change.

    So much moves the interval past its nearest limit: zero, or where none matters, the minimal
    relevant difference.
    """
    ends = (abs(effect.headline.conf_low), abs(effect.headline.conf_high))
    if not all(isfinite(end) for end in ends):
        return ""
    within = verdict(effect, outcome) == "no_relevant_difference"
    size = outcome.minimal_relevant_difference - max(ends) if within else min(ends)
    return f"minst {sized(size, outcome)}" if sized(size, outcome) else "bara lite"
