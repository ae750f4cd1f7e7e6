"""What a chapter's cells show: pieces of HTML that a report may hold, and nothing else.

Plain text is escaped; only `markupsafe.Markup` passes as it is.
"""

import re
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from markupsafe import Markup, escape

from evalkit.reporting.svg import drop_ground, share_styles, short_ids, slim, written
from evalkit.reporting.svg_marks import gather

CALLOUTS = {"svar": "Svaret i korthet", "varning": "Tolka försiktigt", "fakta": "Fakta"}
FEWEST_ALT_WORDS = 4

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_LOCAL_URL = re.compile(r"url\((['\"]?)#")
_DROPPED = {"metadata", "title", "desc"}


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of the report: `html` for the reader, `text` for a plain terminal."""

    html: str
    text: str

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, bool]]:
        # The mark tells it from a frame that somebody left last in a cell.
        return {"text/html": self.html, "text/plain": self.text}, {"evalkit": True}


def paragraph(text: str) -> Fragment:
    """Return one paragraph of prose."""
    return Fragment(str(Markup("<p>{}</p>").format(text)), escape(text).striptags())


def callout(kind: str, content: str) -> Fragment:
    """Return a box that stands out: kind is a key of `CALLOUTS`, content text or Markup."""
    if kind not in CALLOUTS:
        raise ValueError(f"no callout '{kind}'; use one of {', '.join(CALLOUTS)}")
    body = escape(content)
    if not body.startswith("<"):
        body = Markup("<p>{}</p>").format(body)
    box = Markup('<div class="ek-callout ek-{}" role="note"><p class="ek-label">{}</p>{}</div>')
    return Fragment(str(box.format(kind, CALLOUTS[kind], body)), body.striptags())


def table(html: str) -> Fragment:
    """Return a table that the tables module has already made and escaped."""
    return Fragment(html, Markup(html).striptags())


def figure(
    svg: str,
    *,
    name: str,
    alt: str,
    caption: str,
    numbers: str,
    reading: str = "",
) -> Fragment:
    """Return a drawing with its text alternative, its caption and the numbers behind it.

    Parameters
    ----------
    svg : an SVG document with a `viewBox`.
    name : short and unlike every other figure's in the report; it prefixes the drawing's ids.
    alt : at least one sentence that says what the drawing shows.
    caption : the figure's message, text or Markup.
    numbers : a finished table with the drawing's numbers, or where one stands, by `told_in`.
    reading : how such a drawing is read, folded under it; for those that few have seen before.
    """
    _check_figure(name, alt, numbers)
    drawing = Markup(_inline_svg(svg, name, alt))
    if "<table" in numbers:
        numbers = f"<details><summary>Visa siffrorna</summary>{numbers}</details>"
    guide = Markup("<details><summary>Så läser du figuren</summary><p>{}</p></details>")
    how = guide.format(reading) if reading else Markup("")
    html = Markup(
        '<figure class="ek-figure" id="{0}"><figcaption>{3}</figcaption>'
        '<div class="ek-drawing" role="group" tabindex="0" aria-label="Diagram: {1}">{2}</div>'
        "{4}{5}</figure>"
    ).format(name, escape(caption).striptags(), drawing, caption, how, Markup(numbers))
    return Fragment(str(html), f"{escape(caption).striptags()} {alt}")


def told_in(*places: Markup) -> Markup:
    """Return links to the tables that have a figure's numbers already, in place of them."""
    where = Markup(" och ").join(filter(None, (Markup(", ").join(places[:-1]), places[-1])))
    return Markup('<p class="ek-note">Siffrorna i tabell: {}.</p>').format(where)


def join(*fragments: Fragment) -> Fragment:
    """Return the fragments as one, in order: a cell shows one value only."""
    return Fragment(
        "\n".join(fragment.html for fragment in fragments),
        "\n\n".join(fragment.text for fragment in fragments),
    )


def _check_figure(name: str, alt: str, numbers: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"figure name '{name}': use a-z, 0-9 and hyphens, a letter first")
    if len(alt.split()) < FEWEST_ALT_WORDS:
        raise ValueError(f"figure '{name}': the text alternative must say what the figure shows")
    if "<table" not in numbers and 'href="#' not in numbers:
        raise ValueError(f"figure '{name}': give the numbers behind it, or a link to their table")


def _inline_svg(svg: str, name: str, alt: str) -> str:
    """Return the drawing for use inside HTML: named, scalable, its ids its own."""
    root = ElementTree.fromstring(svg)
    if "viewBox" not in root.attrib:
        raise ValueError(f"figure '{name}': the drawing has no viewBox and could not be scaled")
    for element in list(root):
        if _local(element.tag) in _DROPPED:
            root.remove(element)
    short_ids(root)
    for element in root.iter():
        _localise(element, name)
    drop_ground(root)
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-labelledby": f"{name}-alt",
    }
    slim(root)
    gather(root)
    if rules := share_styles([root], f"#{name}"):
        root.insert(0, ElementTree.Element("style"))
        root[0].text = rules
    title = ElementTree.Element("title", {"id": f"{name}-alt"})
    title.text = alt
    root.insert(0, title)
    return written(root)


def _localise(element: ElementTree.Element, name: str) -> None:
    """Drop namespaces, which HTML does without, and prefix ids and what refers to them."""
    element.tag = _local(element.tag)
    if element.tag == "style":
        # A style sheet inside a drawing would otherwise reach the whole page.
        rules = (element.text or "").strip()
        element.text = f"#{name} svg {{ {rules} }}" if rules else ""
    attributes = {_local(key): value for key, value in element.attrib.items()}
    element.attrib = {key: _prefixed(key, value, name) for key, value in attributes.items()}


def _prefixed(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key == "href" and value.startswith("#"):
        return f"#{name}-{value[1:]}"
    return _LOCAL_URL.sub(rf"url(\1#{name}-", value)


def _local(qualified: str) -> str:
    return qualified.rpartition("}")[2]
