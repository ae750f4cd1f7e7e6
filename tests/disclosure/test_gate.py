"""The gate before publishing: what it admits, refuses and remembers, and what it tells of."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from districts import cells_of, draw
from product import Lean, publish

from evalkit.chapters import children, figures, gate, pathways, sexes
from evalkit.chapters.opening import Report
from evalkit.chapters.withheld import decide
from evalkit.errors import DisclosureError
from evalkit.params import load_periods, load_study
from evalkit.reporting import register
from evalkit.reporting.attack import known
from evalkit.reporting.register import Release


@pytest.fixture(scope="module")
def reports(repository) -> list[Report]:
    """Return a small district's reports, the earliest first."""
    study = load_study(repository / "params" / "study.yaml")
    periods = load_periods(study)[:2]
    district = draw(study, range(study.timeline.pre_years[0], 2022), np.random.default_rng(7))
    made = replace(cells_of(district, study, periods), fingerprint="one delivery")
    return [Report.of(study, periods, period, made) for period in periods]


@pytest.fixture(scope="module")
def pages(reports, tmp_path_factory) -> list[Path]:
    with Lean():
        return [written(report, tmp_path_factory.mktemp("page")) for report in reports]


def written(report: Report, folder: Path) -> Path:
    page, csv = publish(report)
    (folder / "page.html").write_text(page, encoding="utf-8")
    (folder / "estimates.csv").write_text(csv, encoding="utf-8")
    return folder


def admit(report: Report, folder: Path, outputs: Path) -> gate.Admission:
    return gate.admit(report, folder / "page.html", folder / "estimates.csv", outputs)


def kept_back(report: Report) -> list:
    """Return, as statements, what the report keeps back although it is not itself protected."""
    decision = decide(report.evidence)
    places = decision.ledger.places
    names = {name for place in decision.gone for name in places[place]} - decision.protected
    return [known(name, decision.ledger.counts[name]) for name in sorted(names)]


def test_reports_are_admitted_in_any_order_and_each_is_entered_once(reports, pages, tmp_path):
    for place in (1, 0, 0, 1):
        admitted = admit(reports[place], pages[place], tmp_path)
        assert (admitted.revised, admitted.followed) == (0, 0)
        entered = [one.fingerprint for one in register.load(tmp_path)]
        assert admitted.release in entered
    assert sorted(one.period for one in register.load(tmp_path)) == ["2020", "2021"]


def test_reports_that_come_out_as_they_stand_are_attacked_once_together(reports, pages, tmp_path):
    for report, folder in zip(reports, pages, strict=True):
        admit(report, folder, tmp_path)
    gate._attacked.cache_clear()
    with patch.object(gate, "attack", wraps=gate.attack) as attacked:
        for report, folder in zip(reports, pages, strict=True):
            admit(report, folder, tmp_path)
    assert attacked.call_count == 1


def test_a_page_that_shows_what_is_kept_back_is_refused(reports, pages, tmp_path):
    admit(reports[0], pages[0], tmp_path)
    before = (tmp_path / "register.json").read_bytes()

    def show_all(_: object, places: object, *rest: object) -> list[bool]:
        return [False] * len(rest[0] if rest else list(places))

    careless = [
        patch.object(module, name, show_all)
        for module in (children, figures, pathways, sexes)
        for name in ("hidden_rows", "hidden_places")
        if hasattr(module, name)
    ]
    with Lean():
        for one in careless:
            one.start()
        folder = written(reports[1], tmp_path)
        for one in careless:
            one.stop()
    with pytest.raises(DisclosureError, match="protected counts would follow") as refused:
        admit(reports[1], folder, tmp_path)
    assert "2020" in str(refused.value)
    assert (tmp_path / "register.json").read_bytes() == before


def test_what_an_earlier_year_told_counts_against_the_next(reports, pages, tmp_path):
    """Planted: another year's report that tells what this one keeps back for the others' sake."""
    told = Release.of("2020", "one delivery", kept_back(reports[1]))
    register.enter(told, tmp_path)
    with pytest.raises(DisclosureError, match="protected counts would follow"):
        admit(reports[1], pages[1], tmp_path)
    assert register.load(tmp_path) == (told,)


def test_a_replaced_report_is_told_of_but_stops_nothing(reports, pages, tmp_path):
    """A draft may have been seen by nobody: work goes on, and whoever handed it out is warned."""
    register.enter(Release.of("2021", "one delivery", kept_back(reports[1])), tmp_path)
    admitted = admit(reports[1], pages[1], tmp_path)
    assert admitted.followed > 0
    assert len(register.load(tmp_path)) == 2


def test_40_a_report_of_other_data_does_not_contradict_the_new_one(reports, pages, tmp_path):
    """After a correction counts differ: what no longer holds is left out, and few are told of."""
    counts = decide(reports[1].evidence).ledger.told(decide(reports[1].evidence).gone)
    corrected = [known(one.terms[0][0], one.low + 3) for one in counts[:4]]
    register.enter(Release.of("2020", "before the correction", corrected), tmp_path)
    assert admit(reports[1], pages[1], tmp_path).revised >= 1
