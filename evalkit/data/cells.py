"""The last place where a child is a row: counts and sums by area, month and stratum.

Everything after this room works on cells. They are made once per study, for every period at a
time, and kept under a name that is a fingerprint of all that they depend on: extracts, contracts,
plan, periods and the code of this room.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis
import pandas as pd
from ibis import _
from ibis.expr.types import Table

from evalkit.data import (
    chain,
    clocks,
    cohort,
    continuity,
    contracts,
    extracts,
    interviews,
    needs_analysis,
    other_support,
    published,
    reinvestigation,
    tiers,
    uptake,
)
from evalkit.data.cohort import Sample
from evalkit.errors import ContractError
from evalkit.plan import Period, Study

STRATA = ["area", "year", "month", "sex", "age_group", "level", "time"]
AGGREGATED = ("survey", "finance", "event")
# What a study may lack: a chapter then says that it is missing.
REGISTERS = ("staffing", "collaboration", "decision", "test_of_change", "quotation")
INTERVIEWS = ("interview_flow", "interview_themes")
TABLES = {
    "child", "residence", "area_map", "referral", "investigation", "need", "offer", "service",
    "advice", "worker", "assignment", "exit", "interview", "interview_code", *AGGREGATED,
    *REGISTERS,
}  # fmt: skip
OWN = ("frame", "quality", *AGGREGATED)
NO_TIME = -1

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


@dataclass(frozen=True, slots=True)
class Cells:
    """All that leaves the data room.

    `frame`: one row per period, measure, area, year, month, sex, age group, level and time with
    `n` (units, or their time at risk), `total` (sum of the outcome) and `total_sq` (sum of its
    squares). `survey`, `finance` and `event` are extracts that hold no child. `quality`: one row
    per extract with its rows and the warnings that were accepted. `fingerprint` names it all.
    `registers` are further extracts without a child, and counts of interviews; one that was not
    delivered is empty.
    """

    frame: pd.DataFrame
    survey: pd.DataFrame
    finance: pd.DataFrame
    event: pd.DataFrame
    quality: pd.DataFrame
    fingerprint: str
    registers: dict[str, pd.DataFrame] = field(default_factory=dict)

    def of(self, period: str, measure: str) -> pd.DataFrame:
        """Return one period's cells of one measure."""
        frame = self.frame
        return frame[(frame["period"] == period) & (frame["measure"] == measure)]


def load_or_make(study: Study, periods: Sequence[Period]) -> Cells:
    """Return the study's cells, made from the extracts only if no cells fit their fingerprint.

    Raises ContractError when a contract does not hold; then nothing is made.
    """
    fingerprint = _fingerprint(study, periods)
    folder = study.root / "outputs" / "cells" / fingerprint
    if not folder.is_dir():
        _write(make(study, periods), folder)
    return _read(folder)


def check(study: Study, periods: Sequence[Period]) -> contracts.ContractReport:
    """Return what the study's extracts break; hold areas against the area map, cut-offs against
    the extracts' dates.

    Raises ContractError for a contract that is missing or broken, ParamsError for the rest.
    """
    contract_set, opened = _open(study)
    if opened.report.ok:
        tables = extracts.tables(opened)
        _check_areas(tables, study, contract_set)
        cohort.check_extract_dates(tables, periods, _files(contract_set))
    return opened.report


def make(study: Study, periods: Sequence[Period]) -> Cells:
    """Return the cells of every period, counted from validated extracts."""
    contract_set, opened = _open(study)
    tables = extracts.tables(opened)
    _check_areas(tables, study, contract_set)
    cohort.check_extract_dates(tables, periods, _files(contract_set))
    frames = [_of_period(tables, study, period, contract_set) for period in periods]
    aggregated = {name: _delivered(tables, contract_set, name) for name in AGGREGATED}
    if _contract(contract_set, "survey"):
        aggregated["survey"]["text"] = _item_texts(aggregated["survey"]["item"], contract_set)
    return Cells(
        frame=pd.concat(frames, ignore_index=True),
        quality=_quality(opened.report),
        fingerprint=_fingerprint(study, periods),
        registers=_registers(tables, contract_set),
        **aggregated,
    )


def _open(study: Study) -> tuple[tuple[contracts.Contract, ...], extracts.Extracts]:
    contract_set = contracts.load(study.contracts_dir)
    missing = TABLES - {contract.table for contract in contract_set}
    if missing and not _is_published_alone(contract_set):
        raise ContractError(
            f"{study.contracts}/: no contract for {len(missing)} of {len(TABLES)} tables "
            f"({', '.join(sorted(missing))}); restore the file that describes it"
        )
    return contract_set, extracts.open_extracts(study.extracts_dir, contract_set)


def _is_published_alone(contract_set: Sequence[contracts.Contract]) -> bool:
    """Tell whether published figures are the only source, so that no extract is about children."""
    return bool(_contract(contract_set, published.TABLE)) and not _contract(
        contract_set, "referral"
    )


def _check_areas(
    tables: ibis.BaseBackend, study: Study, contract_set: Sequence[contracts.Contract]
) -> None:
    """Raise ParamsError for an area of the plan that no source has."""
    figures = _contract(contract_set, published.TABLE)
    if figures and _is_published_alone(contract_set):
        published.check_areas(tables, study, figures.file)
        return
    others = tables.table(published.TABLE).area.execute() if figures else ()
    cohort.check_area_map(tables, study, others)


def _of_period(
    tables: ibis.BaseBackend,
    study: Study,
    period: Period,
    contract_set: Sequence[contracts.Contract],
) -> pd.DataFrame:
    """Return a period's cells: of the extracts, and of the areas that only have published ones."""
    alone = _is_published_alone(contract_set)
    parts = [] if alone else _of_extracts(Sample(tables, study, period))
    figures = _contract(contract_set, published.TABLE)
    if figures:
        held = set() if alone else set(tables.table("area_map").district.execute())
        areas = [area for area in study.areas.all if area not in held]
        every = published.figures(tables, figures)
        parts.append(published.cells(every, study, period, areas, alone=alone))
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "period", period.period)
    order = ["period", "measure", *STRATA]
    return frame.sort_values(order, kind="stable").reset_index(drop=True)


def _of_extracts(sample: Sample) -> list[pd.DataFrame]:
    parts = [_count(rows(sample), measure) for measure, rows in MEASURES.items()]
    for measure, rows in WAITING.items():
        waiting = rows(sample)
        parts.append(_count(waiting, measure))
        parts.append(_count(waiting.mutate(time=_.follow_up).drop("level"), f"{measure}_follow_up"))
    parts += _variants(sample) + by_reason(sample) + _without_contract(sample)
    return parts + _background(sample) + _missing(sample)


def _count(rows: Table, measure: str) -> pd.DataFrame:
    """Sum rows to cells; a stratum that the rows do not have is blank."""
    blank = {"level": ibis.literal(""), "time": ibis.literal(NO_TIME)}
    full = rows.mutate(**{name: value for name, value in blank.items() if name not in rows.columns})
    counted = full.mutate(n=_.n.cast("float64"), y=_.y.cast("float64")).group_by(STRATA)
    cells = counted.aggregate(n=_.n.sum(), total=_.y.sum(), total_sq=(_.y * _.y).sum()).to_pandas()
    cells.insert(0, "measure", measure)
    return cells


def _variants(sample: Sample) -> list[pd.DataFrame]:
    """Count each outcome that the plan also wants under a changed definition."""
    rows = MEASURES | WAITING
    return [
        _count(rows[variant.outcome](cohort.under(sample, variant)), variant.measure)
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
            _count(known.filter(_.reason_kind == reason), f"{measure}:reason={reason}")
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
        counted.append(_count(others, f"{measure}:contract=without"))
    return counted


def _registers(
    tables: ibis.BaseBackend, contract_set: Sequence[contracts.Contract]
) -> dict[str, pd.DataFrame]:
    registers = {name: _delivered(tables, contract_set, name) for name in REGISTERS}
    contract = _contract(contract_set, "interview_code")
    if contract is None:
        return registers | {name: pd.DataFrame() for name in INTERVIEWS}
    codes = tables.table("interview_code").to_pandas()
    return registers | {
        "interview_flow": interviews.flow(tables.table("interview").to_pandas()),
        "interview_themes": interviews.themes(codes, contract.column("theme").codes),
    }


def _delivered(
    tables: ibis.BaseBackend, contract_set: Sequence[contracts.Contract], name: str
) -> pd.DataFrame:
    """Return a table without children; one that has no contract is empty."""
    known = _contract(contract_set, name)
    if known is None:
        return pd.DataFrame(columns=list(published.NOT_DELIVERED[name]))
    return tables.table(name).to_pandas()


def _files(contract_set: Sequence[contracts.Contract]) -> dict[str, str]:
    return {contract.table: contract.file for contract in contract_set}


def _contract(contract_set: Sequence[contracts.Contract], table: str) -> contracts.Contract | None:
    return next((contract for contract in contract_set if contract.table == table), None)


def _background(sample: Sample) -> list[pd.DataFrame]:
    process = cohort.processes(sample).mutate(n=1, y=1)
    return [
        _count(process.mutate(level=process[name].cast("string")), f"background:{name}")
        for name in BACKGROUND
    ]


def _missing(sample: Sample) -> list[pd.DataFrame]:
    """Count what the extracts leave blank or unknown, by area and year: `y` is 1 if missing."""
    counted = {
        "offer_answer": uptake.first_offers(sample).mutate(y=_.level.isin(uptake.UNKNOWN)),
        "handover_cause": continuity.handovers(sample).mutate(y=_.level == "okänd"),
        "screening_decision": cohort.processes(sample).mutate(y=_.decision_date.isnull()),
        "lead_caseworker": _without_lead(sample),
    }
    return [
        _count(rows.mutate(level=ibis.literal(name), n=1, y=rows.y.cast("int64")), "missing")
        for name, rows in counted.items()
    ]


def _without_lead(sample: Sample) -> Table:
    led = continuity.leads(sample).select("process_id").distinct()
    process = cohort.processes(sample)
    return process.mutate(y=process.process_id.notin(led.process_id))


def _item_texts(items: pd.Series, contract_set: Sequence[contracts.Contract]) -> pd.Series:
    """Return what each survey item says: the label of its code in the contract."""
    contract = next(contract for contract in contract_set if contract.table == "survey")
    item = contract.column("item")
    return items.astype(str).map(dict(zip(item.codes, item.labels, strict=True)))


def _quality(report: contracts.ContractReport) -> pd.DataFrame:
    warnings: dict[str, int] = {}
    for violation in report.violations:
        warnings[violation.file] = warnings.get(violation.file, 0) + violation.count
    rows = [(file, n, warnings.get(file, 0)) for file, n in report.rows.items()]
    return pd.DataFrame(rows, columns=["file", "rows", "warnings"])


def _fingerprint(study: Study, periods: Sequence[Period]) -> str:
    """Return a fingerprint of everything that the cells depend on, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    plan = [study.model_dump(mode="json"), *(period.model_dump(mode="json") for period in periods)]
    digest.update(json.dumps(plan, sort_keys=True, ensure_ascii=False).encode())
    code = Path(__file__).parent.glob("*.py")
    for path in sorted([*code, *study.contracts_dir.glob("*.yaml"), *study.extracts_dir.glob("*")]):
        digest.update(path.name.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _write(cells: Cells, folder: Path) -> None:
    """Write cells for their owner only, the whole folder in one step."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chmod(folder.parent, 0o700)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder.parent))
    try:
        held = {name: getattr(cells, name) for name in OWN} | cells.registers
        for name, frame in held.items():
            path = staging / f"{name}.parquet"
            frame.to_parquet(path, index=False)
            path.chmod(0o600)
        try:
            staging.rename(folder)
        except OSError:
            if not folder.is_dir():  # else: another process has just made the same cells
                raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _read(folder: Path) -> Cells:
    own, registers = (
        {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}
        for names in (OWN, (*REGISTERS, *INTERVIEWS))
    )
    return Cells(fingerprint=folder.name, registers=registers, **own)
