"""Which cells a table must hide, and which more so that its totals do not give those away.

Primary suppression by the threshold, then complementary suppression one margin at a time, then a
check by linear algebra that no hidden cell is determined by the shown cells and the totals.

Source: Hundepool et al. (2012), Statistical Disclosure Control, Wiley.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import inf

import numpy as np
import pandas as pd
from scipy.linalg import null_space

from evalkit.reporting.attack import Knowledge, Statement, grouped, known

_NOISE = 1e-9


def protected(numbers: pd.DataFrame, parts: Mapping[str, str], threshold: int) -> pd.DataFrame:
    """Return where the value itself has to be hidden (primary suppression)."""
    hidden = (numbers > 0) & (numbers < threshold)
    for part, whole in parts.items():
        rest = numbers[whole] - numbers[part]
        all_or_none = (numbers[whole] > 0) & ((numbers[part] == 0) | (rest == 0))
        small_rest = (rest > 0) & (rest < threshold)
        hidden[part] |= all_or_none | small_rest | hidden[whole]
    return hidden


def complemented(
    numbers: pd.DataFrame,
    hidden: pd.DataFrame,
    parts: Mapping[str, str],
    groups: list[np.ndarray],
    threshold: int,
) -> pd.DataFrame:
    """Return `hidden` with complementary cells, repeated until no margin asks for more."""
    while True:
        n_before = int(hidden.to_numpy().sum())
        for name in hidden:
            values = numbers[name].to_numpy()
            rest = numbers[parts[name]].to_numpy() - values if name in parts else None
            hidden[name] = _shielded(values, rest, hidden[name].to_numpy(), groups, threshold)
        for part, whole in parts.items():
            hidden[part] |= hidden[whole]
        if int(hidden.to_numpy().sum()) == n_before:
            return hidden


def _shielded(
    values: np.ndarray,
    rest: np.ndarray | None,
    hidden: np.ndarray,
    groups: list[np.ndarray],
    threshold: int,
) -> np.ndarray:
    """Return one column's hidden cells, enough in every group and none that follows exactly."""
    hidden = hidden.copy()
    while True:
        for group in groups:
            while _exposed(values, rest, group & hidden, threshold):
                if not _hide_next(values, hidden, group):
                    break
        solving = _groups_that_solve(hidden, groups)
        if not any(_hide_next(values, hidden, group) for group in solving):
            return hidden


def _exposed(
    values: np.ndarray, rest: np.ndarray | None, inside: np.ndarray, threshold: int
) -> bool:
    """Tell whether a group's total gives away its hidden cells: only one, or a small sum."""
    if not inside.any():
        return False
    sums = [values[inside].sum()] + ([] if rest is None else [rest[inside].sum()])
    return inside.sum() == 1 or min(sums) < threshold


def _hide_next(values: np.ndarray, hidden: np.ndarray, group: np.ndarray) -> bool:
    """Hide the group's smallest shown cell, zeros last: a known zero shields nothing."""
    shown = np.flatnonzero(group & ~hidden & ~np.isnan(values))
    if not shown.size:
        return False
    hidden[min(shown, key=lambda row: (values[row] == 0, values[row], row))] = True
    return True


def _groups_that_solve(hidden: np.ndarray, groups: list[np.ndarray]) -> Iterable[np.ndarray]:
    """Yield the groups of hidden cells that the shown cells and the totals determine.

    A cell is determined when it is 0 in every vector of the null space of the totals' equations.
    """
    cells = np.flatnonzero(hidden)
    if not (groups and cells.size):
        return
    free = null_space(np.array([group[cells] for group in groups], dtype=float))
    fixed = cells[~(np.abs(free) > _NOISE).any(axis=1)]
    for cell in fixed:
        yield from (group for group in groups if group[cell])


def flow_hidden(n: np.ndarray, excluded: np.ndarray, threshold: int) -> np.ndarray:
    """Return which rows of a flow to hide: each step less those who then left is the next step.

    `n` are counts from the top, `excluded` says which rows are those who left; the others are
    steps. When too few are missing between two shown steps, another of those who left is hidden,
    or one of the two steps.
    """
    hidden = (n > 0) & (n < threshold)
    while True:
        stretches = list(_stretches(n, excluded, hidden))
        exposed = (
            rows for rows in stretches if _exposed_stretch(n, excluded, hidden, rows, threshold)
        )
        stretch = next(exposed, None)
        if stretch is None:
            return hidden
        hidden[_next_of_stretch(n, excluded, hidden, stretch)] = True


def _stretches(n: np.ndarray, excluded: np.ndarray, hidden: np.ndarray) -> Iterable[np.ndarray]:
    """Yield the rows from each shown step to the next, the last stretch to the end."""
    shown = np.flatnonzero(~excluded & ~hidden)
    for first, last in zip(shown, [*shown[1:], len(n) - 1], strict=True):
        yield np.arange(first, last + 1)


def _exposed_stretch(
    n: np.ndarray, excluded: np.ndarray, hidden: np.ndarray, rows: np.ndarray, threshold: int
) -> bool:
    """Tell whether what is missing between two shown steps, or to the end, is few."""
    first, last = rows[0], rows[-1]
    if first == last or excluded[last]:
        return False
    after = rows[1:][~hidden[rows[1:]]]
    return bool(0 < n[first] - n[after].sum() < threshold)


def _next_of_stretch(
    n: np.ndarray, excluded: np.ndarray, hidden: np.ndarray, rows: np.ndarray
) -> int:
    """Return the smallest shown row of those who left; without one, a step of the stretch."""
    left = [row for row in rows if excluded[row] and not hidden[row] and n[row] > 0]
    if left:
        return int(min(left, key=lambda row: (n[row], row)))
    first, last = int(rows[0]), int(rows[-1])
    return first if hidden[last] or (last == len(n) - 1 and first > 0) else last


def keep_back(
    places: Mapping[str, tuple[str, ...]],
    values: Mapping[str, float],
    statements: Sequence[Statement],
    protected: Collection[str],
    threshold: int,
    cost: Callable[[str], float],
) -> frozenset[str]:
    """Return the places of linked tables that have to be empty, so that an attack finds nothing.

    First those that tell a protected count outright, then, as long as a protected count has
    fewer than `threshold` possible values, those whose loss is cheapest among those that help.
    Last, what turns out to be needless is given back, the dearest first.

    Parameters
    ----------
    places : what each place tells, as names of counts.
    values : every count's value.
    statements : what is known besides: sums, and what has been published before.
    protected : counts of which too little is known only if `threshold` values remain.
    cost : what the loss of a place costs; infinite where it must stand.
    """
    gone = {place for place, told in places.items() if not set(told).isdisjoint(protected)}
    by_cluster, now = _clusters(statements), dict[int, Knowledge]()
    for target in sorted(protected):
        cluster = by_cluster.get(target, ())
        names = {name for statement in cluster for name, _ in statement.terms} | {target}
        near = {place: told for place, told in places.items() if not names.isdisjoint(told)}
        while True:
            shown = {place: told for place, told in near.items() if place not in gone}
            if id(cluster) not in now or not cluster:
                now[id(cluster)] = _knowledge(cluster, shown, values)
            if _room(target, now[id(cluster)], threshold) >= threshold:
                break
            lost = _cheapest_help(target, cluster, shown, values, threshold, cost)
            if not lost:
                break
            gone |= lost
            now.clear()
    outright = {place for place in gone if not set(places[place]).isdisjoint(protected)}
    for place in sorted(gone - outright, key=lambda one: (-cost(one), one)):
        # One count's loss may have made another's needless, now that all are found.
        shown = {one: told for one, told in places.items() if one == place or one not in gone}
        around = {id(by_cluster[n]): by_cluster[n] for n in places[place] if n in by_cluster}
        if all(_is_safe(one, shown, values, protected, threshold) for one in around.values()):
            gone.discard(place)
    return frozenset(gone)


def _is_safe(
    cluster: Sequence[Statement],
    shown: Mapping[str, tuple[str, ...]],
    values: Mapping[str, float],
    protected: Collection[str],
    threshold: int,
) -> bool:
    """Tell whether every protected count of a cluster has `threshold` possible values."""
    names = {name for statement in cluster for name, _ in statement.terms}
    near = {place: told for place, told in shown.items() if not names.isdisjoint(told)}
    knowledge = _knowledge(cluster, near, values)
    targets = sorted(names.intersection(protected))
    return all(_room(target, knowledge, threshold) >= threshold for target in targets)


def _cheapest_help(
    target: str,
    cluster: Sequence[Statement],
    shown: Mapping[str, tuple[str, ...]],
    values: Mapping[str, float],
    threshold: int,
    cost: Callable[[str], float],
) -> set[str]:
    """Return the places to empty: all that tell one count, the cheapest of those that suffice.

    Where none suffices it is the count whose loss helps the most, to go on from there.
    """
    best: tuple[tuple[bool, float, float, str], set[str]] | None = None
    for name in sorted({name for told in shown.values() for name in told}):
        lost = {place for place, told in shown.items() if name in told}
        price = sum(cost(place) for place in lost)
        if price == inf:
            continue
        left = {place: told for place, told in shown.items() if place not in lost}
        room = _room(target, _knowledge(cluster, left, values), inf)
        enough = room >= threshold
        rank = (not enough, price if enough else -room, price, name)
        if best is None or rank < best[0]:
            best = rank, lost
    return best[1] if best else set()


def _knowledge(
    cluster: Sequence[Statement],
    shown: Mapping[str, tuple[str, ...]],
    values: Mapping[str, float],
) -> Knowledge:
    """Return all that the cluster and the places tell."""
    told = sorted({name for names in shown.values() for name in names})
    return Knowledge([*cluster, *(known(name, values[name]) for name in told)], whole=False)


def _room(target: str, knowledge: Knowledge, enough: float) -> float:
    """Return how many values a count may have, or fewer than that once there are enough."""
    seen = knowledge.room_seen(target)
    if seen >= enough:
        return seen
    return knowledge.greatest(target) - knowledge.least(target) + 1


def _clusters(statements: Sequence[Statement]) -> dict[str, list[Statement]]:
    """Return, for each count, every statement that it hangs together with."""
    return grouped([[name for name, _ in s.terms] for s in statements], statements)
