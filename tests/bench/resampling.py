"""9,999 resamples: the wild cluster bootstrap of the effect, beside two libraries.

    python -m tests.bench.resampling [--draws N] [--json FILE]

Signs are drawn by area and the null is imposed. Three areas are treated, since with one the
bootstrap is not valid. Every area has as many cases every year: then the two-way regression that
the others resample and evalkit's areas' changes give the same statistics but for a constant
factor, from the rows and from their cells alike.

Of thirteen areas there are 8,192 combinations of signs, and everybody goes through them all. Of
fifteen there are 32,768: evalkit goes through them all, where the others draw as many as asked
for. Before anything is timed they go through them all too, and the p-values must be the same. The
others do not count draws that tie with the sample, of which there are two (the sample itself and
its mirror), give or take their rounding. Of more than fifteen areas evalkit gives no such p-value.
"""

from collections.abc import Callable
from math import sqrt

import numpy as np
import pandas as pd
import pyfixest
import statsmodels.api as sm

from evalkit.estimation.did import collapse
from evalkit.estimation.wild_bootstrap import wild_restricted
from tests.bench.estimation import START, YEARS, levels_of
from tests.bench.measuring import OURS, Record, interleaved, options, tell

try:
    from wildboottest.wildboottest import wildboottest
except ImportError:  # a peer, not a dependency
    wildboottest = None

TREATED, ROWS, TIES = 3, 100_000, 2
PYFIXEST, ALONE = "pyfixest, wildboottest", "statsmodels, wildboottest"

Resample = Callable[[pd.DataFrame, int], float]


def case_rows(areas: int) -> pd.DataFrame:
    """Return about ROWS rows, as many in every area and year.

    The outcome is continuous: of shares many draws tie, which each program counts as its rounding
    has it.
    """
    draw, places = np.random.default_rng(5), areas * YEARS
    place = np.arange(ROWS // places * places) % places
    rows = pd.DataFrame({"area": place // YEARS, "year": place % YEARS})
    rows["att"] = ((rows["area"] < TREATED) & (rows["year"] >= START)).astype(float)
    level = 0.25 + draw.normal(scale=0.02, size=places)[place] - 0.02 * rows["att"]
    return rows.assign(y=level + draw.normal(scale=0.4, size=len(rows)))


def ours(rows: pd.DataFrame, draws: int) -> float:
    return wild_restricted(collapse(levels_of(rows, TREATED), "cases")).p_value


def by_pyfixest(rows: pd.DataFrame, draws: int) -> float:
    fit = pyfixest.feols("y ~ att | area + year", rows, vcov={"CRV1": "area"})
    return float(fit.wildboottest(param="att", reps=draws, seed=1)["Pr(>|t|)"])


def alone(rows: pd.DataFrame, draws: int) -> float:
    effects = pd.get_dummies(rows[["area", "year"]].astype("category"), dtype=float)
    columns = rows[["att"]].join(effects.drop(columns=f"year_{YEARS - 1}"))
    found = wildboottest(
        sm.OLS(rows["y"], columns), B=draws, cluster=rows["area"].to_numpy(), param="att",
        seed=1, show=False,
    )  # fmt: skip
    return float(found["p-value"].iloc[0])


PEERS: dict[str, Resample] = {PYFIXEST: by_pyfixest, ALONE: alone}


def compared(areas: int, draws: int, times: int = 5) -> list[Record]:
    """Return what each program's resamples cost from rows and from cells, after comparing them."""
    every = 2**areas
    rows = case_rows(areas)
    cells = rows.groupby(["area", "year"], as_index=False).mean()
    peers = PEERS if wildboottest else {}
    records = []
    for source, frame in (("rows", rows), ("cells", cells)):
        agree(
            ours(frame, draws),
            {name: peer(frame, every + 1) for name, peer in peers.items()},
            every,
        )
        programs = {OURS: ours} | peers
        answers, spent = interleaved(
            {name: lambda f=one, d=frame: f(d, draws) for name, one in programs.items()}, times
        )
        for name, p_value in answers.items():
            made = every if name == OURS else min(every, draws)
            near(p_value, answers[OURS], made, every)
            told = {"areas": areas, "source": source, "rows": len(frame), "draws": made}
            told |= {"p_value": p_value}
            records.append({"bench": "resampling", "case": name} | told | spent[name])
    return records


def agree(mine: float, others: dict[str, float], every: int) -> None:
    """Stop unless the p-values over all signs are the same but for ties."""
    for name, other in others.items():
        if not -0.5 < (mine - other) * every < TIES + 0.5:
            raise SystemExit(f"{name}: p is {other}, ours {mine}, over the same {every} signs")


def near(drawn: float, exact: float, draws: int, every: int) -> None:
    """Stop when a p-value lies further from the exact one than four Monte Carlo errors."""
    error = sqrt(exact * (1 - exact) / draws) if draws < every else 0.0
    if abs(drawn - exact) > 4 * error + TIES / every:
        raise SystemExit(f"p is {drawn} of {draws} draws and {exact} of all; error {error:.4f}")


def main() -> None:
    given = options("9,999 resamples", draws=(9_999,), areas=(13, 15))
    records = [one for areas in given.areas for one in compared(areas, given.draws[0])]
    if not wildboottest:
        missing = "the package wildboottest is not installed"
        records += [{"bench": "resampling", "case": name, "absent": missing} for name in PEERS]
    tell(records, given.json)


if __name__ == "__main__":
    main()
