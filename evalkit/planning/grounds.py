"""The planning page's last sections: what the figures rest on, and what they leave out."""

from collections.abc import Sequence
from math import isnan, sqrt

import numpy as np
import pandas as pd
from markupsafe import Markup

from evalkit.errors import DisclosureError
from evalkit.plan import Rule
from evalkit.planning import words
from evalkit.planning.basis import Observed
from evalkit.planning.designs import Outlook
from evalkit.planning.plan import PowerPlan
from evalkit.planning.sections import labelled
from evalkit.reporting import fragments, tables
from evalkit.reporting.disclosure import release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, number, percent
from evalkit.reporting.sectioned import Section, section
from evalkit.reporting.tables import Column

PROTECTED = "skyddad uppgift"
_LEAN = 2 / 3  # a year with fewer of the fullest year's cases may be an incomplete register
NOT_COVERED = (
    ("Spridning", "Om grannområden tar efter arbetssättet, eller delar personal med piloten, "
     "krymper skillnaden och blir svårare att se."),
    ("Ändrade definitioner", "Om det som räknas börjar registreras på ett annat sätt i piloten "
     "än i de andra områdena mäts registreringen, inte barnens situation."),
    ("Annat som händer samtidigt", "Med ett enda pilotområde går det inte att skilja piloten från "
     "något annat som bara händer där: en ny chef, en skola som stänger, ett bostadsbolag."),
    ("Olika utveckling redan före", "Beräkningen förutsätter att områdena annars hade utvecklats "
     "lika. Det behöver prövas med flera år före starten."),
    ("Val av område", "Väljs det område som har det sämst just nu som pilot, blir det ofta bättre "
     "av sig självt. Det kan se ut som en verkan."),
    ("Uppföljningstid", "Utfall som väntar på att något ska hända är kända först när väntetiden "
     "har gått. Den tiden kommer efter det sista året som räknas."),
    ("Flera utfall", "Chanserna gäller ett utfall i taget. Prövas flera ökar risken att något av "
     "dem slår falskt larm."),
)  # fmt: skip


def grounds(plan: PowerPlan, outlooks: Sequence[Outlook], rule: Rule) -> Section:
    """Return what the figures rest on: method, levels, variation and loads."""
    method = (
        f"Varje uppläggning prövas i {number(plan.draws)} simulerade utvärderingar. I dem jämförs "
        "pilotens förändring med de andra områdenas på det sätt som utvärderingen kommer att göra: "
        "ett exakt t-test på en förändring per område, med "
        f"{percent(1 - plan.confidence)} risk för falskt larm när områdena varierar lika mycket. "
        "Områdenas förändringar antas vara normalfördelade och oberoende, och antalet ärenden per "
        "år antas vara detsamma före som efter."
    )
    notes = [labelled(one, variation(one)) for one in outlooks if one.cautious is not None]
    parts = [
        fragments.paragraph(method),
        _facts(outlooks, rule),
        *notes,
        *lean_years(outlooks),
        _loads(outlooks, rule),
    ]
    return section("underlag", "Vad beräkningen bygger på", *parts)


def limits() -> Section:
    """Return what the figures do not cover."""
    items = Markup("").join(
        Markup("<li><strong>{}.</strong> {}</li>").format(name, text) for name, text in NOT_COVERED
    )
    start = "Uträkningen handlar bara om slumpen. Detta kan också fälla en utvärdering:"
    return section("inte", "Vad beräkningen inte täcker", fragments.paragraph(start),
                   fragments.table(str(Markup("<ul>{}</ul>").format(items))))  # fmt: skip


def variation(outlook: Outlook) -> str:
    """Return how sure the variation between years is, and what the worst of it would mean."""
    observed, cautious, outcome = outlook.basis.observed, outlook.cautious, outlook.outcome
    if observed is None or cautious is None:
        return ""
    found, years = observed.variation, words.spelled(len(observed.years))
    if found.floored:
        start = (
            "Områdena har inte skilt sig mer från år till år än slumpen i enskilda ärenden gör. "
            "Variationen därutöver har satts till noll, det gynnsammaste som går att anta."
        )
    else:
        start = (
            "Utöver slumpen i enskilda ärenden avviker ett område från år till år med ungefär "
            f"{words.amount(outcome, sqrt(found.estimate))}."
        )
    sure = (
        f"Det är uppskattat på {words.spelled(len(outlook.basis.areas))} områden och {years} år "
        f"och osäkert: upp till {words.amount(outcome, sqrt(found.high))} är förenligt med "
        "uppgifterna."
    )
    if isnan(cautious.effect):
        return words.joined([start, sure])
    then = f"Är det så mycket blir den minsta skillnaden {words.amount(outcome, cautious.effect)}"
    if not isnan(outlook.proposed.effect):
        then += f" i stället för {words.amount(outcome, outlook.proposed.effect)}"
    return words.joined([start, sure, f"{then}."])


def lean_years(outlooks: Sequence[Outlook]) -> list[Fragment]:
    """Return a warning for each outcome with a year that has far fewer cases than another."""
    return [
        fragments.callout("varning", _lean(one.outcome.label, one.basis.observed))
        for one in outlooks
        if one.basis.observed is not None and one.basis.observed.by_year.min() < _LEAN
    ]


def _lean(label: str, observed: Observed) -> str:
    year = observed.years[int(observed.by_year.argmin())]
    fullest = observed.years[int(observed.by_year.argmax())]
    return (
        f"{label}: {year} har bara {percent(observed.by_year.min())} så många ärenden som "
        f"{fullest}. Börjar registret det året är underlaget lägre än det kommer att bli, och den "
        "minsta skillnaden i verkligheten mindre än den som står här."
    )


def refuse_small_pilots(plan: PowerPlan, outlooks: Sequence[Outlook], rule: Rule) -> None:
    """Raise DisclosureError for a pilot area of the study with too few cases to be shown.

    Its part in the difference would give its few cases away.
    """
    named = {area for pilot in plan.pilots for area in pilot}
    for place, one in enumerate(outlooks):
        if one.basis.observed is None:
            continue
        loads = dict(zip(one.basis.areas, one.basis.loads, strict=True))
        few = sum(loads[area] < rule.threshold for area in named)
        if few:
            raise DisclosureError(
                f"power.yaml: outcomes.{place}: {few} of {len(named)} pilot areas have fewer than "
                f"{rule.threshold} cases a year; let them be part of a larger pilot area"
            )


def _facts(outlooks: Sequence[Outlook], rule: Rule) -> Fragment:
    rows = [
        {
            "outcome": one.outcome.label,
            "source": _source(one),
            "level": _level(one, rule),
            "area_sd": words.amount(one.outcome, sqrt(one.basis.yearly_variance)),
            "autocorrelation": number(one.outcome.autocorrelation, 1),
        }
        for one in outlooks
    ]
    columns = {
        "outcome": Column("Utfall"),
        "source": Column("Uppgifter"),
        "level": Column("Utgångsnivå"),
        "area_sd": Column("Avvikelse från år till år, utöver slumpen"),
        "autocorrelation": Column("Antaget samband mellan år"),
    }
    return fragments.table(
        tables.html(pd.DataFrame(rows), columns, "Det som beräkningen utgår från")
    )


def _source(outlook: Outlook) -> str:
    observed = outlook.basis.observed
    if observed is None:
        return "antagna"
    return f"egna, {listing([str(year) for year in observed.years])}"


def _level(outlook: Outlook, rule: Rule) -> str:
    """Return the level at the outset, protected where it would give few cases away."""
    observed = outlook.basis.observed
    if observed is not None and outlook.outcome.kind == "share":
        frame = pd.DataFrame({"n": [round(observed.cases)], "total": [observed.total]})
        if release(frame, rule=rule, parts={"total": "n"}).n_hidden:
            return PROTECTED
    return words.level(outlook.outcome, outlook.basis.level)


def _loads(outlooks: Sequence[Outlook], rule: Rule) -> Fragment:
    areas = sorted({area for one in outlooks for area in one.basis.areas})
    names = [f"load{place}" for place in range(len(outlooks))]
    frame = pd.DataFrame({"area": areas})
    for name, one in zip(names, outlooks, strict=True):
        known = dict(zip(one.basis.areas, np.floor(one.basis.loads), strict=True))
        frame[name] = frame["area"].map(known).astype(float)
    released = release(frame, rule=rule, counts=names)
    columns = {"area": Column("Område")}
    columns |= {
        name: Column(one.outcome.label, "count") for name, one in zip(names, outlooks, strict=True)
    }
    caption = "Ärenden per år som utfallet räknas på, avrundat nedåt"
    return fragments.table(tables.html(released, columns, caption))
