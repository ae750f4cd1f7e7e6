"""How far something moved beside what was expected, in words, and whether that could be seen."""

from math import exp, log1p

from evalkit.reporting.numbers import interval, number, percent, points, rounded
from evalkit.results import Effect, Estimate

_SHARE, _LOG = "procentenheter", "log av kvot"
_DECIMALS = {_SHARE: 0, _LOG: 0, "handläggare": 2}  # else 1
_END_UNITS = {_LOG: "%"}  # as the ends of an interval have it, where not the unit itself
# A check whose interval reaches further than this to either side could have missed what matters:
# percentage points for a share, a part of what was expected for counts and rates.
WIDE_SHARE, WIDE_PART = 0.05, 0.25


def shifted(shift: Effect) -> str:
    """Return a difference and its interval in words: "3 procentenheter lägre än väntat (...)"."""
    headline = shift.headline
    scaled = [
        _in_unit(value, headline.unit)
        for value in (headline.estimate, headline.conf_low, headline.conf_high)
    ]
    decimals = _DECIMALS.get(headline.unit, 1)
    size = rounded(scaled[0], decimals)
    unit = _END_UNITS.get(headline.unit, headline.unit)
    ends = f"({interval(scaled[1], scaled[2], decimals)}\u00a0{unit})"
    if not size and is_wide(shift):
        return f"varken säkert lägre eller säkert högre än väntat {ends}"
    if not size:
        return f"ungefär som väntat {ends}"
    side = "lägre" if size < 0 else "högre"
    return f"{_with_unit(float(abs(size)), headline.unit)} {side} än väntat {ends}"


def _in_unit(value: float, unit: str) -> float:
    if unit == _SHARE:
        return 100 * value
    return 100 * (exp(value) - 1) if unit == _LOG else value


def _with_unit(size: float, unit: str) -> str:
    if unit == _SHARE:
        return points(size / 100)
    return percent(size / 100) if unit == _LOG else f"{number(size, _DECIMALS.get(unit, 1))} {unit}"


def reach(estimate: Estimate) -> float:
    """Return half the interval's length: how far off the estimate may be."""
    return (estimate.conf_high - estimate.conf_low) / 2


def is_wide(shift: Effect) -> bool:
    """Tell whether the interval is so long that a shift which matters could have been missed."""
    if shift.headline.unit == _SHARE:
        return reach(shift.headline) > WIDE_SHARE
    part = log1p(WIDE_PART) if shift.headline.unit == _LOG else WIDE_PART * shift.counterfactual
    return reach(shift.headline) > part


def leaves_out_zero(estimate: Estimate) -> bool:
    """Tell whether zero lies outside the interval."""
    return estimate.conf_low > 0 or estimate.conf_high < 0
