"""What a stranger learns from a published report: its tables, put as statements on counts.

The ledger says what a report means to tell. This reads what the finished page does tell, by the
words on it, so that the gate can be attacked from outside. What else the pages say of effects is
not read: an estimate, its interval and what it would be in other ways of counting are differences
between means of several areas and years, of which no table shows the counts; a table of girls
minus boys is empty where a level that it is made of is; sentences round what the tables show.
"""

from collections.abc import Iterator
from io import StringIO
from math import isfinite

import pandas as pd

from evalkit.chapters.children import MISSING
from evalkit.chapters.codes import OUTSIDE, SEXES, STEPS
from evalkit.chapters.described_reader import described
from evalkit.chapters.naming import Names, is_told, level_name, slug_of
from evalkit.chapters.spoken import words
from evalkit.evaluation import WAITING
from evalkit.plan import Outcome
from evalkit.reporting.attack import Statement, share
from evalkit.reporting.ledger import count
from evalkit.reporting.reading import Number, Table, number, read

_NOISE = 1e-6


class Reader(Names):
    """Reads one period's report."""

    def page(self, html: str) -> list[Statement]:
        """Return what a page states of counts."""
        page = read(html)
        found = [one for table in page.tables for one in self._table(table)]
        told = {one.terms[0][0]: one.low for one in found if is_told(one)}
        return [*found, *words(self, page, told)]

    def estimates(self, csv: str) -> list[Statement]:
        """Return what the file of estimates states of the treated areas."""
        found = []
        for row in pd.read_csv(StringIO(csv), dtype=str).to_dict("records"):
            outcome = self.study.outcome(row["outcome"])
            n, level = (_as_float(row[name]) for name in ("n_treated", "observed"))
            if outcome.kind == "rate" or n is None or level is None:
                continue
            names = self._pooled_names(outcome, row["years"].split(", "))
            within = float(self.rounding // 2)
            units, with_it = (tuple((one[place], 1.0) for one in names) for place in (0, 1))
            found += [Statement(units, n - within, n + within)] if names else []
            whole = abs(n * level - round(n * level)) < _NOISE
            if outcome.kind == "share" and self.one_area and whole and names:
                x = float(round(n * level))
                found.append(Statement(with_it, x - within, x + within))
        return found

    def _pooled_names(self, outcome: Outcome, years: list[str]) -> list[tuple[str, str]]:
        """Return the units and those with the outcome in each of the periods that make a row."""
        if years == [str(self.year)]:
            return [self.names(outcome, self.year, "pilot")]
        pooled = [one for one in self.periods if str(one.year) in years]
        if len(pooled) != len(years):
            return []
        return [Reader(self.study, one).names(outcome, one.year, "pilot") for one in pooled]

    def _table(self, table: Table) -> Iterator[Statement]:
        header, caption = table.header if table.rows else (), table.caption
        if caption.startswith("Antal ärenden som ingår"):
            yield from self._volumes(table)
        elif table.figure.startswith("serie-") and "Nivå" in header:
            yield from self._series(table)
        elif len(header) > 2 and header[1] == self.study.labels.treated and header[2] == "Väntat":
            yield from self._effects(table)
        elif len(header) > 1 and header[1].endswith(": nåddes"):
            yield from self._reached(table)
        elif caption.startswith("Ärenden utanför studiens områden"):
            outside = count("flow", self.year, OUTSIDE, self.months, "area")
            yield from self.counted(outside, table.rows[1][1])
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
        elif table.figure == "kon-fran-behov":
            yield from self._funnel_of_sexes(table)
        elif table.figure == "aterkomst":
            yield from self._returns(table)
        else:
            yield from described(self, table)

    def _volumes(self, table: Table) -> Iterator[Statement]:
        words = {
            f"{label}: {word}": (arm, sex)
            for label, arm in self.arms.items()
            for word, sex in zip(("flickor", "pojkar"), SEXES, strict=True)
        }
        for row in table.records():
            for column, (arm, sex) in words.items():
                name = count("matters", int(row["År"]), arm, self.months, sex)
                yield from self.counted(name, row.get(column, ""))

    def _series(self, table: Table) -> Iterator[Statement]:
        slug = table.figure.removeprefix("serie-")
        outcome = next(o for o in self.study.outcomes if slug_of(o) == slug)
        for row in table.records():
            arm = self.arms[row["Grupp"]]
            names = self.names(outcome, int(row["År"]), arm, self.window(outcome, table.caption))
            if outcome.kind != "rate":
                yield from self.counted(names[0], row["Antal"])
            if outcome.kind == "share" and arm == "pilot" and self.one_area:
                yield from self.shared(*names[::-1], row["Nivå"])
            elif outcome.kind == "share" and (level := number(row["Nivå"])):
                low, high = level.value - level.half_step, level.value + level.half_step
                yield Statement(((level_name(names[1]), 1.0),), low, high)

    def _effects(self, table: Table) -> Iterator[Statement]:
        for row in table.records():
            outcome = self.outcome(row[table.header[0]])
            level = row[self.study.labels.treated]
            if outcome and outcome.kind == "share" and self.one_area:
                names = self.names(outcome, self.year, "pilot")
                yield from self.shared(*names[::-1], level)
            elif outcome and outcome.id == "K4":
                k4 = self.own("handovers", "pilot", "K4")
                yield from self._rate(k4, "pilot", level)

    def _sexes(self, table: Table) -> Iterator[Statement]:
        for row in table.records():
            outcome = self.outcome(row[table.header[0]])
            if outcome is None or outcome.kind != "share":
                continue
            window = self.window(outcome, row[table.header[0]])
            for label, arm in self.arms.items():
                for word, sex in zip(("flickor", "pojkar"), SEXES, strict=True):
                    names = self.names(outcome, self.year, arm, window, sex)
                    text = row[f"{label}: {word}"]
                    yield from self.shared(*names[::-1], text)

    def _reached(self, table: Table) -> Iterator[Statement]:
        for row in table.records():
            outcome = self.outcome(row[table.header[0]])
            for label, arm in self.arms.items():
                if outcome:
                    names = self.taken_on(outcome, arm)
                    yield from self.shared(*names, row[f"{label}: nåddes"])

    def _missing(self, table: Table) -> Iterator[Statement]:
        field_of = {label: name for name, label in MISSING.items()}
        for row in table.records():
            name = field_of[row[table.header[0]]]
            for label, arm in self.arms.items():
                yield from self.shared(*self._blank(name, arm), row[label])

    def _blank(self, name: str, arm: str) -> tuple[str, str]:
        """Return the counts that a share of missing values is of: those missing, and all."""
        if name == "offer_answer":
            return self.own("answers", arm, "unknown"), self.own("answers", arm)
        if name == "handover_cause":
            return self.own("handovers", arm, "okänd"), self.own("handovers", arm)
        return self.own("missing", arm, name), count("matters", self.year, arm, self.months)

    def _maturity(self, table: Table) -> Iterator[Statement]:
        outcome = next(o for o in self.study.outcomes if o.id in WAITING)
        for row in table.records():
            arm, window = self.arms[row["Grupp"]], row["Uppföljningstid"].partition(" ")[0]
            units = self.own(f"{outcome.id}.n", arm)
            mature = self.own("mature", arm, window)
            yield from self.counted(units, row["Avslutade utredningar"])
            yield from self.shared(mature, units, row["Kan följas hela tiden"])

    def _offers(self, table: Table) -> Iterator[Statement]:
        for row in table.records():
            arm = self.arms[row["Grupp"]]
            yes, told = self.own("U2.x", arm), self.own("U2.n", arm)
            unknown, every = self.own("answers", arm, "unknown"), self.own("answers", arm)
            yield from self.shared(yes, told, row["Ja, av kända svar"], 2)
            yield from self.shared(yes, every, row["Lägst möjligt"], 3)
            yield from self.shared(unknown, every, row["Svar saknas"], 3)
            for one in self.shared(yes, every, row["Högst möjligt"], 4):
                yield Statement((*one.terms, (unknown, 1.0)), one.low, one.high)

    def _handovers(self, table: Table) -> Iterator[Statement]:
        for row in table.records():
            arm = self.arms[row["Grupp"]]
            rate = row["Byten per 100 barnmånader"]
            yield from self._rate(self.own("handovers", arm, row["Orsak"]), arm, rate)

    def _funnel(self, table: Table) -> Iterator[Statement]:
        step_of = {label: step for step, label in STEPS.items()}
        for row in table.records():
            arm = self.arms[row["Grupp"]]
            name = self.own("needs", arm, step_of[row["Steg"]])
            yield from self.counted(name, row["Antal"])
            yield from self.shared(name, self.own("needs", arm, "need"), row["Andel"])

    def _funnel_of_sexes(self, table: Table) -> Iterator[Statement]:
        step_of = {label: step for step, label in STEPS.items()}
        for row in table.records():
            step, arm = step_of[row["Steg"]], self.arms[row["Grupp"]]
            for column, sex in zip(("Flickor", "Pojkar"), SEXES, strict=True):
                name, need = (self.own("needs", arm, f"{one} {sex}") for one in (step, "need"))
                yield from self.shared(name, need, row[column])

    def _returns(self, table: Table) -> Iterator[Statement]:
        outcome = self.study.outcome("R1")
        for row in table.records():
            names = self.names(outcome, self.year, self.arms[row["Grupp"]], int(row["Dagar"]))
            yield from self.shared(*names[::-1], row["Andel"])

    def _rate(self, events: str, arm: str, text: str) -> Iterator[Statement]:
        """Return events per 100 child-months; the months themselves are not known."""
        if written := number(text):
            per_month = Number(written.value / 100, written.half_step / 100)
            months = self.own("months", arm)
            for one in share(events, months, per_month.value, per_month.half_step):
                slack = self.rounding // 2
                yield Statement(one.terms, one.low - slack, one.high + slack)


def _as_float(text: object) -> float | None:
    try:
        value = float(str(text))
    except ValueError:
        return None
    return value if isfinite(value) else None
