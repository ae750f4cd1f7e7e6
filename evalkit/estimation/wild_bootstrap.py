"""The wild cluster bootstrap on collapsed changes: a diagnostic beside `cluster_robust`.

Changes are regressed on the arm, one area a cluster; Rademacher signs flip each area's residual.
Every combination of signs is used, so there is no simulation error. With one treated area neither
variant is valid: the treated area's own residual is nearly the whole effect when the null is
imposed (restricted: hardly any null is rejected) and zero when it is not (unrestricted: far too
many are).

Source: Cameron, Gelbach & Miller (2008), Review of Economics and Statistics 90(3); MacKinnon &
Webb (2017), Journal of Applied Econometrics 32(2).
"""

import numpy as np

from evalkit.estimation.contrast import contrast, estimate_of, no_estimate
from evalkit.results import Changes, Estimate

MOST_AREAS = 15
# Of the statistic: draws that equal it up to rounding count as equal.
_TIE = 1e-9
_RESTRICTED = "not valid with one treated area: hardly any null is rejected"
_UNRESTRICTED = "not valid with one treated area: far too many true nulls are rejected"


def wild_restricted(changes: Changes, confidence: float = 0.95) -> Estimate:
    """Return the contrast with the p-value of the bootstrap that imposes no effect.

    The p-value is the share of all 2^G draws whose statistic is at least as large in absolute
    value; the sample itself is one of them. There is no interval.
    """
    return _bootstrap(changes, "wild_restricted", _RESTRICTED)


def wild_unrestricted(changes: Changes, confidence: float = 0.95) -> Estimate:
    """Return the contrast with the p-value of the bootstrap around the estimated effect.

    The sample is not one of the 2^G draws; it is counted as one more, so that the p-value is
    never 0. There is no interval.
    """
    return _bootstrap(changes, "wild_unrestricted", _UNRESTRICTED)


def _bootstrap(changes: Changes, method: str, warning: str) -> Estimate:
    found = contrast(changes)
    if found.reason:
        return no_estimate(changes, method, found.reason)
    n_areas = len(changes.areas)
    if n_areas > MOST_AREAS:
        return no_estimate(changes, method, f"{n_areas} areas: too many to enumerate all signs")
    change, arm = changes.change, changes.treated
    restricted = method == "wild_restricted"
    residual = change - (change.mean() if restricted else _fitted(change, arm))
    drawn, spread = _statistic(_signs(n_areas) * residual, arm)
    (observed,), (observed_spread,) = _statistic(change[None, :], arm)
    # |drawn / spread| >= |observed / observed_spread|, without dividing by a spread of zero.
    limit = abs(observed) * spread - _TIE * abs(observed) * observed_spread
    as_large = int((np.abs(drawn) * observed_spread >= limit).sum())
    more = 0 if restricted else 1
    p_value = (as_large + more) / (len(drawn) + more)
    reason = warning if arm.sum() == 1 else ""
    return estimate_of(changes, method, found.difference, p_value, reason=reason)


def _signs(n_areas: int) -> np.ndarray:
    """Return every combination of signs, one a row."""
    bits = np.arange(2**n_areas)[:, None] >> np.arange(n_areas) & 1
    return 1.0 - 2.0 * bits


def _fitted(change: np.ndarray, arm: np.ndarray) -> np.ndarray:
    return np.where(arm, change[arm].mean(), change[~arm].mean())


def _statistic(samples: np.ndarray, arm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's contrast and its cluster-robust error, without the constant factor."""
    treated, comparison = samples[:, arm], samples[:, ~arm]
    variance = treated.var(axis=1) / arm.sum() + comparison.var(axis=1) / (~arm).sum()
    return treated.mean(axis=1) - comparison.mean(axis=1), np.sqrt(variance)
