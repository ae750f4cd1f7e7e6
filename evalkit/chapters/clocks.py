"""The statutory clocks beside the outcomes: who is not judged, extensions, planned ends."""

import pandas as pd

from evalkit.chapters.by_year import by_year, same_months, table_by_year
from evalkit.chapters.codes import ARMS
from evalkit.chapters.figures import arm_names, in_frame, lower_first
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.chapters.tests_of_change import VERDICTS
from evalkit.chapters.withheld import hidden_places, hidden_rows
from evalkit.estimation.run_charts import run_chart
from evalkit.plan import Outcome
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import count, listing, number, of_hundred, percent
from evalkit.reporting.plots import Axis
from evalkit.reporting.tables import Column
from evalkit.reporting.verdicts import brief
from evalkit.results import Effect

NOT_JUDGED = {
    "no_report": ("Ansökningar och annat som inte är en anmälan", "T14"),
    "undecided": ("Anmälningar som ännu kan beslutas i tid", "T14"),
    "running": ("Utredningar som pågår och ännu kan bli klara i tid", "T4M"),
}
UNDECIDED = "Går inte att avgöra"
KEPT_OF = {"T14": "förhandsbedömningar", "T4M": "utredningar"}
MONTHS_IN_QUARTER, FEWEST_QUARTERS = 3, 4
NO_PLANNED = (
    "Underlag saknas: ingen utredning har ett planerat slut. Det som behövs är tidsplanerad och "
    "planerat slut i utdraget utredning, satta när utredningen inleds."
)
NO_LATE = "Ingen utredning har dragit över tiden, så det finns ingen förlängning att beskriva."


def not_judged_table(report: Report) -> Fragment:
    """Return which matters and investigations no clock judges, why, and how large a share."""
    cells = report.evidence.in_period("not_judged")
    left = cells.groupby(["level", cells["treated"].map(ARMS)])["n"].sum()
    judged = {clock: _sums(report.evidence.in_period(clock)) for clock in ("T14", "T4M")}
    rows = []
    for reason, (label, clock) in NOT_JUDGED.items():
        row: dict[str, object] = {"label": label}
        beside = [other for other, (_, its) in NOT_JUDGED.items() if its == clock]
        for arm in ARMS.values():
            row[f"n_{arm}"] = float(left.get((reason, arm), 0.0))
            row[f"all_{arm}"] = float(judged[clock].get(arm, 0.0)) + sum(
                float(left.get((other, arm), 0.0)) for other in beside
            )
        rows.append(row)
    frame = pd.DataFrame(rows)
    released = release(
        frame,
        rule=report.rule,
        # That everything is decided by the cut-off says nothing of a child: 0 need not be hidden.
        counts=[f"{part}_{arm}" for part in ("n", "all") for arm in ARMS.values()],
        shares={f"share_{arm}": (f"n_{arm}", f"all_{arm}") for arm in ARMS.values()},
        withheld={f"n_{arm}": _not_judged_hidden(report, arm) for arm in ARMS.values()},
    )
    columns = {"label": Column("Räknas inte, och varför")} | {
        f"share_{arm}": Column(name, "percent", 0) for arm, name in arm_names(report).items()
    }
    note = (
        "De två första raderna är andelar av ärendena, den tredje av de inledda utredningarna. "
        "Anmälningar som påfördes en pågående utredning är inte med: då behövs inget nytt beslut."
    )
    caption = f"Vad tiderna inte räknas på, {report.period.label}"
    return fragments.table(tables.html(released, columns, caption, note=note))


def extension_table(report: Report) -> Fragment:
    """Return, of the investigations past their time, the share that a decision had extended."""
    released = _late(report)
    if released is None:
        return fragments.callout("fakta", NO_LATE)
    columns = {
        "n": Column("Över tiden", "count"),
        "share": Column("Därav förlängda genom beslut", "percent", 0),
    }
    note = (
        f"Året är det då utredningen inleddes.{same_months(report)} Utdragen säger inte när "
        "beslutet om förlängning fattades eller vilka skälen var."
    )
    caption = "Utredningar som tog mer än fyra månader"
    table = table_by_year(report, released, columns, caption, note=note, counted="utredningar")
    message = _extended(report, released)
    return fragments.join(*([fragments.paragraph(message)] if message else []), table)


def planned_table(report: Report) -> Fragment:
    """Return how far from their planned end the time-planned investigations closed."""
    frame = by_year(report, "planned")
    if frame.empty:
        return fragments.callout("varning", NO_PLANNED)
    frame["days"] = frame["total"] / frame["n"]
    released = release(
        frame.drop(columns="total"), rule=report.rule, counts=("n",),
        values={"days": ("n",)}, keys=("year",),
        withheld={"n": hidden_rows(report.evidence, "planned/{year}/{arm}", frame)},
    )  # fmt: skip
    said = _where_planned(report, released)
    columns = {
        "n": Column("Avslutade med planerat slut", "count"),
        "days": Column("Dagar efter planen, i snitt", "number", 0),
    }
    note = (
        f"Året är det då utredningen inleddes.{same_months(report)} Minus betyder före planen. "
        "Fallen är få, och hur de valdes framgår inte av underlaget: tabellen beskriver dem "
        "och säger inget om verkan."
    )
    caption = "Tidsplanerade utredningar"
    table = table_by_year(report, released, columns, caption, note=note, counted="utredningar")
    return fragments.join(*([fragments.paragraph(said)] if said else []), table)


def planned_figure(report: Report) -> Fragment:
    """Return a run chart of the deviation from the plan, by quarter and for all areas together.

    Empty unless there are some quarters and every one of them has enough investigations.
    """
    frame = _by_quarter(report)
    enough = len(frame) >= FEWEST_QUARTERS and (frame["n"] >= report.rule.threshold).all()
    if not enough:
        return Fragment("", "")
    released = release(
        frame[["quarter", "n", "value", "place"]], rule=report.rule, counts=("n",),
        values={"value": ("n",)}, keys=("place",),
    )  # fmt: skip
    chart = run_chart(frame["value"].to_numpy())
    verdict = VERDICTS[chart.signal]
    axis = Axis("Dagar efter planen", "number", 0)
    drawing = plots.run_chart(released, axis=axis, median=chart.median, verdict=verdict)
    caption = (
        "Tidsplanerade utredningar slutade i snitt "
        f"{_days(frame['total'].sum() / frame['n'].sum())}. Kvartal för kvartal sedan piloten "
        f"började, alla områden tillsammans eftersom piloten ensam har för få. {verdict}"
    )
    columns = {
        "quarter": Column("Inledda"), "value": Column("Dagar efter planen, i snitt", "number", 0)
    }  # fmt: skip
    table = tables.html(released, columns, "Siffrorna bakom figuren", counted="utredningar")
    return in_frame(drawing, "tidsplanerade", caption, table)


def message(report: Report) -> str:
    """Return how often the times were kept, whether that is as expected, and what to look at."""
    found = [(outcome, effect_of(report, outcome)) for outcome in report.study.outcomes
             if outcome.id in KEPT_OF]  # fmt: skip
    told = [(outcome, effect) for outcome, effect in found if effect.status == "estimated"]
    if not told:
        return ""
    within = {
        "T14": count(report.study.definitions.screening_days, "dag", "dagar"),
        "T4M": count(report.study.definitions.investigation_months, "månad", "månader"),
    }
    kept = [f"{of_hundred(effect.observed, KEPT_OF[outcome.id])} klara inom {within[outcome.id]}"
            for outcome, effect in told]  # fmt: skip
    place = report.study.labels.treated.lower()
    parts = [
        f"I {place} {report.period.label} blev {listing(kept)}.",
        _compared(told),
        _undecided(report),
    ]
    return " ".join(part for part in parts if part)


def _compared(told: list[tuple[Outcome, Effect]]) -> str:
    """Return whether the times differ from what was expected, as a sentence."""
    said = [(KEPT_OF[outcome.id], brief(effect, outcome)) for outcome, effect in told]
    if all(words == UNDECIDED for _, words in said):
        return "Om det skiljer sig från det väntade går inte att avgöra."
    parts = [f"{what} i tid: {lower_first(words)}" for what, words in said]
    return f"{listing(parts).capitalize()}."


def _undecided(report: Report) -> str:
    """Return the share of the late investigations that no decision had extended, if shown."""
    released = _late(report)
    if released is None:
        return ""
    rows = released.frame
    own = rows[(rows["year"] == report.period.year) & (rows["arm"] == "pilot")]
    own = own.dropna(subset=["n", "share"])
    if own.empty:
        return ""
    n, share = float(own["n"].iloc[0]), 1 - float(own["share"].iloc[0])
    return (
        f"Av de {number(n)} utredningar där som tog mer än fyra månader saknar {percent(share)} "
        "ett registrerat beslut om förlängning. De bör granskas."
    )


def _late(report: Report) -> Released | None:
    """Return the investigations past their time, and the share extended, by year and arm."""
    frame = by_year(report, "extension")
    if frame.empty:
        return None
    place = "extension/{year}/{arm}/{part}"
    return release(
        frame, rule=report.rule, parts={"total": "n"},
        shares={"share": ("total", "n")}, keys=("year",),
        withheld={
            column: hidden_rows(report.evidence, place, frame.assign(part=part))
            for column, part in (("n", "n"), ("total", "share"))
        },
    )  # fmt: skip


def _where_planned(report: Report, released: Released) -> str:
    """Return where and when a planned end is registered, as far as every number is shown."""
    rows = released.frame.assign(shown=released.frame["n"].notna() & ~released.hidden["n"])
    names = arm_names(report)
    now = rows[rows["shown"] & (rows["year"] == report.period.year)]
    parts = [f"{number(float(one.n))} i {names[one.arm].lower()}" for one in now.itertuples()]
    text = ""
    if parts:
        text = (
            f"Av utredningarna som inleddes {report.period.label} har {listing(parts)} ett "
            "planerat slut och är avslutade. "
        )
    first = report.study.timeline.wash_in.start.year
    before = [names[arm].lower() for arm in names
              if ((rows["year"] < first) & (rows["arm"] == arm) & rows["shown"]).any()]  # fmt: skip
    if before:
        text += (
            f"Planerade slut finns också före piloten, i {listing(before)}. Om det är samma sak "
            "som pilotens försök framgår inte av underlaget."
        )
    return text.strip()


def _not_judged_hidden(report: Report, arm: str) -> list[bool]:
    places = [f"not_judged/{report.period.year}/{arm}/{reason}" for reason in NOT_JUDGED]
    return hidden_places(report.evidence, places)


def _sums(cells: pd.DataFrame) -> pd.Series:
    return cells.groupby(cells["treated"].map(ARMS))["n"].sum()


def _by_quarter(report: Report) -> pd.DataFrame:
    """Return the planned investigations of all areas since the start, one row per quarter."""
    cells = report.evidence.of("planned")
    cells = cells[cells["year"] >= report.study.timeline.wash_in.start.year]
    number_in_year = (cells["month"] - 1) // MONTHS_IN_QUARTER + 1
    by = cells.groupby([cells["year"], number_in_year.rename("in_year")])
    frame = by[["n", "total"]].sum().reset_index()
    frame["value"] = frame["total"] / frame["n"]
    both = zip(frame["year"], frame["in_year"], strict=True)
    frame["quarter"] = [f"{year}, kvartal {place}" for year, place in both]
    return frame.assign(place=range(1, len(frame) + 1)).drop(columns=["year", "in_year"])


def _extended(report: Report, released: Released) -> str:
    """Return the period's shares extended by a decision, as a sentence, if both are shown."""
    rows = released.frame
    now = rows[rows["year"] == report.period.year].set_index("arm")["share"].dropna()
    names = arm_names(report)
    if not set(names) <= set(now.index):
        return ""
    shares = listing([f"{percent(float(now[arm]))} i {name.lower()}"
                      for arm, name in names.items()])  # fmt: skip
    return (
        f"Av utredningarna som tog mer än fyra månader {report.period.label} hade {shares} "
        "förlängts genom beslut. Övriga drog över tiden utan ett registrerat beslut."
    )


def _days(mean: float) -> str:
    side = "efter" if mean >= 0 else "före"
    return f"{number(abs(mean))} dagar {side} planen"
