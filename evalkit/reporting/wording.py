"""An effect in, a Swedish paragraph out: what was seen, what was expected, how sure we are."""

from dataclasses import dataclass
from math import isfinite, isnan

from evalkit.plan import Definitions, Outcome, OutcomeId, Study
from evalkit.reporting.disclosure import PROTECTED
from evalkit.reporting.numbers import count, number, percent, rounded
from evalkit.reporting.verdicts import Certainty, likelihood, verdict
from evalkit.results import Effect


@dataclass(frozen=True, slots=True)
class _Sentence:
    """How one outcome is said: the sentence, the thing counted and what it is counted per."""

    seen: str
    article: str
    one: str
    many: str
    per: str = " av 100"


_SENTENCES: dict[OutcomeId, _Sentence] = {
    "K1": _Sentence(
        "Ett ärende {place} som inleddes under {period} hade i genomsnitt {a} handläggare.",
        "en",
        "handläggare",
        "handläggare",
        " per ärende",
    ),
    "K1_UTR": _Sentence(
        "Ett ärende {place} som inleddes under {period} och ledde till utredning hade i "
        "genomsnitt {a} handläggare.",
        "en",
        "handläggare",
        "handläggare",
        " per ärende",
    ),
    "K2": _Sentence(
        "Av 100 ärenden {place} som inleddes under {period} och omfattade mer än en fas hade "
        "{a} samma handläggare genom hela kedjan.",
        "ett",
        "ärende",
        "ärenden",
    ),
    "K3": _Sentence(
        "Av 100 fasövergångar {place} i ärenden som inleddes under {period} skedde {a} med "
        "samma handläggare.",
        "en",
        "fasövergång",
        "fasövergångar",
    ),
    "K4": _Sentence(
        "Per 100 barnmånader {place} skedde {a} byten av handläggare, utöver dem vid enhetsgränser "
        "och pilotens avslut, i ärenden som inleddes under {period}.",
        "ett",
        "byte",
        "byten",
        " per 100 barnmånader",
    ),
    "R1": _Sentence(
        "Av 100 barn {place} vars utredning avslutades under {period} utreddes {a} på nytt inom "
        "{follow_up}.",
        "ett",
        "barn",
        "barn",
    ),
    "R2": _Sentence(
        "Av 100 barn {place} som aktualiserades under {period} fick {a} en ny orosanmälan inom "
        "{follow_up}.",
        "ett",
        "barn",
        "barn",
    ),
    "R3": _Sentence(
        "Av 100 barn {place} som aktualiserades under {period} kom {a} tillbaka på något sätt "
        "inom {follow_up}.",
        "ett",
        "barn",
        "barn",
    ),
    "U1": _Sentence(
        "Av 100 barn {place} med ett behov som bedömdes under {period} hade {a} påbörjat en "
        "insats inom {uptake}.",
        "ett",
        "barn",
        "barn",
    ),
    "U2": _Sentence(
        "Av 100 första erbjudanden {place} under {period} tackade familjen ja till {a}.",
        "ett",
        "erbjudande",
        "erbjudanden",
    ),
    "U3": _Sentence(
        "Av 100 behov som bedömdes {place} under {period} saknade {a} en passande insats.",
        "ett",
        "behov",
        "behov",
    ),
    "T14": _Sentence(
        "Av 100 förhandsbedömningar {place} under {period} blev {a} klara inom {screening}.",
        "en",
        "förhandsbedömning",
        "förhandsbedömningar",
    ),
    "T4M": _Sentence(
        "Av 100 utredningar {place} som inleddes under {period} blev {a} klara inom "
        "{investigation}.",
        "en",
        "utredning",
        "utredningar",
    ),
}


def answer(
    effect: Effect, study: Study, period_label: str, certainty: Certainty, threat: str
) -> str:
    """Return the paragraph that answers one outcome's question for one period.

    `threat` is a Swedish noun phrase, the chief rival explanation ("en förändrad sammansättning
    av barn"). Raises ValueError when an estimated effect lacks a level or an estimate.
    """
    outcome = study.outcome(effect.outcome)
    if effect.status == "immature":
        return _immature(effect, outcome, period_label)
    if effect.status != "estimated":
        return _not_estimable(effect, outcome, study, period_label)
    return " ".join(
        [
            _observed(effect, outcome, study, period_label),
            _expected(effect, outcome, study),
            _difference(effect, outcome),
            _uncertainty(effect, outcome),
            _conclusion(effect, outcome, certainty, threat),
        ]
    )


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
    return _SENTENCES[outcome.id].seen.format(
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
    sentence, scale, decimals = _SENTENCES[outcome.id], *_scale(outcome)
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
    if not (isfinite(low) and isfinite(high)):
        return "Hur osäker skillnaden är går inte att beräkna."
    too_long = (high - low) / 2 > outcome.minimal_relevant_difference
    wide = too_long or verdict(effect, outcome) == "undecided"
    size = "stor" if wide else "begränsad"
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
        span = " till ".join(nearest_first)
        return f"skillnaden kan vara allt från {span} {_direction(float(ends[0]))}"
    named = [
        f"{text} {_direction(float(end))}" if end else "ungefär lika många"
        for text, end in zip(texts, ends, strict=True)
    ]
    return "skillnaden kan vara allt från " + " till ".join(named)


def _conclusion(effect: Effect, outcome: Outcome, certainty: Certainty, threat: str) -> str:
    text = likelihood(effect, outcome)
    if verdict(effect, outcome) in ("undecided", "no_relevant_difference"):
        return f"{text} Även {threat} kan ha påverkat resultatet."
    cause = f"{certainty.phrase} arbetssättet har bidragit"
    if certainty.level == "mycket låg":
        return f"{text} {cause}: även {threat} kan förklara skillnaden."
    return f"{text} {cause}, men även {threat} kan förklara skillnaden."


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
