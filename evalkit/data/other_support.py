"""Support beside the pilot's own: advice without a decision, and the social outcome contract."""

import ibis
from ibis import _
from ibis.expr.types import Table

from evalkit.data.cohort import Sample, dated, origins, processes
from evalkit.data.reinvestigation import closed_spells

CONTRACT = "SUK-insats"
WITHIN_DAYS = 365


def advised(sample: Sample) -> Table:
    """Return one row per process; `y` is 1 if advice and support followed within a year, or less
    where less can be seen."""
    advice = sample.table("advice").filter(_.child_id.notnull())
    process = processes(sample)
    last = ibis.least(
        process.received_date + ibis.interval(days=WITHIN_DAYS), process.seen_until
    ).cast("date")
    contacts = process.mutate(last=last).join(
        advice.select("contact_date", advised_child="child_id"),
        [_.child_id == advice.child_id],
    )
    within = contacts.filter(_.contact_date.between(_.received_date, _.last))
    return process.mutate(n=1, y=process.process_id.isin(within.process_id).cast("int64"))


def advice_instead(sample: Sample) -> Table:
    """Return one row per closed investigation spell; `y` is 1 if advice and support followed
    within a year but no new investigation, or less where less can be seen."""
    spell = closed_spells(sample).mutate(spell_id=_.referral_id)
    last = ibis.least(spell.closed_date + ibis.interval(days=WITHIN_DAYS), spell.seen_until)
    waiting = spell.mutate(last=last.cast("date"))
    advice = sample.table("advice").filter(_.child_id.notnull())
    advised = _followed_by(waiting, advice.select("child_id", day="contact_date"))
    opened = sample.table("investigation").select("child_id", day="opened_date")
    again = _followed_by(waiting, opened)
    instead = waiting.spell_id.isin(advised.spell_id) & waiting.spell_id.notin(again.spell_id)
    return waiting.mutate(n=1, y=instead.cast("int64"))


def _followed_by(waiting: Table, events: Table) -> Table:
    later = waiting.join(events, "child_id")
    return later.filter(_.day > _.closed_date, _.day <= _.last).select("spell_id")


def contract_users(sample: Sample) -> Table:
    """Return one row per child and year with a service begun under the outcome contract."""
    service = sample.table("service").filter(_.service_type == CONTRACT, _.start_date.notnull())
    investigation = sample.table("investigation").select("investigation_id", "referral_id")
    begun = service.select("investigation_id", "child_id", "start_date").join(
        investigation, "investigation_id"
    )
    located = begun.join(origins(sample).drop("child_id", "received_date"), "referral_id")
    seen = dated(located, "start_date", sample).filter(_.start_date <= _.seen_until)
    keys = ["child_id", "area", "year", "sex", "age_group"]
    first = seen.group_by(keys).aggregate(
        month=_.month.min(), referral_id=_.referral_id.argmin(_.start_date)
    )
    return first.mutate(n=1, y=1)


def matters_of_users(sample: Sample) -> Table:
    """Return `referral_id` of every matter of the children who had such a service."""
    users = sample.table("service").filter(_.service_type == CONTRACT, _.start_date.notnull())
    referral = sample.table("referral")
    return referral.filter(referral.child_id.isin(users.child_id)).select("referral_id")
