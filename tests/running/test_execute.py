"""Running one chapter: what is refused, what a failure says, and what is left behind."""

import json
import stat
import sys
from pathlib import Path

import nbformat
import pytest
from chapters import SECRET, make_study, values, write_chapter

from evalkit.errors import NotebookError, ParamsError
from evalkit.running.notebooks import execute, lab_copies


def test_a_misspelt_parameter_is_refused_before_any_kernel_starts(root: Path) -> None:
    chapter = write_chapter(root, "01_a", "stub.die()")
    given = {("perod" if key == "period" else key): value for key, value in values().items()}
    with pytest.raises(ParamsError, match="no parameter 'perod'; did you mean 'period'") as caught:
        execute(chapter, given, root / "out.ipynb", root=root)
    assert "'period' got no value" in str(caught.value)


def test_a_chapter_without_a_parameters_cell_is_refused(root: Path) -> None:
    chapter = root / "notebooks" / "01_a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), chapter)
    with pytest.raises(NotebookError, match="0 cells are tagged 'parameters'"):
        execute(chapter, values(), root / "out.ipynb", root=root)


def test_equal_runs_in_different_places_give_equal_private_files(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    written = []
    for place in (root, make_study(tmp_path / "elsewhere" / "study")):
        chapter = write_chapter(place, "01_a", 'stub.drawing("a")', "stub.answer(period)")
        execute(chapter, values(period="2021"), place / "private" / "out.ipynb", root=place)
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
        execute(chapter, values(), root / "out.ipynb", root=root)
    told = str(caught.value) + "".join(capfd.readouterr())
    assert SECRET not in told
    assert not (root / "out.ipynb").exists()


def test_an_error_of_evalkits_own_is_told_in_full(root: Path) -> None:
    chapter = write_chapter(root, "01_a", "stub.undecided()")
    with pytest.raises(NotebookError, match="DesignError: K1: too few areas"):
        execute(chapter, values(), root / "out.ipynb", root=root)


@pytest.mark.parametrize("cell", ["stub.die()", "stub.time.sleep(60)"], ids=["killed", "slow"])
def test_a_kernel_that_dies_or_hangs_is_a_failure(
    root: Path, cell: str, capfd: pytest.CaptureFixture
) -> None:
    chapter = write_chapter(root, "01_a", cell)
    with pytest.raises(NotebookError, match=r"01_a\.ipynb: the kernel stopped"):
        execute(chapter, values(), root / "out.ipynb", root=root, timeout=4)
    assert not (root / "out.ipynb").exists()
    assert "Traceback" not in "".join(capfd.readouterr())


def test_the_kernel_is_this_interpreter_on_sockets_nobody_else_can_open(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = root / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    spec = {"argv": ["false"], "display_name": "Another", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(root / "jupyter"))
    chapter = write_chapter(root, "01_a", "stub.kernel()")
    execute(chapter, values(), root / "out.ipynb", root=root)
    cell = nbformat.read(root / "out.ipynb", 4).cells[-1]
    assert cell.outputs[0].data["text/plain"] == f"{sys.executable} ipc 700"


def test_lab_copies_hold_the_period_and_leave_chapters_and_work_alone(root: Path) -> None:
    chapter = write_chapter(root, "01_a", "stub.answer(period)")
    stored = chapter.read_bytes()
    (copy,) = lab_copies([chapter], values(period="2021"), root / "outputs" / "lab")
    assert "period = '2021'" in nbformat.read(copy, 4).cells[1].source
    assert chapter.read_bytes() == stored
    copy.write_text("somebody's work")
    lab_copies([chapter], values(period="2022"), root / "outputs" / "lab")
    assert copy.read_text() == "somebody's work"
