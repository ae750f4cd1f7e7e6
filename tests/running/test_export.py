"""The report as a document: what it holds, and what may never reach it."""

from collections import Counter
from pathlib import Path

import nbformat
import pytest
from chapters import SECRET
from lxml import html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from evalkit.errors import NotebookError
from evalkit.reporting import fragments
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.pages import Cover
from evalkit.running.notebooks import export

COVER = Cover("Teamet & linjen", "Förvaltningen", "2021", True, (("Slumpfrö", "7"),))
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="9pt">'
    '<defs><clipPath id="c"><path d="M0 0h9v9z"/></clipPath></defs>'
    '<g clip-path="url(#c)"><text>2,9</text></g></svg>'
)


def drawing(name: str) -> Fragment:
    return fragments.figure(
        SVG, name=name, alt="Linje från 4,1 till 2,9.", caption="Färre",
        numbers="<table></table>",
    )  # fmt: skip


def shown(fragment: Fragment) -> nbformat.NotebookNode:
    data, metadata = fragment._repr_mimebundle_()
    return new_output("execute_result", data, metadata=metadata, execution_count=1)


def chapter(folder: Path, name: str, prose: str, *outputs: nbformat.NotebookNode) -> Path:
    """Write a chapter as it looks after its run."""
    code = new_code_cell("ek.something(secret)", outputs=list(outputs), execution_count=1)
    path = folder / f"{name}.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell(prose), code]), path)
    return path


def exported(folder: Path, *chapters: Path) -> str:
    export(chapters, COVER, folder / "utvardering.html")
    return (folder / "utvardering.html").read_text(encoding="utf-8")


def refused(folder: Path, prose: str, *outputs: nbformat.NotebookNode, match: str) -> None:
    target = folder / "utvardering.html"
    target.write_text("last year's")
    with pytest.raises(NotebookError, match=match) as caught:
        export([chapter(folder, "01_a", prose, *outputs)], COVER, target)
    assert SECRET not in str(caught.value)
    assert target.read_text() == "last year's"


@pytest.fixture
def report(tmp_path: Path) -> str:
    summary = chapter(tmp_path, "00_a", "# Det viktigaste\n\nText <b>&</b> svar.\n\n## Mer\n\nx")
    first = chapter(tmp_path, "01_b", "# Få & fler\n\n[upp](#kapitel-00)", shown(drawing("en")))
    second = chapter(tmp_path, "02_c", "# Insats\n\n## Mer\n\n$a^2$", shown(drawing("tva")))
    return exported(tmp_path, summary, first, second)


def test_the_report_is_one_swedish_document_with_one_main_heading(report: str) -> None:
    page = html.document_fromstring(report)
    assert report.startswith("<!doctype html>")
    assert page.get("lang") == "sv"
    assert page.findtext(".//title") == "Teamet & linjen – 2021"
    assert [h.text_content() for h in page.iter("h1")] == ["Teamet & linjen"]
    chapters = [h.text_content() for h in page.iter("h2")]
    assert chapters == ["Det viktigaste", "1. Få & fler", "2. Insats"]
    assert [h.text_content() for h in page.iter("h3")] == ["Mer", "Mer"]
    for landmark in ("header", "nav", "main", "footer"):
        assert len(list(page.iter(landmark))) == 1, landmark
    assert page.xpath("//a[@class='ek-skip']/@href") == ["#innehall"]


def test_the_contents_lead_to_the_chapters_in_order(report: str) -> None:
    page = html.document_fromstring(report)
    entries = [(a.get("href"), a.text_content()) for a in page.xpath("//nav//a")]
    assert entries == [(f"#{h.get('id')}", h.text_content()) for h in page.iter("h2")]


def test_the_report_loads_and_runs_nothing_and_shows_no_code(report: str) -> None:
    page = html.document_fromstring(report)
    assert not list(page.iter("script"))
    addresses = page.xpath("//@src | //@href")
    assert all(address.startswith(("#", "data:")) for address in addresses)
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert "ek.something" not in report


def test_drawings_are_named_and_no_id_stands_twice(report: str) -> None:
    page = html.document_fromstring(report)
    counts = Counter(page.xpath("//@id"))
    assert max(counts.values()) == 1
    drawings = list(page.iter("svg"))
    assert len(drawings) == 2
    for svg in drawings:
        (title,) = page.xpath(f"//*[@id='{svg.get('aria-labelledby')}']")
        assert title.text == "Linje från 4,1 till 2,9."
    assert "url(#en-c)" in report
    assert {"en-c", "tva-c"} <= counts.keys()


def test_prose_keeps_its_meaning_and_loses_its_markup(tmp_path: Path) -> None:
    prose = '# T\n\n<img src=x onerror="x()"> *lugnt*\n\nSe https://www.scb.se\n\n|A|\n|-|\n|1|'
    page = exported(tmp_path, chapter(tmp_path, "01_a", prose))
    assert "&lt;img" in page
    main = html.document_fromstring(page).find(".//main")
    assert not list(main.iter("img"))
    assert main.findtext(".//em") == "lugnt"
    assert [p.text_content() for p in main.iter("p")][-1] == "Se https://www.scb.se"
    assert [(th.get("scope"), th.text) for th in main.iter("th")] == [
        ("col", "A"),
        ("row", "1"),
    ]


def test_formulas_become_mathml_only_where_there_are_any(tmp_path: Path, report: str) -> None:
    assert "<math" in report
    assert "<math" not in exported(tmp_path, chapter(tmp_path, "01_a", "# T\n\nText."))


def test_a_simulated_study_says_so_at_both_ends_and_a_real_one_does_not(tmp_path: Path) -> None:
    one = chapter(tmp_path, "01_a", "# T")
    page = html.document_fromstring(exported(tmp_path, one))
    assert "Simulerade data" in page.find(".//header").text_content()
    assert "inga verkliga barn" in page.find(".//footer").text_content()
    real = Cover("T", "F", "2021", False, ())
    export([one], real, tmp_path / "real.html")
    assert "imulera" not in (tmp_path / "real.html").read_text()


@pytest.mark.parametrize(
    ("output", "match"),
    [
        (new_output("stream", name="stdout", text=SECRET), "cell 2: has output of kind 'stream'"),
        (new_output("error", ename="E", evalue=SECRET, traceback=[]), "of kind 'error'"),
        (new_output("execute_result", {"text/plain": SECRET}), "not an ek. fragment"),
        (new_output("display_data", {"text/html": f"<td>{SECRET}</td>"}), "not an ek. fragment"),
        (new_output("display_data", {"application/javascript": "x"}), "not an ek. fragment"),
        (shown(Fragment("<p>at 0x7fc1743c8ed0</p>", "")), "a memory address"),
        (shown(Fragment("<script>x()</script>", "")), "the element 'script' is not allowed"),
        (shown(Fragment('<p onclick="x()">a</p>', "")), "the attribute 'onclick'"),
        (shown(Fragment('<a href="https://a.se">a</a>', "")), "1 links or files outside it"),
        (shown(Fragment('<p id="innehall">a</p>', "")), "the id 'innehall' stands twice"),
        (shown(Fragment("<h1>a</h1>", "")), "2 main headings"),
    ],
)
def test_what_is_no_fragment_or_not_harmless_stops_the_report(
    tmp_path: Path, output: nbformat.NotebookNode, match: str
) -> None:
    refused(tmp_path, "# T", output, match=match)


@pytest.mark.parametrize(
    ("prose", "match"),
    [
        ("Ingen rubrik", "must begin with '# '"),
        ("# En\n\n# Två", "a second '# ' heading"),
        ("# T\n\n[ut](https://a.se)", "links only within itself"),
        ("# T\n\n[fel](#kapitel-99)", "a link to '#kapitel-99', which is nowhere"),
    ],
)
def test_prose_that_cannot_be_joined_stops_the_report(
    tmp_path: Path, prose: str, match: str
) -> None:
    refused(tmp_path, prose, match=match)


def test_a_table_in_prose_gets_its_caption_from_the_line_in_bold_above_it(tmp_path: Path) -> None:
    prose = "# Titel\n\n**Vad som skilde**\n\n| | A |\n|---|---|\n| Stöd | mer |\n| Nivå | fyra |"
    page = html.document_fromstring(exported(tmp_path, chapter(tmp_path, "00_a", prose)))
    (table,) = page.iter("table")
    assert table.findtext("caption/span") == "Vad som skilde"
    assert [(th.get("scope"), th.text) for th in table.iter("th")] == [
        ("col", "A"), ("row", "Stöd"), ("row", "Nivå"),
    ]  # fmt: skip
    assert table.getparent().get("aria-label") == "Tabell: Vad som skilde"
    assert table.getparent().get("tabindex") == "0"
