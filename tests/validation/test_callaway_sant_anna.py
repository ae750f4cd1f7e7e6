"""Callaway & Sant'Anna (2021) on county teen employment (mpdta): published figures and oracles.

Tolerance 1e-8 against the packages, which print or hold their figures in double precision: every
figure is a mean of means, and only the order of the sums differs.
"""

import warnings

import numpy as np
import pandas as pd
import pytest

from evalkit.estimation.staggered import area_panel, average, group_times
from evalkit.results import Levels

NAMES = {
    "never": ("never_treated", "nevertreated"),
    "not_yet": ("not_yet_treated", "notyettreated"),
}
MODERNDID = {"simple": "simple", "event": "dynamic", "group": "group", "calendar": "calendar"}


@pytest.fixture(scope="module")
def counties():
    moderndid = pytest.importorskip("moderndid")
    table = moderndid.load_mpdta().to_pandas()
    return table.rename(columns={"first.treat": "first", "countyreal": "county"})


@pytest.fixture(scope="module")
def mpdta(counties):
    frame = pd.DataFrame({
        "area": counties["county"].astype(str), "treated": counties["first"] > 0,
        "year": counties["year"], "post": False, "n": 1.0,
        "total": counties["lemp"], "level": counties["lemp"],
    })  # fmt: skip
    first = counties.set_index(counties["county"].astype(str))["first"].to_dict()
    starts = {area: int(year) if year else None for area, year in first.items()}
    return area_panel(Levels("lemp", "log", frame, (2003,), (), ()), starts)


def test_simple_average_as_published(mpdta):
    """-0.03995128 with analytic error .01203401, as R's did and four other packages give it."""
    found = average(group_times(mpdta)).overall
    assert found.estimate == pytest.approx(-0.03995128, abs=5e-9)
    assert found.std_error == pytest.approx(0.01203401, abs=5e-9)
    assert found.reason == ""
    assert found.n_areas == 500


def test_group_times_as_printed(mpdta):
    """The effects after the start that the README of R's did prints for this call, four decimals.

    Those before the start have another base year there; its errors are bootstrapped.
    """
    found = group_times(mpdta).frame.set_index(["group", "year"])["att"]
    printed = {
        (2004, 2004): -0.0105, (2004, 2005): -0.0704, (2004, 2006): -0.1373,
        (2004, 2007): -0.1008, (2006, 2006): -0.0046, (2006, 2007): -0.0412,
        (2007, 2007): -0.0261,
    }  # fmt: skip
    for place, value in printed.items():
        assert found[place] == pytest.approx(value, abs=5e-5)


def test_averages_as_printed(mpdta):
    """The same README: overall, by years since the start and by group."""
    found = group_times(mpdta)
    event, group = average(found, "event"), average(found, "group")
    assert event.overall.estimate == pytest.approx(-0.0772, abs=5e-5)
    assert group.overall.estimate == pytest.approx(-0.0310, abs=5e-5)
    after = [part.estimate for part in event.parts if int(part.term) >= 0]
    assert after == pytest.approx([-0.0199, -0.0510, -0.1373, -0.1008], abs=5e-5)
    by_group = [part.estimate for part in group.parts]
    assert by_group == pytest.approx([-0.0797, -0.0229, -0.0261], abs=5e-5)


@pytest.mark.parametrize("comparison", NAMES)
def test_against_moderndid(counties, mpdta, comparison):
    moderndid = pytest.importorskip("moderndid")
    oracle = moderndid.att_gt(
        counties, "lemp", "year", "county", "first",
        est_method="reg", control_group=NAMES[comparison][1], base_period="universal",
    )  # fmt: skip
    found = group_times(mpdta, comparison)
    table = found.frame.set_index(["group", "year"])
    compared = 0
    for group, year, att, error in zip(
        oracle.groups, oracle.times, oracle.att_gt, oracle.se_gt, strict=True
    ):
        if np.isnan(error):  # its base years, which are 0 by construction
            continue
        row = table.loc[(int(group), int(year))]
        assert row["att"] == pytest.approx(att, abs=1e-8)
        assert row["std_error"] == pytest.approx(error, abs=1e-8)
        compared += 1
    assert compared == len(table)
    for by, name in MODERNDID.items():
        theirs = moderndid.aggte(oracle, type=name, cband=False)
        mine = average(found, by)
        assert mine.overall.estimate == pytest.approx(theirs.overall_att, abs=1e-8)
        assert mine.overall.std_error == pytest.approx(theirs.overall_se, abs=1e-8)
        if by != "simple":
            parts = {float(part.term): part for part in mine.parts}
            for term, att, error in zip(
                theirs.event_times, theirs.att_by_event, theirs.se_by_event, strict=True
            ):
                if not np.isnan(error):
                    assert parts[float(term)].estimate == pytest.approx(att, abs=1e-8)
                    assert parts[float(term)].std_error == pytest.approx(error, abs=1e-8)


@pytest.mark.parametrize("comparison", NAMES)
def test_against_diff_diff(counties, mpdta, comparison):
    diff_diff = pytest.importorskip("diff_diff")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oracle = diff_diff.CallawaySantAnna(
            control_group=NAMES[comparison][0], estimation_method="reg", base_period="universal"
        ).fit(counties, "lemp", "county", "year", "first", aggregate="all")
    found = group_times(mpdta, comparison)
    mine = average(found)
    assert mine.overall.estimate == pytest.approx(oracle.overall_att, abs=1e-8)
    assert mine.overall.std_error == pytest.approx(oracle.overall_se, abs=1e-8)
    parts = average(found, "event").parts
    for part in parts:
        theirs = oracle.event_study_effects[int(part.term)]
        assert part.estimate == pytest.approx(theirs["effect"], abs=1e-8)
        assert part.std_error == pytest.approx(theirs["se"], abs=1e-8)
    assert len(parts) == len(oracle.event_study_effects) - 1  # its base year is listed as 0
