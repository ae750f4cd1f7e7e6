"""`evalkit check`: what was found, for whoever must act, on the terminal, as JSON and as a page."""

import contextlib
import io
import json
import os
import re
import stat

import pytest
import typer
from extracts import copied, edit

from evalkit import cli
from evalkit.errors import ContractError, ParamsError
from evalkit.intake import check
from evalkit.params import load_periods
from evalkit.reporting.pages import check_page

SECRET = "hemligtvärde"


def run(study, *, for_machines=False):
    """Return the exit code and what stands on stdout, as a user sees them."""
    code, said = 0, io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            cli.check(study.root / "params/study.yaml", for_machines)
        except typer.Exit as end:
            code = end.exit_code
        except ParamsError as end:
            code = end.exit_code
    return code, said.getvalue()


def pages(study):
    return study.root / "outputs" / check.PAGE, study.root / "outputs" / check.JSON


def words(html):
    html = re.sub(r"<style.*?</style>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture(scope="module")
def spoilt(simulated, tmp_path_factory):
    """One file that cannot be read, two kinds of errors, and a warning; checked with umask 0."""
    study = copied(simulated, tmp_path_factory.mktemp("spoilt"))
    edit(study, "barn", lambda rows: [row.update(kon=SECRET) for row in rows[:7]])
    edit(study, "utredning", lambda rows: rows[0].update(planerat_slut="2021-02-30"))
    edit(study, "insats", warn)
    path = study.extracts_dir / "enkat.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(";", ","), encoding="utf-8")
    return study


@pytest.fixture(scope="module")
def outcome(spoilt):
    before = os.umask(0)
    try:
        return run(spoilt)
    finally:
        os.umask(before)


def warn(rows):
    closed = [row for row in rows[1:] if row["slut"]]
    for row in closed[:9]:
        row["slutorsak"] = ""


def test_all_faults_of_all_files_come_at_once_and_what_stops_comes_first(outcome):
    code, said = outcome
    assert code == 3
    grades = re.findall(r"(?m)^(FATAL|ERROR|WARNING)", said)
    assert grades == ["FATAL", "ERROR", "ERROR", "WARNING"]
    assert len(re.findall(r"(?m)^ +To do: ", said)) == len(grades)
    assert re.search(r"(?m)^  barn\.csv +\d+ rows +NOT accepted: 1 error$", said)
    assert re.search(r"(?m)^  insats\.csv +\d+ rows +accepted: 1 warning$", said)
    assert re.search(r"(?m)^  enkat\.csv +- +NOT accepted: 1 fatal$", said)
    assert re.search(r"(?m)^  boende\.csv +[\d,]+ rows +accepted$", said)
    assert re.search(r"(?m)^  statistik\.csv +- +not delivered; optional$", said)
    assert said.splitlines()[-1].startswith("Next: correct the extracts where they are made")


def test_json_tells_the_same_with_stable_keys(spoilt, outcome):
    told = json.loads(pages(spoilt)[1].read_text(encoding="utf-8"))
    assert told["exit_code"] == outcome[0] == 3
    assert set(told) == {
        "format", "exit_code", "accepted", "misfit", "counts", "files", "faults", "rules_not_run",
        "next",
    }  # fmt: skip
    assert told["counts"] == {"fatal": 1, "error": 2, "warning": 1}
    barn = next(fault for fault in told["faults"] if fault["file"] == "barn.csv")
    assert (barn["severity"], barn["column"], barn["rule"]) == ("error", "kon", "enum")
    assert (barn["count"], barn["first_rows"]) == (7, [2, 3, 4, 5, 6])
    assert set(barn) == {
        "severity", "file", "column", "position", "rule", "count", "first_rows", "message", "to_do",
        "fault_sv", "to_do_sv",
    }  # fmt: skip
    assert {file["status"] for file in told["files"]} == {
        "accepted", "warned", "refused", "absent",
    }  # fmt: skip


def test_the_page_says_it_in_swedish_and_never_a_value(spoilt, outcome):
    _, said = outcome
    html = pages(spoilt)[0].read_text(encoding="utf-8")
    check_page(html, check.PAGE, leaves=True)
    text = words(html)
    assert "Nej, inte än" in text
    assert "Koden finns inte; tillåtna koder är flicka, pojke, okänt." in text
    assert "7 rader: 2, 3, 4, 5, 6 med flera" in text
    assert "En avslutad insats saknar ”slutorsak”." in text
    assert not re.search(r"\b(the|and|error|rows|warning)\b", text)
    assert html.count("<caption>") == html.count("<table") == 5
    assert html.count('<th scope="row"') >= 4
    for left in (said, html, pages(spoilt)[1].read_text(encoding="utf-8")):
        assert SECRET not in left
        assert "2021-02-30" not in left


def test_page_and_json_are_for_their_owner_only(spoilt, outcome):
    assert [stat.S_IMODE(path.stat().st_mode) for path in pages(spoilt)] == [0o600, 0o600]


def test_extracts_that_hold_are_told_so_and_what_comes_next(study):
    code, said = run(study)
    assert code == 0
    last = said.splitlines()[-1]
    assert last.startswith("Next: `evalkit run --all` makes the reports")
    assert "write `simulated: false` in params/study.yaml first" in last, "the plan says true"
    assert "Ja. 22 utdrag" in words(pages(study)[0].read_text(encoding="utf-8"))


def test_files_that_are_only_missing_are_to_be_put_there_not_corrected(study):
    (study.extracts_dir / "barn.csv").unlink()
    code, said = run(study)
    assert code == 3
    assert said.splitlines()[-1].startswith("Next: put the files that are missing into")


def test_warnings_do_not_stop_and_are_to_be_looked_at(study):
    edit(study, "insats", warn)
    (study.extracts_dir / "annat.csv").write_text("a;b\n", encoding="utf-8")
    code, said = run(study)
    assert code == 0
    assert re.search(r"(?m)^  insats\.csv +\d+ rows +accepted: 1 warning$", said)
    assert re.search(r"(?m)^  annat\.csv +- +not read$", said)
    assert said.splitlines()[-1].startswith("Next: look at the warnings")
    assert "2 regler gav varning" in words(pages(study)[0].read_text(encoding="utf-8"))


def test_a_plan_that_does_not_fit_is_told_on_the_page_too(study):
    edit(study, "omradeskarta", lambda rows: rows.pop())
    edit(study, "boende", lambda rows: [row.update(stadsdel="Grimsta") for row in rows])
    code, said = run(study)
    assert code == 2
    assert "the plan in params/ does not fit" in said.splitlines()[-1]
    html = pages(study)[0].read_text(encoding="utf-8")
    assert "studiens plan passar inte" in html
    assert json.loads(pages(study)[1].read_text(encoding="utf-8"))["misfit"]


def test_a_check_that_cannot_begin_leaves_no_page_of_an_earlier_one(study):
    for path in pages(study):
        path.write_text("old", encoding="utf-8")
    study.extracts_dir.rename(study.root / "elsewhere")
    with pytest.raises(ContractError, match="no such folder"):
        cli.check(study.root / "params/study.yaml")
    assert not any(path.exists() for path in pages(study))


def test_json_alone_stands_on_stdout_and_progress_is_told_file_by_file(study):
    heard = []
    periods = load_periods(study)
    check.check(study, periods, lambda file, rows: heard.append((file, rows)))
    assert ("barn.csv", 0) in heard
    before = pages(study)[1].read_text(encoding="utf-8")
    code, said = run(study, for_machines=True)
    assert (code, said) == (0, before)
