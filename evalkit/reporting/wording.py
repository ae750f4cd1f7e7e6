"""An effect in, a Swedish paragraph out: what was seen, what was expected, how sure we are."""

from collections.abc import Sequence
from math import isfinite, isnan

from evalkit.analysis import Definitions
from evalkit.plan import Outcome, Study
from evalkit.reporting.disclosure import PROTECTED
from evalkit.reporting.numbers import count, number, percent, rounded
from evalkit.reporting.phrases import AIMS, HEADLINES, SENTENCES, direction, lower_first, scale
from evalkit.reporting.variations import because
from evalkit.reporting.verdicts import Certainty, holds_both, likelihood, verdict
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


def _cause(effect: Effect, outcome: Outcome, certainty: Certainty, threat: str) -> str:
    """Return the likelihood that the pilot's way of working contributed, and the chief rival."""
    found = verdict(effect, outcome)
    if found == "no_relevant_difference":
        return f"Även {threat} kan ha påverkat resultatet."
    if found == "undecided":
        return (
            "Det går inte att bedöma om arbetssättet har bidragit. Även "
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
    comparison = lower_first(study.labels.comparison)
    return f"{text} Underlaget räcker inte för en jämförelse med {comparison}."


def _observed(effect: Effect, outcome: Outcome, study: Study, period_label: str) -> str:
    return SENTENCES[outcome.id].seen.format(
        place=f"i {lower_first(study.labels.treated)}",
        period=period_label,
        a=_amount(effect.observed, effect, outcome),
        **_windows(study.definitions),
    )


def _expected(effect: Effect, outcome: Outcome, study: Study) -> str:
    comparison = lower_first(study.labels.comparison)
    expected = _amount(effect.counterfactual, effect, outcome)
    return f"Om utvecklingen hade följt {comparison} hade vi väntat oss {expected}."


def _difference(effect: Effect, outcome: Outcome) -> str:
    if isnan(effect.headline.estimate):
        return f"Skillnaden går inte att beräkna: {because(effect.headline.reason)}."
    sentence, (factor, decimals) = SENTENCES[outcome.id], written(effect, outcome)
    size = rounded(effect.headline.estimate * factor, decimals)
    if not size and decimals:
        least = number(10.0**-decimals, decimals)
        return f"Skillnaden är mindre än {least} {sentence.many}{sentence.per}."
    if not size:
        return f"Skillnaden är mindre än {sentence.article} {sentence.one}{sentence.per}."
    thing = sentence.one if abs(size) == 1 and not decimals else sentence.many
    amount = number(float(abs(size)), decimals)
    text = f"Skillnaden är {amount} {thing} {direction(float(size))}{sentence.per}"
    exact = _adds_up(effect, factor, decimals)
    return text + ("." if exact else " (talen är avrundade var för sig).")


def _uncertainty(effect: Effect, outcome: Outcome) -> str:
    """Return the interval, called by what it holds: zero, the minimal relevant difference or none.

    Not by its width alone, which says nothing without what matters.
    """
    low, high = effect.headline.conf_low, effect.headline.conf_high
    if isnan(effect.headline.estimate):
        return ""
    if not (isfinite(low) and isfinite(high)):
        return "Hur osäker skillnaden är går inte att beräkna."
    undecided = verdict(effect, outcome) == "undecided"
    size = "stor" if undecided else "märkbar" if holds_both(effect, outcome) else "begränsad"
    return f"Den statistiska osäkerheten är {size}: {_range(effect, outcome)}."


def _range(effect: Effect, outcome: Outcome) -> str:
    factor, decimals = written(effect, outcome)
    low, high = effect.headline.conf_low * factor, effect.headline.conf_high * factor
    if not (rounded(low, decimals) or rounded(high, decimals)):
        return "skillnaden avrundas till noll i båda ändar av intervallet"
    if rounded(low, decimals) == rounded(high, decimals):
        return f"skillnaden är {from_to(low, high, decimals)}"
    return f"skillnaden kan vara {from_to(low, high, decimals)}"


def from_to(low: float, high: float, decimals: int) -> str:
    """Return an interval of a difference with its ends in fewer and more, the nearest to 0 first.

    "mellan 1 och 11 färre", "från 3 färre till 2 fler", "ungefär 4 fler".
    """
    ends = [rounded(end, decimals) for end in (low, high)]
    texts = [number(float(abs(end)), decimals) for end in ends]
    if ends[0] * ends[1] > 0:
        way = direction(float(ends[0]))
        first, last = texts if ends[0] > 0 else texts[::-1]
        return f"ungefär {first} {way}" if first == last else f"mellan {first} och {last} {way}"
    named = [
        f"{text} {direction(float(end))}" if end else "ungefär lika många"
        for text, end in zip(texts, ends, strict=True)
    ]
    return "från " + " till ".join(named)


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


def _amount(level: float, effect: Effect, outcome: Outcome) -> str:
    factor, decimals = written(effect, outcome)
    return number(level * factor, decimals)


def written(effect: Effect, outcome: Outcome) -> tuple[float, int]:
    """Return the factor and the decimals of an answer: a mean has two where one does not add up."""
    factor, decimals = scale(outcome)
    if decimals and not isnan(effect.headline.estimate):
        decimals += not _adds_up(effect, factor, decimals)
    return factor, decimals


def _adds_up(effect: Effect, factor: float, decimals: int) -> bool:
    """Return whether level less expected is the difference, each of them rounded."""
    parts = (effect.observed, effect.counterfactual, effect.headline.estimate)
    seen, expected, size = (rounded(part * factor, decimals) for part in parts)
    return seen - expected == size
