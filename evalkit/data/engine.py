"""The engine that holds the extracts: in memory, and beyond that in a folder of its owner only."""

import atexit
import shutil
import tempfile
from functools import cache
from itertools import count
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
    engine.execute("SET temp_directory = ?", [str(_private() / str(next(_numbers)))])
    return engine


@cache
def _private() -> Path:
    """Make the folder of this process; each engine makes its own in it when it needs one."""
    folder = tempfile.mkdtemp(prefix="evalkit-extracts-")  # mode 0700
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
