"""Had some of the way of working also reached the line, how large would its effect be?"""

from evalkit.chapters.answers import difference
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.chapters.tables import interval_text, text_table
from evalkit.estimation.spillover import SHARES, dilution_grid
from evalkit.plan import Outcome
from evalkit.reporting import fragments
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import percent
from evalkit.reporting.tables import Column
from evalkit.results import Estimate

ORGANISED = ("continuity",)  # follow from how units are organised, which training does not change


def dilution_table(report: Report) -> Fragment:
    """Return each primary effect for a range of shares that may have reached the line."""
    found = [(one, effect_of(report, one)) for one in report.study.of_role("primary")]
    grids = {
        outcome: dilution_grid(effect.headline)
        for outcome, effect in found
        if effect.status == "estimated" and outcome.family not in ORGANISED
    }
    if not grids:
        return fragments.paragraph("Inget av måtten som kan spridas kan ännu mätas.")
    rows = [
        {"share": percent(share)}
        | {outcome.id: _text(grid[place][1], outcome) for outcome, grid in grids.items()}
        for place, share in enumerate(SHARES)
    ]
    columns = {"share": Column("Så mycket har nått linjen")} | {
        outcome.id: Column(outcome.label) for outcome in grids
    }
    note = (
        "Räkneexempel: den uppmätta skillnaden delad med den andel som inte nått linjen. Ingen vet "
        "hur stor spridningen var. Första raden är huvudresultatet. Osäkerhetsintervallet står "
        "inom parentes och tar inte hänsyn till att andelen är okänd. Spridning drar skillnaden "
        "mot noll, men andra felkällor kan dra åt motsatt håll. Kontinuiteten är inte med: att "
        "kedjan är delad mellan linjens enheter ändras inte av en utbildning."
    )
    return text_table(
        rows, columns, "Räknat på skillnaden, om en del av arbetssättet nått linjen", note
    )


def _text(effect: Estimate, outcome: Outcome) -> str:
    return f"{difference(effect.estimate, outcome)} ({interval_text(effect, outcome)})"
