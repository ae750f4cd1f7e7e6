"""Small pages, made as the real ones are."""

from pathlib import Path

import nbformat
from markupsafe import Markup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from evalkit.reporting import fragments
from evalkit.reporting.index import Answer, PeriodEntry, index_page
from evalkit.reporting.pages import Cover
from evalkit.running.notebooks import export

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400">'
    '<path id="p" d="M20 20L600 300" fill="none" stroke="#b3541e"/>'
    '<text x="60" y="200">2,9</text></svg>'
)
WIDE_TABLE = (
    '<div class="ek-table" role="group" tabindex="0" aria-label="Siffror"><table>'
    "<caption>Siffror</caption><thead><tr>"
    + "".join(f'<th scope="col">Kolumnrubrik{i}</th>' for i in range(14))
    + '</tr></thead><tbody><tr><th scope="row">2021</th>'
    + "<td>2,9</td>" * 13
    + "</tr></tbody></table></div>"
)
PROSE = (
    "# Hur många handläggare möter barnet?\n\n"
    "Stadsdelsförvaltningens långa ord, till exempel förhandsbedömningsrekommendationer.\n\n"
    "$$d = (a - b)$$\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n[Figuren](#en)"
)


def write_report(folder: Path) -> Path:
    drawing = fragments.figure(
        SVG, name="en", alt="Linje från 4,1 till 2,9.", caption="Färre",
        numbers=WIDE_TABLE,
    )  # fmt: skip
    shown = fragments.join(
        drawing, fragments.table(WIDE_TABLE), fragments.callout("varning", Markup("<p>Obs</p>"))
    )
    data, metadata = shown._repr_mimebundle_()
    output = new_output("execute_result", data, metadata=metadata, execution_count=1)
    cells = [new_markdown_cell(PROSE), new_code_cell("x", outputs=[output], execution_count=1)]
    nbformat.write(new_notebook(cells=cells), folder / "01_a.ipynb")
    cover = Cover("Vällingbyteamet jämfört med linjen", "Förvaltningen", "2021", True, ())
    export([folder / "01_a.ipynb"], cover, folder / "utvardering.html")
    return folder / "utvardering.html"


def write_index(folder: Path) -> Path:
    answers = tuple(Answer(f"Mått {i}", "Lägre än väntat", "1,4 färre") for i in range(3))
    rows = (PeriodEntry("januari–augusti 2022", "2022/utvardering.html", "Efter", answers),)
    page = folder / "index.html"
    page.write_text(index_page("Vällingbyteamet", "Förvaltningen", True, rows), encoding="utf-8")
    return page
