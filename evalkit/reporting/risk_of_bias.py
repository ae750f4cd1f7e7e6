"""A first sheet of ROBINS-I: statuses of checks in, a proposed risk of bias out.

The domains and the levels are those of ROBINS-I (Sterne et al. 2016, BMJ 355, i4919). The tool asks
for a person's judgement; the rule here only says where that person should begin.
"""

from collections.abc import Sequence
from typing import Literal

from evalkit.framework import Domain
from evalkit.reporting.findings import Status

Risk = Literal["low", "moderate", "serious", "no_information"]
DOMAINS: dict[Domain, str] = {
    "confounding": "Förväxling: annat skiljer grupperna åt",
    "selection": "Urval av deltagare",
    "classification": "Indelning i grupper",
    "deviations": "Avvikelser från det avsedda arbetssättet",
    "missing": "Saknade uppgifter",
    "measurement": "Mätning av utfallen",
    "reporting": "Urval av redovisade resultat",
}
RISKS: dict[Risk, str] = {
    "low": "låg",
    "moderate": "måttlig",
    "serious": "allvarlig",
    "no_information": "ingen information",
}
# Not by lot: a comparison of areas is at best sound for a study without randomisation.
NEVER_LOW = ("confounding",)


def proposed(domain: Domain, statuses: Sequence[Status]) -> Risk:
    """Return the risk to begin from: a warning is serious, what nobody can check is not low."""
    if domain == "classification":
        return "low"  # where a child was registered when the matter came in, not who took it on
    if "warning" in statuses:
        return "serious"
    if not {"clear", "weak"} & set(statuses):
        return "no_information"
    if domain in NEVER_LOW and "clear" not in statuses:
        return "serious"  # no known confounder is controlled: ROBINS-I asks that for "moderate"
    doubt = {"weak", "untestable"} & set(statuses) or domain in NEVER_LOW
    return "moderate" if doubt else "low"


def overall(risks: Sequence[Risk]) -> Risk:
    """Return the worst of the domains' risks; what is not known is no better than moderate."""
    for risk in ("serious", "no_information", "moderate"):
        if risk in risks:
            return risk
    return "low"
