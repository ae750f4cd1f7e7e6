"""The staff survey: what unit means allow one to say, and what several rounds do not."""

from datetime import date

import pandas as pd

from evalkit.chapters.figures import behind, lower_first
from evalkit.chapters.opening import Report
from evalkit.chapters.sources import framed, published
from evalkit.estimation import survey
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.links import link
from evalkit.reporting.numbers import listing, month, number, percent
from evalkit.reporting.tables import Column

# Pairs of items and what the gap between them tells; the items stand in the contract.
GAPS = {
    (2, 3): "Tycker att det är viktigt att följa individen, minus har möjlighet till det",
    (5, 7): "Förstår varför, minus vet vad det innebär i den egna rollen",
    (6, 8): "Vill bidra, minus har förutsättningar",
}
UNDERSTANDS_WHY = 5
SURVEY = "enkat-tabell"
HALF = 0.5
NO_SURVEY = (
    "Underlag saknas: ingen medarbetarenkät var gjord när rapportens uppgifter togs ut, eller så "
    "svarade för få i varje enhet."
)


def survey_figure(report: Report) -> Fragment:
    """Return each item's mean per unit in the latest round."""
    frame = _means(report).assign(restored=lambda rows: rows["restored"] == "ja")
    if frame.empty:
        return fragments.callout("varning", NO_SURVEY)
    shown = frame[["text", "unit", "mean", "restored"]].rename(columns={"text": "item"})
    released = published(shown, "mean")
    when = month(frame["round"].max())
    caption = f"{_will_and_means(frame)} Medelvärden per enhet, {when}."
    means = fragments.told_in(link(SURVEY, "medelvärden"))
    return framed(plots.survey_dots(released), "enkat", caption, means)


def survey_table(report: Report) -> Fragment:
    """Return the unit means as a table, the restored ones marked."""
    means = _means(report)
    if means.empty:
        return Fragment("", "")
    marked = means.assign(
        shown=[
            number(mean, 1) + ("*" if restored == "ja" else "")
            for mean, restored in zip(means["mean"], means["restored"], strict=True)
        ]
    )
    wide = marked.pivot(index="text", columns="unit", values="shown")
    wide = wide.reindex(means["text"].unique()).reset_index()
    columns = {"text": Column("Påstående")} | {unit: Column(unit) for unit in wide.columns[1:]}
    note = (
        "* Decimaltecknet saknas i källan och har återställts; skalan 1–7 medger bara en tolkning. "
        "Antal svarande och spridning är inte redovisade."
    )
    caption = "Medelvärden på skalan 1–7"
    return fragments.table(tables.html(wide, columns, caption, note=note, name=SURVEY))


def survey_gaps_table(report: Report) -> Fragment:
    """Return the gaps between wanting and being able to, with the reach of rounding."""
    means = _means(report)
    if means.empty:
        return Fragment("", "")
    units = sorted(means["unit"].unique())
    rows = []
    for (item, other), label in GAPS.items():
        gaps = survey.gaps(means, item, other).set_index("unit")
        rows.append({"label": label} | {unit: number(gaps.loc[unit, "gap"], 1) for unit in units})
    columns = {"label": Column("Skillnad")} | {unit: Column(unit) for unit in units}
    note = "Medelvärdena är avrundade, så varje skillnad kan vara upp till 0,1 större eller mindre."
    frame = pd.DataFrame(rows)
    return fragments.table(tables.html(frame, columns, "Skillnader mellan påståenden", note=note))


def survey_bounds_figure(report: Report) -> Fragment:
    """Return between which limits the share answering 5 or more must lie, for one item."""
    means = _means(report)
    if means.empty:
        return Fragment("", "")
    item = means[means["item"] == UNDERSTANDS_WHY]
    bounds = [survey.share_bounds(mean) for mean in item["mean"]]
    frame = pd.DataFrame(
        {"unit": item["unit"], "low": [b.low for b in bounds], "high": [b.high for b in bounds]}
    )
    released = published(frame, "low", "high")
    sure = frame.loc[frame["low"] > HALF, "unit"].tolist()
    unsure = frame.loc[frame["low"] <= HALF, "unit"].tolist()
    caption = f"Att mer än hälften förstår varför följer av medelvärdet i {listing(sure)}"
    caption += f", men inte i {listing(unsure)}." if unsure else "."
    drawing = plots.share_bounds(released, what="Andel som svarat 5 eller mer: förstår varför")
    columns = {
        "unit": Column("Enhet"),
        "low": Column("Minst", "percent", 0),
        "high": Column("Högst", "percent", 0),
    }
    return framed(drawing, "granser", caption, behind(released, columns, "förstår varför"))


def survey_rounds_figure(report: Report) -> Fragment:
    """Return the means of successive rounds, and why their difference is no change of attitude."""
    means = _every_round(report)
    if means.empty or means["round"].nunique() < 2:
        return Fragment("", "")
    frame = means.assign(when=[month(day) for day in means["round"]], item=means["text"])
    released = published(frame[["item", "unit", "when", "mean"]], "mean")
    rounds = sorted(means["round"].unique())
    caption = f"Medelvärden i {listing([month(day) for day in rounds])}."
    columns = {
        "item": Column("Påstående"),
        "unit": Column("Enhet"),
        "when": Column("Omgång"),
        "mean": Column("Medelvärde", "number", 1),
    }
    numbers = behind(released, columns, "medelvärden i varje omgång")
    figure = framed(plots.survey_rounds(released), "enkatomgangar", caption, numbers)
    return fragments.join(fragments.paragraph(_not_attitude(report, rounds)), figure)


def message(report: Report) -> str:
    """Return what the latest round says of will and means, as a sentence; "" without a round."""
    means = _means(report)
    return "" if means.empty else f"Medarbetarenkäten: {lower_first(_will_and_means(means))}"


def _will_and_means(means: pd.DataFrame) -> str:
    """Return whether every gap between will and means is clear of rounding, as a sentence."""
    lows = [survey.gaps(means, *pair)["low"].min() for pair in GAPS]
    if min(lows) > 0:
        return "I alla enheter är viljan större än möjligheterna."
    return "Viljan och möjligheterna skiljer sig mellan enheterna."


def _every_round(report: Report) -> pd.DataFrame:
    """Return the rounds that were known at the cut-off, without units where few answered."""
    answers = report.cells.survey
    if answers.empty:
        return answers
    answers = answers.assign(
        round=pd.to_datetime(answers["round"]),
        n=answers["n"].astype(float),
        sd=answers["sd"].astype(float),
    )
    known = answers["round"] <= pd.Timestamp(report.period.cutoff)
    few = answers["n"].between(1, report.rule.threshold - 1)
    return answers[known & ~few].sort_values(["round", "item", "unit"]).reset_index(drop=True)


def _means(report: Report) -> pd.DataFrame:
    """Return the means of the latest round."""
    every = _every_round(report)
    return every[every["round"] == every["round"].max()].reset_index(drop=True)


def _not_attitude(report: Report, rounds: list[pd.Timestamp]) -> str:
    """Return why the rounds' difference is not a change of attitude, with the staff who left."""
    first, last = rounds[0], rounds[-1]
    share = staff_left(report, first, last)
    if share is None:
        return (
            "Hur många medarbetare som byttes ut mellan omgångarna går inte att visa. Skillnaden "
            "kan därför inte läsas som att någon har ändrat uppfattning."
        )
    return (
        f"Mellan {month(first)} och {month(last)} motsvarade de som slutade {percent(share)} av "
        "linjens handläggare. Skillnaden mellan omgångarna är delvis att andra svarar. Den är "
        "inte ett mått på att någon har ändrat uppfattning."
    )


def staff_left(report: Report, start: date, end: date) -> float | None:
    """Return those who left the line from a month up to another, as a share of its caseworkers.

    None when the staffing of every month there is not delivered, or too few left to be told.
    """
    staffing = report.cells.registers.get("staffing", pd.DataFrame())
    if staffing.empty:
        return None
    months = pd.to_datetime(staffing["month"])
    line = ~staffing["unit_id"].isin(report.study.areas.pilot_units)
    within = staffing[line & (months >= pd.Timestamp(start)) & (months < pd.Timestamp(end))]
    monthly = within.groupby("month")[["staff", "left"]].sum()
    whole = len(monthly) == len(pd.date_range(start, end, freq="MS", inclusive="left"))
    left, staff = monthly["left"].sum(), monthly["staff"].mean()
    few = left < report.rule.threshold or staff - left < report.rule.threshold
    return None if not whole or few else float(left / staff)
