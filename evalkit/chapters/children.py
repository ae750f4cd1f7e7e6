"""Who is in the study and what the data are worth: volumes, balance, flow, gaps, maturity."""

from typing import Any

import pandas as pd

from evalkit import evaluation
from evalkit.chapters.codes import ARMS, OUTSIDE, SEXES
from evalkit.chapters.delivered import lacking, resting_on
from evalkit.chapters.figures import behind, in_frame
from evalkit.chapters.opening import Report
from evalkit.chapters.withheld import hidden_places, hidden_rows
from evalkit.estimation.balance import ADJUSTABLE, SATISFIED, balance
from evalkit.evaluation import WAITING
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, coarse, release, release_flow
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import number
from evalkit.reporting.tables import Column

COVARIATES = {
    "sex": "Kön", "age_group": "Ålder", "kind": "Typ", "reporter": "Anmälare", "reason": "Orsak",
}  # fmt: skip
# Codes that are too many for a figure are shown in groups.
GROUPS = {
    "skola": "skola och förskola", "förskola": "skola och förskola",
    "barnet": "familjen själv", "vårdnadshavare": "familjen själv",
    "privatperson": "privatpersoner", "anonym": "privatpersoner",
    "polis": "polis", "hälso- och sjukvård": "hälso- och sjukvård",
    "socialtjänst": "socialtjänst och övriga",
    "våld i nära relation": "våld eller heder", "våld mot barn": "våld eller heder",
    "heder": "våld eller heder",
    "omsorgssvikt": "föräldrarnas situation", "förälders missbruk": "föräldrarnas situation",
    "förälders psykiska ohälsa": "föräldrarnas situation", "konflikt": "föräldrarnas situation",
    "barnets beteende": "barnets situation", "kriminalitet": "barnets situation",
    "missbruk": "barnets situation", "skolfrånvaro": "barnets situation",
    "psykisk ohälsa": "barnets situation",
    "annan": "socialtjänst och övriga",
    "information på annat sätt": "annat", "yttrande": "annat",
}  # fmt: skip
FLOW = {
    "area": "Folkbokförda utanför studiens områden när ärendet kom in",
    "age": "Utanför åldern {low}–{high} år",
    "attached": "Påförda en utredning som redan pågick",
}
MISSING = {
    "lead_caseworker": "Huvudhandläggare saknas",
    "screening_decision": "Beslutsdatum efter förhandsbedömning saknas",
    "handover_cause": "Orsak till byte av handläggare är okänd",
    "offer_answer": "Svar på första erbjudandet saknas",
}


@resting_on("background:sex")
def volume_table(report: Report) -> Fragment:
    """Return how many matters there were per year in each arm, girls and boys apart."""
    cells = report.evidence.of("background:sex")
    cells = cells.assign(arm=cells["treated"].map(ARMS))
    long = cells.groupby(["year", "arm", "level"])["n"].sum().unstack(fill_value=0.0)
    long = long.reindex(columns=list(SEXES), fill_value=0.0).stack().rename("n").reset_index()
    released = release(
        long,
        rule=report.rule,
        counts=("n",),
        keys=("year",),
        withheld={"n": hidden_rows(report.evidence, "volume/{year}/{arm}/{level}", long)},
    )
    count = Column("", "count")
    texts = [
        HIDDEN if hide else count.text(n)
        for n, hide in zip(released.frame["n"], released.hidden["n"], strict=True)
    ]
    named = released.frame.assign(text=texts, who=long["arm"] + "_" + long["level"])
    wide = named.pivot(index="year", columns="who", values="text").reset_index()
    labels = report.study.labels
    columns = {"year": Column("År")} | {
        f"{arm}_{sex}": Column(f"{place}: {name}")
        for arm, place in (("pilot", labels.treated), ("line", labels.comparison))
        for sex, name in (("flicka", "flickor"), ("pojke", "pojkar"))
    }
    months = "" if report.period.whole_year else " (samma månader varje år)"
    caption = f"Antal ärenden som ingår{months}"
    return fragments.table(tables.html(wide, columns, caption))


@resting_on("background:sex")
def balance_figure(report: Report) -> Fragment:
    """Return how the children of the arms differ, before the pilot and in the period."""
    before = _differences(report, report.study.timeline.pre_years)
    now = _differences(report, (report.period.year,))
    frame = before.add_suffix("_pre").join(now.add_suffix("_post"), how="inner").reset_index()
    frame = _without_mirrored(frame)
    sides = [f"{arm}_{time}" for arm in ("treated", "comparison") for time in ("pre", "post")]
    parts = {f"n_{side}": f"all_{side}" for side in sides}
    released = release(
        frame,
        rule=report.rule,
        parts=parts,
        values={
            "smd_pre": ("n_treated_pre", "n_comparison_pre"),
            "smd_post": ("n_treated_post", "n_comparison_post"),
        },
        withheld=_sexes_withheld(report, frame),
    )
    caption = f"{_apart(released.frame)} Mörkt band: under 0,05; ljust band: under 0,25."
    columns = {
        "covariate": Column("Egenskap"),
        "level": Column("Värde"),
        "smd_pre": Column("Åren före piloten", "number", 2),
        "smd_post": Column("Det redovisade året", "number", 2),
    }
    table = behind(released, columns, "standardiserade skillnader")
    return in_frame(plots.balance(released), "balans", caption, table)


@resting_on("flow")
def flow_figure(report: Report) -> Fragment:
    """Return the way from all referrals to those analysed, with the reasons for leaving out."""
    cells = report.evidence.in_period("flow")
    outside = float(cells.loc[cells["area"] == OUTSIDE, "n"].sum())
    inside = cells[cells["area"] != OUTSIDE]
    counts = inside.pivot_table(index="level", columns="treated", values="n", aggfunc="sum")
    counts = counts.reindex(index=["age", "attached", "included"], columns=[True, False])
    counts = counts.fillna(0.0)
    total, scope = counts.sum(), report.study.scope
    rows = [
        ("Ärenden från barn folkbokförda i studiens områden", *total, False),
        (FLOW["age"].format(low=scope.min_age, high=scope.max_age), *counts.loc["age"], True),
        (FLOW["attached"], *counts.loc["attached"], True),
        ("Ärenden som ingår i utvärderingen", *counts.loc["included"], False),
    ]
    frame = pd.DataFrame(rows, columns=["label", "pilot", "line", "excluded"])
    arms = tuple(ARMS.values())
    steps = ("total", "age", "attached", "included")
    withheld = {
        arm: hidden_places(report.evidence, [f"flow/{arm}/{step}" for step in steps])
        for arm in arms
    }
    released = release_flow(frame, rule=report.rule, counts=arms, withheld=withheld)
    caption = f"Ärenden {report.period.label}: från alla som kom in till dem som ingår."
    gone = release(
        pd.DataFrame({"label": [FLOW["area"]], "n": [outside]}),
        rule=report.rule,
        counts=("n",),
        withheld={"n": hidden_places(report.evidence, [f"flow/{OUTSIDE}/area"])},
    )
    labels = report.study.labels
    steps_columns = {
        "label": Column("Steg"),
        "pilot": Column(labels.treated, "count"),
        "line": Column(labels.comparison, "count"),
    }
    note = behind(released, steps_columns, report.period.label) + tables.html(
        gone, {"label": Column("Lämnas utanför"), "n": Column("Ärenden", "count")},
        "Ärenden utanför studiens områden",
    )  # fmt: skip
    return in_frame(plots.flow(released, labels=labels), "flode", caption, note)


@resting_on("missing")
def missing_table(report: Report) -> Fragment:
    """Return what the extracts leave blank or unknown, by arm."""
    cells = report.evidence.in_period("missing")
    sums = cells.groupby(["level", "treated"])[["n", "total"]].sum().unstack(fill_value=0.0)
    rows = []
    for field, label in MISSING.items():
        row: dict[str, Any] = {"label": label}
        for treated, arm in ARMS.items():
            for part in ("n", "total"):
                known = field in sums.index and (part, treated) in sums.columns
                row[f"{part}_{arm}"] = sums.loc[field, (part, treated)] if known else 0.0
        rows.append(row)
    frame = pd.DataFrame(rows)
    released = release(
        frame,
        rule=report.rule,
        # What nobody recorded says nothing of a child, so none missing need not be hidden.
        counts=[f"{part}_{arm}" for part in ("n", "total") for arm in ARMS.values()],
        shares={f"share_{arm}": (f"total_{arm}", f"n_{arm}") for arm in ARMS.values()},
        withheld={
            f"total_{arm}": hidden_places(
                report.evidence, [f"missing/{field}/{arm}" for field in MISSING]
            )
            for arm in ARMS.values()
        },
    )
    labels = report.study.labels
    columns = {
        "label": Column("Uppgift"),
        "share_pilot": Column(labels.treated, "percent"),
        "share_line": Column(labels.comparison, "percent"),
    }
    caption = f"Andel av uppgifterna som saknas, {report.period.label}"
    return fragments.table(tables.html(released, columns, caption))


def maturity_table(report: Report) -> Fragment:
    """Return how large a share can be followed to the end of each planned window."""
    outcome = next((o for o in report.study.outcomes if o.id in WAITING), None)
    if outcome is None:
        return lacking("inget mått i planen väntar på något, så här finns ingen mognad att visa.")
    rows = []
    for window in sorted(report.study.definitions.follow_up_windows):
        found = evaluation.follow_up(report.evidence, outcome, window)
        for treated, arm in found.items():
            rows.append(
                {"window": f"{window} dagar", "arm": _arm_name(report, treated), "n": arm.n,
                 "mature": arm.n_mature, "share": arm.share, "place": f"{window}/{ARMS[treated]}"}
            )  # fmt: skip
    released = _release_maturity(pd.DataFrame(rows), report)
    columns = {
        "window": Column("Uppföljningstid"),
        "arm": Column("Grupp"),
        "n": Column("Avslutade utredningar", "count"),
        "share": Column("Kan följas hela tiden", "percent"),
    }
    caption = f"Uppföljningens mognad, utredningar avslutade {report.period.label}"
    note = (
        "Så långt räcker uppgifterna i tid. Ett barn som flyttar eller fyller 18 år kan ändå inte "
        "följas hela tiden."
    )
    return fragments.table(tables.html(released, columns, caption, note=note))


def _apart(differences: pd.DataFrame) -> str:
    """Return how far apart the arms are in the period, and in what most, as a sentence."""
    sizes = differences.set_index(["covariate", "level"])["smd_post"].abs().dropna().astype(float)
    most, size = ": ".join(sizes.idxmax()), sizes.max()
    moved = _most_moved(differences)
    if size <= SATISFIED:
        return f"Barnen i pilotområdet och i linjens områden skiljer sig mycket lite åt.{moved}"
    degree = "något" if size <= ADJUSTABLE else "tydligt"
    return (
        f"Barnen i pilotområdet skiljer sig {degree} från dem i linjens områden, mest i "
        f"”{most}” ({number(size, 2)}).{moved}"
    )


def _most_moved(differences: pd.DataFrame) -> str:
    """Return what changed most between before the start and the period; empty if nothing known."""
    sides = differences.set_index(["covariate", "level"])[["smd_pre", "smd_post"]].astype(float)
    change = (sides["smd_post"] - sides["smd_pre"]).dropna()
    if change.empty:
        return ""
    most = change.abs().idxmax()
    before, now = (number(value, 2) for value in sides.loc[most])
    return f" Mest ändrades ”{': '.join(most)}”: från {before} åren före piloten till {now}."


def _sexes_withheld(report: Report, frame: pd.DataFrame) -> dict[str, list[bool]]:
    """Return which differences would tell of girls and boys what the volumes do not.

    Of the other covariates no table shows a count, and a difference is between two unknown shares.
    """
    is_sex = frame["covariate"].str.startswith(COVARIATES["sex"])
    years = {"pre": report.study.timeline.pre_years, "post": (report.period.year,)}
    withheld = {}
    for time, span in years.items():
        for side, arm in (("treated", "pilot"), ("comparison", "line")):
            places = [f"volume/{year}/{arm}/{sex}" for year in span for sex in SEXES]
            gone = any(hidden_places(report.evidence, places))
            withheld[f"n_{side}_{time}"] = [gone and bool(one) for one in is_sex]
    return withheld


def _release_maturity(frame: pd.DataFrame, report: Report) -> Released:
    """Maturity follows from dates of closing and the cut-off; all or none mature says nothing."""
    settled = frame["mature"].isin([0]) | (frame["mature"] == frame["n"])
    guarded = frame.assign(immature=frame["n"] - frame["mature"])
    guarded["share"] = guarded["share"].where(
        settled, coarse(frame["mature"], report.rule) / coarse(frame["n"], report.rule)
    )
    guarded.loc[settled, ["mature", "immature"]] = 0.0
    return release(
        guarded,
        rule=report.rule,
        counts=("n", "mature", "immature"),
        values={"share": ("n", "mature", "immature")},
        withheld={
            "n": hidden_rows(report.evidence, "maturity/{place}/n", frame),
            "mature": hidden_rows(report.evidence, "maturity/{place}/share", frame),
        },
    )


def _differences(report: Report, years: tuple[int, ...]) -> pd.DataFrame:
    """Return the standardised differences in background, one row per covariate and level."""
    parts = []
    for name, label in COVARIATES.items():
        cells = report.evidence.of(f"background:{name}")
        cells = cells[cells["year"].isin(years)]
        if name == "sex":  # those that the volumes show: a third share would tell how few they are
            cells = cells[cells["level"].isin(SEXES)]
        found = balance(cells.replace({"level": GROUPS}), ("level",))
        # Ages by number: 7–12 before 13–17.
        found = found.sort_values("level", key=lambda level: level.str.extract(r"^(\d+)")[0]
                                  .astype(float), kind="stable")  # fmt: skip
        parts.append(found.assign(covariate=label))
    frame = pd.concat(parts, ignore_index=True)
    whole = frame.groupby("covariate")
    frame["all_treated"] = whole["n_treated"].transform("sum")
    frame["all_comparison"] = whole["n_comparison"].transform("sum")
    kept = ["n_treated", "n_comparison", "all_treated", "all_comparison", "smd"]
    return frame.set_index(["covariate", "level"])[kept]


def _without_mirrored(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one of each covariate that has two levels: the other differs as much, turned round."""
    levels = frame.groupby("covariate")["level"]
    mirrored = (levels.transform("size") == 2) & (levels.cumcount() == 1)
    return frame[~mirrored].reset_index(drop=True)


def _arm_name(report: Report, treated: bool) -> str:
    labels = report.study.labels
    return labels.treated if treated else labels.comparison
