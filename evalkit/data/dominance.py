"""Which counts one sibling group or one caseworker all but makes up, so that they must not be told.

A family knows its own children and subtracts them; a caseworker who has most of a group's children
is told of by what is said of the group. Only here are families and caseworkers known. What leaves
is the names of such counts: no id, and no size.

Source: Hundepool et al. (2012), Statistical Disclosure Control, Wiley, section 4.2 (dominance and
coalitions of respondents).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import pandas as pd
from ibis import _
from ibis.expr.types import Table

from evalkit.data import cohort
from evalkit.data.cells import COUNT, DOMINATED
from evalkit.data.cohort import Sample
from evalkit.data.continuity import LEAD
from evalkit.data.grouping import Group, groups
from evalkit.data.kept import Kept
from evalkit.plan import Disclosure

ROWS_AT_ONCE = 5_000_000  # about: a gigabyte or so, with what is made of them


@dataclass(frozen=True, slots=True)
class Holders:
    """Who has a matter: `rows` of `matter` and a column `name`; one of them has `most` matters."""

    name: str
    rows: Table
    most: int

    @classmethod
    def of(cls, rows: Table, name: str) -> "Holders":
        return cls(name, rows, _most(rows, [name]))


def dominated(sample: Sample) -> pd.DataFrame:
    """Return the names of a period's dominated counts, a row for each and audience.

    `measure`, `part`, `arm` ("pilot", "line" or the area outside), `year` and `window` (days; 0
    where nothing is waited for) name a count as the report's ledger does; `less` ends the name of
    one that is what another leaves.
    """
    found = flagged(_of_sample(sample), sample.study.disclosure)
    return found.assign(period=sample.period.period)[DOMINATED]


def flagged(sizes: pd.DataFrame, plan: Disclosure) -> pd.DataFrame:
    """Return the counts, by `n`, `family` and `caseworker` sizes, that the plan's rules protect."""
    by_worker = sizes["caseworker"] > plan.dominance * sizes["n"]
    found = []
    for audience, rule in (("internal", plan.internal), ("public", plan.public)):
        few = (sizes["family"] > 1) & (sizes["n"] - sizes["family"] < rule.threshold)
        found.append(sizes.loc[few | by_worker, COUNT].assign(audience=audience))
    return pd.concat(found).sort_values(["audience", *COUNT], ignore_index=True)


def _of_sample(sample: Sample) -> pd.DataFrame:
    """Return the sizes of every count of a sample, under the names of `COUNT`.

    Of a district all groups are counted at once; of a country a few, for they do not fit memory.
    """
    every = list(enumerate(groups(sample)))
    matters = int(cohort.matters(sample).count().execute())
    step = max(1, ROWS_AT_ONCE // max(1, matters))
    families = Holders.of(_families(sample), "family")
    caseworkers = Holders.of(_caseworkers(sample), "caseworker")
    sized = [
        _of_groups(every[first : first + step], sample, families, caseworkers)
        for first in range(0, len(every), step)
    ]
    return pd.concat(sized, ignore_index=True)


def _of_groups(
    some: Sequence[tuple[int, Group]], sample: Sample, families: Holders, caseworkers: Holders
) -> pd.DataFrame:
    """Return the sizes of some groups' counts.

    A row is narrow, since there are more of them than of anything else: it has the place of its
    group and what differs within a group, and a blank `sex` where girls and boys are together.
    """
    kept = Kept()
    rows = kept.computed(
        ibis.union(*(_rows(place, group, sample) for place, group in some)), "held"
    )
    by_sex = rows.filter(_.place.isin([place for place, group in some if group.by_sex]))
    held = rows.mutate(sex=ibis.literal("")).union(by_sex)
    # As often among girls or boys as among all, at most: half of the rows need not be looked at.
    times = _most(rows, [column for column in rows.columns if column != "sex"])
    sized = sizes(held, times, families, caseworkers, sample.study.disclosure)
    kept.drop()
    named = [_named(group, sized[sized["place"] == place]) for place, group in some]
    return pd.concat(named, ignore_index=True)


def _rows(place: int, group: Group, sample: Sample) -> Table:
    rows = group.rows
    window = rows[group.window] if isinstance(group.window, str) else ibis.literal(group.window)
    return rows.select(
        place=ibis.literal(place, "int16"),
        level=rows[group.level] if group.level else ibis.literal(""),
        less=rows[group.less_column] if group.less_column else ibis.literal(""),
        window=window.cast("int16"),
        treated=rows.area.isin(sample.study.areas.treated),
        year=rows.year.cast("int16"),
        sex=rows.sex,
        matter=rows[group.key],
    )


def _named(group: Group, sized: pd.DataFrame) -> pd.DataFrame:
    """Return the sizes of one group's counts, with the counts' names."""
    part = sized["level"] if group.level else group.part
    arm = sized["treated"].map({True: "pilot", False: "line"})
    named = sized.assign(
        measure=group.measure, part=part, arm=group.arm or arm,
        less=sized["less"] if group.less_column else group.less,
    )  # fmt: skip
    named["part"] = (named["part"] + " " + named["sex"]).str.strip()
    named = named.astype({"window": "int64", "year": "int64"})
    return named[[*COUNT, "n", "family", "caseworker"]]


def sizes(
    held: Table, times: int, families: Holders, caseworkers: Holders, plan: Disclosure
) -> pd.DataFrame:
    """Return every count with its number `n`, and how many the holders of most have.

    These are 0 in a count so large that nobody has enough for the plan's rules to protect it.

    Parameters
    ----------
    held : one row per child or event in a count: `matter`, and columns that name the count.
    times : how often a matter is in one and the same count, at most.
    families, caseworkers : the `family` of each matter; each `caseworker` it has had, once.
    """
    count = [column for column in held.columns if column != "matter"]
    kept = Kept()
    every = kept.computed(held.group_by(count).aggregate(n=_.count()), "every")
    threshold = max(plan.internal.threshold, plan.public.threshold)
    of_family = every.filter(_.n < times * families.most + threshold)
    of_worker = every.filter(_.n * plan.dominance < times * caseworkers.most)
    sized = every
    for within, holders in ((of_family, families), (of_worker, caseworkers)):
        sized = sized.left_join(_largest(held.semi_join(within, count), holders, count), count)
        sized = sized.drop(*(f"{column}_right" for column in count))
    told = sized.fill_null({"family": 0, "caseworker": 0}).to_pandas()
    kept.drop()
    return told


def _most(rows: Table, of: Sequence[str]) -> int:
    """Return how many rows the largest group of those columns has."""
    each = rows.group_by(of).aggregate(size=_.count())
    return int(each.aggregate(most=_["size"].max().fill_null(0)).execute()["most"].iloc[0])


def _largest(held: Table, holders: Holders, count: Sequence[str]) -> Table:
    """Return how many of each count the holder with the most of them has."""
    each = held.join(holders.rows, "matter").group_by([*count, holders.name])
    by_count = each.aggregate(size=_.count()).group_by(count)
    return by_count.aggregate(**{holders.name: _["size"].max()})


@cohort.once
def _families(sample: Sample) -> Table:
    child = sample.table("child").select("child_id", family="family_id")
    referral = sample.table("referral").select("child_id", matter="referral_id")
    return referral.join(child, "child_id").select("matter", "family")


@cohort.once
def _caseworkers(sample: Sample) -> Table:
    """Return every lead caseworker that a matter has had.

    Also those after the cut-off: what somebody knows does not end there, and a count that an
    earlier report told stays as it was judged then.
    """
    lead = sample.table("assignment").filter(_.role == LEAD)
    return lead.select(matter="process_id", caseworker="worker_id").distinct()
