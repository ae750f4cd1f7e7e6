"""The engine `evalkit` gives what a kernel gives, and `papermill --engine evalkit` finds it."""

from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import papermill
import pytest
from chapters import write_chapter
from nbformat.v4 import new_code_cell, new_notebook
from papermill.exceptions import PapermillException, PapermillExecutionError

from evalkit.errors import NotebookError
from evalkit.reporting.pages import Cover
from evalkit.running.jobs import Job, alone
from evalkit.running.notebooks import ENGINE, KERNEL, execute, export
from evalkit.running.shell import ShellEngine

COVER = Cover("Studie", "Kommun", "2021", True, ())
CELLS = (
    # A fork has what other tests in its process have set.
    "import matplotlib.pyplot as plt\nplt.rcdefaults()\nplt.plot([1, 2]);",
    "print('one'); print('two')",
    "import sys; print('aside', file=sys.stderr)",
    "1 + 1",
    "x = 5\nx;",
    "",
    "from IPython.display import HTML, display\nshown = display(HTML('<b>a</b>'), display_id='k')",
    "shown.update(HTML('<i>b</i>'))",
    "display(HTML('here'), metadata={'mark': True})\n'last'",
    "import pandas as pd\npd.DataFrame({'a': [1]})",
    "import asyncio\nawait asyncio.sleep(0)\n3",
    "_ + 1",
    "!echo from a program",
    "%%writefile made.txt\ntext",
    "open('made.txt').read()",
    "import made_here\nmade_here.VALUE",
    "__name__",
    "raise ValueError('of no use')",
    "'never'",
)


def executed(folder: Path, engine: str | None) -> list:
    folder = folder / str(engine)
    folder.mkdir()
    (folder / "made_here.py").write_text("VALUE = 7\n")
    chapter, output = folder / "cells.ipynb", folder / "out.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in CELLS]), chapter)

    def work(tell) -> None:
        with pytest.raises(PapermillExecutionError):
            papermill.execute_notebook(
                chapter, output, kernel_name=KERNEL["name"], progress_bar=False, cwd=folder,
                engine_name=engine,
            )  # fmt: skip

    alone(Job("cells", work))  # the engine is for a process without IPython in it
    cells = [cell for cell in nbformat.read(output, 4).cells if cell.cell_type == "code"]
    for cell in cells:
        for shown in cell.outputs:
            shown.pop("traceback", None)  # names the kernel's temporary file
    return [(cell.source, cell.execution_count, cell.outputs) for cell in cells]


def test_the_engine_gives_what_a_kernel_gives(tmp_path: Path) -> None:
    assert {entry.name for entry in entry_points(group="papermill.engine")} >= {ENGINE}
    for ours, kernels in zip(executed(tmp_path, ENGINE), executed(tmp_path, None), strict=True):
        assert ours == kernels


def test_what_goes_past_python_is_shown_and_not_on_the_terminal(
    root: Path, capfd: pytest.CaptureFixture
) -> None:
    chapter = write_chapter(root, "01_a", "_ = stub.os.system('echo past')")
    alone(Job("a", lambda tell: execute(chapter, parameters(), root / "out.ipynb", root=root)))
    (shown,) = nbformat.read(root / "out.ipynb", 4).cells[-1].outputs
    assert shown.text == "past\n"
    assert "past" not in "".join(capfd.readouterr())


def test_a_figure_of_the_evaluators_own_is_not_lost_but_refused(root: Path) -> None:
    """A report holds what the library made: a figure with an alt text and its numbers."""
    chapter = write_chapter(root, "01_a", "import matplotlib.pyplot as plt\nplt.plot([1]);")
    alone(Job("a", lambda tell: execute(chapter, parameters(), root / "out.ipynb", root=root)))
    with pytest.raises(NotebookError, match=r"cell 4: shows something that is not an ek\. frag"):
        export([root / "out.ipynb"], COVER, root / "page.html")


def test_a_time_limit_that_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    nbformat.write(new_notebook(), tmp_path / "a.ipynb")
    with pytest.raises(PapermillException, match="no time limit"):
        ShellEngine.execute_managed_notebook(None, "python3", execution_timeout=4)


def parameters() -> dict[str, str]:
    names = ("study", "period", "label", "start", "end", "cutoff", "phase")
    return dict.fromkeys(names, "y")
