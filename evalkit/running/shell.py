"""A papermill engine that runs a chapter's cells in the process that it is called in.

A kernel is a process that is started, spoken to through sockets and waited for at its end, and
that imports everything anew. Whoever already has a process for a chapter, as `evalkit run` has and
as the papermill command is one, needs none: `papermill --engine evalkit` gives the same notebook.
"""

import base64
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from nbformat import NotebookNode
from nbformat.v4 import new_output
from papermill.engines import Engine, NotebookExecutionManager
from papermill.exceptions import PapermillException
from traitlets.config import Config

STDOUT, STDERR = 1, 2


class ShellEngine(Engine):
    """papermill's engine `evalkit`: no kernel, and no output but what a kernel would give."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        execution_timeout: int | None = None,
        on_cell: Callable[[int], None] = lambda place: None,
        resources: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Run the cells in order until one fails; `on_cell` is told the place of each as it begins.

        Raises PapermillException when a time limit is asked for: cells cannot be stopped from
        within. `evalkit run` stops the process.
        """
        if execution_timeout is not None:
            raise PapermillException("the engine 'evalkit' has no time limit; `evalkit run` has")
        folder = (resources or {}).get("metadata", {}).get("path") or os.getcwd()
        with tempfile.TemporaryDirectory(prefix="evalkit-") as private, _at(folder):
            shell = _shell(Path(private))
            try:
                for place, cell in enumerate(nb_man.nb.cells):
                    on_cell(place)
                    nb_man.cell_start(cell, place)
                    failed = _run(shell, cell, Path(private))
                    if failed:
                        nb_man.cell_exception(cell, cell_index=place)
                    nb_man.cell_complete(cell, cell_index=place)
                    if failed:
                        break
            finally:
                _Shell.clear_instance()


class _Publisher(DisplayPublisher):
    """Keeps what is displayed, in the order in which it comes."""

    shell: "_Shell"

    def publish(self, data, metadata=None, *, transient=None, update=False, **_):  # type: ignore[override]
        named = (transient or {}).get("display_id")
        if not update:
            shown = new_output("display_data", _as_text(data), metadata=metadata or {})
            self.shell.shown.append(shown)
            self.shell.named[named] = shown
        elif named in self.shell.named:
            self.shell.named[named].update(data=_as_text(data), metadata=metadata or {})

    def clear_output(self, wait: bool = False) -> None:
        self.shell.shown.clear()


class _LastValue(DisplayHook):
    """Keeps the value of a cell's last line."""

    shell: "_Shell"

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict, md_dict=None) -> None:  # type: ignore[override]
        self.shell.shown.append(
            new_output(
                "execute_result",
                _as_text(format_dict),
                metadata=md_dict or {},
                execution_count=self.prompt_count,
            )
        )

    def finish_displayhook(self) -> None:
        pass


class _Shell(InteractiveShell):
    """IPython as a kernel has it, its outputs kept in `shown` as a notebook stores them."""

    display_pub_class = _Publisher
    displayhook_class = _LastValue

    def __init__(self, **options: Any) -> None:
        self.shown: list[NotebookNode] = []
        self.named: dict[str | None, NotebookNode] = {}
        super().__init__(**options)

    def _showtraceback(self, etype, evalue, stb) -> None:  # type: ignore[override]
        self.shown.append(
            new_output("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb))
        )

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: there is no window to be drawn in."""


class _Stream(io.TextIOBase):
    """What cells print, kept among their outputs; lines that follow one another are one output."""

    def __init__(self, name: str, shown: list[NotebookNode]) -> None:
        self._name, self._shown = name, shown

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        last = self._shown[-1] if self._shown else {}
        if last.get("output_type") == "stream" and last.get("name") == self._name:
            last["text"] += text
        elif text:
            self._shown.append(new_output("stream", name=self._name, text=text))
        return len(text)


def _shell(private: Path) -> _Shell:
    """Return a shell that knows nothing of its user's settings and keeps no history."""
    config = Config({"HistoryManager": {"enabled": False}})
    profile = ProfileDir.create_profile_dir(str(private / "profile"))
    shell = _Shell.instance(config=config, profile_dir=profile, ipython_dir=str(private))
    if not isinstance(shell, _Shell):
        raise PapermillException("the engine 'evalkit' needs a process without IPython in it")
    shell.enable_matplotlib("inline")  # not before there is a shell, or no figure is shown
    return shell


def _run(shell: _Shell, cell: NotebookNode, private: Path) -> bool:
    """Run one cell and put its outputs into it; tell whether it failed."""
    if cell.cell_type != "code" or not cell.source.strip():
        return False
    shell.shown.clear()
    cell.execution_count = shell.execution_count
    out, err = (_Stream(name, shell.shown) for name in ("stdout", "stderr"))
    with _descriptors(private / "printed", shell), redirect_stdout(out), redirect_stderr(err):  # type: ignore[type-var]
        failed = not shell.run_cell(cell.source, store_history=True).success
    cell.outputs = list(shell.shown)
    return failed


@contextmanager
def _descriptors(file: Path, shell: _Shell) -> Iterator[None]:
    """Keep what goes past Python, from libraries in C and other programs, as printed too."""
    kept = [os.dup(number) for number in (STDOUT, STDERR)]
    with file.open("w+b", buffering=0) as taken:
        for number in (STDOUT, STDERR):
            os.dup2(taken.fileno(), number)
        try:
            yield
        finally:
            for number, original in zip((STDOUT, STDERR), kept, strict=True):
                os.dup2(original, number)
                os.close(original)
        taken.seek(0)
        _Stream("stdout", shell.shown).write(taken.read().decode(errors="replace"))


@contextmanager
def _at(folder: str) -> Iterator[None]:
    """Work in a folder, whose modules can be imported, as a kernel does."""
    before, path = os.getcwd(), list(sys.path)
    os.chdir(folder)
    sys.path.insert(0, "")
    try:
        yield
    finally:
        os.chdir(before)
        sys.path[:] = path


def _as_text(data: dict[str, Any]) -> dict[str, Any]:
    """Return data as a notebook stores it: pictures in base64."""
    return {
        kind: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for kind, value in data.items()
    }
