"""Pointing from one chapter at another, by the number and the title that the other one has."""

import json

from markupsafe import Markup

from evalkit.errors import NotebookError
from evalkit.plan import Study
from evalkit.reporting.links import chapter_id, chapter_number, link


def chapter_link(study: Study, name: str) -> Markup:
    """Return a link to a chapter of the plan: its number, and its title up to a colon."""
    number, title = chapter_number(name), title_of(study, name).partition(":")[0]
    return link(chapter_id(name), f"kapitel {number}, {title}" if number else title)


def see(study: Study, name: str) -> Markup:
    """Return a sentence that points at a chapter, after a space; "" where the plan lacks it."""
    if name not in study.chapters:
        return Markup("")
    return Markup(" Se {}.").format(chapter_link(study, name))


def title_of(study: Study, name: str) -> str:
    """Return the title that a chapter begins with."""
    path = study.root / "notebooks" / f"{name}.ipynb"
    try:
        first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]
    except (OSError, ValueError, LookupError, TypeError):
        raise NotebookError(f"{path.name}: not readable as a notebook") from None
    return "".join(first).splitlines()[0].removeprefix("# ").strip()
