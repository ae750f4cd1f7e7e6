"""The page above all reports: the periods side by side, what is new, and the way to each report."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evalkit.reporting import fragments, tables
from evalkit.reporting.over_time import NOT_YET, Point, Shown, draw
from evalkit.reporting.pages import TEMPLATES, Cover, check_page
from evalkit.reporting.tables import Column


@dataclass(frozen=True, slots=True)
class Answer:
    """One primary outcome in one period: its name, the answer and the estimate in words.

    `shown` is the same estimate in numbers, for the picture; None where there is none.
    """

    label: str
    headline: str
    estimate: str
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class PeriodEntry:
    """One period: its name, the report beside the page, the phase, the answers and more files.

    `files` are label and address; `settled` is False for the wash-in period.
    """

    label: str
    href: str
    phase: str
    answers: tuple[Answer, ...]
    files: tuple[tuple[str, str], ...] = ()
    settled: bool = True

    def answer(self, label: str) -> Answer | None:
        """Return the answer about an outcome; None where the period has none."""
        return next((answer for answer in self.answers if answer.label == label), None)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One outcome over the periods: its picture, and each period's name, link and answer."""

    label: str
    picture: Markup
    periods: tuple[tuple[PeriodEntry, Answer], ...]


def index_page(
    study_title: str,
    organisation: str,
    simulated: bool,
    rows: tuple[PeriodEntry, ...],
    others: tuple[tuple[str, str], ...] = (),
) -> str:
    """Return the index page, one entry a period in the order given, all text escaped.

    `others` are label and address of pages that belong to no period.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "evalkit"), autoescape=True, undefined=StrictUndefined
    )
    labels = dict.fromkeys(answer.label for row in rows for answer in row.answers)
    html = environment.get_template("overview.html.j2").render(
        cover=Cover(study_title, organisation, "Alla perioder", simulated, ()),
        rows=rows,
        news=whats_new(rows),
        outcomes=[_outcome(place, label, rows) for place, label in enumerate(labels)],
        others=others,
    )
    check_page(html, "index.html", leaves=True)
    return html


def whats_new(rows: Sequence[PeriodEntry]) -> tuple[tuple[str, str], ...]:
    """Return, for each outcome of the latest report, what has changed since the one before.

    Pairs of the outcome's name and a sentence; none while there is one report only.
    """
    if len(rows) < 2:
        return ()
    *_, before, latest = rows
    return tuple(
        (answer.label, _change(answer, before.answer(answer.label), before.label))
        for answer in latest.answers
    )


def _change(answer: Answer, before: Answer | None, period: str) -> str:
    if not answer.estimate:
        return answer.headline
    said = f"{answer.headline} {answer.estimate}"
    if before is None or not before.estimate:
        return f"Nytt svar, som inte kunde mätas i rapporten för {period}. {said}"
    if before.headline == answer.headline:
        return f"Samma bedömning som i rapporten för {period}. {said}"
    return f"Ny bedömning. {said} I rapporten för {period}: {before.headline} {before.estimate}"


def _outcome(place: int, label: str, rows: Sequence[PeriodEntry]) -> _Outcome:
    answers = [(row, answer) for row in rows if (answer := row.answer(label))]
    points = [Point(_short(row), answer.shown, row.settled) for row, answer in answers]
    if not any(point.shown for point in points):
        return _Outcome(label, Markup(), tuple(answers))
    svg, alt = draw(points)
    figure = fragments.figure(
        svg, name=f"over-tid-{place + 1}", alt=alt, caption=_caption(points),
        numbers=_numbers(label, points),
    )  # fmt: skip
    return _Outcome(label, Markup(figure.html), tuple(answers))


def _caption(points: Sequence[Point]) -> str:
    unit = next(point.shown.unit for point in points if point.shown)
    hollow = " Ofylld punkt: inkörningsperiod." * any(not point.settled for point in points)
    return (
        f"Skillnad mot det väntade, i {unit}. Linjen vid noll: som väntat. Grått band: för liten "
        f"skillnad för att spela roll.{hollow}"
    )


def _numbers(label: str, points: Sequence[Point]) -> str:
    unit = next(point.shown.unit for point in points if point.shown)
    rows = [
        {"period": point.name} | (point.shown.texts if point.shown else {"estimate": NOT_YET})
        for point in points
    ]
    columns = {
        "period": Column("Period"),
        "estimate": Column(f"Skillnad ({unit})"),
        "low": Column("Från"),
        "high": Column("Till"),
    }
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    return tables.html(frame, columns, f"Siffrorna bakom figuren: {label}")


def _short(row: PeriodEntry) -> str:
    """Return the period's name as its folder has it: `2022` for `januari-augusti 2022`."""
    return row.href.partition("/")[0]
