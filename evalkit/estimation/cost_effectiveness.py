"""What an avoided outcome costs, and what a contract by outcome may cost: amounts given by others.

No amount is made here. The costs of process support (`economy`) are not the pilot's, so they do
not belong in `cost_per_avoided`.

Sources: acceptability curve, van Hout, Al, Gordon & Rutten (1994), Health Economics 3(5); why the
ratio needs its interval, Fieller (1954), Journal of the Royal Statistical Society B 16(2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
import pandas as pd
from scipy import stats

from evalkit.errors import DesignError
from evalkit.results import Estimate


@dataclass(frozen=True, slots=True)
class CostPerAvoided:
    """Kronor per avoided outcome, with its interval; NaN throughout, and a `reason`, without one.

    There is no price where the effect's interval holds 0: the ratio has no end there.
    """

    ratio: float
    low: float
    high: float
    reason: str = ""


def cost_per_avoided(extra_cost: float, effect: Estimate) -> CostPerAvoided:
    """Return the extra cost per unit over the outcomes avoided per unit.

    With a known cost the ratio's confidence set is the cost over the effect's limits, Fieller's
    set for a numerator without error.

    Parameters
    ----------
    extra_cost : kronor per unit (child, investigation) more than without the pilot; above 0.
    effect : change in the outcome per unit; below 0 is avoided. Shares as fractions.

    Raises
    ------
    DesignError : a cost that is not a number above 0; a saving needs no price per outcome.
    """
    if not (isfinite(extra_cost) and extra_cost > 0):
        raise DesignError("cost per avoided: give an extra cost above 0 kronor per unit")
    avoided, least, most = -effect.estimate, -effect.conf_high, -effect.conf_low
    if not (isfinite(least) and isfinite(most)):
        return CostPerAvoided(nan, nan, nan, effect.reason or "the effect has no interval")
    if least <= 0 <= most:
        return CostPerAvoided(nan, nan, nan, "the effect's interval holds 0: no price is defined")
    if most < 0:
        return CostPerAvoided(nan, nan, nan, "more outcomes, not fewer: nothing was avoided")
    return CostPerAvoided(extra_cost / avoided, extra_cost / most, extra_cost / least)


def acceptability(
    extra_cost: float, effect: Estimate, df: float, worth: Sequence[float]
) -> np.ndarray:
    """Return, for each worth of an avoided outcome, the probability that it covers the extra cost.

    P(extra_cost <= worth * avoided), the avoided outcomes spread around their estimate as a t with
    `df` degrees of freedom: a confidence distribution, or a posterior when nothing was believed
    beforehand. It tends to 1 minus the one-sided p-value, not to 1, as the worth grows.

    Parameters
    ----------
    extra_cost : kronor per unit; 0 or below is a saving.
    effect : change in the outcome per unit, with its standard error; below 0 is avoided.
    worth : kronor per avoided outcome, 0 or more.

    Returns
    -------
    One probability per worth; NaN throughout where the effect has no standard error.
    """
    prices = np.asarray(worth, float)
    if not (isfinite(extra_cost) and df > 0 and (prices >= 0).all()):
        raise DesignError("acceptability: cost must be a number, 'df' above 0, worths 0 or more")
    if not (isfinite(effect.std_error) and effect.std_error > 0):
        return np.full(prices.shape, nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = extra_cost / prices
    covered = stats.t.sf((needed + effect.estimate) / effect.std_error, df)
    return np.where(prices > 0, covered, float(extra_cost <= 0))


def outcome_contract(
    users: Sequence[int],
    reaching: Sequence[float],
    activity_payment: float,
    outcome_payment: float,
) -> pd.DataFrame:
    """Return what a contract by outcome costs in each scenario: a liability, never a saving.

    users * (activity_payment + share reaching the goal * outcome_payment).

    Parameters
    ----------
    users : numbers of users to reckon with.
    reaching : shares of them that reach the goal, from 0 to 1.
    activity_payment, outcome_payment : kronor per user; the second only when the goal is reached.

    Returns
    -------
    Columns `users`, `reaching`, `cost` (kronor), a row per scenario.

    Raises
    ------
    DesignError : a negative number of users or amount, or a share outside 0 to 1.
    """
    if min(activity_payment, outcome_payment, *users, *reaching) < 0 or max(reaching) > 1:
        raise DesignError("outcome contract: amounts and users are 0 or more, shares from 0 to 1")
    rows = [
        (count, share, count * (activity_payment + share * outcome_payment))
        for count in users
        for share in reaching
    ]
    return pd.DataFrame(rows, columns=["users", "reaching", "cost"])
