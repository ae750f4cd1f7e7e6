"""Had some of the pilot also reached the areas it is compared with, what would its effect be?

Nobody knows how much of a way of working spread, so the effect is given for a range of shares. If
the spread went by nearness, near areas would have moved with the treated one: they are set against
the far ones, and the effect is taken against the far ones alone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.errors import DesignError
from evalkit.estimation.inference import exact_t
from evalkit.results import Changes, Estimate

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class NearAndFar:
    """Exact t's of areas' changes: the treated area against far areas only, and near against far.

    Where near areas moved like the treated one, `spread` has the effect's sign.
    """

    against_far: Estimate
    spread: Estimate


def undiluted(effect: Estimate, share: float) -> Estimate:
    """Return the effect had `share` of it reached the comparison areas too: effect / (1 - share).

    Estimate, error and limits are scaled alike; the p-value is the effect's own. The share is taken
    as known, the same in every comparison area, and its effect there as large as in the treated.

    Raises
    ------
    DesignError : a share below 0, or of 1 and more, which would leave nothing to compare.
    """
    if not 0 <= share < 1:
        raise DesignError("spillover: the share must lie from 0 to under 1")
    left = 1 - share
    return replace(
        effect,
        estimate=effect.estimate / left,
        std_error=effect.std_error / left,
        conf_low=effect.conf_low / left,
        conf_high=effect.conf_high / left,
    )


def dilution_grid(
    effect: Estimate, shares: Sequence[float] = SHARES
) -> tuple[tuple[float, Estimate], ...]:
    """Return the effect for each share that may have reached the comparison areas, in order."""
    return tuple((share, undiluted(effect, share)) for share in shares)


def near_and_far(
    changes: Changes, near: Collection[str], confidence: float = 0.95
) -> NearAndFar:  # fmt: skip
    """Return the effect against far areas only, and how near areas moved compared with far ones.

    Raises
    ------
    DesignError : a near area that is not a comparison area, or no comparison area left far.
    """
    is_near = np.isin(changes.areas, list(near))
    unknown = len(set(near)) - int((is_near & ~changes.treated).sum())
    if unknown or not is_near.any():
        raise DesignError(
            f"{changes.outcome}: {unknown} near areas are not comparison areas; name at least one"
        )
    if not (~is_near & ~changes.treated).any():
        raise DesignError(f"{changes.outcome}: every comparison area is near; name fewer")
    others = changes.keeping(~changes.treated)
    placed = replace(others, treated=is_near[~changes.treated])
    return NearAndFar(
        exact_t(changes.keeping(~is_near), confidence),
        replace(exact_t(placed, confidence), term="spread"),
    )
