"""How the pilot was carried out: the chain of phases, and staff who came and left."""

from datetime import timedelta
from itertools import pairwise

import pandas as pd

from evalkit.chapters.codes import ARMS, CAUSES, LEFT, PHASES
from evalkit.chapters.delivered import is_told, resting_on
from evalkit.chapters.described import phase_of
from evalkit.chapters.figures import arm_names, behind, in_frame
from evalkit.chapters.opening import Report
from evalkit.chapters.withheld import hidden_places, hidden_rows
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, coarse, release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, number, percent
from evalkit.reporting.plots import Axis
from evalkit.reporting.tables import Column

YEAR_MONTHS = 12
FOLLOWED = timedelta(days=365)
LEAST = 5.0  # changes per 100 matters; a smaller difference is not worth a sentence
INTO = {
    "Råd och stöd": "råd och stöd", "Förhandsbedömning": "förhandsbedömningen",
    "Utredning": "utredningen", "Beslut": "beslutet", "Uppföljning": "uppföljningen",
    "Insats": "insatsen",
}  # fmt: skip
NO_STAFFING = (
    "Underlag saknas: bemanning per enhet och månad är inte levererad. Det som behövs är antal "
    "anställda, nyanställda och de som slutat, i utdraget bemanning."
)


@resting_on("phase_days")
def chain_figure(report: Report) -> Fragment:
    """Return the chain as boxes: days in each phase, and handovers within and between them."""
    released = _released_chain(report)
    drawing = plots.chain(released, labels=report.study.labels)
    caption = (
        f"Hur länge varje steg tog och hur ofta handläggaren byttes. Ärenden som "
        f"kom in {report.period.label}, följda "
        "högst ett år. Ett steg som ännu pågår räknas till den dag då uppgifterna slutar."
        f"{_skipped(released)}"
    )
    columns = {
        "phase": Column("Steg"),
        "arm": Column("Grupp"),
        "n": Column("Ärenden som nått steget", "count"),
        "days": Column("Dagar i snitt", "number", 0),
        "border": Column("Ny handläggare på väg in, per 100", "number", 0),
        "within": Column("Byten under steget, per 100", "number", 0),
    }
    named = released.named("arm", arm_names(report))
    table = behind(named, columns, f"kedjan, {report.period.label}")
    return in_frame(drawing, "kedjan", caption, table)


def staffing_table(report: Report) -> Fragment:
    """Return how many worked and left in each unit, year by year."""
    staffing = _staffing(report)
    if staffing.empty:
        return fragments.callout("varning", NO_STAFFING)
    months = staffing[staffing["month"].dt.month.isin(report.period.months)]
    yearly = months.groupby(["unit_id", months["month"].dt.year]).agg(
        staff=("staff", "mean"), left=("left", "sum"), hired=("hired", "sum")
    )
    frame = yearly.rename_axis(["unit", "year"]).reset_index()
    frame["people"] = frame["staff"].round()
    frame["share"] = frame["left"] / frame["staff"].where(frame["staff"] > 0)
    closed = frame["unit"].isin(report.study.areas.pilot_units) & (
        frame["year"] == report.study.timeline.exposure_end.year
    )
    frame["line"] = ~frame["unit"].isin(report.study.areas.pilot_units)
    released = release(
        frame.loc[~closed, ["unit", "year", "line", "people", "left", "share"]],
        rule=report.rule,
        counts=("people", "left"),
        values={"share": ("people", "left")},
        keys=("year",),
        margins=(("year", "line"),),  # the line's units together are in the figure
    )
    columns = {
        "unit": Column("Enhet"),
        "year": Column("År", "number", 0),
        "people": Column("Handläggare i snitt", "count"),
        "left": Column("Slutade", "count"),
        "share": Column("Andel som slutade", "percent", 0),
    }
    years = {year: str(year) for year in released.frame["year"]}
    note = (
        f"Samma månader varje år som {report.period.label}. Pilotens enhet visas inte för det år "
        "då den avslutades."
    )
    caption = "Handläggare i varje enhet och hur många som slutade"
    names = {one.code: one.name for one in report.study.labels.units}
    units = {unit: names.get(unit, unit) for unit in released.frame["unit"]}
    shown = released.named("year", years).named("unit", units)
    columns["year"] = Column("År")
    table = tables.html(shown, columns, caption, note=note, counted="handläggare")
    return fragments.table(table)


def turnover_figure(report: Report) -> Fragment:
    """Return the share of the line's caseworkers who left in the last twelve months, by month."""
    staffing = _staffing(report)
    if staffing.empty:
        return Fragment("", "")
    line = staffing[~staffing["unit_id"].isin(report.study.areas.pilot_units)]
    monthly = line.groupby("month")[["staff", "left"]].sum()
    rolling = monthly.rolling(YEAR_MONTHS).agg({"staff": "mean", "left": "sum"}).dropna()
    if rolling.empty:
        return Fragment("", "")
    frame = rolling.reset_index().assign(people=lambda rows: rows["staff"].round())
    frame["share"] = frame["left"] / frame["staff"]
    released = release(
        frame[["month", "people", "left", "share"]],
        rule=report.rule,
        counts=("people", "left"),
        values={"share": ("people", "left")},
    )
    axis = Axis("Andel som slutat på tolv månader")
    events = [event for event in report.study.events if event.date <= report.period.cutoff]
    drawing = plots.turnover(released, axis=axis, events=events)
    caption = f"{_turnover_message(report, line)} De tunna strecken är händelser på tidslinjen."
    yearly = released.frame["month"].dt.month == report.period.end.month
    rows = released.frame.loc[yearly, ["month", "share"]].assign(
        month=lambda kept: kept["month"].dt.year.astype(str),
        share=lambda kept: [percent(float(x)) for x in kept["share"]],
    )
    columns = {"month": Column("Tolv månader till och med periodens sista månad"),
               "share": Column("Andel som slutat")}  # fmt: skip
    table = behind(rows, columns, "andel som slutat, en gång om året")
    return in_frame(drawing, "personalomsattning", caption, table)


def turnover_in_handovers(report: Report) -> Fragment:
    """Return what staff turnover means for handovers, and the line with the reference year's."""
    lines = [line for line in (_rate_of_handovers(report), _as_reference(report)) if line]
    if not lines:
        return Fragment("", "")
    return fragments.join(*(fragments.paragraph(line) for line in lines))


def _chain(report: Report) -> pd.DataFrame:
    """Return one row per phase and arm, with mean days and handovers per 100 matters."""
    days = report.evidence.in_period("phase_days")
    reached = days.groupby([days["level"], days["treated"].map(ARMS)])[["n", "total"]].sum()
    moved = report.evidence.in_period("handovers_in_chain")
    moved = moved.join(phase_of(moved["level"])).assign(arm=moved["treated"].map(ARMS))
    counts = moved.groupby(["phase", "arm", "border"])["n"].sum()
    rows = []
    for code, phase in PHASES.items():
        for arm in ARMS.values():
            if (code, arm) not in reached.index:
                continue
            n, total = reached.loc[(code, arm)]
            sides = (float(counts.get((code, arm, side), 0.0)) for side in (False, True))
            rows.append((code, phase, arm, n, total / n, *sides))
    frame = pd.DataFrame(
        rows, columns=["code", "phase", "arm", "n", "days", "n_within", "n_border"]
    )
    for side in ("within", "border"):
        of = coarse(frame["n"], report.rule)
        frame[side] = 100 * coarse(frame[f"n_{side}"], report.rule) / of.where(of > 0)
    return frame


def _released_chain(report: Report) -> Released:
    frame, place = _chain(report), f"chain/{report.period.year}/{{arm}}/{{code}}"
    return release(
        frame,
        rule=report.rule,
        counts=("n", "n_within", "n_border"),
        values={"days": ("n",), "within": ("n", "n_within"), "border": ("n", "n_border")},
        withheld={
            column: hidden_rows(report.evidence, f"{place}/{part}", frame)
            for column, part in (("n", "n"), ("n_within", "within"), ("n_border", "border"))
        },
    )


def message(report: Report) -> str:
    """Return where the caseworker changed less often in the pilot, and where more often."""
    return said_of_chain(_released_chain(report), report) if is_told(report, "phase_days") else ""


def said_of_chain(released: Released, report: Report) -> str:
    """Return where on the way the pilot had fewer and more changes than the line, as sentences."""
    way, during = (_side_by_side(released, side) for side in ("border", "within"))
    gains = [
        f"på väg in i {str(phase).lower()} ({number(row['pilot'])} mot {number(row['line'])})"
        for phase, row in _most(way, way["line"] - way["pilot"]).iterrows()
    ]
    losses = [
        f"under {INTO[str(phase)]} ({number(row['pilot'])} mot {number(row['line'])})"
        for phase, row in _most(during, during["pilot"] - during["line"]).iterrows()
    ]
    text = "Byten av handläggare per 100 ärenden, pilotområdet mot linjens områden: "
    parts = [f"färre {listing(gains)}"] if gains else []
    parts += [f"fler {listing(losses)}"] if losses else []
    if not parts:
        return "Kedjans steg i båda grupperna."
    followed = min(report.period.end + FOLLOWED, report.period.cutoff)
    ended = losses and followed > report.study.timeline.exposure_end
    why = " En del av dem kan bero på att piloten avslutades." if ended else ""
    return f"{text}{', men '.join(parts)}.{why}"


def _side_by_side(released: Released, side: str) -> pd.DataFrame:
    wide = released.frame.pivot(index="phase", columns="arm", values=side)
    return wide.reindex(columns=list(ARMS.values())).dropna().astype(float)


def _most(wide: pd.DataFrame, difference: pd.Series) -> pd.DataFrame:
    """Return the phases that make most of a difference, the largest first."""
    large = difference[(difference >= LEAST) & (difference >= difference.max() / 2)]
    return wide.loc[large.sort_values(ascending=False).index]


def _skipped(released: Released) -> str:
    """Return a sentence, after a space, where more matters reach a phase than the one before."""
    wide = released.frame.pivot(index="phase", columns="arm", values="n")
    wide = wide.reindex([phase for phase in PHASES.values() if phase in wide.index])
    for before, after in pairwise(wide.index):
        if (wide.loc[after] > wide.loc[before]).fillna(False).any():
            return (
                f" Alla ärenden går inte genom {before.lower()} före {after.lower()}, därför är "
                f"de fler i {after.lower()}."
            )
    return ""


def _staffing(report: Report) -> pd.DataFrame:
    """Return the staffing up to the period's end, its months as dates."""
    staffing = report.cells.registers.get("staffing", pd.DataFrame())
    if staffing.empty:
        return staffing
    months = pd.to_datetime(staffing["month"])
    known = staffing.assign(month=months)[months <= pd.Timestamp(report.period.end)]
    return known.sort_values(["unit_id", "month"]).reset_index(drop=True)


def _turnover_message(report: Report, line: pd.DataFrame) -> str:
    now, reference = report.period.year, report.study.timeline.reference_year
    before, after = (_turnover(report, line, year) for year in (reference, now))
    if now == reference or before is None or after is None:
        return "Hur stor andel av linjens handläggare som slutar."
    return (
        f"I linjen slutade {percent(after)} av handläggarna {report.period.label} och "
        f"{percent(before)} under samma månader {reference}."
    )


def _turnover(report: Report, line: pd.DataFrame, year: int) -> float | None:
    """Return the share of the line's caseworkers who left in the period's months of a year."""
    inside = (line["month"].dt.year == year) & line["month"].dt.month.isin(report.period.months)
    chosen = line[inside]
    left = float(chosen["left"].sum())
    if chosen.empty or left < report.rule.threshold:
        return None
    return left / float(chosen.groupby("month")["staff"].sum().mean())


def _causes(report: Report) -> pd.DataFrame:
    """Return the handovers of the period by cause and arm, with what other tables keep back."""
    cells = report.evidence.in_period("handovers")
    causes = cells["level"].map(CAUSES)
    counts = cells.groupby([causes, cells["treated"].map(ARMS)])["n"].sum()
    rows = [(cause, arm, float(counts.get((cause, arm), 0.0)))
            for cause in map(CAUSES.get, LEFT) for arm in ARMS.values()]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["cause", "arm", "n"])
    gone = hidden_rows(report.evidence, "handovers/{arm}/{cause}", frame)
    few = frame["n"] < report.rule.threshold
    return frame.assign(hidden=few | pd.Series(gone))


def _rate_of_handovers(report: Report) -> str:
    """Return how often a handover came of a caseworker who left or was away, by arm."""
    causes = _causes(report)
    months = report.evidence.in_period("child_months").groupby("treated")["n"].sum()
    parts = []
    places = [f"left/{report.period.year}/{arm}" for arm in ARMS.values()]
    gone = dict(zip(ARMS.values(), hidden_places(report.evidence, places), strict=True))
    for treated, arm in ARMS.items():
        own = causes[causes["arm"] == arm]
        if own["hidden"].any() or gone[arm]:
            continue
        where = arm_names(report)[arm]
        rate = 100 * coarse(float(own["n"].sum()), report.rule) / float(months[treated])
        parts.append(f"{number(rate, 1)} i {where.lower()}")
    if not parts:
        return ""
    return (
        f"Byten för att handläggaren slutat eller var borta, per 100 månader som barn hade ärende "
        f"{report.period.label}: {listing(parts)}."
    )


def _as_reference(report: Report) -> str:
    """Return the line's rate of such handovers had as many left as in the reference year."""
    staffing, causes = _staffing(report), _causes(report)
    now, reference = report.period.year, report.study.timeline.reference_year
    own = causes[(causes["arm"] == "line") & (causes["cause"] == CAUSES["slutat"])]
    if staffing.empty or own["hidden"].any() or now == reference:
        return ""
    line = staffing[~staffing["unit_id"].isin(report.study.areas.pilot_units)]
    before, after = (_turnover(report, line, year) for year in (reference, now))
    if before is None or after is None:
        return ""
    cells = report.evidence.in_period("child_months")
    months = float(cells.loc[~cells["treated"], "n"].sum())
    rate = 100 * coarse(float(own["n"].sum()), report.rule) / months
    return (
        f"Hade lika stor andel slutat i linjen som {reference} hade barnen där bytt handläggare "
        f"ungefär {number(rate * before / after, 1)} gånger per 100 månader av det skälet, i "
        f"stället för {number(rate, 1)}. Beräkningen antar att bytena följer personalomsättningen."
    )
