"""Ways through the services: handovers by cause, returns over time, from need to help."""

import pandas as pd

from evalkit import evaluation
from evalkit.chapters.figures import ARMS, arm_names, in_frame
from evalkit.chapters.opening import Report
from evalkit.estimation.proportions import bounds_with_unknown
from evalkit.estimation.survival import cumulative_incidence
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.plots import Axis
from evalkit.reporting.tables import Column

CAUSES = {
    "enhetsgräns": "Enhetsgräns", "slutat": "Handläggaren slutade", "frånvaro": "Frånvaro",
    "omfördelning": "Omfördelning", "projektavslut": "Piloten avslutades",
}  # fmt: skip
OTHER = "Annat eller okänt"
STEPS = {
    "need": "Bedömt behov",
    "available": "Passande insats finns",
    "offered": "Erbjuden",
    "accepted": "Tackat ja",
    "granted": "Beviljad",
    "started": "Påbörjad",
    "completed": "Fullföljd",
}
YES, NO, UNKNOWN = ("ja", "delvis"), ("nej",), ("obesvarat", "ej registrerat")
GRID_DAYS = 15


def handovers_figure(report: Report) -> Fragment:
    """Return handovers per 100 child-months by cause, in both arms."""
    handovers = report.evidence.in_period("handovers")
    months = report.evidence.in_period("child_months")
    counted = handovers.assign(
        cause=handovers["level"].map(CAUSES).fillna(OTHER), arm=handovers["treated"].map(ARMS)
    )
    at_risk = months.groupby(months["treated"].map(ARMS))["n"].sum()
    counts = counted.pivot_table(index="cause", columns="arm", values="n", aggfunc="sum")
    counts = counts.reindex([*CAUSES.values(), OTHER], columns=list(ARMS.values())).fillna(0.0)
    frame = counts.melt(ignore_index=False, value_name="n").reset_index()
    frame["rate"] = 100 * frame["n"] / frame["arm"].map(at_risk)
    released = release(
        frame, threshold=report.threshold, counts=("n",), values={"rate": ("n",)},
        margins=(("arm",),),
    )  # fmt: skip
    drawing = plots.handover_causes(released, labels=report.study.labels)
    caption = f"Byten av huvudhandläggare efter orsak, {report.period.label}."
    columns = {
        "cause": Column("Orsak"),
        "arm": Column("Grupp"),
        "rate": Column("Byten per 100 barnmånader", "number"),
    }
    table = tables.html(
        released.named("arm", arm_names(report)), columns, f"Siffrorna bakom figuren. {caption}"
    )
    return in_frame(drawing, "byten", caption, report, table)


def returns_figure(report: Report) -> Fragment:
    """Return the share investigated again by days since closing, in both arms."""
    outcome = report.study.outcome("R1")
    risk = evaluation.as_risk(report.evidence.in_period("R1"))
    horizon = max(report.study.definitions.follow_up_windows)
    least = report.study.definitions.least_mature_share
    last = evaluation.followed_by(report.evidence, outcome, least)
    days = range(0, last + 1, GRID_DAYS)
    rows = []
    for treated, arm in ARMS.items():
        own = risk[risk["treated"] == treated]
        found = cumulative_incidence(own, horizon)
        rows += [(arm, at, found.n, found.at(at), _waiting(own, at)) for at in days]
    frame = pd.DataFrame(rows, columns=["arm", "time", "n", "cif", "at_risk"])
    frame["returned"] = frame["n"] * frame["cif"]
    # The first days of every curve are 0 for everybody, by the merging of close investigations.
    frame = frame[frame["time"] > report.study.definitions.merge_gap_days + GRID_DAYS]
    released = release(
        frame.reset_index(drop=True),
        threshold=report.threshold,
        counts=("at_risk",),
        parts={"returned": "n"},
        values={"cif": ("n", "returned", "at_risk")},
        keys=("time",),
    )
    drawing = plots.cumulative_incidence(
        released,
        axis=Axis("Andel som utretts på nytt"),
        labels=report.study.labels,
        mature_days=evaluation.followed_by(
            report.evidence, outcome, report.study.definitions.mature_share
        ),
    )
    caption = (
        f"Andel som utretts på nytt efter en avslutad utredning, {report.period.label}. "
        "Hänsyn är tagen till att några flyttar eller fyller 18 år. Kurvorna börjar när minst "
        f"{report.threshold} barn har utretts på nytt."
    )
    return in_frame(drawing, "aterkomst", caption, report)


def funnel_figure(report: Report) -> Fragment:
    """Return the share of those with a need whom help reached, step by step, in both arms."""
    cells = report.evidence.in_period("funnel")
    sums = cells.groupby([cells["treated"].map(ARMS).rename("arm"), "level"])["total"].sum()
    wide = sums.unstack("arm").reindex(list(STEPS)).fillna(0.0)
    frame = wide.melt(ignore_index=False, var_name="arm", value_name="n").reset_index()
    frame["need"] = frame.groupby("arm")["n"].transform("max")
    frame["lost"] = (-frame.groupby("arm")["n"].diff()).fillna(0.0)
    frame["share"] = frame["n"] / frame["need"].where(frame["need"] > 0)
    frame["step"] = frame["level"].map(STEPS)
    released = release(
        frame[["step", "arm", "n", "need", "lost", "share"]],
        threshold=report.threshold,
        counts=("n", "need", "lost"),
        values={"share": ("n", "need", "lost")},
    )
    drawing = plots.funnel(released, labels=report.study.labels)
    caption = (
        f"Från bedömt behov till fullföljd insats, {report.period.label}. De sista stegen kan "
        "öka när fler insatser hinner avslutas."
    )
    return in_frame(drawing, "fran-behov", caption, report)


def offers_table(report: Report) -> Fragment:
    """Return how many accept the first offer, with bounds for answers nobody recorded."""
    cells = report.evidence.in_period("U2_answers")
    rows = []
    for treated, label in (
        (True, report.study.labels.treated), (False, report.study.labels.comparison),
    ):  # fmt: skip
        counts = cells[cells["treated"] == treated].groupby("level")["n"].sum()
        yes, no, unknown = (
            float(counts.reindex(list(answers)).fillna(0).sum()) for answers in (YES, NO, UNKNOWN)
        )
        bounds = bounds_with_unknown(yes, no, unknown)
        row = (label, yes, no, unknown, _not_offered(report, treated))
        rows.append((*row, bounds.estimate, bounds.low, bounds.high))
    counted = ("yes", "no", "unknown", "not_offered")
    shares = ["known", "low", "high"]
    frame = pd.DataFrame(rows, columns=["arm", *counted, *shares])
    # The number offered follows from the answers; the funnel may have to keep it.
    frame["unanswered"] = frame["unknown"] / frame[["yes", "no", "unknown"]].sum(axis=1)
    released = release(
        frame,
        threshold=report.threshold,
        counts=counted,
        values=dict.fromkeys(("low", "high", "unanswered"), counted) | {"known": ("yes", "no")},
    )
    columns = {
        "arm": Column("Grupp"),
        "known": Column("Ja, av kända svar", "percent"),
        "low": Column("Lägst möjligt", "percent"),
        "high": Column("Högst möjligt", "percent"),
        "unanswered": Column("Svar saknas", "percent"),
    }
    caption = f"Svar på första erbjudandet, {report.period.label}"
    return fragments.table(tables.html(released, columns, caption))


def _not_offered(report: Report, treated: bool) -> float:
    """Return how many had a suitable service and were not offered it, as the funnel has them."""
    cells = report.evidence.in_period("funnel")
    own = cells[cells["treated"] == treated].groupby("level")["total"].sum()
    return float(own.get("available", 0.0) - own.get("offered", 0.0))


def _waiting(risk: pd.DataFrame, day: int) -> float:
    """Return how many were still followed on a day: a curve that rests on few shows few."""
    return float(risk.loc[risk["time"] >= day, "n"].sum())
