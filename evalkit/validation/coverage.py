"""How often the 95 % interval holds the truth, and its power, on districts like ours.

The exact t's interval is exact when areas' changes vary alike and are normal; the headline's knows
the areas' numbers of cases. Each scenario here is a district in which that holds more or less; the
table says what is left of the 95 %. Areas are drawn independently of one another. Rules are
written for thousands of districts at once and are held against the library's own functions in the
tests.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from scipy import stats

from evalkit.estimation.did import Weighting
from evalkit.estimation.load_weighted import error_law
from evalkit.estimation.power import detectable_multiple
from evalkit.reporting.numbers import percent
from evalkit.validation.districts import District, Drawn, draw

CONFIDENCE, POWER = 0.95, 0.8
LOW, HIGH = 0.94, 0.96  # what "covers 95 %" is taken to mean
POWER_MARGIN = 0.02
RHO = 2.0
AT_ONCE = 1000  # districts whose laws are held in memory together


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named kind of district; `label` is what a Swedish page calls it."""

    name: str
    label: str
    district: District


@dataclass(frozen=True, slots=True)
class Coverage:
    """How one method did in one scenario.

    `coverage` is the share of `draws` districts whose interval held the true effect, `error` its
    Monte Carlo standard error, `half_width` the intervals' mean half width in the outcome's unit.
    `power` is the share that found an effect as large as the exact t's analytic minimum detectable
    effect, set to be found by 80 %. `undefined` districts had no case in some area's window.
    """

    scenario: str
    method: str
    weighting: str
    draws: int
    undefined: int
    coverage: float
    error: float
    half_width: float
    power: float

    @property
    def holds(self) -> bool:
        """Whether 94-96 % of the intervals hold the truth."""
        return LOW <= self.coverage <= HIGH

    @property
    def power_holds(self) -> bool:
        """Whether the power is within two points of what was computed."""
        return abs(self.power - POWER) <= POWER_MARGIN


def _scenarios() -> Iterator[Scenario]:
    noisy = District(cases=60.0, shock_sd=0.01, load_sd=0.5)
    shocks = District(cases=1000.0, shock_sd=0.05)
    for m in (3, 4, 6, 8, 9, 14):
        district = District(n_comparison=m)
        yield Scenario(f"areas_{m}", f"lika stora områden, {m} att jämföra med", district)
    yield Scenario(
        "effect", "lika stora områden, sann effekt −6 procentenheter", District(effect=-0.06)
    )
    yield Scenario(
        "caseworkers", "lika stora områden, sann effekt −1 handläggare",
        District(least=1, most=6, base=3.4, shock_sd=0.05, effect=-1.0),
    )  # fmt: skip
    yield Scenario(
        "autocorrelated", "årets avvikelse hänger i sig",
        District(autocorrelation=0.5, shock_sd=0.04),
    )  # fmt: skip
    yield Scenario("siblings", "syskon ihop, lika stora områden", District(together=0.7))
    yield Scenario(
        "shocks_dominate", "olika stora områden, områdenas egna svängningar störst",
        replace(shocks, load_sd=0.5, pilot_load=2.0),
    )  # fmt: skip
    yield Scenario(
        "our_district", "som vårt distrikt: piloten dubbelt så stor som andra områden",
        District(cases=80.0, load_sd=0.15, pilot_load=2.0, effect=-0.06),
    )  # fmt: skip
    yield Scenario("pilot_largest", "få ärenden, piloten störst", replace(noisy, pilot_load=2.5))
    yield Scenario("pilot_smallest", "få ärenden, piloten minst", replace(noisy, pilot_load=0.4))
    for m in (3, 14):
        yield Scenario(
            f"pilot_largest_{m}", f"få ärenden, piloten störst, {m} att jämföra med",
            replace(noisy, n_comparison=m, pilot_load=2.5),
        )  # fmt: skip
        yield Scenario(
            f"pilot_smallest_{m}", f"få ärenden, piloten minst, {m} att jämföra med",
            replace(noisy, n_comparison=m, pilot_load=0.4),
        )  # fmt: skip
    yield Scenario(
        "siblings_pilot_smallest", "syskon ihop, få ärenden, piloten minst",
        replace(noisy, together=0.7, pilot_load=0.4),
    )  # fmt: skip
    yield Scenario("skewed", "sneda svängningar", replace(shocks, skewed=True))
    yield Scenario(
        "rare_and_small", "sällsynt utfall, mycket små områden",
        District(cases=15.0, base=0.03, area_sd=0.005, shock_sd=0.005, load_sd=0.5),
    )  # fmt: skip


SCENARIOS = tuple(_scenarios())


def coverage_table(
    draws: int, seed: int, scenarios: Sequence[Scenario] = SCENARIOS
) -> tuple[Coverage, ...]:
    """Return coverage and power of each method in each scenario.

    Parameters
    ----------
    draws : districts a scenario; 10,000 give a standard error of .2 points.
    """
    return tuple(row for scenario in scenarios for row in _scenario_rows(scenario, draws, seed))


def _scenario_rows(scenario: Scenario, draws: int, seed: int) -> Iterator[Coverage]:
    random = np.random.default_rng([seed, *scenario.name.encode()])
    drawn = draw(scenario.district, draws, random)
    for method, weighting, reach in _reaches(drawn):
        yield _row(scenario, drawn, method, weighting, reach)


def _reaches(drawn: Drawn) -> Iterator[tuple[str, Weighting, np.ndarray]]:
    """Yield each method's half widths, one a district; NaN where a change is missing."""
    m = drawn.district.n_comparison
    critical = float(stats.t.ppf((1 + CONFIDENCE) / 2, m - 1))
    by_cases, by_years = (_spread(drawn, weighting) for weighting in ("cases", "years"))
    yield "exact_t", "cases", critical * sqrt(1 + 1 / m) * by_cases
    yield "exact_t", "years", critical * sqrt(1 + 1 / m) * by_years
    yield "lau_li", "cases", critical * sqrt(RHO**2 + 1 / m) * by_cases
    yield "load_weighted", "cases", load_weighted_reach(drawn)
    if drawn.district.together:
        effect = drawn.district.design_effect
        yield "load_weighted_siblings", "cases", load_weighted_reach(drawn, effect)


def _spread(drawn: Drawn, weighting: Weighting) -> np.ndarray:
    return np.std(drawn.changes(weighting)[:, 1:], axis=1, ddof=1)


def load_weighted_reach(drawn: Drawn, design_effect: float = 1.0) -> np.ndarray:
    """Return `load_weighted.load_weighted`'s half width by district; NaN where it has none."""
    change, chance = drawn.changes("cases"), design_effect * drawn.case_variance("cases")
    usable = np.isfinite(change).all(axis=1) & (chance > 0).all(axis=1)
    usable &= np.ptp(change[:, 1:], axis=1) > 0
    found = np.full(len(change), np.nan)
    rows = np.flatnonzero(usable)
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        law = error_law(change[part, 1:], chance[part, 1:], chance[part, 0])
        found[part] = law.reach(CONFIDENCE)
    return found


def _row(
    scenario: Scenario, drawn: Drawn, method: str, weighting: Weighting, reach: np.ndarray
) -> Coverage:
    change = drawn.changes(weighting)
    miss = change[:, 0] - change[:, 1:].mean(axis=1) - scenario.district.effect
    known = np.isfinite(miss) & np.isfinite(reach)
    miss, reach = miss[known], reach[known]
    covered = float(np.mean(np.abs(miss) <= reach))
    found = float(np.mean(np.abs(miss - _detectable(drawn)) > reach))
    return Coverage(
        scenario.name, method, weighting, len(miss), int((~known).sum()), covered,
        sqrt(covered * (1 - covered) / len(miss)), float(reach.mean()), found,
    )  # fmt: skip


def _detectable(drawn: Drawn) -> float:
    """Return the analytic minimum detectable effect at the comparison areas' true spread.

    The spread is that of all districts drawn, cases weighted alike.
    """
    spread = sqrt(float(np.nanmean(_spread(drawn, "cases") ** 2)))
    return detectable_multiple(drawn.district.n_comparison, 1, POWER, CONFIDENCE) * spread


def verdict(scenario: Scenario, rows: Sequence[Coverage]) -> str:
    """Return the Swedish sentences on one scenario: does the headline interval hold its 95 %?"""
    mine = {(row.method, row.weighting): row for row in rows if row.scenario == scenario.name}
    head, other = mine["load_weighted", "cases"], mine["exact_t", "cases"]
    covers = f"95-procentsintervallet täcker {percent(head.coverage, 1)}"
    if head.holds:
        judged = "som det ska (94–96 %)"
    else:
        width = "för brett" if head.coverage > HIGH else "för smalt"
        judged = f"{width}; det exakta t-testets intervall täcker {percent(other.coverage, 1)}"
    power = f"Styrkan är {percent(head.power)}, beräknat {percent(POWER)}"
    label = scenario.label[0].upper() + scenario.label[1:]
    return f"{label}: {covers}, {judged}. {power}{_left_out(head)}."


def _left_out(row: Coverage) -> str:
    if not row.undefined:
        return ""
    share = percent(row.undefined / (row.draws + row.undefined), 1)
    return f". I {share} av distrikten saknade något område ärenden, och inget kunde beräknas"
