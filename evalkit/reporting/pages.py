"""What the report and the index page have in common: the cover, the look and the last check."""

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from evalkit.errors import NotebookError

TEMPLATES = Path(__file__).parent / "template"

_ADDRESSES = {"src", "href", "action", "formaction", "poster", "data", "srcset"}
_FORBIDDEN = {"script", "iframe", "object", "embed", "form", "base", "img"}
_MEMORY_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}")
_SESSION_PATH = re.compile(r"ipykernel_\d+")


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands at the top and at the foot of a page.

    `provenance` is label and value; `missing` the headings of chapters that could not be made.
    """

    title: str
    organisation: str
    period: str
    simulated: bool
    provenance: tuple[tuple[str, str], ...]
    missing: tuple[str, ...] = ()


def check_page(html: str, name: str, *, leaves: bool = False) -> None:
    """Raise NotebookError unless a finished page is one self-contained, harmless document.

    Parameters
    ----------
    html : the whole page.
    name : the page's file name, for the message.
    leaves : whether the page may link to files beside it; a report may not.
    """
    page = _Page()
    page.feed(html)
    faults = [*page.faults, *_link_faults(page, leaves), *_text_faults(html)]
    faults += [f"the id '{key}' stands twice" for key, n in Counter(page.ids).items() if n > 1]
    if page.tags["h1"] != 1:
        faults.append(f"{page.tags['h1']} main headings; a page has one")
    if faults:
        raise NotebookError("\n".join(f"{name}: {fault}" for fault in faults))


@dataclass
class _Page(HTMLParser):
    """Collects what a page consists of."""

    tags: Counter = field(default_factory=Counter)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag in _FORBIDDEN:
            self.faults.append(f"the element '{tag}' is not allowed")
        for key, value in attrs:
            self._attribute(tag, key.rpartition(":")[2], value or "")

    def _attribute(self, tag: str, key: str, value: str) -> None:
        if key == "id":
            self.ids.append(value)
        elif key.startswith("on"):
            self.faults.append(f"the attribute '{key}' of '{tag}' is not allowed")
        elif key in _ADDRESSES and not value.startswith("data:"):
            self.links.append(value)


def _link_faults(page: _Page, leaves: bool) -> list[str]:
    targets = {f"#{key}" for key in page.ids}
    inside = [link for link in page.links if link.startswith("#")]
    others = [link for link in page.links if not link.startswith("#")]
    faults = [
        f"a link to '{link}', which is nowhere in it" for link in inside if link not in targets
    ]
    if not leaves:
        faults += [f"{len(others)} links or files outside it"] * bool(others)
    elif any(":" in link or link.startswith("/") for link in others):
        faults.append("a link that does not stay beside it")
    return faults


def _text_faults(html: str) -> list[str]:
    """Return what betrays an object's memory or a kernel's session: it differs in every run."""
    found = {
        "a memory address": _MEMORY_ADDRESS.search(html),
        "a kernel's temporary path": _SESSION_PATH.search(html),
    }
    return [f"{what} in the text; let the cell return a fragment" for what in found if found[what]]
