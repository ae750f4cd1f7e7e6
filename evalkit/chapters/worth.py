"""What the way of working may cost for what it avoids: a price only where the effect is sure."""

from math import isnan

from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.estimation.cost_effectiveness import CostPerAvoided, cost_per_avoided
from evalkit.plan import Outcome
from evalkit.reporting import fragments
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import number
from evalkit.results import Effect, Estimate

# A scale and no estimate: twice the worth bears twice the extra cost.
WORTH = 100_000.0
NEAREST = 100.0  # kronor; the interval is far wider
AVOIDED = "R1"


def worth_limit(report: Report) -> Fragment:
    """Return the extra cost that avoided re-investigations cover, with its interval, in words."""
    outcome = report.study.outcome(AVOIDED)
    effect = effect_of(report, outcome)
    if effect.status != "estimated":
        return fragments.callout(
            "varning", f"”{outcome.label}” kan ännu inte mätas, så något pris går inte att ange."
        )
    price = cost_per_avoided(1_000.0, effect.headline)
    return fragments.join(_price(outcome, effect, price), fragments.paragraph(limit(effect)))


def limit(effect: Effect) -> str:
    """Return where the extra cost is as large as what it avoids, as far as that can be said."""
    headline = effect.headline
    at, low, high = (_kronor(-one) for one in (headline.estimate, headline.conf_high,
                                               headline.conf_low))  # fmt: skip
    return (
        f"Räkneexempel: antag att en undviken ny utredning är värd {number(WORTH)} kronor. "
        f"{_break_even(at)} {_spread(low, high)} Varken värdet eller merkostnaden är känd, och "
        f"andra kostnader och vinster är inte med.{_undecided(headline)}"
    )


def _break_even(at: float) -> str:
    if at <= 0:
        return (
            "Stämmer den uppmätta skillnaden blev de nya utredningarna inte färre, och då täcks "
            "ingen merkostnad."
        )
    return (
        "Stämmer den uppmätta skillnaden täcks en merkostnad på upp till ungefär "
        f"{number(at)} kronor per avslutad utredning."
    )


def _spread(low: float, high: float) -> str:
    if high <= 0:
        return "I hela osäkerhetsintervallet är det en förlust redan utan merkostnad."
    start = f"{number(low)} kronor" if low > 0 else "en förlust redan utan merkostnad"
    return f"Osäkerhetsintervallet går från {start} till {number(high)} kronor."


def _undecided(headline: Estimate) -> str:
    if headline.conf_low < 0 < headline.conf_high:
        return " Uppgifterna kan inte säga om arbetssättet betalar sig."
    return ""


def _kronor(avoided: float) -> float:
    return round(avoided * WORTH / NEAREST) * NEAREST


def _price(outcome: Outcome, effect: Effect, price: CostPerAvoided) -> Fragment:
    """Return the price of an avoided outcome per thousand kronor extra, or that it has none."""
    if not isnan(price.ratio):
        return fragments.callout(
            "fakta",
            "För varje 1 000 kronor i merkostnad per avslutad utredning kostar en undviken ny "
            f"utredning {number(price.ratio)} kronor ({number(price.low)} till "
            f"{number(price.high)}).",
        )
    why = (
        "rymmer att ingen undviks" if effect.headline.conf_low < 0 else "rymmer inte att någon "
        "undviks"
    )  # fmt: skip
    return fragments.callout(
        "varning",
        "Priset för en undviken ny utredning är obestämt: osäkerheten för "
        f"”{outcome.label.lower()}” {why}.",
    )
