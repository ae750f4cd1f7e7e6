"""The first line of every chapter: what the report is about and what it may use."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.data import aggregation
from evalkit.data.cells import Cells
from evalkit.evidence import Evidence
from evalkit.params import find_study, load_periods, load_study, period_from_values
from evalkit.plan import Period, Rule, Study

STUDY_FILE = "params/study.yaml"
_OF_THE_KERNEL = {"In", "Out", "exit", "quit", "open", "get_ipython", "ek"}


@dataclass(frozen=True, slots=True)
class Report:
    """One period's report in the making: the evidence, and the tables that hold no child."""

    evidence: Evidence
    cells: Cells

    @classmethod
    def of(cls, study: Study, periods: tuple[Period, ...], period: Period, made: Cells) -> "Report":
        return cls(Evidence(study, periods, period, made.frame, made.dominated), made)

    @property
    def study(self) -> Study:
        return self.evidence.study

    @property
    def period(self) -> Period:
        return self.evidence.period

    @property
    def rule(self) -> Rule:
        """What the report's audience may see."""
        return self.study.disclosure.rule

    def at(self, period: Period) -> "Report":
        """Return another period's report, made of the same cells."""
        return Report(self.evidence.at(period), self.cells)

    def __repr__(self) -> str:
        return f"Report({self.period.period})"


# What the process that runs a batch has opened for all the chapters that it forks.
_shared: Report | None = None


def share(report: Report) -> None:
    """Let whoever opens a period in this process, or in a fork of it, work on the same evidence.

    What has been computed on it here is then there for all of them. The extracts are not looked
    at again: whoever shares sees to it that they have not changed when the work is done.
    """
    global _shared
    _shared = report


def open_period(variables: Mapping[str, Any]) -> Report:
    """Return the report that a notebook's parameters describe.

    Called as `open_period(vars())`, so that a misspelt parameter is an error here as well: plain
    papermill only warns of it and runs on the default. The cells are found, or made first.

    Raises
    ------
    ParamsError : a parameter is unknown, missing or does not agree with the study.
    ContractError : the cells had to be made and an extract does not keep its contract.
    """
    values = {
        name: value
        for name, value in variables.items()
        if not name.startswith("_") and name not in _OF_THE_KERNEL
    }
    study = load_study(find_study(STUDY_FILE, Path.cwd()))
    period = period_from_values(values, study)
    periods = load_periods(study)
    if _shared and (_shared.study, _shared.evidence.periods) == (study, periods):
        return _shared.at(period)
    return Report.of(study, periods, period, aggregation.load_or_make(study, periods))
