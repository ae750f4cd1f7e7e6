"""The page "Metodvalidering": are the figures right, and when should a method not be believed?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit.disk import private_folder
from evalkit.reporting.files import write_text
from evalkit.reporting.numbers import number
from evalkit.reporting.pages import Cover
from evalkit.reporting.sectioned import sectioned_page
from evalkit.validation import rate_sections, sections
from evalkit.validation.coverage import Coverage, coverage_table
from evalkit.validation.published import REGISTRY
from evalkit.validation.replication import Finding, replicate
from evalkit.validation.size import Size, size_table

PAGE = "metodvalidering.html"


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """Where the page was written, and how many figures held, failed and could not be computed."""

    path: Path
    held: int
    failed: int
    not_run: int

    @property
    def ok(self) -> bool:
        """Whether nothing that was computed failed."""
        return self.failed == 0


def validate(folder: Path, draws: int = 10_000, seed: int = 1) -> ValidationResult:
    """Compute every published figure and size again, write the page, and return the outcome.

    Parameters
    ----------
    draws : simulated data sets for each design of the size table and each kind of district.
        Coverage says where the interval holds and is not counted as held or failed.
    """
    findings, sizes = replicate(REGISTRY), size_table(draws, seed)
    coverage = coverage_table(draws, seed)
    path = folder / PAGE
    private_folder(folder)
    write_text(validation_page(findings, sizes, coverage, draws, seed), path)
    statuses = [one.status for one in findings]
    statuses += ["held" if one.held else "failed" for one in sizes]
    return ValidationResult(path, *(statuses.count(s) for s in ("held", "failed", "not_run")))


def validation_page(
    findings: Sequence[Finding],
    sizes: Sequence[Size],
    coverage: Sequence[Coverage],
    draws: int,
    seed: int,
) -> str:
    """Return the whole page, in plain Swedish first and with every figure further down.

    Without `coverage` its section says that it was not computed.
    """
    provenance = (
        ("Dragningar per fall", number(draws)),
        ("Slumptalens frö", str(seed)),
        ("Kända siffror", number(len(findings))),
    )
    cover = Cover(
        "Metodvalidering",
        "evalkit",
        "Räknar verktyget rätt, och när håller metoderna inte?",
        False,
        provenance,
    )
    parts = (
        sections.answer(findings, sizes, coverage),
        sections.published(findings),
        rate_sections.false_alarm_section(sizes),
        rate_sections.coverage_section(coverage),
        rate_sections.limits(sizes),
    )
    return sectioned_page(cover, parts, PAGE)
