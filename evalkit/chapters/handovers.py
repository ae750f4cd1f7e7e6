"""Changes of caseworker by cause: what is the organisation's, and what is not."""

from evalkit.chapters.codes import ARMS, CAUSES, OTHER_CAUSE
from evalkit.chapters.delivered import is_told, why_not
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import told
from evalkit.chapters.withheld import hidden_rows
from evalkit.plan import Outcome
from evalkit.reporting import remarks
from evalkit.reporting.disclosure import Released, coarse, release
from evalkit.reporting.verdicts import verdict
from evalkit.results import Effect

# Continuity that a chain within one unit raises by itself; K4 leaves the unit borders out.
BY_DESIGN = ("K1", "K1_UTR", "K2", "K3")
BORDER = CAUSES["enhetsgräns"]


def handover_rates(report: Report) -> Released:
    """Return handovers per 100 child-months by cause and arm."""
    handovers = report.evidence.in_period("handovers")
    months = report.evidence.in_period("child_months")
    counted = handovers.assign(
        cause=handovers["level"].map(CAUSES).fillna(OTHER_CAUSE), arm=handovers["treated"].map(ARMS)
    )
    at_risk = months.groupby(months["treated"].map(ARMS))["n"].sum()
    counts = counted.pivot_table(index="cause", columns="arm", values="n", aggfunc="sum")
    causes = [*CAUSES.values(), OTHER_CAUSE]
    counts = counts.reindex(causes, columns=list(ARMS.values())).fillna(0.0)
    frame = counts.melt(ignore_index=False, value_name="n").reset_index()
    frame["rate"] = 100 * coarse(frame["n"], report.rule) / frame["arm"].map(at_risk)
    return release(
        frame,
        rule=report.rule,
        counts=("n",),
        values={"rate": ("n",)},
        withheld={"n": hidden_rows(report.evidence, "handovers/{arm}/{cause}", frame)},
    )


def organisation_remark(report: Report, outcome: Outcome, effect: Effect) -> str:
    """Return how much of an outcome is unit borders, or nothing where that is not its question."""
    if outcome.id not in BY_DESIGN or not is_told(report, "handovers"):
        return ""
    released = handover_rates(report)
    at_border = released.frame["cause"] == BORDER
    if released.hidden.loc[at_border, "rate"].any():
        return ""
    rates = released.frame[at_border].set_index("arm")["rate"]
    improved = verdict(effect, outcome) == outcome.direction
    return remarks.at_borders(
        rates["pilot"], rates["line"], _others(report), report.study, improved=improved
    )


def _others(report: Report) -> Effect | None:
    """Return the effect on handovers for other reasons, where the plan and the sources have it."""
    if why_not(report, "K4") or not is_told(report, "K4"):
        return None
    return told(report.evidence, report.study.outcome("K4"))
