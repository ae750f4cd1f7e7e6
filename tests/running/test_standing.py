"""What is unchanged is not run again; whatever it hangs on makes it run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from chapters import write_chapter

from evalkit.params import load_periods, load_study
from evalkit.reporting import register
from evalkit.reporting.attack import Statement
from evalkit.reporting.index import Answer
from evalkit.running import standing
from evalkit.running.batch import Event, run
from evalkit.running.publishing import Admitted, Publisher

Change = Callable[[Path], object]


def admit(study, period, folder: Path) -> Admitted:
    release = register.Release.of(period.period, "data", [Statement((("n", 1.0),), 7.0, 7.0)])
    register.enter(release, study.root / "outputs")
    return Admitted(release.fingerprint)


def ran(root: Path, again: bool = False, **options) -> list[tuple[str, str]]:
    """Run the first period; return what happened, without what was begun."""
    study = load_study(root / "params" / "study.yaml")
    events: list[Event] = []
    publisher = Publisher(gate=admit, **options)
    result = run(
        study, load_periods(study)[:1], again=again, on_event=events.append, publisher=publisher
    )
    assert result.exit_code == 0
    assert result.published == (root / "outputs" / "2020" / "utvardering.html",)
    return sorted((one.kind, one.chapter) for one in events if one.kind != "started")


@pytest.fixture
def published(root: Path) -> Path:
    write_chapter(root, "00_a", "stub.answer(label)", prose="# Först\n\nText.")
    write_chapter(root, "01_b", "stub.answer(label)", prose="# Sedan\n\nText.")
    ran(root)
    return root


def everything(root: Path) -> dict[str, bytes]:
    folder = root / "outputs"
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def append(name: str, text: str = "\n") -> Change:
    def change(root: Path) -> None:
        with (root / name).open("a", encoding="utf-8") as file:
            file.write(text)

    return change


def reword(old: str, new: str) -> Change:
    def change(root: Path) -> None:
        path = root / "notebooks" / "01_b.ipynb"
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")

    return change


ALL = [("finished", "00_a"), ("finished", "01_b"), ("published", "")]
ONE = [("finished", "01_b"), ("published", ""), ("unchanged", "00_a")]
NONE = [("published", ""), ("unchanged", "00_a"), ("unchanged", "01_b")]


def test_a_run_on_what_is_unchanged_touches_nothing(published: Path) -> None:
    before = everything(published)
    assert ran(published) == [("unchanged", "")]
    assert everything(published) == before


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (reword("Text.", "Annan text."), ONE),
        (reword("stub.answer(label)", "stub.answer(period)"), ONE),
        (reword("# Sedan", "# Till sist"), ALL),  # other chapters lead to it by its title
        (append("outputs/demo/extracts/barn.csv", "b2\n"), ALL),
        (append("data_contracts/barn.odcs.yaml"), ALL),
        (append("params/study.yaml"), ALL),
        (append("params/2022.yaml"), ALL),
        (append("params/threats.yaml"), ALL),
        (append("outputs/2020/chapters/01_b.ipynb"), ONE),
        (append("outputs/2020/utvardering.html"), NONE),
        (lambda root: (root / "outputs/2020/utvardering.html").unlink(), NONE),
        (lambda root: (root / "outputs/2020/manifest.json").unlink(), ALL),
        (lambda root: (root / "outputs/2020/manifest.json").write_text("[]"), ALL),
        (lambda root: (root / "outputs/2020/manifest.json").write_text("{"), ALL),
        (lambda root: (root / "outputs/register.json").unlink(), NONE),
    ],
)
def test_what_a_change_concerns_is_made_again_and_nothing_else(
    published: Path, change: Change, expected: list[tuple[str, str]]
) -> None:
    change(published)
    assert ran(published) == expected
    assert ran(published) == [("unchanged", "")]


@pytest.mark.parametrize(
    ("change", "made"),
    [
        (reword("Text.", "Annan text."), False),
        (append("outputs/2020/utvardering.html"), False),
        (append("params/study.yaml"), True),
        (append("outputs/demo/extracts/barn.csv", "b2\n"), True),
        (append("outputs/2020/estimates.csv"), True),
        (lambda root: (root / "outputs/2020/estimates.csv").unlink(), True),
        (lambda root: manifest(root, answers=[{"label": "no such word"}]), True),
    ],
)
def test_the_results_are_computed_again_when_something_that_they_rest_on_has_changed(
    root: Path, change: Change, made: bool
) -> None:
    write_chapter(root, "00_a", "stub.answer(label)", prose="# Först\n\nText.")
    write_chapter(root, "01_b", "stub.answer(label)", prose="# Sedan\n\nText.")
    times: list[str] = []

    def results(study, period, folder: Path) -> tuple[Answer, ...]:
        times.append(period.period)
        (folder / "estimates.csv").write_text("outcome\nK1\n", "utf-8")
        return (Answer("Byten", "Troligen färre", "-0,3"),)

    ran(root, results=results)
    index = (root / "outputs/index.html").read_bytes()
    change(root)
    ran(root, results=results)
    assert len(times) == 1 + made
    assert (root / "outputs/2020/estimates.csv").read_text("utf-8") == "outcome\nK1\n"
    assert (root / "outputs/index.html").read_bytes() == index
    ran(root, results=results, again=True)
    assert len(times) == 2 + made


def manifest(root: Path, **changed: object) -> None:
    path = root / "outputs" / "2020" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changed), "utf-8")
    reword("Text.", "Annan text.")(root)


def test_a_changed_library_or_program_makes_everything_again(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.running.provenance.version", lambda name: "2.0")
    assert ran(published) == ALL


def test_what_is_kept_gives_the_page_that_a_whole_run_gives(published: Path) -> None:
    reword("Text.", "Annan text.")(published)
    ran(published)
    kept = everything(published)
    for path in (published / "outputs" / "2020").rglob("*.*"):
        path.unlink()
    assert ran(published) == ALL
    assert everything(published) == kept


def test_a_pdf_that_is_asked_for_or_no_longer_so_is_made_or_taken_away(published: Path) -> None:
    def printer(page: Path, pdf: Path) -> None:
        pdf.write_text("printed")

    assert ran(published, printer=printer) == NONE
    assert ran(published, printer=printer) == [("unchanged", "")]
    assert ran(published) == NONE


def test_the_register_and_its_reader_agree(published: Path) -> None:
    outputs = published / "outputs"
    assert standing.REGISTER == register.FILE
    (release,) = register.load(outputs)
    assert standing.released(outputs) == {"2020": release.fingerprint}
    manifest = json.loads((outputs / "2020" / "manifest.json").read_text("utf-8"))
    assert manifest["release"] == release.fingerprint


def test_the_index_must_know_the_pages_beside_it(published: Path) -> None:
    study = load_study(published / "params" / "study.yaml")
    first, outputs = load_periods(study)[:1], published / "outputs"

    def current() -> bool:
        return standing.all_current(study, first, pdf=False)

    assert not current()  # what the columns mean has not been written
    (outputs / standing.DICTIONARY).touch()
    assert not current()  # and now the index does not lead there
    ran(published)
    assert current()
    assert not standing.all_current(study, first, pdf=True)
    assert not standing.all_current(study, load_periods(study)[:2], pdf=False)
    (outputs / "planering.html").touch()
    assert not current()
