"""The engine that holds the extracts: what it leaves on the disk, and several things at a time."""

import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import papermill
import pytest

from evalkit.data import engine
from evalkit.disk import scratch_folder

HOLD = """
import sys, time
from evalkit.data import engine
engine.connect()
print("there", flush=True)
time.sleep(600)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_what_a_killed_process_left_is_taken_away_by_the_next(temporary: Path):
    environment = os.environ | {"TMPDIR": str(temporary)}
    command = [sys.executable, "-c", HOLD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        (left,) = temporary.iterdir()
        (left / "spilled").write_text("rows")
        assert left.stat().st_mode & 0o777 == 0o700

        beside = scratch_folder("evalkit-extracts-")
        assert (left / "spilled").exists(), "it is held by a process that lives"
        process.kill()
        process.wait()
        assert left.exists()
        after = scratch_folder("evalkit-extracts-")
        assert sorted(temporary.iterdir()) == sorted([beside, after])


def test_folders_of_others_stay(temporary: Path):
    (temporary / "evalkit-extracts-of-another").mkdir()
    (temporary / "evalkit-extracts-report.html").write_text("a report")
    scratch_folder("evalkit-extracts-")
    assert len(list(temporary.iterdir())) == 3


def test_it_opens_in_a_notebook_too(tmp_path: Path):
    """The engine knows a kernel, and draws there with widgets that need not be installed."""
    opened = "from evalkit.data import engine\nopened = engine.connect()\n"
    shown = "opened.execute(\"SELECT current_setting('enable_progress_bar')\").fetchone()"
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(opened + shown)])
    nbformat.write(made, tmp_path / "opens.ipynb")
    done = papermill.execute_notebook(
        tmp_path / "opens.ipynb", None, kernel_name="python3", progress_bar=False
    )
    assert done.cells[0].outputs[-1].data["text/plain"] == "(False,)"


def test_answers_come_in_the_order_of_the_items():
    opened = engine.connect()
    opened.execute("CREATE TABLE numbers AS SELECT 100 AS number")

    def add(connection: engine.Engine, item: int) -> int:
        time.sleep(0.02 * (3 - item % 4))
        ((answer,),) = connection.execute("SELECT number + ? FROM numbers", [item]).fetchall()
        return answer

    assert engine.each(opened, add, range(12)) == list(range(100, 112))


def test_tables_made_side_by_side_are_all_there():
    opened = engine.connect()

    def make(connection: engine.Engine, item: int) -> None:
        connection.execute(f"CREATE TABLE made_{item} AS SELECT * FROM range({item})")

    engine.each(opened, make, range(60))
    counted = opened.execute("SELECT count(*) FROM duckdb_tables()").fetchone()
    assert counted == (60,)


def test_a_failure_ends_the_others_and_is_raised():
    opened = engine.connect()
    done: list[int] = []

    def work(connection: engine.Engine, item: int) -> None:
        if item == 0:
            raise LookupError
        connection.execute("SELECT sum(a.range * b.range) FROM range(300000) a, range(300000) b")
        done.append(item)

    begun = time.monotonic()
    with pytest.raises(LookupError):
        engine.each(opened, work, range(50))
    assert not done
    assert time.monotonic() - begun < 60, "the query takes many minutes when it is let alone"
