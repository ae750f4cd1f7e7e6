"""Drawings made small look the same: what is dropped refers to nothing, what is kept is close."""

import re
from xml.etree import ElementTree

import pytest

from evalkit.reporting import fragments
from evalkit.reporting.svg import (
    drop_ground,
    own_styles,
    share_styles,
    short_ids,
    slim,
    written,
)

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def points(path):
    """The coordinates that a path goes through, x and y in turn."""
    found = []
    for letter, text in re.findall(r"([A-Z])([^A-Za-z]*)", path.get("d", "")):
        numbers = [float(number) for number in NUMBER.findall(text)]
        whole = {"H": [*numbers, *found[-1:]], "V": [*found[-2:-1], *numbers]}
        found += whole.get(letter, numbers)
    return found


def test_what_it_does_to_a_small_drawing():
    root = ElementTree.fromstring(
        '<svg viewBox="0 0 9 9"><g id="unused">\n <path d="M 0.123456 10.0  L 5 -0.0004 z "'
        ' clip-path="url(#box)"/>\n</g><defs><clipPath id="box"/></defs>'
        '<text transform="rotate(-0 1 2)" style="fill: #000; font-family: A, \'B C\'; x: 1"'
        ' x="1.005">a  b</text></svg>'
    )
    slim(root)
    assert ElementTree.tostring(root, encoding="unicode") == (
        '<svg viewBox="0 0 9 9" style="font-family:A, \'B C\'"><path d="M0.1 10L5 0z"'
        ' clip-path="url(#box)" /><defs><clipPath id="box" /></defs>'
        '<text x="1" style="fill:#000;x:1">a  b</text></svg>'
    )


def test_every_figure_keeps_its_marks_words_and_references(drawing, bare):
    before, after = bare(drawing.svg), bare(drawing.svg)
    slim(after)
    for tag in ("path", "use", "text", "clipPath"):
        old, new = (list(root.iter(tag)) for root in (before, after))
        assert len(old) == len(new)
        for one, other in zip(old, new, strict=True):
            assert (one.text or "").strip() == (other.text or "").strip()
            if tag == "path":
                assert points(other) == pytest.approx(points(one), abs=0.06)
    svg = ElementTree.tostring(after, encoding="unicode")
    targets = {element.get("id") for element in after.iter()} - {None}
    assert (
        set(re.findall(r"#([\w-]+)\)", svg)) | set(re.findall(r'href="#([\w-]+)"', svg)) <= targets
    )
    assert len(svg) < 0.75 * len(drawing.svg)


def test_a_figure_in_a_report_is_slim(drawing):
    told = "<table></table>"
    html = fragments.figure(drawing.svg, name="en", alt=drawing.alt, caption="x", numbers=told).html
    assert "matplotlib.axis" not in html
    assert not re.search(r' (?:d|x|y|transform)="[^"]*\d\.\d{2,}', html)


def test_level_and_upright_lines_are_written_by_one_coordinate():
    root = ElementTree.fromstring(
        '<svg viewBox="0 0 9 9"><path d="M 1 2 L 5.00 2 L 5 9 L 1 2 z C 1 2 3 4 5 6 L 7 6"/></svg>'
    )
    slim(root)
    assert root.find("path").get("d") == "M1 2H5V9L1 2zC1 2 3 4 5 6H7"


def test_only_the_white_below_everything_is_taken_away():
    white, red = '<path d="M0 0h9" style="fill: #ffffff"/>', '<path d="M1 1h2" style="fill: #f00"/>'
    root = ElementTree.fromstring(
        f'<svg viewBox="0 0 9 9"><g>{white}<g>{white}</g>{red}{white}</g></svg>'
    )
    drop_ground(root)
    assert [path.get("style") for path in root.iter("path")] == ["fill: #f00", "fill: #ffffff"]


def test_white_with_an_edge_is_no_ground():
    root = ElementTree.fromstring(
        '<svg viewBox="0 0 9 9"><path d="M0 0h9" style="fill: #ffffff; stroke: #000"/></svg>'
    )
    drop_ground(root)
    assert len(list(root.iter("path"))) == 1


def test_hashed_names_are_shortened_alike_wherever_they_stand():
    root = ElementTree.fromstring(
        '<svg viewBox="0 0 9 9"><path id="m0123456789" d="M0 0"/><clipPath id="pabcdef0123"/>'
        '<use href="#m0123456789" style="fill: #abc123"/><g clip-path="url(#pabcdef0123)"/></svg>'
    )
    short_ids(root)
    path, clip, use, group = root
    assert use.get("href") == f"#{path.get('id')}" != f"#{clip.get('id')}"
    assert group.get("clip-path") == f"url(#{clip.get('id')})"
    assert use.get("style") == "fill: #abc123"
    assert max(map(len, (path.get("id"), clip.get("id")))) <= 3


def styled():
    return ElementTree.fromstring(
        '<svg viewBox="0 0 9 9"><path style="fill:#f00" clip-path="url(#p0)" d="M0 0"/>'
        '<path style="fill:#f00" clip-path="url(#p0)" d="M1 1"/>'
        '<path style="fill:#f00" d="M2 2"/></svg>'
    )


def test_a_style_that_marks_share_is_written_once_and_for_their_figure_only():
    root = styled()
    assert share_styles([root], "#en") == "#en .a{clip-path:url(#p0);fill:#f00}"
    assert [path.get("class") for path in root] == ["a", "a", None]
    assert [path.get("style") for path in root] == [None, None, "fill:#f00"]


def test_a_style_that_drawings_share_is_written_once_for_them_all():
    one, other = styled(), styled()
    rules = share_styles([one, other], ".x")
    assert rules == ".x .a{clip-path:url(#p0);fill:#f00}.x .b{fill:#f00}"
    assert [path.get("class") for path in [*one, *other]] == ["a", "a", "b"] * 2


def test_a_drawing_takes_its_styles_out_of_its_own_sheet_again():
    root = styled()
    sheet = ElementTree.Element("style")
    sheet.text = share_styles([root], "#en")
    root.insert(0, sheet)
    own_styles(root)
    assert [path.get("class") for path in root] == [None, None, None]
    assert [path.get("style") for path in root] == [
        "clip-path:url(#p0);fill:#f00", "clip-path:url(#p0);fill:#f00", "fill:#f00",
    ]  # fmt: skip


def test_a_sheet_that_says_anything_else_stays():
    root = ElementTree.fromstring(
        '<svg><style>#en .a{fill:#f00}#en svg { text{fill:#00f} }</style><g class="a"/></svg>'
    )
    before = written(root)
    own_styles(root)
    assert written(root) == before


def test_a_style_is_written_in_one_order_and_without_what_holds_anyway():
    root = ElementTree.fromstring(
        '<svg viewBox="0 0 9 9"><path d="M0 0" style="stroke-width: 0.6; fill: none;'
        ' stroke-dashoffset: 0"/></svg>'
    )
    slim(root)
    assert root[0].get("style") == "fill:none;stroke-width:.6"


def test_words_that_are_only_moved_say_where_they_stand():
    root = ElementTree.fromstring(
        '<svg viewBox="0 0 9 9"><text transform="translate(1.04 2)">a</text>'
        '<text transform="translate(1 2) rotate(-90)">b</text></svg>'
    )
    slim(root)
    assert root[0].attrib == {"x": "1", "y": "2"}
    assert root[1].attrib == {"transform": "translate(1 2) rotate(-90)"}
