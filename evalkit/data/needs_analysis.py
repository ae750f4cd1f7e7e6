"""The findings of the needs analysis, recomputed for every year: who is investigated again.

The needs analysis was made in 2019 on all screenings and investigations of 2017. Its findings are
described here, not tested: nothing in them is an effect.
"""

import ibis
from ibis import _
from ibis.expr.types import Table

from evalkit.data.cohort import Sample, dated, once, origins
from evalkit.data.reinvestigation import spells

YEAR_DAYS = 365


@once
def investigated_children(sample: Sample) -> Table:
    """Return one row per child and year with an investigation opened in the report's months.

    `again`: investigated before, as far back as the extracts reach; `again_in_year`: another
    investigation opened in the 365 days before the child's last one of the year;
    `known_before`: first known before the extracts begin, so that there may be earlier ones.
    Investigations close to one another are one.
    """
    every = spells(sample.table("investigation"), sample.study.definitions.merge_gap_days)
    in_time = ibis.window(group_by="child_id", order_by=["opened_date", "referral_id"])
    followed = every.mutate(
        place=ibis.row_number().over(in_time), previous=_.opened_date.lag().over(in_time)
    )
    located = followed.join(origins(sample).drop("child_id", "received_date"), "referral_id")
    seen = dated(located, "opened_date", sample)
    last = seen.group_by(["child_id", "year"]).aggregate(opened_date=_.opened_date.max())
    chosen = seen.join(last, ["child_id", "year", "opened_date"])
    child = sample.table("child").select("child_id", "first_known_date")
    begins = ibis.literal(sample.study.timeline.pre.start)
    return chosen.join(child, "child_id").mutate(
        n=1,
        again=(_.place > 0).cast("int64"),
        again_in_year=(_.opened_date.delta(_.previous, unit="day") <= YEAR_DAYS)
        .fill_null(False)
        .cast("int64"),
        known_before=(_.first_known_date < begins).fill_null(False).cast("int64"),
    )


def again(sample: Sample) -> Table:
    """Return one row per investigated child; `y` is 1 if it had been investigated before."""
    return investigated_children(sample).mutate(y=_.again)


def again_in_year(sample: Sample) -> Table:
    """Return one row per investigated child; `y` is 1 if another opened in the year before."""
    return investigated_children(sample).mutate(y=_.again_in_year)


def known_before(sample: Sample) -> Table:
    """Return one row per investigated child; `y` is 1 if known before the extracts begin."""
    return investigated_children(sample).mutate(y=_.known_before)


def school_contact(sample: Sample) -> Table:
    """Return one row per investigation where it is recorded; `y` is 1 if a school was contacted."""
    opened = sample.table("investigation").select("referral_id", "opened_date", "school_contact")
    located = opened.join(origins(sample).drop("child_id", "received_date"), "referral_id")
    recorded = dated(located, "opened_date", sample).filter(_.school_contact.notnull())
    return recorded.mutate(n=1, y=(_.school_contact == "ja").cast("int64"))
