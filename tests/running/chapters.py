"""Small studies with small chapters, to run the real machinery on."""

import shutil
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

REPOSITORY = Path(__file__).parents[2]
PARAMETERS = ("study", "period", "label", "start", "end", "cutoff", "phase")
# Stands for a value from the data: it must never come out.
SECRET = "barn-4711"

STUB = """
import json, os, sys, time
from evalkit.errors import DesignError
from evalkit.reporting import fragments

def drawing(name):
    svg = (
        '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 640 400" width="640">'
        '<metadata>made today</metadata><defs><path id="p" d="M0 0h9v9z"/></defs>'
        '<use xlink:href="#p" x="40" y="40"/><text x="60" y="200">2,9</text></svg>'
    )
    table = (
        '<div class="ek-table" role="region" tabindex="0" aria-label="Siffror ' + name + '">'
        "<table><caption>Siffror</caption><thead><tr>"
        + "".join(f'<th scope="col">Rubrik{i}</th>' for i in range(12))
        + '</tr></thead><tbody><tr><th scope="row">2021</th>' + "<td>2,9</td>" * 11
        + "</tr></tbody></table></div>"
    )
    return fragments.figure(
        svg, name=name, alt="Linje som sjunker från 4,1 till 2,9.", caption="Färre handläggare",
        numbers=table,
    )

def answer(text):
    return fragments.callout("svar", text)

def fail(value):
    raise ValueError(value)

def undecided():
    raise DesignError("K1: too few areas; add comparison areas")

def die():
    os.kill(os.getpid(), 9)

def fail_in(period, wanted):
    if period == wanted:
        raise ValueError(period)
"""


def make_study(root: Path) -> Path:
    """Lay out a study's folder with the project's own plan and two files to be hashed."""
    shutil.copytree(REPOSITORY / "params", root / "params")
    (root / "notebooks").mkdir()
    (root / "data_contracts").mkdir()
    (root / "data_contracts" / "barn.odcs.yaml").write_text("apiVersion: v3.2.0\n")
    extracts = root / "outputs" / "demo" / "extracts"
    extracts.mkdir(parents=True)
    (extracts / "barn.csv").write_text("Barn-ID\nb1\n")
    (root / "stub.py").write_text(STUB, encoding="utf-8")
    plan(root, ["00_to_be_written"])
    return root


def plan(root: Path, chapters: list[str]) -> None:
    """Let the study's plan name these chapters and no others."""
    path = root / "params" / "study.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("chapters:"))
    end = next((i for i in range(start + 1, len(lines)) if lines[i][:1] not in (" ", "")), start)
    lines[start:end] = [f"chapters: [{', '.join(sorted(chapters))}]"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_chapter(root: Path, name: str, *code: str, prose: str = "# Kapitel\n\nText.") -> Path:
    """Store a chapter: a title, the parameters, `import stub`, and one cell for each `code`."""
    parameters = new_code_cell("\n".join(f'{key} = "x"' for key in PARAMETERS))
    parameters.metadata.tags = ["parameters"]
    cells = [new_markdown_cell(prose), parameters, new_code_cell("import stub")]
    path = root / "notebooks" / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=[*cells, *map(new_code_cell, code)]), path)
    plan(root, [chapter.stem for chapter in path.parent.glob("*.ipynb")])
    return path


def values(**changed: str) -> dict[str, str]:
    """Return a value for every parameter."""
    return dict.fromkeys(PARAMETERS, "y") | changed
