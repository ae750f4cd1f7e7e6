"""The words for each outcome of the plan: what is counted, in a heading and in a sentence."""

from dataclasses import dataclass

from evalkit.plan import Outcome
from evalkit.records import OutcomeId
from evalkit.reporting.numbers import number, rounded
from evalkit.reporting.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Sentence:
    """How one outcome is said: in a heading, in a sentence, what is counted and per what."""

    topic: str
    seen: str
    article: str
    one: str
    many: str
    per: str = " av 100"


# What the verdict makes of a topic; "no answer" takes the word that the pilot aimed at.
HEADLINES: dict[Verdict, str] = {
    "lower": "Färre {topic} än väntat",
    "higher": "Fler {topic} än väntat",
    "slightly_lower": "Något färre {topic} än väntat",
    "slightly_higher": "Något fler {topic} än väntat",
    "no_relevant_difference": "I stort sett lika många {topic} som väntat",
    "undecided": "Går inte att avgöra om det blev {aim} {topic}",
}
AIMS = {"lower": "färre", "higher": "fler"}
SENTENCES: dict[OutcomeId, Sentence] = {
    "K1": Sentence(
        "handläggare per ärende",
        "Ett ärende {place} som inleddes under {period} hade i genomsnitt {a} handläggare.",
        "en",
        "handläggare",
        "handläggare",
        " per ärende",
    ),
    "K1_UTR": Sentence(
        "handläggare per utrett ärende",
        "Ett ärende {place} som inleddes under {period} och ledde till utredning hade i "
        "genomsnitt {a} handläggare.",
        "en",
        "handläggare",
        "handläggare",
        " per ärende",
    ),
    "K2": Sentence(
        "ärenden med samma handläggare",
        "Av 100 ärenden {place} som inleddes under {period} och omfattade mer än en fas hade "
        "{a} samma handläggare genom hela kedjan.",
        "ett",
        "ärende",
        "ärenden",
    ),
    "K3": Sentence(
        "fasövergångar med samma handläggare",
        "Av 100 fasövergångar {place} i ärenden som inleddes under {period} skedde {a} med "
        "samma handläggare.",
        "en",
        "fasövergång",
        "fasövergångar",
    ),
    "K4": Sentence(
        "handläggarbyten",
        "Per 100 barnmånader {place} skedde {a} byten av handläggare, utöver dem vid enhetsgränser "
        "och pilotens avslut, i ärenden som inleddes under {period}.",
        "ett",
        "byte",
        "byten",
        " per 100 barnmånader",
    ),
    "R1": Sentence(
        "nya utredningar",
        "Av 100 utredningar {place} som avslutades under {period} följdes {a} av en ny inom "
        "{follow_up}.",
        "en",
        "utredning",
        "utredningar",
    ),
    "R2": Sentence(
        "nya orosanmälningar",
        "Av 100 barn {place} som aktualiserades under {period} fick {a} en ny orosanmälan inom "
        "{follow_up}.",
        "ett",
        "barn",
        "barn",
    ),
    "R3": Sentence(
        "nya kontakter",
        "Av 100 barn {place} som aktualiserades under {period} kom {a} tillbaka på något sätt "
        "inom {follow_up}.",
        "ett",
        "barn",
        "barn",
    ),
    "U1": Sentence(
        "påbörjade insatser",
        "Av 100 barn {place} med ett behov som bedömdes under {period} hade {a} påbörjat en "
        "insats inom {uptake}.",
        "ett",
        "barn",
        "barn",
    ),
    "U2": Sentence(
        "ja till första erbjudandet",
        "Av 100 första erbjudanden {place} under {period} tackade familjen ja till {a}.",
        "ett",
        "erbjudande",
        "erbjudanden",
    ),
    "U3": Sentence(
        "behov utan passande insats",
        "Av 100 behov som bedömdes {place} under {period} saknade {a} en passande insats.",
        "ett",
        "behov",
        "behov",
    ),
    "T14": Sentence(
        "förhandsbedömningar i tid",
        "Av 100 förhandsbedömningar {place} under {period} blev {a} klara inom {screening}.",
        "en",
        "förhandsbedömning",
        "förhandsbedömningar",
    ),
    "T4M": Sentence(
        "utredningar i tid",
        "Av 100 utredningar {place} som inleddes under {period} blev {a} klara inom "
        "{investigation}.",
        "en",
        "utredning",
        "utredningar",
    ),
}


def scale(outcome: Outcome) -> tuple[float, int]:
    """Return the factor and the decimals that an outcome's numbers have in prose."""
    return (100, 0) if outcome.kind == "share" else (1, 1)


def direction(size: float) -> str:
    """Return whether a difference makes fewer or more."""
    return "färre" if size < 0 else "fler"


def sized(size: float, outcome: Outcome) -> str:
    """Return a size as the answers have it, "6 barn av 100"; empty when it rounds to nothing."""
    sentence, (factor, decimals) = SENTENCES[outcome.id], scale(outcome)
    whole = rounded(size * factor, decimals)
    if not whole:
        return ""
    thing = sentence.one if whole == 1 and not decimals else sentence.many
    return f"{number(float(whole), decimals)} {thing}{sentence.per}"


def lower_first(label: str) -> str:
    """Return a label as it stands within a sentence."""
    return label[:1].lower() + label[1:]
