"""Running one chapter: what is refused, what a failure says, and what is left behind."""

import json
import os
import stat
from pathlib import Path

import nbformat
import pytest
from chapters import SECRET, make_study, values, write_chapter

from evalkit.data import engine
from evalkit.errors import NotebookError, ParamsError
from evalkit.running.jobs import Job, alone
from evalkit.running.notebooks import execute, lab_copies


def run(chapter: Path, parameters: dict, output: Path, *, root: Path, timeout: float = 60) -> None:
    """Run a chapter as `evalkit run` does: as a job of its own."""

    def work(tell) -> None:
        execute(chapter, parameters, output, root=root, tell=tell)

    alone(Job(chapter.name, work, patience=timeout))


def test_a_misspelt_parameter_is_refused_before_any_cell_runs(root: Path) -> None:
    chapter = write_chapter(root, "01_a", "stub.die()")
    given = {("perod" if key == "period" else key): value for key, value in values().items()}
    with pytest.raises(ParamsError, match="no parameter 'perod'; did you mean 'period'") as caught:
        run(chapter, given, root / "out.ipynb", root=root)
    assert "'period' got no value" in str(caught.value)


def test_a_chapter_without_a_parameters_cell_is_refused(root: Path) -> None:
    chapter = root / "notebooks" / "01_a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), chapter)
    with pytest.raises(NotebookError, match="0 cells are tagged 'parameters'"):
        run(chapter, values(), root / "out.ipynb", root=root)


def test_equal_runs_in_different_places_give_equal_private_files(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    written = []
    for place in (root, make_study(tmp_path / "elsewhere" / "study")):
        chapter = write_chapter(place, "01_a", 'stub.drawing("a")', "stub.answer(period)")
        run(chapter, values(period="2021"), place / "private" / "out.ipynb", root=place)
        written.append(place / "private" / "out.ipynb")
    first, second = (json.loads(path.read_text()) for path in written)
    assert first == second
    assert str(tmp_path) not in written[0].read_text()
    assert "2021" in json.dumps(first["cells"][-1]["outputs"])
    assert stat.S_IMODE(written[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(written[0].parent.stat().st_mode) == 0o700


def test_a_failing_cell_tells_its_place_and_type_but_not_its_message(
    root: Path, capfd: pytest.CaptureFixture
) -> None:
    chapter = write_chapter(root, "01_a", f"stub.fail('{SECRET}')")
    with pytest.raises(NotebookError, match=r"01_a\.ipynb: cell 4: ValueError") as caught:
        run(chapter, values(), root / "out.ipynb", root=root)
    told = str(caught.value) + "".join(capfd.readouterr())
    assert SECRET not in told
    assert not (root / "out.ipynb").exists()


def test_an_error_of_evalkits_own_is_told_in_full(root: Path) -> None:
    chapter = write_chapter(root, "01_a", "stub.undecided()")
    with pytest.raises(NotebookError, match="DesignError: K1: too few areas"):
        run(chapter, values(), root / "out.ipynb", root=root)


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("stub.die()", "its process ended by signal 9; if memory ran out"),
        ("stub.time.sleep(60)", "was stopped, since it had not ended after 2 s"),
        ("stub.os._exit(0)", "its process ended with exit code 0"),
    ],
    ids=["killed", "slow", "left"],
)
def test_a_chapter_that_dies_or_hangs_is_a_failure_and_its_cell_is_told(
    root: Path, cell: str, told: str, capfd: pytest.CaptureFixture
) -> None:
    chapter = write_chapter(root, "01_a", cell)
    with pytest.raises(NotebookError, match=rf"01_a\.ipynb: cell 4: {told}"):
        run(chapter, values(), root / "out.ipynb", root=root, timeout=2)
    assert not (root / "out.ipynb").exists()
    assert "Traceback" not in "".join(capfd.readouterr())


def test_what_one_chapter_does_to_its_process_no_other_sees(root: Path) -> None:
    harm = "stub.os.environ.update(A='1'); stub.sys.path.clear(); del stub.fragments.callout"
    run(write_chapter(root, "01_a", harm), values(), root / "a.ipynb", root=root)
    run(write_chapter(root, "02_b", "stub.answer(period)"), values(), root / "b.ipynb", root=root)
    assert "A" not in os.environ


def test_lab_copies_hold_the_period_and_leave_chapters_and_work_alone(root: Path) -> None:
    chapter = write_chapter(root, "01_a", "stub.answer(period)")
    stored = chapter.read_bytes()
    (copy,) = lab_copies([chapter], values(period="2021"), root / "outputs" / "lab")
    assert "period = '2021'" in nbformat.read(copy, 4).cells[1].source
    assert chapter.read_bytes() == stored
    copy.write_text("somebody's work")
    lab_copies([chapter], values(period="2022"), root / "outputs" / "lab")
    assert copy.read_text() == "somebody's work"


def test_a_job_takes_away_the_engines_folder_when_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not fit in memory lies there, as text."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def work(tell) -> list[str]:
        engine.connect()
        return [path.name for path in tmp_path.iterdir()]

    def fail(tell) -> None:
        work(tell)
        raise ValueError

    (made,) = alone(Job("extracts", work))
    assert made.startswith("evalkit-extracts-")
    with pytest.raises(NotebookError, match=r"extracts: stopped \(ValueError\)"):
        alone(Job("extracts", fail))
    assert not list(tmp_path.iterdir())
