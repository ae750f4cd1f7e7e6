"""The statutory clocks of the Social Services Act in force during the pilot (SoL 2001:453).

A clock that has neither stopped nor run out by the day the report can see is not judged.
"""

import ibis
from ibis import _
from ibis.expr.types import Table

from evalkit.data.cohort import Sample, dated, origins, processes


def screening(sample: Sample) -> Table:
    """Return one row per report; `y` is 1 if it was decided within the days of 11 kap. 1 a §."""
    reports = processes(sample).filter(_.kind == "anmälan")
    limit = ibis.interval(days=sample.study.definitions.screening_days)
    return _judge(reports, reports.received_date + limit, "decision_date")


def investigation(sample: Sample) -> Table:
    """Return one row per investigation; `y` is 1 if closed within the months of 11 kap. 2 §.

    Calendar months, clamped to the last day of a shorter month: opened 31 October, due on the
    last of February.
    """
    opened = sample.table("investigation").select("referral_id", "opened_date", "closed_date")
    located = opened.join(origins(sample).drop("child_id", "received_date"), "referral_id")
    seen = dated(located, "opened_date", sample)
    limit = ibis.interval(months=sample.study.definitions.investigation_months)
    return _judge(seen, seen.opened_date + limit, "closed_date")


def _judge(rows: Table, due: ibis.expr.types.TimestampValue, stopped: str) -> Table:
    timed = rows.mutate(due=due.cast("date"))
    timed = timed.mutate(
        in_time=(timed[stopped].notnull() & (timed[stopped] <= timed.due)).cast("int64")
    )
    settled = (timed.due <= timed.seen_until) | (timed[stopped] <= timed.seen_until)
    return timed.filter(settled.fill_null(False)).mutate(n=1, y=_.in_time)
