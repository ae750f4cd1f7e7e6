"""A drawing made small: the same picture in about half the bytes.

A report holds some thirty drawings, and matplotlib writes each for an editor: groups with ids that
nothing refers to, six decimals, the font on every word.
"""

import re
from xml.etree.ElementTree import Element

FONT = re.compile(r"font-family: ([^;]+);? ?")
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_REFERENCE = re.compile(r"#([\w-]+)")
_NO_TURN = re.compile(r"rotate\(-?0 [^)]*\)")
_MEASURES = {"d", "points", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "transform"}
_TEXTS = {"text", "tspan", "title", "style"}


def slim(root: Element) -> None:
    """Take out of an SVG tree, in place, what changes nothing of how it looks.

    Coordinates keep two decimals: a hundredth of a point. The commonest font moves to the root.
    """
    kept = {
        name
        for element in root.iter()
        for key, value in element.attrib.items()
        if key != "id"
        for name in [*_REFERENCE.findall(value), *value.split()]
    }
    fonts = [font for element in root.iter() for font in FONT.findall(element.get("style", ""))]
    common = max(sorted(set(fonts)), key=fonts.count, default="")
    for element in root.iter():
        if element.tag not in _TEXTS:
            _drop_blanks(element)
        element.attrib = {
            key: short
            for key, value in element.attrib.items()
            if (short := _short(key, value, kept, common))
        }
    _unwrap(root)
    if common:
        root.set("style", f"font-family: {common}")


def _short(key: str, value: str, kept: set[str], font: str) -> str:
    """Return an attribute's value without what is not needed; empty when none of it is."""
    if key == "id":
        return value if value in kept else ""
    if key == "style":
        return value.replace(f"font-family: {font}; ", "").replace(f"font-family: {font}", "")
    if key not in _MEASURES:
        return value
    return " ".join(_NUMBER.sub(_rounded, _NO_TURN.sub("", value)).split())


def _rounded(number: re.Match[str]) -> str:
    text = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _drop_blanks(element: Element) -> None:
    if not (element.text or "").strip():
        element.text = None
    for child in element:
        if not (child.tail or "").strip():
            child.tail = None


def _unwrap(parent: Element) -> None:
    """Put the children of groups that say nothing in the groups' place."""
    for child in list(parent):
        _unwrap(child)
        if child.tag == "g" and not child.attrib and not (child.text or "").strip():
            place = list(parent).index(child)
            parent.remove(child)
            for offset, grandchild in enumerate(list(child)):
                parent.insert(place + offset, grandchild)
