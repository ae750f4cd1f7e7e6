"""The whole chain: how long a matter stays in each phase, and where its caseworker changes."""

import ibis
from ibis import _
from ibis.expr.types import StringValue, Table

from evalkit.data.cohort import Sample
from evalkit.data.continuity import CLOSURE, STRUCTURAL, handovers, leads

LEFT = ("slutat", "frånvaro")
GROUPS = ("structural", "turnover", "closure", "other")


def phase_days(sample: Sample) -> Table:
    """Return one row per process and phase; `y` is the days from its first lead to its last."""
    keys = ["area", "year", "month", "sex", "age_group", "process_id", "phase"]
    spans = leads(sample).group_by(keys).aggregate(
        days=_.until.max().delta(_.valid_from.min(), unit="day") + 1
    )  # fmt: skip
    return spans.mutate(level=_.phase, n=1, y=ibis.greatest(_.days, 1))


def handovers_in_chain(sample: Sample) -> Table:
    """Return one row per handover, where it happened and what kind it was as `level`.

    `FB>UTR|structural`: between two phases, at a border between units; `UTR>UTR|turnover`: within
    a phase, because a caseworker left or was away. `other` holds what is not recorded too.
    """
    changes = handovers(sample).mutate(kind=_kind(_.level))
    return changes.mutate(level=changes.previous_phase + ">" + changes.phase + "|" + changes.kind)


def _kind(reason: StringValue) -> StringValue:
    return reason.cases(
        (STRUCTURAL, "structural"), *((left, "turnover") for left in LEFT), (CLOSURE, "closure"),
        else_="other",
    )  # fmt: skip
