"""A drawing made small: the same picture in about a third of the bytes.

A report holds some forty drawings, and matplotlib writes each for an editor: groups with ids that
nothing refers to, six decimals, the font on every word, a white ground on the white page.
"""

import re
from collections import Counter
from collections.abc import Sequence
from string import ascii_lowercase
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_FONT = re.compile(r"(font-(?:family|size)):([^;]+)")
_SEPARATOR = re.compile(r"\s*([:;])\s*")
_WHITE = re.compile(r"#ffffff\b")
_HASHED = re.compile(r"([A-Za-z])[0-9a-f]{10}")
_COMMAND = re.compile(r"\s*([A-Za-z])\s*")
_STEP = re.compile(r"([A-Za-z])([^A-Za-z]*)")
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_REFERENCE = re.compile(r"#([\w-]+)")
_CLASS_RULE = re.compile(r"#[\w-]+ \.(\w+)\{([^{}]*)\}")
_MOVE = re.compile(r"translate\((\S+) (\S+)\)")
_ZERO = re.compile(r"(?<![\w.])0(?=\.\d)")
_NO_TURN = re.compile(r"rotate\(-?0 [^)]*\)")
_PAGE_RULE = re.compile(r"\*\s*{\s*stroke-linejoin:\s*round;\s*stroke-linecap:\s*butt\s*}")
_MEASURES = {"d", "points", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "transform"}
_STRUCTURE = {"svg", "g", "defs", "style"}
_NO_NEWS = {"stroke-dashoffset:0"}  # a declaration that says what holds without it
_TEXTS = {"text", "tspan", "title", "style"}


def slim(root: Element) -> None:
    """Take out of an SVG tree, in place, what changes nothing of how it looks.

    Coordinates keep one decimal: a tenth of a point. The commonest font moves to the root.
    """
    kept = {
        name
        for element in root.iter()
        for key, value in element.attrib.items()
        if key != "id"
        for name in [*_REFERENCE.findall(value), *value.split()]
    }
    for element in root.iter():
        if element.tag not in _TEXTS:
            _drop_blanks(element)
        element.attrib = {
            key: short for key, value in element.attrib.items() if (short := _short(key, value))
        }
        if element.get("id") not in kept:
            element.attrib.pop("id", None)
        if element.tag == "text":
            _stand_still(element)
    _share_fonts(root)
    _drop_page_rule(root)
    unwrap(root)


def _drop_page_rule(root: Element) -> None:
    """Take out the rule that matplotlib gives every drawing: the page's style sheet has it."""
    for parent in root.iter("defs"):
        for style in parent.findall("style"):
            if _PAGE_RULE.search(style.text or ""):
                parent.remove(style)


def _stand_still(text: Element) -> None:
    """Say where words stand by x and y where they are only moved there."""
    moved = _MOVE.fullmatch(text.get("transform", ""))
    if moved and not {"x", "y"} & text.attrib.keys():
        del text.attrib["transform"]
        text.attrib = {"x": moved[1], "y": moved[2]} | text.attrib


def drop_ground(root: Element) -> None:
    """Take away, in place, the white that lies below everything else: it is drawn on white."""
    parents = {child: parent for parent in root.iter() for child in parent}
    for element in [element for element in root.iter() if element.tag not in _STRUCTURE]:
        if _SEPARATOR.sub(r"\1", element.get("style", "")).rstrip(";") != "fill:#ffffff":
            return
        parents[element].remove(element)


def short_ids(root: Element) -> None:
    """Give what matplotlib names by a hash, in place, a name as short as can be."""
    hashed = [name for element in root.iter() if _HASHED.fullmatch(name := element.get("id", ""))]
    short = {name: f"{name[0]}{place}" for place, name in enumerate(dict.fromkeys(hashed))}
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "id":
                element.set(key, short.get(value, value))
            elif "#" in value:
                element.set(key, _REFERENCE.sub(lambda m: f"#{short.get(m[1], m[1])}", value))


def share_styles(roots: Sequence[Element], scope: str) -> str:
    """Give, in place, marks that look the same one class; return the rules, each below `scope`."""
    looks = {
        element: look
        for root in roots
        for element in root.iter()
        if any(look := (element.get("clip-path"), element.get("style")))
    }
    counts = Counter(looks.values())
    shared = [look for look, count in counts.most_common() if count > 1]
    classes = {look: f"{ascii_lowercase[i % 26]}{i // 26 or ''}" for i, look in enumerate(shared)}
    for element, look in looks.items():
        if look in classes:
            element.attrib.pop("clip-path", None)
            element.attrib.pop("style", None)
            element.set("class", classes[look])
    return "".join(f"{scope} .{classes[look]}{{{_rule(*look)}}}" for look in shared)


def own_styles(root: Element) -> None:
    """Undo `share_styles`, in place, for a drawing with its rules in it."""
    for sheet in root.findall("style"):
        rules = dict(_CLASS_RULE.findall(sheet.text or ""))
        if _CLASS_RULE.sub("", sheet.text or ""):
            continue  # not written by `share_styles`
        root.remove(sheet)
        for element in root.iter():
            if (name := element.get("class")) in rules:
                del element.attrib["class"]
                element.set("style", rules[name])


def written(root: Element) -> str:
    """Return an SVG tree as it stands inside HTML."""
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")


def _rule(clip: str | None, style: str | None) -> str:
    return ";".join(filter(None, (f"clip-path:{clip}" if clip else None, style)))


def _share_fonts(root: Element) -> None:
    """Move the commonest font family and size to the root, from which every word inherits."""
    for name in ("font-family", "font-size"):
        styles = [element.get("style", "") for element in root.iter("text")]
        found = [value for style in styles for key, value in _FONT.findall(style) if key == name]
        if len(found) < len(styles) or not found:
            continue
        common = f"{name}:{max(sorted(set(found)), key=found.count)}"
        for element in root.iter("text"):
            _without(element, common)
        root.set("style", ";".join(filter(None, (root.get("style"), common))))


def _without(element: Element, declaration: str) -> None:
    declarations = element.attrib.pop("style", "").split(";")
    kept = ";".join(one for one in declarations if one and one != declaration)
    if kept:
        element.set("style", kept)


def _short(key: str, value: str) -> str:
    """Return an attribute's value without what is not needed; empty when none of it is."""
    if key == "style":
        plain = _ZERO.sub("", _WHITE.sub("#fff", _SEPARATOR.sub(r"\1", value)))
        return ";".join(sorted(set(filter(None, plain.split(";"))) - _NO_NEWS))
    if key not in _MEASURES:
        return value
    short = _NUMBER.sub(lambda found: tenths(float(found[0])), _NO_TURN.sub("", value))
    text = " ".join(short.split())
    return _straight(_COMMAND.sub(r"\1", text)) if key == "d" else text


def _straight(path: str) -> str:
    """Return a path with its level and upright lines written by one coordinate."""
    kept, at = [], ("", "")
    for letter, numbers in _STEP.findall(path):
        to = tuple(numbers.split()[-2:])
        if letter == "L" and to[1] == at[1]:
            kept.append(f"H{to[0]}")
        elif letter == "L" and to[0] == at[0]:
            kept.append(f"V{to[1]}")
        else:
            kept.append(letter + numbers)
        at = to if letter.isupper() and len(to) == 2 else ("", "")
    return "".join(kept)


def tenths(number: float) -> str:
    """Return a number with one decimal where it has one."""
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _drop_blanks(element: Element) -> None:
    if not (element.text or "").strip():
        element.text = None
    for child in element:
        if not (child.tail or "").strip():
            child.tail = None


def unwrap(parent: Element) -> None:
    """Put the children of groups that say nothing in the groups' place; drop empty definitions."""
    for child in list(parent):
        unwrap(child)
        is_idle = child.tag == "g" and not child.attrib and not (child.text or "").strip()
        if is_idle or (child.tag == "defs" and not len(child)):
            place = list(parent).index(child)
            parent[place : place + 1] = list(child)
