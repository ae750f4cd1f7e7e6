"""What an avoided outcome may be worth, against what it costs."""

import seaborn as sns

from evalkit.reporting.disclosure import Released
from evalkit.reporting.numbers import number, percent
from evalkit.reporting.plots.style import (
    INK,
    NEUTRALS,
    Axis,
    Drawing,
    canvas,
    finish,
    number_axis,
    require,
    style,
    values,
)

_SAID = 5  # points of the curve in the text alternative
_READ = (
    "Längs den vågräta axeln står vad en undviken utredning anses vara värd. Kurvan visar hur "
    "sannolikt det är att arbetssättet då täcker merkostnaden, givet uppgifterna. Vid 50 procent "
    "väger för och emot lika."
)


def acceptability(released: Released, *, axis: Axis, what: str) -> Drawing:
    """Draw the probability that the extra cost is covered, by what an avoided outcome is worth.

    Columns: `worth` (kronor), `probability`; `axis` is that of the probability, `what`
    names the worth.
    """
    frame = require(released, "worth", "probability").sort_values("worth")
    kronor, chance = values(frame["worth"]), values(frame["probability"])
    with style():
        figure, axes = canvas(220)
        axes.plot(kronor, chance, color=NEUTRALS[0], linewidth=2)
        axes.axhline(0.5, color=INK, linewidth=0.8, linestyle=":")
        axes.set(xlim=(0, kronor.max()), ylim=(0, 1))
        number_axis(axes, Axis(what, "number"), n_ticks=4)
        number_axis(axes, axis, which="y")
        sns.despine(ax=axes, left=True)
        places = [round(step * (len(frame) - 1) / _SAID) for step in range(_SAID + 1)]
        told = [f"{number(kronor.iloc[at])}: {percent(chance.iloc[at])}" for at in places]
        return finish(
            figure, f"Kurva. {axis.label}, efter {what.lower()}. {'; '.join(told)}.", _READ
        )
