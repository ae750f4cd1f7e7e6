"""A chapter that failed: the report is withheld, or tells that it is missing, as the plan says."""

import json
import re
from pathlib import Path

import pytest
from chapters import SECRET, write_chapter

from evalkit.errors import NotebookError
from evalkit.params import load_periods, load_study
from evalkit.running.batch import BatchResult, Event, run

LINK = "Se [siffrorna](#siffror-tabell) i [kapitlet](#kapitel-01)."


@pytest.fixture
def told(root: Path) -> Path:
    """Return a study whose second chapter fails, and whose plan shows that it does."""
    write_chapter(root, "00_a", "stub.answer(label)", prose="# Först\n\nText.")
    write_chapter(root, "01_b", f"stub.fail('{SECRET}')", prose="# Sedan <b>\n\nText.")
    write_chapter(root, "02_c", "stub.answer(label)", prose="# Sist\n\nText.")
    path = root / "params" / "study.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("failed_chapters: withhold", "failed_chapters: show"), "utf-8")
    return root


def ran(root: Path) -> tuple[BatchResult, list[tuple[str, str]]]:
    study = load_study(root / "params" / "study.yaml")
    events: list[Event] = []
    result = run(study, load_periods(study)[:1], on_event=events.append)
    return result, sorted((one.kind, one.chapter) for one in events if one.kind != "started")


def test_the_report_tells_at_its_top_and_in_its_place_that_a_chapter_is_missing(told: Path):
    result, _ = ran(told)
    (published,) = result.published
    page = published.read_text(encoding="utf-8")
    top, body = page.split("<main")
    assert re.search("Detta kunde inte göras: ”1. Sedan &lt;b(>|&gt;)”", top)
    assert "Kapitlet saknas i den här versionen." in body
    assert body.index("Först</h2>") < body.index("Kapitlet saknas") < body.index("Sist</h2>")
    assert SECRET not in page


def test_the_failure_is_told_with_its_exit_code_all_the_same(told: Path):
    result, _ = ran(told)
    assert [(one.period, one.chapter) for one in result.failures] == [("2020", "01_b")]
    assert result.exit_code == NotebookError.exit_code
    manifest = json.loads((told / "outputs" / "2020" / "manifest.json").read_text("utf-8"))
    assert manifest["missing"] == ["01_b"]


def test_what_leads_into_the_missing_chapter_leads_to_the_notice(told: Path):
    write_chapter(told, "00_a", "stub.answer(label)", prose=f"# Först\n\n{LINK}")
    (published,) = ran(told)[0].published
    page = published.read_text(encoding="utf-8")
    assert "siffror-tabell" not in page
    assert page.count("#saknas") == 1
    assert "#kapitel-01" in page


def test_the_missing_chapter_alone_is_tried_again(told: Path):
    ran(told)
    first = [("failed", "01_b"), ("published", ""), ("unchanged", "00_a"), ("unchanged", "02_c")]
    assert ran(told)[1] == first, "nothing has been mended"
    chapter = told / "notebooks" / "01_b.ipynb"
    stored = chapter.read_text(encoding="utf-8")
    chapter.write_text(stored.replace(f"stub.fail('{SECRET}')", "stub.answer(label)"), "utf-8")
    result, events = ran(told)
    assert events == [
        ("finished", "01_b"), ("published", ""), ("unchanged", "00_a"), ("unchanged", "02_c"),
    ]  # fmt: skip
    assert result.exit_code == 0
    page = result.published[0].read_text(encoding="utf-8")
    assert "saknas" not in page


def test_nothing_stands_in_for_the_first_chapter(told: Path):
    write_chapter(told, "00_a", f"stub.fail('{SECRET}')")
    result, _ = ran(told)
    assert result.published == ()


def test_what_is_no_notebook_withholds_the_report(told: Path):
    (told / "notebooks" / "01_b.ipynb").write_text("half of a f", encoding="utf-8")
    result, events = ran(told)
    assert result.published == ()
    assert ("finished", "02_c") in events


def test_without_a_word_in_the_plan_the_report_is_withheld(told: Path):
    path = told / "params" / "study.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("failed_chapters: show\n", ""), encoding="utf-8")
    assert ran(told)[0].published == ()
