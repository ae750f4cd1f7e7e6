"""Where things are in a report, so that one chapter can point at another."""

from markupsafe import Markup


def chapter_id(name: str) -> str:
    """Return the id of a chapter's heading, from the notebook's name: "kapitel-05"."""
    return f"kapitel-{name.partition('_')[0]}"


def chapter_number(name: str) -> str:
    """Return a chapter's number from the notebook's name: "5"; "" for the first page's, 00."""
    number = name.partition("_")[0]
    return number.lstrip("0") if number.isdigit() else ""


def numbered(name: str, title: str) -> str:
    """Return a chapter's heading, after its number where it has one."""
    number = chapter_number(name)
    return f"{number}. {title}" if number else title


def link(target: str, text: str) -> Markup:
    """Return a link to an id within the report."""
    return Markup('<a href="#{}">{}</a>').format(target, text)
