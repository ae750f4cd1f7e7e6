"""What a describing chapter says, first in it: one or two sentences made of its own results."""

from collections.abc import Callable

from evalkit.chapters import (
    clocks,
    economy,
    implementation,
    logic_model,
    needs,
    survey,
    tiers,
    voices,
)
from evalkit.chapters.codes import ARMS
from evalkit.chapters.opening import Report
from evalkit.chapters.scales import shares_reached
from evalkit.chapters.shown_effects import effect_of
from evalkit.errors import did_you_mean
from evalkit.reporting import fragments
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.fragments import Fragment


def message(report: Report, chapter: str) -> Fragment:
    """Return a chapter's message in a box; nothing where its sources tell nothing yet.

    Raises ValueError for a chapter without one.
    """
    if chapter not in MESSAGES:
        raise ValueError(f"no message '{chapter}'{did_you_mean(chapter, list(MESSAGES))}")
    said = MESSAGES[chapter](report)
    return fragments.callout("svar", said) if said else Fragment("", "")


def _pilot(report: Report) -> str:
    """Return how large a share of the matters in either arm the pilot's units took."""
    first = report.study.of_role("primary")[0]
    if effect_of(report, first).status != "estimated":
        return ""
    shares, labels = shares_reached(report, first), report.study.labels
    if HIDDEN in shares.values() or len(shares) < len(ARMS):
        return ""
    return (
        f"Piloten tog hand om {shares['treated']} av ärendena i {labels.treated.lower()} "
        f"{report.period.label} och {shares['comparison']} i {labels.comparison.lower()}. Alla "
        "barn i områdena räknas, vem som än handlade ärendet."
    )


def _voices(report: Report) -> str:
    return " ".join(one for one in (voices.message(report), survey.message(report)) if one)


MESSAGES: dict[str, Callable[[Report], str]] = {
    "needs": needs.message,
    "pilot": _pilot,
    "goals": logic_model.message,
    "clocks": clocks.message,
    "voices": _voices,
    "implementation": implementation.message,
    "tiers": tiers.message,
    "economy": economy.message,
}
