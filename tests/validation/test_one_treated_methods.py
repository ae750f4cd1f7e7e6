"""Published figures of the methods for one treated area, and their size on drifting areas.

Tolerances are half a unit in the last published digit unless a test says otherwise; for tobacco
2e-6 more, since the data set keeps packs in single precision.
"""

from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.estimation.detrending import detrended
from evalkit.estimation.did import collapse, levels_from_cells
from evalkit.estimation.heterogeneity import closed_form_level, lau_li
from evalkit.estimation.inference import METHODS, ONE_TREATED, exact_t, permutation
from evalkit.estimation.rearrangement import rearrangement_weight
from evalkit.results import Changes

ALL = ()
SOUTH = ("Alabama", "Arkansas", "Louisiana", "Mississippi")
MIDWEST = ("Illinois", "Iowa", "Minnesota", "Ohio")
# Lee & Wooldridge (2026), Tables 3, 4 and A1, log packs per capita, California against 38 states
# or four: donors, year, demeaned and detrended effect with standard error. Table 3's demeaned
# column is in test_published_estimates.py.
SMOKING = [
    (ALL, None, None, (-0.227, 0.094)),
    (ALL, 1995, None, (-0.282, 0.112)),
    (ALL, 2000, None, (-0.403, 0.152)),
    (SOUTH, None, (-0.556, 0.080), (-0.215, 0.039)),
    (SOUTH, 1989, (-0.247, 0.107), (-0.027, 0.052)),
    (SOUTH, 1995, (-0.611, 0.077), (-0.259, 0.055)),
    (SOUTH, 2000, (-0.839, 0.032), (-0.377, 0.115)),
    (MIDWEST, None, (-0.413, 0.118), (-0.198, 0.079)),
    (MIDWEST, 1989, (-0.178, 0.071), (-0.040, 0.045)),
    (MIDWEST, 1995, (-0.462, 0.133), (-0.239, 0.088)),
    (MIDWEST, 2000, (-0.655, 0.183), (-0.363, 0.136)),
]


@pytest.fixture(scope="module")
def smoking():
    synthdid = pytest.importorskip("synthdid")
    states = pd.read_csv(Path(synthdid.__path__[0]) / "data" / "california_prop99.csv", sep=";")
    return pd.DataFrame(
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


def smoking_levels(cells, donors=ALL):
    chosen = cells[cells["area"].isin([*donors, "California"])] if donors else cells
    return levels_from_cells(
        chosen, "log packs", "log", (1,), range(1970, 1989), (), range(1989, 2001)
    )


@pytest.mark.parametrize(("donors", "year", "demeaned", "trendless"), SMOKING)
def test_california_tobacco_programme(smoking, donors, year, demeaned, trendless):
    levels, years = smoking_levels(smoking, donors), None if year is None else (year,)
    found = exact_t(detrended(levels, years))
    assert (found.estimate, found.std_error) == pytest.approx(trendless, abs=5e-4 + 2e-6)
    if demeaned:
        found = exact_t(collapse(levels, "years", years))
        assert (found.estimate, found.std_error) == pytest.approx(demeaned, abs=5e-4 + 2e-6)


def test_california_in_1989_detrended_against_all_states(smoking):
    """Printed -.043 (.059). Least squares state by state gives -.0423: one unit in the last digit
    off, the only cell of the three tables that does not agree to the digit.
    """
    found = exact_t(detrended(smoking_levels(smoking), (1989,)))
    wide = smoking.pivot(index="area", columns="year", values="total")
    before = np.arange(1970, 1989)
    gap = wide[1989] - wide[before].apply(
        lambda row: np.polyval(np.polyfit(before - 1989, row, 1), 0), axis=1
    )
    assert found.estimate == pytest.approx(gap["California"] - gap.drop("California").mean())
    assert found.estimate == pytest.approx(-0.043, abs=1e-3)
    assert found.std_error == pytest.approx(0.059, abs=5e-4)


def test_california_detrended_p_value(smoking):
    assert exact_t(detrended(smoking_levels(smoking))).p_value == pytest.approx(0.021, abs=5e-4)


def test_california_permuted(smoking):
    assert permutation(collapse(smoking_levels(smoking), "years")).p_value == pytest.approx(1 / 39)
    assert permutation(detrended(smoking_levels(smoking))).p_value == pytest.approx(2 / 39)


def spread_one(m, treated=0.0):
    """Changes with comparison mean 0 and standard deviation 1."""
    comparison = np.arange(m) - (m - 1) / 2
    values = np.r_[treated, comparison / comparison.std(ddof=1)]
    areas = tuple(f"område {number}" for number in range(m + 1))
    units = np.ones(m + 1)
    arm = np.arange(m + 1) == 0
    return Changes("R1", "", areas, arm, np.zeros(m + 1), values, units, units)


# Lau & Li (2025), Table 1 (k = 1): level, m, rho, critical value.
CRITICAL = [
    (0.05, 5, 0.2, 1.360), (0.05, 5, 1, 3.041), (0.05, 5, 2, 5.690), (0.05, 10, 0.2, 0.846),
    (0.05, 10, 1, 2.373), (0.05, 10, 2, 4.581), (0.05, 15, 1, 2.215), (0.05, 15, 2, 4.325),
    (0.05, 20, 1, 2.145), (0.05, 25, 1, 2.105), (0.05, 50, 1, 2.030), (0.01, 5, 1, 5.044),
    (0.01, 10, 1, 3.408), (0.01, 5, 5, 23.112), (0.01, 50, 3.6, 9.655), (0.05, 20, 4.4, 9.221),
]  # fmt: skip


@pytest.mark.parametrize(("level", "m", "rho", "published"), CRITICAL)
def test_lau_li_critical_values(level, m, rho, published):
    """With mean 0 and S = 1 the interval's half width is the critical value."""
    found = lau_li(spread_one(m), 1 - level, rho)
    assert found.conf_high == pytest.approx(published, abs=5e-4 + 1e-9)


# Lau & Li (2025), Table 2: m, rho, largest level in per cent with a closed form.
LEVELS = [
    (5, 0.1, 3.950), (5, 1, 9.456), (5, 2, 11.866), (5, 10, 12.770), (10, 0.5, 7.313),
    (10, 2, 9.404), (20, 1, 6.711), (20, 5, 6.866), (25, 2, 6.354),
    (50, 0.2, 4.663), (50, 2, 5.391),
]  # fmt: skip


@pytest.mark.parametrize(("m", "rho", "published"), LEVELS)
def test_lau_li_levels_with_a_closed_form(m, rho, published):
    """The published ones stem from a search upwards in c: up to .25 points below the root."""
    assert published - 5e-4 <= 100 * closed_form_level(m, rho) <= published + 0.25


# Hagemann (2025), Table 1: comparison areas, one-sided level, rho, weight.
WEIGHTS = [
    (10, 0.10, 2, 0.6333), (15, 0.10, 2, 0.4010), (15, 0.05, 2, 0.5752), (15, 0.025, 2, 0.6981),
    (20, 0.05, 2, 0.5020), (20, 0.01, 2, 0.6986), (15, 0.05, 9, 0.9173),
]  # fmt: skip


@pytest.mark.parametrize(("q", "level", "rho", "published"), WEIGHTS)
def test_rearrangement_weights(q, level, rho, published):
    """The table rounds up to the next 1e-4, so that the level is kept."""
    assert ceil(1e4 * rearrangement_weight(q, level, rho)) == round(1e4 * published)


def autoregressive_changes(random, draws, m, sigma):
    """Changes of 1 + m areas over ten years, six of them before: errors are AR(1) with .5."""
    level = random.normal(size=(draws, m + 1)) / np.sqrt(1 - 0.25)
    years = [level]
    for _ in range(9):
        level = 0.5 * level + random.normal(size=level.shape)
        years.append(level)
    pre, post = np.mean(years[:6], axis=0), np.mean(years[6:], axis=0)
    scale = np.r_[sigma, np.ones(m)]
    areas = tuple(f"område {number}" for number in range(m + 1))
    arm, units = np.arange(m + 1) == 0, np.ones(m + 1)
    for before, after in zip(pre * scale, post * scale, strict=True):
        yield Changes("R1", "", areas, arm, before, after, units, units)


def rejects(found, m):
    return found.p_value <= 0.05 + 1e-9


def rejects_as_panel(found, m):
    """Whether fixest's CRV1 on the panel of ten years rejects: its factor counts years as well."""
    cells, parameters = 10 * (m + 1), 11
    t = abs(found.estimate) / found.std_error
    return t > stats.t.ppf(0.975, m) * np.sqrt((cells - 1) / (cells - parameters))


def sizes(names, draws, m, sigma):
    random, known = np.random.default_rng([m, int(sigma)]), METHODS | ONE_TREATED
    samples = list(autoregressive_changes(random, draws, m, sigma))
    found = {}
    for name in names:
        rule = rejects_as_panel if name == "cluster_robust" else rejects
        found[name] = np.mean([rule(known[name](changes, 0.95), m) for changes in samples])
    return found


# Share of true nulls rejected at two-sided 5 %, from 40,000 draws of the same design (see
# docs/methods.md): comparison areas, ratio of standard deviations, size by method.
SIZES = [
    (4, 1, {"cluster_robust": 0.271, "permutation": 0, "exact_t": 0.050, "lau_li": 0.010}),
    (9, 1, {"cluster_robust": 0.475, "permutation": 0, "exact_t": 0.049, "lau_li": 0.002}),
    (19, 1, {"cluster_robust": 0.637, "permutation": 0.049, "exact_t": 0.050, "lau_li": 0.001}),
    (9, 2, {"cluster_robust": 0.705, "permutation": 0, "exact_t": 0.263, "lau_li": 0.051}),
]


@pytest.mark.parametrize(("m", "sigma", "reference"), SIZES)
def test_sizes_of_the_methods(m, sigma, reference):
    """1,000 draws: four binomial standard errors, one more draw where hardly any is expected."""
    draws = 1000
    found = sizes(reference, draws, m, sigma)
    for name, size in reference.items():
        margin = 4 * np.sqrt(size * (1 - size) / draws) + (1 / draws if size else 0)
        assert found[name] == pytest.approx(size, abs=margin), name


# Reference from 2,000 draws of 999 bootstraps: restricted .000 and .000, unrestricted .268, .496.
WILD = [(4, 0.0, 0.268), (9, 0.0, 0.496)]


@pytest.mark.parametrize(("m", "restricted", "unrestricted"), WILD)
def test_sizes_of_the_wild_bootstrap(m, restricted, unrestricted):
    """1,000 draws against 2,000: four standard errors of the difference, at most .077."""
    draws = 1000
    found = sizes(("wild_restricted", "wild_unrestricted"), draws, m, 1)
    assert found["wild_restricted"] <= restricted + 0.005
    share = unrestricted * (1 - unrestricted)
    margin = 4 * np.sqrt(share / draws + share / 2000)
    assert found["wild_unrestricted"] == pytest.approx(unrestricted, abs=margin)
