"""One proportion: its interval, and its bounds when some answers are unknown."""

from dataclasses import dataclass
from math import nan, sqrt

from scipy import stats

from evalkit.errors import DesignError


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share between 0 and 1, with lower and upper limit; what limits is told by its maker."""

    estimate: float
    low: float
    high: float


def wilson(yes: float, n: float, confidence: float = 0.95) -> Proportion:
    """Return `yes / n` with Wilson's score interval; NaN when `n` is 0.

    Source: Wilson (1927), Journal of the American Statistical Association 22(158).
    """
    if not 0 <= yes <= n:
        raise DesignError("wilson: 'yes' must lie between 0 and 'n'")
    if n == 0:
        return Proportion(nan, nan, nan)
    z, share = stats.norm.ppf((1 + confidence) / 2), yes / n
    centre = share + z**2 / (2 * n)
    reach = z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    # The exact limits at the ends are 0 and 1; rounding would leave them a hair outside.
    low = 0.0 if yes == 0 else float((centre - reach) / scale)
    high = 1.0 if yes == n else float((centre + reach) / scale)
    return Proportion(share, low, high)


def bounds_with_unknown(yes: float, no: float, unknown: float) -> Proportion:
    """Return the share of yes among known answers, and its bounds if all unknown were no or yes.

    The estimate is NaN when no answer is known, everything when there are none at all.
    """
    if min(yes, no, unknown) < 0:
        raise DesignError("bounds: counts cannot be negative")
    known, everybody = yes + no, yes + no + unknown
    if everybody == 0:
        return Proportion(nan, nan, nan)
    estimate = yes / known if known else nan
    return Proportion(estimate, yes / everybody, (yes + unknown) / everybody)
