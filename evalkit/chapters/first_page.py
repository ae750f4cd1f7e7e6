"""The first page: each question's answer, its small picture, and what would change it."""

from datetime import timedelta
from math import isnan, sqrt

import pandas as pd
from markupsafe import Markup

from evalkit import evaluation, registration, robustness
from evalkit.chapters import gaps
from evalkit.chapters.answers import as_told, certainty_of, threat_of
from evalkit.chapters.delivered import why_not
from evalkit.chapters.figures import EFFECTS, in_frame, slug
from evalkit.chapters.handovers import organisation_remark
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of, pooled_effect
from evalkit.chapters.tables import effect_columns, effect_texts, text_table
from evalkit.estimation.power import detectable_multiple
from evalkit.plan import Outcome
from evalkit.reporting import fragments, plots, remarks, wording, would_change
from evalkit.reporting.disclosure import Released, release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.links import link
from evalkit.reporting.numbers import day, listing, percent
from evalkit.reporting.phrases import lower_first
from evalkit.reporting.plots import Drawing
from evalkit.reporting.tables import Column
from evalkit.reporting.verdicts import MEANING
from evalkit.reporting.would_change import Prospects
from evalkit.results import Effect

MANY_AREAS = 10_000  # as good as any number
OF_HUNDRED = {
    "R1": "utredningar", "K2": "ärenden", "K3": "fasövergångar", "U2": "erbjudanden", "U3": "behov",
    "T14": "förhandsbedömningar", "T4M": "utredningar",
}  # fmt: skip


def first_page(report: Report) -> Fragment:
    """Return the answers to the primary questions, each with its picture, on about one page."""
    cards = [
        _card(report, outcome, effect_of(report, outcome))
        for outcome in report.study.of_role("primary")
    ]
    return fragments.join(_compared(report), *cards, _alongside(report), _scale())


def _compared(report: Report) -> Fragment:
    """Return what is compared with what and when, before any number."""
    areas, years = report.study.areas, report.study.timeline.pre_years
    before = f"{years[0]}–{years[-1]}" if len(years) > 1 else f"{years[0]}"
    line = lower_first(report.study.labels.comparison)
    text = (
        f"Vi jämför barn i {listing(areas.treated)}, där piloten fanns, med barn i "
        f"{len(areas.comparison)} andra områden ({line}): hur mycket förändrades det från "
        f"{before}, före piloten, till {report.period.label}? {_left_out(report)}Alla barn i "
        f"området räknas, också de som teamet inte tog hand om. Uppgifterna går till och med "
        f"{day(report.period.cutoff)}."
    )
    return fragments.paragraph(text)


def _left_out(report: Report) -> str:
    """Return which years between before and now are not compared."""
    years = [year for year in report.evidence.wash_in_years if year < report.period.year]
    word = "Inkörningsåret" if len(years) == 1 else "Inkörningsåren"
    return f"{word} {listing([str(year) for year in years])} räknas inte. " if years else ""


def answers_to_date(report: Report) -> Fragment:
    """Return the primary outcomes pooled over the mature periods so far, as a table."""
    periods = report.evidence.post_periods
    if not periods:
        return fragments.paragraph(
            "Under inkörningsåret finns ännu inga år att slå samman. Nästa års rapport ger det "
            "första samlade resultatet."
        )
    if periods == (report.period,):
        return fragments.paragraph(
            f"Hittills finns bara en period efter inkörningsåret, {report.period.label}. Det "
            "samlade resultatet är därför detsamma som ovan."
        )
    rows = [_pooled_row(report, outcome) for outcome in report.study.of_role("primary")]
    columns = effect_columns(report) | {"certainty": Column("Tillförlitlighet")}
    note = (
        "Inom parentes står vilka perioder som räcker till. Varje period väger så mycket som den "
        "har ärenden i pilotområdet."
    )
    return text_table(rows, columns, "Samlat resultat efter inkörningsåret", note)


def _card(report: Report, outcome: Outcome, effect: Effect) -> Fragment:
    """Return one question with its answer and its picture, beside one another where it fits."""
    head = wording.headline(effect, report.study)
    sure = certainty_of(report, outcome, effect)
    threat = threat_of(report, outcome)
    told = as_told(report, outcome, effect)
    said = [wording.in_short(told, report.study, effect.label, sure, threat)]
    lines = []
    if effect.status == "estimated":
        said.append(organisation_remark(report, outcome, effect))
        lines.append(("Tillförlitlighet:", f"{sure.told}. Skäl: {'; '.join(sure.reasons)}."))
    lines.append(("Det som kan ändra svaret:", _would_change(report, outcome, effect)))
    text = " ".join(filter(None, [*said, _remark(report, outcome, effect)]))
    under = Markup("").join(Markup("<p><strong>{}</strong> {}</p>").format(*line) for line in lines)
    picture = _picture(report, outcome, effect)
    html = Markup(
        '<div class="ek-verdict"><h3>{}</h3><div><p class="ek-label">{}</p><p>{}</p></div>{}'
        "<div>{}</div></div>"
    ).format(head, outcome.question, text, Markup(picture.html), under)
    plain = "\n".join([f"{outcome.question} {head}.", text, *(" ".join(line) for line in lines)])
    return Fragment(str(html), f"{plain}\n{picture.text}")


def _picture(report: Report, outcome: Outcome, effect: Effect) -> Fragment:
    if effect.status != "estimated" or isnan(effect.headline.estimate):
        return Fragment("", "")
    drawing = _drawing(outcome, effect, _released(report, outcome, effect))
    caption = f"{outcome.label}, {report.period.label}."
    tabled = fragments.told_in(link(EFFECTS, "huvudmåtten"))
    return in_frame(drawing, f"svar-{slug(outcome)}", caption, tabled)


def _drawing(outcome: Outcome, effect: Effect, released: Released) -> Drawing:
    if outcome.kind == "share":
        return plots.of_hundred(released, what=OF_HUNDRED.get(outcome.id, "barn"))
    per = " per ärende" if outcome.kind == "mean" else ""
    _, decimals = wording.written(effect, outcome)
    return plots.two_levels(released, what=f"{outcome.unit}{per}", decimals=decimals)


def _released(report: Report, outcome: Outcome, effect: Effect) -> Released:
    """Return the row that a picture shows; the effect has passed `protect` already."""
    row = {
        "seen": effect.observed,
        "expected": effect.counterfactual,
        "estimate": effect.headline.estimate,
        "conf_low": effect.headline.conf_low,
        "conf_high": effect.headline.conf_high,
        "minimal_relevant": outcome.minimal_relevant_difference,
    }
    return release(pd.DataFrame([row]), rule=report.rule, keys=tuple(row))


def _remark(report: Report, outcome: Outcome, effect: Effect) -> str:
    """Return what a reader must know of the period to read this very number."""
    if report.period.phase == "wash_in":
        return f"{report.period.label} är inkörningsår: arbetssättet höll på att införas."
    if effect.status == "estimated" and effect.mature < report.study.definitions.mature_share:
        if isnan(as_told(report, outcome, effect).mature):
            return "Alla har ännu inte kunnat följas hela tiden."
        return f"Hittills har bara {percent(effect.mature)} kunnat följas hela tiden."
    if effect.status == "immature":
        window = evaluation.longest_mature_window(report.evidence, outcome)
        early = f"Ett preliminärt svar efter {window} dagar står i kapitlet om återutredning."
        return early if window else ""
    return ""


def _would_change(report: Report, outcome: Outcome, effect: Effect) -> str:
    return would_change.what_would_change(effect, report.study, _prospects(report, outcome, effect))


def _prospects(report: Report, outcome: Outcome, effect: Effect) -> Prospects:
    timeline, definitions = report.study.timeline, report.study.definitions
    later = any(one.end > report.period.end for one in report.evidence.periods)
    goes_on = later and report.period.end < timeline.exposure_end
    measured_by = report.period.end + timedelta(days=definitions.follow_up_days)
    if effect.status != "estimated" or isnan(effect.minimum_detectable):
        return Prospects(measured_by, goes_on)
    relevant, areas = outcome.minimal_relevant_difference, report.study.areas
    all_years = sum(one.phase == "post" for one in report.evidence.periods)
    m, k = len(areas.comparison), len(areas.treated)
    left = detectable_multiple(MANY_AREAS, k) / detectable_multiple(m, k)
    return Prospects(
        measured_by,
        goes_on,
        years=effect.minimum_detectable / sqrt(max(all_years, 1)) <= relevant,
        areas=effect.minimum_detectable * left <= relevant,
        missed=robustness.missed_drift(report.evidence, outcome).bias,
    )


def _alongside(report: Report) -> Fragment:
    """Return what the answers are not to be read without, each in a line."""
    known = registration.load(report.study)
    others = [
        (one, effect_of(report, one))
        for one in report.study.of_role("secondary")
        if not why_not(report, one.id)
    ]
    lines = {
        "Flickor och pojkar:": gaps.brief(report),
        "Andra mått:": remarks.the_other_way(others),
        "Analysplanen:": remarks.preliminary(
            registered=bool(known.entries), unlogged=len(known.unlogged(report.study))
        ),
        "Osäkerheten:": remarks.BLIND_SPOT,
    }
    told = [(lead, line) for lead, line in lines.items() if line]
    items = Markup("").join(Markup("<li><strong>{}</strong> {}</li>").format(*one) for one in told)
    html = Markup('<ul class="ek-alongside">{}</ul>').format(items)
    return Fragment(str(html), "\n".join(" ".join(one) for one in told))


def _scale() -> Fragment:
    text = (
        "Det grå bandet i bilderna är skillnader för små för att ha betydelse. "
        f"{MEANING}, på SBU:s skala: hög, måttlig, låg eller mycket låg."
    )
    return Fragment(str(Markup('<p class="ek-note">{}</p>').format(text)), text)


def _pooled_row(report: Report, outcome: Outcome) -> dict[str, str]:
    effect = pooled_effect(report, outcome)
    texts = {"label": outcome.label} | effect_texts(outcome, effect)
    if effect.status != "estimated":
        return texts
    level = certainty_of(report, outcome, effect).level
    return texts | {"label": f"{outcome.label} ({effect.label})", "certainty": level}
