"""Areas treated at different dates, and few of them: the exact test over who got which date."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import comb, prod

import numpy as np

from evalkit.estimation.contrast import ROUNDING
from evalkit.estimation.inference import MOST_PLACEMENTS
from evalkit.estimation.staggered import Average, GroupTimes, average, compared
from evalkit.results import Estimate, undefined


def date_permutation(found: GroupTimes, by: Average = "simple") -> Estimate:
    """Return the overall effect with its exact p-value over all ways to deal out the dates.

    Every way to give the areas the same starting years (and as many areas none) is tried; the
    p-value is the share with an overall effect at least as large in absolute value, the realised
    one included. Exact when areas' series are exchangeable under no effect, as when every area
    was as likely to get any of the dates. `reason` states its floor. No interval.

    Parameters
    ----------
    by : which overall mean, as in `staggered.average`.
    """
    panel, weights = found.panel, average(found, by).weights
    value = float(weights @ found.frame["att"])
    labels = np.unique(panel.start)
    counts = [int((panel.start == label).sum()) for label in labels]
    ways = prod(comb(sum(counts[place:]), count) for place, count in enumerate(counts))
    blank = undefined(
        panel.outcome, panel.unit, "date_permutation", "",
        n=round(float(panel.n.sum())), n_areas=len(panel.areas),
    )  # fmt: skip
    if ways > MOST_PLACEMENTS:
        return replace(blank, reason=f"{ways} placements are too many")
    scores = _coefficients(found, weights, labels) @ panel.level.T
    every = _dealt(scores.tolist(), counts, tuple(range(len(panel.areas))))
    effects = np.abs(np.fromiter(every, float, ways))
    p_value = float(np.mean(effects >= abs(value) - ROUNDING * np.abs(panel.level).max()))
    floor = f"smallest possible p-value 1/{ways}"
    return replace(blank, estimate=value, p_value=p_value, reason=floor)


def _coefficients(found: GroupTimes, weights: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return labels by years: what an area with a start adds to the mean per unit of its level.

    They depend on how many areas have each start and not on which, so that dealing the dates out
    anew only changes which areas' levels each row meets.
    """
    panel = found.panel
    out = np.zeros((len(labels), len(panel.years)))
    for weight, row in zip(weights, found.frame.to_dict("records"), strict=True):
        place, base = panel.years.index(row["year"]), panel.base(row["group"])
        others = compared(labels, panel, row["group"], place, found.comparison)
        share = (labels == row["group"]) / row["n_treated"] - others / row["n_comparison"]
        out[:, place] += weight * share
        out[:, base] -= weight * share
    return out


def _dealt(
    scores: Sequence[Sequence[float]], counts: Sequence[int], areas: tuple[int, ...]
) -> Iterator[float]:
    """Yield the sum of scores (labels by areas) for each way to deal the labels to the areas."""
    if len(counts) == 1:
        yield sum(scores[0][area] for area in areas)
        return
    for chosen in combinations(areas, counts[0]):
        rest = tuple(area for area in areas if area not in chosen)
        here = sum(scores[0][area] for area in chosen)
        for further in _dealt(scores[1:], counts[1:], rest):
            yield here + further
