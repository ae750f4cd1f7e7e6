"""The same effect in other units: as a ratio, and per child that the pilot reached."""

from math import isfinite, isnan

from evalkit import robustness
from evalkit.chapters.answers import difference
from evalkit.chapters.codes import ARMS
from evalkit.chapters.delivered import resting_on
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.chapters.tables import interval_text, text_table
from evalkit.chapters.withheld import hidden_rows
from evalkit.plan import Outcome
from evalkit.reporting.disclosure import release
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import interval, number, percent
from evalkit.reporting.tables import Column
from evalkit.reporting.variations import because
from evalkit.results import Estimate

CANNOT = "kan inte beräknas"


def scales_table(report: Report) -> Fragment:
    """Return each primary effect as a difference, as a ratio and, for shares, as an odds ratio."""
    rows = [_on_scales(report, outcome) for outcome in report.study.of_role("primary")]
    columns = {
        "label": Column("Mått"),
        "difference": Column("Skillnad"),
        "relative": Column("Kvot mellan förändringarna"),
        "odds": Column("Oddskvot"),
    }
    note = (
        "En kvot på 1 betyder ingen skillnad. Kvoten är hur många gånger pilotområdets nivå "
        "ändrades, delat med hur många gånger linjens gjorde det. Väntat blir då ett annat än för "
        "skillnaden, och kvoten är inte det uppmätta delat med det väntade. Den antar att områdena "
        "hade följts åt i procent (kvot) eller i odds (oddskvot) i stället för i procentenheter "
        "eller antal: när skalorna säger olika saker hänger svaret på valet. Inom parentes står "
        "osäkerhetsintervallet, räknat med t-testet utan hänsyn till antalet ärenden."
    )
    return text_table(rows, columns, f"Samma skillnad på tre skalor, {report.period.label}", note)


@resting_on("reached")
def reached_table(report: Report) -> Fragment:
    """Return how many the pilot's units reached, and each primary effect per child reached."""
    rows = [_reached(report, outcome) for outcome in report.study.of_role("primary")]
    labels = report.study.labels
    columns = {
        "label": Column("Mått"),
        "treated": Column(f"{labels.treated}: nåddes"),
        "comparison": Column(f"{labels.comparison}: nåddes"),
        "itt": Column("Skillnad, alla barn"),
        "cace": Column("Skillnad per nått barn"),
        "interval": Column(f"Osäkerhet ({percent(report.study.inference.confidence)})"),
    }
    note = (
        "Huvudresultatet gäller alla barn i området, vem som än handlade ärendet. Nådda är ärenden "
        "eller utredningar hos pilotens enheter. Skillnaden per nått barn förutsätter att piloten "
        "inte påverkade barn som den inte nådde. Dess intervall räknas med t-testet utan hänsyn "
        "till antalet ärenden (Fieller) och kan skilja sig från huvudresultatets."
    )
    caption = f"Hur många nåddes, och hur stor är skillnaden för dem? {report.period.label}"
    return text_table(rows, columns, caption, note)


def _on_scales(report: Report, outcome: Outcome) -> dict[str, str]:
    effect, row = effect_of(report, outcome), {"label": outcome.label}
    if effect.status != "estimated":
        return row | {"difference": CANNOT}
    row["difference"] = difference(effect.headline.estimate, outcome)
    row["relative"] = _ratio(robustness.on_scale(report.evidence, outcome, "relative"))
    if outcome.kind == "share":
        row["odds"] = _ratio(robustness.on_scale(report.evidence, outcome, "odds"))
    return row


def _ratio(estimate: Estimate) -> str:
    if isnan(estimate.estimate):
        return because(estimate.reason)
    limits = interval(estimate.conf_low, estimate.conf_high, 2)
    return f"{number(estimate.estimate, 2)} ({limits})"


def _reached(report: Report, outcome: Outcome) -> dict[str, str]:
    effect, row = effect_of(report, outcome), {"label": outcome.label}
    if effect.status != "estimated":
        return row | {"itt": CANNOT}
    shares = shares_reached(report, outcome)
    found = robustness.effect_per_reached(report.evidence, outcome).estimate
    row |= shares | {"itt": difference(effect.headline.estimate, outcome)}
    if HIDDEN in shares.values():  # the ratio of the two effects is the change in those reached
        return row | {"cace": HIDDEN, "interval": HIDDEN}
    if isnan(found.estimate):
        return row | {"cace": because(found.reason)}
    bounded = isfinite(found.conf_low) and isfinite(found.conf_high)
    limits = interval_text(found, outcome) if bounded else "obegränsad"
    return row | {"cace": difference(found.estimate, outcome), "interval": limits}


def shares_reached(report: Report, outcome: Outcome) -> dict[str, str]:
    """Return the share reached in either arm after the start; protected like any other share."""
    cells = robustness.reached_cells(report.evidence, outcome)
    after = cells[cells["year"] == report.period.year]
    sums = after.groupby("treated")[["n", "total"]].sum().reset_index()
    sums["arm"] = sums["treated"].map({True: "treated", False: "comparison"})
    places = sums.assign(place=sums["treated"].map(ARMS))
    measure = robustness.reached_measure(outcome)
    released = release(
        sums[["arm", "n", "total"]],
        rule=report.rule,
        counts=("n",),
        parts={"total": "n"},
        shares={"share": ("total", "n")},
        withheld={"total": hidden_rows(report.evidence, f"{measure}/{{place}}", places)},
    )
    by_arm = released.frame.set_index("arm")["share"]
    hidden = released.hidden.set_index(released.frame["arm"])["share"]
    return {arm: HIDDEN if hidden[arm] else percent(float(by_arm[arm])) for arm in by_arm.index}
