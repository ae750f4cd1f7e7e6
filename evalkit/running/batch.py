"""Chapters x periods, side by side; a period is published whole or not at all."""

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from evalkit.chapters.results import ESTIMATES
from evalkit.disk import private_folder, put, settle
from evalkit.errors import EvalkitError, MachineError, NotebookError
from evalkit.params import load_periods
from evalkit.plan import Period, Study
from evalkit.reporting.files import write_text
from evalkit.reporting.index import Answer, PeriodEntry, index_page
from evalkit.reporting.links import chapter_id
from evalkit.reporting.over_time import Shown
from evalkit.reporting.pages import Cover
from evalkit.reporting.register import FILE as REGISTER
from evalkit.running import notebooks, provenance

REPORT, PDF = "utvardering.html", "utvardering.pdf"
MANIFEST, INDEX = "manifest.json", "index.html"
CHAPTERS = "chapters"
STAGING = ".staging-"
# What evalkit puts in a period's folder; whatever else lies there is left there.
OWN = (REPORT, PDF, ESTIMATES, MANIFEST, CHAPTERS)
# What the index leads to, when it is there.
FILES = {PDF: "Som PDF", ESTIMATES: "Siffrorna (CSV)"}
OTHERS = {
    "datakatalog.html": "Vad betyder uppgifterna?",
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
    on_event : told of each chapter and period as it happens; of its start from another thread.
    results : writes further result files of a period and returns its answers for the index.
    gate : the last to see a finished period before it is published.
    printer : makes each report's PDF; none is made, and an older one taken away, if None.
    """
    planned, chapters = load_periods(study), chapters_of(study)
    inputs = provenance.inputs(study, chapters)
    outputs = private_folder(study.root / "outputs")
    _settle(outputs)
    _write_index(study, planned, outputs)  # a killed run may have left it a report behind
    events: list[Event] = []
    with tempfile.TemporaryDirectory(prefix=STAGING, dir=outputs) as staging:
        folders = {period: Path(staging) / period.period for period in periods}
        tasks = [
            _Task(period, chapter, folder / CHAPTERS / chapter.name, study.root)
            for period, folder in folders.items()
            for chapter in chapters
        ]
        finished: Counter[Period] = Counter()
        with closing(_execute_all(tasks, workers or os.cpu_count() or 1, on_event)) as ends:
            for period, event in ends:
                events.append(event)
                on_event(event)
                finished[period] += event.kind == "finished"
                if event.kind == "finished" and finished[period] == len(chapters):
                    made_from, staged = provenance.manifest(study, period, inputs), folders[period]
                    end = _publish(study, period, staged, made_from, results, gate, printer)
                    events.append(end)
                    on_event(end)
    for end in _unreadable(planned, outputs):
        events.append(end)
        on_event(end)
    return BatchResult(
        tuple(outputs / event.period / REPORT for event in events if event.kind == "published"),
        tuple(event for event in events if event.kind == "failed"),
    )


def _settle(outputs: Path) -> None:
    """Take away what a killed run was writing; the published files are as they were."""
    for left in outputs.glob(f"{STAGING}*"):
        settle(left, outputs, OWN)
    for name in (INDEX, REGISTER):
        for half in outputs.glob(f".{name}.*"):
            half.unlink()


def _execute_all(
    tasks: Sequence[_Task], workers: int, on_event: Listener
) -> Generator[tuple[Period, Event], None, None]:
    """Yield each chapter's end as it comes; threads suffice, since every kernel is a process."""
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(_execute, task, on_event) for task in tasks]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:  # above all Ctrl-C, of which the kernels hear nothing
            pool.shutdown(wait=False, cancel_futures=True)
            while running := [future for future in futures if not future.done()]:
                notebooks.stop_kernels()
                wait(running, timeout=0.2)
            raise


def _execute(task: _Task, on_event: Listener) -> tuple[Period, Event]:
    name = task.period.period, task.chapter.stem
    on_event(Event("started", *name))
    begun = time.perf_counter()
    try:
        parameters = task.period.model_dump(mode="json")
        notebooks.execute(task.chapter, parameters, task.output, root=task.root)
        end = Event("finished", *name, time.perf_counter() - begun)
    except (EvalkitError, OSError) as problem:
        end = _failed(*name, begun, problem)
    return task.period, end


def _failed(period: str, chapter: str, begun: float, problem: EvalkitError | OSError) -> Event:
    error = MachineError.of(problem) if isinstance(problem, OSError) else problem
    seconds = time.perf_counter() - begun
    return Event("failed", period, chapter, seconds, str(error), error.exit_code)


def _publish(
    study: Study,
    period: Period,
    staged: Path,
    made_from: dict[str, Any],
    results: Results,
    gate: Gate,
    printer: Printer | None,
) -> Event:
    """Complete a period in the staging folder, move it into place, and tell of it in the index."""
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
        _write_manifest(made_from, answers, staged)
        outputs = study.root / "outputs"
        _put(staged, outputs / period.period)
        _write_index(study, load_periods(study), outputs)
    except (EvalkitError, OSError) as problem:
        return _failed(period.period, "", begun, problem)
    return Event("published", period.period, "", time.perf_counter() - begun)


def _write_manifest(made_from: dict[str, Any], answers: Sequence[Answer], staged: Path) -> None:
    """Write what a report was made from, what it answers, and the hash of each file beside it.

    Not of the PDF: the browser that prints it writes the clock into it.
    """
    files = [path for path in staged.iterdir() if path.is_file() and path.name != PDF]
    found = {
        "answers": [asdict(answer) for answer in answers],
        "files": provenance.hashes(staged, files),
    }
    write_text(provenance.as_json(made_from | found), staged / MANIFEST)


def _put(staged: Path, target: Path) -> None:
    """Let a finished period stand in place of the one before: all its files, or none."""
    staged.chmod(0o700)
    for name in OWN:
        place = target / name
        if place.exists() and place.is_dir() != (name == CHAPTERS):
            raise MachineError(
                f"outputs/{target.name}/{name}: a file and a folder stand in each other's place; "
                "move what is there, then run again. The last complete report stands."
            )
    put(staged, target, OWN)


def _write_index(study: Study, planned: Sequence[Period], outputs: Path) -> None:
    """Write the index page of what stands published, as the periods' own manifests tell it."""
    rows = [row for period in planned if (row := _entry(period, outputs / period.period))]
    others = tuple((label, name) for name, label in OTHERS.items() if (outputs / name).is_file())
    page = index_page(study.title, study.organisation, study.simulated, tuple(rows), others)
    write_text(page, outputs / INDEX)


def _unreadable(planned: Sequence[Period], outputs: Path) -> list[Event]:
    """Tell of published periods that the index has to leave out."""
    return [
        Event("failed", period.period, message=(
            f"outputs/{period.period}/{MANIFEST}: cannot be read, so the index leaves the period "
            "out; run the period again"
        ), exit_code=NotebookError.exit_code)
        for period in planned
        if (outputs / period.period / MANIFEST).exists()
        and _entry(period, outputs / period.period) is None
    ]  # fmt: skip


def _entry(period: Period, folder: Path) -> PeriodEntry | None:
    """Return a period's entry in the index; None when its manifest is missing or unreadable."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        answers = tuple(_answer(**answer) for answer in manifest["answers"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return PeriodEntry(
        period.label,
        f"{period.period}/{REPORT}",
        PHASES[period.phase],
        answers,
        tuple(
            (label, f"{period.period}/{name}")
            for name, label in FILES.items()
            if (folder / name).is_file()
        ),
        settled=period.phase != "wash_in",
    )


def _answer(*, shown: dict[str, Any] | None = None, **words: str) -> Answer:
    return Answer(**words, shown=Shown(**shown) if shown else None)
