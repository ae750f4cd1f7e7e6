"""What a report keeps back so that nothing protected follows: decided once, for all chapters.

The tables of a period are taken together, and with those of the periods before: a child who is in
the counts of August and of December is in their difference too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import inf

import pandas as pd

from evalkit.chapters.ledger import ledger
from evalkit.errors import DisclosureError, did_you_mean
from evalkit.evidence import Evidence
from evalkit.plan import Outcome
from evalkit.reporting.attack import Statement
from evalkit.reporting.ledger import Ledger, links
from evalkit.reporting.suppression import keep_back

# What is given up first: a detail before a total, this year before the years of comparison.
_COST = {"curve": 0.5, "mature": 0.5, "left": 0.5, "flow": 2.0, "funnel": 2.0, "volume": 3.0,
         "series": 6.0}  # fmt: skip
_DETAIL = 1.0


@dataclass(frozen=True)
class Decision:
    """What one report may tell: its ledger, the places that stay empty, and what came before.

    `statements` are what a reader of this report and the earlier ones knows, and `protected` the
    counts of all of them that must not follow. `so_far` has the counts of all of them.
    """

    ledger: Ledger
    gone: frozenset[str]
    statements: tuple[Statement, ...]
    protected: frozenset[str]
    so_far: Ledger


def hidden_places(evidence: Evidence, places: Iterable[str]) -> list[bool]:
    """Return which places of the report must not show what they tell.

    Raises DisclosureError for a place that the ledger does not know: what nobody has set beside
    the rest cannot be shown.
    """
    decision, asked = decide(evidence), list(places)
    for place in asked:
        if place not in decision.ledger.places:
            raise DisclosureError(
                f"'{place}': not in the ledger{did_you_mean(place, list(decision.ledger.places))};"
                " enter what it tells in chapters/ledger.py before a chapter shows it"
            )
    return [place in decision.gone for place in asked]


def hidden_rows(evidence: Evidence, pattern: str, frame: pd.DataFrame) -> list[bool]:
    """Return which rows' places stay empty; `pattern` names them by the columns of `frame`."""
    return hidden_places(evidence, [pattern.format(**row) for row in frame.to_dict("records")])


def outcomes_without_units(evidence: Evidence) -> frozenset[str]:
    """Return the outcomes whose number of units stays empty in some year, now or earlier."""
    gone = (place.split("/") for one in _so_far(evidence) for place in decide(one).gone)
    return frozenset(place[1] for place in gone if place[0] == "series" and place[-1] == "n")


def outcomes_without_followed(evidence: Evidence) -> frozenset[str]:
    """Return the outcomes of which it stays unsaid, now or earlier, how many could be followed."""
    gone = (place.split("/") for one in _so_far(evidence) for place in decide(one).gone)
    return frozenset(place[1] for place in gone if place[0] == "mature")


def years_kept_back(evidence: Evidence, outcome: Outcome) -> frozenset[int]:
    """Return the years in which the pilot's level of an outcome stays empty.

    What is estimated year by year must not tell it either: beside the line's level, how far apart
    the arms were gives it away.
    """
    gone = (place.split("/") for place in decide(evidence).gone)
    return frozenset(
        int(place[2])
        for place in gone
        if place[0] == "series" and place[1] == outcome.id and place[3:] == ["pilot", "level"]
    )


def is_level_kept_back(evidence: Evidence, outcome: Outcome) -> bool:
    """Tell whether an outcome's level stays empty in some year's own report, this or an earlier."""
    return any(
        f"series/{outcome.id}/{one.period.year}/pilot/level" in decide(one).gone
        for one in _so_far(evidence)
        if one.period.phase == "post"
    )


def _so_far(evidence: Evidence) -> Iterator[Evidence]:
    """Yield the evidence and, one after another, that of the reports before it."""
    seen: Evidence | None = evidence
    while seen is not None:
        yield seen
        seen = earlier(seen)


@lru_cache(maxsize=16)
def decide(evidence: Evidence) -> Decision:
    """Return what the reported period's report may tell, given the periods before it."""
    own, threshold = ledger(evidence), evidence.study.disclosure.rule.threshold
    past = earlier(evidence)
    before = decide(past) if past else None
    so_far, linked = own, Ledger()
    if before:
        linked = links(own, before.so_far)
        so_far = Ledger(counts=linked.counts, views={**before.so_far.views, **own.views})
    statements = (*own.sums, *linked.sums, *(before.statements if before else ()))
    protected = own.protected(threshold) | linked.protected(threshold)
    protected |= before.protected if before else frozenset()
    gone = keep_back(
        own.places, so_far.counts, statements, protected, threshold,
        lambda place: inf if place in own.fixed else _COST.get(place.partition("/")[0], _DETAIL),
    )  # fmt: skip
    gone |= _beside(gone) & own.places.keys()
    return Decision(own, gone, (*statements, *own.told(gone)), protected, so_far)


def _beside(gone: frozenset[str]) -> frozenset[str]:
    """Return the line's levels beside a pilot level that is kept back.

    A figure shows the difference between the two, from which the one follows given the other.
    """
    levels = (place for place in gone if place.startswith("series/"))
    return frozenset(
        level.replace("/pilot/", "/line/") for level in levels if level.endswith("/pilot/level")
    )


@lru_cache(maxsize=16)
def earlier(evidence: Evidence) -> Evidence | None:
    """Return the evidence as the report before this one saw it, if there is one."""
    before = [period for period in evidence.periods if period.end < evidence.period.end]
    return evidence.at(max(before, key=lambda period: period.end)) if before else None
