"""Cost and outcomes together, on amounts that somebody has given in params/economy.yaml.

Without them nothing is weighed: what is missing is said, and `worth` gives ratios only.
"""

import numpy as np
import pandas as pd

from evalkit.chapters.answers import amount
from evalkit.chapters.figures import behind
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.chapters.tables import text_table
from evalkit.costs import Amount, load_costs
from evalkit.estimation.cost_effectiveness import acceptability
from evalkit.reporting import fragments, plots
from evalkit.reporting.disclosure import release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import number, percent
from evalkit.reporting.plots import Axis
from evalkit.reporting.tables import Column

RETURNS = "R1"
MOST_WORTH, POINTS = 50, 51  # the curve's end, in extra costs, and how many points it has
SAID_AT = 20
NO_UNIT_COSTS = (
    "Underlag saknas: vad ett ärende kostade i piloten och i linjen. Det som behövs är löner, "
    "lokaler och insatser per enhet och år ur sociala investeringsfonden och den ordinarie "
    "budgeten, och hur många ärenden de räckte till. Först då kan kostnad och utfall ställas "
    "bredvid varandra."
)
STATUS = {"known": "känt belopp", "assumed": "antaget belopp, ett exempel"}


def cost_consequences_table(report: Report) -> Fragment:
    """Return cost and outcomes beside each other, if anybody knows what a matter costs."""
    costs = load_costs(report.study).cost_per_child
    if costs is None:
        return fragments.callout("varning", NO_UNIT_COSTS)
    rows = [{"what": "Kostnad per barn", "pilot": told(costs.pilot), "line": told(costs.line)}]
    for outcome in report.study.of_role("primary"):
        effect = effect_of(report, outcome)
        rows.append(
            {
                "what": outcome.label,
                "pilot": amount(effect.observed, outcome),
                "line": amount(effect.counterfactual, outcome),
            }
        )
    columns = {
        "what": Column("Uppgift"),
        "pilot": Column("Med piloten"),
        "line": Column("Väntat utan piloten"),
    }
    note = "Kostnad och utfall vägs inte ihop till ett tal: de är olika saker."
    return text_table(rows, columns, f"Kostnad och utfall, {report.period.label}", note)


def acceptability_figure(report: Report) -> Fragment:
    """Return how likely a given extra cost is covered, by what an avoided return is worth.

    Nothing where nobody has given the extra cost.
    """
    extra = load_costs(report.study).difference
    effect = effect_of(report, report.study.outcome(RETURNS))
    if extra is None or effect.status != "estimated" or extra.kronor <= 0:
        return Fragment("", "")
    worth = np.linspace(0, MOST_WORTH * extra.kronor, POINTS)
    df = effect.headline.n_areas - 2  # as many as the interval's own t has
    chance = acceptability(extra.kronor, effect.headline, df, list(worth))
    frame = pd.DataFrame({"worth": worth, "probability": chance})
    released = release(frame, rule=report.rule, keys=("worth", "probability"))
    at = SAID_AT * extra.kronor
    said = acceptability(extra.kronor, effect.headline, df, [at])[0]
    caption = (
        f"Räkneexempel: kostar arbetssättet {told(extra)} mer per avslutad utredning, och är "
        f"en undviken utredning värd {number(at)} kronor, är sannolikheten {percent(said)} att "
        "kostnaden täcks."
    )
    drawing = plots.acceptability(
        released,
        axis=Axis("Sannolikhet att merkostnaden täcks"),
        what="Kronor per undviken ny utredning",
    )
    shown = pd.DataFrame(
        {
            "worth": [number(kronor) for kronor in worth],
            "probability": [percent(float(one)) for one in chance],
        }
    )
    columns = {"worth": Column("Kronor"), "probability": Column("Sannolikhet")}
    return fragments.figure(
        drawing.svg, name="vardering", alt=drawing.alt, caption=caption,
        numbers=behind(shown, columns, "sannolikheten att merkostnaden täcks"),
        reading=drawing.reading,
    )  # fmt: skip


def told(given: Amount) -> str:
    """Return an amount with whether anybody knows it."""
    source = f", {given.source}" if given.source else ""
    return f"{number(given.kronor)} kronor ({STATUS[given.status]}{source})"
