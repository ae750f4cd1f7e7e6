"""A year before the pilot whose level is kept back: what sets the years apart must not tell it."""

import made_up
import pytest

from evalkit.chapters import figures, pathways, robustness, shown_effects, tables

KEPT_BACK, OTHER = frozenset({2018}), frozenset({2020})


@pytest.fixture
def report():
    return made_up.report(made_up.cells("2021"))


@pytest.fixture
def keep_back(monkeypatch):
    def years(gone):
        for module in (figures, shown_effects):
            monkeypatch.setattr(module, "years_kept_back", lambda *_: gone)

    return years


def test_checks_that_set_the_years_before_apart_are_left_out(report, keep_back):
    outcome = report.study.outcome("K1")
    assert {"pre_trend", "detrended"} <= {
        c.method for c in shown_effects.effect_of(report, outcome).checks
    }
    keep_back(KEPT_BACK)
    told = shown_effects.effect_of(report, outcome)
    assert told.status == "estimated"
    assert {"pre_trend", "detrended"}.isdisjoint(check.method for check in told.checks)
    assert ".." in tables.pre_trend_table(report).html


def test_a_year_after_the_start_leaves_them(report, keep_back):
    keep_back(OTHER)
    checks = shown_effects.effect_of(report, report.study.outcome("K1")).checks
    assert "pre_trend" in {check.method for check in checks}


def test_the_effect_counted_without_a_year_is_not_drawn(report, keep_back):
    keep_back(KEPT_BACK)
    assert "saknas en figur" in robustness.ladder_figure(report, "K1").html


def test_the_event_study_leaves_the_year_out_and_stops_with_its_reference(report, keep_back):
    assert "2018" in figures.event_study_figure(report, "K1").html
    keep_back(KEPT_BACK)
    assert "2018" not in figures.event_study_figure(report, "K1").html
    keep_back(frozenset({report.study.timeline.reference_year}))
    assert "saknas en figur" in figures.event_study_figure(report, "K1").html


def test_a_curve_of_which_no_day_may_be_told_is_said_to_be_lacking(monkeypatch):
    frame = made_up.cells("2021").assign(measure="R1", level="return", time=100)
    frame.loc[frame.index[::2], "time"] = 200
    monkeypatch.setattr(made_up, "STUDY", made_up.WHOLE)
    report = made_up.report(frame)
    monkeypatch.setattr(pathways, "why_not", lambda *_: "")
    monkeypatch.setattr(pathways, "hidden_places", lambda _, places: [True] * len(places))
    assert "för få barn har utretts på nytt" in pathways.returns_figure(report).html
