"""Extracts in, cells out: opened and checked once, counted for every period at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

import ibis
import pandas as pd

from evalkit.data import (
    cell_store,
    cohort,
    contracts,
    counting,
    dominance,
    extracts,
    published,
    registers,
)
from evalkit.data.advice import advise
from evalkit.data.cells import DOMINATED, STRATA, WARNINGS, Cells
from evalkit.data.cohort import Sample
from evalkit.data.contracts import Contract, ContractReport, of_table
from evalkit.data.engine import settle
from evalkit.data.extracts import Watch, unwatched
from evalkit.disk import claimed
from evalkit.errors import ContractError, EvalkitError
from evalkit.plan import Period, Study

TABLES = {
    "child", "residence", "area_map", "referral", "investigation", "need", "offer", "service",
    "advice", "worker", "assignment", "exit", "interview", "interview_code",
    *registers.AGGREGATED, *registers.REGISTERS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found; `misfit` is why extracts that hold do not fit the plan, if they do not.

    `missing` are the optional extracts that were not delivered, by file name.
    """

    contracts: tuple[Contract, ...]
    report: ContractReport
    misfit: EvalkitError | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        told = {*self.report.rows, *(violation.file for violation in self.report.violations)}
        return tuple(one.file for one in self.contracts if one.optional and one.file not in told)


def load_or_make(study: Study, periods: Sequence[Period]) -> Cells:
    """Return the study's cells, made from the extracts only if no cells fit their fingerprint.

    Raises ContractError when a contract does not hold; then nothing is made.
    """
    return cell_store.read(make_if_missing(study, periods))


def make_if_missing(study: Study, periods: Sequence[Period]) -> Path:
    """Return the folder of the study's cells; see `load_or_make`."""
    fingerprint = cell_store.fingerprint(study, periods)
    folder = study.root / "outputs" / "cells" / fingerprint
    if not folder.is_dir():
        with claimed(folder.parent, patience=inf):
            if not folder.is_dir():  # else another process has made them while this one waited
                made = make(study, periods)
                _require(made, fingerprint)
                cell_store.write(made, folder)
    return folder


def require_unchanged(made: Cells, study: Study, periods: Sequence[Period]) -> None:
    """Raise ContractError unless the study's files still are those that the cells were made of."""
    _require(made, cell_store.fingerprint(study, periods))


def _require(made: Cells, fingerprint: str) -> None:
    if made.fingerprint != fingerprint:
        raise ContractError(
            "the extracts, contracts or parameters changed while they were being used; wait until "
            "the export has ended, then run again"
        )


def check(study: Study, periods: Sequence[Period], watch: Watch = unwatched) -> Checked:
    """Return what the study's extracts break; hold areas against the area map, cut-offs against
    the extracts' dates.

    `watch` is told how many rows of a file have been read. Raises ContractError for a contract
    that is missing or broken, or a folder that is not there.
    """
    contract_set, opened = _open(study, watch)
    if not opened.report.ok:
        opened.engine.close()
        return Checked(contract_set, opened.report)
    try:
        _checked(opened, study, periods, contract_set)
    except EvalkitError as misfit:
        return Checked(contract_set, opened.report, misfit)
    return Checked(contract_set, opened.report)


def make(study: Study, periods: Sequence[Period]) -> Cells:
    """Return the cells of every period, counted from validated extracts."""
    contract_set, opened = _open(study)
    tables = _checked(opened, study, periods, contract_set)
    settle(opened.engine)
    counted = [_counted(Sample(tables, study, period), contract_set) for period in periods]
    return Cells(
        frame=pd.concat([frame for frame, _ in counted], ignore_index=True),
        dominated=pd.concat([dominated for _, dominated in counted]),
        quality=pd.DataFrame(opened.report.rows.items(), columns=["file", "rows"]),
        warnings=_warnings(opened.report, contract_set),
        fingerprint=cell_store.fingerprint(study, periods),
        registers=registers.registers(tables, contract_set),
        **registers.aggregated(tables, contract_set),
    )


def _open(study: Study, watch: Watch = unwatched) -> tuple[tuple[Contract, ...], extracts.Extracts]:
    contract_set = contracts.load(study.contracts_dir, study.source)
    missing = TABLES - {contract.table for contract in contract_set}
    if missing and not _is_published_alone(contract_set):
        raise ContractError(
            f"{study.contracts}/: no contract for {len(missing)} of {len(TABLES)} tables "
            f"({', '.join(sorted(missing))}); restore the file that describes it"
        )
    return contract_set, extracts.open_extracts(study.extracts_dir, contract_set, watch)


def _checked(
    opened: extracts.Extracts,
    study: Study,
    periods: Sequence[Period],
    contract_set: Sequence[Contract],
) -> ibis.BaseBackend:
    """Return the tables; ParamsError for areas or cut-offs of the plan that they do not fit."""
    tables = extracts.tables(opened)
    _check_areas(tables, study, contract_set)
    files = {contract.table: contract.file for contract in contract_set}
    cohort.check_extract_dates(tables, periods, files)
    return tables


def _is_published_alone(contract_set: Sequence[Contract]) -> bool:
    """Tell whether published figures are the only source, so that no extract is about children."""
    return bool(of_table(contract_set, published.TABLE)) and not of_table(contract_set, "referral")


def _check_areas(tables: ibis.BaseBackend, study: Study, contract_set: Sequence[Contract]) -> None:
    """Raise ParamsError for an area of the plan that no source has."""
    figures = of_table(contract_set, published.TABLE)
    if figures and _is_published_alone(contract_set):
        published.check_areas(tables, study, figures.file)
        return
    others = tables.table(published.TABLE).area.execute() if figures else ()
    cohort.check_area_map(tables, study, others)


def _counted(sample: Sample, contract_set: Sequence[Contract]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a period's cells and dominated counts; nothing of it stays in the engine."""
    frame = _of_period(sample, contract_set)
    alone = _is_published_alone(contract_set)
    dominated = pd.DataFrame(columns=DOMINATED) if alone else dominance.dominated(sample)
    sample.kept.drop()
    return frame, dominated


def _of_period(sample: Sample, contract_set: Sequence[Contract]) -> pd.DataFrame:
    """Return a period's cells: of the extracts, and of the areas that only have published ones."""
    tables, study, period = sample.tables, sample.study, sample.period
    alone = _is_published_alone(contract_set)
    parts = [] if alone else counting.cells(sample)
    figures = of_table(contract_set, published.TABLE)
    if figures:
        held = set() if alone else set(tables.table("area_map").district.execute())
        areas = [area for area in study.areas.all if area not in held]
        every = published.figures(tables, figures)
        parts.append(published.cells(every, study, period, areas, alone=alone))
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "period", period.period)
    order = ["period", "measure", *STRATA]
    return frame.sort_values(order, kind="stable").reset_index(drop=True)


def _warnings(report: ContractReport, contract_set: Sequence[Contract]) -> pd.DataFrame:
    """Return the warnings that were accepted; a file that no contract describes has no name."""
    known = {contract.file for contract in contract_set}
    rows = [
        (
            warning.file if warning.file in known else "",
            warning.column,
            warning.rule,
            advise(warning, contract_set).fault_sv,
            warning.count,
        )
        for warning in report.warnings
    ]
    return pd.DataFrame(rows, columns=WARNINGS).astype({"count": "int64"})
