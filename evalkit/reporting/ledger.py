"""What a report tells, as counts with names, the sums they make, and the places that tell them.

A count's name says what is counted, in which year and arm, of which part, and in which view: over
which months, followed for how long. Equal names are the same children, in whatever report.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from evalkit.plan import Outcome, Period
from evalkit.reporting.attack import Statement, adds_up, known

_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class View:
    """From which month to which a count is taken, and how many days each case is followed.

    `followed` is how long after the period the report can see, None where it does not matter;
    `window` the days within which an event counts, None where nothing is waited for.
    """

    first: int
    last: int
    followed: int | None = None
    window: int | None = None

    @classmethod
    def of(cls, period: Period, window: int | None = None) -> "View":
        followed = (period.cutoff - period.end).days
        return cls(period.months[0], period.months[-1], followed, window)

    @property
    def whatever_follows(self) -> "View":
        """The same months, for counts that no later registration changes."""
        return View(self.first, self.last)

    @property
    def is_estimate(self) -> bool:
        """Whether the window reaches beyond what can be seen."""
        if self.window is None or self.followed is None:
            return False
        return self.window > self.followed

    def within(self, window: int | None) -> "View":
        return replace(self, window=window)

    def holds(self, other: "View") -> bool:
        """Tell whether all that is counted in another view is counted in this one too."""
        pairs = ((self.followed, other.followed), (self.window, other.window))
        longer = all(one is None or two is None or one >= two for one, two in pairs)
        return self.first <= other.first and other.last <= self.last and longer

    def __str__(self) -> str:
        followed = "" if self.followed is None else f"+{self.followed}"
        return f"{self.first}-{self.last}{followed}" + (f"@{self.window}" if self.window else "")


def count(measure: str, year: int, arm: str, view: View, part: str = "") -> str:
    """Return a count's name."""
    return _SEPARATOR.join((measure, str(year), arm, part, str(view)))


def share_names(
    outcome: Outcome, year: int, arm: str, view: View, sex: str = ""
) -> tuple[str, str, str]:
    """Return what an outcome's units are called, those with it and those without it."""
    units = count(f"{outcome.id}.n", year, arm, view.within(None), sex)
    with_it, without = (count(f"{outcome.id}.{x}", year, arm, view, sex) for x in ("x", "rest"))
    return units, with_it, without


@dataclass(frozen=True)
class Ledger:
    """A report's counts by name, the sums they make, and what each place in it tells.

    `places` map a place, such as "funnel/pilot/offered", to the counts that follow from what it
    shows. `fixed` are the places of the headline results, which stand or fall by their own
    numbers. `at_zero` are counts of which nobody, too, says something about everybody,
    `dominated` those that one sibling group or one caseworker all but makes up, however large, and
    `events` sums of events, which are not children. `views` are the views of those counts that
    other reports may have in another view.
    """

    counts: dict[str, float] = field(default_factory=dict)
    sums: list[Statement] = field(default_factory=list)
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    at_zero: set[str] = field(default_factory=set)
    dominated: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    views: dict[str, View] = field(default_factory=dict)

    def protected(self, threshold: int) -> frozenset[str]:
        """Return the counts that must not be known closely."""
        few = {name for name, value in self.counts.items() if 0 < value < threshold}
        none = {name for name in self.at_zero if self.counts[name] == 0}
        held = {name for name in self.dominated if self.counts.get(name)}
        return frozenset((few | none | held) - self.events)

    def told(self, gone: frozenset[str]) -> list[Statement]:
        """Return what is told by the places that are not among those `gone`."""
        names = {n for place, told in self.places.items() if place not in gone for n in told}
        return [known(name, self.counts[name]) for name in sorted(names)]

    def enter(self, name: str, value: float, view: View | None = None) -> None:
        """Enter a count, with its view if other reports may have it in another."""
        self.counts[name] = value
        if view is not None and not view.is_estimate:
            self.views[name] = view

    def show(self, place: str, *names: str) -> None:
        """Enter what a place tells, of the counts that are in the ledger."""
        self.places[place] = tuple(name for name in names if name in self.counts)

    def add(self, whole: str, parts: dict[str, float]) -> None:
        """Enter parts and the sum they make."""
        self.counts.update(parts)
        self.counts[whole] = sum(parts.values())
        self.sums.append(adds_up(whole, *parts))

    def add_up(self, whole: str, parts: Iterable[str]) -> None:
        """Enter that counts make a sum, where they do: estimates may not add up."""
        parts = tuple(parts)
        if {whole, *parts} <= self.counts.keys() and self.counts[whole] == sum(
            self.counts[part] for part in parts
        ):
            self.sums.append(adds_up(whole, *parts))

    def nest(self, whole: str, part: str, rest: str) -> None:
        """Enter that one count is contained in another, where it is; the rest is a count too."""
        if {whole, part} <= self.counts.keys() and self.counts[part] <= self.counts[whole]:
            self.counts[rest] = self.counts[whole] - self.counts[part]
            self.sums.append(adds_up(whole, part, rest))


def links(own: Ledger, earlier: Ledger) -> Ledger:
    """Return how a report's counts contain those of earlier reports, or are contained in them."""
    found = Ledger(counts={**earlier.counts, **own.counts})
    alike: dict[str, list[str]] = {}
    for name in earlier.views:
        alike.setdefault(name.rpartition(_SEPARATOR)[0], []).append(name)
    for name, view in own.views.items():
        for other in alike.get(name.rpartition(_SEPARATOR)[0], ()):
            if other == name:
                continue
            if view.holds(earlier.views[other]):
                found.nest(name, other, f"{name}-{earlier.views[other]}")
            elif earlier.views[other].holds(view):
                found.nest(other, name, f"{other}-{view}")
    return found
