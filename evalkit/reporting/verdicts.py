"""What a result allows us to say, and how far the evidence bears.

The verbs follow a rule fixed in the analysis plan, so that the wording cannot drift with the
result, and a result that is not clear is never worded as if nothing had happened. The four levels
of certainty and their phrases are those of SBU (Statens beredning för medicinsk och social
utvärdering), after GRADE.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

from evalkit.plan import Outcome, Override
from evalkit.records import Level
from evalkit.reporting.numbers import day, number, points
from evalkit.results import Effect

Verdict = Literal[
    "lower", "higher", "slightly_lower", "slightly_higher", "no_relevant_difference", "undecided"
]
PreTrend = Literal["held", "failed", "untestable"]


_LEVELS: tuple[Level, ...] = ("mycket låg", "låg", "måttlig", "hög")
_PHRASES: dict[Level, str] = {
    "hög": "Bedömningen är att",
    "måttlig": "Det är troligt att",
    "låg": "Det är möjligt att",
    "mycket låg": "Det går inte att bedöma om",
}
_PRE_TRENDS: dict[PreTrend, str] = {
    "held": "",
    "failed": "områdena utvecklades olika redan före piloten",
    "untestable": "det går inte att pröva om områdena utvecklades lika före piloten",
}
_VERDICTS: dict[Verdict, str] = {
    "lower": "Det är lägre än väntat, {towards}.",
    "higher": "Det är högre än väntat, {towards}.",
    "slightly_lower": "Det är något lägre än väntat, men skillnaden är mindre än den minsta "
    "relevanta skillnaden ({relevant}).",
    "slightly_higher": "Det är något högre än väntat, men skillnaden är mindre än den minsta "
    "relevanta skillnaden ({relevant}).",
    "no_relevant_difference": "Det är ingen skillnad av betydelse: hela osäkerhetsintervallet "
    "ligger inom den minsta relevanta skillnaden ({relevant}).",
    "undecided": "Vi kan inte avgöra om det är lägre eller högre än väntat.",
}
_BRIEF: dict[Verdict, str] = {
    "lower": "Lägre än väntat",
    "higher": "Högre än väntat",
    "slightly_lower": "Något lägre än väntat",
    "slightly_higher": "Något högre än väntat",
    "no_relevant_difference": "Ingen skillnad av betydelse",
    "undecided": "Går inte att avgöra",
}
# What the level is about: the effect, as SBU's phrases above have it.
MEANING = "Tillförlitligheten gäller hur säkra vi är på att arbetssättet orsakade skillnaden"
_TOWARDS = "åt det håll som piloten syftade till"
_AWAY = "åt motsatt håll mot vad piloten syftade till"
_NOISE = 1e-9  # a difference of fractions that equals the limit must not fall short of it


@dataclass(frozen=True, slots=True)
class Certainty:
    """How much the evidence bears: SBU's level and, in Swedish, why it is not higher.

    `level` is a person's where one has judged (`override`); `computed` is then what it replaced,
    and `reasons` are the reasons for that.
    """

    level: Level
    reasons: tuple[str, ...]
    computed: Level | None = None
    override: Override | None = None

    @property
    def phrase(self) -> str:
        return _PHRASES[self.level]

    @property
    def told(self) -> str:
        """The level, and beside a person's judgement who made it, when, why and instead of what."""
        if self.override is None:
            return self.level
        by, when, reason = self.override.by, day(self.override.date), self.override.reason
        return (
            f"{self.level} (bedömd av {by} den {when} med skälet: {reason.rstrip('.')}; uträknad "
            f"nivå: {self.computed})"
        )


def verdict(effect: Effect, outcome: Outcome) -> Verdict:
    """Return what the estimate and its interval allow us to say.

    An interval that leaves out 0 and an estimate of at least the minimal relevant difference say
    "lower" or "higher"; an interval within plus and minus that difference says that none matters.
    """
    headline, relevant = effect.headline, outcome.minimal_relevant_difference - _NOISE
    low, high = headline.conf_low, headline.conf_high
    if not (isfinite(low) and isfinite(high)):
        return "undecided"
    clear = low > 0 or high < 0
    if clear and abs(headline.estimate) >= relevant:
        return "lower" if headline.estimate < 0 else "higher"
    if max(-low, high) <= relevant + 2 * _NOISE:
        return "no_relevant_difference"
    if clear:
        return "slightly_lower" if headline.estimate < 0 else "slightly_higher"
    return "undecided"


def certainty(
    effect: Effect,
    outcome: Outcome,
    *,
    pre_trend: PreTrend,
    alarms: Sequence[str] = (),
    corroborated: bool = False,
) -> Certainty:
    """Return the certainty of the evidence on one outcome.

    A comparison over time starts at "låg". A pre-trend that failed or cannot be tested, an
    interval that holds both relevant and irrelevant differences, and any of `alarms` (Swedish
    clauses from the checks of follow-up and recording) each take a level away; placebo,
    reweighting and dose that all agree (`corroborated`) give one.
    """
    if effect.status != "estimated":
        return Certainty("mycket låg", ("det finns ingen skattning",))
    reasons = [
        "områdena lottades inte",
        "bara ett område hade piloten",
    ]
    faults = [_PRE_TRENDS[pre_trend], _imprecision(effect, outcome), "; ".join(alarms)]
    faults = [fault for fault in faults if fault]
    place = _LEVELS.index("låg") - len(faults) + corroborated
    return Certainty(_LEVELS[max(place, 0)], (*reasons, *faults))


def overridden(computed: Certainty, override: Override | None) -> Certainty:
    """Return the certainty with a person's level, where there is one, the computed one kept."""
    if override is None:
        return computed
    return replace(computed, level=override.level, computed=computed.level, override=override)


def brief(effect: Effect, outcome: Outcome) -> str:
    """Return the verdict in a few words, for a table's cell."""
    return _BRIEF[verdict(effect, outcome)]


def likelihood(effect: Effect, outcome: Outcome) -> str:
    """Return the verdict as a sentence, with the minimal relevant difference where it matters."""
    said = verdict(effect, outcome)
    towards = _TOWARDS if said == outcome.direction else _AWAY
    return _VERDICTS[said].format(relevant=relevant_difference(outcome), towards=towards)


def relevant_difference(outcome: Outcome) -> str:
    """Return the plan's minimal relevant difference with its unit."""
    size = outcome.minimal_relevant_difference
    if outcome.kind == "share":
        return points(size)
    return f"{number(size, 1)} {outcome.unit}"


def holds_both(effect: Effect, outcome: Outcome) -> bool:
    """Return whether the interval holds both differences that matter and such that do not."""
    low, high = effect.headline.conf_low, effect.headline.conf_high
    relevant = outcome.minimal_relevant_difference
    return any(low < limit < high for limit in (-relevant, relevant))


def _imprecision(effect: Effect, outcome: Outcome) -> str:
    headline, relevant = effect.headline, outcome.minimal_relevant_difference
    if not (isfinite(headline.conf_low) and isfinite(headline.conf_high)):
        return "osäkerheten går inte att beräkna"
    if headline.conf_low < -relevant and headline.conf_high > relevant:
        return "det kan ha blivit tydligt bättre eller tydligt sämre"
    if holds_both(effect, outcome):
        return "osäkerheten rymmer både skillnader som har betydelse och sådana som inte har det"
    return ""
