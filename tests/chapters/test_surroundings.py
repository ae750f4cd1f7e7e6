"""Shifts beside the outcomes: each against a second count from the same cells."""

from math import exp
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit import surroundings
from evalkit.chapters.threat_checks import finding
from evalkit.evidence import Evidence
from evalkit.framework import load_threats
from evalkit.params import load_periods, load_study

STUDY = load_study(Path(__file__).parents[2] / "params" / "study.yaml")
PERIODS = {period.period: period for period in load_periods(STUDY)}
THREATS = {threat.id: threat for threat in load_threats(STUDY)}
YEARS = range(2017, 2022)
REPORTERS = ("skola", "polis", "förskola")


def counted(measure, levels, seed, scale=12.0):
    """Cells of counts: every area, year, month and level, `total` equal to `n`."""
    rng = np.random.default_rng(seed)
    rows = [
        (measure, area, year, month, level, float(rng.poisson(scale)) + 1)
        for area in STUDY.areas.all
        for year in YEARS
        for month in range(1, 13)
        for level in levels
    ]
    frame = pd.DataFrame(rows, columns=["measure", "area", "year", "month", "level", "n"])
    return frame.assign(
        period="2021", sex="flicka", age_group="0–6", time=-1, total=frame["n"], total_sq=frame["n"]
    )


CELLS = pd.concat(
    [
        counted("background:reporter", REPORTERS, 1),
        counted("reached", [""], 2),
        counted("K1", [""], 3, scale=30),
        counted("K1_UTR", [""], 4),
        counted("handovers", ["slutat", "enhetsgräns", "frånvaro"], 5, scale=3),
        counted("child_months", [""], 6, scale=90),
        counted("R1", ["return", "competing", "censored"], 7),
        counted("R1_follow_up", [""], 8),
        counted("gaps", ["0", "14", "30", ""], 9),
        counted("advice_instead", [""], 10).assign(total=1.0, total_sq=1.0),
        counted("U2_answers", ["ja", "delvis", "nej", "obesvarat"], 11),
    ],
    ignore_index=True,
)


def evidence(cells=CELLS):
    return Evidence(STUDY, tuple(PERIODS.values()), PERIODS["2021"], cells)


def contrast(numerator, denominator):
    """The pilot's change in a ratio of sums less the others' mean change, counted once more."""

    def side(years):
        top, bottom = (
            part[part["year"].isin(years)].groupby("area")["n"].sum()
            for part in (numerator, denominator)
        )
        return top / bottom

    change = side([2021]) - side([2017, 2018, 2019])
    treated = change.index.isin(STUDY.areas.treated)
    return change[treated].mean() - change[~treated].mean()


def of(measure, *levels):
    chosen = CELLS[CELLS["measure"] == measure]
    return chosen[chosen["level"].isin(levels)] if levels else chosen


def test_who_reported():
    found = surroundings.incoming_share(evidence(), "reporter", ("skola", "förskola"), 0.95)
    second = contrast(of("background:reporter", "skola", "förskola"), of("background:reporter"))
    assert found.headline.estimate == pytest.approx(second, abs=1e-12)
    assert found.observed - found.counterfactual == pytest.approx(second, abs=1e-12)


def test_who_was_investigated():
    found = surroundings.investigated_share(evidence(), 0.95)
    assert found.headline.estimate == pytest.approx(contrast(of("K1_UTR"), of("K1")), abs=1e-12)


def test_why_caseworkers_changed():
    found = surroundings.turnover_rate(evidence(), 0.95)
    second = 100 * contrast(of("handovers", "slutat", "frånvaro"), of("child_months"))
    assert found.headline.estimate == pytest.approx(second, abs=1e-10)


def test_whose_follow_up_ended():
    found = surroundings.exit_share(evidence(), "R1", 0.95)
    assert found.headline.estimate == pytest.approx(contrast(of("R1", "competing"), of("R1")))


def test_how_many_closed_at_the_end_of_the_period():
    found = surroundings.closings_share(evidence(), 3, 0.95).headline.estimate
    every = of("R1_follow_up")
    assert found == pytest.approx(contrast(every[every["month"] > 9], every), abs=1e-12)


def test_how_many_investigations_follow_directly():
    """Within the 14 days of the plan: gaps of more count as later."""
    found = surroundings.reopened_share(evidence(), 0.95).headline.estimate
    assert found == pytest.approx(contrast(of("gaps", "0", "14"), of("gaps")), abs=1e-12)


def test_how_many_accepted_of_all_offers():
    found = surroundings.accepted_of_all(evidence(), 0.95).headline.estimate
    yes = of("U2_answers", "ja", "delvis")
    assert found == pytest.approx(contrast(yes, of("U2_answers")), abs=1e-12)


def test_a_shift_can_be_that_of_the_wash_in():
    """A jump in 2020 alone is seen there and not in the reported year."""
    cells = CELLS.copy()
    schools = (cells["measure"] == "background:reporter") & (cells["level"] != "polis")
    struck = schools & cells["area"].isin(STUDY.areas.treated) & (cells["year"] == 2020)
    cells.loc[struck, ["n", "total", "total_sq"]] *= 3
    levels = ("skola", "förskola")
    made = evidence(cells)
    plain, now = (
        surroundings.incoming_share(one, "reporter", levels, 0.95) for one in (evidence(), made)
    )
    then = surroundings.incoming_share(made, "reporter", levels, 0.95, 2020)
    assert now.headline == plain.headline
    assert then.headline.conf_low > 0.1


def test_volume_can_be_that_of_the_wash_in():
    """Half as many in 2020 halves the ratio of that year and leaves the reported one alone."""
    cells = CELLS.copy()
    pilot = cells["area"].isin(STUDY.areas.treated) & (cells["measure"] == "reached")
    cells.loc[pilot & (cells["year"] == 2020), "n"] /= 2
    for year, ratio in ((None, 1), (2020, 0.5)):
        before, after = (
            surroundings.volume(one, (1, 2), 0.95, year).headline.estimate
            for one in (evidence(), evidence(cells))
        )
        assert exp(after - before) == pytest.approx(ratio)


def test_what_the_first_year_lost_it_lost_in_all_areas():
    """Half of all matters that were not investigated in 2017 go: the share is then as counted."""
    cells, first = CELLS.copy(), CELLS["year"] == 2017
    cells.loc[first & (cells["measure"] == "K1"), "n"] /= 2
    found = surroundings.first_year_investigated(evidence(cells), 0.95)
    sums = cells[cells["measure"].isin(["K1", "K1_UTR"])].groupby(["measure", "area", "year"])["n"]
    share = (sums.sum()["K1_UTR"] / sums.sum()["K1"]).unstack()
    gaps = share[2017] - share[[2018, 2019]].mean(axis=1)
    second = stats.ttest_1samp(gaps, 0)
    assert found.headline.estimate == pytest.approx(gaps.mean(), abs=1e-12)
    assert found.headline.p_value == pytest.approx(second.pvalue, abs=1e-12)
    assert found.headline.conf_low == pytest.approx(second.confidence_interval().low, abs=1e-12)
    assert found.headline.conf_low > 0.3


def test_volume_is_a_ratio_of_the_years_own_months():
    """Twice as many matters in the pilot's area doubles the ratio; other months do not matter."""
    found = surroundings.volume(evidence(), (11, 12), 0.95)
    cells = CELLS.copy()
    pilot = cells["area"].isin(STUDY.areas.treated) & (cells["measure"] == "reached")
    after = pilot & (cells["year"] == 2021)
    cells.loc[after & cells["month"].isin([11, 12]), "n"] *= 2
    cells.loc[after & (cells["month"] < 11), "n"] *= 7
    doubled = surroundings.volume(evidence(cells), (11, 12), 0.95)
    ratio = exp(doubled.headline.estimate - found.headline.estimate)
    assert ratio == pytest.approx(2, abs=1e-9)


def test_a_wider_confidence_gives_a_wider_interval():
    narrow, wide = (surroundings.investigated_share(evidence(), level) for level in (0.9, 0.99))
    assert wide.headline.conf_low < narrow.headline.conf_low
    assert wide.headline.conf_high > narrow.headline.conf_high


def test_an_area_without_matters_is_told_and_does_not_stop():
    empty = CELLS[(CELLS["area"] != "Grimsta") | (CELLS["year"] != 2021)]
    found = surroundings.volume(evidence(empty), (1,), 0.95)
    assert found.status == "not_estimable"
    assert "no matters" in found.reason
    assert surroundings.turnover_rate(evidence(empty), 0.95).status == "not_estimable"


def report(cells=CELLS, period="2021"):
    made = Evidence(STUDY, tuple(PERIODS.values()), PERIODS[period], cells)
    return SimpleNamespace(
        study=STUDY, period=PERIODS[period], evidence=made, rule=STUDY.disclosure.rule
    )


def test_a_check_warns_when_what_it_looks_for_is_there():
    """The pilot's caseworkers leave ten times as often after the start, the others' as before."""
    assert "högre än väntat" not in finding(report(), THREATS["T4"]).text
    cells = CELLS.copy()
    left = (cells["measure"] == "handovers") & cells["level"].isin(["slutat", "frånvaro"])
    after = left & cells["area"].isin(STUDY.areas.treated) & (cells["year"] == 2021)
    cells.loc[after, "n"] *= 10
    found = finding(report(cells), THREATS["T4"])
    assert found.status == "warning"
    assert "högre än väntat" in found.text


def test_shifts_that_rest_on_few_children_are_not_shown():
    few = CELLS.copy()
    pilot = few["area"].isin(STUDY.areas.treated) & (few["measure"] == "K1_UTR")
    few.loc[pilot & (few["year"] == 2021), "n"] = 0.0
    few.loc[pilot & (few["year"] == 2021) & (few["month"] == 3), "n"] = 2.0
    found = finding(report(few), THREATS["T7"])
    assert found.status == "untestable"
    assert "för få barn" in found.text


def test_what_had_not_begun_is_not_checked():
    found = finding(report(period="2020"), THREATS["T21"])
    assert (found.status, found.text) == ("pending", "Det började först i november 2021.")


def staffing(left_after):
    months = [f"{year}-{month:02d}-01" for year in YEARS for month in range(1, 13)]
    line = pd.DataFrame({"month": months, "unit_id": "UTRED", "staff": 24.0, "left": 1})
    line.loc[line["month"] >= "2020", "left"] = left_after
    pilot = line.assign(unit_id="PILOT", left=20)
    return SimpleNamespace(registers={"staffing": pd.concat([line, pilot])})


@pytest.mark.parametrize(
    ("left", "status", "said"),
    [
        (1, "weak", "slutade 50 av 100 medarbetare om året före piloten och 50 därefter"),
        (3, "warning", "50 av 100 medarbetare om året före piloten och 150 därefter"),
    ],
)
def test_staff_who_left_the_line_are_set_against_the_years_before(left, status, said):
    """One or three a month of 24; the pilot's own staff do not count."""
    made = report()
    made.cells = staffing(left)
    found = finding(made, THREATS["T5"])
    assert found.status == status
    assert said in found.text


def test_without_staffing_nobody_can_tell_who_left():
    made = report()
    made.cells = SimpleNamespace(registers={"staffing": pd.DataFrame()})
    assert finding(made, THREATS["T5"]).status == "untestable"


def test_what_no_data_can_check_is_said_to_be_so():
    for name in ("T10", "T20", "T23"):
        assert finding(report(), THREATS[name]).status == "untestable"
