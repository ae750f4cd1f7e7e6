"""The pieces that chapters show."""

import re

import pytest
from markupsafe import Markup

from evalkit.reporting import fragments
from evalkit.reporting.links import link

SVG = (
    '<?xml version="1.0"?>\n<!DOCTYPE svg>\n'
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="518pt" height="288pt" viewBox="0 0 518 288"><metadata>2026-01-01</metadata>'
    '<defs><style>*{stroke-linejoin: round}</style><path id="m1" d="M0 0"/></defs>'
    '<use xlink:href="#m1"/><g style="clip-path: url(#m1)" clip-path="url(\'#m1\')"/></svg>'
)


TABLE = "<table></table>"


def figure(**changed: str) -> str:
    given = {
        "name": "en", "alt": "Linje från 4 till 3.", "caption": "Färre <b>",
        "numbers": TABLE,
    } | changed  # fmt: skip
    return fragments.figure(SVG, **given).html


def test_a_figure_scales_and_carries_nothing_but_the_drawing() -> None:
    html = figure()
    assert html.count("<svg") == 1
    assert re.search(r'<svg viewBox="0 0 518 288" role="img" aria-labelledby="en-alt">', html)
    for gone in ("<?xml", "DOCTYPE", "metadata", "2026", "518pt", "xmlns", "xlink"):
        assert gone not in html
    assert "Färre &lt;b&gt;" in html


def test_ids_and_everything_that_refers_to_them_get_the_figures_name() -> None:
    html = figure(name="tva")
    assert 'id="tva-m1"' in html
    assert html.count("#tva-m1") == 2
    assert '"#m1' not in html


def test_a_style_sheet_in_a_drawing_stays_in_it() -> None:
    assert "<style>#en svg { *{stroke-linejoin: round} }</style>" in figure()


def test_the_numbers_can_be_unfolded() -> None:
    assert f"<summary>Visa siffrorna</summary>{TABLE}</details></figure>" in figure()


def test_a_table_that_stands_elsewhere_is_linked_to_and_not_repeated() -> None:
    html = figure(numbers=fragments.told_in(link("a-tabell", "A <b>"), link("b-tabell", "B")))
    assert "Visa siffrorna" not in html
    assert html.endswith(
        'Siffrorna i tabell: <a href="#a-tabell">A &lt;b&gt;</a> och <a href="#b-tabell">B</a>.</p>'
        "</figure>"
    )


@pytest.mark.parametrize("numbers", ["", "Siffrorna finns hos oss."])
def test_a_figure_without_the_numbers_behind_it_is_refused(numbers: str) -> None:
    with pytest.raises(ValueError, match="give the numbers behind it"):
        figure(numbers=Markup(numbers))


@pytest.mark.parametrize("alt", ["", "Figur", "diagram 1", "   "])
def test_a_figure_without_a_real_text_alternative_is_refused(alt: str) -> None:
    with pytest.raises(ValueError, match="text alternative"):
        figure(alt=alt)


def test_a_figure_that_could_not_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="viewBox"):
        fragments.figure(
            "<svg/>", name="en", alt="Linje från 4 till 3.", caption="x",
            numbers=TABLE,
        )  # fmt: skip


@pytest.mark.parametrize("make", [fragments.paragraph, lambda t: fragments.callout("fakta", t)])
def test_text_is_escaped_and_markup_is_not(make: object) -> None:
    assert "&lt;script&gt;" in make("<script>").html
    assert "<strong>a</strong>" in make(Markup("<strong>a</strong>")).html


def test_an_unknown_callout_is_refused() -> None:
    with pytest.raises(ValueError, match="svar, varning, fakta"):
        fragments.callout("varnig", "x")


def test_joined_fragments_keep_their_order() -> None:
    both = fragments.join(fragments.paragraph("ett"), fragments.paragraph("två"))
    assert both.html == "<p>ett</p>\n<p>två</p>"
    assert both.text == "ett\n\ntvå"
