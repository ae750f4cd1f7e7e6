"""The checks of whether the pilot's area and the others can be compared."""

from math import isnan

from evalkit import evaluation, robustness
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.chapters.spread import ORGANISED
from evalkit.framework import Threat
from evalkit.plan import Outcome
from evalkit.reporting import comparability
from evalkit.reporting.comparability import Drift, Standing
from evalkit.reporting.findings import Finding
from evalkit.results import Effect

SPREAD = 0.25  # of the way of working, as an example: nobody knows how much of it spread


def before(report: Report, _: Threat) -> Finding:
    """Check whether the areas moved apart before the start."""
    drifts = []
    for outcome, effect in _estimated(report):
        drift = next((c for c in effect.checks if c.method == "pre_trend"), None)
        if drift is not None and not isnan(drift.p_value):
            missed = robustness.missed_drift(report.evidence, outcome)
            drifts.append(Drift(outcome, drift.p_value, abs(missed.bias)))
    return comparability.drift_before(drifts)


def among_areas(report: Report, _: Threat) -> Finding:
    """Check whether the effects stand out among the areas' own changes."""
    return comparability.among_areas([_standing(report, *pair) for pair in _estimated(report)])


def _standing(report: Report, outcome: Outcome, effect: Effect) -> Standing:
    placebos = robustness.area_placebos(report.evidence, outcome)
    others = [abs(estimate) for _, estimate, treated, _ in placebos if not treated]
    return Standing(
        outcome,
        effect.headline,
        sum(size >= abs(effect.headline.estimate) for size in others),
        len(others),
        robustness.allowed_heterogeneity(report.evidence, outcome),
        robustness.implied_heterogeneity(report.evidence, outcome),
    )


def level_before(report: Report, _: Threat) -> Finding:
    """Check whether the pilot's area lay outside the others before the start."""
    extremes, others = [], 0
    for outcome, _effect in _estimated(report):
        changes = evaluation.changes_of(report.evidence, outcome)
        others = max(others, changes.n_comparison)
        own, rest = changes.pre[changes.treated], changes.pre[~changes.treated]
        outside = own.mean() > rest.max() or own.mean() < rest.min()
        extremes.append((outcome, bool(outside)))
    return comparability.level_before(extremes, others)


def diluted(report: Report) -> str:
    """Return what the primary effects would be, had some of the pilot also reached the line."""
    spread = [pair for pair in _estimated(report) if pair[0].family not in ORGANISED]
    return comparability.diluted(spread, SPREAD)


def _estimated(report: Report) -> list[tuple[Outcome, Effect]]:
    pairs = [(one, effect_of(report, one)) for one in report.study.of_role("primary")]
    return [(one, effect) for one, effect in pairs if effect.status == "estimated"]
