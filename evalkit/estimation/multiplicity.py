"""Several primary outcomes, one question: p-values that hold for all of them together."""

from collections.abc import Sequence
from math import nan

import numpy as np

from evalkit.errors import DesignError


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return Holm's adjusted p-values, in the order given.

    Rejecting those of at most alpha rejects any true null among them with probability at most
    alpha, however the outcomes depend on one another. An undefined p-value (NaN) stays undefined
    but counts as a test of the family: the plan set its size, not the data.

    Parameters
    ----------
    p_values : one for each outcome of the family.

    Raises
    ------
    DesignError : a p-value outside 0 to 1.

    Source: Holm (1979), Scandinavian Journal of Statistics 6(2).
    """
    given = np.asarray(p_values, float)
    wrong = int(((given < 0) | (given > 1)).sum())
    if wrong:
        raise DesignError(f"holm: {wrong} of {len(given)} p-values are not between 0 and 1")
    order = np.argsort(given)  # NaN last
    left = len(given) - np.arange(len(given))
    raised = np.minimum(1.0, np.maximum.accumulate(left * given[order]))
    adjusted = np.full(len(given), nan)
    adjusted[order] = raised
    return tuple(adjusted.tolist())
