"""Uptake: from an assessed need to a completed service, counted per investigation with a need.

The year is the year in which the investigation closed, the area that of the referral behind it.
A placement out of home is not help that was taken up, and neither is a service under LVU: both
leave the family without a choice.
"""

import ibis
from ibis import _
from ibis.expr.types import Table

from evalkit.data.cohort import Sample, dated, once, origins
from evalkit.data.reinvestigation import PLACEMENT

YES = ("ja", "delvis")
NO = "nej"
UNKNOWN = ("obesvarat", "ej registrerat")
STEPS = ("need", "available", "offered", "accepted", "granted", "started", "completed")


@once
def needs(sample: Sample) -> Table:
    """Return one row per closed investigation with an assessed need, and how far help came.

    Beside the background columns: `available`, `offered`, `accepted`, `granted`, `started`,
    `completed` (0/1, each only if the one before), `started_in_time` (within the plan's
    `uptake_days` of the closing, or before it) and `mature` (those days can be seen).
    """
    need = sample.table("need").filter(_.assessed == "ja")
    per_investigation = need.group_by("investigation_id").aggregate(
        available=(_.suitable_available == "ja").any().cast("int64")
    )
    investigation = sample.table("investigation").filter(_.closed_date.notnull())
    closed = investigation.join(per_investigation, "investigation_id").select(
        "investigation_id", "referral_id", "closed_date", "available"
    )
    located = closed.join(origins(sample).drop("child_id", "received_date"), "referral_id")
    seen = dated(located, "closed_date", sample).filter(_.closed_date <= _.seen_until)
    return _follow(sample, seen)


def started_in_time(sample: Sample) -> Table:
    """U1: return one row per need that can be judged; `y` is 1 if a service started in time."""
    return needs(sample).filter(_.mature).mutate(n=1, y=_.started_in_time)


def maturity(sample: Sample) -> Table:
    """Return one row per need; `y` is 1 if the plan's `uptake_days` after closing can be seen."""
    return needs(sample).mutate(n=1, y=_.mature.cast("int64"))


@once
def first_offers(sample: Sample) -> Table:
    """Return one row per investigation with an offer, the answer to the first as `level`."""
    offer = sample.table("offer").filter(_.investigation_id.notnull())
    first = offer.group_by("investigation_id").aggregate(level=_.answer.argmin(_.offered_date))
    return needs(sample).join(first, "investigation_id").mutate(n=1, y=1)


def accepted_offers(sample: Sample) -> Table:
    """U2: return one row per first offer with a known answer; `y` is 1 for yes or partly."""
    known = first_offers(sample).filter(_.level.isin([*YES, NO]))
    return known.mutate(n=1, y=_.level.isin(YES).cast("int64")).drop("level")


def needs_without_service(sample: Sample) -> Table:
    """U3: return one row per need of which it is known whether a service fits; `y` is 1 if not."""
    need = sample.table("need").filter(_.assessed == "ja", _.suitable_available != "okänt")
    described = needs(sample).drop("available").join(need, "investigation_id")
    return described.mutate(n=1, y=(_.suitable_available == NO).cast("int64"))


def funnel(sample: Sample) -> Table:
    """Return one row per need and step, the step as `level`; `y` is 1 if help came that far."""
    reached = needs(sample).mutate(need=ibis.literal(1))
    steps = [
        reached.mutate(level=ibis.literal(step), n=1, y=reached[step].cast("int64")).select(
            "area", "year", "month", "sex", "age_group", "level", "n", "y"
        )
        for step in STEPS
    ]
    return ibis.union(*steps)


def _follow(sample: Sample, need: Table) -> Table:
    """Add what followed each need: offers and services linked to its investigation."""
    window = sample.study.definitions.uptake_days
    offer = sample.table("offer").filter(_.investigation_id.notnull())
    offers = offer.group_by("investigation_id").aggregate(yes=_.answer.isin(YES).any())
    service = sample.table("service").filter(
        _.investigation_id.notnull(), _.service_type != PLACEMENT, _.statute != "LVU"
    )
    services = service.group_by("investigation_id").aggregate(
        granted_date=_.decision_date.min(),
        first_start=_.start_date.min(),
        completed=(_.end_reason == "fullföljd").fill_null(False).any(),
    )
    followed = need.left_join(offers, "investigation_id").drop("investigation_id_right")
    followed = followed.left_join(services, "investigation_id").drop("investigation_id_right")
    deadline = (followed.closed_date + ibis.interval(days=window)).cast("date")
    seen_start = followed.first_start.notnull() & (followed.first_start <= followed.seen_until)
    happened = {
        "available": followed.available == 1,
        "offered": followed.yes.notnull(),
        "accepted": followed.yes.fill_null(False),
        "granted": followed.granted_date.notnull() | seen_start,
        "started": seen_start,
        "completed": followed.completed.fill_null(False),
    }
    reached, so_far = {}, ibis.literal(True)
    for step, here in happened.items():
        so_far = so_far & here
        reached[step] = so_far.cast("int64")
    return followed.mutate(
        mature=deadline <= followed.seen_until,
        started_in_time=(seen_start & (followed.first_start <= deadline)).cast("int64"),
        **reached,
    )
