"""An effect in, a Swedish paragraph out: what was seen, what was expected, how sure we are."""

from collections.abc import Sequence
from datetime import date
from math import isfinite, isnan

from evalkit.analysis import Definitions
from evalkit.plan import Outcome, Study
from evalkit.reporting.disclosure import PROTECTED
from evalkit.reporting.numbers import count, day, number, percent, rounded
from evalkit.reporting.phrases import AIMS, HEADLINES, SENTENCES
from evalkit.reporting.variations import because
from evalkit.reporting.verdicts import Certainty, likelihood, verdict
from evalkit.results import Effect


def answer(
    effect: Effect, study: Study, period_label: str, certainty: Certainty, threat: str
) -> str:
    """Return the paragraph that answers one outcome's question for one period.

    `threat` is a Swedish noun phrase, the chief rival explanation ("en förändrad sammansättning
    av barn"). Raises ValueError when an estimated effect lacks a level.
    """
    outcome = study.outcome(effect.outcome)
    if effect.status == "immature":
        return _immature(effect, outcome, period_label)
    if effect.status != "estimated":
        return _not_estimable(effect, outcome, study, period_label)
    return _joined(
        [
            _observed(effect, outcome, study, period_label),
            _expected(effect, outcome, study),
            _difference(effect, outcome),
            _uncertainty(effect, outcome),
            _conclusion(effect, outcome, certainty, threat),
        ]
    )


def headline(effect: Effect, study: Study) -> str:
    """Return one outcome's answer as a heading has it: the message, no number, no full stop."""
    outcome = study.outcome(effect.outcome)
    if effect.status == "immature":
        return f"{outcome.label} kan ännu inte mätas"
    if effect.status != "estimated":
        return f"{outcome.label} kan inte redovisas"
    words = {"topic": SENTENCES[outcome.id].topic, "aim": AIMS[outcome.direction]}
    return HEADLINES[verdict(effect, outcome)].format(**words)


def in_short(
    effect: Effect, study: Study, period_label: str, certainty: Certainty, threat: str
) -> str:
    """Return the answer under its headline: as `answer`, without saying the verdict twice."""
    if effect.status != "estimated":
        return answer(effect, study, period_label, certainty, threat)
    outcome = study.outcome(effect.outcome)
    return _joined(
        [
            _observed(effect, outcome, study, period_label),
            _expected(effect, outcome, study),
            _difference(effect, outcome),
            _uncertainty(effect, outcome),
            _cause(effect, outcome, certainty, threat),
        ]
    )


def what_would_change(effect: Effect, study: Study, measured_by: date, *, goes_on: bool) -> str:
    """Return what could make the answer another, after "Det som kan ändra svaret:".

    `measured_by` is the day whose data an immature outcome waits for; `goes_on` tells whether
    more years of the pilot are to be reported.
    """
    outcome = study.outcome(effect.outcome)
    if effect.status == "immature":
        return f"uppgifter till och med {day(measured_by)}, då måttet kan mätas."
    if effect.status != "estimated":
        return "ett större underlag."
    if isnan(effect.headline.estimate):
        return "ett underlag där skillnaden går att beräkna."
    if verdict(effect, outcome) != "undecided":
        return f"{_rival(effect, outcome, study)}."
    needed = (
        f"En skillnad behöver nu i regel vara {_least_found(effect, outcome)} för att upptäckas."
    )
    if goes_on:
        return f"fler år eller fler jämförelseområden. {needed}"
    text = f"fler jämförelseområden, eftersom inga fler år med piloten ska redovisas. {needed}"
    if not _enough_drift(effect, outcome):
        return text
    return f"{text} Svaret hade också blivit ett annat {_rival(effect, outcome, study)}."


def _rival(effect: Effect, outcome: Outcome, study: Study) -> str:
    """Return what must have happened without the pilot for the verdict to change, as "om ..."."""
    treated, comparison = _lower_first(study.labels.treated), _lower_first(study.labels.comparison)
    drift = _enough_drift(effect, outcome) or "bara lite"
    if verdict(effect, outcome) in ("undecided", "no_relevant_difference"):
        return f"om {treated} utan piloten hade förändrats {drift} mer eller mindre än {comparison}"
    way = _direction(effect.headline.estimate)
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
    return f"minst {_sized(size, outcome)}" if _sized(size, outcome) else "bara lite"


def _least_found(effect: Effect, outcome: Outcome) -> str:
    if isnan(effect.minimum_detectable):
        return "mycket stor"
    return f"minst {_sized(effect.minimum_detectable, outcome)}"


def _sized(size: float, outcome: Outcome) -> str:
    """Return a size as the answers have it, "6 barn av 100"; empty when it rounds to nothing."""
    sentence, scale, decimals = SENTENCES[outcome.id], *_scale(outcome)
    whole = rounded(size * scale, decimals)
    if not whole:
        return ""
    thing = sentence.one if whole == 1 and not decimals else sentence.many
    return f"{number(float(whole), decimals)} {thing}{sentence.per}"


def _cause(effect: Effect, outcome: Outcome, certainty: Certainty, threat: str) -> str:
    """Return the likelihood that the pilot's way of working contributed, and the chief rival."""
    found = verdict(effect, outcome)
    if found == "no_relevant_difference":
        return f"Även {threat} kan ha påverkat resultatet."
    if found == "undecided":
        return (
            "Det går inte att bedöma om arbetssättet har bidragit, och även "
            f"{threat} kan ha påverkat resultatet."
        )
    cause = f"{certainty.phrase} arbetssättet har bidragit"
    joint = ":" if certainty.level == "mycket låg" else ", men"
    return f"{cause}{joint} även {threat} kan förklara skillnaden."


def _immature(effect: Effect, outcome: Outcome, period_label: str) -> str:
    text = f"{outcome.label} kan ännu inte mätas för {period_label}."
    if isnan(effect.mature):
        return f"{text} Uppföljningstiden är för kort."
    return f"{text} Hittills har {percent(effect.mature)} kunnat följas hela tiden."


def _not_estimable(effect: Effect, outcome: Outcome, study: Study, period_label: str) -> str:
    text = f"{outcome.label} kan inte redovisas för {period_label}."
    if effect.reason == PROTECTED:
        return f"{text} Uppgifterna bygger på för få barn för att visas."
    comparison = _lower_first(study.labels.comparison)
    return f"{text} Underlaget räcker inte för en jämförelse med {comparison}."


def _observed(effect: Effect, outcome: Outcome, study: Study, period_label: str) -> str:
    return SENTENCES[outcome.id].seen.format(
        place=f"i {_lower_first(study.labels.treated)}",
        period=period_label,
        a=_amount(effect.observed, outcome),
        **_windows(study.definitions),
    )


def _expected(effect: Effect, outcome: Outcome, study: Study) -> str:
    comparison = _lower_first(study.labels.comparison)
    expected = _amount(effect.counterfactual, outcome)
    return f"Om utvecklingen hade varit densamma som i {comparison} hade vi väntat oss {expected}."


def _difference(effect: Effect, outcome: Outcome) -> str:
    if isnan(effect.headline.estimate):
        return f"Skillnaden går inte att beräkna: {because(effect.headline.reason)}."
    sentence, scale, decimals = SENTENCES[outcome.id], *_scale(outcome)
    size = rounded(effect.headline.estimate * scale, decimals)
    if not size and decimals:
        return f"Skillnaden är mindre än {number(0.1, 1)} {sentence.many}{sentence.per}."
    if not size:
        return f"Skillnaden är mindre än {sentence.article} {sentence.one}{sentence.per}."
    thing = sentence.one if abs(size) == 1 and not decimals else sentence.many
    amount = number(float(abs(size)), decimals)
    text = f"Skillnaden är {amount} {thing} {_direction(float(size))}{sentence.per}"
    seen = rounded(effect.observed * scale, decimals)
    expected = rounded(effect.counterfactual * scale, decimals)
    return text + ("." if seen - expected == size else " (talen är avrundade var för sig).")


def _uncertainty(effect: Effect, outcome: Outcome) -> str:
    low, high = effect.headline.conf_low, effect.headline.conf_high
    if isnan(effect.headline.estimate):
        return ""
    if not (isfinite(low) and isfinite(high)):
        return "Hur osäker skillnaden är går inte att beräkna."
    too_long = (high - low) / 2 > outcome.minimal_relevant_difference
    undecided = verdict(effect, outcome) == "undecided"
    size = "stor" if undecided else "märkbar" if too_long else "begränsad"
    return f"Osäkerheten är {size}: {_range(low, high, outcome)}."


def _range(low: float, high: float, outcome: Outcome) -> str:
    scale, decimals = _scale(outcome)
    ends = [rounded(end * scale, decimals) for end in (low, high)]
    if not any(ends):
        return "skillnaden avrundas till noll i båda ändar av intervallet"
    texts = [number(float(abs(end)), decimals) for end in ends]
    same_side = ends[0] * ends[1] > 0
    if same_side:
        nearest_first = texts if ends[0] > 0 else texts[::-1]
        if nearest_first[0] == nearest_first[1]:
            return f"skillnaden är ungefär {texts[0]} {_direction(float(ends[0]))}"
        span = " och ".join(nearest_first)
        return f"skillnaden kan vara mellan {span} {_direction(float(ends[0]))}"
    named = [
        f"{text} {_direction(float(end))}" if end else "ungefär lika många"
        for text, end in zip(texts, ends, strict=True)
    ]
    return "skillnaden kan vara från " + " till ".join(named)


def _conclusion(effect: Effect, outcome: Outcome, certainty: Certainty, threat: str) -> str:
    text = likelihood(effect, outcome)
    if verdict(effect, outcome) in ("undecided", "no_relevant_difference"):
        return f"{text} Även {threat} kan ha påverkat resultatet."
    return f"{text} {_cause(effect, outcome, certainty, threat)}"


def _joined(sentences: Sequence[str]) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _windows(definitions: Definitions) -> dict[str, str]:
    return {
        "follow_up": _span(definitions.follow_up_days),
        "uptake": _span(definitions.uptake_days),
        "screening": _span(definitions.screening_days),
        "investigation": count(definitions.investigation_months, "månad", "månader"),
    }


def _span(days: int) -> str:
    return "ett år" if days in (365, 366) else f"{number(days)} dagar"


def _scale(outcome: Outcome) -> tuple[float, int]:
    """Return the factor and the decimals that an outcome's numbers have in prose."""
    return (100, 0) if outcome.kind == "share" else (1, 1)


def _amount(level: float, outcome: Outcome) -> str:
    scale, decimals = _scale(outcome)
    return number(level * scale, decimals)


def _direction(size: float) -> str:
    return "färre" if size < 0 else "fler"


def _lower_first(label: str) -> str:
    return label[:1].lower() + label[1:]
