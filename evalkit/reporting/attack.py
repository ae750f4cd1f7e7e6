"""What a reader can work out: the exact interval of every count that a set of statements leaves.

A statement is linear: a weighted sum of counts lies between two limits. Published counts, rounded
percentages and "girls, boys and unknown make up all" are such statements. The least and the
greatest value of a count that agree with all of them, and with counts being whole numbers from 0
up, are what an attacker knows of it.

Source: Fischetti & Salazar (2000), Management Science 46(7), on attackers' interval problems;
Hundepool et al. (2012), Statistical Disclosure Control, Wiley, section 4.
"""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from evalkit.errors import DisclosureError

_NOISE = 1e-6
_MOST = 100_000.0  # nothing that is counted here can be more
_INFEASIBLE = 2


@dataclass(frozen=True, slots=True)
class Statement:
    """`low` <= the sum of weight x count over `terms` <= `high`."""

    terms: tuple[tuple[str, float], ...]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What an attacker learns of one protected count: it lies from `low` to `high`."""

    count: str
    low: float
    high: float

    @property
    def recovered(self) -> bool:
        return self.low == self.high


def known(count: str, value: float) -> Statement:
    """Return the statement that a count has this value."""
    return Statement(((count, 1.0),), value, value)


def adds_up(whole: str, *parts: str) -> Statement:
    """Return the statement that a count is the sum of its parts."""
    return Statement(((whole, 1.0), *((part, -1.0) for part in parts)), 0.0, 0.0)


def share(part: str, whole: str, value: float, half_step: float) -> tuple[Statement, Statement]:
    """Return the statements that a part's share of a whole is `value`, give or take a rounding."""
    return (
        Statement(((part, 1.0), (whole, -(value + half_step))), -inf, 0.0),
        Statement(((part, 1.0), (whole, -(value - half_step))), 0.0, inf),
    )


def attack(
    statements: Iterable[Statement],
    protected: Iterable[str],
    threshold: int,
    *,
    continuous: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """Return the protected counts of which too much is known: fewer than `threshold` values left.

    Parameters
    ----------
    protected : names of counts that must not be known so closely.
    continuous : names of amounts that need not be whole (child-months).

    Raises DisclosureError when the statements contradict each other.
    """
    known_of = Knowledge(tuple(statements), frozenset(continuous))
    found = []
    for count in sorted(set(protected)):
        if known_of.room_seen(count) < threshold:
            found.append(Finding(count, *known_of.limits(count)))
    return tuple(one for one in found if one.high - one.low < threshold - 1)


class Knowledge:
    """Statements, parted into groups that have unknown counts in common.

    `continuous` names amounts that need not be whole; with `whole` False no count need be, which
    is faster and as exact where the statements are sums. `seen` has the least and the greatest
    value that a count has had so far in something that agrees with every statement.
    """

    def __init__(
        self,
        statements: Sequence[Statement],
        continuous: frozenset[str] = frozenset(),
        *,
        whole: bool = True,
    ):
        self.continuous, self.whole = continuous, whole
        self.seen: dict[str, tuple[float, float]] = {}
        self.values = _told(statements)
        open_ones = [statement for statement in statements if len(statement.terms) > 1]
        open_ones += [s for s in statements if len(s.terms) == 1 and s.low < s.high]
        self._group_of = grouped([self._unknown(statement) for statement in open_ones], open_ones)
        self._systems: dict[int, tuple[list[str], LinearConstraint]] = {}

    def limits(self, count: str) -> tuple[float, float]:
        """Return the least and the greatest whole number that a count may be."""
        return self.least(count), self.greatest(count)

    def least(self, count: str) -> float:
        """Return the least whole number that a count may be."""
        if count in self.values:
            return self.values[count]
        return ceil(self._end(count, 1.0) - _NOISE) if count in self._group_of else 0.0

    def greatest(self, count: str) -> float:
        """Return the greatest whole number that a count may be."""
        if count in self.values:
            return self.values[count]
        return floor(self._end(count, -1.0) + _NOISE) if count in self._group_of else _MOST

    def room_seen(self, count: str) -> float:
        """Return how many values a count has at least, by what has been found for others."""
        least, greatest = self.seen.get(count, (1.0, 0.0))
        return floor(greatest + _NOISE) - ceil(least - _NOISE) + 1

    def _unknown(self, statement: Statement) -> list[str]:
        return [name for name, _ in statement.terms if name not in self.values]

    def _system(self, group: list[Statement]) -> tuple[list[str], LinearConstraint]:
        if id(group) not in self._systems:
            self._systems[id(group)] = self._made(group)
        return self._systems[id(group)]

    def _made(self, group: list[Statement]) -> tuple[list[str], LinearConstraint]:
        names = sorted({name for statement in group for name in self._unknown(statement)})
        place = {name: index for index, name in enumerate(names)}
        rows, columns, weights, low, high = [], [], [], [], []
        for row, statement in enumerate(group):
            settled = sum(w * self.values[name] for name, w in statement.terms if name not in place)
            low.append(statement.low - settled - _NOISE * (statement.low < statement.high))
            high.append(statement.high - settled + _NOISE * (statement.low < statement.high))
            for name, weight in statement.terms:
                if name in place:
                    rows.append(row)
                    columns.append(place[name])
                    weights.append(weight)
        matrix = csr_array((weights, (rows, columns)), shape=(len(group), len(names)))
        return names, LinearConstraint(matrix, low, high)

    def _end(self, count: str, sign: float) -> float:
        """Return the least value of a count, or with `sign` -1 the greatest."""
        names, constraint = self._system(self._group_of[count])
        objective = sign * np.array([float(name == count) for name in names])
        whole = np.array([float(self.whole and name not in self.continuous) for name in names])
        bounds = Bounds(0.0, _MOST)
        found = _solved(objective, constraint, whole, bounds)
        if found.status == _INFEASIBLE:
            raise DisclosureError(
                f"{len(names)} counts that hang together: what is published of them does not agree"
            )
        if found.x is None:
            raise DisclosureError(f"{len(names)} counts that hang together: {found.message}")
        for name, value in zip(names, found.x.tolist(), strict=True):
            least, greatest = self.seen.get(name, (value, value))
            self.seen[name] = min(least, value), max(greatest, value)
        return float(sign * found.fun)


def _solved(
    objective: np.ndarray, constraint: LinearConstraint, whole: np.ndarray, bounds: Bounds
) -> OptimizeResult:
    """Solve with one thread.

    The solver's own threads do not outlive a fork: whoever forks after it and solves again waits
    for ever. SciPy hands on an option that it does not know, and warns of that.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Unrecognized options", RuntimeWarning)
        return milp(
            objective, constraints=constraint, integrality=whole, bounds=bounds,
            options={"threads": 1},
        )  # fmt: skip


def _told(statements: Sequence[Statement]) -> dict[str, float]:
    """Return the counts that are told outright or follow from one sum, until no more do."""
    values: dict[str, float] = {}
    waiting = [statement for statement in statements if statement.low == statement.high]
    found = True
    while found:
        found = False
        for statement in waiting:
            unknown = [(name, w) for name, w in statement.terms if name not in values]
            if len(unknown) == 1:
                name, weight = unknown[0]
                rest = sum(w * values[other] for other, w in statement.terms if other in values)
                values[name] = round((statement.low - rest) / weight, 6)
                found = True
        waiting = [s for s in waiting if any(name not in values for name, _ in s.terms)]
    return values


def grouped(
    names: Sequence[list[str]], statements: Sequence[Statement]
) -> dict[str, list[Statement]]:
    """Return, for each unknown count, the statements that it hangs together with."""
    leader: dict[str, str] = {}

    def first(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for together in names:
        for other in together[1:]:
            leader[first(other)] = first(together[0])
    members: dict[str, list[Statement]] = {}
    for together, statement in zip(names, statements, strict=True):
        if together:
            members.setdefault(first(together[0]), []).append(statement)
    return {name: members[first(name)] for together in names for name in together}
