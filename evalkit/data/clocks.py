"""The statutory clocks of the Social Services Act in force during the pilot (SoL 2001:453).

A clock that has neither stopped nor run out by the day the report can see is not judged.
"""

import ibis
from ibis import _
from ibis.expr.types import Table

from evalkit.data.cohort import Sample, dated, once, origins, processes

KEYS = ("area", "year", "month", "sex", "age_group")


@once
def screening(sample: Sample) -> Table:
    """Return one row per report; `y` is 1 if it was decided within the days of 11 kap. 1 a §."""
    reports = processes(sample).filter(_.kind == "anmälan")
    limit = ibis.interval(days=sample.study.definitions.screening_days)
    return _judge(reports, reports.received_date + limit, "decision_date")


@once
def investigation(sample: Sample) -> Table:
    """Return one row per investigation; `y` is 1 if closed within the months of 11 kap. 2 §.

    Calendar months, clamped to the last day of a shorter month: opened 31 October, due on the
    last of February.
    """
    seen = _opened(sample)
    limit = ibis.interval(months=sample.study.definitions.investigation_months)
    return _judge(seen, seen.opened_date + limit, "closed_date")


def extension(sample: Sample) -> Table:
    """Return one row per investigation that took longer; `y` is 1 if a decision extended it."""
    return investigation(sample).filter(_.in_time == 0).mutate(
        y=(_.extended == "ja").fill_null(False).cast("int64")
    )  # fmt: skip


def not_judged(sample: Sample) -> Table:
    """Return one row per matter or investigation that a clock does not judge, why as `level`."""
    matters = processes(sample).select(*KEYS, "process_id", "kind", referral_id="process_id")
    judged = screening(sample).select("process_id")
    other = matters.filter(_.kind != "anmälan").mutate(level=ibis.literal("no_report"))
    waiting = matters.filter(_.kind == "anmälan", matters.process_id.notin(judged.process_id))
    opened = _opened(sample).select(*KEYS, "investigation_id", "referral_id")
    done = investigation(sample).select("investigation_id")
    running = opened.filter(opened.investigation_id.notin(done.investigation_id))
    keys = (*KEYS, "referral_id", "level")
    return (
        other.select(*keys)
        .union(waiting.mutate(level=ibis.literal("undecided")).select(*keys))
        .union(running.mutate(level=ibis.literal("running")).select(*keys))
        .mutate(n=1, y=1)
    )


def planned(sample: Sample) -> Table:
    """Return one row per closed investigation with a planned end; `y` is days beyond it."""
    done = _opened(sample).filter(
        _.time_planned == "ja", _.planned_end_date.notnull(), _.closed_date <= _.seen_until
    )
    return done.mutate(n=1, y=_.closed_date.delta(_.planned_end_date, unit="day"))


def _opened(sample: Sample) -> Table:
    """Return the investigations opened in the report's months."""
    opened = sample.table("investigation").select(
        "investigation_id", "referral_id", "opened_date", "closed_date", "extended",
        "time_planned", "planned_end_date",
    )  # fmt: skip
    located = opened.join(origins(sample).drop("child_id", "received_date"), "referral_id")
    return dated(located, "opened_date", sample)


def _judge(rows: Table, due: ibis.expr.types.TimestampValue, stopped: str) -> Table:
    timed = rows.mutate(due=due.cast("date"))
    timed = timed.mutate(
        in_time=(timed[stopped].notnull() & (timed[stopped] <= timed.due)).cast("int64")
    )
    settled = (timed.due <= timed.seen_until) | (timed[stopped] <= timed.seen_until)
    return timed.filter(settled.fill_null(False)).mutate(n=1, y=_.in_time)
