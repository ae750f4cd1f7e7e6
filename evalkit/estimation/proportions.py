"""One proportion: its interval, its bounds when some answers are unknown; and a ratio of rates."""

from dataclasses import dataclass
from math import inf, nan, sqrt

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


def rate_ratio(
    events: float, time: float, events_before: float, time_before: float, confidence: float = 0.95
) -> Proportion:
    """Return the ratio of two rates of events over time, with its exact interval.

    Given their sum, one count is binomial; Clopper & Pearson's limits for its share are those of
    the ratio. NaN without any event; with none before, the ratio has no upper limit.
    Source: Przyborowski & Wilenski (1940), Biometrika 31(3/4).

    Raises
    ------
    DesignError : a time that is not above 0, or a negative count.
    """
    if not (time > 0 and time_before > 0 and events >= 0 and events_before >= 0):
        raise DesignError("rate_ratio: times must be above 0 and counts not negative")
    if events + events_before == 0:
        return Proportion(nan, nan, nan)
    tail = (1 - confidence) / 2
    low = stats.beta.ppf(tail, events, events_before + 1) if events else 0.0
    high = stats.beta.ppf(1 - tail, events + 1, events_before) if events_before else 1.0
    shares = events / (events + events_before), float(low), float(high)
    odds = [share / (1 - share) if share < 1 else inf for share in shares]
    return Proportion(*(one * time_before / time for one in odds))


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
