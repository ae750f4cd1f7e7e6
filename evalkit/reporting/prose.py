"""The chapters' own prose, from rendered Markdown to what the report may hold."""

import html
import re

import bleach
from latex2mathml.converter import convert as mathml

from evalkit.errors import NotebookError

_TAGS = frozenset({
    "a", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h2", "h3", "h4", "h5", "h6",
    "hr", "li", "ol", "p", "pre", "strong", "sub", "sup",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
})  # fmt: skip
_HEADING = re.compile(r"(</?h)([1-5])\b")
_LINK_OUT = re.compile(r'<a href="(?!#)([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_MATH = re.compile(r"(\${1,2})([^$]+)\1")


def clean(rendered: str) -> str:
    """Return rendered Markdown one heading level down, with only the markup a report needs."""
    lowered = _HEADING.sub(lambda match: f"{match[1]}{int(match[2]) + 1}", rendered)
    linked = _LINK_OUT.sub(_unlink, lowered)
    clean = bleach.clean(linked, tags=_TAGS, attributes={"a": ["href"]})
    tables = clean.replace("<th>", '<th scope="col">').replace(
        "<table>", '<div class="ek-table" role="group" tabindex="0" aria-label="Tabell"><table>'
    )
    return _MATH.sub(_formula, tables.replace("</table>", "</table></div>"))


def _unlink(link: re.Match[str]) -> str:
    """Turn an address that Markdown made a link back into text; refuse any other way out."""
    address, text = html.unescape(link[1]), html.unescape(link[2])
    if address != text:
        raise NotebookError("a report links only within itself; write the address as plain text")
    return link[2]


def _formula(match: re.Match[str]) -> str:
    display = "block" if match[1] == "$$" else "inline"
    return mathml(html.unescape(match[2]), display=display)
