"""What else changed: volume, who came, what was investigated, why caseworkers left, what is blank.

The same difference-in-differences as the outcomes', on what is no outcome: had it moved with the
pilot, it would be another explanation of the result.
"""

from collections.abc import Collection, Sequence
from math import nan, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from evalkit.errors import DesignError
from evalkit.estimation import did, inference
from evalkit.evidence import Evidence
from evalkit.results import Changes, Effect, Estimate, undefined

SHARE, RATE, LOG_RATIO = "procentenheter", "byten per 100 barnmånader", "log av kvot"
LEFT = ("slutat", "frånvaro")
ACCEPTED = ("ja", "delvis")


def incoming_share(
    evidence: Evidence,
    background: str,
    levels: Collection[str],
    confidence: float,
    year: int | None = None,
) -> Effect:
    """Return the shift in the share of matters whose `background` is one of `levels`.

    `year` is the year after the start; the reported period's when not given.
    """
    cells = evidence.of(f"background:{background}")
    sums = _of_which(cells, cells["level"].isin(list(levels)))
    return _shift(evidence, f"background:{background}", sums, SHARE, confidence, year)


def investigated_before_share(evidence: Evidence, confidence: float) -> Effect:
    """Return the shift in the share of investigated children who had been investigated before.

    As far back as the extracts reach, which is as far in every area.
    """
    return _shift(evidence, "again", evidence.of("again"), SHARE, confidence)


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


def closings_share(evidence: Evidence, last_months: int, confidence: float) -> Effect:
    """Return the shift in the share of the period's closed investigations that its end has."""
    cells = evidence.of("R1_follow_up")
    sums = _of_which(cells, cells["month"].isin(evidence.period.months[-last_months:]))
    return _shift(evidence, "closings", sums, SHARE, confidence)


def reopened_share(evidence: Evidence, confidence: float) -> Effect:
    """Return the shift in the share of closed investigations that a new one follows directly.

    Directly is within the days that the plan joins investigations by.
    """
    cells, joined = evidence.of("gaps"), evidence.study.definitions.merge_gap_days
    days = pd.to_numeric(cells["level"])  # blank: later, or never
    return _shift(evidence, "gaps", _of_which(cells, days <= joined), SHARE, confidence)


def advised_instead_share(evidence: Evidence, confidence: float) -> Effect:
    """Return the shift in the share of closed spells with advice but no new investigation."""
    cells = evidence.of("advice_instead")
    return _shift(evidence, "advice_instead", cells, SHARE, confidence)


def accepted_of_all(evidence: Evidence, confidence: float) -> Effect:
    """Return the shift in the share of all first offers that were accepted, blank answers too."""
    cells = evidence.of("U2_answers")
    accepted = _of_which(cells, cells["level"].isin(ACCEPTED))
    return _shift(evidence, "U2", accepted, SHARE, confidence)


def missing_share(evidence: Evidence, field: str, confidence: float) -> Effect:
    """Return the shift in how often a field is blank or unknown."""
    cells = evidence.of("missing")
    return _shift(evidence, "missing", cells[cells["level"] == field], SHARE, confidence)


def exit_share(evidence: Evidence, outcome_id: str, confidence: float) -> Effect:
    """Return the shift in the share whose follow-up ended as they moved away or turned 18."""
    cells = evidence.of(outcome_id)
    gone = _of_which(cells, cells["level"] == "competing")
    return _shift(evidence, outcome_id, gone, SHARE, confidence)


def first_year_investigated(evidence: Evidence, confidence: float) -> Effect:
    """Return how far the share investigated in the first year lies from the later years before.

    A t over the areas, pilot and others alike: what the first year lost, it lost everywhere.
    """
    first, *later = evidence.study.timeline.pre_years
    if not later:
        return _without(evidence, "first_year", SHARE, "one year before the start")
    every, opened = (
        evidence.of(measure).groupby(["area", "year"])["n"].sum().unstack(fill_value=0.0)
        for measure in ("K1", "K1_UTR")
    )
    share = opened / every.where(every > 0)
    expected, seen = share[later].mean(axis=1).to_numpy(), share[first].to_numpy()
    gaps = seen - expected
    error = gaps.std(ddof=1) / sqrt(len(gaps))
    if not error > 0:
        return _without(evidence, "first_year", SHARE, "the areas do not vary")
    found, df = float(gaps.mean()), len(gaps) - 1
    reach = float(stats.t.ppf((1 + confidence) / 2, df)) * error
    p_value = float(2 * stats.t.sf(abs(found) / error, df))
    headline = Estimate(
        "first_year", "att", found, error, p_value, found - reach, found + reach, SHARE,
        "mean_t", round(every[[first, *later]].to_numpy().sum()), len(gaps),
    )  # fmt: skip
    levels = float(seen.mean()), float(expected.mean())
    return _estimated(evidence, "first_year", headline, levels, round(every[first].sum()))


def volume(
    evidence: Evidence, months: Sequence[int], confidence: float, year: int | None = None
) -> Effect:
    """Return the shift in the number of matters in these months, as the log of a ratio.

    An area's volume before the start is its mean over the years; 0 matters have no logarithm, and
    an area with none makes the shift not estimable. `year` is the year after the start; the
    reported period's when not given.
    """
    cells = evidence.of("reached")
    chosen = cells[cells["month"].isin(list(months))]
    counts = chosen.groupby(["area", "year"])["n"].sum().unstack(fill_value=0.0)
    years = list(evidence.study.timeline.pre_years)
    before = counts.reindex(columns=years, fill_value=0.0)
    after = counts.reindex(columns=[year or evidence.period.year], fill_value=0.0)
    if (before.sum(axis=1) == 0).any() or (after.sum(axis=1) == 0).any() or counts.empty:
        return _without(evidence, "volume", LOG_RATIO, "an area has no matters in the months")
    changes = Changes(
        "volume", LOG_RATIO, tuple(counts.index),
        counts.index.isin(evidence.study.areas.treated),
        np.log(before.mean(axis=1).to_numpy()), np.log(after.sum(axis=1).to_numpy()),
        before.sum(axis=1).to_numpy(), after.sum(axis=1).to_numpy(),
    )  # fmt: skip
    return _effect(evidence, changes, inference.exact_t(changes, confidence))


def _of_which(cells: pd.DataFrame, chosen: pd.Series) -> pd.DataFrame:
    """Return cells of counts whose total is the units that are `chosen`."""
    counted = cells["n"].where(chosen, 0.0)
    return cells.assign(total=counted, total_sq=counted)


def _shift(
    evidence: Evidence,
    name: str,
    cells: pd.DataFrame,
    unit: str,
    confidence: float,
    year: int | None = None,
) -> Effect:
    """Return the shift in a share, by the plan's headline method, or in a rate, by the exact t.

    A rate is counted per month at risk, and months are no cases with a variance between them.
    """
    study, after = evidence.study, year or evidence.period.year
    wash_in = tuple(other for other in evidence.wash_in_years if other != after)
    try:
        levels = did.levels_from_cells(
            cells.assign(measure=name), name, unit, evidence.period.months,
            study.timeline.pre_years, wash_in, (after,),
        )  # fmt: skip
        changes = did.collapse(levels, study.inference.weighting)
    except DesignError as problem:
        return _without(evidence, name, unit, str(problem))
    method = study.inference.headline if unit == SHARE else "exact_t"
    return _effect(evidence, changes, inference.EVERY[method](changes, confidence))


def _effect(evidence: Evidence, changes: Changes, headline: Estimate) -> Effect:
    n_treated = round(changes.n_post[changes.treated].sum())
    levels = did.counterfactual(changes)
    return _estimated(evidence, changes.outcome, headline, levels, n_treated)


def _estimated(
    evidence: Evidence,
    name: str,
    headline: Estimate,
    levels: tuple[float, float],
    n_treated: int,
) -> Effect:
    observed, expected = levels
    return Effect(
        outcome=name,
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
        n_treated=n_treated,
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
