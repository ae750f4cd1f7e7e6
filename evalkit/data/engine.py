"""The engine that holds the extracts: in memory, and beyond that in a folder of its owner only."""

import os
import shutil
import tempfile
from functools import cache
from itertools import count
from multiprocessing.util import Finalize
from pathlib import Path

import duckdb

MEMORY = "4GB"  # what the tables may take before some of them lie on the disk
_numbers = count()


def connect() -> duckdb.DuckDBPyConnection:
    """Return an empty database in memory, which never writes in the working folder.

    What does not fit goes to the system's folder for temporary files, until the process ends.
    """
    engine = duckdb.connect()
    engine.execute("SET enable_progress_bar = false")  # what is printed is the report
    engine.execute(f"SET memory_limit = '{MEMORY}'")
    engine.execute("SET temp_directory = ?", [str(_private(os.getpid()) / str(next(_numbers)))])
    return engine


@cache
def _private(process: int) -> Path:
    """Make the folder of a process; each engine makes its own in it when it needs one."""
    folder = tempfile.mkdtemp(prefix="evalkit-extracts-")  # mode 0700
    # Also at the end of a process that multiprocessing started, which `atexit` does not hear of.
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=0)
    return Path(folder)
