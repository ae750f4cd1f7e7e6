"""Chapters x periods, side by side; a period is published whole or not at all."""

import os
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from evalkit.chapters.results import ESTIMATES
from evalkit.disk import private_folder
from evalkit.errors import EvalkitError, MachineError, NotebookError
from evalkit.params import load_periods
from evalkit.plan import Period, Study
from evalkit.reporting.index import Answer
from evalkit.running import notebooks, provenance
from evalkit.running.jobs import Crew, End, Job, Tell
from evalkit.running.publishing import (
    STAGING,
    Publisher,
    answers_of,
    clear_up,
    publish,
    unreadable,
    write_index,
)
from evalkit.running.standing import CHAPTERS, MANIFEST, REPORT, Standing, released

PATIENCE = 600.0  # seconds that one cell may take


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `chapter` is empty when it concerns a period as a whole.

    `message` is why something failed, or what is to be known of a published report.
    """

    kind: Literal["started", "finished", "failed", "unchanged", "published"]
    period: str
    chapter: str = ""
    seconds: float = 0.0
    message: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a run: the reports that stand as this run wants them, and what failed."""

    published: tuple[Path, ...]
    failures: tuple[Event, ...]

    @property
    def exit_code(self) -> int:
        return self.failures[0].exit_code if self.failures else 0


Listener = Callable[[Event], None]
# Computes what those of a period's chapters share that are to be run, by their names.
Preparation = Callable[[Study, Period, Collection[str]], None]


@dataclass(frozen=True, slots=True)
class _Task:
    """One chapter to run for one period, with its place in the staging folder."""

    period: Period
    chapter: Path
    output: Path
    root: Path


@dataclass(slots=True)
class _Staged:
    """A period on its way to be published: its folder, and the chapters that are still to end.

    `answers` are those of the result files when they come out as they stand; `missing` has the
    headings of chapters that failed and that the report may do without.
    """

    folder: Path
    made_from: dict[str, Any]
    left: set[str] = field(default_factory=set)
    answers: tuple[Answer, ...] | None = None
    missing: dict[str, str] = field(default_factory=dict)
    failed: bool = False


def run(
    study: Study,
    periods: Sequence[Period],
    *,
    workers: int | None = None,
    again: bool = False,
    on_event: Listener = lambda event: None,
    on_tick: Callable[[], None] = lambda: None,
    prepare: Preparation = lambda study, period, chapters: None,
    publisher: Publisher | None = None,
) -> BatchResult:
    """Run every chapter for every period and publish each period whose chapters all succeeded.

    A failure is recorded and the rest goes on; the failed period's earlier report stays as it
    was, unless the plan wants a report that tells which chapters failed. What would come out as it
    stands is not made again. The index page is made anew from what stands published.

    Parameters
    ----------
    workers : chapters at a time; as many as there are processors if None.
    again : make also what is unchanged.
    on_event : told of each chapter and period as it happens.
    on_tick : called several times a second while chapters run.
    prepare : computes in this process what a period's chapters share, before they are forked.
    publisher : what is done with each period whose chapters have run.
    """
    planned, chapters = load_periods(study), provenance.chapters_of(study)
    inputs = provenance.inputs(study, chapters)
    outputs = private_folder(study.root / "outputs")
    clear_up(outputs)
    write_index(study, planned, outputs)  # a killed run may have left it a report behind
    publisher = publisher or Publisher()
    events: list[Event] = []

    def tell(event: Event) -> None:
        events.append(event)
        on_event(event)

    crew = Crew(workers or os.cpu_count() or 1, lambda job: tell(_started(job)), on_tick)
    with tempfile.TemporaryDirectory(prefix=STAGING, dir=outputs) as staging, closing(crew):
        known = {} if again else released(outputs)
        staged: dict[Period, _Staged] = {}
        for period in periods:
            made_from = provenance.manifest(study, period, inputs)
            stands = Standing.of(outputs, period)
            if not again and stands.is_current(made_from, known, pdf=publisher.printer is not None):
                tell(Event("unchanged", period.period))
                continue
            staged[period] = _stage(Path(staging) / period.period, stands, made_from, again, tell)
            left = frozenset(staged[period].left)
            if left and (fault := _fault_of(prepare, study, period, left)):
                tell(fault)
                staged[period].left.clear()
                staged[period].failed = True
                continue
            for chapter in chapters:
                if chapter.stem in staged[period].left:
                    place = staged[period].folder / CHAPTERS / chapter.name
                    crew.give(_job(_Task(period, chapter, place, study.root)))
        waiting = deque(staged.items())
        _publish_in_order(waiting, study, publisher, tell)
        for end in crew.ends():
            task, event = end.job.arguments[0], _ended(end)
            tell(event)
            one = staged[task.period]
            one.left.discard(event.chapter)
            one.failed |= event.kind == "failed" and not _done_without(study, task, one)
            _publish_in_order(waiting, study, publisher, tell)
    for period in unreadable(planned, outputs):
        tell(_left_out(period))
    whole = {
        one.period for one in events if one.kind in ("published", "unchanged") and not one.chapter
    }
    return BatchResult(
        tuple(outputs / one.period / REPORT for one in periods if one.period in whole),
        tuple(event for event in events if event.kind == "failed"),
    )


def _stage(
    folder: Path, stands: Standing, made_from: dict[str, Any], again: bool, tell: Listener
) -> _Staged:
    """Return a period to be published, with what of it need not be made again."""
    private_folder(folder / CHAPTERS)
    staged = _Staged(folder, made_from)
    if not again and stands.has(ESTIMATES, made_from):
        shutil.copy2(stands.folder / ESTIMATES, folder)
        staged.answers = answers_of(stands.manifest)
    kept = frozenset() if again else stands.unchanged(made_from)
    for name in made_from["inputs"]["chapters"]:
        chapter = Path(name).stem
        if chapter in kept:
            shutil.copy2(stands.executed(chapter), folder / CHAPTERS)
            tell(Event("unchanged", folder.name, chapter))
        else:
            staged.left.add(chapter)
    return staged


def _fault_of(
    prepare: Preparation, study: Study, period: Period, chapters: Collection[str]
) -> Event | None:
    begun = time.perf_counter()
    try:
        prepare(study, period, chapters)
    except (EvalkitError, OSError) as problem:
        return _failed(period.period, "", time.perf_counter() - begun, problem)
    return None


def _job(task: _Task) -> Job:
    return Job(task.chapter.name, _execute, (task,), PATIENCE)


def _execute(tell: Tell, task: _Task) -> None:
    """Run one chapter: the whole work of a process of its own."""
    parameters = task.period.model_dump(mode="json")
    notebooks.execute(task.chapter, parameters, task.output, root=task.root, tell=tell)


def _started(job: Job) -> Event:
    task: _Task = job.arguments[0]
    return Event("started", task.period.period, task.chapter.stem)


def _ended(end: End) -> Event:
    task: _Task = end.job.arguments[0]
    name = task.period.period, task.chapter.stem
    if end.problem:
        return _failed(*name, end.seconds, end.problem)
    return Event("finished", *name, end.seconds)


def _failed(period: str, chapter: str, seconds: float, problem: EvalkitError | OSError) -> Event:
    error = MachineError.of(problem) if isinstance(problem, OSError) else problem
    return Event("failed", period, chapter, seconds, str(error), error.exit_code)


def _done_without(study: Study, task: _Task, staged: _Staged) -> bool:
    """Put a page that says so in a failed chapter's place, where the plan wants it.

    Nothing stands in for the first chapter: it is what the others are the grounds of.
    """
    name = task.chapter.stem
    if study.failed_chapters == "withhold" or name == study.chapters[0]:
        return False
    try:
        staged.missing[name] = notebooks.stand_in(task.chapter, task.output)
    except EvalkitError:  # it is no notebook at all
        return False
    return True


def _published(study: Study, period: Period, staged: _Staged, publisher: Publisher) -> Event:
    begun = time.perf_counter()
    try:
        if staged.answers is None:
            staged.answers = publisher.results(study, period, staged.folder)
        remark = publish(
            study, period, staged.folder, staged.made_from, staged.answers, publisher,
            staged.missing,
        )  # fmt: skip
    except (EvalkitError, OSError) as problem:
        return _failed(period.period, "", time.perf_counter() - begun, problem)
    return Event("published", period.period, "", time.perf_counter() - begun, remark)


def _publish_in_order(
    waiting: deque[tuple[Period, _Staged]], study: Study, publisher: Publisher, tell: Listener
) -> None:
    """Publish the periods whose chapters have ended, as far as none is before them that has not.

    What one report tells, the next may have to keep back: which is first must not be chance.
    """
    while waiting and not waiting[0][1].left:
        period, one = waiting.popleft()
        if not one.failed:
            tell(_published(study, period, one, publisher))


def _left_out(period: Period) -> Event:
    return Event("failed", period.period, message=(
        f"outputs/{period.period}/{MANIFEST}: cannot be read, so the index leaves the period "
        "out; run the period again"
    ), exit_code=NotebookError.exit_code)  # fmt: skip
