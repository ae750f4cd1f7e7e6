"""Where things are in a report, so that one chapter can point at another."""

from markupsafe import Markup


def chapter_id(name: str) -> str:
    """Return the id of a chapter's heading, from the notebook's name: "kapitel-05"."""
    return f"kapitel-{name.partition('_')[0]}"


def link(target: str, text: str) -> Markup:
    """Return a link to an id within the report."""
    return Markup('<a href="#{}">{}</a>').format(target, text)
