"""Data that cannot answer: an error or a NaN with a reason, never a number that looks like one."""

from dataclasses import fields, is_dataclass
from math import isfinite, isnan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.errors import DesignError
from evalkit.estimation import (
    conformal,
    did,
    donors,
    event_study,
    placebos,
    pre_trends,
    trend_sensitivity,
    two_by_two,
)
from evalkit.estimation.detrending import detrended
from evalkit.estimation.inference import EVERY
from evalkit.results import Estimate, Levels

PRE, POST = (2017, 2018, 2019), (2021,)
FROM_LEVELS = {
    "two_way_fixed_effects": did.two_way_fixed_effects,
    "pre_trend": event_study.pre_trend,
    "event_study": lambda levels: event_study.event_study(levels, 2019),
    "sensitivity": trend_sensitivity.sensitivity,
    "smoothness": lambda levels: trend_sensitivity.smoothness(levels, (0.0, 0.1)),
    "equivalence": lambda levels: pre_trends.equivalence(levels, 0.1),
    "synthetic_control": donors.synthetic_control,
    "synthetic_did": donors.synthetic_did,
    "conformal": lambda levels: conformal.conformal(levels, "did"),
    "relative_effect": lambda levels: two_by_two.relative_effect(did.collapse(levels, "cases")),
    "detrended": lambda levels: EVERY["exact_t"](detrended(levels), 0.95),
} | {
    name: lambda levels, method=method: method(did.collapse(levels, "cases"), 0.95)
    for name, method in EVERY.items()
}


def levels(values, n=None, n_treated=1, pre=PRE, post=POST):
    """Levels of areas by years; the first areas are treated."""
    values = np.asarray(values, float)
    cases = np.full(values.shape, 20.0) if n is None else np.asarray(n, float)
    rows = [
        (f"a{place:02}", place < n_treated, year, year in post, cases[place, at],
         cases[place, at] * values[place, at], values[place, at])
        for place in range(len(values))
        for at, year in enumerate((*pre, *post))
    ]  # fmt: skip
    columns = ["area", "treated", "year", "post", "n", "total", "level"]
    within = pd.DataFrame(0.2, index=[*pre, *post], columns=["comparison", "treated"])
    return Levels("R1", "andel", pd.DataFrame(rows, columns=columns), pre, (), post, within)


def noisy(seed=1, areas=9, years=4):
    return np.random.default_rng(seed).normal(0.3, 0.05, (areas, years))


def with_nan():
    values = noisy()
    values[3, 1] = np.nan
    return levels(values)


def empty_area():
    n = np.full((9, 4), 20.0)
    n[3, 3] = 0
    values = noisy()
    values[3, 3] = np.nan
    return levels(values, n)


CASES = {
    "a constant outcome": lambda: levels(np.full((9, 4), 0.3)),
    "comparison areas that do not vary": lambda: levels(
        np.r_[noisy()[:1], np.tile(noisy()[1], (8, 1))]
    ),
    "one comparison area": lambda: levels(noisy(areas=2)),
    "all treated": lambda: levels(noisy(), n_treated=9),
    "none treated": lambda: levels(noisy(), n_treated=0),
    "no year before": lambda: levels(noisy(years=1), pre=()),
    "no year after": lambda: levels(noisy(years=3), post=()),
    "a missing level": with_nan,
    "an area without cases after": empty_area,
}
# What can still be said, since the fault does not touch what the method works on: another year,
# the rank of an area, the passing of time.
STILL_ANSWERS = {
    ("a constant outcome", "permutation"),
    ("comparison areas that do not vary", "conformal"),
    ("one comparison area", "conformal"),
    ("a missing level", "event_study"),
    ("a missing level", "detrended"),
    ("an area without cases after", "two_way_fixed_effects"),
    ("an area without cases after", "event_study"),
    ("an area without cases after", "pre_trend"),
    ("an area without cases after", "equivalence"),
    ("no year after", "pre_trend"),
    ("no year after", "equivalence"),
    ("no year after", "event_study"),
    ("comparison areas that do not vary", "permutation"),
    ("comparison areas that do not vary", "two_way_fixed_effects"),
    ("one comparison area", "permutation"),
}


def answers(found):
    """Every Estimate in a method's answer."""
    if isinstance(found, Estimate):
        return [found]
    if isinstance(found, tuple):
        return [one for part in found for one in answers(part)]
    if is_dataclass(found):
        return [one for field in fields(found) for one in answers(getattr(found, field.name))]
    return []


def honest(estimate):
    """No p-value, width or error that is nothing; what is missing has a reason."""
    if isnan(estimate.p_value) and isnan(estimate.conf_low):
        assert estimate.reason
    assert estimate.p_value != 0
    assert estimate.std_error != 0
    width = estimate.conf_high - estimate.conf_low
    assert not isfinite(width) or width > 0


@pytest.mark.parametrize("method", FROM_LEVELS)
@pytest.mark.parametrize("case", CASES)
def test_42_43_it_is_refused_or_undefined_with_a_reason(case, method):
    try:
        found = answers(FROM_LEVELS[method](CASES[case]()))
    except DesignError:
        return
    for estimate in found:
        honest(estimate)
        if (case, method) not in STILL_ANSWERS:
            assert isnan(estimate.p_value), estimate


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    areas=st.integers(1, 7),
    n_treated=st.integers(0, 3),
    shape=st.sampled_from(["noise", "zeros", "ones", "one area moves", "two values"]),
    holes=st.integers(0, 3),
    method=st.sampled_from(sorted(FROM_LEVELS)),
)
def test_whatever_the_data_no_number_claims_certainty(seed, areas, n_treated, shape, holes, method):
    random = np.random.default_rng(seed)
    values = {
        "noise": lambda: random.uniform(0, 1, (areas, 4)),
        "zeros": lambda: np.zeros((areas, 4)),
        "ones": lambda: np.ones((areas, 4)),
        "one area moves": lambda: np.where(np.arange(areas)[:, None] == 0, [[0, 0, 0, 1]], 0),
        "two values": lambda: random.integers(0, 2, (areas, 4)),
    }[shape]().astype(float)
    n = np.full(values.shape, 10.0)
    for _ in range(holes):
        at = random.integers(areas), random.integers(4)
        n[at], values[at] = 0, np.nan
    try:
        found = answers(FROM_LEVELS[method](levels(values, n, n_treated)))
    except DesignError:
        return
    for estimate in found:
        honest(estimate)


@pytest.mark.parametrize("case", ["one comparison area", "no year before", "no year after"])
def test_placebos_say_what_they_lack(case):
    with pytest.raises(DesignError):
        placebos.placebo_grid(CASES[case](), "cases")
