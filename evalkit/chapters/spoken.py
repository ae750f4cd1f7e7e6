"""What a stranger learns from the words behind a page's figures, put as statements on counts."""

import re
from collections.abc import Iterator
from itertools import product

from evalkit.chapters.children import FLOW
from evalkit.chapters.codes import SEXES
from evalkit.chapters.naming import Names, amounts_among, is_estimate, level_name, slug_of
from evalkit.plan import Outcome
from evalkit.reporting.attack import Statement
from evalkit.reporting.ledger import count
from evalkit.reporting.reading import Page, Table, number


def words(report: Names, page: Page, told: dict[str, float]) -> Iterator[Statement]:
    """Return what the text alternatives state; `told` are the counts that the tables tell."""
    for read in (_flow, _levels_of_sexes, _answers):
        yield from read(report, page)
    yield from _years(report, page, told)
    yield from _expected(report, page, told)


def _flow(report: Names, page: Page) -> Iterator[Statement]:
    """Read the flow from its text alternative: "label: 662 i pilotområdet och ..."."""
    steps = {"Ärenden från": "total", "Ärenden som": ""}
    steps |= {label.partition(" {")[0]: step for step, label in FLOW.items() if step != "area"}
    for start, step in steps.items():
        for label, arm in report.arms.items():
            found = re.search(
                rf"{re.escape(start)}[^:]*:[^.]*?([\d\s]+) i {re.escape(label.lower())}",
                page.alts.get("flode", ""),
            )
            measure = "flow" if step else "matters"
            name = count(measure, report.year, arm, report.months, step)
            yield from report.counted(name, found[1].strip() if found else "")


def _levels_of_sexes(report: Names, page: Page) -> Iterator[Statement]:
    """Read the levels of girls and boys from the words behind their figures."""
    alts = [alt for name, alt in page.alts.items() if name.startswith("kon-")]
    for outcome, (label, arm) in product(report.study.outcomes, report.arms.items()):
        start = re.escape(outcome.label).replace("ett\\ år", r"(?:ett\ år|\d+\ dagar)")
        said = rf"({start}), {re.escape(label.lower())}: flickor (.*?), pojkar (.*?)\."
        for found in re.finditer(said, " ".join(alts)):
            for sex, text in zip(SEXES, found.groups()[1:], strict=True):
                window = report.window(outcome, found[1])
                names = report.names(outcome, report.year, arm, window, sex)
                if outcome.kind == "share":
                    yield from report.shared(*names[::-1], text)


def _answers(report: Names, page: Page) -> Iterator[Statement]:
    """Read the first page's pictures: "Så gick det: 17 av 100 barn"."""
    for outcome in report.study.outcomes:
        alt = page.alts.get(f"svar-{slug_of(outcome)}", "")
        found = re.search(r"Så gick det: (\d+) av 100 ", alt)
        if found and outcome.kind == "share" and report.one_area:
            names = report.names(outcome, report.year, "pilot")
            yield from report.shared(*names[::-1], f"{found[1]} %")


def _years(report: Names, page: Page, told: dict[str, float]) -> Iterator[Statement]:
    """Read how far apart the arms were year by year, where the units of both years are told."""
    for outcome, table in _series_of_shares(report, page):
        window = report.window(outcome, table.caption)
        behind = next((t for t in page.tables if t.figure == f"ar-for-ar-{slug_of(outcome)}"), None)
        for row in behind.records() if behind else ():
            terms = _apart(report, outcome, int(row["År"]), window, told)
            yield from _amounts(terms, f"{row['Skillnad']} %")


def _expected(report: Names, page: Page, told: dict[str, float]) -> Iterator[Statement]:
    """Read what was expected of the pilot: its own level before, and the line's change since."""
    for outcome, table in _series_of_shares(report, page):
        window = report.window(outcome, table.caption)
        pre = [report.names(outcome, year, "pilot", window)
               for year in report.study.timeline.pre_years]  # fmt: skip
        of = sum(told.get(units, 0.0) for units, _ in pre)
        if not of or any(units not in told or is_estimate(with_it) for units, with_it in pre):
            continue
        line_before = level_before(report, outcome, window)
        for row in table.records():
            line = report.names(outcome, int(row["År"]), "line", window)[1]
            before = [(with_it, 1.0 / of) for _, with_it in pre]
            terms = (*before, (level_name(line), 1.0), (line_before, -1.0))
            yield from _amounts(terms, row["Väntat"])


def level_before(report: Names, outcome: Outcome, window: int) -> str:
    """Return what the line's mean level before the start is called.

    It is another level in another view, over other months or followed for longer.
    """
    first = report.study.timeline.pre_years[0]
    return level_name(f"from|{report.names(outcome, first, 'line', window)[1]}")


def _series_of_shares(report: Names, page: Page) -> Iterator[tuple[Outcome, Table]]:
    """Yield the outcomes that are shares, with the table of their levels, where it tells counts."""
    for outcome in report.study.outcomes:
        table = next((t for t in page.tables if t.figure == f"serie-{slug_of(outcome)}"), None)
        if outcome.kind == "share" and report.one_area and table is not None:
            yield outcome, table


def _amounts(terms: tuple[tuple[str, float], ...], text: str) -> Iterator[Statement]:
    """Return a sum of shares as written, and that a level of areas is a share too."""
    written = number(text)
    if not terms or written is None:
        return
    yield Statement(terms, written.value - written.half_step, written.value + written.half_step)
    for name in amounts_among(terms):
        yield Statement(((name, 1.0),), 0.0, 1.0)


def _apart(
    report: Names, outcome: Outcome, year: int, window: int, told: dict[str, float]
) -> tuple[tuple[str, float], ...]:
    """Return how far apart the arms were in a year, less the same in the reference year.

    The line's level in a year is an unknown amount, unless the table of levels tells it.
    """
    terms: list[tuple[str, float]] = []
    for at, sign in ((year, 1.0), (report.study.timeline.reference_year, -1.0)):
        units, with_it = report.names(outcome, at, "pilot", window)
        line = report.names(outcome, at, "line", window)[1]
        if not told.get(units) or is_estimate(with_it):
            return ()
        terms += [(with_it, sign / told[units]), (level_name(line), -sign)]
    return tuple(terms)
