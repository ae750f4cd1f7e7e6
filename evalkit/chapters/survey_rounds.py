"""The staff survey round by round: other people answered, so nobody has changed their view."""

from math import isnan

import pandas as pd

from evalkit.chapters.delivered import resting_on
from evalkit.chapters.opening import Report
from evalkit.chapters.tables import text_table
from evalkit.estimation import survey
from evalkit.reporting import fragments
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import interval, month, number, percent
from evalkit.reporting.tables import Column


@resting_on("survey")
def survey_rounds_table(report: Report) -> Fragment:
    """Return how every round of the survey differs from the one before it, unit by unit."""
    means = report.cells.survey
    known = means[pd.to_datetime(means["round"]) <= pd.Timestamp(report.period.cutoff)]
    if known["round"].nunique() < 2:
        return fragments.callout("varning", _lacking(known))
    found = survey.rounds(_guarded(known, report.rule.threshold), report.study.inference.confidence)
    texts = known.drop_duplicates("item").set_index("item")["text"]
    rows = [
        {
            "item": texts[one.item],
            "unit": one.unit,
            "when": f"{_month(one.earlier)} till {_month(one.later)}",
            "difference": HIDDEN if isnan(one.difference) else number(one.difference, 1),
            "interval": "–" if isnan(one.conf_low) else interval(one.conf_low, one.conf_high, 1),
        }
        for one in found.itertuples(index=False)
    ]
    columns = {
        "item": Column("Påstående"),
        "unit": Column("Enhet"),
        "when": Column("Mätningar"),
        "difference": Column("Skillnad"),
        "interval": Column(f"Osäkerhet ({percent(report.study.inference.confidence)})"),
    }
    note = (
        "Den senare mätningens medelvärde minus den tidigares. Medarbetare har slutat och börjat "
        "mellan mätningarna, och vilka som svarat båda gångerna är inte känt. Skillnaden är "
        "därför inte en förändrad inställning hos någon. Osäkerheten räknas som om alla svarat "
        "oberoende av varandra (Welch). Ett streck betyder att antal svarande eller spridning "
        f"saknas, ({HIDDEN}) att färre än {report.rule.threshold} svarade."
    )
    return text_table(rows, columns, "Mätning för mätning", note)


def _guarded(means: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """Return the means, those of too few answers withheld."""
    few = means["n"].astype(float) < threshold
    return means.assign(mean=means["mean"].astype(float).mask(few))


def _lacking(known: pd.DataFrame) -> str:
    done = f"en gång, i {_month(known['round'].iloc[0])}" if len(known) else "ingen gång"
    return (
        f"Enkäten har gjorts {done}. Om svaren har blivit andra går därför inte att säga. För det "
        "behövs minst två mätningar, med antal svarande och spridning för varje enhet."
    )


def _month(when: object) -> str:
    return month(pd.Timestamp(str(when)))
