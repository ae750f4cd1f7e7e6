"""Every known figure is found again, and the size table is that of the library's own methods.

The registry states each figure's tolerance and why; the page prints the same ones.
"""

import re
from math import ceil

import numpy as np
import pytest

from evalkit.estimation.inference import METHODS, ONE_TREATED
from evalkit.estimation.rearrangement import rearrangement_weight
from evalkit.results import Changes
from evalkit.validation import published_areas, published_theory, rate_sections, sections
from evalkit.validation.coverage import SCENARIOS, Coverage
from evalkit.validation.datasets import INSTALL
from evalkit.validation.page import PAGE, validate, validation_page
from evalkit.validation.published import REGISTRY
from evalkit.validation.replication import Replication, printed, replicate
from evalkit.validation.size import (
    BOOTSTRAPS,
    REFERENCE,
    RULES,
    Size,
    null_changes,
    size_table,
)

DRAWS = 1500


@pytest.mark.parametrize("replication", REGISTRY, ids=lambda one: one.key)
def test_a_known_figure_is_found_again(replication):
    if replication.needs:
        pytest.importorskip(replication.needs)
    (finding,) = replicate([replication])
    assert finding.status == "held", finding.found


def test_every_figure_has_its_own_name_and_a_known_package():
    assert len({one.key for one in REGISTRY}) == len(REGISTRY)
    assert {one.needs for one in REGISTRY} - {""} <= set(INSTALL)


def test_the_levels_of_lau_and_li_come_from_a_search_upwards():
    """The printed ones may lie below the root, never above it by more than their rounding."""
    for m, rho, value in published_theory.LEVELS:
        assert published_theory.level_in_per_cent(m, rho) >= value - 5e-4


def test_the_weights_of_hagemann_are_rounded_up():
    """To the next 1e-4, so that the level is kept: the registry's tolerance has two sides."""
    for q, level, rho, value in published_theory.WEIGHTS:
        found = rearrangement_weight(q, level, rho)
        assert ceil(1e4 * found) == round(1e4 * value)


def test_california_in_1989_by_least_squares_state_by_state():
    """The one printed cell that does not agree to the digit: a second route gives our figure."""
    pytest.importorskip("synthdid")
    levels = published_areas.smoking_levels(published_areas.ALL).frame
    wide = levels.pivot(index="area", columns="year", values="level")
    before = np.arange(1970, 1989)
    gap = wide[1989] - wide[before].apply(
        lambda row: np.polyval(np.polyfit(before - 1989, row, 1), 0), axis=1
    )
    expected = gap["California"] - gap.drop("California").mean()
    found = published_areas.smoking(published_areas.ALL, 1989, True, "estimate")
    assert found == pytest.approx(expected, abs=1e-10)  # least squares twice over


def test_a_figure_outside_its_tolerance_fails_and_one_that_cannot_be_run_is_not_passed():
    near = printed("källa", "nära", 1.0, 1, lambda: 1.049)
    far = printed("källa", "långt ifrån", 1.0, 1, lambda: 1.051)
    undefined = printed("källa", "odefinierad", 1.0, 1, lambda: float("nan"))
    absent = printed("källa", "utan data", 1.0, 1, lambda: 1.0, "no_such_package_anywhere")
    found = replicate([near, far, undefined, absent])
    assert [one.status for one in found] == ["held", "failed", "failed", "not_run"]
    assert np.isnan(found[3].found)
    assert [one.to_the_digit for one in found] == [True, False, False, False]


def test_a_wide_tolerance_is_not_called_agreement_to_the_digit():
    wide = Replication("källa", "vid", 1.0, 1, 0.5, "skäl", lambda: 1.3)
    (found,) = replicate([wide])
    assert found.status == "held"
    assert not found.to_the_digit


@pytest.fixture(scope="module")
def sizes():
    return size_table(DRAWS, seed=20)


def test_the_sizes_are_those_of_the_reference(sizes):
    """Four standard errors of the difference: 70 comparisons alarm falsely once in 200 runs."""
    assert [one for one in sizes if not one.held] == []
    assert [(one.comparison_areas, one.sigma) for one in sizes[::7]] == list(REFERENCE)


def test_the_margin_is_the_monte_carlo_error_of_both_simulations(sizes):
    """By hand for the cluster-robust test with nine areas: 4 sqrt(p q (1/1500 + 1/40000))."""
    (one,) = [s for s in sizes if (s.comparison_areas, s.sigma) == (9, 1)][:1]
    p = one.share
    assert one.method == "cluster_robust"
    assert one.error == pytest.approx(np.sqrt(p * (1 - p) / DRAWS), rel=0.01)
    assert one.margin == pytest.approx(
        4 * np.sqrt(0.475 * 0.525 * (1 / DRAWS + 1 / 40_000)), rel=0.02
    )


def test_the_same_seed_gives_the_same_sizes():
    designs = [(4, 1), (19, 1)]
    assert size_table(60, 3, designs) == size_table(60, 3, designs)
    assert size_table(60, 3, designs) != size_table(60, 4, designs)


def as_changes(row):
    areas = tuple(f"område {place}" for place in range(len(row)))
    units = np.ones(len(row))
    return Changes("R1", "", areas, units.cumsum() == 1, np.zeros(len(row)), row, units, units)


@pytest.mark.parametrize("method", ["exact_t", "lau_li", "permutation"])
@pytest.mark.parametrize(("m", "sigma"), [(4, 1), (9, 2), (19, 3)])
def test_the_vectorised_rules_decide_as_the_library(method, m, sigma):
    change = null_changes(np.random.default_rng(m), 40, m, sigma)
    known = METHODS | ONE_TREATED
    decided = [known[method](as_changes(row), 0.95).p_value <= 0.05 + 1e-9 for row in change]
    assert RULES[method](change).tolist() == decided


@pytest.mark.parametrize("method", BOOTSTRAPS)
@pytest.mark.parametrize(("m", "sigma"), [(4, 1), (6, 3), (9, 2)])
def test_the_vectorised_bootstraps_decide_as_the_library(method, m, sigma):
    """From four comparison areas on; with three the library's p-value is never below 1/17."""
    random = np.random.default_rng(m)
    change = null_changes(random, 25, m, sigma)
    decided = [METHODS[method](as_changes(row), 0.95).p_value <= 0.05 + 1e-9 for row in change]
    assert BOOTSTRAPS[method](change, random).tolist() == decided


def test_the_cluster_robust_rule_is_the_library_s_but_for_the_panel_s_factor():
    """fixest counts area-years: its error is sqrt((N-1) / (N-K)) times that of the changes."""
    m = 6
    change = null_changes(np.random.default_rng(5), 60, m, 1)
    factor = np.sqrt((10 * (m + 1) - 1) / (10 * (m + 1) - 11))
    decided = []
    for row in change:
        found = METHODS["cluster_robust"](as_changes(row), 0.95)
        half = (found.conf_high - found.conf_low) / 2 * factor
        decided.append(abs(found.estimate) > half)
    assert RULES["cluster_robust"](change).tolist() == decided


def test_sampled_signs_estimate_what_all_signs_give(monkeypatch):
    """999 of 2^9 signs: decisions differ in few of 300 draws, those with p near 5 per cent."""
    random = np.random.default_rng(1)
    change = null_changes(random, 300, 9, 1)
    every = BOOTSTRAPS["wild_unrestricted"](change, random)
    monkeypatch.setattr("evalkit.validation.size.MOST_AREAS", 5)
    sampled = BOOTSTRAPS["wild_unrestricted"](change, random)
    assert (every != sampled).mean() < 0.05


def test_null_changes_have_the_variance_of_the_design():
    """By hand: Var(post mean - pre mean) of an AR(1) with .5 and unit innovations."""
    lag = np.abs(np.subtract.outer(np.arange(10), np.arange(10)))
    weights = np.r_[np.full(6, -1 / 6), np.full(4, 1 / 4)]
    variance = weights @ (0.5**lag / 0.75) @ weights
    change = null_changes(np.random.default_rng(0), 20_000, 3, 2)
    # 20,000 draws: the variance's own standard error is one per cent.
    assert change[:, 1].var() == pytest.approx(variance, rel=0.05)
    assert change[:, 0].var() == pytest.approx(4 * variance, rel=0.05)


def some(*replications: Replication):
    return replicate(replications)


HELD = printed("Källa A", "första", 1.0, 2, lambda: 1.001)
WRONG = printed("Källa B", "andra <b>", 2.0, 2, lambda: 3.0)
ABSENT = printed("Källa C", "tredje", 3.0, 2, lambda: 3.0, "synthdid")


def test_the_page_says_first_what_failed_and_what_was_not_run(sizes, monkeypatch):
    monkeypatch.setattr("evalkit.validation.replication.find_spec", lambda name: None)
    html = validation_page(some(HELD, WRONG, ABSENT), sizes, (), DRAWS, 20)
    short = html[: html.index("Kontrollen har två delar")]
    assert "1 av 2 kända siffror" in short
    assert "1 siffra har inte räknats om" in short
    assert "synthdid-py" in short
    assert "Källa B: andra &lt;b&gt;" in short
    assert "inte kört" in html
    row = next(row for row in html.split("<tr>") if "tredje" in row)
    assert "3,000" not in row  # nothing of ours stands where nothing was computed
    assert "stämmer<" not in row


def test_a_size_off_the_reference_is_named_first(sizes):
    off = Size(9, 1, "exact_t", 0.2, DRAWS, 0.01, 0.049, 0.02)
    changed = [off if (s.method, s.comparison_areas, s.sigma) == ("exact_t", 9, 1) else s
               for s in sizes]  # fmt: skip
    html = validation_page(some(HELD), changed, (), DRAWS, 20)
    short = html[: html.index("Kontrollen har två delar")]
    assert "69 av 70" in short
    assert "exakt t-test: 9 områden" in short


def test_the_page_is_one_page_in_swedish_with_every_figure(sizes):
    html = validation_page(some(HELD), sizes, (), DRAWS, 20)
    assert html == validation_page(some(HELD), sizes, (), DRAWS, 20)
    assert html.count("<svg") == 1
    text = re.sub(r"<[^>]+>", " ", re.sub(r"<(style|svg).*?</\1>", " ", html, flags=re.DOTALL))
    assert not re.search(r"\d\.\d", text)
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)
    table = html[html.index("Falska larm mot referensen") :]
    assert table[: table.index("</table>")].count("<tr>") == 71


def covered(scenario, coverage):
    return [
        Coverage(scenario, method, "cases", 1000, 0, coverage, 0.007, 0.1, 0.8)
        for method in ("exact_t", "lau_li", "load_weighted")
    ]


def test_the_page_says_where_the_interval_is_too_wide_and_where_too_narrow(sizes):
    """Three districts off, one of them too narrow; without rows the page says so."""
    names = [one.name for one in SCENARIOS]
    shares = {names[0]: 0.97, names[1]: 0.98, names[2]: 0.90}
    rows = [row for name in names for row in covered(name, shares.get(name, 0.95))]
    html = validation_page(some(HELD), sizes, rows, DRAWS, 20)
    right = len(names) - 3
    assert f"Huvudmetodens gör det i {right} av {len(names)} slags distrikt" in html
    assert "I 2 är det onödigt brett och i 1 för smalt" in html
    assert len(re.findall("<td[^>]*>för brett</td>", html)) == 2
    assert len(re.findall("<td[^>]*>för smalt</td>", html)) == 1
    assert "90,0" in html
    without = validation_page(some(HELD), sizes, (), DRAWS, 20)
    assert "har inte räknats den här gången" in without


def test_validate_writes_the_page_and_counts(tmp_path, monkeypatch):
    monkeypatch.setattr("evalkit.validation.page.REGISTRY", (HELD, WRONG))
    result = validate(tmp_path / "outputs", draws=200, seed=1)
    assert result.path == tmp_path / "outputs" / PAGE
    assert "Metodvalidering" in result.path.read_text(encoding="utf-8")
    assert result.held + result.failed == 2 + 70
    assert not result.ok


def test_every_method_has_a_name_for_the_reader():
    assert set(sections.NAMES) == set(rate_sections.SHORT) == set(RULES) | set(BOOTSTRAPS)
