"""The engine that holds the extracts: in memory, and beyond that in a folder of its owner only."""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
from multiprocessing.util import Finalize
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import duckdb

from evalkit.disk import scratch_folder

Engine = duckdb.DuckDBPyConnection
Item = TypeVar("Item")
Result = TypeVar("Result")

MEMORY = "3GB"  # what the tables may take before some of them lie on the disk
_numbers = count()


def connect() -> Engine:
    """Return an empty database in memory, which never writes in the working folder.

    What does not fit goes to the system's folder for temporary files, until the process ends.
    """
    engine = _quiet(duckdb.connect())
    engine.execute(f"SET memory_limit = '{MEMORY}'")
    engine.execute("SET temp_directory = ?", [str(_private(os.getpid()) / str(next(_numbers)))])
    return engine


def each(
    engine: Engine, work: Callable[[Engine, Item], Result], items: Sequence[Item]
) -> list[Result]:
    """Return what `work` makes of each item, in their order, with as many at a time as processors.

    The engine itself looks through a table of less than a hundred thousand rows on one processor.
    Each works on a connection of its own to the same tables. When one fails, or Ctrl-C comes, the
    others are interrupted and it is raised.
    """
    connections = [_quiet(engine.cursor()) for _ in range(os.cpu_count() or 1)]
    free: SimpleQueue[Engine] = SimpleQueue()
    for connection in connections:
        free.put(connection)

    def on_its_own(item: Item) -> Result:
        connection = free.get()
        try:
            return work(connection, item)
        finally:
            free.put(connection)

    with ThreadPoolExecutor(len(connections)) as pool:
        futures = [pool.submit(on_its_own, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in futures):
                for connection in connections:
                    connection.interrupt()
                time.sleep(0.05)  # and again: one may have been between two queries
            raise


def _quiet(engine: Engine) -> Engine:
    """Let no progress be printed: what is printed is the report.

    In a notebook without ipywidgets none is, and the engine refuses to hear that none should be.
    """
    ((shown,),) = engine.execute("SELECT current_setting('enable_progress_bar')").fetchall()
    return engine.execute("SET enable_progress_bar = false") if shown else engine


def settle(engine: Engine) -> None:
    """Let the tables that will not change be held compressed: in a sixth of the memory or so."""
    engine.execute("CHECKPOINT")


@cache
def _private(process: int) -> Path:
    """Make the folder of a process; each engine makes its own in it when it needs one."""
    folder = scratch_folder("evalkit-extracts-")
    # Also at the end of a process that multiprocessing started, which `atexit` does not hear of.
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=0)
    return folder
