"""Schools and preschools: meetings with them, and the matters that come from them. Described only.

More reports from school are no failure: earlier and easier contact is what collaboration aims at.
"""

from datetime import date, timedelta
from itertools import product

import pandas as pd

from evalkit.chapters.by_year import table_by_year
from evalkit.chapters.codes import ARMS
from evalkit.chapters.figures import arm_names, in_frame, lower_first
from evalkit.chapters.opening import Report
from evalkit.chapters.withheld import hidden_rows
from evalkit.data.cells import SCHOOLS
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, number, percent
from evalkit.reporting.tables import Column

FORMS = {
    "konsultation": "Konsultationer", "walk-and-talk": "Walk-and-talk", "temamöte": "Temamöten",
}  # fmt: skip
REGISTERED = {"pilot": "pilot", "linje": "line"}
HALF_MONTHS = 6
NO_MEETINGS = (
    "Underlag saknas: möten med skola och förskola är inte levererade. Det som behövs är antal "
    "möten per månad, grupp, verksamhet och form, i utdraget samverkan."
)
NO_REFERRALS = "Underlag saknas: det går inte att se vem som anmälde eller ansökte."


def meetings_figure(report: Report) -> Fragment:
    """Return the meetings with schools and preschools per half-year, form and arm."""
    frame = _meetings(report)
    if frame.empty:
        return fragments.callout("varning", NO_MEETINGS)
    released = release(
        frame[["half", "form", "arm", "rate"]], rule=report.rule, keys=("half", "rate")
    )
    unit = report.study.areas.unit
    drawing = plots.meetings(
        released, what=f"Möten per {unit} och halvår", labels=report.study.labels
    )
    caption = f"{_meetings_message(report, frame)} Månader utan uppgift räknas som inga möten."
    if frame["half"].min() < _half(report.study.timeline.wash_in.start):
        caption += " Före piloten räknades pilotområdet till linjen och har inga egna siffror."
    return in_frame(drawing, "moten", caption, _meetings_table(report, frame, caption))


def school_referrals_table(report: Report) -> Fragment:
    """Return the matters that came from school and preschool, and how young the children were."""
    frame = _referrals(report)
    if frame.empty:
        return fragments.callout("varning", NO_REFERRALS)
    released = release(
        frame,
        rule=report.rule,
        counts=("every",),
        parts={"n": "every", "young": "n"},
        shares={"share": ("n", "every"), "young_share": ("young", "n")},
        keys=("year",),
        withheld={
            "n": hidden_rows(report.evidence, "school/{year}/{arm}", frame),
            "young": hidden_rows(report.evidence, "school/{year}/{arm}/young", frame),
        },
    )
    low, high = report.study.scope.age_groups[0]
    columns = {
        "n": Column("Ärenden från skola och förskola", "count"),
        "share": Column("Andel av alla ärenden", "percent", 0),
        "young_share": Column(f"Andel av dem som gäller barn {low}–{high} år", "percent", 0),
    }
    months = "" if report.period.whole_year else " (samma månader varje år)"
    caption = f"Ärenden som kom från skola och förskola{months}"
    note = "Beskriver vilka som hör av sig. Det är inte ett mått på verkan och är inte prövat."
    return fragments.join(
        fragments.paragraph(_referrals_message(report, released)),
        table_by_year(report, released, columns, caption, note=note),
    )


def _meetings(report: Report) -> pd.DataFrame:
    """Return meetings per whole half-year, form and arm: number, and per area of the arm."""
    register = report.cells.registers.get("collaboration", pd.DataFrame())
    if register.empty:
        return register
    months = pd.to_datetime(register["month"])
    known = register.assign(
        half=[_half(month) for month in months],
        arm=register["arm"].map(REGISTERED),
        form=register["form"].map(FORMS),
    )[months <= pd.Timestamp(report.period.end)]
    sums = known.groupby(["half", "form", "arm"])["meetings"].sum()
    opened, rows = _half(report.study.timeline.wash_in.start), []
    for half, form, arm in product(_halves(report, known), FORMS.values(), REGISTERED.values()):
        areas = _areas_of(report, arm, half < opened)
        if areas:
            n = float(sums.get((half, form, arm), 0.0))
            rows.append((half, form, arm, n, n / areas))
    return pd.DataFrame(rows, columns=["half", "form", "arm", "n", "rate"])


def _areas_of(report: Report, arm: str, before_the_pilot: bool) -> int:
    """Return how many areas an arm served: the line had all of them before the pilot."""
    areas = report.study.areas
    if before_the_pilot:
        return len(areas.all) if arm == "line" else 0
    return len(areas.comparison if arm == "line" else areas.treated)


def _half(day: date) -> float:
    """Return the half-year of a day as a year and 0 or a half."""
    return day.year + (day.month > HALF_MONTHS) / 2


def _halves(report: Report, known: pd.DataFrame) -> list[float]:
    """Return the half-years from the first delivered one that had ended with the period."""
    last = _half(report.period.end + timedelta(days=1)) - 0.5
    first = known["half"].min()
    return [first + step / 2 for step in range(int(2 * (last - first)) + 1)]


def _meetings_message(report: Report, frame: pd.DataFrame) -> str:
    """Return how many meetings each arm had per area in the period's year, as a sentence."""
    now = frame[frame["half"].astype(int) == report.period.year]
    if now.empty:
        return "Möten med skola och förskola."
    halves = now["half"].nunique()
    sums = now.groupby("arm")[["n", "rate"]].sum()
    said = [
        f"{number(sums.loc[arm, 'n'])} i {lower_first(name)}{_per_area(sums.loc[arm])}"
        for arm, name in arm_names(report).items()
        if arm in sums.index
    ]
    when = str(report.period.year) if halves == 2 else f"första halvåret {report.period.year}"
    return f"Registrerade möten med skola och förskola {when}: {listing(said)}."


def _per_area(sums: pd.Series) -> str:
    """Return the number per area after the whole, where the arm has several areas."""
    areas = round(sums["n"] / sums["rate"]) if sums["rate"] else 1
    return "" if areas <= 1 else f" ({number(sums['rate'])} per område, {number(areas)} områden)"


def _meetings_table(report: Report, frame: pd.DataFrame, caption: str) -> str:
    wide = frame.pivot(index=["half", "form"], columns="arm", values="n").reset_index()
    wide["half"] = [half_year(half) for half in wide["half"]]
    names = arm_names(report)
    columns = {"half": Column("Halvår"), "form": Column("Form")} | {
        arm: Column(f"{names[arm]}: möten", "number", 0) for arm in names if arm in wide
    }
    return tables.html(wide, columns, f"Siffrorna bakom figuren. {caption}")


def half_year(half: float) -> str:
    """Return a half-year, a year or a year and a half, in words."""
    return f"{'andra' if half % 1 else 'första'} halvåret {int(half)}".capitalize()


def _referrals(report: Report) -> pd.DataFrame:
    """Return per year and arm all matters, those from school, and the youngest among these."""
    cells = report.evidence.of("background:reporter")
    if cells.empty:
        return cells
    low, high = report.study.scope.age_groups[0]
    school = cells["level"].isin(SCHOOLS)
    youngest = school & (cells["age_group"] == f"{low}–{high}")
    by = [cells["year"], cells["treated"].map(ARMS).rename("arm")]
    frame = pd.DataFrame(
        {
            "every": cells.groupby(by)["n"].sum(),
            "n": cells["n"].where(school, 0.0).groupby(by).sum(),
            "young": cells["n"].where(youngest, 0.0).groupby(by).sum(),
        }
    ).reset_index()
    return frame.sort_values(["year", "arm"], ascending=[True, False]).reset_index(drop=True)


def _referrals_message(report: Report, released: Released) -> str:
    """Return how the share from school and preschool moved in each arm, as a sentence."""
    now, reference = report.period.year, report.study.timeline.reference_year
    shares = released.frame.set_index(["year", "arm"])["share"]
    said = []
    for arm, name in arm_names(report).items():
        before, after = (shares.get((year, arm)) for year in (reference, now))
        if pd.notna(before) and pd.notna(after):
            said.append(f"från {percent(before)} till {percent(after)} i {lower_first(name)}")
    if not said:
        return "Hur stor andel av ärendena som kommer från skola och förskola kan inte visas."
    return (
        f"Andelen ärenden från skola och förskola gick mellan {reference} och {now} "
        f"{' och '.join(said)}."
    )
