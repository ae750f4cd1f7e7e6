"""Published critical values, weights, sizes and detectable effects: no data are needed."""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from math import sqrt

import numpy as np

from evalkit.estimation.heterogeneity import closed_form_level, lau_li
from evalkit.estimation.inference import cluster_robust_size
from evalkit.estimation.power import detectable_multiple
from evalkit.estimation.rearrangement import rearrangement_weight
from evalkit.reporting.numbers import number, percent
from evalkit.results import Changes
from evalkit.validation.replication import Replication, printed

LAU_LI = "Lau & Li (2025), tabell 1: kritiska värden"
LAU_LI_CLOSED = "Lau & Li (2025), sluten form för få områden (referensräkning, inte publicerad)"
LAU_LI_LEVELS = "Lau & Li (2025), tabell 2: största nivå med sluten form"
HAGEMANN = "Hagemann (2025), tabell 1: vikter"
HAGEMANN_SIZES = "Hagemann (2025), tabell 2: storlek, ensidigt 5\N{NO-BREAK SPACE}%"
DETECTABLE = (
    "Minsta påvisbara effekt i standardavvikelser, 80\N{NO-BREAK SPACE}% styrka (referensräkning, "
    "inte publicerad)"
)
CLUSTER = "Klusterrobust storlek (referensräkning, inte publicerad)"

# Level, comparison areas, rho, critical value.
CRITICAL = (
    (0.05, 5, 0.2, 1.360), (0.05, 5, 1, 3.041), (0.05, 5, 2, 5.690), (0.05, 10, 0.2, 0.846),
    (0.05, 10, 1, 2.373), (0.05, 10, 2, 4.581), (0.05, 15, 1, 2.215), (0.05, 15, 2, 4.325),
    (0.05, 20, 1, 2.145), (0.05, 25, 1, 2.105), (0.05, 50, 1, 2.030), (0.01, 5, 1, 5.044),
    (0.01, 10, 1, 3.408), (0.01, 5, 5, 23.112), (0.01, 50, 3.6, 9.655), (0.05, 20, 4.4, 9.221),
)  # fmt: skip
CLOSED = (
    (0.05, 3, 0.5, 3.286), (0.05, 3, 1, 4.968), (0.05, 3, 2, 8.957),
    (0.05, 9, 0.5, 1.386), (0.05, 9, 1, 2.431), (0.05, 9, 2, 4.676),
)  # fmt: skip
# Comparison areas, rho, level in per cent.
LEVELS = (
    (5, 0.1, 3.950), (5, 1, 9.456), (5, 2, 11.866), (5, 10, 12.770), (10, 0.5, 7.313),
    (10, 2, 9.404), (20, 1, 6.711), (20, 5, 6.866), (25, 2, 6.354),
    (50, 0.2, 4.663), (50, 2, 5.391),
)  # fmt: skip
# Comparison areas, one-sided level, rho, weight.
WEIGHTS = (
    (10, 0.10, 2, 0.6333), (15, 0.10, 2, 0.4010), (15, 0.05, 2, 0.5752), (15, 0.025, 2, 0.6981),
    (20, 0.05, 2, 0.5020), (20, 0.01, 2, 0.6986), (15, 0.05, 9, 0.9173),
)  # fmt: skip
# Comparison areas, sigma: share rejected by rearrangement, permutation, Conley & Taber.
ONE_SIDED = {
    (25, 2): (0.050, 0.169, 0.232), (25, 1): (0.002, 0.043, 0.083),
    (50, 2): (0.044, 0.176, 0.211), (50, 1): (0.002, 0.042, 0.062),
}  # fmt: skip
ONE_SIDED_METHODS = ("omkastningstest", "permutation", "Conley–Taber")
# Comparison areas: detectable multiple of an area's standard deviation.
MULTIPLES = {3: 6.53, 4: 4.76, 5: 4.12, 6: 3.80, 9: 3.37, 14: 3.14, 50: 2.89}
GUARDED = {3: 11.5, 4: 8.4, 5: 7.2, 6: 6.6, 9: 5.8, 14: 5.4}  # the same with rho = 2

_SEARCH = (
    "tabellen bygger på en grövre sökning underifrån och ligger upp till 0,25 procentenheter "
    "under roten"
)
_ROUNDED_UP = "tabellen avrundar uppåt till nästa tiotusendel, så att nivån hålls"
_SIMULATED = (
    "båda är simuleringar: fyra slumpfel om 10 000 dragningar. Tabellens antal dragningar är "
    "inte känt, och dess kovariater är utelämnade här"
)
_DRAWS, _SEED = 40_000, 2025


def unit_spread(n_comparison: int, treated: float = 0.0) -> Changes:
    """Return changes of which the comparison areas' have mean 0 and standard deviation 1."""
    m = n_comparison
    comparison = np.arange(m) - (m - 1) / 2
    change = np.r_[treated, comparison / comparison.std(ddof=1)]
    areas = tuple(f"område {place}" for place in range(m + 1))
    units = np.ones(m + 1)
    return Changes("", "", areas, np.arange(m + 1) == 0, np.zeros(m + 1), change, units, units)


def critical_value(level: float, n_comparison: int, rho: float) -> float:
    """Return the critical value of T: with unit spread, half the interval's width."""
    return lau_li(unit_spread(n_comparison), 1 - level, rho).conf_high


def level_in_per_cent(n_comparison: int, rho: float) -> float:
    """Return the largest level with a closed form, in per cent."""
    return 100 * closed_form_level(n_comparison, rho)


@lru_cache
def one_sided_sizes(n_comparison: int, sigma: float) -> tuple[float, ...]:
    """Return the shares of true nulls rejected by the methods of `ONE_SIDED_METHODS`.

    Areas' changes are independent normal, the treated one's standard deviation sigma.
    """
    q = n_comparison
    random = np.random.default_rng([_SEED, q, round(10 * sigma)])
    change = random.normal(size=(_DRAWS, q + 1)) * np.r_[sigma, np.ones(q)]
    comparison = change[:, 1:]
    residual = comparison - comparison.mean(axis=1, keepdims=True)
    difference = change[:, 0] - comparison.mean(axis=1)
    shrunk = (1 - rearrangement_weight(q, 0.05, 2.0)) * difference
    larger = (comparison >= change[:, :1]).sum(axis=1)
    rejected = (
        shrunk >= residual.max(axis=1),
        (1 + larger) / (q + 1) <= 0.05,
        difference > np.quantile(residual, 0.95, axis=1),
    )
    return tuple(float(one.mean()) for one in rejected)


def one_sided_size(n_comparison: int, sigma: float, method: int) -> float:
    """Return one method's share of rejected true nulls."""
    return one_sided_sizes(n_comparison, sigma)[method]


def _critical(source: str, rows: tuple[tuple[float, int, float, float], ...]) -> list[Replication]:
    return [
        printed(
            source,
            f"{m} områden, ρ = {_short(rho)}, nivå {percent(level)}",
            value, 3, partial(critical_value, level, m, rho),
        )
        for level, m, rho, value in rows
    ]  # fmt: skip


def _levels() -> list[Replication]:
    return [
        Replication(
            LAU_LI_LEVELS, f"{m} områden, ρ = {_short(rho)} (procent)", value, 3, 0.25, _SEARCH,
            partial(level_in_per_cent, m, rho),
        )
        for m, rho, value in LEVELS
    ]  # fmt: skip


def _weights() -> list[Replication]:
    return [
        Replication(
            HAGEMANN,
            f"{q} områden, ρ = {_short(rho)}, ensidig nivå {percent(level, 1)}",
            value, 4, 1e-4, _ROUNDED_UP, partial(rearrangement_weight, q, level, rho),
        )
        for q, level, rho, value in WEIGHTS
    ]  # fmt: skip


def _one_sided() -> list[Replication]:
    return [
        Replication(
            HAGEMANN_SIZES,
            f"{name}: {q} områden, σ = {sigma}",
            value, 3, 4 * sqrt(value * (1 - value) / 10_000) + 5e-4, _SIMULATED,
            partial(one_sided_size, q, sigma, place),
        )
        for (q, sigma), values in ONE_SIDED.items()
        for place, (name, value) in enumerate(zip(ONE_SIDED_METHODS, values, strict=True))
    ]  # fmt: skip


def _multiples() -> Iterator[Replication]:
    for m, value in MULTIPLES.items():
        compute = partial(detectable_multiple, m)
        yield printed(DETECTABLE, f"{m} områden, exakt t", value, 2, compute)
    for m, value in GUARDED.items():
        compute = partial(detectable_multiple, m, rho=2.0)
        yield printed(DETECTABLE, f"{m} områden, Lau–Li med ρ = 2", value, 1, compute)


def _short(value: float) -> str:
    return number(value, 0 if value == int(value) else 1)


def _cluster_size() -> list[Replication]:
    compute: Callable[[], float] = partial(cluster_robust_size, 9)
    return [printed(CLUSTER, "9 jämförelseområden, sluten form", 0.497, 3, compute)]


REPLICATIONS: tuple[Replication, ...] = (
    *_critical(LAU_LI, CRITICAL),
    *_critical(LAU_LI_CLOSED, CLOSED),
    *_levels(),
    *_weights(),
    *_one_sided(),
    *_multiples(),
    *_cluster_size(),
)
