"""What a stranger learns of counts from the tables of the describing chapters."""

import re
from collections.abc import Callable, Iterator

from evalkit.chapters import clocks, needs, tiers
from evalkit.chapters.codes import PHASES
from evalkit.chapters.naming import Names
from evalkit.reporting.attack import Statement
from evalkit.reporting.ledger import count
from evalkit.reporting.reading import Table

_IN_BRACKETS = re.compile(r"\((\d+)\)")


def described(report: Names, table: Table) -> Iterator[Statement]:
    """Return what a table of a describing chapter states; nothing for any other table."""
    for start, read in READERS.items():
        if start in (table.figure, *table.header) or table.caption.startswith(start):
            yield from read(report, table)


def _lasting(report: Names, measure: str, year: str, arm: str, part: str = "") -> str:
    return count(measure, int(year), arm, report.months, part)


def _followed(report: Names, measure: str, year: str, arm: str, part: str = "") -> str:
    return count(measure, int(year), arm, report.view, part)


def _findings(report: Names, table: Table) -> Iterator[Statement]:
    """Read the findings of the needs analysis: a row for each and year, a column for each arm."""
    measures = {f"{one.label}, av {one.among}": one.measure for one in needs.FINDINGS if one.among}
    for row in table.records():
        measure, year = measures.get(row["Mått"]), row["År"]
        for label, arm in report.arms.items():
            if measure in needs.AGAIN:
                children = _lasting(report, "investigated", year, arm)
                yield from report.shared(_lasting(report, measure, year, arm), children, row[label])
            elif measure == needs.SCHOOL:
                yes, recorded = (_lasting(report, "contact", year, arm, one) for one in ("yes", ""))
                yield from report.shared(yes, recorded, row[label])
            elif measure == needs.UNUSED:
                available = _followed(report, "needs", year, arm, "available")
                yield from report.shared(
                    _followed(report, "unused", year, arm), available, row[label]
                )


def _again(report: Names, table: Table) -> Iterator[Statement]:
    measures = dict(zip(table.header[3:], needs.AGAIN, strict=True))
    for row in table.records():
        year, arm = row["År"], report.arms[row["Grupp"]]
        children = _lasting(report, "investigated", year, arm)
        yield from report.counted(children, row["Utredda barn"])
        for label, measure in measures.items():
            yield from report.shared(_lasting(report, measure, year, arm), children, row[label])


def _not_judged(report: Names, table: Table) -> Iterator[Statement]:
    reasons = {label: (why, clock) for why, (label, clock) in clocks.NOT_JUDGED.items()}
    for row in table.records():
        why, clock = reasons[row[table.header[0]]]
        for label, arm in report.arms.items():
            matters = count("matters", report.year, arm, report.months)
            whole = matters if clock == "T14" else report.own("opened", arm)
            yield from report.shared(report.own("not_judged", arm, why), whole, row[label])


def _extended(report: Names, table: Table) -> Iterator[Statement]:
    for row in table.records():
        year, arm = row["År"], report.arms[row["Grupp"]]
        late, extended = (_followed(report, "late", year, arm, part) for part in ("", "extended"))
        yield from report.counted(late, row["Över tiden"])
        yield from report.shared(extended, late, row["Därav förlängda genom beslut"])


def _planned(report: Names, table: Table) -> Iterator[Statement]:
    for row in table.records():
        name = _followed(report, "planned", row["År"], report.arms[row["Grupp"]])
        yield from report.counted(name, row["Avslutade med planerat slut"])


def _levels(report: Names, table: Table) -> Iterator[Statement]:
    level_of = {label: code for code, label in tiers.LEVELS.items()}
    arms = {label.lower(): arm for label, arm in report.arms.items()}
    for row in table.records():
        year, label = row[table.header[0]].split(", ", 1)
        for column in table.header[1:]:
            at_level, every = (
                _lasting(report, "tiers", year, arms[label], part)
                for part in (level_of[column], "")
            )
            yield from report.shared(at_level, every, row[column])


def _moves(report: Names, table: Table) -> Iterator[Statement]:
    """Read who went up, stayed and went down: "32 % (18)"."""
    ways = {label: way for way, label in tiers.DIRECTIONS.items()}
    for row in table.records():
        for label, arm in report.arms.items():
            way = _lasting(report, "moves", str(report.year), arm, ways[row[table.header[0]]])
            every = _lasting(report, "moves", str(report.year), arm)
            yield from report.shared(way, every, row[label])
            if found := _IN_BRACKETS.search(row[label]):
                yield from report.counted(way, found[1])


def _chain(report: Names, table: Table) -> Iterator[Statement]:
    codes = {label: code for code, label in PHASES.items()}
    for row in table.records():
        arm, phase = report.arms[row["Grupp"]], codes[row["Steg"]]
        matters = report.own("chain", arm, phase)
        yield from report.counted(matters, row["Ärenden som nått steget"])
        for column, side in (("Ny handläggare på väg in, per 100", "border"),
                             ("Byten under steget, per 100", "within")):  # fmt: skip
            text = f"{row[column]} %"  # handovers per 100 matters: more than one each is possible
            yield from report.shared(report.own("chain", arm, f"{phase} {side}"), matters, text)


def _from_school(report: Names, table: Table) -> Iterator[Statement]:
    school, share, young_share = table.header[2:]
    for row in table.records():
        year, arm = row["År"], report.arms[row["Grupp"]]
        matters, n, young = (
            _lasting(report, one, year, arm) for one in ("matters", "school", "young")
        )
        yield from report.counted(n, row[school])
        yield from report.shared(n, matters, row[share])
        yield from report.shared(young, n, row[young_share])


def _contract(report: Names, table: Table) -> Iterator[Statement]:
    for row in table.records():
        users = _lasting(report, "contract", str(report.year), report.arms[row["Grupp"]])
        yield from report.counted(users, row["Barn som började"])


# By the figure that a table lies behind, a word of its header, or how its caption begins.
READERS: dict[str, Callable[[Names, Table], Iterator[Statement]]] = {
    "behovsanalys": _findings,
    "Barn som utretts mer än en gång": _again,
    "Vad tiderna inte räknas på": _not_judged,
    "Därav förlängda genom beslut": _extended,
    "Avslutade med planerat slut": _planned,
    "nivaer": _levels,
    "Hur nivån ändrades": _moves,
    "kedjan": _chain,
    "Ärenden från skola och förskola": _from_school,
    "Barn som började": _contract,
}
