"""A drawing's marks made few: each where it stands, together with those that look the same.

matplotlib writes a marker as a reference to a shape elsewhere, cuts every mark to its axes whether
or not it reaches them, and gives each grid line a path and a style of its own.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from math import hypot
from xml.etree.ElementTree import Element

from evalkit.reporting.svg import tenths, unwrap

Box = tuple[float, float, float, float]

_ABSOLUTE = re.compile(r"M[MLHVCQz\d\s.-]+")  # as matplotlib writes paths
_STEP = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_URL = re.compile(r"url\(#([\w-]+)\)")
_REFERENCE = re.compile(r"#([\w-]+)")
_ARCS = 8  # of which matplotlib makes a circle
_CLOSE = 0.15  # points: two roundings to a tenth, and a little
_THIN = 1.0  # points: half of such a line beyond its axes is not seen
_FEWEST = 3  # marks that a group pays for


def gather(root: Element) -> None:
    """Write, in place, an SVG tree's marks with fewer elements; it looks the same."""
    _place_markers(root)
    _loosen_clips(root)
    _drop_unused(root)
    _join_lines(root)
    _group_alike(root)
    for path in filter(_is_absolute, root.iter("path")):
        path.set("d", _short(path.get("d", "")))


def _is_absolute(path: Element) -> bool:
    """Tell whether a path's steps all say where they lead, so that they can be reckoned with."""
    return path.tag == "path" and bool(_ABSOLUTE.fullmatch(path.get("d", "")))


def _place_markers(root: Element) -> None:
    """Write each marker as a shape where it stands."""
    shapes = {path.get("id"): path for path in filter(_is_absolute, root.iter("path"))}
    for use in list(root.iter("use")):
        shape = shapes.get(use.get("href", "")[1:])
        if shape is not None and set(use.attrib) <= {"href", "x", "y", "style"}:
            _place(use, shape)


def _place(use: Element, shape: Element) -> None:
    x, y = float(use.get("x", "0")), float(use.get("y", "0"))
    style = _declared(use) | _declared(shape)
    steps = list(_steps(shape.get("d", "")))
    use.attrib.clear()
    if radius := _radius(steps):
        use.tag = "circle"
        use.attrib = {"cx": tenths(x), "cy": tenths(y), "r": tenths(radius)}
    else:
        use.tag = "path"
        use.attrib = {"d": "".join(_moved(letter, numbers, x, y) for letter, numbers in steps)}
    if style:
        use.set("style", ";".join(f"{key}:{value}" for key, value in sorted(style.items())))


def _radius(steps: list[tuple[str, list[float]]]) -> float:
    """Return the radius of a circle around the origin, 0 for any other path."""
    if [letter for letter, _ in steps] != ["M", *"C" * _ARCS, "z"]:
        return 0
    distances = [hypot(*numbers[-2:]) for _, numbers in steps[:-1]]
    is_circle = max(distances) - min(distances) <= _CLOSE
    return distances[0] if is_circle else 0


def _loosen_clips(root: Element) -> None:
    """Cut no mark that lies within what it would be cut to."""
    frames = {
        clip.get("id"): _rectangle(clip[0])
        for clip in root.iter("clipPath")
        if len(clip) == 1 and clip[0].tag == "rect"
    }
    for element in root.iter():
        clip = _URL.fullmatch(element.get("clip-path", ""))
        frame = frames.get(clip[1]) if clip else None
        if frame and all(_is_within(_box(mark), frame) for mark in _leaves(element)):
            del element.attrib["clip-path"]


def _leaves(element: Element) -> Iterator[Element]:
    return (leaf for leaf in element.iter() if not len(leaf))


def _box(mark: Element) -> Box | None:
    """Return what a path or a circle covers, half of a thick line included; None if unknown."""
    if mark.get("transform"):
        return None
    width = float(_declared(mark).get("stroke-width", 1))
    edge = width / 2 if width > _THIN else 0
    if mark.tag == "circle":
        x, y, radius = (float(mark.get(key, "nan")) for key in ("cx", "cy", "r"))
        return x - radius - edge, y - radius - edge, x + radius + edge, y + radius + edge
    if not _is_absolute(mark):
        return None
    xs, ys = zip(*_points(mark.get("d", "")), strict=True)
    return min(xs) - edge, min(ys) - edge, max(xs) + edge, max(ys) + edge


def _is_within(box: Box | None, frame: Box) -> bool:
    if box is None:
        return False
    left, top, right, bottom = frame
    return (
        box[0] >= left - _CLOSE
        and box[1] >= top - _CLOSE
        and box[2] <= right + _CLOSE
        and box[3] <= bottom + _CLOSE
    )


def _rectangle(rect: Element) -> Box:
    x, y, width, height = (float(rect.get(key, "0")) for key in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def _drop_unused(root: Element) -> None:
    """Take out definitions that nothing refers to, and groups that say nothing any more."""
    used = {
        name
        for element in root.iter()
        for key, value in element.attrib.items()
        if key != "id"
        for name in _REFERENCE.findall(value)
    }
    for parent in list(root.iter("defs")):
        for child in [child for child in parent if child.get("id") not in used]:
            if child.tag != "style":
                parent.remove(child)
    unwrap(root)


def _join_lines(parent: Element) -> None:
    """Write lines that follow one another and look the same as one path."""
    before: Element | None = None
    for child in [child for child in parent if child.tag != "defs"]:
        _join_lines(child)
        if before is not None and _is_line(child) and _look(child) == _look(before):
            before.set("d", before.get("d", "") + child.get("d", ""))
            parent.remove(child)
        else:
            before = child if _is_line(child) else None


def _is_line(element: Element) -> bool:
    """Tell whether a path is all stroke and opaque, so that it may cross another unseen."""
    style = _declared(element)
    return (
        element.tag == "path"
        and element.attrib.keys() <= {"d", "style", "clip-path"}
        and style.get("fill") == "none"
        and not any("opacity" in key for key in style)
    )


def _group_alike(parent: Element) -> None:
    """Say once, on a group, how several marks in a row look."""
    for child in parent.findall("g"):
        _group_alike(child)
    for look, run in groupby(list(parent), _look):
        marks = list(run)
        if len(marks) < _FEWEST or not any(look) or "opacity" in (look[1] or ""):
            continue
        group = Element("g", {k: v for k, v in zip(("clip-path", "style"), look, strict=True) if v})
        place = list(parent).index(marks[0])
        for mark in marks:
            mark.attrib.pop("clip-path", None)
            mark.attrib.pop("style", None)
        parent[place : place + len(marks)] = [group]
        group.extend(marks)


def _look(element: Element) -> tuple[str | None, str | None]:
    return element.get("clip-path"), element.get("style")


def _declared(element: Element) -> dict[str, str]:
    """Return the declarations of an element's style, by property."""
    parts = (one.partition(":") for one in element.get("style", "").split(";") if one)
    return {key: value for key, _, value in parts}


def _steps(path: str) -> Iterator[tuple[str, list[float]]]:
    for letter, numbers in _STEP.findall(path):
        yield letter, [float(number) for number in numbers.split()]


def _points(path: str) -> Iterator[tuple[float, float]]:
    """Return the points that a path of absolute steps goes through or is drawn towards."""
    x = y = 0.0
    for letter, numbers in _steps(path):
        if letter == "H":
            pairs = [(numbers[0], y)]
        elif letter == "V":
            pairs = [(x, numbers[0])]
        else:
            pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        yield from pairs
        x, y = pairs[-1] if pairs else (x, y)


def _moved(letter: str, numbers: list[float], x: float, y: float) -> str:
    """Return a path's step moved by (x, y)."""
    by = {"H": (x,), "V": (y,)}.get(letter, (x, y))
    return letter + " ".join(tenths(n + by[i % len(by)]) for i, n in enumerate(numbers))


def _short(path: str) -> str:
    """Return a path of absolute steps, each by where it leads or how far, whichever is shorter.

    How far is counted in tenths, as the points are written, so that nothing adds up.
    """
    found, at, start = "", (0, 0), (0, 0)
    for letter, numbers in _steps(path):
        ends = [round(10 * number) for number in numbers]
        here = {"H": at[:1], "V": at[1:]}.get(letter, at)
        away = [end - here[i % len(here)] for i, end in enumerate(ends)]
        to, by = _spelt(letter, ends), _spelt(letter.lower(), away)
        found += by if letter != "M" and len(by) < len(to) else to
        x, y = {"H": (*ends, at[1]), "V": (at[0], *ends), "z": start}.get(letter, ends[-2:])
        at, start = (x, y), (x, y) if letter == "M" else start
    return found


def _spelt(letter: str, tenths_of: list[int]) -> str:
    numbers = (tenths(number / 10) for number in tenths_of)
    return letter + re.sub(r" (?=-)|(?<![\d.])0(?=\.)", "", " ".join(numbers))
