"""What else changed: volume, who came, what was investigated, why caseworkers left, what is blank.

The same difference-in-differences as the outcomes', on what is no outcome: had it moved with the
pilot, it would be another explanation of the result.
"""

from collections.abc import Collection, Sequence
from math import nan

import numpy as np
import pandas as pd

from evalkit.errors import DesignError
from evalkit.estimation import did, inference
from evalkit.evaluation import Evidence
from evalkit.results import Changes, Effect, Estimate, undefined

SHARE, RATE, LOG_RATIO = "procentenheter", "byten per 100 barnmånader", "log av kvot"
LEFT = ("slutat", "frånvaro")


def incoming_share(
    evidence: Evidence, background: str, levels: Collection[str], confidence: float
) -> Effect:
    """Return the shift in the share of matters whose `background` is one of `levels`."""
    cells = evidence.of(f"background:{background}")
    others = ~cells["level"].isin(list(levels))
    sums = cells.assign(**{name: cells[name].mask(others, 0.0) for name in ("total", "total_sq")})
    return _shift(evidence, f"background:{background}", sums, SHARE, confidence)


def investigated_share(evidence: Evidence, confidence: float) -> Effect:
    """Return the shift in the share of matters that led to an investigation."""
    every, opened = evidence.of("K1"), evidence.of("K1_UTR")
    parts = (
        every.assign(total=0.0, total_sq=0.0),
        opened.assign(total=opened["n"], total_sq=opened["n"], n=0.0),
    )
    return _shift(evidence, "investigated", pd.concat(parts), SHARE, confidence)


def turnover_rate(evidence: Evidence, confidence: float) -> Effect:
    """Return the shift in handovers because a caseworker left or was away, per 100 child-months."""
    handovers, months = evidence.of("handovers"), evidence.of("child_months")
    left = handovers[handovers["level"].isin(LEFT)]
    parts = (left.assign(total=100 * left["n"], n=0.0), months.assign(total=0.0))
    return _shift(evidence, "turnover", pd.concat(parts), RATE, confidence)


def missing_share(evidence: Evidence, field: str, confidence: float) -> Effect:
    """Return the shift in how often a field is blank or unknown."""
    cells = evidence.of("missing")
    return _shift(evidence, "missing", cells[cells["level"] == field], SHARE, confidence)


def exit_share(evidence: Evidence, outcome_id: str, confidence: float) -> Effect:
    """Return the shift in the share whose follow-up ended as they moved away or turned 18."""
    cells = evidence.of(outcome_id)
    gone = cells["n"].where(cells["level"] == "competing", 0.0)
    return _shift(
        evidence, outcome_id, cells.assign(total=gone, total_sq=gone), SHARE, confidence
    )  # fmt: skip


def volume(evidence: Evidence, months: Sequence[int], confidence: float) -> Effect:
    """Return the shift in the number of matters in these months, as the log of a ratio.

    An area's volume before the start is its mean over the years; 0 matters have no logarithm, and
    an area with none makes the shift not estimable.
    """
    cells = evidence.of("reached")
    chosen = cells[cells["month"].isin(list(months))]
    counts = chosen.groupby(["area", "year"])["n"].sum().unstack(fill_value=0.0)
    years = list(evidence.study.timeline.pre_years)
    before = counts.reindex(columns=years, fill_value=0.0)
    after = counts.reindex(columns=[evidence.period.year], fill_value=0.0)
    if (before.sum(axis=1) == 0).any() or (after.sum(axis=1) == 0).any() or counts.empty:
        return _without(evidence, "volume", LOG_RATIO, "an area has no matters in the months")
    changes = Changes(
        "volume", LOG_RATIO, tuple(counts.index),
        counts.index.isin(evidence.study.areas.treated),
        np.log(before.mean(axis=1).to_numpy()), np.log(after.sum(axis=1).to_numpy()),
        before.sum(axis=1).to_numpy(), after.sum(axis=1).to_numpy(),
    )  # fmt: skip
    return _effect(evidence, changes, inference.exact_t(changes, confidence))


def _shift(
    evidence: Evidence, name: str, cells: pd.DataFrame, unit: str, confidence: float
) -> Effect:
    """Return the shift in a share, by the plan's headline method, or in a rate, by the exact t.

    A rate is counted per month at risk, and months are no cases with a variance between them.
    """
    study = evidence.study
    try:
        levels = did.levels_from_cells(
            cells.assign(measure=name), name, unit, evidence.period.months,
            study.timeline.pre_years, evidence.wash_in_years, (evidence.period.year,),
        )  # fmt: skip
        changes = did.collapse(levels, study.inference.weighting)
    except DesignError as problem:
        return _without(evidence, name, unit, str(problem))
    method = study.inference.headline if unit == SHARE else "exact_t"
    return _effect(evidence, changes, inference.EVERY[method](changes, confidence))


def _effect(evidence: Evidence, changes: Changes, headline: Estimate) -> Effect:
    observed, expected = did.counterfactual(changes)
    return Effect(
        outcome=changes.outcome,
        label=evidence.period.label,
        years=(evidence.period.year,),
        status="estimated" if np.isfinite(headline.conf_low) else "not_estimable",
        headline=headline,
        checks=(),
        observed=observed,
        counterfactual=expected,
        relative=nan,
        minimum_detectable=nan,
        mature=1.0,
        n_treated=round(changes.n_post[changes.treated].sum()),
        reason=headline.reason,
    )


def _without(evidence: Evidence, name: str, unit: str, reason: str) -> Effect:
    method = evidence.study.inference.headline
    return Effect(
        outcome=name, label=evidence.period.label, years=(evidence.period.year,),
        status="not_estimable", headline=undefined(name, unit, method, reason), checks=(),
        observed=nan, counterfactual=nan, relative=nan, minimum_detectable=nan, mature=1.0,
        n_treated=0, reason=reason,
    )  # fmt: skip
