"""The register of claims: what was said about the pilot, by whom, of whom, and if it holds."""

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from evalkit.chapters.claim_checks import CHECKS, Checked
from evalkit.chapters.contents import chapter_link
from evalkit.chapters.opening import Report
from evalkit.documents import Claim, Sources, State, load_claims
from evalkit.reporting import fragments, tables
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import number
from evalkit.reporting.tables import Column

STATES: dict[State, str] = {
    "verified": "Stämmer",
    "partly": "Stämmer delvis",
    "contradicted": "Motsägs",
    "unverified": "Inte verifierat",
}


def claims_list(report: Report) -> Fragment:
    """Return every claim with its source, whom it is about, and if it holds."""
    found = load_claims(report.study)
    claims = [one for one in found.claims if one.since is None or report.period.end >= one.since]
    if not claims:
        return fragments.paragraph("Inga påståenden är registrerade för perioden.")
    judged = [(claim, _judged(report, claim)) for claim in claims]
    rows = [_row(report, found.sources, *pair) for pair in judged]
    columns = {
        "claim": Column("Påstående"),
        "source": Column("Sagt i"),
        "state": Column("Håller det?"),
    }
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    note = _note(report, claims)
    table = tables.html(frame, columns, "Påståenden om piloten", note=note, stacked=True)
    text = summary([checked.state for _, checked in judged])
    return fragments.join(fragments.paragraph(text), fragments.table(table))


def summary(states: list[State]) -> str:
    """Return how many claims stand how, in a sentence."""
    n = {key: number(states.count(key)) for key in STATES}
    return (
        f"Av {number(len(states))} påståenden stämmer {n['verified']}, {n['partly']} stämmer "
        f"delvis, {n['contradicted']} motsägs och {n['unverified']} har inte kunnat verifieras."
    )


def _judged(report: Report, claim: Claim) -> Checked:
    if claim.check is not None:
        return CHECKS[claim.check](report)
    return Checked(claim.state or "unverified", "")


def _row(report: Report, sources: Sources, claim: Claim, checked: Checked) -> dict[str, object]:
    said = [f"{sources[claim.source]}."]
    if claim.against is not None:
        said.append(f"Jämfört med: {sources[claim.against]}.")
    about = f"Gäller: {claim.population}." if claim.population else ""
    number_said = f"Av hur många: {claim.denominator}." if claim.denominator else ""
    where = Markup("")
    if claim.chapter is not None:
        where = Markup("Se {}").format(chapter_link(report.study, claim.chapter))
    parts = (f"{STATES[checked.state]}.", checked.text, claim.note, about, number_said, where)
    return {
        "claim": claim.claim,
        "source": " ".join(said),
        "state": Markup(" ").join(part for part in parts if part),
    }


def _note(report: Report, claims: Sequence[Claim]) -> str:
    note = "Inte verifierat betyder inte att det är fel."
    if not any(claim.denominator for claim in claims):
        note += " För inget påstående framgår av hur många det gäller."
    if report.study.simulated:
        note += (
            " Rapportens uppgifter om barn och ärenden är simulerade och kan inte pröva vad som "
            "har sagts om verkliga barn."
        )
    return note
