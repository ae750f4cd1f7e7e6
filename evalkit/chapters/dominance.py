"""Which of a report's counts one sibling group or one caseworker all but makes up.

The data room decides it, where families and caseworkers are known, and tells only what such
counts are called.
"""

from functools import lru_cache

from evalkit.chapters.codes import CAUSES, OTHER_CAUSE
from evalkit.evaluation import WAITING
from evalkit.evidence import Evidence
from evalkit.plan import Outcome
from evalkit.reporting.ledger import View, count, share_names

_OTHER = "other"


@lru_cache(maxsize=16)
def dominated_names(evidence: Evidence) -> frozenset[str]:
    """Return what the ledger calls the dominated counts, in either of the views it may have."""
    table, view = evidence.dominated, View.of(evidence.period)
    if table.empty:
        return frozenset()
    audience = evidence.study.disclosure.audience
    own = table[(table["period"] == evidence.period.period) & (table["audience"] == audience)]
    causes = {**CAUSES, _OTHER: OTHER_CAUSE}
    names = set()
    for row in own.itertuples():
        part = causes.get(row.part, row.part) if row.measure == "handovers" else row.part
        for seen in (view.within(row.window or None), view.whatever_follows):
            names.add(count(row.measure, row.year, row.arm, seen, part) + row.less)
    return frozenset(names)


def is_dominated(
    evidence: Evidence, outcome: Outcome, year: int, arm: str, window: int | None = None,
    sex: str = "",
) -> bool:  # fmt: skip
    """Tell whether an outcome's units, or those with or without it, are a dominated count."""
    days = window or evidence.study.definitions.follow_up_days
    view = View.of(evidence.period, days if outcome.id in WAITING else None)
    names = share_names(outcome, year, arm, view, sex)
    return not dominated_names(evidence).isdisjoint(names)
