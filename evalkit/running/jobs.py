"""Work in processes of their own: what one does wrong, or dies of, is that one's failure only.

Where the system can, a process is a fork of this one: what has been imported and computed here is
there at once, and nothing comes back but the answer. Whoever forks must be alone in its process:
no other thread may hold a lock at that moment, or the fork waits for it for ever.
"""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from evalkit.errors import EvalkitError, MachineError, NotebookError

# macOS has fork, but its own libraries do not survive one.
_CONTEXT: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
_PR_SET_PDEATHSIG = 1  # Linux, prctl.h
_TICK, _LEAVE = 0.2, 10.0  # seconds

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """Work for one process: `work` is called with `tell` and the arguments.

    It says with `tell` where it is; when it has said nothing for `patience` seconds it is killed.
    `name` is what a message calls it.
    """

    name: str
    work: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    patience: float = float("inf")


@dataclass(frozen=True, slots=True)
class End:
    """What became of a job: its answer, or the problem that it ended with."""

    job: Job
    answer: Any
    problem: EvalkitError | None
    seconds: float


@dataclass(slots=True)
class _Running:
    job: Job
    process: BaseProcess
    pipe: Connection
    begun: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)
    place: str = ""


class Crew:
    """At most `workers` processes at a time; jobs may be given as long as ends are asked for."""

    def __init__(
        self,
        workers: int,
        on_start: Callable[[Job], None] = lambda job: None,
        on_tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._workers, self._on_start, self._on_tick = workers, on_start, on_tick
        self._waiting: deque[Job] = deque()
        self._running: list[_Running] = []

    def give(self, job: Job) -> None:
        """Put a job last in the queue; it is started at once if there is room."""
        self._waiting.append(job)
        self._start_waiting()

    def ends(self) -> Iterator[End]:
        """Yield what became of each job, as it comes, until none is left."""
        while self._waiting or self._running:
            self._start_waiting()
            wait([one.pipe for one in self._running], _TICK)
            for one in tuple(self._running):
                if end := _end_of(one):
                    self._running.remove(one)
                    yield end
            self._on_tick()

    def close(self) -> None:
        """Kill what still runs."""
        for one in self._running:
            _kill(one)
        self._running.clear()
        self._waiting.clear()
        gc.unfreeze()  # what is frozen is not taken away at the end, of which libraries complain

    def _start_waiting(self) -> None:
        while self._waiting and len(self._running) < self._workers:
            self._start(self._waiting.popleft())

    def _start(self, job: Job) -> None:
        gc.freeze()  # or the collector writes to every page that a fork could have shared
        ours, theirs = _CONTEXT.Pipe(duplex=False)
        process = _CONTEXT.Process(target=_work, args=(job, theirs), daemon=True)
        with warnings.catch_warnings():
            # Python 3.12 warns of any thread; those that are here belong to memory allocators and
            # to Arrow, both of which know how to be forked.
            warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
            process.start()
        theirs.close()
        self._running.append(_Running(job, process, ours))
        self._on_start(job)


def alone(job: Job) -> Any:
    """Return what one job answers, or raise what it ended with."""
    crew = Crew(1)
    crew.give(job)
    try:
        (end,) = crew.ends()
    finally:
        crew.close()
    if end.problem:
        raise end.problem
    return end.answer


def _end_of(one: _Running) -> End | None:
    """Hear what a process says; return its end when it has come."""
    answer, problem, ended = None, None, False
    try:
        while not ended and one.pipe.poll():
            kind, said = one.pipe.recv()
            one.heard = time.monotonic()
            if kind == "place":
                one.place = said
            else:
                ended = True
                answer, problem = (said, None) if kind == "answer" else (None, said)
    except EOFError:
        ended, problem = True, _died(one)
    if ended:
        one.process.join(_LEAVE)  # it takes away what it had for the time being
    elif time.monotonic() - one.heard > one.job.patience:
        problem = NotebookError(
            f"{_named(one)}: was stopped, since it had not ended after {one.job.patience:g} s"
        )
    else:
        return None
    _kill(one)
    return End(one.job, answer, problem, time.monotonic() - one.begun)


def _died(one: _Running) -> NotebookError:
    one.process.join()
    code = one.process.exitcode or 0
    how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
    advice = "; if memory ran out, run with fewer --workers" if code == -9 else ""
    return NotebookError(f"{_named(one)}: its process ended {how}{advice}")


def _named(one: _Running) -> str:
    return f"{one.job.name}: {one.place}" if one.place else one.job.name


def _kill(one: _Running) -> None:
    one.process.kill()
    one.process.join()
    one.process.close()
    one.pipe.close()


def _work(job: Job, pipe: Connection) -> None:
    """Do a job in the process that has been started for it, and send what became of it."""
    belong_to_parent()
    try:
        said = "answer", job.work(lambda place: pipe.send(("place", place)), *job.arguments)
    except EvalkitError as problem:
        said = "problem", problem
    except OSError as problem:
        said = "problem", MachineError.of(problem)
    # Only the type is told, since the message may hold data.
    except Exception as problem:
        said = "problem", NotebookError(f"{job.name}: stopped ({type(problem).__name__})")
    pipe.send(said)


def belong_to_parent() -> None:
    """Leave it to the parent to be stopped, and end with it however it ends."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before it could be asked
            os._exit(1)
