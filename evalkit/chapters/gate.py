"""The last gate before a report is published: attacked as a stranger could, with all before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from evalkit.chapters.naming import amounts
from evalkit.chapters.opening import Report
from evalkit.chapters.reader import Reader
from evalkit.chapters.withheld import Decision, decide
from evalkit.errors import DisclosureError
from evalkit.reporting import register
from evalkit.reporting.attack import Finding, Statement, attack
from evalkit.reporting.register import Release

_NOISE = 1e-6


@dataclass(frozen=True, slots=True)
class Admission:
    """What the publisher has to know of an admitted report.

    `release` is what the register calls it.
    `revised` counts were published before with a value that differs by fewer than the threshold.
    `followed` protected counts would follow for somebody who has kept versions since replaced.
    """

    release: str
    revised: int
    followed: int


def admit(report: Report, page: Path, estimates: Path, outputs: Path) -> Admission:
    """Attack a finished report together with those that stand, and enter it in the register.

    Raises
    ------
    DisclosureError : a protected count would follow; nothing is then entered.
    """
    stated = read(report, page, estimates)
    release = Release.of(report.period.period, report.cells.fingerprint, stated)
    known = register.load(outputs)
    standing = register.standing(known, release)
    decision = _decision(report, standing)
    if found := _attack(report, decision, standing):
        raise DisclosureError(_refusal(report, found, standing))
    replaced = [one for one in known if one not in standing]
    followed = len(_attack(report, decision, [*standing, *replaced])) if replaced else 0
    register.enter(release, outputs)
    revised = register.revised(release, known, report.rule.threshold)
    return Admission(release.fingerprint, revised, followed)


def read(report: Report, page: Path, estimates: Path) -> list[Statement]:
    """Return what a finished page and the file of estimates beside it state of counts."""
    reader = Reader(report.study, report.period, report.evidence.periods)
    stated = reader.page(page.read_text(encoding="utf-8"))
    if estimates.is_file():
        stated += reader.estimates(estimates.read_text(encoding="utf-8"))
    return stated


def holds(statement: Statement, decision: Decision) -> bool:
    """Tell whether a statement agrees with the counts; False where some are not known."""
    counts = decision.so_far.counts
    if any(name not in counts for name, _ in statement.terms):
        return False
    value = sum(weight * counts[name] for name, weight in statement.terms)
    return statement.low - _NOISE <= value <= statement.high + _NOISE


def _decision(report: Report, releases: Sequence[Release]) -> Decision:
    """Return what is kept back in the last of the periods, which knows of those before it."""
    names, evidence = {release.period for release in releases}, report.evidence
    last = max((p for p in evidence.periods if p.period in names), key=lambda period: period.end)
    return decide(evidence if last == report.period else evidence.at(last))


def _attack(report: Report, decision: Decision, releases: Sequence[Release]) -> tuple[Finding, ...]:
    """Return what follows from releases together, as far as they speak of the same data.

    Of other data, such as those before a correction, only what still holds is taken: what does
    not would contradict the rest.
    """
    stated = [
        statement
        for release in sorted(releases, key=lambda release: release.period)
        for statement in release.statements
        if release.data == report.cells.fingerprint or holds(statement, decision)
    ]
    sums = [statement for statement in decision.statements if len(statement.terms) > 1]
    return _attacked((*sums, *stated), decision.protected, report.rule.threshold, amounts(stated))


@lru_cache(maxsize=4)
def _attacked(
    statements: tuple[Statement, ...],
    protected: frozenset[str],
    threshold: int,
    continuous: frozenset[str],
) -> tuple[Finding, ...]:
    """Attack these statements; periods run again whose counts stay as published share an attack."""
    return attack(statements, protected, threshold, continuous=continuous)


def _refusal(report: Report, found: Sequence[Finding], standing: Sequence[Release]) -> str:
    exactly = sum(one.recovered for one in found)
    others = ", ".join(one.period for one in standing[1:]) or "no other"
    return (
        f"{report.period.period}: {len(found)} protected counts would follow from what the report "
        f"shows, {exactly} of them exactly, when it is read with what stands published ({others}); "
        "it is not published. Run the other periods again if they were made of other data; if it "
        "remains, a chapter shows counts that chapters/ledger.py does not know: enter them there"
    )
