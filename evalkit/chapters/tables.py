"""The tables of the outcome and robustness chapters: effects in, released tables out."""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import floor, isfinite, isnan, nan

import pandas as pd

from evalkit import registration, robustness
from evalkit.chapters.answers import DECIMALS, amount, difference
from evalkit.chapters.delivered import lacking
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.plan import Outcome
from evalkit.reporting import fragments, tables
from evalkit.reporting.cautions import counted_among, near_zero
from evalkit.reporting.disclosure import PROTECTED
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, number, percent
from evalkit.reporting.tables import Column
from evalkit.reporting.variations import METHODS
from evalkit.results import Effect, Estimate

OWN_TABLE = ("pre_trend",)
FLOOR = re.compile(r"smallest possible p-value ([\d./]+)")
# Not valid with one treated area: how often they raise a false alarm is shown, never a result.
NOT_VALID = ("cluster_robust", "twfe_cluster", "wild_restricted", "wild_unrestricted")
ASSUMES = {
    "exact_t": "Huvudmetoden förutsätter att områdenas förändringar varierar ungefär lika mycket "
    "och är ungefär normalfördelade, vilket inte kan prövas säkert med så få områden.",
    "load_weighted": "Huvudmetoden räknar med att ett område med många ärenden varierar mindre än "
    "ett med få. Den är utvärderingens egen sammansättning av publicerade delar: att intervallet "
    "täcker är prövat i simuleringar, som finns i metoddokumentationen, men är inte bevisat. Den "
    "förutsätter att områdena förändras oberoende av varandra, att de i övrigt varierar lika "
    "mycket och att förändringarna är ungefär normalfördelade, vilket inte kan prövas säkert med "
    "så få områden.",
}
IMMATURE = "kan ännu inte mätas"
KEY_RESULTS = ("K1_UTR", "K2", "R3")
NO_BREAK = "\u00a0"


def effects_table(report: Report, family: str) -> Fragment:
    """Return every outcome of a family: as seen, as expected, the difference and its interval."""
    outcomes = [outcome for outcome in report.study.outcomes if outcome.family == family]
    if not outcomes:
        return lacking("inget av måtten ingår i studiens plan.")
    rows = [_effect_row(outcome, effect_of(report, outcome)) for outcome in outcomes]
    place = report.study.labels.treated
    note = (
        f"Väntat är nivån i {place.lower()} före piloten plus linjens förändring. Huvudmåtten står "
        f"i analysplanen{_unregistered(report)}; övriga kompletterar och är inte justerade för att "
        f"de är många. (..) betyder att uppgiften är skyddad. {_cautions(report, outcomes)}"
    )
    caption = f"Utfall i {place.lower()}, {report.period.label}"
    return text_table(rows, effect_columns(report), caption, note)


def _unregistered(report: Report) -> str:
    return "" if registration.load(report.study).entries else ", som inte är registrerad"


def key_results_table(report: Report) -> Fragment:
    """Return the secondary outcomes that a reader of the first page needs beside the primary."""
    planned = {outcome.id: outcome for outcome in report.study.outcomes}
    outcomes = [planned[name] for name in KEY_RESULTS if name in planned]
    if not outcomes:
        return lacking("inget av de kompletterande måtten ingår i studiens plan.")
    rows = [_effect_row(outcome, effect_of(report, outcome)) for outcome in outcomes]
    note = (
        "Att fler barn behåller sin handläggare följer till stor del av hur teamet är organiserat. "
        "Nya kontakter visas eftersom en familj kan komma tillbaka utan att utredas på nytt."
        f" {near_zero(_effects_of(report, outcomes))}"
    )
    caption = f"Kompletterande mått, {report.period.label}"
    return text_table(rows, effect_columns(report), caption, note)


def _cautions(report: Report, outcomes: Sequence[Outcome]) -> str:
    told = (counted_among(outcomes), near_zero(_effects_of(report, outcomes)))
    return " ".join(text for text in told if text)


def _effects_of(report: Report, outcomes: Iterable[Outcome]) -> list[tuple[Outcome, Effect]]:
    return [(outcome, effect_of(report, outcome)) for outcome in outcomes]


def methods_table(report: Report) -> Fragment:
    """Return the primary effects by every method that is valid with one treated area."""
    rows = []
    for outcome in report.study.of_role("primary"):
        effect = effect_of(report, outcome)
        if effect.status != "estimated":
            rows.append({"label": outcome.label, "method": IMMATURE})
            continue
        found = (effect.headline, *effect.checks)
        rows += [
            {"label": outcome.label, "method": _method(report, one)} | _judged(outcome, one)
            for one in found
            if one.method in METHODS and one.method not in (*OWN_TABLE, *NOT_VALID)
        ]
    columns = {
        "label": Column("Mått"),
        "method": Column("Metod"),
        "difference": Column("Skillnad"),
        "interval": Column(f"Osäkerhet ({_confidence(report)})"),
        "p_value": Column("p\u2011värde"),
    }
    n = max(effect_of(report, one).headline.n_areas for one in report.study.of_role("primary"))
    note = (
        f"{_holm(report)} Med ett pilotområde av {n} kan några metoder inte ge hur små p-värden "
        "som helst: det lägsta möjliga står inom parentes, och är det över 0,05 kan metoden inte "
        "visa någon skillnad. Skattningen väger områdena lika; bara osäkerheten tar hänsyn till "
        f"antalet ärenden. Det exakta t-testet har {n - 2} frihetsgrader. Huvudmetoden har inget "
        "fast antal: ju mer av osäkerheten som kommer från enskilda ärenden, desto fler motsvarar "
        f"den. {ASSUMES.get(report.study.inference.headline, '')}"
    )
    return text_table(rows, columns, f"Skillnad enligt olika metoder, {report.period.label}", note)


def _holm(report: Report) -> str:
    """Return the primary outcomes' p-values adjusted for how many they are."""
    effects = tuple(effect_of(report, outcome) for outcome in report.study.of_role("primary"))
    found = robustness.adjusted_p_values(effects)
    said = [
        f"{report.study.outcome(name).label.lower()} {p_value_text(value)}"
        for name, value in found.items()
        if not isnan(value)
    ]
    if not said:
        return ""
    return f"Huvudmetodens p-värden justerade för {len(effects)} huvudmått (Holm): {listing(said)}."


def _method(report: Report, estimate: Estimate) -> str:
    suffix = " (huvudmetod)" if estimate.method == report.study.inference.headline else ""
    return f"{METHODS[estimate.method]}{suffix}"


def heterogeneity_table(report: Report) -> Fragment:
    """Return how uneven the areas may be before each primary result no longer holds."""
    rows = []
    for outcome in report.study.of_role("primary"):
        shown = effect_of(report, outcome).status == "estimated"
        allowed = robustness.allowed_heterogeneity(report.evidence, outcome) if shown else nan
        unsure = "resultatet är osäkert redan utan det" if shown else IMMATURE
        reaches = unsure if isnan(allowed) else rounded_down(allowed)
        implied = robustness.implied_heterogeneity(report.evidence, outcome) if shown else nan
        by_cases = "–" if isnan(implied) else number(implied, 1)
        rows.append({"label": outcome.label, "allowed": reaches, "implied": by_cases})
    columns = {
        "label": Column("Mått"),
        "allowed": Column("Håller upp till, gånger"),
        "implied": Column("Antalet ärenden talar för, gånger"),
    }
    note = (
        "Pilotområdet kan av sig självt variera mer från år till år än linjens områden. Talet "
        "säger hur många gånger mer än det jämnaste av dem det får variera innan noll ligger i "
        "osäkerhetsintervallet för t-testet (Lau och Li 2025, arbetspapper). Den sista "
        "kolumnen är hur många gånger mer än det jämnaste området det kan väntas variera, av "
        "antalet ärenden att döma; den är en skattning."
    )
    caption = "Hur ojämna får områdena vara innan slutsatsen ändras?"
    return text_table(rows, columns, caption, note)


def pre_trend_table(report: Report) -> Fragment:
    """Return how the arms drifted apart before the start, for each primary outcome."""
    rows = []
    for outcome in report.study.of_role("primary"):
        effect = effect_of(report, outcome)
        drift = next((c for c in effect.checks if c.method == "pre_trend"), None)
        row = {"label": outcome.label}
        if drift is None:
            rows.append(row | {"difference": HIDDEN if effect.status == "estimated" else IMMATURE})
            continue
        joint = robustness.joint_pre_trend(report.evidence, outcome)
        missed = robustness.missed_drift(report.evidence, outcome)
        found = {
            "joint": p_value_text(joint.p_value),
            "missed": difference(missed.slope, outcome),
            "bias": difference(missed.bias, outcome),
        }
        rows.append(row | _judged(outcome, drift) | found)
    columns = {
        "label": Column("Mått"),
        "difference": Column("Skillnad i utveckling per år"),
        "interval": Column(f"Osäkerhet ({_confidence(report)})"),
        "p_value": Column("p\u2011värde"),
        "joint": Column("p\u2011värde, alla år tillsammans"),
        "missed": Column("Upptäcks i fyra fall av fem, per år"),
        "bias": Column("Så mycket ger den i skillnad"),
    }
    years = report.study.timeline.pre_years
    note = (
        f"Bygger på åren {years[0]}–{years[-1]}. Att ingen skillnad syns visar inte att det inte "
        "finns någon: med så få år är intervallet brett. De två sista kolumnerna visar en glidning "
        "som prövningen missar i ett fall av fem, och den skillnad som den ensam hade gett om den "
        "gått vidare efter starten (Roth 2022). Är den större än den uppmätta skillnaden kan "
        "prövningen varken stödja eller motbevisa att områdena följdes åt."
        if len(years) > 1
        else "Med bara ett år före piloten går det inte att pröva om områdena följdes åt."
    )
    return text_table(rows, columns, "Utvecklades områdena olika redan före piloten?", note)


def detectable_table(report: Report) -> Fragment:
    """Return what could have been found beside what matters, for each primary outcome."""
    rows = []
    for outcome in report.study.of_role("primary"):
        effect = effect_of(report, outcome)
        rows.append(
            {
                "label": outcome.label,
                "detectable": difference(effect.minimum_detectable, outcome),
                "relevant": difference(outcome.minimal_relevant_difference, outcome),
                "found": difference(effect.headline.estimate, outcome),
            }
        )
    columns = {
        "label": Column("Mått"),
        "detectable": Column("Minsta påvisbara skillnad"),
        "relevant": Column("Minsta relevanta skillnad"),
        "found": Column("Uppmätt skillnad"),
    }
    note = (
        "Påvisbar betyder att en verklig skillnad av den storleken upptäcks i ungefär fyra fall av "
        "fem. Värdet är uppskattat ur områdenas egna förändringar och är självt osäkert. "
        "Den minsta relevanta skillnaden är ett förslag som styrgruppen behöver ta ställning till."
    )
    return text_table(rows, columns, "Vad kunde ha upptäckts?", note)


def effect_texts(outcome: Outcome, effect: Effect) -> dict[str, str]:
    """Return an effect's numbers as text: level seen, level expected, difference, interval."""
    if effect.reason == PROTECTED:
        return dict.fromkeys(("observed", "expected", "difference", "interval"), HIDDEN)
    if effect.status == "immature":
        return {"observed": IMMATURE, "expected": "–", "difference": "–", "interval": "–"}
    return {
        "observed": amount(effect.observed, outcome),
        "expected": amount(effect.counterfactual, outcome),
    } | _judged(outcome, effect.headline)


def effect_columns(report: Report) -> dict[str, Column]:
    """Return the columns of a table of effects: level, expected, difference, interval."""
    return {
        "label": Column("Mått"),
        "observed": Column(report.study.labels.treated),
        "expected": Column("Väntat"),
        "difference": Column("Skillnad"),
        "interval": Column(f"Osäkerhet ({_confidence(report)})"),
    }


def _effect_row(outcome: Outcome, effect: Effect) -> dict[str, str]:
    primary = " (huvudmått)" if outcome.role == "primary" else ""
    return {"label": f"{outcome.label}{primary}"} | effect_texts(outcome, effect)


def _judged(outcome: Outcome, estimate: Estimate) -> dict[str, str]:
    return {
        "difference": difference(estimate.estimate, outcome),
        "interval": interval_text(estimate, outcome),
        "p_value": judged_p_value(estimate),
    }


def judged_p_value(estimate: Estimate) -> str:
    """Return a p-value with the smallest that its method can give, or as the bound that it is."""
    text = p_value_text(estimate.p_value)
    if "p-value a lower bound" in estimate.reason:
        return f"minst {text}"
    least = FLOOR.search(estimate.reason)
    return f"{text} (lägst {least[1].replace('.', ',')})" if least else text


def least_p_value(estimate: Estimate) -> float:
    """Return the smallest p-value that the method can give here; 0 where nothing bounds it."""
    least = FLOOR.search(estimate.reason)
    return float(Fraction(least[1])) if least else 0.0


def rounded_down(limit: float) -> str:
    """Return a limit that something holds up to, one decimal, never more than it is."""
    return number(floor(limit * 10) / 10, 1)


def interval_text(estimate: Estimate, outcome: Outcome) -> str:
    """Return an estimate's interval in the outcome's unit, percentage points for shares."""
    return limits_text(estimate.conf_low, estimate.conf_high, outcome)


def limits_text(low: float, high: float, outcome: Outcome) -> str:
    """Return the two ends of an interval in the outcome's unit, a dash where there are none."""
    if not (isfinite(low) and isfinite(high)):
        return "–"
    scale, decimals = 100 if outcome.kind == "share" else 1, DECIMALS[outcome.kind]
    return NO_BREAK.join((number(low * scale, decimals), "till", number(high * scale, decimals)))


def p_value_text(value: float) -> str:
    """Return a p-value with three decimals."""
    if isnan(value):
        return "–"
    return f"<{NO_BREAK}0,001" if value < 0.001 else number(value, 3)


def _confidence(report: Report) -> str:
    return percent(report.study.inference.confidence)


def text_table(
    rows: Iterable[dict[str, str]], columns: dict[str, Column], caption: str, note: str
) -> Fragment:
    """Return a table of finished texts, a dash where a row has none."""
    return fragments.table(text_html(rows, columns, caption, note))


def text_html(
    rows: Iterable[dict[str, str]],
    columns: dict[str, Column],
    caption: str,
    note: str | None = None,
) -> str:
    """Return the HTML of a table of finished texts, a dash where a row has none."""
    frame = pd.DataFrame(list(rows), columns=list(columns), dtype=object).fillna("–")
    return tables.html(frame, columns, caption, note=note)
