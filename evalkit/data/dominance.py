"""Which counts one sibling group or one caseworker all but makes up, so that they must not be told.

A family knows its own children and subtracts them; a caseworker who has most of a group's children
is told of by what is said of the group. Only here are families and caseworkers known. What leaves
is the names of such counts: no id, and no size.

Source: Hundepool et al. (2012), Statistical Disclosure Control, Wiley, section 4.2 (dominance and
coalitions of respondents).
"""

from collections.abc import Sequence

import ibis
import pandas as pd
from ibis import _
from ibis.expr.types import Table

from evalkit.data.cells import COUNT, DOMINATED
from evalkit.data.cohort import Sample
from evalkit.data.continuity import LEAD
from evalkit.data.grouping import Group, groups
from evalkit.plan import Disclosure


def dominated(samples: Sequence[Sample]) -> pd.DataFrame:
    """Return the names of dominated counts, a row for each period and audience.

    `measure`, `part`, `arm` ("pilot", "line" or the area outside), `year` and `window` (days; 0
    where nothing is waited for) name a count as the report's ledger does; `less` ends the name of
    one that is what another leaves.
    """
    found = [
        flagged(_of_sample(sample), sample.study.disclosure).assign(period=sample.period.period)
        for sample in samples
    ]
    return pd.concat([pd.DataFrame(columns=DOMINATED), *found])[DOMINATED]


def flagged(sizes: pd.DataFrame, plan: Disclosure) -> pd.DataFrame:
    """Return the counts, by `n`, `family` and `caseworker` sizes, that the plan's rules protect."""
    by_worker = sizes["caseworker"] > plan.dominance * sizes["n"]
    found = []
    for audience, rule in (("internal", plan.internal), ("public", plan.public)):
        few = (sizes["family"] > 1) & (sizes["n"] - sizes["family"] < rule.threshold)
        found.append(sizes.loc[few | by_worker, COUNT].assign(audience=audience))
    return pd.concat(found).sort_values(["audience", *COUNT], ignore_index=True)


def _in_counts(sample: Sample) -> Table:
    """Return one row per child or event and count it is in, with the matter it belongs to."""
    found = [_rows(group, sample) for group in groups(sample)]
    held = sample.tables.create_table(
        f"grouped_{sample.period.period}", ibis.union(*found), temp=True
    )
    of_sex = held.filter(_.by_sex).mutate(part=(_.part + " " + _.sex).strip())
    return held.union(of_sex).drop("sex", "by_sex")


def _rows(group: Group, sample: Sample) -> Table:
    rows = group.rows
    treated = rows.area.isin(sample.study.areas.treated)
    window = rows[group.window] if isinstance(group.window, str) else ibis.literal(group.window)
    less = rows[group.less_column] if group.less_column else ibis.literal(group.less)
    return rows.select(
        measure=ibis.literal(group.measure),
        part=rows[group.level] if group.level else ibis.literal(group.part),
        window=window.cast("int64"),
        less=less,
        arm=ibis.literal(group.arm) if group.arm else treated.ifelse("pilot", "line"),
        year=rows.year.cast("int64"),
        sex=rows.sex,
        by_sex=ibis.literal(group.by_sex),
        matter=rows[group.key],
    )


def sizes(held: Table, families: Table, caseworkers: Table) -> pd.DataFrame:
    """Return every count with its number `n`, and how many the holders of most have.

    Parameters
    ----------
    held : one row per child or event in a count: the columns that name it, and `matter`.
    families, caseworkers : `matter` with its `family`; with each `caseworker` it has had, once.
    """
    every = held.group_by(COUNT).aggregate(n=_.count())
    family = _largest(held.join(families, "matter"), "family")
    caseworker = _largest(held.join(caseworkers, "matter"), "caseworker")
    sized = every.left_join(family, COUNT).select(*COUNT, "n", "family")
    sized = sized.left_join(caseworker, COUNT).select(*COUNT, "n", "family", "caseworker")
    return sized.fill_null({"family": 0, "caseworker": 0}).to_pandas()


def _of_sample(sample: Sample) -> pd.DataFrame:
    return sizes(_in_counts(sample), _families(sample), _caseworkers(sample))


def _largest(rows: Table, holder: str) -> Table:
    """Return how many of each cell the holder with the most of them has."""
    each = rows.group_by([*COUNT, holder]).aggregate(size=_.count())
    return each.group_by(COUNT).aggregate(**{holder: _["size"].max()})


def _families(sample: Sample) -> Table:
    child = sample.table("child").select("child_id", family="family_id")
    referral = sample.table("referral").select("child_id", matter="referral_id")
    return referral.join(child, "child_id").select("matter", "family")


def _caseworkers(sample: Sample) -> Table:
    """Return every lead caseworker that a matter has had.

    Also those after the cut-off: what somebody knows does not end there, and a count that an
    earlier report told stays as it was judged then.
    """
    lead = sample.table("assignment").filter(_.role == LEAD)
    return lead.select(matter="process_id", caseworker="worker_id").distinct()
