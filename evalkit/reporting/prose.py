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
# A line in bold right above a table is its caption.
_TABLE = re.compile(r"(?:<p><strong>([^<]*)</strong></p>\s*)?<table>(.*?)</table>", re.DOTALL)
_MATH = re.compile(r"(\${1,2})([^$]+)\1")


def clean(rendered: str) -> str:
    """Return rendered Markdown one heading level down, with only the markup a report needs."""
    lowered = _HEADING.sub(lambda match: f"{match[1]}{int(match[2]) + 1}", rendered)
    linked = _LINK_OUT.sub(_unlink, lowered)
    clean = bleach.clean(linked, tags=_TAGS, attributes={"a": ["href"]})
    return _MATH.sub(_formula, _TABLE.sub(_table, clean))


def _table(table: re.Match[str]) -> str:
    """Return a table as the page has them: captioned, its headings scoped, in a group."""
    rows = table[2].replace("<th></th>", "<td></td>").replace("<th>", '<th scope="col">')
    rows = re.sub(r"<tr>(\s*)<td>(.+?)</td>", r'<tr>\1<th scope="row">\2</th>', rows)
    caption = f"<caption><span>{table[1]}</span></caption>" if table[1] else ""
    label = table[1] or ", ".join(re.findall(r'scope="col">([^<]*)<', rows))
    return (
        f'<div class="ek-table" role="group" tabindex="0" aria-label="Tabell: {label}">'
        f"<table>{caption}{rows}</table></div>"
    )


def _unlink(link: re.Match[str]) -> str:
    """Turn an address that Markdown made a link back into text; refuse any other way out."""
    address, text = html.unescape(link[1]), html.unescape(link[2])
    if address != text:
        raise NotebookError("a report links only within itself; write the address as plain text")
    return link[2]


def _formula(match: re.Match[str]) -> str:
    display = "block" if match[1] == "$$" else "inline"
    return mathml(html.unescape(match[2]), display=display)
