"""A process to run studies in, beside one that must not fork: a thread's own, and kept warm.

A Dask worker has many threads, and may have no children of `multiprocessing`; a local run of many
studies has a thread for each that is at work. Neither may fork (`running/jobs.py`). So each thread
starts a fresh Python that imports everything once, and a study is a fork of that: imports are paid
once a thread, and what one study leaves in memory or dies of is its own. Orders and answers go
through pipes, and nothing listens. A room ends with the thread that it belongs to.
"""

import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from evalkit.errors import EvalkitError, MachineError
from evalkit.running import jobs, provenance
from evalkit.running.ends import PeriodEnd, failed

# A study has one core: more threads in each only cost processor time. Read when NumPy is imported.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_own = threading.local()
_open: set[subprocess.Popen] = set()


@dataclass(frozen=True, slots=True)
class Order:
    """A study that is to be run, by the program of this fingerprint (`provenance.program`)."""

    study: Path
    program: str
    again: bool = False


def run_study(order: Order) -> tuple[PeriodEnd, ...]:
    """Run a study's periods in this thread's room, and return what became of each."""
    if not order.study.is_file():
        return (_refused(order, "not found here; studies must lie on a disk that every worker has "
                                "at the same path"),)  # fmt: skip
    room = _room()
    try:
        _send(order, room.stdin)
        return pickle.load(room.stdout)  # type: ignore[arg-type]
    except (OSError, EOFError, pickle.UnpicklingError):
        _close(room)
        return (_refused(order, f"its process ended with exit code {room.returncode}"),)


def close() -> None:
    """End all rooms of this process, whatever goes on in them."""
    for room in tuple(_open):
        _close(room)


def _room() -> subprocess.Popen:
    room: subprocess.Popen | None = getattr(_own, "room", None)
    if room is None or room.poll() is not None:
        command = [sys.executable, "-m", __name__]
        room = _own.room = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ONE_THREAD | os.environ
        )
        _open.add(room)
    return room


def _close(room: subprocess.Popen) -> None:
    _open.discard(room)
    room.kill()
    room.wait()


def _refused(order: Order, why: str) -> PeriodEnd:
    return failed(order.study, MachineError(f"{_name(order)}: {why}"))


def _name(order: Order) -> str:
    return f"{order.study.parent.parent.name}/{order.study.parent.name}/{order.study.name}"


def _send(what: Any, pipe: IO[bytes] | None) -> None:
    if pipe is None:
        raise BrokenPipeError
    pickle.dump(what, pipe)
    pipe.flush()


def main() -> None:
    """Be a room: run what is ordered, one study at a time, until nobody is left to order."""
    jobs.belong_to_parent()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    # All that chapters use, imported here and not by whoever only hands out work: forked.
    import evalkit.vocabulary  # noqa: F401
    from evalkit.running import periods  # noqa: F401

    program = provenance.program()
    while True:
        try:
            order = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        _send(_answer(order, program), answers)


def _answer(order: Order, program: str) -> tuple[PeriodEnd, ...]:
    if order.program != program:
        return (_refused(order, "the worker has another evalkit, or other libraries, than the "
                                "machine that started the run; install the same on both, then "
                                "start the workers anew"),)  # fmt: skip
    try:
        return jobs.alone(jobs.Job(_name(order), _run, (order,)))
    except EvalkitError as problem:
        return (failed(order.study, problem),)


def _run(_: jobs.Tell, order: Order) -> tuple[PeriodEnd, ...]:
    from evalkit.running import periods  # as above

    multiprocessing.current_process().daemon = False  # it has chapters of its own to fork
    return periods.run_periods(order.study, again=order.again)


if __name__ == "__main__":
    main()
