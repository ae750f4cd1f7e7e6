"""The project's own pages in a browser: without barriers, uncut, silent, and run by keyboard."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
PAGES = (
    "utvardering", "index", "planering", "metodvalidering", "kvalitet", "datakatalog",
)  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
UNFOLD = "document.querySelectorAll('details').forEach(d => d.open = true)"
# axe does not judge words on a gradient; the shadows at a table's sides are one.
PLAIN = ".ek-table, .ek-drawing { background-image: none !important }"
# The browser learns that a box scrolls only when it has drawn it.
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
LIMIT = 400_000  # bytes
SHEET = 1001  # CSS pixels between the margins of an A4: 297 - 15 - 17 mm
LEGIBLE = 10  # CSS pixels


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.skipif(not AXE.is_file(), reason="no axe-core: npm ci --prefix tests/browser")
def test_axe_finds_no_barrier(browser, site, name):
    """WCAG 2.1 A and AA and 2.2 AA, at two widths and in both colour schemes."""
    context = browser.new_context(bypass_csp=True)  # the page forbids scripts, axe is one
    page = context.new_page()
    page.goto(site[name].as_uri())
    page.evaluate(UNFOLD)
    page.add_style_tag(content=PLAIN)
    page.add_script_tag(path=AXE)
    found = {}
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            options = {"runOnly": RULES, "resultTypes": ["violations"]}
            result = page.evaluate("options => axe.run(document, options)", options)
            found[width, scheme] = [
                (one["id"], [node["target"] for node in one["nodes"]][:3])
                for one in result["violations"]
            ]
            assert len(result["passes"]) > 15
    context.close()
    assert not any(found.values()), found


@pytest.mark.parametrize("name", PAGES)
def test_what_the_page_is_made_of_is_told_to_all(browser, site, check, name):
    page = browser.new_page()
    requests, messages = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto(site[name].as_uri())
    page.evaluate(UNFOLD)
    faults = page.evaluate(check("structure"))
    page.close()
    assert faults == []
    assert [url for url in requests if not url.startswith("data:")] == [site[name].as_uri()]
    assert messages == []
    assert site[name].stat().st_size <= LIMIT


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_cut_and_only_tables_and_figures_scroll(browser, site, check, name, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(site[name].as_uri())
    page.evaluate(UNFOLD)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    faults = page.evaluate(check("clipped"))
    letters = page.evaluate(check("letters"))
    page.close()
    assert wide <= 0
    assert faults == []
    assert [one for one in letters if one[1] < LEGIBLE] == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_it_stands_on(browser, site, check, name, scheme):
    """WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1."""
    page = browser.new_page(color_scheme=scheme)
    page.goto(site[name].as_uri())
    page.evaluate(UNFOLD)
    ratios = page.evaluate(check("contrast"))
    page.close()
    assert len(ratios) > 10
    assert [one for one in ratios if one[1] < 4.5] == []


def test_a_phone_shows_that_a_table_and_a_figure_go_on(browser, site):
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(site["utvardering"].as_uri())
    page.evaluate(UNFOLD)
    page.evaluate(TWO_FRAMES)
    boxes = page.evaluate(
        "[...document.querySelectorAll('.ek-table, .ek-drawing')].map(e => ["
        "e.scrollWidth > e.clientWidth + 1, getComputedStyle(e, '::before').display == 'block',"
        "e.ariaLabel])"
    )
    page.close()
    assert [label for scrolls, hinted, label in boxes if scrolls and not hinted] == []
    assert {scrolls for scrolls, _, _ in boxes} == {True, False}
    assert {hinted for _, hinted, _ in boxes} == {True, False}


@pytest.mark.parametrize("name", PAGES)
def test_the_keyboard_reaches_everything_that_acts(browser, site, name):
    """Tab through the whole page: each stop shows where one is, and none is left out."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(site[name].as_uri())
    awaited = page.evaluate(
        "[...document.querySelectorAll('a[href], summary, .ek-drawing, .ek-table')]"
        ".filter(e => e.checkVisibility({contentVisibilityAuto: true}))"
        ".map((e, i) => (e.dataset.stop = i, i))"
    )
    reached = []
    for _ in range(len(awaited)):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(() => { const e = document.activeElement, s = getComputedStyle(e),"
                " box = e.getBoundingClientRect();"
                " return [Number(e.dataset.stop), s.outlineStyle != 'none'"
                " && parseFloat(s.outlineWidth) >= 2 && box.right > 0 && box.bottom > 0"
                " && box.top < innerHeight]; })()"
            )
        )
    page.close()
    assert reached == [[stop, True] for stop in awaited]


def test_a_folded_table_opens_by_keyboard_and_is_a_stop_then(browser, site):
    page = browser.new_page()
    page.goto(site["utvardering"].as_uri())
    folded = page.locator("details:has(.ek-table)").first
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    assert folded.evaluate("details => details.open")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('details .ek-table')")
    page.close()


def test_the_answers_have_the_first_sheet_of_paper_to_themselves(browser, site):
    page = browser.new_page(viewport={"width": 673, "height": 900})
    page.emulate_media(media="print")
    page.goto(site["utvardering"].as_uri())
    bottoms = page.evaluate(
        "[...document.querySelectorAll('.ek-verdict, .ek-alongside, .ek-alongside + .ek-note')]"
        ".map(e => e.getBoundingClientRect().bottom)"
    )
    page.close()
    assert len(bottoms) == 5
    assert max(bottoms) <= SHEET


def test_on_paper_nothing_is_folded_or_wider_than_the_sheet(browser, site, check):
    page = browser.new_page(viewport={"width": 673, "height": 900})  # A4 between its margins
    page.emulate_media(media="print")
    for name in PAGES:
        page.goto(site[name].as_uri())
        beyond = page.evaluate(
            "[...document.querySelectorAll('table, svg, p, math')]"
            ".filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
            ".map(e => e.textContent.slice(0, 60))"
        )
        folded = page.evaluate(
            "[...document.querySelectorAll('details *')]"
            ".filter(e => e.matches('table') && !e.getBoundingClientRect().height).length"
        )
        assert (name, beyond, folded) == (name, [], 0)
    page.close()
