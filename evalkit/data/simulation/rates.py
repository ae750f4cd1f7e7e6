"""The numbers of the simulation: base rates with their sources, and the noise of areas and years.

Sources are named beside the numbers; "assumed" is a judgement made for the demonstration and
says nothing about any real district.
"""

from dataclasses import dataclass, replace

import numpy as np

KINDS = ("anmälan", "ansökan", "information på annat sätt", "yttrande")
REPORTERS = (
    "polis", "skola", "förskola", "hälso- och sjukvård", "socialtjänst", "privatperson",
    "barnet", "vårdnadshavare", "anonym", "annan",
)  # fmt: skip
REASONS = (
    "omsorgssvikt", "förälders missbruk", "förälders psykiska ohälsa", "konflikt",
    "våld i nära relation", "våld mot barn", "barnets beteende", "kriminalitet", "missbruk",
    "skolfrånvaro", "psykisk ohälsa", "heder", "annat",
)  # fmt: skip
UNITS = ("MOTT", "UTRED", "BEHAND", "PILOT")  # intake, investigation, treatment, pilot team
PILOT = 3


@dataclass(frozen=True, slots=True)
class BaseRates:
    """What is true with and without the pilot. Shares are fractions, durations days."""

    # Inflow. Reports per 1 000 children rose 27 % from 2018 to 2021, 7.6 % a year, and reports on
    # children were about 2 700 in a district of this size in 2018 (Socialstyrelsen's mapping of
    # reports 2018 and 2021, applied to the district's population). Returning children add to
    # those who are new; their number is set so that the total comes out.
    new_children_first_year: float = 1350.0
    yearly_growth: float = 1.076
    burn_in_years: int = 5  # before the first extract year, so that returns are under way
    # Peaks in May and November, trough in July: assumed; the mean is 1.
    season: tuple[float, ...] = (
        1.0, 1.0, 1.08, 1.0, 1.25, 0.95, 0.55, 0.8, 1.1, 1.12, 1.25, 0.9,
    )  # fmt: skip
    # Reports in May and September 2020 against 2019: Socialstyrelsen.
    pandemic_year: int = 2020
    pandemic_months: tuple[int, ...] = (5, 9)
    pandemic_bump: float = 1.05
    pandemic_from: int = 3  # the month of that year in which it began
    treated_share: float = 0.20  # of the inflow; assumed, 0.12-0.30 plausible
    comparison_shares: tuple[float, ...] = (0.9, 1.2, 1.1, 0.8, 0.95, 1.0, 1.15, 0.9)  # relative
    children_per_report: tuple[float, ...] = (0.60, 0.24, 0.12, 0.04)  # mean 1.6: assumed
    together: float = 0.7  # siblings whose matters run together: assumed

    # Children. 55 % boys, two thirds aged 0-12: Socialstyrelsen 2018.
    boys: float = 0.55
    # By whole year of age when first known, 0-19; the last two fall outside the study's scope.
    ages: tuple[float, ...] = (0.058,) * 7 + (0.052,) * 6 + (0.072,) * 5 + (0.002, 0.002)
    unaccompanied: float = 0.015  # assumed
    protected_identity: float = 0.02  # assumed
    leave_per_year: float = 0.07  # families leaving the district: assumed
    move_per_year: float = 0.05  # families moving between areas: assumed
    death_per_year: float = 0.0003  # assumed
    secrecy_per_year: float = 0.002  # assumed

    # Referrals. Kinds: 83 % reports, 9 % applications (Göteborgsregionen 2018). Police, school
    # and health care make 60 % of the reports; reasons: parents 39 %, child 33 %, violence 20 %
    # (Socialstyrelsen 2018). Order as in KINDS, REPORTERS and REASONS.
    kinds: tuple[float, ...] = (0.83, 0.09, 0.05, 0.03)
    reporters: tuple[float, ...] = (0.22, 0.25, 0.0, 0.15, 0.10, 0.08, 0.01, 0.05, 0.06, 0.08)
    own_reporters: tuple[float, ...] = (0, 0, 0, 0, 0, 0, 0.1, 0.85, 0, 0.05)  # of applications
    preschool_age: int = 6
    teen_age: int = 13
    reasons_preschool: tuple[float, ...] = (
        0.20, 0.15, 0.10, 0.14, 0.17, 0.10, 0.06, 0.0, 0.0, 0.0, 0.01, 0.005, 0.065,
    )  # fmt: skip
    reasons_child: tuple[float, ...] = (
        0.15, 0.11, 0.08, 0.12, 0.13, 0.10, 0.15, 0.02, 0.01, 0.06, 0.03, 0.01, 0.03,
    )  # fmt: skip
    reasons_teen: tuple[float, ...] = (
        0.06, 0.05, 0.03, 0.06, 0.05, 0.05, 0.15, 0.18, 0.14, 0.09, 0.08, 0.01, 0.05,
    )  # fmt: skip
    protection_assessed: float = 0.97  # assumed
    protection_same_day: float = 0.85  # assumed
    # Further reports on a known family, screened out or attached to what goes on: assumed.
    further_reports: float = 0.70
    further_report_days: float = 300.0
    further_report_covers: float = 0.8  # chance that a given child of the family is named

    # Screening. 38 % of all reports were investigated (Socialstyrelsen 2018), counting returns;
    # the share of first reports is lower. 15-25 % took more than 14 days (IVO, south-west, 2014).
    opens_first: float = 0.31
    opens_later_365: float = 0.08  # within a year of a screened-out first report: assumed
    screening_median: float = 8.0
    screening_sd_log: float = 0.70
    # Investigations. 14 % (IVO 2014) to 33 % (Stockholm 2018) took more than four months.
    investigation_median: float = 105.0
    investigation_sd_log: float = 0.35
    investigation_least: int = 14
    extended_when_late: float = 0.8  # assumed
    # Back-to-back investigations exist (JO 2565-2016, 2411-2017); how often is assumed.
    at_once: float = 0.03
    at_once_days: int = 14
    # 22-25 % of children returned within a year of closing (KKiK 2016). The hazard falls: half
    # of a year's returns come within four to five months (assumed).
    return_365: float = 0.255
    return_shape: float = 0.65

    # Support. 30-45 % of investigations lead to support; 10-20 % of needs lack a suitable
    # service; 65-75 % of services are completed: assumed within those bands.
    need: float = 0.58
    second_area_of_need: float = 0.35
    started_in_time: float = 0.55
    started_before_closing: float = 0.15
    start_lag: float = 22.0
    # Of needs without a service in time: no suitable service, declined, no answer, granted but
    # never started, placement out of home, started late. Assumed.
    otherwise: tuple[float, ...] = (0.30, 0.36, 0.08, 0.07, 0.09, 0.10)
    service_median: float = 150.0
    service_sd_log: float = 0.6
    # Completed, broken off by the family, by the administration, another service instead.
    service_ends: tuple[float, ...] = (0.74, 0.15, 0.04, 0.07)
    closed_with_project: float = 0.3  # of the pilot team's services on its last day: assumed
    unrecorded_line: float = 0.35  # answers to offers that the line did not record: assumed
    unrecorded_pilot: float = 0.05
    advice_line: float = 0.06  # advice and support, per matter: assumed
    advice_pilot: float = 0.20
    advice_anonymous_per_year: float = 40.0

    # Staff. 60-80 caseworkers, nine in the pilot (press); 30-34 % of social secretaries left in
    # a year (SSR/SCB 2016-17), more in 2021 (the district's own report).
    seats: tuple[int, ...] = (16, 28, 17, 9)
    turnover_per_year: float = 0.30
    turnover_high_year: int = 2021
    turnover_high: float = 0.38
    # Chance of a change of caseworker for another reason than turnover, in the line and in the
    # team, while investigating and while treating: long absence, redistribution of work, a
    # family's wish, unknown. Assumed, so that a whole chain meets 3.2-4.0 caseworkers in the
    # line and 1.3-2.0 in the team.
    handover_investigating: tuple[float, float] = (0.22, 0.08)
    handover_treating: tuple[float, float] = (0.12, 0.06)
    handover_reasons: tuple[float, ...] = (0.35, 0.45, 0.08, 0.12)
    passed_on_in_team: float = 0.04  # the pilot team hands over between two phases: assumed
    duty: float = 0.15
    cover: float = 0.10
    co_worker: float = 0.25

    # Differences between areas, and shocks of an area in a year: normal, alike for all areas.
    area_sd: float = 0.02
    shock_sd_shares: float = 0.02
    shock_sd_workers: float = 0.05


@dataclass(frozen=True, slots=True)
class Noise:
    """Area levels, shocks and drifts, `(areas, years)`, added to a chance or mean."""

    first_year: int
    returns: np.ndarray
    uptake: np.ndarray
    workers: np.ndarray

    def with_added(self, kind: str, areas: slice, values: np.ndarray) -> "Noise":
        """Return the noise with values (areas by years, or one of them) added in some areas."""
        changed = getattr(self, kind).copy()
        changed[areas] += values
        return replace(self, **{kind: changed})

    @property
    def years(self) -> np.ndarray:
        return self.first_year + np.arange(self.returns.shape[1])

    def at(self, kind: str, area: np.ndarray, year: np.ndarray) -> np.ndarray:
        values = getattr(self, kind)
        return values[area, np.clip(year - self.first_year, 0, values.shape[1] - 1)]


def draw_noise(
    rng: np.random.Generator, areas: int, first_year: int, years: int, rates: BaseRates
) -> Noise:
    """Return noise drawn without regard to which areas get the pilot."""

    def field_of(sd: float) -> np.ndarray:
        level = rng.normal(0, rates.area_sd, (areas, 1))
        return level + rng.normal(0, sd, (areas, years))

    shares, workers = rates.shock_sd_shares, rates.shock_sd_workers
    return Noise(first_year, field_of(shares), field_of(shares), field_of(workers))
