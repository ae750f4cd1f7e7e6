"""How far would the effect carry? The effect re-weighted to another district's mix of children.

Each stratum's effect is kept and the strata are weighed as in the target. Strata that the target
has and the study lacks are not borrowed from others: the answer holds for the rest, and how large
the unanswered part is stands beside it.

Sources: weighting to a target, Cole & Stuart (2010), American Journal of Epidemiology 172(1);
effective sample size, Kish (1965), Survey Sampling.
"""

from dataclasses import dataclass, replace
from math import nan

import pandas as pd

from evalkit.errors import DesignError
from evalkit.estimation.composition import Strata, standardised_changes
from evalkit.estimation.contrast import no_estimate
from evalkit.estimation.did import collapse
from evalkit.estimation.inference import exact_t
from evalkit.results import Estimate


@dataclass(frozen=True, slots=True)
class Transported:
    """The effect with the target's mix, over the strata that the study can answer for.

    `estimate` is an exact t of areas' standardised changes. `supported` is the share of the
    target's units in strata where every area has units before and after; `unsupported` names the
    others. `low` and `high` bound the effect in the whole target, whatever the effect is in the
    strata that are missing (the chance of areas not included): NaN when it has no known limits.
    `n` is the treated areas' units after the start in the supported strata and `effective_n` what
    they are worth once weighed.
    """

    estimate: Estimate
    supported: float
    unsupported: tuple[str, ...]
    low: float
    high: float
    n: int
    effective_n: float


def transport(
    strata: Strata, target: pd.Series, confidence: float = 0.95, *, largest_effect: float = nan
) -> Transported:
    """Return the effect as it would be with the target's mix of strata.

    Parameters
    ----------
    strata : the study's counts and sums by area, year and stratum.
    target : the other district's units per stratum, the index as the columns of `strata.n`.
    largest_effect : the most that an effect can be either way; 1 for a share, NaN when unbounded.

    Assumes that a stratum's effect is the same there as here, which no data of this district show.

    Raises
    ------
    DesignError : the target has no units, a negative or missing number, or a stratum twice.
    """
    _check(target)
    wanted = target / target.sum()
    held = [stratum for stratum in strata.n.columns if _everywhere(strata, stratum)]
    mix = wanted.reindex(strata.n.columns).where(strata.n.columns.isin(held)).fillna(0.0)
    supported = float(mix.sum())
    missing = wanted[(wanted > 0) & ~wanted.index.isin(held)]
    units = strata.n[_treated_after(strata)].sum()
    estimate, effective = _no_overlap(strata), 0.0
    if supported > 0:
        mixed = replace(strata, weights=mix / supported)
        estimate = replace(exact_t(standardised_changes(mixed), confidence), term="transported")
        used = mixed.weights > 0
        effective = float(1 / (mixed.weights[used] ** 2 / units[used]).sum())
    reach = (1 - supported) * largest_effect if len(missing) else 0.0
    middle = supported * estimate.estimate if supported > 0 else 0.0
    return Transported(
        estimate,
        supported,
        tuple(_name(stratum) for stratum in missing.index),
        middle - reach,
        middle + reach,
        round(float(units[mix > 0].sum())),
        effective,
    )


def _check(target: pd.Series) -> None:
    if target.index.has_duplicates or target.isna().any() or (target < 0).any():
        raise DesignError("transport: the target needs one number, 0 or more, for each stratum")
    if target.sum() == 0:
        raise DesignError("transport: the target has no units")


def _everywhere(strata: Strata, stratum: object) -> bool:
    """Tell whether every area has units of the stratum before and after the start."""
    n = strata.n[stratum]
    for years in (strata.levels.pre_years, strata.levels.post_years):
        inside = n.index.get_level_values("year").isin(list(years))
        if (n[inside].groupby(level="area").sum() <= 0).any():
            return False
    return True


def _treated_after(strata: Strata) -> pd.Series:
    frame = strata.levels.frame
    return (frame["treated"] & frame["post"]).to_numpy()


def _no_overlap(strata: Strata) -> Estimate:
    reason = "no stratum of the target has units in every area before and after"
    empty = no_estimate(collapse(strata.levels, "cases"), "exact_t", reason)
    return replace(empty, term="transported")


def _name(stratum: object) -> str:
    return ", ".join(map(str, stratum)) if isinstance(stratum, tuple) else str(stratum)
