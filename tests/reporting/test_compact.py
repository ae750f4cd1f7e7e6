"""A page in fewer bytes: what a browser builds of it, and what a reader reads, is the same."""

from itertools import zip_longest

import pytest
from lxml import html as parser

from evalkit.reporting import fragments
from evalkit.reporting.compact import compact

HEAD = (
    '<!doctype html>\n<html lang="sv">\n<head>\n<meta charset="utf-8">\n<title>T</title>\n'
    '<style>\n.ek-drawing { color: red; }\n</style>\n</head>\n<body class="ek-report">\n'
)
RED, BLUE = "fill:#f00;stroke:#000", "fill:#00f;stroke:#000"


def figure(name, *looks):
    marks = "".join(f'<path d="M{x} 0H9V9z" style="{look}"/>' for x, look in enumerate(looks))
    return fragments.figure(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{marks}</svg>',
        name=name, alt="Linje från 4,1 till 2,9.", caption="Färre", numbers="<table></table>",
    ).html  # fmt: skip


def page(*pieces):
    return f"{HEAD}<main>\n{chr(10).join(pieces)}\n</main>\n</body>\n</html>\n"


def drawn(html):
    """Each mark's look in each drawing: its own style, or its class's rule on the page."""
    root = parser.document_fromstring(html)
    rules = dict(
        rule.strip().removeprefix(".ek-drawing .").split("{")
        for rule in root.findtext(".//style").split("}")
        if rule.strip().startswith(".ek-drawing .")
    )
    return [
        [mark.get("style") or rules[mark.get("class")] for mark in svg.iter("path")]
        for svg in root.iter("svg")
    ]


def test_drawings_say_what_they_have_in_common_once_on_the_page():
    html = compact(page(figure("en", RED, BLUE, RED), figure("tva", BLUE, RED)))
    assert drawn(html) == [[RED, BLUE, RED], [BLUE, RED]]
    assert html.count("<style>") == 1
    assert html.count(RED) == html.count(BLUE) == 1
    assert ".ek-drawing { color: red; }" in html


def test_a_look_that_one_mark_has_stays_with_it():
    html = compact(page(figure("en", RED), figure("tva", BLUE)))
    assert drawn(html) == [[RED], [BLUE]]
    assert "class=a" not in html


def test_a_page_without_drawings_is_left_its_words():
    html = compact(page("<p>A</p>", "<p>B</p>"))
    assert parser.document_fromstring(html).xpath("//p/text()") == ["A", "B"]


def flat(html):
    """The tree, blanks that HTML does not show put aside; no-break spaces are no blanks."""
    for element in parser.document_fromstring(html).iter():
        text, tail = ((part or "").strip(" \n\t") for part in (element.text, element.tail))
        yield element.tag, sorted(element.items()), " ".join(text.split(" ")), tail


@pytest.mark.parametrize(
    "content",
    [
        '<table class="a b"><caption><span>C</span></caption><thead><tr><th scope="col">A</th>'
        '<td></td></tr></thead><tbody><tr><th scope="row">1\u00a0210</th><td>24,8\u00a0%</td></tr>'
        "</tbody></table>",
        "<ul><li>a</li><li><p>b</p><p>c</p></li></ul><dl><div><dt>d</dt><dd>e</dd></div></dl>",
        '<p>f <b>g</b> <em>h</em>\u00a0i &lt;b&gt; &amp;lt; "j"</p>'
        "<details open><summary>k</summary><p>l</p></details>"
        '<p><a href="#x">m</a>, <span class="n">o</span> p</p>',
        '<div aria-label="Tabell: A &quot;B&quot; \'C\'" role="group" tabindex="0">q</div>',
        '<svg viewbox="0 0 9 9" role="img"><title>r</title><g class="a"><text x="1">1\u202f2</text>'
        '<path d="M0 0H9"/></g></svg>',
    ],
)
def test_a_browser_builds_the_same_tree(content):
    before = page(content)
    after = compact(before)
    for one, other in zip_longest(flat(before), flat(after)):
        assert one == other
    assert len(after.encode()) < len(before.encode())


def test_equal_pages_give_equal_bytes():
    one = page(figure("en", RED, BLUE, RED), figure("tva", BLUE, RED))
    assert compact(one) == compact(one)
