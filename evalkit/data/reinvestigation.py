"""Re-investigation and other returns, as times from an index event to what ended the waiting.

A return is set beside what hinders it: turning 18, moving away, death or secrecy compete with it,
and the end of what the report can see censors it. The clock starts the day after the index day;
the last day of a window is inside it.
"""

import ibis
from ibis import _
from ibis.expr.types import Table

from evalkit.data.cohort import ATTACHED, Sample, dated, once, origins, processes
from evalkit.plan import Study

OWN_REPORTERS = ("barnet", "vårdnadshavare", "socialtjänst")
PLACEMENT = "placering HVB/familjehem"
RETURN, COMPETING, CENSORED = "return", "competing", "censored"


def spells(investigation: Table, merge_gap_days: int) -> Table:
    """Return investigation spells: investigations at most `merge_gap_days` apart count as one.

    Closing an investigation and opening the next at once stretches the statutory four months
    (JO 2565-2016, 2411-2017); it is one spell.

    Parameters
    ----------
    investigation : `child_id`, `referral_id`, `opened_date`, `closed_date` (NULL while open).
    merge_gap_days : days from one closing to the next opening that still join them.

    Returns
    -------
    One row per spell: `child_id`, `referral_id` (of the first), `opened_date`, `closed_date`
    (of the last; NULL while any is open).
    """
    far = ibis.date(9999, 12, 31)
    by = {"group_by": "child_id", "order_by": ["opened_date", "referral_id"]}
    before = ibis.window(**by, rows=(None, -1))
    so_far = ibis.window(**by, rows=(None, 0))
    ended = investigation.mutate(ended=_.closed_date.fill_null(far))
    apart = ended.mutate(last_end=_.ended.max().over(before))
    gap = apart.opened_date.delta(apart.last_end, unit="day")
    starts = apart.mutate(starts=(apart.last_end.isnull() | (gap > merge_gap_days)).cast("int64"))
    numbered = starts.mutate(spell=_.starts.sum().over(so_far))
    return (
        numbered.group_by(["child_id", "spell"])
        .aggregate(
            referral_id=_.referral_id.argmin(_.opened_date),
            opened_date=_.opened_date.min(),
            ended=_.ended.max(),
        )
        .mutate(closed_date=_.ended.nullif(far))
        .drop("ended", "spell")
    )


@once
def closed_spells(sample: Sample) -> Table:
    """Return the closed investigation spells of the report's months, the index events of R1."""
    every = spells(sample.table("investigation"), sample.study.definitions.merge_gap_days).filter(
        _.closed_date.notnull()
    )
    origin = origins(sample).drop("child_id", "received_date")
    closed = dated(every.join(origin, "referral_id"), "closed_date", sample)
    return closed.filter(_.closed_date <= _.seen_until).mutate(index_date=_.closed_date)


@once
def reinvestigations(sample: Sample) -> Table:
    """R1: return one row per closed spell with the time to the next one."""
    every = spells(sample.table("investigation"), sample.study.definitions.merge_gap_days)
    opened = every.select("child_id", event_date="opened_date")
    return waiting_times(closed_spells(sample), opened, _exits(sample), _horizon(sample))


def gaps(sample: Sample) -> Table:
    """Return one row per closed investigation; `level` is how soon the child's next one opened.

    The least of the limits that the plan and its variants join investigations by, in days, within
    which the next opened; "" when later, or never.
    """
    by = ibis.window(group_by="child_id", order_by=["opened_date", "referral_id"])
    every = sample.table("investigation").mutate(following=_.opened_date.lead().over(by))
    closed = every.filter(_.closed_date.notnull()).select("referral_id", "closed_date", "following")
    origin = origins(sample).drop("child_id", "received_date")
    seen = dated(closed.join(origin, "referral_id"), "closed_date", sample)
    known = seen.filter(_.closed_date <= _.seen_until)
    wait = known.following.delta(known.closed_date, unit="day")
    limits = gap_limits(sample.study)
    within = [
        ((known.following <= known.seen_until) & (wait <= days), str(days)) for days in limits
    ]
    return known.mutate(level=ibis.cases(*within, else_=""), n=1, y=1)


def gap_limits(study: Study) -> tuple[int, ...]:
    """Return the days between investigations that the plan or one of its variants joins by."""
    varied = {v.value for v in study.sensitivity.variants if v.definition == "merge_gap_days"}
    return tuple(sorted({study.definitions.merge_gap_days, *varied}))


@once
def new_reports(sample: Sample) -> Table:
    """R2: return one row per process with the time to a new report from somebody outside.

    A report attached to an ongoing investigation is not a return, nor is one within the plan's
    `same_event_days`: it concerns the same event.
    """
    referral = sample.table("referral")
    outside = referral.filter(
        referral.kind == "anmälan",
        ~referral.reporter.isin(OWN_REPORTERS),
        referral.decision.fill_null("") != ATTACHED,
    ).select("child_id", event_date="received_date")
    return _after_same_event(sample, outside)


@once
def new_contacts(sample: Sample) -> Table:
    """R3: return one row per process with the time to a new contact of any kind.

    Any referral that is not attached to an ongoing investigation, advice and support, or a
    placement: a family that returns to advice does not count as having stayed away.
    """
    referral = sample.table("referral")
    referred = referral.filter(referral.decision.fill_null("") != ATTACHED)
    service = sample.table("service")
    placed = service.filter(service.service_type == PLACEMENT, service.start_date.notnull())
    advice = sample.table("advice").filter(_.child_id.notnull())
    contacts = (
        referred.select("child_id", event_date="received_date")
        .union(placed.select("child_id", event_date="start_date"))
        .union(advice.select("child_id", event_date="contact_date"))
    )
    return _after_same_event(sample, contacts)


def waiting_times(index: Table, events: Table, exits: Table, horizon_days: int) -> Table:
    """Return what ended each index event's waiting, and after how many days.

    Parameters
    ----------
    index : index events with `child_id`, `index_date`, `seen_until` and any other columns.
    events, exits : `child_id`, `event_date`; those on or before the index day are passed over.
    horizon_days : the longest window; waiting beyond it is censored there.

    Returns
    -------
    The rows of `index` with `time` (days), `level` (return, competing or censored; a return and
    an exit on the same day count as a return) and `follow_up`, the days that can be seen. A row
    whose child left on or before the index day was never waiting, and is not returned.
    """
    in_order = ibis.window(order_by=list(index.columns))
    keyed = index.mutate(index_key=ibis.row_number().over(in_order))
    first_event = _first_after(keyed, events, "event_time")
    first_exit = _first_after(keyed, exits, "exit_time")
    gone = keyed.left_join(exits, "child_id").filter(_.event_date <= _.index_date)
    waiting = keyed.filter(keyed.index_key.notin(gone.index_key))
    both = waiting.left_join(first_event, "index_key").drop("index_key_right")
    both = both.left_join(first_exit, "index_key").drop("index_key_right")
    never = horizon_days + 1
    follow_up = both.seen_until.delta(both.index_date, unit="day")
    timed = both.mutate(
        event_time=_.event_time.fill_null(never),
        exit_time=_.exit_time.fill_null(never),
        follow_up=ibis.least(ibis.greatest(follow_up, 0), horizon_days),
    )
    ended = timed.mutate(time=ibis.least(_.event_time, _.exit_time, _.follow_up))
    return ended.mutate(
        level=ibis.cases(
            (ended.event_time <= ended.time, RETURN),
            (ended.exit_time <= ended.time, COMPETING),
            else_=CENSORED,
        ),
        n=1,
        y=1,
    ).drop("event_time", "exit_time", "index_key")


def _first_after(index: Table, events: Table, name: str) -> Table:
    later = index.join(events, "child_id").filter(_.event_date > _.index_date)
    return (
        later.mutate(wait=_.event_date.delta(_.index_date, unit="day"))
        .group_by("index_key")
        .aggregate(**{name: _.wait.min()})
    )


def _after_same_event(sample: Sample, events: Table) -> Table:
    """Wait from the end of the same event, but count the days from the referral itself."""
    gap = sample.study.definitions.same_event_days
    index = processes(sample).mutate(
        referred=_.received_date,
        index_date=(_.received_date + ibis.interval(days=gap)).cast("date"),
    )
    timed = waiting_times(
        index.filter(_.index_date <= _.seen_until), events, _exits(sample), _horizon(sample) - gap
    )
    return timed.mutate(time=_.time + gap, follow_up=_.follow_up + gap)


def _exits(sample: Sample) -> Table:
    return sample.table("exit").select("child_id", event_date="exit_date")


def _horizon(sample: Sample) -> int:
    return max(sample.study.definitions.follow_up_windows)
