"""What was accepted with a warning stands in the report: every warning rule, planted and told."""

import re

import pytest
from extracts import copied, edit

import evalkit as ek
from evalkit.chapters.opening import Report
from evalkit.data import aggregation, contracts
from evalkit.params import load_periods

TIMES = 7


def _fill(rows, chosen, **cells):
    for row in [row for row in rows if chosen(row)][:TIMES]:
        row.update(cells)


def _again(rows, number, like):
    """Let rows be followed by others that are alike but for their number."""
    rows += [row | {number: f"{row[number]}-2"} for row in [r for r in rows if like(r)][:TIMES]]


def _plant(study):
    edit(study, "insats", lambda rows: _fill(rows, lambda r: r["slut"], slutorsak=""))
    edit(study, "utredning", lambda rows: _fill(
        rows, lambda r: not r["avslutad_datum"], resultat="annat"
    ))  # fmt: skip
    edit(study, "aktualisering", lambda rows: _again(
        rows, "aktualisering_id", lambda r: r["beslut"] == "inleds inte"
    ))  # fmt: skip
    edit(study, "tilldelning", lambda rows: _again(
        rows, "tilldelning_id", lambda r: r["roll"] == "huvud" and r["tom"] > r["from"]
    ))  # fmt: skip
    edit(study, "ekonomi", lambda rows: [
        row.update(belopp="1") for row in rows if row["post"].startswith("summa") and row["belopp"]
    ])  # fmt: skip
    (study.extracts_dir / "namn på någon.csv").write_text("a;b\n", encoding="utf-8")


@pytest.fixture(scope="module")
def planted(simulated, tmp_path_factory):
    study = copied(simulated, tmp_path_factory.mktemp("warned"))
    _plant(study)
    periods = load_periods(study)
    made = aggregation.load_or_make(study, periods)
    return study, Report.of(study, periods, periods[-1], made)


def test_every_accepted_warning_is_told_with_file_column_rule_and_count(planted):
    study, report = planted
    checked = contracts.check(study.extracts_dir, contracts.load(study.contracts_dir))
    assert checked.ok
    warned = {v.rule: v for v in checked.warnings}
    assert {
        "end-without-reason", "result-while-open", "same-child-day-reporter", "two-lead-workers",
        "sum-of-income", "sum-of-costs", "unknown-file",
    } <= warned.keys()  # fmt: skip
    text = re.sub(r"<[^>]+>", "|", ek.extracts_table(report).html)
    told = {row.rule: row for row in report.cells.warnings.itertuples()}
    assert told.keys() == warned.keys()
    for rule, violation in warned.items():
        row = told[rule]
        assert (row.column, row.count) == (violation.column, violation.count)
        assert row.text in text
        if violation.count >= report.rule.threshold:
            assert re.search(rf"{re.escape(row.text)}\|+{row.file}\|+{row.column}\|+\d", text)


def test_a_file_without_a_contract_is_told_without_its_name(planted):
    html = ek.extracts_table(planted[1]).html
    assert "Fil utan datakontrakt" in html
    assert "namn på någon" not in html


def test_few_warned_rows_are_protected(planted):
    _, report = planted
    few = report.cells.warnings["count"].between(1, report.rule.threshold - 1)
    assert few.any()
    assert ".." in ek.extracts_table(report).html
