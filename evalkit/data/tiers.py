"""The four levels of a family's problems, as they were set; what they mean is configuration."""

import ibis
from ibis import _
from ibis.expr.types import Table

from evalkit.data.cohort import Sample, dated, origins

NOT_SET = "ej satt"


def tiers(sample: Sample) -> Table:
    """Return one row per investigation opened in the report's months, its level as `level`."""
    return _opened(sample).mutate(level=_.tier, n=1, y=1)


def moves(sample: Sample) -> Table:
    """Return one row per investigation of a child investigated before: `1>2` is up one level.

    Both levels have to be set.
    """
    every = _opened(sample)
    return every.filter(_.previous.notnull(), _.previous != NOT_SET, _.tier != NOT_SET).mutate(
        level=_.previous + ">" + _.tier, n=1, y=1
    )


def _opened(sample: Sample) -> Table:
    in_time = ibis.window(group_by="child_id", order_by=["opened_date", "investigation_id"])
    investigation = sample.table("investigation").select(
        "investigation_id", "child_id", "referral_id", "opened_date",
        tier=_.tier.fill_null(NOT_SET),
    )  # fmt: skip
    followed = investigation.mutate(previous=_.tier.lag().over(in_time))
    located = followed.join(origins(sample).drop("child_id", "received_date"), "referral_id")
    return dated(located, "opened_date", sample)
