"""Did the way of working also reach areas near the pilot? Then far areas are the better comparison.

Only what spreads by nearness is seen: training and joint material reach every area at once.
"""

from evalkit import evaluation
from evalkit.chapters.answers import difference
from evalkit.chapters.delivered import lacking
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.chapters.tables import IMMATURE, interval_text, text_table
from evalkit.errors import DesignError
from evalkit.estimation.spillover import NearAndFar, near_and_far
from evalkit.plan import Outcome
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing
from evalkit.reporting.tables import Column
from evalkit.reporting.variations import because

NO_NEAR = (
    "analysplanen säger inte vilka områden som ligger närmast piloten. Det som behövs är de "
    "områden dit arbetssättet skulle nå först, i params/study.yaml (areas, near)."
)


def near_far_table(report: Report) -> Fragment:
    """Return the primary effects against far areas only, and how near areas moved beside far."""
    near = report.study.areas.near
    if not near:
        return lacking(NO_NEAR)
    rows = [_row(report, outcome) for outcome in report.study.of_role("primary")]
    columns = {
        "label": Column("Mått"),
        "every": Column("Mot alla områden"),
        "far": Column("Mot områden längre bort"),
        "spread": Column("Nära områden jämfört med dem längre bort"),
    }
    note = (
        f"Nära är {listing(list(near))}. Om arbetssättet spreds dit rör sig de områdena åt samma "
        "håll som pilotområdet, och skillnaden mot områden längre bort är större. Få områden gör "
        "osäkerheten stor, och det som spreds till alla samtidigt syns inte. Osäkerheten räknas "
        "med t-testet utan hänsyn till antalet ärenden."
    )
    caption = f"Nådde arbetssättet områden i närheten? {report.period.label}"
    return text_table(rows, columns, caption, note)


def _row(report: Report, outcome: Outcome) -> dict[str, str]:
    effect, row = effect_of(report, outcome), {"label": outcome.label}
    if effect.status != "estimated":
        return row | {"every": IMMATURE}
    row["every"] = difference(effect.headline.estimate, outcome)
    try:
        found = _near_and_far(report, outcome)
    except DesignError as problem:
        return row | {"far": because(str(problem))}
    far, spread = (
        f"{difference(one.estimate, outcome)} ({interval_text(one, outcome)})"
        for one in (found.against_far, found.spread)
    )
    return row | {"far": far, "spread": spread}


def _near_and_far(report: Report, outcome: Outcome) -> NearAndFar:
    changes = evaluation.changes_of(report.evidence, outcome)
    return near_and_far(changes, report.study.areas.near, report.study.inference.confidence)
