"""The register of claims: what was said about the pilot, by whom, of whom, and if it holds."""

from markupsafe import Markup

from evalkit.chapters.claim_checks import CHECKS, Checked
from evalkit.chapters.contents import chapter_link
from evalkit.chapters.opening import Report
from evalkit.documents import Claim, Sources, State, load_claims
from evalkit.reporting import fragments
from evalkit.reporting.checklist import Tone, checklist, entry
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import number

STATES: dict[State, tuple[Tone, str]] = {
    "verified": ("ek-ok", "Stämmer"),
    "partly": ("ek-weak", "Stämmer delvis"),
    "contradicted": ("ek-warn", "Motsägs"),
    "unverified": ("ek-open", "Inte verifierat"),
}
UNSTATED = "framgår inte"


def claims_list(report: Report) -> Fragment:
    """Return every claim with its source, whom it is about, out of how many, and if it holds."""
    found = load_claims(report.study)
    claims = [one for one in found.claims if one.since is None or report.period.end >= one.since]
    if not claims:
        return fragments.paragraph("Inga påståenden är registrerade för perioden.")
    judged = [(claim, _judged(report, claim)) for claim in claims]
    entries = [_entry(report, found.sources, *pair) for pair in judged]
    return fragments.join(
        fragments.paragraph(summary([checked.state for _, checked in judged])),
        checklist(entries, _note(report)),
    )


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


def _entry(report: Report, sources: Sources, claim: Claim, checked: Checked) -> Markup:
    said = f"Sagt i: {sources[claim.source]}."
    if claim.against is not None:
        said += f" Jämfört med: {sources[claim.against]}."
    about = (
        f"Vilka det gäller: {claim.population or UNSTATED}. "
        f"Av hur många: {claim.denominator or UNSTATED}."
    )
    why = Markup(" ").join(part for part in (checked.text, claim.note) if part)
    if claim.chapter is not None:
        why += Markup(" Se {}").format(chapter_link(report.study, claim.chapter))
    return entry(claim.claim, *STATES[checked.state], (f"{said} {about}", why))


def _note(report: Report) -> str:
    note = "Inte verifierat betyder inte att det är fel."
    if report.study.simulated:
        note += (
            " Rapportens uppgifter om barn och ärenden är simulerade och kan inte pröva vad som "
            "har sagts om verkliga barn."
        )
    return note
