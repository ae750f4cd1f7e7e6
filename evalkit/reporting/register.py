"""What a study has published so far: the statements of every report, so that none is forgotten.

A report is attacked together with the others that stand published. The register keeps the replaced
ones too: a corrected year is a new release beside the old, which somebody may have kept. It holds
what the pages themselves say, so that it may be read by whoever may read them, and no clock.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from evalkit.errors import DisclosureError
from evalkit.reporting.attack import Statement
from evalkit.reporting.files import write_text

FILE = "register.json"


@dataclass(frozen=True, slots=True)
class Release:
    """One published report: its period, the data that it was made of, what it states of counts."""

    period: str
    data: str
    statements: tuple[Statement, ...]

    @classmethod
    def of(cls, period: str, data: str, statements: Iterable[Statement]) -> "Release":
        """Return a release, its statements once each and in order."""
        in_order = sorted(set(statements), key=lambda one: (one.terms, one.low, one.high))
        return cls(period, data, tuple(in_order))

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits, the same for equal releases."""
        text = _text([self.period, self.data, _statements(self.statements)])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def told(self) -> dict[str, float]:
        """The counts that it tells outright."""
        return {
            statement.terms[0][0]: statement.low
            for statement in self.statements
            if len(statement.terms) == 1 and statement.low == statement.high
        }


def load(folder: Path) -> tuple[Release, ...]:
    """Return a folder's releases, each period's oldest first; none if there is no register.

    Raises DisclosureError for a register that cannot be read: without it nothing can be published.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["releases"]
        return tuple(_release(entry) for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise DisclosureError(
            f"{FILE}: cannot be read ({type(problem).__name__}); restore it, since a new report "
            "has to be held against what has been published"
        ) from None


def enter(release: Release, folder: Path) -> None:
    """Enter a release as its period's last, whole or not at all; once only if it is there already.

    By period, since several that are published in one run end in any order.
    """
    others = (one for one in load(folder) if one != release)
    entries = [
        {
            "period": one.period,
            "data": one.data,
            "fingerprint": one.fingerprint,
            "statements": _statements(one.statements),
        }
        for one in sorted((*others, release), key=lambda one: one.period)
    ]
    write_text(_text({"releases": entries}) + "\n", folder / FILE)


def standing(known: Sequence[Release], new: Release) -> list[Release]:
    """Return what would stand published: the new release, and the last of every other period."""
    last = {one.period: one for one in known}
    return [new, *(one for one in last.values() if one.period != new.period)]


def revised(release: Release, known: Sequence[Release], threshold: int) -> int:
    """Return how many published counts another release moves by fewer than the threshold.

    Whoever has both versions sees that so few children were added or taken away.
    """
    mine, moved = release.told, set()
    for earlier in known:
        theirs = earlier.told
        shared = mine.keys() & theirs.keys()
        moved |= {name for name in shared if 0 < abs(mine[name] - theirs[name]) < threshold}
    return len(moved)


def _statements(statements: Sequence[Statement]) -> list[list[Any]]:
    return [
        [
            [[name, float(weight)] for name, weight in one.terms],
            _limit(one.low),
            _limit(one.high),
        ]
        for one in statements
    ]


def _limit(value: float) -> float | None:
    return None if abs(value) == inf else float(value)


def _release(entry: dict[str, Any]) -> Release:
    statements = (
        Statement(
            tuple((str(name), float(weight)) for name, weight in terms),
            -inf if low is None else float(low),
            inf if high is None else float(high),
        )
        for terms, low, high in entry["statements"]
    )
    release = Release(str(entry["period"]), str(entry["data"]), tuple(statements))
    if release.fingerprint != entry["fingerprint"]:
        raise ValueError("a release is not what was entered")
    return release


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
