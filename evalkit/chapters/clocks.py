"""The statutory clocks beside the outcomes: who is not judged, extensions, planned ends."""

import pandas as pd

from evalkit.chapters.by_year import by_year, same_months, table_by_year
from evalkit.chapters.codes import ARMS
from evalkit.chapters.figures import arm_names, in_frame
from evalkit.chapters.opening import Report
from evalkit.chapters.tests_of_change import VERDICTS
from evalkit.chapters.withheld import hidden_places, hidden_rows
from evalkit.estimation.run_charts import run_chart
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, number, percent
from evalkit.reporting.plots import Axis
from evalkit.reporting.tables import Column

NOT_JUDGED = {
    "no_report": ("Ansökningar och annat som inte är en anmälan", "T14"),
    "undecided": ("Anmälningar som ännu kan beslutas i tid", "T14"),
    "running": ("Utredningar som pågår och ännu kan bli klara i tid", "T4M"),
}
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
    frame = by_year(report, "extension")
    if frame.empty:
        return fragments.callout("fakta", NO_LATE)
    place = "extension/{year}/{arm}/{part}"
    released = release(
        frame, rule=report.rule, parts={"total": "n"},
        shares={"share": ("total", "n")}, keys=("year",),
        withheld={
            column: hidden_rows(report.evidence, place, frame.assign(part=part))
            for column, part in (("n", "n"), ("total", "share"))
        },
    )  # fmt: skip
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
    return table_by_year(report, released, columns, caption, note=note, counted="utredningar")


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
