"""A chapter that somebody has edited by hand: nothing stored in it is believed."""

import json
from pathlib import Path

import nbformat
from chapters import SECRET, write_chapter
from nbformat.v4 import new_output

from evalkit.errors import NotebookError
from evalkit.params import load_periods, load_study
from evalkit.reporting import fragments
from evalkit.running import batch


def run(root: Path) -> tuple[batch.BatchResult, list[str]]:
    """Run one period, and return what came of it and all that was told."""
    study = load_study(root / "params" / "study.yaml")
    told: list[str] = []
    result = batch.run(
        study, load_periods(study)[:1], workers=1, on_event=lambda event: told.append(event.message)
    )
    return result, told


def left(root: Path) -> dict[str, bytes]:
    folder = root / "outputs" / "2020"
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_58_outputs_and_trust_that_were_stored_with_a_chapter_are_not_published(
    root: Path,
) -> None:
    path = write_chapter(root, "00_a", "stub.answer(label)")
    assert run(root)[0].exit_code == 0
    clean = json.loads(left(root)["manifest.json"])["fingerprints"]["chapters"]
    chapter = nbformat.read(path, 4)
    data, mark = fragments.callout("svar", SECRET)._repr_mimebundle_()
    for cell in chapter.cells[1:]:
        cell.outputs = [new_output("display_data", data, metadata=mark)]
        cell.execution_count = 1
        cell.metadata.trusted = True
    chapter.metadata.trusted = True
    nbformat.write(chapter, path)
    result, _ = run(root)
    assert result.exit_code == 0
    for name, raw in left(root).items():
        assert SECRET.encode() not in raw, name
    assert b"trusted" not in left(root)["00_a.ipynb"]
    # Whoever compares two reports' manifests sees that the chapter was another.
    assert json.loads(left(root)["manifest.json"])["fingerprints"]["chapters"] != clean


def test_58_a_cell_that_was_added_shows_nothing_that_the_library_has_not_made(root: Path) -> None:
    write_chapter(root, "00_a", "stub.answer(label)")
    run(root)
    before = left(root)
    for added in (f"print('{SECRET}')", f"'{SECRET}'", f"stub.fail('{SECRET}')"):
        write_chapter(root, "00_a", "stub.answer(label)", added)
        result, told = run(root)
        assert result.exit_code == NotebookError.exit_code
        assert any("00_a.ipynb: cell 5" in message for message in told)
        assert not any(SECRET in message for message in told)
        assert left(root) == before
