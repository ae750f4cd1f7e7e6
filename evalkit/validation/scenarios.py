"""Every scenario of the simulation, run through: the truth, two careless answers, and evalkit's.

With the plan's seed every run gives the same, and the district is the same in all scenarios, luck
included.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from evalkit.chapters.answers import certainty_of
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.chapters.threat_checks import CHECKS, finding
from evalkit.data import aggregation, simulate
from evalkit.data.simulation.scenarios import scenario_of
from evalkit.data.simulation.truth import TrueEffect
from evalkit.evaluation import WAITING
from evalkit.evidence import Evidence
from evalkit.framework import load_threats
from evalkit.params import load_periods, load_study
from evalkit.plan import Outcome, Period, Study
from evalkit.results import Effect

OUTCOMES = ("K1", "R1", "U1", "U2")
LAST_YEAR = ("S7", "S12")  # what they are about happens in 2022
NOT_THE_DATA = ("T19",)  # of the plan's registration: the same in every scenario


@dataclass(frozen=True, slots=True)
class Naive:
    """A careless estimate and its 95 per cent interval: children as if they were independent."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome of one scenario: the truth, pilot minus line afterwards, two-way fixed effects
    on children, and the plan's effect with its certainty."""

    outcome: Outcome
    truth: TrueEffect
    after: Naive
    fixed_effects: Naive
    effect: Effect
    certainty: str


@dataclass(frozen=True, slots=True)
class Run:
    """One scenario, run through for one period; `statuses` are those of the threats' checks."""

    scenario: str
    period: str
    rows: tuple[Row, ...]
    statuses: Mapping[str, str]

    def of(self, outcome: str) -> Row:
        return next(row for row in self.rows if row.outcome.id == outcome)

    @property
    def warned(self) -> tuple[str, ...]:
        """The threats whose checks gave a warning, but for those that no scenario changes."""
        given = [key for key, status in self.statuses.items() if status == "warning"]
        return tuple(key for key in given if key not in NOT_THE_DATA)


def run(plan: Path, scenario: str, scale: float = 1.0) -> Run:
    """Simulate a scenario by a plan and evaluate its period, extracts and contracts and all."""
    study, periods = load_study(plan), load_periods(load_study(plan))
    name = "2022" if scenario in LAST_YEAR else "2021"
    chosen = [one for one in periods if one.phase == "post" and one.period <= name]
    simulation = simulate.simulate(study, scenario, scale)
    study, chosen = _to_the_last_day(study, chosen, scenario)
    with tempfile.TemporaryDirectory() as folder:
        extracts = Path(folder) / "extracts"
        simulate.write(simulation, extracts)
        made = aggregation.make(study.model_copy(update={"extracts": str(extracts)}), chosen)
    report = Report.of(study, tuple(chosen), chosen[-1], made)
    rows = [_row(report, one, simulation.truth.of(one, name)) for one in OUTCOMES]
    statuses = {
        threat.id: finding(report, threat).status
        for threat in load_threats(study)
        if threat.id in CHECKS
    }
    return Run(scenario, name, tuple(rows), statuses)


def _to_the_last_day(
    study: Study, periods: Sequence[Period], scenario: str
) -> tuple[Study, list[Period]]:
    """Return plan and periods as their owner would have them when the data end earlier."""
    last = scenario_of(scenario).data_end or study.timeline.data_end
    timeline = study.timeline.model_copy(update={"data_end": last})
    cut = [one.model_copy(update={"cutoff": min(one.cutoff, last)}) for one in periods]
    return study.model_copy(update={"timeline": timeline}), cut


def _row(report: Report, outcome_id: str, truth: TrueEffect) -> Row:
    outcome = report.study.outcome(outcome_id)
    effect = effect_of(report, outcome)
    sums = _sums(report.evidence, outcome)
    told = certainty_of(report, outcome, effect).told if effect.status == "estimated" else "–"
    after, regression = after_difference(sums, report.period.year), fixed_effects(sums, report)
    return Row(outcome, truth, after, regression, effect, told)


def _sums(evidence: Evidence, outcome: Outcome) -> pd.DataFrame:
    """Return `n`, `total` and `total_sq` by area and year, counted as somebody careless would.

    A return is counted among all, followed or not, and each investigation as one of its own.
    """
    waits = outcome.id in WAITING
    chosen = evidence.of(f"{outcome.id}:merge_gap_days=0" if waits else outcome.id)
    if waits:
        within = chosen["time"] <= evidence.study.definitions.follow_up_days
        returned = chosen["n"].where((chosen["level"] == "return") & within, 0.0)
        chosen = chosen.assign(total=returned, total_sq=returned)
    in_months = chosen[chosen["month"].isin(evidence.period.months)]
    keys = ["area", "treated", "year"]
    return in_months.groupby(keys)[["n", "total", "total_sq"]].sum().reset_index()


def after_difference(sums: pd.DataFrame, year: int) -> Naive:
    """Return the pilot's level minus the line's in one year, with Welch's error."""
    arms = sums[sums["year"] == year].groupby("treated")[["n", "total", "total_sq"]].sum()
    mean = arms["total"] / arms["n"]
    error = sqrt(((arms["total_sq"] / arms["n"] - mean**2) / (arms["n"] - 1)).sum())
    return _normal(float(mean[True] - mean[False]), error)


def fixed_effects(sums: pd.DataFrame, report: Report) -> Naive:
    """Return two-way fixed effects on single cases, from the pilot's first year, by least squares.

    Sums by area and year give the coefficients and residuals of the regression on the cases.
    """
    start = report.study.timeline.wash_in.start.year
    dummies = pd.get_dummies(sums[["area", "year"]].astype(str), drop_first=True, dtype=float)
    piloted = (sums["treated"] & (sums["year"] >= start)).astype(float)
    design = np.column_stack([np.ones(len(sums)), dummies, piloted])
    n, total = sums["n"].to_numpy(), sums["total"].to_numpy()
    crossed = np.linalg.inv(design.T @ (design * n[:, None]))
    found = crossed @ design.T @ total
    fitted = design @ found
    residual = float((sums["total_sq"] - 2 * fitted * total + fitted**2 * n).sum())
    error = sqrt(residual / (n.sum() - len(found)) * crossed[-1, -1])
    return _normal(float(found[-1]), error)


def _normal(estimate: float, error: float) -> Naive:
    reach = float(stats.norm.ppf(0.975)) * error
    return Naive(estimate, estimate - reach, estimate + reach)
