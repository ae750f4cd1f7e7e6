"""What the published reports hold: the staff survey of 2021 and the grant's accounts."""

from math import isnan

import pandas as pd
from markupsafe import Markup

from evalkit.chapters.opening import Report
from evalkit.estimation import economy, survey
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, number
from evalkit.reporting.plots import Drawing
from evalkit.reporting.tables import Column

# Pairs of items and what the gap between them tells; the items stand in the contract.
GAPS = {
    (2, 3): "Tycker att det är viktigt att följa individen, minus har möjlighet till det",
    (5, 7): "Förstår varför, minus vet vad det innebär i den egna rollen",
    (6, 8): "Vill bidra, minus har förutsättningar",
}
UNDERSTANDS_WHY = 5
HALF = 0.5
REAL = " Verkliga uppgifter ur förvaltningens redovisningar."


def survey_figure(report: Report) -> Fragment:
    """Return each item's mean per unit."""
    frame = _means(report).assign(restored=lambda rows: rows["restored"] == "ja")
    shown = frame[["text", "unit", "mean", "restored"]].rename(columns={"text": "item"})
    released = _published(shown, "mean")
    caption = f"{_will_and_means(frame)} Medelvärden per enhet, mars 2021."
    return _framed(plots.survey_dots(released), "enkat", caption)


def survey_table(report: Report) -> Fragment:
    """Return the unit means as a table, the restored ones marked."""
    means = _means(report)
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
    return fragments.table(tables.html(wide, columns, "Medelvärden på skalan 1–7", note=note))


def survey_gaps_table(report: Report) -> Fragment:
    """Return the gaps between wanting and being able to, with the reach of rounding."""
    means = _means(report)
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
    item = means[means["item"] == UNDERSTANDS_WHY]
    bounds = [survey.share_bounds(mean) for mean in item["mean"]]
    frame = pd.DataFrame(
        {"unit": item["unit"], "low": [b.low for b in bounds], "high": [b.high for b in bounds]}
    )
    released = _published(frame, "low", "high")
    sure = frame.loc[frame["low"] > HALF, "unit"].tolist()
    unsure = frame.loc[frame["low"] <= HALF, "unit"].tolist()
    caption = f"Att mer än hälften förstår varför följer av medelvärdet i {listing(sure)}"
    caption += f", men inte i {listing(unsure)}." if unsure else "."
    drawing = plots.share_bounds(released, what="Andel som svarat 5 eller mer: förstår varför")
    return _framed(drawing, "granser", caption)


def economy_figure(report: Report) -> Fragment:
    """Return the accounts entry by entry, the missing ones hatched."""
    if _finance(report).empty:
        return fragments.callout("varning", "Underlag saknas: inga räkenskaper för året finns.")
    kept = _finance(report)[["year", "side", "entry", "amount", "status"]]
    sums = kept["entry"].isin(economy.SUMS.values())
    frame = kept[~sums].assign(entry=kept["entry"].str.capitalize())
    released = _published(frame, "year", "amount")
    caption = "Intäkter och kostnader för processledningen, kronor."
    return _framed(plots.finance(released), "ekonomi", caption)


def economy_table(report: Report) -> Fragment:
    """Return the accounts as reported, the missing amounts shown as missing."""
    finance = _finance(report)
    if finance.empty:
        return Fragment("", "")
    frame = finance.assign(
        year=finance["year"].astype(str),
        entry=finance["entry"].str.capitalize(),
        side=finance["side"].str.capitalize(),
        amount=finance["amount"].astype(float),
    )
    columns = {
        "year": Column("År"),
        "side": Column("Slag"),
        "entry": Column("Post"),
        "amount": Column("Kronor", "number", 0),
        "status": Column("Uppgiften är"),
    }
    return fragments.table(tables.html(frame, columns, "Räkenskaper enligt redovisningarna"))


def economy_checks(report: Report) -> Fragment:
    """Return whether the sums add up and what the balance is, year by year."""
    lines = [line for year in economy.accounts(_finance(report)) for line in _checked(year)]
    if not lines:
        return fragments.paragraph("Det finns inga räkenskaper att pröva för perioden.")
    items = Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
    return fragments.callout("fakta", Markup("<ul>{}</ul>").format(items))


def _checked(accounts: economy.Accounts) -> list[str]:
    year, income, costs = accounts.year, accounts.income, accounts.costs
    lines = []
    if not isnan(accounts.balance):
        lines.append(
            f"{year}: intäkter {_kronor(income.total)} minus kostnader {_kronor(costs.total)} ger "
            f"{_kronor(accounts.balance)}. Skillnaden förklaras inte i redovisningen."
        )
    else:
        lines.append(
            f"{year}: kostnaderna är ofullständiga. På de poster som redovisats blir skillnaden "
            f"{_kronor(accounts.balance_on_reported)}, men det är inte årets resultat."
        )
    for name, side in (("intäkter", income), ("kostnader", costs)):
        if side.missing:
            entries = listing([f"”{entry}”" for entry in side.missing])
            lines.append(f"{year}: bland {name} är {entries} inte ifyllda i redovisningen.")
        if not isnan(side.difference):
            same = "stämmer med posterna" if side.difference == 0 else "stämmer inte med posterna"
            lines.append(f"{year}: summan av {name} {same}.")
    return lines


def _kronor(amount: float) -> str:
    return f"{number(amount)} kronor"


def _will_and_means(means: pd.DataFrame) -> str:
    """Return whether every gap between will and means is clear of rounding, as a sentence."""
    lows = [survey.gaps(means, *pair)["low"].min() for pair in GAPS]
    if min(lows) > 0:
        return "I alla enheter är viljan större än möjligheterna."
    return "Viljan och möjligheterna skiljer sig mellan enheterna."


def _finance(report: Report) -> pd.DataFrame:
    """Return the accounts up to the period's year: later ones had not been closed."""
    finance = report.cells.finance
    return finance[finance["year"] <= report.period.year].reset_index(drop=True)


def _means(report: Report) -> pd.DataFrame:
    """Return the latest round that was known at the cut-off."""
    means = report.cells.survey
    days = pd.to_datetime(means["round"])
    latest = days == days[days <= pd.Timestamp(report.period.cutoff)].max()
    return means[latest].sort_values(["item", "unit"]).reset_index(drop=True)


def _published(frame: pd.DataFrame, *numbers: str) -> Released:
    """Release figures that an authority has published and that count no child."""
    return release(frame.reset_index(drop=True), threshold=1, keys=numbers)


def _framed(drawing: Drawing, name: str, caption: str) -> Fragment:
    return fragments.figure(drawing.svg, name=name, alt=drawing.alt, caption=caption + REAL)
