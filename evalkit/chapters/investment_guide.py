"""What the guide for evaluations of social investments asks for, and what the study has."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from evalkit.chapters.children import COVARIATES, GROUPS
from evalkit.chapters.guidelines import MET
from evalkit.chapters.opening import Report
from evalkit.documents import Demand, Guide, load_guide
from evalkit.estimation.balance import balance
from evalkit.framework import Goal, Met, load_logic_model
from evalkit.plan import Study
from evalkit.records import Family
from evalkit.reporting import fragments
from evalkit.reporting.checklist import Tone, checklist, entry
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import count, listing, number

TONES: dict[Met, Tone] = {"yes": "ek-ok", "partly": "ek-weak", "no": "ek-warn"}


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a demand is met and, in Swedish, with what."""

    met: Met
    text: str


def investment_guide_list(report: Report) -> Fragment:
    """Return each of the guide's demands, whether the study meets it, and with what."""
    guide = load_guide(report.study)
    found = [(one.text, DEMANDS[one.demand](report, guide)) for one in guide.demands]
    n = {key: number(sum(one.met == key for _, one in found)) for key in MET}
    summary = (
        f"Av {number(len(found))} krav uppfylls {n['yes']}, {n['partly']} uppfylls delvis och "
        f"{n['no']} inte."
    )
    head = Markup("<h3>{}</h3>").format(guide.name)
    entries = [
        entry(text, TONES[standing.met], MET[standing.met], [standing.text])
        for text, standing in found
    ]
    return fragments.join(
        Fragment(str(head), guide.name),
        fragments.paragraph(summary),
        checklist(entries, f"Källa: {guide.source}."),
    )


def baseline_bands(report: Report) -> pd.Series:
    """Return the band of each background category's difference between the arms before the start.

    The bands are What Works Clearinghouse's, of the Cox index; the index names the categories.
    """
    parts = []
    for name, label in COVARIATES.items():
        cells = report.evidence.of(f"background:{name}")
        before = cells[cells["year"].isin(report.study.timeline.pre_years)]
        found = balance(before.replace({"level": GROUPS}), ("level",))
        names = [f"{label.lower()}: {level}" for level in found["level"]]
        parts.append(pd.Series(found["band"].to_numpy(), index=names))
    return pd.concat(parts)


def _outcome(report: Report, guide: Guide) -> Standing:
    own = _labels(report.study, guide.outcome_families)
    if not own:
        return Standing("no", "Planen har inget sådant utfall.")
    return Standing(
        "partly",
        f"Planen har {listing(own)}. Det är uppgifter ur verksamhetens register: hur barnen "
        "själva har det mäts inte.",
    )


def _linked_process(report: Report, guide: Guide) -> Standing:
    """Met when a goal of the logic model has signs of both kinds."""
    linked = [
        goal
        for goal in load_logic_model(report.study).goals
        if _has(report.study, goal, guide.outcome_families)
        and _has(report.study, goal, guide.process_families)
    ]
    if not linked:
        return Standing("no", "Inget mål i logikmodellen har både ett utfall och ett processmått.")
    goals = listing([f"”{goal.goal}”" for goal in linked])
    own = _labels(report.study, guide.process_families)
    return Standing(
        "yes",
        f"Planen har {number(len(own))} processmått. Utfall och processmått följs för målet "
        f"{goals}.",
    )


def _activities(report: Report, guide: Guide) -> Standing:
    held = {Path(str(file)).stem for file in report.cells.quality["file"]}
    told = [one.what for one in guide.activities if one.extract in held]
    lacking = [one.what for one in guide.activities if one.extract not in held]
    if not told:
        return Standing("no", f"Uppgift saknas om {listing(lacking)}.")
    text = f"Uppgift finns om {listing(told)}."
    if lacking:
        return Standing("partly", f"{text} Uppgift saknas om {listing(lacking)}.")
    return Standing("yes", text)


def _design(report: Report, _: Guide) -> Standing:
    """Met in part only: the areas were not chosen by matching, and few years tell of trends."""
    study, bands = report.study, baseline_bands(report)
    years = study.timeline.pre_years
    areas = count(len(study.areas.comparison), "jämförelseområde", "jämförelseområden")
    piloted = f"{number(len(study.areas.treated))} av {number(len(study.areas.all))}"
    far = bands.index[bands == "not_satisfied"].tolist()
    n = {band: number(int((bands == band).sum())) for band in ("satisfied", "adjust")}
    text = (
        f"Skillnad-i-skillnad mot {areas}, med {number(len(years))} år före piloten. Områdena är "
        f"inte utvalda genom matchning, och {piloted} hade piloten. Före den låg områdena nära "
        f"varandra i {n['satisfied']} av {number(len(bands))} bakgrundskategorier, så långt ifrån "
        f"att det behöver räknas med i {n['adjust']} och för långt ifrån i {number(len(far))}"
    )
    text += f": {listing(far)}. " if far else ". "
    text += (
        "Gränserna går vid 0,05 och 0,25, mätta med Cox-index; balansfiguren mäter med en annan "
        "skala, standardiserade skillnader."
    )
    return Standing("partly", text)


DEMANDS: dict[Demand, Callable[[Report, Guide], Standing]] = {
    "outcome": _outcome,
    "linked_process": _linked_process,
    "activities": _activities,
    "design": _design,
}


def _labels(study: Study, families: tuple[Family, ...]) -> list[str]:
    return [f"”{one.label}”" for one in study.outcomes if one.family in families]


def _has(study: Study, goal: Goal, families: tuple[Family, ...]) -> bool:
    return any(
        sign.outcome is not None and study.outcome(sign.outcome).family in families
        for sign in goal.indicators
    )
