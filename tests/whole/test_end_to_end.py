"""The whole way, as an evaluator walks it: demo, check, run, and what comes out."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from studies import ROOT, evalkit, new_study

REPORT = Path("outputs/2021/utvardering.html")
CHAPTERS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
# Words that a steering group should not meet; whole words only.
ENGLISH = ("the", "and", "with", "estimate", "confidence", "treated", "comparison", "value", "mean")

pytestmark = pytest.mark.xdist_group("whole")  # one study for both modules


@pytest.fixture(scope="module")
def html(published) -> str:
    return (published / REPORT).read_text(encoding="utf-8")


def test_the_report_is_one_swedish_file_with_every_chapter(html):
    assert '<html lang="sv">' in html
    assert html.count("<h1") == 1
    for heading in ("Det viktigaste", "Kontinuitet", "Återutredning", "Nyttjande", "Kostnader"):
        assert f">{heading}" in html
    assert "<script" not in html
    assert not re.findall(r'(?:src|href)="(?!#|data:)', html)


def test_the_report_says_that_it_is_simulated_and_what_nobody_has_confirmed(html):
    assert "simulerade" in html
    assert "Upptagningsområdets gräns" in html


def test_nothing_a_reader_sees_is_in_english(html):
    body = re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
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
    executed = sorted(path.name for path in (published / "outputs/2021/chapters").iterdir())
    assert executed == CHAPTERS


def test_the_index_leads_to_the_report(published):
    index = (published / "outputs/index.html").read_text(encoding="utf-8")
    assert 'href="2021/utvardering.html"' in index
    assert "Antal handläggare per ärende" in index


def test_no_pseudonym_of_a_child_leaves_the_data_room(published, html):
    children = pd.read_csv(published / "outputs/demo/extracts/barn.csv", sep=";", dtype=str)
    made = [html, (published / "outputs/2021/manifest.json").read_text(encoding="utf-8")]
    made += [p.read_text(encoding="utf-8") for p in (published / "outputs/2021/chapters").iterdir()]
    for child in children["barn_id"].sample(200, random_state=1):
        assert not any(child in text for text in made)


def test_another_folder_and_another_number_of_workers_give_the_same_bytes(
    published, tmp_path_factory
):
    other = new_study(tmp_path_factory.mktemp("elsewhere") / "a longer name")
    done = evalkit(other, "run", "params/2021.yaml", "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert (other / REPORT).read_bytes() == (published / REPORT).read_bytes()


def test_plain_papermill_runs_a_chapter_and_refuses_a_misspelt_parameter(published, tmp_path):
    command = [
        sys.executable, "-m", "papermill", "notebooks/03_continuity.ipynb",
        str(tmp_path / "out.ipynb"), "-f", "params/2021.yaml", "--no-progress-bar",
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = {"cwd": published, "env": environment, "capture_output": True, "text": True}
    assert subprocess.run(command, **run).returncode == 0
    misspelt = subprocess.run([*command, "-p", "cutof", "2022-06-30"], **run)
    assert misspelt.returncode != 0
    assert "did you mean 'cutoff'?" in misspelt.stderr
