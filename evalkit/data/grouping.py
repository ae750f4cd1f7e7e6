"""Who is in each count that a report tells: the ledger's counts, as rows of matters."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import ibis
from ibis import _
from ibis.expr.types import Table

from evalkit.data import (
    clocks,
    cohort,
    continuity,
    needs_analysis,
    other_support,
    reinvestigation,
    tiers,
    uptake,
)
from evalkit.data.cells import GRID_DAYS, SCHOOLS
from evalkit.data.cohort import OUTSIDE, Sample
from evalkit.data.counting import MEASURES, WAITING

CAUSES = ("enhetsgräns", "slutat", "frånvaro", "omfördelning", "projektavslut")
MEANS = ("K1", "K1_UTR")
SHARES = ("K2", "K3", "U1", "U2", "U3", "T14", "T4M")


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one count, or of one for each value of the columns that are named.

    `level` names a column with the part, `less_column` one with the name's end, and `window` may
    be a column too. `key` is the column that has a row's matter; `less` ends the name of what
    another count leaves, and `arm` is set where the areas do not say it.
    """

    measure: str
    rows: Table
    part: str = ""
    less: str = ""
    less_column: str = ""
    key: str = "referral_id"
    level: str = ""
    window: int | str = 0
    by_sex: bool = False
    arm: str = ""


def groups(sample: Sample) -> Iterator[Group]:
    """Yield everybody who is in a count, by the counts' names in the ledger."""
    yield from _matters(sample)
    yield from _outcomes(sample)
    yield from _returns(sample)
    yield from _from_need_to_help(sample)
    yield from _handovers(sample)
    yield from _missing(sample)
    yield from _reached(sample)
    yield from _described(sample)


def _matters(sample: Sample) -> Iterator[Group]:
    process = "process_id"
    yield Group("matters", cohort.processes(sample), key=process, by_sex=True)
    every = cohort.matters(sample)
    yield Group("flow", every.filter(_.excluded != "area"), "total", key=process)
    left = every.filter(_.excluded.isin(["age", "attached"]))
    yield Group("flow", left, level="excluded", key=process)
    yield Group("flow", every.filter(_.excluded == "area"), "area", key=process, arm=OUTSIDE)


def _outcomes(sample: Sample) -> Iterator[Group]:
    for measure in MEANS:
        yield Group(f"{measure}.n", MEASURES[measure](sample), key="process_id", by_sex=True)
    for measure in SHARES:
        rows = MEASURES[measure](sample)
        key = "process_id" if "process_id" in rows.columns else "referral_id"
        yield Group(f"{measure}.n", rows, key=key, by_sex=True)
        yield Group(f"{measure}.x", rows.filter(_.y == 1), key=key, by_sex=True)
        yield Group(f"{measure}.rest", rows.filter(_.y == 0), key=key, by_sex=True)


def _returns(sample: Sample) -> Iterator[Group]:
    """Yield those who returned within each window, the others, and who could be followed."""
    planned = sample.study.definitions.follow_up_windows
    for measure in (o.id for o in sample.study.outcomes if o.id in WAITING):
        rows = WAITING[measure](sample)
        key = "process_id" if "process_id" in rows.columns else "referral_id"
        yield Group(f"{measure}.n", rows, key=key, by_sex=True)
        for window in planned:
            back = (_.level == reinvestigation.RETURN) & (_.time <= window)
            for part, chosen in (("x", back), ("rest", ~back)):
                yield Group(
                    f"{measure}.{part}", rows.filter(chosen), key=key, window=window, by_sex=True
                )
        yield from _followed(measure, rows, key, sample)
    yield from _curve(WAITING["R1"](sample), sample)


def _followed(measure: str, rows: Table, key: str, sample: Sample) -> Iterator[Group]:
    """Yield those of whom a whole window can be seen, and those of whom only a shorter one can.

    All the windows of the first outcome of the plan that waits for a return, the planned of others.
    """
    first = next(o.id for o in sample.study.outcomes if o.id in WAITING)
    planned = sample.study.definitions
    windows = planned.follow_up_windows if measure == first else (planned.follow_up_days,)
    least = 0
    for window in sorted(windows):
        part = str(window) if measure == first else f"{measure} {window}"
        whole, between = _.follow_up >= window, (_.follow_up >= least) & (_.follow_up < window)
        yield Group("mature", rows.filter(whole), part, key=key)
        yield Group("mature", rows.filter(between), part, ":not", key=key)
        least = window


def _curve(rows: Table, sample: Sample) -> Iterator[Group]:
    """Yield those who returned by each day of the curve, and between two of its days."""
    planned = sample.study.definitions.follow_up_windows
    days = sorted({*range(0, max(planned) + 1, GRID_DAYS), *planned})
    own = rows.filter(_.level == reinvestigation.RETURN, _.year == sample.period.year)
    every = ibis.memtable({"day": days}, schema={"day": "int64"})
    by_day = own.cross_join(every).filter(_.time <= _.day)
    yield Group("R1.x", by_day.filter(_.day.notin(planned)), window="day")
    since = by_day.cross_join(every.select(before="day")).filter(_.time > _.before)
    after = since.mutate(after=":after" + _.before.cast("string"))
    yield Group("R1.x", after, window="day", less_column="after")


def _from_need_to_help(sample: Sample) -> Iterator[Group]:
    needs = uptake.needs(sample).mutate(need=1)
    for step in uptake.STEPS:
        yield Group("needs", needs.filter(_[step] == 1), step, by_sex=True)
    for before, after in pairwise(uptake.STEPS):
        left = needs.filter(_[before] == 1, _[after] == 0)
        yield Group("needs", left, before, ":left", by_sex=True)
    yield Group("U1.n", needs.filter(~_.mature), less=":unripe")
    yield Group("unused", needs.filter(_.available == 1, _.started == 0))
    answers = uptake.first_offers(sample)
    yield Group("answers", answers)
    yield Group("answers", answers.filter(_.level.isin(uptake.UNKNOWN)), "unknown")
    yield Group("needs", answers.filter(_.offered == 0), "offered", ":other")


def _handovers(sample: Sample) -> Iterator[Group]:
    moved = continuity.handovers(sample)
    cause = moved.level.isin(CAUSES).ifelse(moved.level, "other")
    yield Group("handovers", moved.mutate(cause=cause), level="cause", key="process_id")
    yield Group("handovers", moved.filter(_.level == "okänd"), "okänd", key="process_id")
    apart = moved.filter(~_.level.isin([*CAUSES, "okänd"]))
    yield Group("handovers", apart, "okänd", ":annan", key="process_id")
    inside = moved.filter(_.phase == _.previous_phase).mutate(where=_.phase + " within")
    border = moved.filter(_.phase != _.previous_phase).mutate(where=_.phase + " border")
    for rows in (inside, border):
        yield Group("chain", rows, level="where", key="process_id")
    phases = continuity.leads(sample).select(
        "process_id", "phase", "area", "year", "sex"
    ).distinct()  # fmt: skip
    yield Group("chain", phases, level="phase", key="process_id")
    every = ibis.memtable({"phase": continuity.CHAIN})
    never = (
        continuity.caseworkers(sample).cross_join(every).anti_join(phases, ["process_id", "phase"])
    )
    yield Group("chain", never, level="phase", less=":not", key="process_id")


def _missing(sample: Sample) -> Iterator[Group]:
    process, led = cohort.processes(sample), continuity.caseworkers(sample)
    has_lead = process.process_id.isin(led.process_id)
    for part, known in (
        ("lead_caseworker", has_lead), ("screening_decision", process.decision_date.notnull())
    ):  # fmt: skip
        yield Group("missing", process.filter(~known), part, key="process_id")
        yield Group("missing", process.filter(known), part, ":known", key="process_id")
    yield Group("K1.n", process.filter(~has_lead), less=":without", key="process_id")
    alone = led.filter(~_.investigated)
    yield Group("K1_UTR.n", alone, less=":without", key="process_id")


def _reached(sample: Sample) -> Iterator[Group]:
    opened = cohort.reached_investigated(sample)
    yield Group("opened", opened)
    for measure, rows, key in (
        ("reached", cohort.reached(sample), "process_id"),
        ("reached_investigated", opened, "referral_id"),
    ):
        yield Group(measure, rows.filter(_.y == 1), key=key)
        yield Group(measure, rows.filter(_.y == 0), less=":not", key=key)


def _described(sample: Sample) -> Iterator[Group]:
    """Yield those whom the describing chapters count."""
    investigated = needs_analysis.investigated_children(sample)
    yield Group("investigated", investigated)
    for measure in ("again", "again_in_year", "known_before"):
        yield from _part(measure, investigated, _[measure] == 1)
    yield Group("long_before", investigated.filter(_.again == 1, _.again_in_year == 0))
    recorded = needs_analysis.school_contact(sample)
    yield Group("contact", recorded)
    yield from _part("contact", recorded, _.y == 1, "yes")
    late = clocks.extension(sample)
    yield Group("late", late)
    yield from _part("late", late, _.y == 1, "extended")
    yield Group("planned", clocks.planned(sample))
    levels, moves = tiers.tiers(sample), tiers.moves(sample)
    yield Group("tiers", levels)
    yield Group("tiers", levels, level="level")
    way = ibis.cases((_.previous == _.tier, "same"), (_.previous < _.tier, "up"), else_="down")
    yield Group("moves", moves)
    yield Group("moves", moves.mutate(way=way), level="way")
    yield Group("not_judged", clocks.not_judged(sample), level="level")
    yield from _from_school(sample)
    yield Group("contract", other_support.contract_users(sample))


def _from_school(sample: Sample) -> Iterator[Group]:
    low, high = sample.study.scope.age_groups[0]
    process = cohort.processes(sample).mutate(referral_id=_.process_id)
    told_by = process.reporter.isin(SCHOOLS).fill_null(False)
    yield from _part("school", process, told_by)
    yield from _part("young", process.filter(told_by), _.age_group == f"{low}–{high}")


def _part(
    measure: str, rows: Table, within: ibis.expr.types.BooleanValue, part: str = ""
) -> Iterator[Group]:
    """Yield a part of a group, and the rest of it."""
    yield Group(measure, rows.filter(within), part)
    yield Group(measure, rows.filter(~within), part, ":not")
