"""Which counts the describing chapters tell, and how they hang together with all the others.

The needs analysis, the clocks, the levels, the chain, the schools and the outcome contract show no
effects, but they count the same children as the effects do.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import pandas as pd

from evalkit.chapters.codes import ARMS, CAUSES, LEFT, PHASES, TIERS
from evalkit.data.cells import SCHOOLS
from evalkit.evidence import Evidence
from evalkit.reporting.ledger import Ledger, View, count

AGAIN = ("again", "again_in_year", "known_before")
NOT_REPORTS, RUNNING = ("no_report", "undecided"), "running"
MOVES = ("up", "same", "down")
SIDES = {"within": False, "border": True}


@dataclass(frozen=True, slots=True)
class Group:
    """One year of one arm, as the reported period sees it."""

    evidence: Evidence
    year: int
    arm: str

    def cells(self, measure: str) -> pd.DataFrame:
        groups = _by_year_and_arm(self.evidence, measure)
        return groups.get((self.year, self.arm), self.evidence.of(measure).iloc[:0])

    def n(self, measure: str) -> float:
        return float(self.cells(measure)["n"].sum())

    def name(self, measure: str, part: str = "") -> str:
        """Return the name of a count that later registrations may change."""
        return count(measure, self.year, self.arm, View.of(self.evidence.period), part)

    def lasting(self, measure: str, part: str = "") -> str:
        """Return the name of a count that no later registration changes."""
        view = View.of(self.evidence.period).whatever_follows
        return count(measure, self.year, self.arm, view, part)

    def place(self, table: str, part: str = "") -> str:
        return f"{table}/{self.year}/{self.arm}" + (f"/{part}" if part else "")


@lru_cache(maxsize=32)
def _by_year_and_arm(evidence: Evidence, measure: str) -> dict[tuple[int, str], pd.DataFrame]:
    cells = evidence.of(measure)
    return dict(iter(cells.groupby(["year", cells["treated"].map(ARMS)])))


def describe(book: Ledger, evidence: Evidence) -> None:
    """Enter the counts of the describing chapters; those of the outcomes have to be there."""
    own = evidence.cells[evidence.cells["period"] == evidence.period.period]
    years = sorted(own["year"].unique())
    for year, arm in product(years, ARMS.values()):
        group = Group(evidence, int(year), arm)
        _again(book, group)
        _school_contact(book, group)
        _unused(book, group)
        _extended(book, group)
        _planned(book, group)
        _levels(book, group)
        _from_school(book, group)
    for arm in ARMS.values():
        group = Group(evidence, evidence.period.year, arm)
        _not_judged(book, group)
        _moves(book, group)
        _chain(book, group)
        _left(book, group)
        _contract(book, group)


def direction(move: str) -> str:
    """Return whether a move between two levels, `1>2`, goes up, down or nowhere."""
    before, after = move.split(">")
    return "same" if before == after else "up" if after > before else "down"


def phase_of(levels: pd.Series) -> pd.DataFrame:
    """Return the phase that each kind of handover leads to, and whether it is a new one."""
    where = levels.str.extract(r"^(?P<before>.+)>(?P<phase>.+)\|")
    return where.assign(border=where["before"] != where["phase"])


def _again(book: Ledger, group: Group) -> None:
    """Enter the children investigated, and those of them investigated or known before."""
    n, children = group.n("again"), group.lasting("investigated")
    view = View.of(group.evidence.period).whatever_follows
    book.enter(children, n, view)
    book.show(group.place("again", "n"), children)
    for measure in AGAIN:
        part = group.lasting(measure)
        _part(book, children, part, float(group.cells(measure)["total"].sum()), view)
        book.show(group.place("again", measure), children, part)
    book.nest(group.lasting("again"), group.lasting("again_in_year"), group.lasting("long_before"))


def _school_contact(book: Ledger, group: Group) -> None:
    view = View.of(group.evidence.period).whatever_follows
    recorded, contacted = group.lasting("contact"), group.lasting("contact", "yes")
    book.enter(recorded, group.n("school_contact"), view)
    _part(book, recorded, contacted, float(group.cells("school_contact")["total"].sum()), view)
    book.show(group.place("school_contact"), recorded, contacted)


def _unused(book: Ledger, group: Group) -> None:
    """Enter those with a suitable service, and those of them who did not start one."""
    reached = group.cells("funnel").groupby("level")["total"].sum()
    available, started = (group.name("needs", step) for step in ("available", "started"))
    view = View.of(group.evidence.period)
    for name, step in ((available, "available"), (started, "started")):
        book.enter(name, float(reached.get(step, 0.0)), view)
    unused = group.name("unused")
    book.nest(available, started, unused)
    if book.counts[available]:
        book.at_zero.update((started, unused))
    book.show(group.place("unused"), available, unused)


def _extended(book: Ledger, group: Group) -> None:
    """Enter the investigations that took longer than allowed: T4M's rest, by another name."""
    view = View.of(group.evidence.period)
    late, extended = group.name("late"), group.name("late", "extended")
    book.enter(late, group.n("extension"), view)
    _part(book, late, extended, float(group.cells("extension")["total"].sum()), view)
    book.add_up(group.name("T4M.rest"), [late])
    book.show(group.place("extension", "n"), late)
    book.show(group.place("extension", "share"), late, extended)


def _planned(book: Ledger, group: Group) -> None:
    name = group.name("planned")
    book.enter(name, group.n("planned"), View.of(group.evidence.period))
    book.show(group.place("planned"), name)


def _levels(book: Ledger, group: Group) -> None:
    """Enter the investigations at each level; of the period's own, all that were opened."""
    by_level = group.cells("tiers").groupby("level")["n"].sum()
    every = group.lasting("tiers")
    names = {level: group.lasting("tiers", level) for level in TIERS}
    book.add(every, {name: float(by_level.get(level, 0.0)) for level, name in names.items()})
    if book.counts[every]:
        book.at_zero.update(names.values())
    for name in (every, *names.values()):
        book.views[name] = View.of(group.evidence.period).whatever_follows
    book.add_up(group.name("opened"), [every])
    for level, name in names.items():
        book.show(group.place("tiers", level), every, name)


def _from_school(book: Ledger, group: Group) -> None:
    """Enter the matters that schools and preschools reported, and the youngest among these."""
    cells = group.cells("background:reporter")
    low, high = group.evidence.study.scope.age_groups[0]
    from_school = cells[cells["level"].isin(SCHOOLS)]
    youngest = from_school[from_school["age_group"] == f"{low}–{high}"]
    matters, school, young = (group.lasting(name) for name in ("matters", "school", "young"))
    view = View.of(group.evidence.period).whatever_follows
    book.counts.setdefault(matters, float(cells["n"].sum()))
    _part(book, matters, school, float(from_school["n"].sum()), view)
    _part(book, school, young, float(youngest["n"].sum()), view)
    book.show(group.place("school"), matters, school)
    book.show(group.place("school", "young"), school, young)


def _not_judged(book: Ledger, group: Group) -> None:
    """Enter what no clock judges: with the judged it is all matters, or all investigations."""
    left = group.cells("not_judged").groupby("level")["n"].sum()
    names = {why: group.name("not_judged", why) for why in (*NOT_REPORTS, RUNNING)}
    for why, name in names.items():
        book.enter(name, float(left.get(why, 0.0)))
    matters, opened = group.lasting("matters"), group.name("opened")
    book.add_up(matters, [group.name("T14.n"), *(names[why] for why in NOT_REPORTS)])
    book.add_up(opened, [group.name("T4M.n"), names[RUNNING]])
    for why, name in names.items():
        book.show(group.place("not_judged", why), name, opened if why == RUNNING else matters)


def _moves(book: Ledger, group: Group) -> None:
    """Enter who went up, stayed and went down a level since the last investigation."""
    cells = group.cells("tier_moves")
    by_direction = cells.groupby(cells["level"].map(direction))["n"].sum()
    every = group.lasting("moves")
    names = {way: group.lasting("moves", way) for way in MOVES}
    book.add(every, {name: float(by_direction.get(way, 0.0)) for way, name in names.items()})
    if book.counts[every]:
        book.at_zero.update(names.values())
    for way, name in names.items():
        book.show(group.place("moves", way), every, name)


def _chain(book: Ledger, group: Group) -> None:
    """Enter the matters that reached each phase, and the handovers on the way in and within it."""
    reached = group.cells("phase_days").groupby("level")["n"].sum()
    moved = group.cells("handovers_in_chain")
    moved = moved.join(phase_of(moved["level"]))
    sums = moved.groupby(["phase", "border"])["n"].sum()
    handovers = []
    for phase in PHASES:
        matters = group.name("chain", phase)
        book.enter(matters, float(reached.get(phase, 0.0)))
        book.nest(group.name("K1.n"), matters, f"{matters}:not")
        book.show(group.place("chain", f"{phase}/n"), matters)
        for side, border in SIDES.items():
            name = group.name("chain", f"{phase} {side}")
            book.enter(name, float(sums.get((phase, border), 0.0)))
            book.show(group.place("chain", f"{phase}/{side}"), matters, name)
            handovers.append(name)
    book.add_up(group.name("K1_UTR.n"), [group.name("chain", "UTR")])
    book.add_up(group.name("handovers"), handovers)


def _left(book: Ledger, group: Group) -> None:
    """Enter how many handovers came of caseworkers who left or were away: two causes together."""
    causes = [group.name("handovers", CAUSES[why]) for why in LEFT]
    book.show(group.place("left"), *causes, group.name("handovers"))


def _contract(book: Ledger, group: Group) -> None:
    view = View.of(group.evidence.period).whatever_follows
    users = group.lasting("contract")
    book.enter(users, group.n("contract_users"), view)
    book.show(group.place("contract"), users)


def _part(book: Ledger, whole: str, part: str, x: float, view: View) -> None:
    """Enter a part of a group; that nobody is in it, or everybody, says something of each."""
    rest = f"{part}:not"
    book.enter(part, x, view)
    book.nest(whole, part, rest)
    if book.counts[whole]:
        book.at_zero.update((part, rest))
