"""Which days a report may speak of: windows that can be followed, and the points of a curve."""

from evalkit import evaluation
from evalkit.chapters.codes import ARMS
from evalkit.data.cells import GRID_DAYS
from evalkit.estimation.survival import cumulative_incidence
from evalkit.evaluation import WAITING
from evalkit.evidence import Evidence
from evalkit.plan import Outcome


def window_of(evidence: Evidence, outcome: Outcome) -> int | None:
    """Return the days within which an outcome's event counts; 0 when none is mature."""
    if outcome.id not in WAITING:
        return None
    return evaluation.longest_mature_window(evidence, outcome) or 0


def curve_days(evidence: Evidence, arm: str) -> tuple[int, ...]:
    """Return the days of the curve of returns: between two, nobody or no few have returned.

    The day of the measured window is among them: its share stands in the tables too.
    """
    outcome, plan = evidence.study.outcome("R1"), evidence.study
    last = evaluation.followed_by(evidence, outcome, plan.definitions.least_mature_share)
    window = window_of(evidence, outcome) or last
    # The first days of every curve are 0 for everybody, by the merging of close investigations.
    first = plan.definitions.merge_gap_days + GRID_DAYS + 1
    grid = [day for day in range(0, last + 1, GRID_DAYS) if day >= first]
    cells = evidence.in_period(outcome.id)
    risk = evaluation.as_risk(cells[cells["treated"].map(ARMS) == arm])
    found = cumulative_incidence(risk, max(window, last))
    if found.last_day < window:  # so few that nobody was followed that long
        return ()
    grid = [day for day in grid if day <= found.last_day]
    kept = [window]
    before, after = [d for d in grid if d < window], [d for d in grid if d > window]
    for days in (before[::-1], after):
        at = window
        for day in days:
            apart = round(abs(found.n * (found.at(day) - found.at(at))))
            if abs(day - at) >= GRID_DAYS and (
                apart == 0 or apart >= plan.disclosure.rule.threshold
            ):
                kept.append(day)
                at = day
    return tuple(sorted(kept))
