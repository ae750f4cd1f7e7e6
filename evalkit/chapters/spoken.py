"""What a stranger learns from the words behind a page's figures, put as statements on counts."""

import re
from collections.abc import Iterator
from itertools import product

from evalkit.chapters.children import FLOW
from evalkit.chapters.codes import SEXES
from evalkit.chapters.naming import Names, is_estimate, level_name, slug_of
from evalkit.plan import Outcome
from evalkit.reporting.attack import Statement
from evalkit.reporting.ledger import count
from evalkit.reporting.reading import Page, number


def words(report: Names, page: Page, told: dict[str, float]) -> Iterator[Statement]:
    """Return what the text alternatives state; `told` are the counts that the tables tell."""
    for read in (_flow, _levels_of_sexes, _answers):
        yield from read(report, page)
    yield from _years(report, page, told)


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
    for outcome in report.study.outcomes:
        table = next((t for t in page.tables if t.figure == f"serie-{slug_of(outcome)}"), None)
        if outcome.kind != "share" or not report.one_area or table is None:
            continue
        window = report.window(outcome, table.caption)
        behind = next((t for t in page.tables if t.figure == f"ar-for-ar-{slug_of(outcome)}"), None)
        for row in behind.records() if behind else ():
            terms = _apart(report, outcome, int(row["År"]), window, told)
            apart = number(f"{row['Skillnad']} %")
            if terms and apart:
                low, high = apart.value - apart.half_step, apart.value + apart.half_step
                yield Statement(terms, low, high)


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
