"""How far would the result carry? The primary effects with another district's children."""

from math import isnan

import pandas as pd

from evalkit import robustness
from evalkit.chapters.answers import difference
from evalkit.chapters.delivered import lacking, resting_on
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.chapters.tables import IMMATURE, interval_text, text_table
from evalkit.documents import TargetMix, load_target_mix
from evalkit.errors import DesignError
from evalkit.estimation.transport import Transported
from evalkit.plan import Outcome
from evalkit.reporting import fragments
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, percent
from evalkit.reporting.tables import Column

NO_TARGET = (
    "ingen annan stadsdels barn är angivna. Det som behövs är antalet barn efter kön och ålder i "
    "den stadsdel som resultatet ska föras över till, i params/target_mix.yaml."
)
WHOLE = 0.995  # of the target's children; what rounds to all of them


@resting_on("background:sex")
def transport_table(report: Report) -> Fragment:
    """Return each primary effect as it would be with another district's mix of sexes and ages."""
    target = load_target_mix(report.study)
    if target is None:
        return lacking(NO_TARGET)
    found = [(one, _carried(report, one, target)) for one in report.study.of_role("primary")]
    rows = [_row(report, outcome, one) for outcome, one in found]
    columns = {
        "label": Column("Mått"),
        "here": Column("Skillnad här"),
        "there": Column(f"Med barnen i {target.name}"),
        "interval": Column(f"Osäkerhet ({percent(report.study.inference.confidence)})"),
        "supported": Column("Andel av barnen där som svaret gäller"),
        "effective": Column("Underlag kvar efter viktning"),
    }
    note = (
        "Skillnaden i varje grupp av kön och ålder är den som mättes här; grupperna väger som i "
        f"{target.name} ({target.source}). Det förutsätter att piloten hade verkat lika för samma "
        "slags barn där, vilket inga uppgifter härifrån kan visa (Cole och Stuart 2010). "
        "Underlag kvar är hur många lika vägda barn det motsvarar (Kish 1965). Osäkerheten räknas "
        "med t-testet utan hänsyn till antalet ärenden."
    )
    caption = f"Resultatet med en annan stadsdels barn, {report.period.label}"
    return fragments.join(
        fragments.paragraph(_message(found, target)), text_table(rows, columns, caption, note)
    )


def _carried(report: Report, outcome: Outcome, target: TargetMix) -> Transported | None:
    """Return the effect with the target's mix; None where the effect itself cannot be told."""
    if effect_of(report, outcome).status != "estimated":
        return None
    index = pd.MultiIndex.from_tuples([(one.sex, one.age_group) for one in target.groups])
    mix = pd.Series([float(one.n) for one in target.groups], index=index)
    try:
        return robustness.carried_to(report.evidence, outcome, mix)
    except DesignError:
        return None


def _row(report: Report, outcome: Outcome, found: Transported | None) -> dict[str, str]:
    row = {"label": outcome.label}
    if found is None:
        return row | {"here": IMMATURE}
    row |= {
        "here": difference(effect_of(report, outcome).headline.estimate, outcome),
        "supported": percent(found.supported),
    }
    if isnan(found.estimate.estimate):
        return row
    return row | {
        "there": difference(found.estimate.estimate, outcome),
        "interval": interval_text(found.estimate, outcome),
        "effective": percent(found.effective_n / found.n),
    }


def _message(found: list[tuple[Outcome, Transported | None]], target: TargetMix) -> str:
    carried = [(outcome, one) for outcome, one in found if one and one.supported > 0]
    if not carried:
        return f"Resultatet kan inte föras över till barnen i {target.name}."
    said = [
        f"{outcome.label.lower()} {difference(one.estimate.estimate, outcome)}"
        for outcome, one in carried
    ]
    fewest = min(one.supported for _, one in carried)
    limit = (
        f" Svaret gäller bara {percent(fewest)} av barnen där: för övriga finns inga att jämföra "
        "med här."
        if fewest < WHOLE
        else ""
    )
    return (
        f"Med samma blandning av flickor, pojkar och åldrar som i {target.name} hade skillnaden "
        f"varit: {listing(said)}.{limit}"
    )
