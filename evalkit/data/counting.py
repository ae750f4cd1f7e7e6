"""The last place where a child is a row: the measures of a sample, summed to cells."""

from collections.abc import Callable

import ibis
import pandas as pd
from ibis import _
from ibis.expr.types import Table

from evalkit.data import (
    chain,
    clocks,
    cohort,
    continuity,
    needs_analysis,
    other_support,
    reinvestigation,
    tiers,
    uptake,
)
from evalkit.data.cells import NO_TIME, STRATA
from evalkit.data.cohort import Sample

Rows = Callable[[Sample], Table]

# What each measure is made of: rows with `n` and `y`, and `level` and `time` where it has them.
MEASURES: dict[str, Rows] = {
    "K1": continuity.caseworkers,
    "K1_UTR": continuity.caseworkers_if_investigated,
    "K2": continuity.same_caseworker,
    "K3": continuity.kept_transitions,
    "K4": continuity.handover_rate,
    "handovers": continuity.handovers,
    "child_months": continuity.child_months,
    "U1": uptake.started_in_time,
    "U1_mature": uptake.maturity,
    "U2": uptake.accepted_offers,
    "U2_answers": uptake.first_offers,
    "U3": uptake.needs_without_service,
    "funnel": uptake.funnel,
    "T14": clocks.screening,
    "T4M": clocks.investigation,
    "flow": cohort.flow,
    "reached": cohort.reached,
    "reached_investigated": cohort.reached_investigated,
    "phase_days": chain.phase_days,
    "handovers_in_chain": chain.handovers_in_chain,
    "again": needs_analysis.again,
    "again_in_year": needs_analysis.again_in_year,
    "known_before": needs_analysis.known_before,
    "school_contact": needs_analysis.school_contact,
    "tiers": tiers.tiers,
    "tier_moves": tiers.moves,
    "extension": clocks.extension,
    "not_judged": clocks.not_judged,
    "planned": clocks.planned,
    "gaps": reinvestigation.gaps,
    "advised": other_support.advised,
    "advice_instead": other_support.advice_instead,
    "contract_users": other_support.contract_users,
}
WAITING: dict[str, Rows] = {
    "R1": reinvestigation.reinvestigations,
    "R2": reinvestigation.new_reports,
    "R3": reinvestigation.new_contacts,
}
BACKGROUND = ("sex", "age_group", "kind", "reporter", "reason")
# Measures that are also counted by why the matter came in, to tell children's mix from the rest.
BY_REASON = {"K1": "process_id", "R1": "referral_id", "U1": "referral_id"}
VIOLENCE = ("våld i nära relation", "våld mot barn", "heder")
REASONS = ("violence", "other")
# What comes in days and is told in months, and how many times it has been multiplied by days. Only
# whole numbers are added: an engine adds in parallel, and fractions in any order.
IN_DAYS = {"child_months": {"n": 1, "total": 1, "total_sq": 2}, "K4": {"n": 1}}


def cells(sample: Sample) -> list[pd.DataFrame]:
    """Return the cells of every measure, one frame each, without the period."""
    parts = [count(rows(sample), measure) for measure, rows in MEASURES.items()]
    for measure, rows in WAITING.items():
        waiting = rows(sample)
        parts.append(count(waiting, measure))
        parts.append(count(waiting.mutate(time=_.follow_up).drop("level"), f"{measure}_follow_up"))
    parts += _variants(sample) + by_reason(sample) + _without_contract(sample)
    return parts + background(sample) + missing(sample)


def count(rows: Table, measure: str) -> pd.DataFrame:
    """Sum rows to cells; a stratum that the rows do not have is blank."""
    blank = {"level": ibis.literal(""), "time": ibis.literal(NO_TIME)}
    full = rows.mutate(**{name: value for name, value in blank.items() if name not in rows.columns})
    counted = full.mutate(n=_.n.cast("float64"), y=_.y.cast("float64")).group_by(STRATA)
    cells = counted.aggregate(n=_.n.sum(), total=_.y.sum(), total_sq=(_.y * _.y).sum()).to_pandas()
    for column, times in IN_DAYS.get(measure.partition(":")[0], {}).items():
        cells[column] /= continuity.DAYS_PER_MONTH**times
    cells.insert(0, "measure", measure)
    return cells


def _variants(sample: Sample) -> list[pd.DataFrame]:
    """Count each outcome that the plan also wants under a changed definition."""
    rows = MEASURES | WAITING
    return [
        count(rows[variant.outcome](cohort.under(sample, variant)), variant.measure)
        for variant in sample.study.sensitivity.variants
    ]


def by_reason(sample: Sample) -> list[pd.DataFrame]:
    """Count some outcomes once more for each reason: violence, or anything else and unknown."""
    referral = sample.table("referral")
    kind = referral.reason.isin(VIOLENCE).fill_null(False).ifelse(*REASONS)
    reasons = referral.select(reason_key=_.referral_id, reason_kind=kind)
    counted = []
    for measure, key in BY_REASON.items():
        rows = (MEASURES | WAITING)[measure](sample)
        known = rows.join(reasons, rows[key] == reasons.reason_key)
        counted += [
            count(known.filter(_.reason_kind == reason), f"{measure}:reason={reason}")
            for reason in REASONS
        ]
    return counted


def _without_contract(sample: Sample) -> list[pd.DataFrame]:
    """Count the same outcomes without the children served under the social outcome contract."""
    users = other_support.matters_of_users(sample)
    counted = []
    for measure, key in BY_REASON.items():
        rows = (MEASURES | WAITING)[measure](sample)
        others = rows.filter(rows[key].notin(users.referral_id))
        counted.append(count(others, f"{measure}:contract=without"))
    return counted


def background(sample: Sample) -> list[pd.DataFrame]:
    """Count the matters by what is known of the child and of how they came in."""
    process = cohort.processes(sample).mutate(n=1, y=1)
    return [
        count(process.mutate(level=process[name].cast("string")), f"background:{name}")
        for name in BACKGROUND
    ]


def missing(sample: Sample) -> list[pd.DataFrame]:
    """Count what the extracts leave blank or unknown, by area and year: `y` is 1 if missing."""
    counted = {
        "offer_answer": uptake.first_offers(sample).mutate(y=_.level.isin(uptake.UNKNOWN)),
        "handover_cause": continuity.handovers(sample).mutate(y=_.level == "okänd"),
        "screening_decision": cohort.processes(sample).mutate(y=_.decision_date.isnull()),
        "lead_caseworker": _without_lead(sample),
    }
    return [
        count(rows.mutate(level=ibis.literal(name), n=1, y=rows.y.cast("int64")), "missing")
        for name, rows in counted.items()
    ]


def _without_lead(sample: Sample) -> Table:
    led = continuity.leads(sample).select("process_id").distinct()
    process = cohort.processes(sample)
    return process.mutate(y=process.process_id.notin(led.process_id))
