"""What is described by year and arm: sums of a measure, and the table that shows them."""

from collections.abc import Mapping

import pandas as pd

from evalkit.chapters.codes import ARMS
from evalkit.chapters.figures import arm_names
from evalkit.chapters.opening import Report
from evalkit.reporting import fragments, tables
from evalkit.reporting.disclosure import Released
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.tables import Column


def by_year(report: Report, measure: str) -> pd.DataFrame:
    """Return a measure's units `n` and sum `total`, one row per year and arm, the pilot first."""
    cells = report.evidence.of(measure)
    arm = cells["treated"].map(ARMS).rename("arm")
    sums = cells.groupby(["year", arm])[["n", "total"]].sum().reset_index()
    return sums.sort_values(["year", "arm"], ascending=[True, False], ignore_index=True)


def same_months(report: Report) -> str:
    """Return a sentence, after a space, on which months every year has; "" when it has all."""
    return "" if report.period.whole_year else f" Samma månader varje år: {report.period.label}."


def table_by_year(
    report: Report,
    released: Released,
    columns: Mapping[str, Column],
    caption: str,
    *,
    note: str,
    counted: str = "barn",
) -> Fragment:
    """Return the released `columns` as a table, after the year and the arm of each row.

    `counted` names who is counted, for the note on what is protected.
    """
    years = {year: str(year) for year in released.frame["year"]}
    named = released.named("year", years).named("arm", arm_names(report))
    every = {"year": Column("År"), "arm": Column("Grupp"), **columns}
    return fragments.table(tables.html(named, every, caption, note=note, counted=counted))
