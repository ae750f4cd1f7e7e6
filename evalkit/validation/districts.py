"""Districts by the thousand, drawn as cells: what a method's coverage is measured on.

Cases are never followed one by one as in `data.simulation`; an area's year is drawn at once. A
case's outcome is a whole number between `least` and `most`: 0 or 1 for a share, 1 to 6 for
caseworkers. Its mean in area g and year t is base + area effect + shock (+ the effect in the
treated area after the start), on the outcome's own scale, so that the true effect is the number
given. Siblings may have one outcome together.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd
from scipy import special, stats

from evalkit.data.simulation.rates import BaseRates
from evalkit.errors import DesignError
from evalkit.estimation.case_variance import Weighting, window_variance
from evalkit.estimation.did import levels_from_cells
from evalkit.results import Levels

MEASURE, FIRST_YEAR, MONTH = "X", 2017, 1
FAMILY_SIZES = np.array(BaseRates().children_per_report)  # shares of families with 1, 2, ... known
FAMILY_MEAN = float(FAMILY_SIZES @ np.arange(1, len(FAMILY_SIZES) + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """One kind of district; the treated area comes first.

    `cases` is a comparison area's mean number of cases in a year, `pilot_load` the treated area's
    as a multiple of it, `load_sd` the standard deviation of the comparison areas' log loads.
    `shock_sd` is that of an area-year's shock, AR(1) with `autocorrelation`; `skewed` shocks are
    exponential. `together` is the chance that siblings have one outcome: their correlation.
    """

    n_comparison: int = 8
    cases: float = 100.0
    pilot_load: float = 1.0
    load_sd: float = 0.0
    pre_years: int = 3
    wash_in_years: int = 1
    post_years: int = 1
    least: int = 0
    most: int = 1
    base: float = 0.25
    effect: float = 0.0
    area_sd: float = 0.02
    shock_sd: float = 0.02
    autocorrelation: float = 0.0
    skewed: bool = False
    together: float = 0.0

    def __post_init__(self) -> None:
        if min(self.n_comparison - 1, self.pre_years, self.post_years) < 1:
            raise DesignError("districts: two comparison areas and a year on each side are needed")
        if not self.least < self.base < self.most or min(self.cases, self.pilot_load) <= 0:
            raise DesignError("districts: base must lie between least and most; loads above 0")
        if not (0 <= self.together <= 1 and 0 <= self.autocorrelation < 1):
            raise DesignError("districts: together and autocorrelation must lie between 0 and 1")

    @property
    def pre(self) -> slice:
        return slice(0, self.pre_years)

    @property
    def post(self) -> slice:
        return slice(self.pre_years + self.wash_in_years, self.years)

    @property
    def years(self) -> int:
        return self.pre_years + self.wash_in_years + self.post_years

    @property
    def loads(self) -> np.ndarray:
        """Expected cases in a year by area; the comparison areas' are lognormal quantiles."""
        m = self.n_comparison
        relative = np.exp(self.load_sd * stats.norm.ppf((np.arange(m) + 0.5) / m))
        return self.cases * np.append(self.pilot_load, relative / relative.mean())

    @property
    def design_effect(self) -> float:
        """What siblings multiply the variance of a mean by: Kish's 1 + (size - 1) * correlation.

        The size is the mean family of a child, sum k^2 f_k / sum k f_k.
        """
        k = np.arange(1, len(FAMILY_SIZES) + 1)
        return 1 + (float(FAMILY_SIZES @ k**2) / FAMILY_MEAN - 1) * self.together


@dataclass(frozen=True, slots=True)
class Drawn:
    """Districts drawn: cases, sums and sums of squares, arrays (districts, areas, years)."""

    district: District
    n: np.ndarray
    total: np.ndarray
    total_sq: np.ndarray

    def changes(self, weighting: Weighting) -> np.ndarray:
        """Return z_g, (districts, areas); NaN where an area has no case on one side."""
        sides = (self.district.post, self.district.pre)
        after, before = (_means(self.n[..., s], self.total[..., s], weighting) for s in sides)
        return after - before

    def case_variance(self, weighting: Weighting) -> np.ndarray:
        """Return v_g as `did.collapse` does, without siblings, (districts, areas)."""
        within = self._within()
        parts = [
            window_variance(self.n[..., side], within[..., side], weighting)
            for side in (self.district.pre, self.district.post)
        ]
        return parts[0] + parts[1]

    def _within(self) -> np.ndarray:
        """Return the variance between cases, (districts, areas, years), as `case_variance` does.

        The treated area's own where it is larger than the comparison areas' together.
        """
        squares = self.total_sq - self.total**2 / np.maximum(self.n, 1)
        freedom = np.maximum(self.n, 1) - 1
        common = squares[:, 1:].sum(axis=1) / np.maximum(freedom[:, 1:].sum(axis=1), 1)
        within = np.repeat(common[:, None], self.n.shape[1], axis=1)
        own = squares[:, 0] / np.maximum(freedom[:, 0], 1)
        within[:, 0] = np.maximum(own, common)
        return within

    def cells(self, number: int) -> pd.DataFrame:
        """Return one district's cells, as the functions of `estimation` take them."""
        areas, years = self.n.shape[1:]
        rows = {name: getattr(self, name)[number].ravel() for name in ("n", "total", "total_sq")}
        area = np.repeat([f"område {i:02d}" for i in range(areas)], years)
        return pd.DataFrame(
            {
                "measure": MEASURE,
                "area": area,
                "treated": np.repeat(np.arange(areas) == 0, years),
                "year": np.tile(FIRST_YEAR + np.arange(years), areas),
                "month": MONTH,
                **rows,
            }
        )

    def levels(self, number: int) -> Levels:
        """Return one district's levels, through the library's own way from cells."""
        year = FIRST_YEAR + np.arange(self.district.years)
        pre, post = year[self.district.pre], year[self.district.post]
        washed = [int(y) for y in year if y not in pre and y not in post]
        return levels_from_cells(
            self.cells(number), MEASURE, "andel", [MONTH], pre.tolist(), washed, post.tolist()
        )


def draw(district: District, draws: int, random: np.random.Generator) -> Drawn:
    """Return `draws` districts of one kind."""
    shape = (draws, district.n_comparison + 1, district.years)
    alone, together = _children(district, shape, random)
    chance = _chances(district, shape, random)
    counts = random.multinomial(alone, chance)
    for size, families in enumerate(together, start=2):
        counts += size * random.multinomial(families, chance)
    values = np.arange(district.least, district.most + 1)
    return Drawn(
        district, counts.sum(axis=-1) * 1.0, counts @ values * 1.0, counts @ values**2 * 1.0
    )


def _children(
    district: District, shape: tuple[int, ...], random: np.random.Generator
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the children with an outcome of their own, and the families of 2, 3, ... with one.

    Numbers of families are Poisson, so that those of each size are, independently.
    """
    load = district.loads[:, None] / FAMILY_MEAN
    alone = random.poisson(load * FAMILY_SIZES[0], shape)
    together = []
    for size, share in enumerate(FAMILY_SIZES[1:], start=2):
        alone = alone + size * random.poisson(load * share * (1 - district.together), shape)
        if district.together:
            together.append(random.poisson(load * share * district.together, shape))
    return alone, together


def _chances(district: District, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Return the chance of each value of a case's outcome: binomial with the area-year's mean."""
    draws, areas, _ = shape
    mean = district.base + random.normal(0, district.area_sd, (draws, areas, 1))
    mean = mean + district.shock_sd * _shocks(district, shape, random)
    mean[:, 0, district.post] += district.effect
    top = district.most - district.least
    q = np.clip((mean - district.least) / top, 0, 1)[..., None]
    k = np.arange(top + 1)
    return special.comb(top, k) * q**k * (1 - q) ** (top - k)


def _shocks(district: District, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Return stationary AR(1) shocks with mean 0 and variance 1."""
    new = random.exponential(1, shape) - 1 if district.skewed else random.normal(0, 1, shape)
    rho = district.autocorrelation
    for year in range(1, shape[2]):
        new[..., year] = rho * new[..., year - 1] + sqrt(1 - rho**2) * new[..., year]
    return new


def _means(n: np.ndarray, total: np.ndarray, weighting: Weighting) -> np.ndarray:
    """Return areas' means over a window, (districts, areas)."""
    if weighting == "cases":
        cases = n.sum(axis=-1)
        return total.sum(axis=-1) / np.where(cases > 0, cases, np.nan)
    some = n > 0
    level = np.where(some, total / np.where(some, n, 1), 0).sum(axis=-1)
    return level / np.where(some.any(axis=-1), some.sum(axis=-1), np.nan)
