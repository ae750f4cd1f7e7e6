"""Chapters in, one report out: the only importer of papermill and nbconvert.

A chapter is checked before it runs, and is believed only when every cell has run. What it shows is
published only when it is a fragment made by the library.
"""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from evalkit import errors
from evalkit.disk import private_folder
from evalkit.errors import NotebookError, ParamsError, did_you_mean
from evalkit.reporting import prose
from evalkit.reporting.compact import compact
from evalkit.reporting.files import write_text
from evalkit.reporting.links import chapter_id, numbered
from evalkit.reporting.pages import TEMPLATES, Cover, check_page
from evalkit.running.shell import ShellEngine

NBFORMAT = 4
# Named as JupyterLab names it, or Lab asks for a kernel when the notebook is opened.
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
ENGINE = "evalkit"
MISSING = (
    "Kapitlet saknas i den här versionen. Det kunde inte göras när rapporten togs fram, och "
    "utvärderaren har fått veta varför. Att det saknas är inget resultat."
)
papermill_engines.register(ENGINE, ShellEngine)  # the entry point is for the papermill command


class _Report(HTMLExporter):
    """HTMLExporter without its last step, which parses the page anew and lowers SVG's names."""

    def from_notebook_node(self, nb, resources=None, **kw):
        return TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **kw)


@dataclass(frozen=True, slots=True)
class _Chapter:
    """One executed chapter, ready to be joined with the others."""

    id: str
    title: str
    cells: tuple[NotebookNode, ...]


def declared_parameters(chapter: Path) -> dict[str, Any]:
    """Return the names and stored values of a chapter's parameters cell."""
    cells = _read(chapter).cells
    found = {}
    for statement in ast.parse(cells[_parameters_index(cells, chapter)].source).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                found[name] = value
            case _:
                raise NotebookError(
                    f"{chapter.name}: the parameters cell holds more than 'name = constant'"
                )
    return found


def check_parameters(chapter: Path, parameters: dict[str, Any]) -> None:
    """Raise ParamsError unless the parameters are exactly those that the chapter declares.

    papermill only warns of an unknown name and then runs on the stored value.
    """
    declared = declared_parameters(chapter)
    faults = [
        f"{chapter.name}: no parameter '{name}'{did_you_mean(name, list(declared))}"
        for name in parameters.keys() - declared.keys()
    ]
    faults += [
        f"{chapter.name}: the parameter '{name}' got no value"
        for name in declared.keys() - parameters.keys()
    ]
    if faults:
        raise ParamsError("\n".join(sorted(faults)))


def execute(
    chapter: Path,
    parameters: dict[str, Any],
    output: Path,
    *,
    root: Path,
    tell: Callable[[str], None] = lambda place: None,
) -> None:
    """Run one chapter in this process and write it, executed, to `output`.

    Nothing is written unless every cell has run. The file is for its owner only (mode 0600), and
    equal runs give equal bytes. What a cell changes in this process stays changed: a chapter that
    is not the last thing a process does runs as a job (see `jobs`).

    Parameters
    ----------
    chapter : notebook with a cell tagged `parameters`.
    parameters : value of each declared parameter.
    root : the study's folder, in which the cells work.
    tell : told which cell begins.
    """
    check_parameters(chapter, parameters)
    parameters_index = _parameters_index(_read(chapter).cells, chapter)

    def on_cell(place: int) -> None:
        tell(f"cell {place + 1 - (place > parameters_index)}")  # papermill puts one in after it

    try:
        notebook = papermill.execute_notebook(
            chapter.resolve(),
            None,  # papermill's own saves are many, and never whole
            parameters,
            engine_name=ENGINE,
            kernel_name=KERNEL["name"],
            language=KERNEL["language"],
            progress_bar=False,
            log_output=False,
            resources={"metadata": {"path": str(root)}},
            on_cell=on_cell,
        )
    except PapermillExecutionError as problem:
        raise NotebookError(_explain(chapter, problem, parameters_index)) from None
    _check_complete(chapter, notebook)
    _write_private(_stripped(notebook), output)


def stand_in(chapter: Path, output: Path) -> str:
    """Write what stands in the place of a chapter that failed; return the chapter's heading."""
    title = _read(chapter).cells[0].source.partition("\n")[0]
    cell = nbformat.v4.new_markdown_cell(f"{title}\n\n{MISSING}", id="0000")
    _write_private(nbformat.v4.new_notebook(cells=[cell]), output)
    return numbered(chapter.stem, title.removeprefix("# ").strip())


def export(executed: Sequence[Path], cover: Cover, output: Path) -> None:
    """Join executed chapters, in order, into one self-contained HTML report.

    Raises NotebookError, and leaves `output` as it was, when a chapter shows anything but prose
    and fragments, or the finished page fails its check.
    """
    chapters = [_chapter(path) for path in executed]
    cells = [cell for chapter in chapters for cell in chapter.cells]
    for number, cell in enumerate(cells):
        cell.id = f"{number:04d}"
    exporter = _Report(
        template_name="evalkit",
        extra_template_basedirs=[str(TEMPLATES)],
        language_code="sv",
        exclude_anchor_links=True,
        filters={"prose": prose.clean},
    )
    resources = {"cover": asdict(cover), "chapters": [_heading(chapter) for chapter in chapters]}
    page, _ = exporter.from_notebook_node(nbformat.v4.new_notebook(cells=cells), resources)
    page = compact(_led_to_notice(page) if cover.missing else page)
    check_page(page, output.name)
    write_text(page, output)


def _led_to_notice(page: str) -> str:
    """Lead links to what would stand in a missing chapter to the notice that it is missing."""
    ids = set(re.findall(r' id="([^"]*)"', page))
    return re.sub(
        r'href="#([^"]*)"', lambda link: link[0] if link[1] in ids else 'href="#saknas"', page
    )


def lab_copies(chapters: Sequence[Path], parameters: dict[str, Any], folder: Path) -> list[Path]:
    """Write copies of the chapters, set to a period, for exploring in JupyterLab.

    The stored chapters stay untouched and free of outputs. A copy that is already there is left
    as it is: it may hold somebody's work.
    """
    copies = []
    for chapter in chapters:
        check_parameters(chapter, parameters)
        copy = folder / chapter.name
        if not copy.exists():
            notebook = _read(chapter)
            cell = notebook.cells[_parameters_index(notebook.cells, chapter)]
            cell.source = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
            _write_private(notebook, copy)
        copies.append(copy)
    return copies


def _read(path: Path) -> NotebookNode:
    try:
        return nbformat.read(path, as_version=NBFORMAT)
    except FileNotFoundError:
        raise NotebookError(f"{path.name}: no such chapter") from None
    except (ValueError, nbformat.ValidationError, nbformat.reader.NotJSONError):
        raise NotebookError(f"{path.name}: not readable as a notebook") from None


def _write_private(notebook: NotebookNode, path: Path) -> None:
    private_folder(path.parent)
    write_text(nbformat.writes(notebook), path)


def _parameters_index(cells: list[NotebookNode], chapter: Path) -> int:
    tagged = [i for i, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise NotebookError(
            f"{chapter.name}: {len(tagged)} cells are tagged 'parameters'; a chapter has one"
        )
    return tagged[0]


def _explain(chapter: Path, problem: PapermillExecutionError, parameters_index: int) -> str:
    """Return where a chapter failed and, of evalkit's own errors only, why."""
    injected = problem.cell_index > parameters_index
    place = f"{chapter.name}: cell {problem.cell_index + 1 - injected}"
    own = getattr(errors, problem.ename, None)
    if isinstance(own, type) and issubclass(own, errors.EvalkitError):
        return f"{place}: {problem.ename}: {problem.evalue}"
    return (
        f"{place}: {problem.ename} (its message is withheld, as it may hold data); "
        "open the chapter with 'evalkit lab' to see it"
    )


def _check_complete(chapter: Path, notebook: NotebookNode) -> None:
    """papermill calls a cell completed that never ran: only the counts tell."""
    for number, cell in _numbered(notebook.cells):
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            raise NotebookError(f"{chapter.name}: cell {number} never ran")


def _stripped(notebook: NotebookNode) -> NotebookNode:
    """Drop what differs from run to run: times, paths and random cell ids."""
    notebook.metadata = NotebookNode(kernelspec=KERNEL)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{number:04d}"
        cell.metadata = NotebookNode(tags=cell.metadata.get("tags", []))
    return notebook


def _chapter(path: Path) -> _Chapter:
    notebook = _read(path)
    first = notebook.cells[0]
    title, _, rest = first.source.partition("\n")
    if first.cell_type != "markdown" or not title.startswith("# "):
        raise NotebookError(f"{path.name}: the first cell must begin with '# ' and a title")
    first.source = rest
    heading = numbered(path.stem, title[2:].strip())
    chapter = _Chapter(chapter_id(path.stem), heading, tuple(notebook.cells))
    for number, cell in _numbered(notebook.cells):
        cell.metadata = NotebookNode(chapter=chapter.id)
        _check_cell(cell, f"{path.name}: cell {number}")
    return chapter


def _numbered(cells: Sequence[NotebookNode]) -> Iterator[tuple[int, NotebookNode]]:
    """Yield each cell with its number in the stored chapter, where papermill has put none in."""
    number = 0
    for cell in cells:
        number += "injected-parameters" not in cell.metadata.get("tags", [])
        yield number, cell


def _heading(chapter: _Chapter) -> dict[str, str]:
    return {"id": chapter.id, "title": chapter.title}


def _check_cell(cell: NotebookNode, place: str) -> None:
    if cell.cell_type == "markdown" and re.search(r"^# ", cell.source, re.MULTILINE):
        raise NotebookError(f"{place}: a second '# ' heading; a chapter has one title")
    for output in cell.get("outputs", []):
        if output.output_type not in ("display_data", "execute_result"):
            raise NotebookError(f"{place}: has output of kind '{output.output_type}'")
        if not output.metadata.get("evalkit") or "text/html" not in output.data:
            raise NotebookError(f"{place}: shows something that is not an ek. fragment")
