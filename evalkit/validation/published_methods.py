"""Published figures of the wider methods: donors, trends, dates of treatment, covariates."""

from collections.abc import Iterator
from functools import lru_cache, partial

import numpy as np

from evalkit.estimation.did import collapse, counterfactual, levels_from_cells
from evalkit.estimation.doubly_robust import locally_efficient
from evalkit.estimation.rambachan_roth import (
    Coefficients,
    RobustInterval,
    relative_magnitudes,
    smoothness,
)
from evalkit.estimation.staggered import area_panel, average, group_times
from evalkit.estimation.synthetic import Method, fit_synthetic, panel_of
from evalkit.results import Estimate, Levels
from evalkit.validation import datasets
from evalkit.validation.replication import Replication, printed
from evalkit.validation.sim_rc import sim_rc

SYNTHETIC = "Arkhangelsky m.fl. (2021), tabell 1: Kaliforniens tobaksprogram"
MEDICAID = "Rambachan & Roth (2023), HonestDiD: Medicaid"
COUNTIES = "Callaway & Sant’Anna (2021), did: ungdomars sysselsättning i län"
CROSS_SECTIONS = "Sant’Anna & Zhao (2020), DRDID: simulerade tvärsnitt"

# Bound, lower and upper end.
RELATIVE = (
    (0.5, 0.0241, 0.0673), (1.0, 0.0171, 0.0720), (1.5, 0.00859, 0.0796), (2.0, -0.00107, 0.0883),
)  # fmt: skip
SMOOTH = (
    (0.00, 0.0259, 0.0607), (0.01, 0.0132, 0.0787), (0.02, 0.00286, 0.0907),
    (0.03, -0.00714, 0.101), (0.04, -0.0171, 0.111), (0.05, -0.0271, 0.121),
)  # fmt: skip
_STOPPED = (
    "det tryckta kommer av en iteration som stannar före sitt minimum; minsta kvadrat exakt ger "
    "−19,514, och en längre körning av samma iteration närmar sig det"
)
_GRID = (
    "de tryckta gränserna ligger på ett rutnät med steget 0,0004, och två utgåvor av paketet "
    "skiljer sig med upp till 0,0004 genom sina slumpdragningar"
)
_SEARCH = "en halv enhet i tredje värdesiffran, och 0,00003 för paketets egen sökning"
_ONE_SIGN = (
    "enligt vår läsning av R-paketets källkod, inte bekräftad av dess författare, har ett led i "
    "standardfelet omvänt tecken; derivatan ger 0,2026"
)


def tobacco_levels() -> Levels:
    """Return packs per capita in 39 states, California treated from 1989."""
    cells = datasets.tobacco()
    packs = cells.assign(total=np.exp(cells["total"]))
    before, after = range(1970, 1989), range(1989, 2001)
    return levels_from_cells(packs, "log packs", "packs", (1,), before, (), after)


def synthetic(method: Method) -> float:
    """Return California's effect in packs per capita."""
    return fit_synthetic(panel_of(tobacco_levels()), method).estimate


def plain_did() -> float:
    """Return California's effect in packs per capita, every state and year alike."""
    observed, expected = counterfactual(collapse(tobacco_levels(), "years"))
    return observed - expected


@lru_cache
def medicaid() -> Coefficients:
    """Return the event study of insured shares in states that expanded Medicaid in 2014.

    The panel is balanced, so each coefficient is a difference of means; errors are clustered by
    state with fixest's factor. The effect asked about is that of the first year.
    """
    states = datasets.medicaid()
    share = states.pivot(index="stfips", columns="year", values="dins")
    expanded = states.groupby("stfips")["yexp2"].first().to_numpy() == 2014
    gaps = share.drop(columns=2013).sub(share[2013], axis=0).to_numpy()
    beta = gaps[expanded].mean(axis=0) - gaps[~expanded].mean(axis=0)
    scores = np.empty_like(gaps)
    for arm in (expanded, ~expanded):
        scores[arm] = (gaps[arm] - gaps[arm].mean(axis=0)) / arm.sum()
    areas, cells, parameters = len(gaps), share.size, gaps.shape[1] + share.shape[1]
    factor = areas / (areas - 1) * (cells - 1) / (cells - parameters)
    return Coefficients(beta, scores.T @ scores * factor, 5, np.array([1.0, 0.0]))


@lru_cache
def medicaid_relative(mbar: float) -> RobustInterval:
    """Return the interval under relative magnitudes."""
    return relative_magnitudes(medicaid(), mbar)


@lru_cache
def medicaid_smooth(m: float) -> RobustInterval:
    """Return the interval under smoothness."""
    return smoothness(medicaid(), m)


def medicaid_end(rule: str, bound: float, end: str) -> float:
    """Return one end ("conf_low", "conf_high") of an interval under a rule ("RM", "SD")."""
    found = medicaid_relative(bound) if rule == "RM" else medicaid_smooth(bound)
    return float(getattr(found, end))


@lru_cache
def counties() -> Estimate:
    """Return the simple average effect of minimum wages on log teen employment."""
    cells, first = datasets.counties()
    levels = levels_from_cells(cells, "log", "log", (1,), (2003,), (), range(2004, 2008))
    return average(group_times(area_panel(levels, first))).overall


def counties_part(part: str) -> float:
    """Return one part of the simple average."""
    return float(getattr(counties(), part))


def cross_sections(part: str) -> float:
    """Return the doubly robust estimate ("att") or its error ("std_error") on `sim_rc`."""
    return float(getattr(locally_efficient(sim_rc()), part))


def _synthetic() -> Iterator[Replication]:
    needs = "synthdid"
    did = partial(synthetic, "synthetic_did")
    yield printed(SYNTHETIC, "syntetisk skillnad-i-skillnad", -15.604, 3, did, needs)
    yield printed(SYNTHETIC, "skillnad-i-skillnad", -27.349, 3, plain_did, needs)
    control = partial(synthetic, "synthetic_control")
    yield Replication(
        SYNTHETIC, "syntetisk kontroll", -19.620, 3, 0.11, _STOPPED, control, needs, True
    )  # fmt: skip


def _medicaid() -> Iterator[Replication]:
    for bound, *ends in RELATIVE:
        yield from _interval("RM", f"relativ storlek, M̄ = {_written(bound)}", bound, ends)
    for bound, *ends in SMOOTH:
        yield from _interval("SD", f"jämnhet, M = {_written(bound)}", bound, ends)


def _interval(rule: str, name: str, bound: float, ends: list[float]) -> Iterator[Replication]:
    for (key, which), value in zip(
        (("conf_low", "nedre"), ("conf_high", "övre")), ends, strict=True
    ):
        digits = 5 if abs(value) < 0.01 else 3 if abs(value) > 0.1 else 4
        rough = 8e-4 if rule == "RM" else 0.5 * 10.0 ** -min(digits, 4) + 3e-5
        why = _GRID if rule == "RM" else _SEARCH
        compute = partial(medicaid_end, rule, bound, key)
        figure = f"{which} gräns, {name}"
        yield Replication(MEDICAID, figure, value, digits, rough, why, compute, "moderndid")


def _written(bound: float) -> str:
    return f"{bound:g}".replace(".", ",")


def _averages() -> Iterator[Replication]:
    for part, name, value in (
        ("estimate", "effekt", -0.03995128),
        ("std_error", "analytiskt standardfel", 0.01203401),
    ):
        compute = partial(counties_part, part)
        yield printed(COUNTIES, f"{name}, enkelt medelvärde", value, 8, compute, "moderndid")
    att, error = partial(cross_sections, "att"), partial(cross_sections, "std_error")
    yield printed(CROSS_SECTIONS, "dubbelt robust effekt", -0.1678, 4, att)
    yield Replication(CROSS_SECTIONS, "standardfel", 0.2009, 4, 1.8e-3, _ONE_SIGN, error, "", True)


REPLICATIONS: tuple[Replication, ...] = (*_synthetic(), *_medicaid(), *_averages())
