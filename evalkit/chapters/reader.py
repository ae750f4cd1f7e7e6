"""What a stranger learns from a published report: its tables, put as statements on counts.

The ledger says what a report means to tell. This reads what the finished page does tell, by the
words on it, so that the gate can be attacked from outside.
"""

import re
from collections.abc import Iterator
from io import StringIO
from itertools import product
from math import isfinite

import pandas as pd

from evalkit.chapters.children import FLOW, MISSING
from evalkit.chapters.codes import SEXES, STEPS
from evalkit.chapters.ledger import share_names
from evalkit.evaluation import WAITING
from evalkit.plan import Outcome, Period, Study
from evalkit.reporting.attack import Statement, known, share
from evalkit.reporting.ledger import View, count
from evalkit.reporting.reading import Number, Page, Table, number, read

_NOISE = 1e-6
_DAYS = re.compile(r"(\d+) dagar")


class Reader:
    """Reads one period's report; holds the words that name its arms, sexes and outcomes."""

    def __init__(self, study: Study, period: Period) -> None:
        self.study, self.period, self.year = study, period, period.year
        self.view = View.of(period)
        self.months = self.view.whatever_follows
        # The level of several areas is the mean of theirs, and tells no count.
        self.one_area = len(study.areas.treated) == 1
        self.arms = {study.labels.treated: "pilot", study.labels.comparison: "line"}

    def page(self, html: str) -> list[Statement]:
        """Return what a page states of counts."""
        page = read(html)
        found = [one for table in page.tables for one in self._table(table)]
        return [*found, *self._flow(page), *self._funnel_of_sexes(page)]

    def estimates(self, csv: str) -> list[Statement]:
        """Return what the file of estimates states of the treated areas."""
        found = []
        for row in pd.read_csv(StringIO(csv), dtype=str).to_dict("records"):
            outcome = self.study.outcome(row["outcome"])
            n, level = (_as_float(row[name]) for name in ("n_treated", "observed"))
            if row["years"] != str(self.year) or outcome.kind == "rate":
                continue
            if n is None or level is None:
                continue
            names = self._names(outcome, self.year, "pilot")
            found.append(known(names[0], n))
            whole = abs(n * level - round(n * level)) < _NOISE
            if outcome.kind == "share" and self.one_area and whole:
                found.append(known(names[1], float(round(n * level))))
        return found

    def _table(self, table: Table) -> Iterator[Statement]:
        header, caption = table.header if table.rows else (), table.caption
        if caption.startswith("Antal ärenden som ingår"):
            yield from self._volumes(table)
        elif table.figure.startswith("serie-") and "Nivå" in header:
            yield from self._series(table)
        elif len(header) > 2 and header[1] == self.study.labels.treated and header[2] == "Väntat":
            yield from self._effects(table)
        elif caption.startswith("Flickor och pojkar, "):
            yield from self._sexes(table)
        elif caption.startswith("Andel av uppgifterna som saknas"):
            yield from self._missing(table)
        elif caption.startswith("Uppföljningens mognad"):
            yield from self._maturity(table)
        elif caption.startswith("Svar på första erbjudandet"):
            yield from self._offers(table)
        elif table.figure == "byten":
            yield from self._handovers(table)
        elif table.figure == "fran-behov":
            yield from self._funnel(table)
        elif table.figure == "aterkomst":
            yield from self._returns(table)

    def _volumes(self, table: Table) -> Iterator[Statement]:
        words = {
            f"{label}: {word}": (arm, sex)
            for label, arm in self.arms.items()
            for word, sex in zip(("flickor", "pojkar"), SEXES, strict=True)
        }
        for row in table.records():
            for column, (arm, sex) in words.items():
                name = count("matters", int(row["År"]), arm, self.months, sex)
                yield from _counted(name, row.get(column, ""))

    def _series(self, table: Table) -> Iterator[Statement]:
        slug = table.figure.removeprefix("serie-")
        outcome = next(o for o in self.study.outcomes if _slug(o) == slug)
        for row in table.records():
            arm = self.arms[row["Grupp"]]
            names = self._names(outcome, int(row["År"]), arm, self._window(outcome, table.caption))
            if outcome.kind != "rate":
                yield from _counted(names[0], row["Antal"])
            if outcome.kind == "share" and arm == "pilot" and self.one_area:
                yield from _shared(*names[::-1], row["Nivå"])

    def _effects(self, table: Table) -> Iterator[Statement]:
        for row in table.records():
            outcome = self._outcome(row[table.header[0]])
            level = row[self.study.labels.treated]
            if outcome and outcome.kind == "share" and self.one_area:
                names = self._names(outcome, self.year, "pilot")
                yield from _shared(*names[::-1], level)
            elif outcome and outcome.id == "K4":
                k4 = self._own("handovers", "pilot", "K4")
                yield from self._rate(k4, "pilot", level)

    def _sexes(self, table: Table) -> Iterator[Statement]:
        for row in table.records():
            outcome = self._outcome(row[table.header[0]])
            if outcome is None or outcome.kind != "share":
                continue
            window = self._window(outcome, row[table.header[0]])
            for label, arm in self.arms.items():
                for word, sex in zip(("flickor", "pojkar"), SEXES, strict=True):
                    names = self._names(outcome, self.year, arm, window, sex)
                    text = row[f"{label}: {word}"]
                    yield from _shared(*names[::-1], text)

    def _missing(self, table: Table) -> Iterator[Statement]:
        field_of = {label: name for name, label in MISSING.items()}
        for row in table.records():
            name = field_of[row[table.header[0]]]
            for label, arm in self.arms.items():
                yield from _shared(*self._blank(name, arm), row[label])

    def _blank(self, name: str, arm: str) -> tuple[str, str]:
        """Return the counts that a share of missing values is of: those missing, and all."""
        if name == "offer_answer":
            return self._own("answers", arm, "unknown"), self._own("answers", arm)
        if name == "handover_cause":
            return self._own("handovers", arm, "okänd"), self._own("handovers", arm)
        return self._own("missing", arm, name), count("matters", self.year, arm, self.months)

    def _maturity(self, table: Table) -> Iterator[Statement]:
        outcome = next(o for o in self.study.outcomes if o.id in WAITING)
        for row in table.records():
            arm, window = self.arms[row["Grupp"]], row["Uppföljningstid"].partition(" ")[0]
            units = self._own(f"{outcome.id}.n", arm)
            mature = self._own("mature", arm, window)
            yield from _counted(units, row["Avslutade utredningar"])
            yield from _shared(mature, units, row["Kan följas hela tiden"])

    def _offers(self, table: Table) -> Iterator[Statement]:
        for row in table.records():
            arm = self.arms[row["Grupp"]]
            yes, told = self._own("U2.x", arm), self._own("U2.n", arm)
            unknown, every = self._own("answers", arm, "unknown"), self._own("answers", arm)
            yield from _shared(yes, told, row["Ja, av kända svar"])
            yield from _shared(yes, every, row["Lägst möjligt"])
            yield from _shared(unknown, every, row["Svar saknas"])
            if highest := number(row["Högst möjligt"]):
                for one in share(yes, every, highest.value, highest.half_step):
                    yield Statement((*one.terms, (unknown, 1.0)), one.low, one.high)

    def _handovers(self, table: Table) -> Iterator[Statement]:
        for row in table.records():
            arm = self.arms[row["Grupp"]]
            rate = row["Byten per 100 barnmånader"]
            yield from self._rate(self._own("handovers", arm, row["Orsak"]), arm, rate)

    def _funnel(self, table: Table) -> Iterator[Statement]:
        step_of = {label: step for step, label in STEPS.items()}
        for row in table.records():
            arm = self.arms[row["Grupp"]]
            name = self._own("needs", arm, step_of[row["Steg"]])
            yield from _counted(name, row["Antal"])
            yield from _shared(name, self._own("needs", arm, "need"), row["Andel"])

    def _funnel_of_sexes(self, page: Page) -> Iterator[Statement]:
        """Read the way to help of girls and boys: "step, arm: flickor 80 %, pojkar ..."."""
        alt = page.alts.get("kon-fran-behov", "")
        for (step, word), (label, arm) in product(STEPS.items(), self.arms.items()):
            found = re.search(
                rf"{word}, {re.escape(label.lower())}: flickor ([^,.]*), pojkar ([^.]*)\.", alt
            )
            for sex, text in zip(SEXES, found.groups() if found else (), strict=False):
                name, need = (self._own("needs", arm, f"{one} {sex}") for one in (step, "need"))
                yield from _shared(name, need, text)

    def _returns(self, table: Table) -> Iterator[Statement]:
        outcome = self.study.outcome("R1")
        for row in table.records():
            names = self._names(outcome, self.year, self.arms[row["Grupp"]], int(row["Dagar"]))
            yield from _shared(*names[::-1], row["Andel"])

    def _flow(self, page: Page) -> Iterator[Statement]:
        """Read the flow from its text alternative: "label: 662 i pilotområdet och ..."."""
        steps = {"Ärenden från": "total", "Ärenden som": ""}
        steps |= {label.partition(" {")[0]: step for step, label in FLOW.items() if step != "area"}
        for start, step in steps.items():
            for label, arm in self.arms.items():
                found = re.search(
                    rf"{re.escape(start)}[^:]*:[^.]*?([\d\s]+) i {re.escape(label.lower())}",
                    page.alts.get("flode", ""),
                )
                measure = "flow" if step else "matters"
                name = count(measure, self.year, arm, self.months, step)
                yield from _counted(name, found[1].strip() if found else "")

    def _rate(self, events: str, arm: str, text: str) -> Iterator[Statement]:
        """Return events per 100 child-months; the months themselves are not known."""
        if written := number(text):
            per_month = Number(written.value / 100, written.half_step / 100)
            months = self._own("months", arm)
            yield from share(events, months, per_month.value, per_month.half_step)

    def _own(self, measure: str, arm: str, part: str = "") -> str:
        return count(measure, self.year, arm, self.view, part)

    def _outcome(self, label: str) -> Outcome | None:
        plain = _DAYS.sub("ett år", label.removesuffix(" (huvudmått)"))
        by_label = {_DAYS.sub("ett år", o.label): o for o in self.study.outcomes}
        return by_label.get(plain)

    def _window(self, outcome: Outcome, label: str) -> int:
        written = _DAYS.search(label) if outcome.id in WAITING else None
        return int(written[1]) if written else self.study.definitions.follow_up_days

    def _names(
        self, outcome: Outcome, year: int, arm: str, window: int | None = None, sex: str = ""
    ) -> tuple[str, str]:
        days = (window or self.study.definitions.follow_up_days) if outcome.id in WAITING else None
        return share_names(outcome, year, arm, self.view.within(days), sex)[:2]


def amounts(statements: list[Statement]) -> frozenset[str]:
    """Return the names in the statements that are not counts: child-months."""
    names = {name for statement in statements for name, _ in statement.terms}
    return frozenset(name for name in names if name.startswith("months|"))


def _counted(name: str, text: str) -> Iterator[Statement]:
    if written := number(text):
        yield known(name, written.value)


def _shared(part: str, whole: str, text: str) -> Iterator[Statement]:
    """Read a share, unless it is an estimate: where follow-up ends early it is of no count."""
    followed, _, window = part.rpartition("+")[2].partition("@")
    written = number(text)
    if written and not (window and int(window) > int(followed)):
        yield from share(part, whole, written.value, written.half_step)


def _slug(outcome: Outcome) -> str:
    return outcome.id.lower().replace("_", "-")


def _as_float(text: object) -> float | None:
    try:
        value = float(str(text))
    except ValueError:
        return None
    return value if isfinite(value) else None
