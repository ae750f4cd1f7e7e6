"""Chapters x periods, side by side; a period is published whole or not at all."""

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from joblib import Parallel, delayed

from evalkit.errors import EvalkitError, NotebookError
from evalkit.params import load_periods
from evalkit.plan import Period, Study
from evalkit.reporting.files import write_text
from evalkit.reporting.index import Answer, PeriodEntry, index_page
from evalkit.reporting.links import chapter_id
from evalkit.reporting.over_time import Shown
from evalkit.reporting.pages import Cover
from evalkit.running import notebooks, provenance

REPORT, PDF = "utvardering.html", "utvardering.pdf"
MANIFEST = "manifest.json"
CHAPTERS = "chapters"
# What the index leads to, when it is there.
FILES = {PDF: "Som PDF", "estimates.csv": "Siffrorna (CSV)"}
OTHERS = {
    "metodvalidering.html": "Räknar verktyget rätt?",
    "planering.html": "Vad skulle en ny pilot kunna visa?",
}
PHASES = {"wash_in": "Inkörningsperiod", "post": "Efter inkörningen"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `chapter` is empty when it concerns a period as a whole."""

    kind: Literal["started", "finished", "failed", "published"]
    period: str
    chapter: str = ""
    seconds: float = 0.0
    message: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a run: the reports it published, and what failed."""

    published: tuple[Path, ...]
    failures: tuple[Event, ...]

    @property
    def exit_code(self) -> int:
        return self.failures[0].exit_code if self.failures else 0


@dataclass(frozen=True, slots=True)
class _Task:
    """One chapter to run for one period, with its place in the staging folder."""

    period: Period
    chapter: Path
    output: Path
    root: Path


Listener = Callable[[Event], None]
# Writes a period's result files into a folder and returns the period's answers for the index.
Results = Callable[[Study, Period, Path], tuple[Answer, ...]]
# Attacks what a period's folder is about to publish; DisclosureError keeps it from it.
Gate = Callable[[Study, Period, Path], None]
# Prints a finished page, the first path, as a PDF at the second.
Printer = Callable[[Path, Path], None]


def chapters_of(study: Study) -> tuple[Path, ...]:
    """Return the plan's chapters, `notebooks/<name>.ipynb`, in order; all of them must exist."""
    chapters = tuple(study.root / "notebooks" / f"{name}.ipynb" for name in study.chapters)
    missing = [chapter.name for chapter in chapters if not chapter.is_file()]
    if missing:
        raise NotebookError(
            f"notebooks/: {len(missing)} of the plan's {len(chapters)} chapters are missing "
            f"({', '.join(missing)}); restore them, or change 'chapters' in study.yaml"
        )
    numbers = Counter(chapter_id(name) for name in study.chapters)
    if alike := [name for name in study.chapters if numbers[chapter_id(name)] > 1]:
        raise NotebookError(
            f"study.yaml: chapters: {len(alike)} begin with a number that another has "
            f"({', '.join(alike)}); the page's links need one number each, so rename the file"
        )
    return chapters


def run(
    study: Study,
    periods: Sequence[Period],
    *,
    workers: int | None = None,
    on_event: Listener = lambda event: None,
    results: Results = lambda study, period, folder: (),
    gate: Gate = lambda study, period, folder: None,
    printer: Printer | None = None,
) -> BatchResult:
    """Run every chapter for every period and publish each period whose chapters all succeeded.

    A failure is recorded and the rest goes on; the failed period's earlier report stays as it
    was. The index page is made anew from what stands published.

    Parameters
    ----------
    workers : chapters at a time; as many as there are processors if None.
    on_event : told of each chapter and period as it happens, not always from the main thread.
    results : writes further result files of a period and returns its answers for the index.
    gate : the last to see a finished period before it is published.
    printer : makes each report's PDF; none is made, and an older one taken away, if None.
    """
    planned, chapters = load_periods(study), chapters_of(study)
    inputs = provenance.inputs(study, chapters)
    outputs = study.root / "outputs"
    outputs.mkdir(exist_ok=True)
    events: list[Event] = []
    with tempfile.TemporaryDirectory(prefix=".staging-", dir=outputs) as staging:
        folders = {period: Path(staging) / period.period for period in periods}
        tasks = [
            _Task(period, chapter, folder / CHAPTERS / chapter.name, study.root)
            for period, folder in folders.items()
            for chapter in chapters
        ]
        finished: Counter[Period] = Counter()
        for period, event in _execute_all(tasks, workers or os.cpu_count() or 1, on_event):
            events.append(event)
            finished[period] += event.kind == "finished"
            if event.kind == "finished" and finished[period] == len(chapters):
                made_from = provenance.manifest(study, period, inputs)
                staged = folders[period]
                events.append(_publish(study, period, staged, made_from, results, gate, printer))
                on_event(events[-1])
    write_text(_index(study, planned, outputs), outputs / "index.html")
    return BatchResult(
        tuple(outputs / event.period / REPORT for event in events if event.kind == "published"),
        tuple(event for event in events if event.kind == "failed"),
    )


def _execute_all(
    tasks: Sequence[_Task], workers: int, on_event: Listener
) -> Iterator[tuple[Period, Event]]:
    """Yield each chapter's end as it comes; threads suffice, since every kernel is a process."""
    parallel = Parallel(n_jobs=workers, prefer="threads", return_as="generator_unordered")
    yield from parallel(delayed(_execute)(task, on_event) for task in tasks)


def _execute(task: _Task, on_event: Listener) -> tuple[Period, Event]:
    name = task.period.period, task.chapter.stem
    on_event(Event("started", *name))
    begun = time.perf_counter()
    try:
        parameters = task.period.model_dump(mode="json")
        notebooks.execute(task.chapter, parameters, task.output, root=task.root)
        end = Event("finished", *name, time.perf_counter() - begun)
    except EvalkitError as error:
        seconds = time.perf_counter() - begun
        end = Event("failed", *name, seconds, str(error), error.exit_code)
    on_event(end)
    return task.period, end


def _publish(
    study: Study,
    period: Period,
    staged: Path,
    made_from: dict[str, Any],
    results: Results,
    gate: Gate,
    printer: Printer | None,
) -> Event:
    """Complete a period in the staging folder, then move it into place."""
    begun = time.perf_counter()
    try:
        answers = results(study, period, staged)
        cover = Cover(
            study.title,
            study.organisation,
            period.label,
            study.simulated,
            provenance.footer(made_from),
        )
        executed = [staged / CHAPTERS / chapter.name for chapter in chapters_of(study)]
        notebooks.export(executed, cover, staged / REPORT)
        if printer:
            printer(staged / REPORT, staged / PDF)
        gate(study, period, staged)
    except EvalkitError as error:
        seconds = time.perf_counter() - begun
        return Event("failed", period.period, "", seconds, str(error), error.exit_code)
    made_from = made_from | {"answers": [asdict(answer) for answer in answers]}
    write_text(provenance.as_json(made_from), staged / MANIFEST)
    _move(staged, study.root / "outputs" / period.period)
    return Event("published", period.period, "", time.perf_counter() - begun)


def _move(staged: Path, target: Path) -> None:
    """Replace file by file, so that each is whole at all times; the manifest comes last."""
    target.mkdir(exist_ok=True)
    kept = target / CHAPTERS
    kept.mkdir(exist_ok=True)
    kept.chmod(0o700)
    files = [path for path in sorted(staged.iterdir()) if path.is_file()]
    if any((target / file.name).is_dir() for file in files):
        raise NotebookError(
            f"outputs/{target.name}/: a folder stands where a file of the report belongs; move it"
        )
    names = {chapter.name for chapter in (staged / CHAPTERS).iterdir()}
    for name in sorted(names):
        os.replace(staged / CHAPTERS / name, kept / name)
    if not (staged / PDF).is_file():
        (target / PDF).unlink(missing_ok=True)  # of an earlier report
    for file in sorted(files, key=lambda path: path.name == MANIFEST):
        os.replace(file, target / file.name)
    for chapter in kept.iterdir():
        if chapter.name not in names:
            chapter.unlink()


def _index(study: Study, planned: Sequence[Period], outputs: Path) -> str:
    """Return the index page of what stands published, as the periods' own manifests tell it."""
    rows = tuple(
        _entry(period, outputs / period.period)
        for period in planned
        if (outputs / period.period / MANIFEST).is_file()
    )
    others = tuple((label, name) for name, label in OTHERS.items() if (outputs / name).is_file())
    return index_page(study.title, study.organisation, study.simulated, rows, others)


def _entry(period: Period, folder: Path) -> PeriodEntry:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return PeriodEntry(
        period.label,
        f"{period.period}/{REPORT}",
        PHASES[period.phase],
        tuple(_answer(**answer) for answer in manifest["answers"]),
        tuple(
            (label, f"{period.period}/{name}")
            for name, label in FILES.items()
            if (folder / name).is_file()
        ),
        settled=period.phase != "wash_in",
    )


def _answer(*, shown: dict[str, Any] | None = None, **words: str) -> Answer:
    return Answer(**words, shown=Shown(**shown) if shown else None)
