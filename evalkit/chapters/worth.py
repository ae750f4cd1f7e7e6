"""What the way of working may cost for what it avoids: a price only where the effect is sure."""

from math import isnan

from evalkit.chapters.opening import Report
from evalkit.chapters.tables import effect_of, text_table
from evalkit.estimation.cost_effectiveness import acceptability, cost_per_avoided
from evalkit.plan import Outcome
from evalkit.reporting import fragments
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import number, percent
from evalkit.reporting.tables import Column
from evalkit.results import Effect

# A scale and no estimate: only the cost's ratio to the worth decides the probability.
WORTH = 100_000.0
EXTRA_COSTS = (0.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0, 20_000.0)
AVOIDED = "R1"


def worth_table(report: Report) -> Fragment:
    """Return how probable it is that avoided re-investigations cover an extra cost, by its size."""
    outcome = report.study.outcome(AVOIDED)
    effect = effect_of(report, outcome)
    if effect.status != "estimated":
        return fragments.callout(
            "varning", f"”{outcome.label}” kan ännu inte mätas, så något pris går inte att ange."
        )
    df = effect.headline.n_areas - 2
    rows = [
        {
            "cost": f"{number(cost)} kronor",
            "covered": percent(float(acceptability(cost, effect.headline, df, [WORTH])[0])),
        }
        for cost in EXTRA_COSTS
    ]
    columns = {
        "cost": Column("Merkostnad per avslutad utredning"),
        "covered": Column("Sannolikhet att den betalar sig"),
    }
    note = (
        f"Räkneexempel per {number(WORTH)} kronor som en undviken ny utredning antas vara värd: är "
        "den värd dubbelt så mycket, gäller raderna dubbla merkostnaden. Varken värdet eller "
        "merkostnaden är känd. Sannolikheten räknas ur resultatets osäkerhet, utan någon "
        "uppfattning i förväg. Den räknar inte med systematiska fel, och inte med andra kostnader "
        "eller vinster än nya utredningar."
    )
    caption = f"Betalar sig färre nya utredningar? {report.period.label}"
    return fragments.join(_price(outcome, effect), text_table(rows, columns, caption, note))


def _price(outcome: Outcome, effect: Effect) -> Fragment:
    """Return the price of an avoided outcome per thousand kronor extra, or that it has none."""
    found = cost_per_avoided(1_000.0, effect.headline)
    if isnan(found.ratio):
        return fragments.callout(
            "varning",
            "Priset för en undviken ny utredning är obestämt: osäkerheten för "
            f"”{outcome.label.lower()}” rymmer att ingen undviks.",
        )
    return fragments.callout(
        "fakta",
        f"För varje 1 000 kronor i merkostnad per avslutad utredning kostar en undviken ny "
        f"utredning {number(found.ratio)} kronor ({number(found.low)} till {number(found.high)}).",
    )
