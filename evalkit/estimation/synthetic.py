"""A weighted mean of the comparison areas, the donors, made to follow the treated area.

Two methods: synthetic control, and synthetic difference-in-differences.
"""

from dataclasses import dataclass
from math import nan, sqrt
from typing import Literal

import numpy as np

from evalkit.errors import DesignError
from evalkit.estimation.simplex import simplex_weights
from evalkit.results import Levels

Method = Literal["synthetic_control", "synthetic_did"]

# Relative to the levels. A perfect fit leaves some 1e-12 (`simplex.LEAST_RIDGE`), not zero.
FIT_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Panel:
    """Levels as arrays: the treated areas' mean beside each donor, wash-in years left out.

    `years` and `after` (bool) have length T in order of time, `treated` (T,) the treated areas'
    mean level, `comparison` (T, m) one column for each of `donors`; `n_treated` counts areas and
    `n` units.
    """

    donors: tuple[str, ...]
    years: tuple[int, ...]
    after: np.ndarray
    treated: np.ndarray
    comparison: np.ndarray
    n_treated: int
    n: int


@dataclass(frozen=True, slots=True)
class SyntheticFit:
    """A treated series and its weighted comparison.

    `unit_weights` has one weight for each of `donors`, `time_weights` one for each of `pre_years`
    (all zero for synthetic control); `effects` the gap in each of `years`, less the time-weighted
    gap before the start; `estimate` its mean over the years after the start; `pre_rmse` the root
    mean square of the gap before the start, for synthetic difference-in-differences around its
    mean. In the outcome's unit. NaN and empty, with a `reason`, where no fit can be made.
    """

    method: Method
    donors: tuple[str, ...]
    unit_weights: np.ndarray
    pre_years: tuple[int, ...]
    time_weights: np.ndarray
    years: tuple[int, ...]
    effects: np.ndarray
    estimate: float
    pre_rmse: float
    reason: str = ""


def panel_of(levels: Levels) -> Panel:
    """Return the arrays of a balanced panel; a level that is missing is NaN in them.

    Raises
    ------
    DesignError : no treated or no comparison area, or no year before or after the start.
    """
    years = tuple(sorted({*levels.pre_years, *levels.post_years}))
    frame = levels.frame[levels.frame["year"].isin(years)]
    wide = frame.pivot(index="year", columns="area", values="level").reindex(list(years))
    treated = frame.groupby("area")["treated"].first().reindex(wide.columns).to_numpy(bool)
    after = np.isin(years, levels.post_years)
    if treated.all() or not treated.any() or after.all() or not after.any():
        raise DesignError(
            f"{levels.outcome}: {treated.sum()} treated and {(~treated).sum()} comparison areas, "
            f"{(~after).sum()} years before and {after.sum()} after the start; "
            "a comparison needs at least one of each"
        )
    level = wide.to_numpy(float)
    return Panel(
        tuple(wide.columns[~treated]),
        years,
        after,
        level[:, treated].mean(axis=1),
        level[:, ~treated],
        int(treated.sum()),
        round(float(frame["n"].sum())),
    )


def missing_levels(panel: Panel) -> str:
    """Return why a panel with holes cannot be used, or an empty string."""
    holes = int(np.isnan(panel.treated).sum() + np.isnan(panel.comparison).sum())
    return f"{holes} area-years have no level" if holes else ""


def panel_rounding(panel: Panel) -> float:
    """Return the size below which a gap is what rounding and the least ridge leave, not a gap."""
    return FIT_ROUNDING * float(max(np.abs(panel.treated).max(), np.abs(panel.comparison).max()))


def fit_synthetic(panel: Panel, method: Method) -> SyntheticFit:
    """Return a method's weights, gaps and estimate; undefined with fewer than two years or donors.

    Synthetic control: w minimises sum over years before the start of (y_t - sum_j w_j y_jt)^2, and
    the estimate is the mean gap after the start. Synthetic difference-in-differences:

        w minimises  sum_t (w0 + sum_j w_j y_jt - y_t)^2 + zeta^2 T_pre |w|^2
        v minimises  sum_j (v0 + sum_t v_t y_jt - mean of y_j after the start)^2
        estimate = mean gap after the start - sum_t v_t gap_t

    with zeta = (k T_post)^(1/4) times the standard deviation of donors' changes from one year to
    the next before the start. Both under weights >= 0 that sum to one.

    Source: Abadie, Diamond & Hainmueller (2010), Journal of the American Statistical Association
    105(490), with the outcome's earlier levels as the only predictors; Arkhangelsky, Athey,
    Hirshberg, Imbens & Wager (2021), American Economic Review 111(12), Algorithm 1 and equations
    (4)-(6).
    """
    pre_years = tuple(np.array(panel.years)[~panel.after].tolist())
    reason = missing_levels(panel)
    if len(pre_years) < 2:
        reason = "one year before the start: weights need two"
    elif len(panel.donors) < 2:
        reason = "one comparison area: weights need two"
    if reason:
        none = np.array([])
        return SyntheticFit(
            method, panel.donors, none, pre_years, none, panel.years, none, nan, nan, reason
        )
    unit, time = _control_weights(panel) if method == "synthetic_control" else _did_weights(panel)
    gap = panel.treated - panel.comparison @ unit
    before = gap[~panel.after]
    effects = gap - time @ before
    misfit = before if method == "synthetic_control" else _centred(before)
    return SyntheticFit(
        method, panel.donors, unit, pre_years, time, panel.years, effects,
        float(effects[panel.after].mean()), sqrt(float(np.mean(misfit**2))),
    )  # fmt: skip


def _control_weights(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    before = ~panel.after
    unit = simplex_weights(panel.comparison[before], panel.treated[before])
    return unit, np.zeros(int(before.sum()))


def _did_weights(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Return the unit and time weights; centring stands for the two problems' intercepts."""
    before = ~panel.after
    pre, post = panel.comparison[before], panel.comparison[panel.after]
    noise = float(np.diff(pre, axis=0).std())
    zeta_squared = sqrt(panel.n_treated * len(post)) * noise**2
    unit = simplex_weights(_centred(pre), _centred(panel.treated[before]), len(pre) * zeta_squared)
    time = simplex_weights(_centred(pre.T), _centred(post.mean(axis=0)))
    return unit, time


def _centred(rows: np.ndarray) -> np.ndarray:
    return rows - rows.mean(axis=0)
