"""Marks made fewer stand where they stood, look as they looked, and come in the same order."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.reporting.svg import slim, tenths, written
from evalkit.reporting.svg_marks import gather

NUMBER = r"-?\d*\.?\d+"
START = re.compile(rf"M({NUMBER}) ?({NUMBER})")
CIRCLE = "M0 4C1.1 4 2.1 3.6 2.8 2.8C3.6 2.1 4 1.1 4 0C4 -1.1 3.6 -2.1 2.8 -2.8C2.1 -3.6 1.1 -4 0 -4C-1.1 -4 -2.1 -3.6 -2.8 -2.8C-3.6 -2.1 -4 -1.1 -4 0C-4 1.1 -3.6 2.1 -2.8 2.8C-2.1 3.6 -1.1 4 0 4z"  # fmt: skip # noqa: E501
CLIP = '<defs><clipPath id="p"><rect x="0" y="0" width="100" height="50"/></clipPath></defs>'


def gathered(content):
    root = ElementTree.fromstring(f'<svg viewBox="0 0 100 50">{content}</svg>')
    gather(root)
    return (
        ElementTree.tostring(root, encoding="unicode")
        .partition(">")[2]
        .removesuffix("</svg>")
        .replace(" />", "/>")
    )


def declared(element):
    return dict(one.split(":", 1) for one in element.get("style", "").split(";") if one)


def marks(element, shapes, inherited):
    """Every subpath and word that is drawn, in order: where it begins and how it looks."""
    look = inherited | declared(element)
    if element.tag in ("defs", "style", "title"):
        return
    if element.tag == "use":
        shape = shapes[element.get("href")[1:]]
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        for start in START.findall(shape.get("d")):
            yield x + float(start[0]), y + float(start[1]), look | declared(shape)
    elif element.tag == "path":
        for start in START.findall(element.get("d", "")):
            yield *map(float, start), look
    elif element.tag == "circle":
        x, y, radius = (float(element.get(key)) for key in ("cx", "cy", "r"))
        yield x, y + radius, look  # where matplotlib begins a circle
    elif element.tag == "text":
        yield float(element.get("x", "nan")), float(element.get("y", "nan")), look
    for child in element:
        yield from marks(child, shapes, look)


def test_every_figures_marks_stand_where_they_stood_and_look_the_same(drawing, bare):
    before, after = bare(drawing.svg), bare(drawing.svg)
    slim(before)
    slim(after)
    gather(after)
    shapes = {path.get("id"): path for path in before.iter("path")}
    old, new = list(marks(before, shapes, {})), list(marks(after, {}, {}))
    assert [look for *_, look in new] == [look for *_, look in old]
    for one, other in zip(old, new, strict=True):
        assert other[:2] == pytest.approx(one[:2], abs=0.06, nan_ok=True)
    assert not list(after.iter("use"))
    assert len(written(after)) < len(written(before))


def test_a_marker_is_drawn_where_it_stands():
    assert gathered(
        f'<defs><path id="m" d="{CIRCLE}" style="stroke:#f00"/>'
        '<path id="n" d="M-1 -1H1V1z"/></defs>'
        '<use href="#m" x="9" y="8.5" style="fill:#fff"/><use href="#n" x="20" y="10"/>'
    ) == ('<circle cx="9" cy="8.5" r="4" style="fill:#fff;stroke:#f00"/><path d="M19 9h2v2z"/>')


def test_eight_curves_that_do_not_keep_their_distance_are_no_circle():
    flat = re.sub(r"(\S+) (-?\d(?:\.\d)?)(?=[Cz])", lambda m: f"{m[1]} {float(m[2]) / 2:g}", CIRCLE)
    html = gathered(f'<defs><path id="m" d="{flat}"/></defs><use href="#m" x="9" y="8"/>')
    assert "<circle" not in html
    assert html.startswith('<path d="M9 10c')


@pytest.mark.parametrize(
    ("path", "is_cut"),
    [
        ("M0 10H100", False),
        ("M0 10L100 40", False),
        ("M0 10H101", True),
        ("M-1 10L50 40", True),
        ("M0 10C10 60 20 20 30 30", True),
    ],
)
def test_only_what_reaches_beyond_its_axes_is_cut(path, is_cut):
    mark = f'<path d="{path}" clip-path="url(#p)" style="fill:none;stroke:#000"/>'
    assert ("clip" in gathered(CLIP + mark)) == is_cut


def test_a_thick_line_and_a_marker_on_the_edge_stay_cut():
    line = '<path d="M0 50H9" clip-path="url(#p)" style="fill:none;stroke-width:3"/>'
    marker = '<circle cx="9" cy="48" r="4" clip-path="url(#p)"/>'
    for mark in (line, marker):
        assert 'clip-path="url(#p)"' in gathered(CLIP + mark)
        assert '<clipPath id="p">' in gathered(CLIP + mark)


def test_words_and_moved_marks_are_not_judged():
    word = '<g clip-path="url(#p)"><text x="1" y="1">a</text></g>'
    moved = '<path d="M1 1H2" transform="rotate(90)" clip-path="url(#p)"/>'
    for mark in (word, moved):
        assert 'clip-path="url(#p)"' in gathered(CLIP + mark)


def test_opaque_lines_that_look_alike_become_one_path():
    line = '<path d="M{} 0V9" style="fill:none;stroke:#000"/>'
    both = line.format(1) + line.format(2)
    assert gathered(both) == '<path d="M1 0V9M2 0V9" style="fill:none;stroke:#000"/>'


@pytest.mark.parametrize(
    "look", ["fill:#f00", "fill:none;stroke-opacity:.4", "fill:none;opacity:.4"]
)
def test_what_would_show_where_it_overlaps_is_drawn_one_by_one(look):
    html = gathered("".join(f'<path d="M{x} 0V9H8z" style="{look}"/>' for x in range(3)))
    assert html.count("<path") == 3


def test_what_stands_between_two_lines_stays_between_them():
    line = '<path d="M{} 0V9" style="fill:none"/>'
    html = gathered(line.format(1) + '<text x="1" y="2">a</text>' + line.format(2))
    assert re.findall(r"<(\w+)", html) == ["path", "text", "path"]


def test_a_row_of_marks_says_its_look_once():
    html = gathered("".join(f'<text x="{x}" y="1" style="fill:#f00">a</text>' for x in range(3)))
    assert html == (
        '<g style="fill:#f00"><text x="0" y="1">a</text><text x="1" y="1">a</text>'
        '<text x="2" y="1">a</text></g>'
    )


def test_marks_that_one_can_see_through_keep_each_their_own_look():
    """A group's opacity is not that of its members one by one."""
    html = gathered("".join(f'<path d="M{x} 0V9H8z" style="opacity:.4"/>' for x in range(3)))
    assert html.count("opacity") == 3


def walked(path):
    """Every point that a path leads to, from absolute and relative steps alike, and its letters."""
    x = y = start_x = start_y = 0.0
    points, letters = [], []
    for letter, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", text)]
        from_x, from_y = (x, y) if letter.islower() else (0, 0)
        letters.append(letter.upper())
        if letter in "zZ":
            x, y = start_x, start_y
        elif letter in "hH":
            x = from_x + numbers[0]
        elif letter in "vV":
            y = from_y + numbers[0]
        else:
            ends = [n + (from_y if i % 2 else from_x) for i, n in enumerate(numbers)]
            points += zip(ends[::2], ends[1::2], strict=True)
            x, y = points[-1]
        points.append((x, y))
        if letter == "M":
            start_x, start_y = x, y
    return letters, points


TENTHS = st.integers(-5000, 5000).map(lambda n: n / 10)
STEPS = st.one_of(
    st.tuples(st.just("M"), st.lists(TENTHS, min_size=2, max_size=2)),
    st.tuples(st.just("L"), st.lists(TENTHS, min_size=2, max_size=2)),
    st.tuples(st.sampled_from("HV"), st.lists(TENTHS, min_size=1, max_size=1)),
    st.tuples(st.just("C"), st.lists(TENTHS, min_size=6, max_size=6)),
    st.tuples(st.just("Q"), st.lists(TENTHS, min_size=4, max_size=4)),
    st.tuples(st.just("z"), st.just([])),
)


@given(st.lists(STEPS, max_size=12))
def test_a_path_leads_where_it_led_in_no_more_letters(steps):
    path = "M1 2" + "".join(letter + " ".join(map(tenths, at)) for letter, at in steps)
    html = gathered(f'<path d="{path}"/>')
    short = re.search(r'd="([^"]*)"', html)[1]
    letters, points = walked(short)
    expected_letters, expected = walked(path)
    assert letters == expected_letters
    assert points == [pytest.approx(point, abs=1e-6) for point in expected]
    assert len(short) <= len(path)


@pytest.mark.parametrize("path", ["M0 0h9v9z", "M0 0A5 5 0 0 1 9 9", "", "M0 0L1e-05 2"])
def test_a_path_written_otherwise_is_left_as_it_is(path):
    mark = f'<path d="{path}" clip-path="url(#p)"/>'
    assert mark in gathered(CLIP + mark)
