"""The whole way, as an evaluator walks it: demo, check, run, and what comes out.

And what an evaluator or a data steward gets wrong: one message, an exit code, and nothing lost.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from studies import CANARIES, EXTRACTS, ROOT, RUN_LOG, evalkit, new_study

from evalkit.chapters.opening import Report
from evalkit.chapters.withheld import decide
from evalkit.data.aggregation import load_or_make
from evalkit.params import load_periods, load_study
from evalkit.reporting import register
from evalkit.reporting.attack import known
from evalkit.reporting.register import Release

REPORT = Path("outputs/2021/utvardering.html")
PERSONNUMMER = "20121212-1212"
FREE_TEXT = "mormor ringde om sommarstugan"
CHAPTERS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
# Words that a steering group should not meet; whole words only.
ENGLISH = ("the", "and", "with", "estimate", "confidence", "treated", "comparison", "value", "mean")


@pytest.fixture(scope="module")
def html(published) -> str:
    return (published / REPORT).read_text(encoding="utf-8")


def test_the_report_is_one_swedish_file_with_every_chapter(html):
    assert "<html lang=sv>" in html
    assert html.count("<h1") == 1
    for heading in ("Det viktigaste", "Kontinuitet", "Återutredning", "Nyttjande", "Kostnader"):
        assert re.search(rf">(?:\d+\. )?{heading}", html), heading
    assert "<script" not in html
    assert not re.findall(r'(?:src|href)="?(?!["#]|data:)', html)


def test_the_report_says_that_it_is_simulated_and_what_nobody_has_confirmed(html):
    assert "simulerade" in html
    assert "Upptagningsområdets gräns" in html


def test_nothing_a_reader_sees_is_in_english(html):
    body = re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    body = re.sub("walk-and-talk", "", body, flags=re.IGNORECASE)  # the pilot's own name for it
    for word in ENGLISH:
        assert not re.search(rf"\b{word}\b", body, flags=re.IGNORECASE), word


def test_every_figure_says_in_words_what_it_shows(html):
    figures = re.findall(r"<figure.*?</figure>", html, flags=re.DOTALL)
    assert len(figures) >= 15
    for figure in figures:
        title = re.search(r"<title[^>]*>([^<]+)</title>", figure)
        assert title
        assert len(title[1].split()) > 5


def test_the_estimates_are_tidy_and_protected(published):
    frame = pd.read_csv(published / "outputs/2021/estimates.csv")
    assert {"outcome", "estimate", "conf_low", "conf_high", "unit", "method"} <= set(frame)
    assert set(frame.loc[frame["outcome"] == "K1", "status"]) == {"estimated"}


def test_the_manifest_tells_what_the_report_was_made_from(published):
    manifest = json.loads((published / "outputs/2021/manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["inputs"]) >= {"extracts", "contracts", "plan", "code", "chapters"}
    assert manifest["seed"] == 20170101
    assert str(published) not in json.dumps(manifest)


def test_executed_chapters_and_cells_are_for_their_owner_only(published):
    for folder in ("outputs/2021/chapters", "outputs/cells", "outputs/demo/extracts"):
        assert stat.S_IMODE(os.stat(published / folder).st_mode) == 0o700, folder
        for path in (published / folder).rglob("*"):
            allowed = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.stat().st_mode) == allowed, path.name
    executed = sorted(path.name for path in (published / "outputs/2021/chapters").iterdir())
    assert executed == CHAPTERS


def test_the_index_leads_to_the_report(published):
    index = (published / "outputs/index.html").read_text(encoding="utf-8")
    assert 'href="2021/utvardering.html"' in index
    assert "Antal handläggare per ärende" in index


def test_no_pseudonym_of_a_child_leaves_the_data_room(published):
    planted = (published / EXTRACTS / "utredning.csv").read_text(encoding="utf-8")
    assert CANARIES["U0000001"] in planted
    outputs = published / "outputs"
    made = {path: path.read_bytes() for path in outputs.rglob("*") if path.is_file()}
    made = {path: raw for path, raw in made.items() if outputs / "demo" not in path.parents}
    assert {"utvardering.html", "estimates.csv", "register.json", "index.html", "manifest.json",
            "frame.parquet", "00_summary.ipynb"} <= {path.name for path in made}  # fmt: skip
    said = (published / RUN_LOG).read_text(encoding="utf-8")
    for canary in CANARIES.values():
        assert canary not in said
        for path, raw in made.items():
            assert canary.encode() not in raw, path.name
            if path.suffix == ".parquet":
                assert canary not in pd.read_parquet(path).to_csv(), path.name


def test_another_folder_place_and_number_of_workers_give_the_same_bytes(
    published, tmp_path_factory
):
    other = new_study(tmp_path_factory.mktemp("elsewhere") / "a longer name")
    elsewhere = {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    done = evalkit(other, "run", "params/2021.yaml", "--workers", "1", **elsewhere)
    assert done.returncode == 0, done.stderr
    assert (other / REPORT).read_bytes() == (published / REPORT).read_bytes()


@pytest.mark.parametrize("engine", [(), ("--engine", "evalkit")], ids=["kernel", "engine"])
def test_papermill_gives_what_our_run_gives_and_refuses_a_misspelt_parameter(
    published, tmp_path, engine
):
    command = [
        sys.executable, "-m", "papermill", "notebooks/05_continuity.ipynb",
        str(tmp_path / "out.ipynb"), "-f", "params/2021.yaml", "--no-progress-bar", *engine,
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = {"cwd": published, "env": environment, "capture_output": True, "text": True}
    assert subprocess.run(command, **run).returncode == 0
    ours = published / "outputs/2021/chapters/05_continuity.ipynb"
    assert shown(tmp_path / "out.ipynb") == shown(ours)
    misspelt = subprocess.run([*command, "-p", "cutof", "2022-06-30"], **run)
    assert misspelt.returncode != 0
    assert "did you mean 'cutoff'?" in misspelt.stderr


def shown(notebook: Path) -> list:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


def in_row(path: Path, column: str, value: str, row: int = 2) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[row - 1].split(";")
    cells[lines[0].split(";").index(column)] = value
    lines[row - 1] = ";".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def misspelt_parameter(study: Path) -> None:
    edit(study / "params/2021.yaml", lambda text: text.replace("cutoff:", "cutof:"))


def misspelt_plan(study: Path) -> None:
    edit(study / "params/study.yaml", lambda text: text.replace("wash_in:", "washin:"))


def overlapping_periods(study: Path) -> None:
    edit(
        study / "params/2022.yaml",
        lambda text: re.sub(r'start: "[^"]+"', 'start: "2021-06-01"', text).replace(
            'end: "2022-08-31"', 'end: "2021-12-31"'
        ),
    )


def wrong_delimiter(study: Path) -> None:
    edit(study / EXTRACTS / "barn.csv", lambda text: text.replace(";", ","))


def missing_column(study: Path) -> None:
    path = study / EXTRACTS / "insats.csv"
    edit(path, lambda text: text.replace("beslut_datum", "beslutsdag", 1))


def extra_column(study: Path) -> None:
    """A column of free text that no contract knows of."""
    path = study / EXTRACTS / "barn.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    lines = [f"{header};anteckning", *(f"{row};{FREE_TEXT}" for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def personnummer_in_a_cell(study: Path) -> None:
    in_row(study / EXTRACTS / "rad_och_stod.csv", "enhet_id", PERSONNUMMER)


def end_before_start(study: Path) -> None:
    in_row(study / EXTRACTS / "boende.csv", "tom", "1999-01-01")


def unknown_area(study: Path) -> None:
    edit(study / "params/study.yaml", lambda text: text.replace("- Nälsta", "- Nelsta"))


def invalid_headline(study: Path) -> None:
    edit(
        study / "params/study.yaml",
        lambda text: text.replace("headline: load_weighted", "headline: cluster_robust"),
    )


def missing_contract(study: Path) -> None:
    """Left out where nothing is locked; of what is locked, `tests/data/test_versions.py`."""
    for name in ("behov.odcs.yaml", "versions.lock"):
        (study / "data_contracts" / name).unlink()


def broken_register(study: Path) -> None:
    edit(study / "outputs/register.json", lambda text: text[: len(text) // 2])


def missing_chapter(study: Path) -> None:
    (study / "notebooks" / "14_robustness.ipynb").unlink()


FAULTS = [
    (missing_contract, 3, "no contract for 1 of 22 tables (need)"),
    (missing_chapter, 6, "14_robustness.ipynb"),
    (broken_register, 5, "register.json: cannot be read"),
    (extra_column, 3, "barn.csv"),
    (misspelt_parameter, 2, "2021.yaml: cutof: unknown key; did you mean 'cutoff'?"),
    (misspelt_plan, 2, "study.yaml: timeline.washin: unknown key; did you mean 'wash_in'?"),
    (invalid_headline, 2, "'cluster_robust' is no result when one area is treated"),
    (overlapping_periods, 2, "overlap"),
    (wrong_delimiter, 3, "barn.csv"),
    (missing_column, 3, "insats.csv"),
    (personnummer_in_a_cell, 3, "rad_och_stod.csv"),
    (end_before_start, 3, "boende.csv"),
    (unknown_area, 2, "'Nelsta' is not in omradeskarta.csv; did you mean 'Nälsta'?"),
]


@pytest.fixture
def study(published, tmp_path) -> Path:
    folder = tmp_path / "study"
    shutil.copytree(published, folder)
    return folder


@pytest.mark.parametrize(
    ("spoil", "exit_code", "message"), FAULTS, ids=[fault.__name__ for fault, *_ in FAULTS]
)
def test_a_fault_stops_with_one_message_and_leaves_the_report(study, spoil, exit_code, message):
    before = (study / REPORT).read_bytes()
    spoil(study)
    done = evalkit(study, "run", "params/2021.yaml")
    assert done.returncode == exit_code
    assert message in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert PERSONNUMMER not in done.stderr + done.stdout
    assert FREE_TEXT not in done.stderr + done.stdout
    assert (study / REPORT).read_bytes() == before


def test_a_report_that_gives_a_child_away_with_an_earlier_one_is_not_published(study):
    """Planted: an earlier report that tells everything this one keeps back for the others' sake."""
    keep_one_chapter(study)
    before = (study / REPORT).read_bytes()
    plan = load_study(study / "params/study.yaml")
    periods = load_periods(plan)
    report = Report.of(plan, periods, periods[1], load_or_make(plan, periods))
    decision = decide(report.evidence)
    counts = decision.so_far.counts
    told = [known(name, counts[name]) for name in sorted(counts.keys() - decision.protected)]
    register.enter(Release.of("2020", report.cells.fingerprint, told), study / "outputs")
    done = evalkit(study, "run", "params/2021.yaml")
    assert done.returncode == 5
    said = done.stdout + done.stderr
    assert "protected counts would follow" in said
    assert "Traceback" not in said
    assert (study / REPORT).read_bytes() == before


def keep_one_chapter(study: Path) -> None:
    edit(
        study / "params/study.yaml",
        lambda text: re.sub(r"(?m)^chapters:\n(?:  - .*\n)+", "chapters:\n  - 04_quality\n", text),
    )


@pytest.mark.parametrize(
    ("spoil", "exit_code"),
    [(wrong_delimiter, 3), (missing_contract, 3), (personnummer_in_a_cell, 3), (unknown_area, 2)],
)
def test_check_finds_the_same_without_running_anything(study, spoil, exit_code):
    spoil(study)
    done = evalkit(study, "check", "params/study.yaml")
    assert done.returncode == exit_code


def test_demo_never_writes_where_real_extracts_belong(study):
    edit(study / "params/study.yaml", lambda t: t.replace("simulated: true", "simulated: false"))
    done = evalkit(study, "demo")
    assert done.returncode == 2
    assert "simulated: false" in done.stderr
