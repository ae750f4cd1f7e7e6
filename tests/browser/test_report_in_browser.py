"""The report as a browser shows it: nothing fetched, nothing complained of, nothing cut."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from markupsafe import Markup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from evalkit.reporting import fragments
from evalkit.reporting.index import Answer, PeriodEntry, index_page
from evalkit.reporting.pages import Cover
from evalkit.running.notebooks import export

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400">'
    '<path id="p" d="M20 20L600 300" stroke="#b3541e"/><text x="60" y="200">2,9</text></svg>'
)
WIDE_TABLE = (
    '<div class="ek-table" role="region" tabindex="0" aria-label="Siffror"><table>'
    "<caption>Siffror</caption><thead><tr>"
    + "".join(f'<th scope="col">Kolumnrubrik{i}</th>' for i in range(14))
    + '</tr></thead><tbody><tr><th scope="row">2021</th>'
    + "<td>2,9</td>" * 13
    + "</tr></tbody></table></div>"
)
PROSE = (
    "# Hur många handläggare möter barnet?\n\n"
    "Stadsdelsförvaltningens långa ord, till exempel förhandsbedömningsrekommendationer.\n\n"
    "$$d = (a - b)$$\n\n| A | B |\n|---|---|\n| 1 | 2 |"
)


def write_report(folder: Path) -> Path:
    drawing = fragments.figure(
        SVG, name="en", alt="Linje från 4,1 till 2,9.", caption="Färre", data_table_html=WIDE_TABLE
    )
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


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield started
        started.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("write_page", [write_report, write_index])
def test_the_page_stands_alone_and_fits(
    browser: object, tmp_path: Path, width: int, write_page: object
) -> None:
    address = write_page(tmp_path).as_uri()
    page = browser.new_page(viewport={"width": width, "height": 900})
    requests, messages = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto(address)
    for details in page.query_selector_all("summary"):
        details.click()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.close()
    assert [url for url in requests if not url.startswith("data:")] == [address]
    assert messages == []
    assert wide <= 0


def test_the_first_tab_stop_leads_past_the_contents(browser: object, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(write_report(tmp_path).as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Hoppa till innehåll"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "innehall"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_it_stands_on(
    browser: object, tmp_path: Path, scheme: str
) -> None:
    """WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1."""
    page = browser.new_page(color_scheme=scheme)
    page.goto(write_report(tmp_path).as_uri())
    ratios = page.evaluate(CONTRAST)
    page.close()
    assert len(ratios) > 10
    assert min(ratio for _, ratio in ratios) >= 4.5, min(ratios, key=lambda pair: pair[1])


# Relative luminance and contrast ratio as WCAG 2.2 defines them, for every element with text.
CONTRAST = """() => {
  const rgb = c => c.match(/[\\d.]+/g).map(Number);
  const light = c => rgb(c).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor, parts = rgb(c);
      if (parts.length < 4 || parts[3] > 0) return c;
    }
    return matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(0,0,0)' : 'rgb(255,255,255)';
  };
  return [...document.querySelectorAll('body *')]
    .filter(e => !e.closest('svg') && [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
    .map(e => {
      const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
      return [e.tagName + '.' + e.className, (a + 0.05) / (b + 0.05)];
    });
}"""
