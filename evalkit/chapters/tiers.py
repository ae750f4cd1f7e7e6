"""The four levels: how often they are set, how they are spread, and moves between them."""

import pandas as pd

from evalkit.chapters.codes import ARMS, NOT_SET, TIERS
from evalkit.chapters.described import direction
from evalkit.chapters.figures import arm_names, in_frame
from evalkit.chapters.opening import Report
from evalkit.chapters.withheld import hidden_rows
from evalkit.framework import load_tiers
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, release
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, percent
from evalkit.reporting.tables import Column

LEVELS = {code: "Ej satt" if code == NOT_SET else f"Nivå {code}" for code in TIERS}
DIRECTIONS = {"up": "Högre nivå", "same": "Samma nivå", "down": "Lägre nivå"}
NOT_DESCRIBED = "Inte beskriven i underlaget"
NONE_DESCRIBED = (
    "Ingen av nivåernas kriterier är beskriven i underlaget. Vad en nivå betyder går därför inte "
    "att säga."
)
NO_LEVELS = (
    "Underlag saknas: ingen nivå är registrerad. Det som behövs är nivå 1–4 för varje utredning, i "
    "utdraget utredning."
)
NO_MOVES = (
    "Underlag saknas: inget barn som utreddes i perioden har en nivå både den gången och gången "
    "innan."
)


def criteria_table(report: Report) -> Fragment:
    """Return what the levels mean, as far as the study's configuration says."""
    tiers = load_tiers(report.study)
    if not tiers:
        return fragments.callout(
            "varning",
            "Underlag saknas: nivåernas kriterier. Det som behövs är en benämning och en "
            "beskrivning av varje nivå, i params/tiers.yaml.",
        )
    if not any(tier.description for tier in tiers):
        return fragments.callout("varning", NONE_DESCRIBED)
    rows = [(tier.label, tier.description or NOT_DESCRIBED) for tier in tiers]
    columns = {"label": Column("Nivå"), "description": Column("Kriterier")}
    frame = pd.DataFrame(rows, columns=list(columns))
    return fragments.table(tables.html(frame, columns, "Vad nivåerna betyder"))


def tiers_figure(report: Report) -> Fragment:
    """Return how the levels were spread by year and arm, those not set first."""
    cells = report.evidence.of("tiers")
    if cells["level"].isin([NOT_SET]).all():
        return fragments.callout("varning", NO_LEVELS)
    released = _spread(cells, report)
    drawing = plots.tiers(
        released.named("level", LEVELS), order=tuple(LEVELS.values()), labels=report.study.labels
    )
    months = "" if report.period.whole_year else " Samma månader varje år."
    caption = (
        "Hur nivåerna fördelade sig bland utredningarna, efter året då de inleddes. När nivån "
        f"sätts olika ofta går fördelningen inte att jämföra mellan grupperna.{months}"
    )
    return in_frame(drawing, "nivaer", caption, _table(released, report))


def moves_table(report: Report) -> Fragment:
    """Return how many went up, stayed and went down since their last investigation, by arm."""
    cells = report.evidence.in_period("tier_moves")
    if cells.empty:
        return fragments.callout("varning", NO_MOVES)
    sums = cells.groupby([cells["level"].map(direction), cells["treated"].map(ARMS)])["n"].sum()
    rows = [(arm, way, float(sums.get((way, arm), 0.0)))
            for way in DIRECTIONS for arm in ARMS.values()]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["arm", "way", "n"])
    frame["all"] = frame.groupby("arm")["n"].transform("sum")
    place = f"moves/{report.period.year}/{{arm}}/{{way}}"
    released = release(
        frame,
        rule=report.rule,
        parts={"n": "all"},
        shares={"share": ("n", "all")},
        margins=(("arm",),),
        withheld={"n": hidden_rows(report.evidence, place, frame)},
    )
    texts = [HIDDEN if hide else f"{percent(float(share))} ({n:.0f})" if pd.notna(share) else "–"
             for hide, share, n in zip(released.hidden["share"], released.frame["share"],
                                       released.frame["n"], strict=True)]  # fmt: skip
    shown = released.frame[["arm", "way"]].assign(text=texts)
    wide = shown.pivot(index="way", columns="arm", values="text").reindex(list(DIRECTIONS))
    wide = wide.reset_index().assign(way=list(DIRECTIONS.values()))
    columns = {"way": Column("Jämfört med förra utredningen")} | {
        arm: Column(name) for arm, name in arm_names(report).items()
    }
    note = (
        "Andel och antal utredningar av barn som utretts förut och fått en nivå båda gångerna. I "
        "linjen sätts nivån mer sällan, så barnen i de två kolumnerna är olika utvalda. Den som "
        "hade högsta nivån kan bara gå nedåt: rörelserna visar inte om stödet hjälpte. (..) "
        "betyder att uppgiften är skyddad."
    )
    caption = f"Hur nivån ändrades från en utredning till nästa, {report.period.label}"
    return fragments.table(tables.html(wide, columns, caption, note=note))


def _spread(cells: pd.DataFrame, report: Report) -> Released:
    """Return the share of the investigations at each level, by year and arm."""
    sums = cells.groupby(["year", cells["treated"].map(ARMS).rename("arm"), "level"])["n"].sum()
    wide = sums.unstack(fill_value=0.0).reindex(columns=list(LEVELS), fill_value=0.0)
    frame = wide.melt(ignore_index=False, var_name="level", value_name="n").reset_index()
    frame["all"] = frame.groupby(["year", "arm"])["n"].transform("sum")
    frame = frame.sort_values(["year", "arm"], ascending=[True, False], kind="stable")
    return release(
        frame,
        rule=report.rule,
        parts={"n": "all"},
        shares={"share": ("n", "all")},
        keys=("year",),
        margins=(("year", "arm"),),  # the shares of a bar add up to all
        withheld={"n": hidden_rows(report.evidence, "tiers/{year}/{arm}/{level}", frame)},
    )


def _table(released: Released, report: Report) -> str:
    """Return the numbers behind the figure: a row for each year and arm, a column a level."""
    texts = [HIDDEN if hide else percent(float(share))
             for hide, share in zip(released.hidden["share"], released.frame["share"],
                                    strict=True)]  # fmt: skip
    long = released.frame[["year", "arm", "level"]].assign(text=texts)
    wide = long.pivot_table(
        index=["year", "arm"], columns="level", values="text", aggfunc="first", sort=False
    )
    frame = wide.reindex(columns=list(LEVELS)).reset_index()
    names = arm_names(report)
    frame["who"] = [f"{year}, {names[arm].lower()}"
                    for year, arm in zip(frame["year"], frame["arm"], strict=True)]  # fmt: skip
    columns = {"who": Column("År och grupp")} | {
        code: Column(name) for code, name in LEVELS.items()
    }
    note = "(..) betyder att uppgiften är skyddad."
    return tables.html(frame, columns, "Siffrorna bakom figuren", note=note)


def message(report: Report) -> str:
    """Return how often a level was set now and before the pilot, and whether it tells anything."""
    cells = report.evidence.of("tiers")
    if cells["level"].isin([NOT_SET]).all():
        return ""
    rows = _spread(cells, report).frame
    unset = rows[rows["level"] == NOT_SET].set_index(["year", "arm"])["share"]
    parts = [
        _set_in(report, unset, report.period.year, f"Av utredningarna {report.period.label} fick"),
        _set_in(
            report,
            unset,
            report.study.timeline.reference_year,
            "Redan före piloten, {}, fick",
        ),
    ]
    parts = [part for part in parts if part]
    if not parts:
        return ""
    if len(parts) > 1:
        parts.append("Om det är samma indelning som pilotens är inte känt.")
    if not any(tier.description for tier in load_tiers(report.study)):
        parts.append(
            "Vad nivåerna betyder är inte beskrivet, så det går inte att säga om barnen fick stöd "
            "på rätt nivå."
        )
    return " ".join(parts)


def _set_in(report: Report, unset: pd.Series, year: int, start: str) -> str:
    """Return in how many of a year's investigations the level was set, if shown for both arms."""
    names = arm_names(report)
    found = {arm: unset.get((year, arm)) for arm in names}
    if any(pd.isna(share) for share in found.values()):
        return ""
    shares = listing([f"{percent(1 - float(share))} i {names[arm].lower()}"
                      for arm, share in found.items()])  # fmt: skip
    return f"{start.format(year)} {shares} en nivå."
