"""The page above all reports: each period, its answers and the way to its report."""

from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evalkit.reporting.pages import TEMPLATES, Cover, check_page


@dataclass(frozen=True, slots=True)
class Answer:
    """One primary outcome in one period, in words: its name, the answer and the estimate."""

    label: str
    headline: str
    estimate: str


@dataclass(frozen=True, slots=True)
class PeriodEntry:
    """One period's row: its name, the report beside the page, the phase and the answers."""

    label: str
    href: str
    phase: str
    answers: tuple[Answer, ...]


def index_page(
    study_title: str, organisation: str, simulated: bool, rows: tuple[PeriodEntry, ...]
) -> str:
    """Return the index page, one entry a period in the order given, all text escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "evalkit"), autoescape=True, undefined=StrictUndefined
    )
    cover = Cover(study_title, organisation, "Alla perioder", simulated, ())
    html = environment.get_template("overview.html.j2").render(cover=cover, rows=rows)
    check_page(html, "index.html", leaves=True)
    return html
