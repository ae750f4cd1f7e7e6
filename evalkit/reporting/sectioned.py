"""A page beside the reports: made of finished sections, all text escaped."""

from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evalkit.reporting import fragments
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.pages import TEMPLATES, Cover, check_page


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page: its id, its heading and its finished HTML."""

    key: str
    title: str
    html: Markup


def section(key: str, title: str, *parts: Fragment) -> Section:
    """Return a section of the parts in order."""
    return Section(key, title, Markup(fragments.join(*parts).html))


def sectioned_page(
    cover: Cover,
    sections: tuple[Section, ...],
    name: str,
    *,
    leaves: bool = False,
    wide: bool = False,
) -> str:
    """Return the page `name`; NotebookError unless it is self-contained and harmless.

    `leaves` lets it link to pages beside it; `wide` gives tables all the width that there is.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "evalkit"), autoescape=True, undefined=StrictUndefined
    )
    html = environment.get_template("sectioned.html.j2").render(
        cover=cover, sections=sections, wide=wide
    )
    check_page(html, name, leaves=leaves)
    return html
