"""Lists where each entry has a name, a status beside it, and lines of text under it."""

from collections.abc import Iterable
from typing import Literal

from markupsafe import Markup

from evalkit.reporting.fragments import Fragment

Tone = Literal["ek-ok", "ek-weak", "ek-warn", "ek-open"]


def entry(name: str, tone: Tone, status: str, lines: Iterable[str]) -> Markup:
    """Return one entry; plain text is escaped, Markup passes as it is."""
    head = Markup('<p><strong>{}</strong> <span class="ek-status {}">{}</span></p>').format(
        name, tone, status
    )
    body = Markup("").join(Markup("<p>{}</p>").format(line) for line in lines if line)
    return Markup("<li>{}{}</li>").format(head, body)


def checklist(entries: Iterable[Markup], note: str = "") -> Fragment:
    """Return the entries as a list, with a remark under it."""
    html = Markup('<ul class="ek-checks">{}</ul>').format(Markup("").join(entries))
    if note:
        html += Markup('<p class="ek-note">{}</p>').format(note)
    return Fragment(str(html), html.striptags())
