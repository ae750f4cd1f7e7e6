"""Drawings made small look the same: what is dropped refers to nothing, what is kept is close."""

import re
from xml.etree import ElementTree

import pytest

from evalkit.reporting import fragments
from evalkit.reporting.svg import slim

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def tree(svg):
    """A drawing without its namespaces, as fragments hands it over."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {k.rpartition("}")[2]: v for k, v in element.attrib.items()}
    return root


def test_what_it_does_to_a_small_drawing():
    root = tree(
        '<svg viewBox="0 0 9 9"><g id="unused">\n <path d="M 0.123456 10.0  L 5 -0.0004 z "'
        ' clip-path="url(#box)"/>\n</g><defs><clipPath id="box"/></defs>'
        '<text transform="rotate(-0 1 2)" style="fill: #000; font-family: A, \'B C\'; x: 1"'
        ' x="1.005">a  b</text></svg>'
    )
    slim(root)
    assert ElementTree.tostring(root, encoding="unicode") == (
        '<svg viewBox="0 0 9 9" style="font-family: A, \'B C\'"><path d="M 0.12 10 L 5 0 z"'
        ' clip-path="url(#box)" /><defs><clipPath id="box" /></defs>'
        '<text style="fill: #000; x: 1" x="1">a  b</text></svg>'
    )


def test_every_figure_keeps_its_marks_words_and_references(drawing):
    before, after = tree(drawing.svg), tree(drawing.svg)
    slim(after)
    for tag in ("path", "use", "text", "clipPath"):
        old, new = (list(root.iter(tag)) for root in (before, after))
        assert len(old) == len(new)
        for one, other in zip(old, new, strict=True):
            assert (one.text or "").strip() == (other.text or "").strip()
            if tag == "path":
                numbers = [[float(n) for n in NUMBER.findall(e.get("d", ""))] for e in (one, other)]
                assert numbers[1] == pytest.approx(numbers[0], abs=0.006)
    svg = ElementTree.tostring(after, encoding="unicode")
    targets = {element.get("id") for element in after.iter()} - {None}
    assert (
        set(re.findall(r"#([\w-]+)\)", svg)) | set(re.findall(r'href="#([\w-]+)"', svg)) <= targets
    )
    assert len(svg) < 0.75 * len(drawing.svg)


def test_a_figure_in_a_report_is_slim(drawing):
    html = fragments.figure(drawing.svg, name="en", alt=drawing.alt, caption="x").html
    assert "matplotlib.axis" not in html
    assert not re.search(r' (?:d|x|y|transform)="[^"]*\d\.\d{3,}', html)
