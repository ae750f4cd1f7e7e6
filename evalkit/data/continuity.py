"""Continuity: how many lead caseworkers a child meets, and why they change.

Project definitions, not official ones: no Swedish authority publishes a child-level index.
Only lead caseworkers (`huvud`) count; co-workers, duty officers and stand-ins do not, nor does a
lead who covers an absence for less than the plan's `cover_days`. A process is followed from the
referral for a year, or to the day that the report can see.
"""

import ibis
from ibis import _
from ibis.expr.types import Table

from evalkit.data.cohort import Sample, once, processes

LEAD = "huvud"  # the role of who is responsible
CHAIN = ("ROS", "FB", "UTR", "BESLUT", "UPPF", "INSATS")
STRUCTURAL = "enhetsgräns"
CLOSURE = "projektavslut"
FOLLOWED_DAYS = 365
DAYS_PER_MONTH = 365.25 / 12


@once
def leads(sample: Sample) -> Table:
    """Return one row per lead assignment that counts, with its process's columns."""
    assignment = sample.table("assignment").filter(_.role == LEAD)
    process = processes(sample)
    assigned = process.join(
        assignment.drop("child_id"), process.process_id == assignment.process_id
    )
    followed_until = ibis.least(
        assigned.received_date + ibis.interval(days=FOLLOWED_DAYS), assigned.seen_until
    ).cast("date")
    seen = assigned.mutate(followed_until=followed_until).filter(_.valid_from <= _.followed_until)
    short = (seen.valid_to.delta(seen.valid_from, unit="day") + 1) < (
        sample.study.definitions.cover_days
    )
    cover = (seen.change_reason.fill_null("") == "frånvaro") & short.fill_null(False)
    return seen.filter(~cover).mutate(
        until=ibis.least(_.valid_to.fill_null(_.followed_until), _.followed_until),
        position=_.phase.cases(*[(phase, i) for i, phase in enumerate(CHAIN)], else_=len(CHAIN)),
    )


def caseworkers(sample: Sample) -> Table:
    """K1: return one row per process with the number of distinct lead caseworkers as `y`."""
    return _per_process(sample).mutate(n=1, y=_.workers)


def caseworkers_if_investigated(sample: Sample) -> Table:
    """K1 among processes that led to an investigation: longer chains meet more caseworkers."""
    return caseworkers(sample).filter(_.investigated)


def same_caseworker(sample: Sample) -> Table:
    """K2: return one row per process with two or more phases; `y` is 1 if one lead had them all."""
    several = _per_process(sample).filter(_.phases > 1)
    return several.mutate(n=1, y=(_.workers == 1).cast("int64"))


def kept_transitions(sample: Sample) -> Table:
    """K3: return one row per process; `n` transitions between phases, `y` with the lead kept."""
    in_chain = ibis.window(group_by="process_id", order_by="position")
    phases = _phase_ends(sample)
    steps = phases.mutate(handed_from=_.last_worker.lag().over(in_chain)).filter(
        _.handed_from.notnull()
    )
    return steps.mutate(n=1, y=(_.first_worker == _.handed_from).cast("int64"))


@once
def handovers(sample: Sample) -> Table:
    """Return one row per change of lead caseworker within a process, its cause as `level`."""
    in_time = ibis.window(
        group_by="process_id", order_by=["valid_from", "position", "assignment_id"]
    )
    followed = leads(sample).mutate(
        previous=_.worker_id.lag().over(in_time), previous_phase=_.phase.lag().over(in_time)
    )
    changes = followed.filter(_.previous.notnull() & (_.previous != _.worker_id))
    return changes.mutate(level=_.change_reason.fill_null("okänd"), n=1, y=1)


@once
def child_months(sample: Sample) -> Table:
    """Return one row per process with its days at risk of a handover as `n` and `y`.

    `counting` adds them up and divides, so that months are told.
    """
    spans = (
        leads(sample)
        .group_by(_keys("process_id"))
        .aggregate(days=_.until.max().delta(_.received_date.min(), unit="day") + 1)
    )
    return spans.mutate(n=ibis.greatest(_.days, 1).cast("float64")).mutate(y=_.n)


def handover_rate(sample: Sample) -> Table:
    """K4: rows whose `n` sum to the children's days and `y` to 100 per handover.

    `counting` makes months of the days, so that y/n is per 100 child-months.

    Only handovers beyond the unit borders count. Changes at a unit border are the organisation's
    design and those at the pilot's closing are its end; neither says how steady caseworkers were.
    """
    columns = [*_keys(), "n", "y"]
    design = [STRUCTURAL, CLOSURE]
    counted = handovers(sample).filter(~_.level.isin(design)).mutate(n=0.0, y=100.0)
    exposure = child_months(sample).mutate(y=0.0)
    return counted.select(columns).union(exposure.select(columns))


def indices(contacts: Table) -> Table:
    """K5: return the usual continuity indices of one sequence of contacts per process.

    Parameters
    ----------
    contacts : one row per contact: `process_id`, `position` (order in time), `worker_id`.

    Returns
    -------
    One row per process: `contacts` N, `workers` M, `upc` (max n_i/N), `coc` (Bice & Boxerman
    1977), `hhi`, `secon` (share of contacts with the same worker as the one before), `mmci`
    (modified modified continuity index) and `changes`. `coc` and `secon` are NULL at N = 1.
    Formulae as tabulated in BMC Health Services Research 2022, s12913-022-07953-z.
    """
    in_time = ibis.window(group_by="process_id", order_by="position")
    followed = contacts.mutate(previous=_.worker_id.lag().over(in_time))
    changes = followed.group_by("process_id").aggregate(
        contacts=_.count().cast("float64"),
        kept=(_.worker_id == _.previous).fill_null(False).sum().cast("float64"),
    )
    per_worker = contacts.group_by(["process_id", "worker_id"]).aggregate(times=_.count())
    spread = per_worker.group_by("process_id").aggregate(
        workers=_.count().cast("float64"),
        most=_.times.max().cast("float64"),
        squares=(_.times * _.times).sum().cast("float64"),
    )
    both = changes.join(spread, "process_id")
    pairs = (both.contacts * (both.contacts - 1)).nullif(0)
    return both.mutate(
        upc=_.most / _.contacts,
        coc=(_.squares - _.contacts) / pairs,
        hhi=_.squares / (_.contacts * _.contacts),
        secon=_.kept / (_.contacts - 1).nullif(0),
        mmci=(1 - _.workers / (_.contacts + 0.1)) / (1 - 1 / (_.contacts + 0.1)),
        changes=_.contacts - 1 - _.kept,
    ).drop("most", "squares", "kept")


def _keys(*more: str) -> list[str]:
    return ["area", "year", "month", "sex", "age_group", *more]


@once
def _per_process(sample: Sample) -> Table:
    investigated = sample.table("investigation").select(process_id=_.referral_id).distinct()
    counted = (
        leads(sample)
        .group_by(_keys("process_id"))
        .aggregate(workers=_.worker_id.nunique(), phases=_.phase.nunique())
    )
    return counted.mutate(investigated=counted.process_id.isin(investigated.process_id))


@once
def _phase_ends(sample: Sample) -> Table:
    """Return one row per process and phase with the first and the last lead of the phase."""
    return (
        leads(sample)
        .group_by(_keys("process_id", "position"))
        .aggregate(
            first_worker=_.worker_id.argmin(_.valid_from),
            last_worker=_.worker_id.argmax(_.valid_from),
        )
    )
