"""One published figure and what becomes of it here: the record that tests and page share.

The registry's texts are in Swedish, since the page prints them as they stand.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from math import nan
from typing import Literal

Status = Literal["held", "failed", "not_run"]
HALF_A_DIGIT = "en halv enhet i sista tryckta siffran"
_BINARY = 1e-9  # a printed decimal is not exact in binary


@dataclass(frozen=True, slots=True)
class Replication:
    """One figure that somebody printed, and how it is computed here.

    `printed` has `decimals` decimals; `compute` must come within `tolerance` of it, for the
    reason in `why_tolerance`. `needs` names the data package that must be installed, if any.
    `deviates` marks a figure known to be another here, its tolerance only wide enough for that.
    """

    source: str
    figure: str
    printed: float
    decimals: int
    tolerance: float
    why_tolerance: str
    compute: Callable[[], float]
    needs: str = ""
    deviates: bool = False

    @property
    def key(self) -> str:
        """Return what tells this figure from every other."""
        return f"{self.source}: {self.figure}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a replication gave: `found` is NaN when it was not run."""

    replication: Replication
    found: float
    status: Status

    @property
    def to_the_digit(self) -> bool:
        """Whether the figure is found again in every printed digit."""
        return _near(self.found, self.replication.printed, half_a_unit(self.replication.decimals))


def printed(
    source: str,
    figure: str,
    value: float,
    decimals: int,
    compute: Callable[[], float],
    needs: str = "",
) -> Replication:
    """Return a replication that is to hold to half a unit in the last printed digit."""
    half = half_a_unit(decimals)
    return Replication(source, figure, value, decimals, half, HALF_A_DIGIT, compute, needs)


def half_a_unit(decimals: int) -> float:
    """Return half a unit in the last of so many decimals."""
    return 0.5 * 10.0**-decimals


def replicate(replications: Iterable[Replication]) -> tuple[Finding, ...]:
    """Return each replication's finding; one whose data package is missing is not run."""
    return tuple(_finding(one) for one in replications)


def _finding(replication: Replication) -> Finding:
    if replication.needs and find_spec(replication.needs) is None:
        return Finding(replication, nan, "not_run")
    found = replication.compute()
    held = _near(found, replication.printed, replication.tolerance)
    return Finding(replication, found, "held" if held else "failed")


def _near(found: float, printed: float, tolerance: float) -> bool:
    """Return whether a figure is within the tolerance; NaN is no figure, and so is not."""
    return abs(found - printed) <= tolerance + _BINARY
