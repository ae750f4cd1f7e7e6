"""Chapters x periods: who is published, who is not, and what else a run leaves."""

import json
import stat
from collections.abc import Collection
from pathlib import Path

import pytest
from chapters import write_chapter

from evalkit.errors import DisclosureError, MachineError, NotebookError
from evalkit.params import load_periods, load_study
from evalkit.plan import Period, Study
from evalkit.reporting.index import Answer
from evalkit.running.batch import Event, run
from evalkit.running.publishing import Publisher


def study_with(root: Path, *chapters: tuple[str, str, str]) -> Study:
    """Return the study whose plan names these chapters: name, code, prose."""
    for name, code, prose in chapters:
        write_chapter(root, name, code, prose=prose)
    return load_study(root / "params" / "study.yaml")


def results(study: Study, period: Period, folder: Path) -> tuple[Answer, ...]:
    (folder / "estimates.csv").write_text(f"{period.period}\n")
    return (Answer("Handläggare", f"Svar <{period.period}>", "1,4 färre"),)


def test_a_failed_period_keeps_its_old_report_and_the_others_are_published(root: Path) -> None:
    study = study_with(
        root,
        ("00_a", "stub.answer(label)", "# Först"),
        ("01_b", "stub.fail_in(period, '2021')", "# Sedan"),
    )
    outputs = study.root / "outputs"
    (outputs / "2021").mkdir()
    (outputs / "2021" / "utvardering.html").write_text("old")
    stale = outputs / "2020" / "chapters" / "09_gone.ipynb"
    stale.parent.mkdir(parents=True)
    stale.touch()
    events: list[Event] = []

    result = run(
        study,
        load_periods(study)[:2],
        workers=2,
        on_event=events.append,
        publisher=Publisher(results),
    )

    assert result.published == (outputs / "2020" / "utvardering.html",)
    assert [(f.period, f.chapter) for f in result.failures] == [("2021", "01_b")]
    assert result.exit_code == NotebookError.exit_code
    assert [path.name for path in (outputs / "2021").iterdir()] == ["utvardering.html"]
    assert (outputs / "2021" / "utvardering.html").read_text() == "old"

    files = {path.name for path in (outputs / "2020").iterdir()}
    assert files == {"chapters", "estimates.csv", "manifest.json", "utvardering.html"}
    chapters = outputs / "2020" / "chapters"
    assert sorted(path.name for path in chapters.iterdir()) == ["00_a.ipynb", "01_b.ipynb"]
    assert stat.S_IMODE(chapters.stat().st_mode) == 0o700
    report = (outputs / "2020" / "utvardering.html").read_text(encoding="utf-8")
    assert report.index("Först</h2>") < report.index("Sedan</h2>")

    index = (outputs / "index.html").read_text(encoding="utf-8")
    assert 'href="2020/utvardering.html"' in index
    assert "2021/" not in index
    assert "Svar &lt;2020&gt;" in index
    assert not list(outputs.glob(".staging*"))
    kinds = sorted((e.kind, e.period, e.chapter) for e in events)
    assert kinds == sorted(
        [("started", p, c) for p in ("2020", "2021") for c in ("00_a", "01_b")]
        + [("finished", "2020", "00_a"), ("finished", "2020", "01_b")]
        + [("finished", "2021", "00_a"), ("failed", "2021", "01_b"), ("published", "2020", "")]
    )


def test_the_report_has_the_chapters_in_the_plans_order(root: Path) -> None:
    answer = "stub.answer(label)"
    study_with(root, ("00_a", answer, "# Först"), ("01_b", answer, "# Sedan"))
    path = root / "params" / "study.yaml"
    plan = path.read_text(encoding="utf-8")
    assert "[00_a, 01_b]" in plan
    path.write_text(plan.replace("[00_a, 01_b]", "[01_b, 00_a]"), encoding="utf-8")
    study = load_study(path)
    run(study, load_periods(study)[:1], workers=2)
    report = (root / "outputs" / "2020" / "utvardering.html").read_text(encoding="utf-8")
    assert report.index("Sedan</h2>") < report.index("Först</h2>")


def test_56_equal_inputs_give_equal_files_whatever_the_number_of_workers(root: Path) -> None:
    study = study_with(
        root,
        ("00_a", 'stub.drawing("en")', "# Först"),
        ("01_b", 'stub.drawing("tva")', "# Sedan"),
    )
    periods = load_periods(study)[1:2]
    seen = []
    for workers in (1, 2):
        run(study, periods, workers=workers, again=True, publisher=Publisher(results))
        files = sorted(path for path in (study.root / "outputs/2021").rglob("*") if path.is_file())
        seen.append({path.name: path.read_bytes() for path in files})
    assert len(seen[0]) == 5
    assert seen[0] == seen[1]
    assert str(study.root).encode() not in b"".join(seen[0].values())
    assert json.loads(seen[0]["manifest.json"])["period"]["period"] == "2021"


def test_periods_are_published_in_time_order_whichever_ends_first(root: Path) -> None:
    """What the first tells, the next is held against: with other orders, other refusals."""
    study = study_with(root, ("00_a", "stub.time.sleep(2 * (period == '2020'))", "# Först"))
    events: list[Event] = []
    run(study, load_periods(study)[:2], workers=2, on_event=events.append)
    seen = [event.period for event in events if event.kind == "finished"]
    assert seen == ["2021", "2020"]
    assert [event.period for event in events if event.kind == "published"] == ["2020", "2021"]


def test_what_chapters_share_is_computed_for_those_that_are_to_be_run(root: Path) -> None:
    """One chapter alone shares with none: what several would ask for need not be made for it."""
    study = study_with(root, ("00_a", "", "# Först"), ("01_b", "", "# Sedan"))
    asked: list[set[str]] = []

    def prepare(study: Study, period: Period, chapters: Collection[str]) -> None:
        asked.append(set(chapters))

    (period, *_) = load_periods(study)
    run(study, [period], prepare=prepare, publisher=Publisher(results))
    write_chapter(root, "01_b", "", prose="# Sedan\n\nMer.")
    for _ in range(2):
        run(study, [period], prepare=prepare, publisher=Publisher(results))
    assert asked == [{"00_a", "01_b"}, {"01_b"}]


def test_a_gate_that_refuses_the_results_stops_the_period(root: Path) -> None:
    study = study_with(root, ("00_a", "stub.answer(label)", "# Först"))

    def refuse(study: Study, period: Period, folder: Path) -> tuple[Answer, ...]:
        raise DisclosureError("estimates.csv: column 'n': 1 of 9 rows is protected")

    result = run(study, load_periods(study)[:1], workers=1, publisher=Publisher(refuse))
    assert result.exit_code == DisclosureError.exit_code
    assert not (study.root / "outputs" / "2020").exists()


def test_two_chapters_with_the_same_number_stop_the_run(root: Path) -> None:
    """They would have one id on the page, and each would show what the other holds."""
    study = study_with(
        root,
        ("01_a", "stub.answer(label)", "# Först"),
        ("01_b", "stub.answer(label)", "# Sedan"),
        ("02_c", "stub.answer(label)", "# Sist"),
    )
    with pytest.raises(NotebookError, match=r"2 begin with a number that another has \(01_a, 01_b"):
        run(study, load_periods(study))


def test_a_chapter_of_the_plan_that_is_missing_stops_the_run(root: Path) -> None:
    study = study_with(root, ("00_a", "stub.answer(label)", "# Först"))
    (root / "notebooks" / "00_a.ipynb").unlink()
    with pytest.raises(NotebookError, match=r"1 of the plan's 1 chapters are missing \(00_a"):
        run(study, load_periods(study))


def test_a_pdf_is_published_with_its_report_and_never_outlives_it(root: Path) -> None:
    study = study_with(root, ("00_a", "stub.answer(label)", "# Först"))
    periods, folder = load_periods(study)[:1], study.root / "outputs" / "2020"

    def printer(page: Path, pdf: Path) -> None:
        pdf.write_text(f"printed {page.name}")

    run(study, periods, workers=1, publisher=Publisher(results, printer=printer))
    assert (folder / "utvardering.pdf").read_text() == "printed utvardering.html"
    assert 'href="2020/utvardering.pdf"' in (folder.parent / "index.html").read_text("utf-8")

    def refuse(page: Path, pdf: Path) -> None:
        raise MachineError("no paper")

    assert (
        run(study, periods, again=True, publisher=Publisher(results, printer=refuse)).exit_code == 7
    )
    assert (folder / "utvardering.pdf").is_file()  # the last complete report stands

    run(study, periods, workers=1, publisher=Publisher(results))
    assert not (folder / "utvardering.pdf").exists()
    assert "utvardering.pdf" not in (folder.parent / "index.html").read_text("utf-8")
