"""Ways through the services: handovers by cause, returns over time, from need to help."""

import pandas as pd

from evalkit import evaluation
from evalkit.chapters.codes import ARMS, STEPS
from evalkit.chapters.delivered import lacking, resting_on, why_not
from evalkit.chapters.figures import arm_names, behind, in_frame
from evalkit.chapters.handovers import handover_rates
from evalkit.chapters.opening import Report
from evalkit.chapters.windows import curve_days
from evalkit.chapters.withheld import hidden_places, hidden_rows
from evalkit.estimation.proportions import bounds_with_unknown
from evalkit.estimation.survival import cumulative_incidence
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import coarse, release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.plots import Axis
from evalkit.reporting.tables import Column

YES, NO, UNKNOWN = ("ja", "delvis"), ("nej",), ("obesvarat", "ej registrerat")


@resting_on("handovers")
def handovers_figure(report: Report) -> Fragment:
    """Return handovers per 100 child-months by cause, in both arms."""
    released = handover_rates(report)
    drawing = plots.handover_causes(released, labels=report.study.labels)
    caption = f"Byten av huvudhandläggare efter orsak, {report.period.label}."
    columns = {
        "cause": Column("Orsak"),
        "arm": Column("Grupp"),
        "rate": Column("Byten per 100 barnmånader", "number"),
    }
    named = released.named("arm", arm_names(report))
    table = behind(named, columns, f"byten efter orsak, {report.period.label}")
    return in_frame(drawing, "byten", caption, table)


def returns_figure(report: Report) -> Fragment:
    """Return the share investigated again by days since closing, in both arms."""
    reason = why_not(report, "R1")
    if reason:
        return lacking(reason)
    outcome = report.study.outcome("R1")
    risk = evaluation.as_risk(report.evidence.in_period("R1"))
    if risk["time"].nunique() == 1:
        return lacking("bara andelen vid uppföljningstidens slut är publicerad, inte när.")
    horizon = max(report.study.definitions.follow_up_windows)
    rows = []
    for treated, arm in ARMS.items():
        own = risk[risk["treated"] == treated]
        found = cumulative_incidence(own, horizon)
        days = curve_days(report.evidence, arm)
        gone = hidden_places(report.evidence, [f"curve/{arm}/{day}" for day in days])
        kept = [day for day, hide in zip(days, gone, strict=True) if not hide]
        rows += [(arm, at, found.n, found.at(at), _waiting(own, at)) for at in kept]
    if not rows:
        return lacking("för få barn har utretts på nytt för att visas dag för dag.")
    frame = pd.DataFrame(rows, columns=["arm", "time", "n", "cif", "at_risk"])
    frame["returned"] = frame["n"] * frame["cif"]
    frame["cif"] = coarse(frame["returned"], report.rule) / coarse(frame["n"], report.rule)
    released = release(
        frame,
        rule=report.rule,
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
        f"{report.rule.threshold} barn har utretts på nytt."
    )
    columns = {
        "time": Column("Dagar", "number", 0),
        "arm": Column("Grupp"),
        "cif": Column("Andel", "percent"),
    }
    named = released.named("arm", arm_names(report))
    table = behind(named, columns, f"andel som utretts på nytt, {report.period.label}")
    return in_frame(drawing, "aterkomst", caption, table)


@resting_on("funnel")
def funnel_figure(report: Report) -> Fragment:
    """Return the share of those with a need whom help reached, step by step, in both arms."""
    cells = report.evidence.in_period("funnel")
    sums = cells.groupby([cells["treated"].map(ARMS).rename("arm"), "level"])["total"].sum()
    wide = sums.unstack("arm").reindex(list(STEPS)).fillna(0.0)
    frame = wide.melt(ignore_index=False, var_name="arm", value_name="n").reset_index()
    frame["need"] = frame.groupby("arm")["n"].transform("max")
    frame["step"] = frame["level"].map(STEPS)
    released = release(
        frame[["step", "arm", "n", "need"]],
        rule=report.rule,
        counts=("n", "need"),
        shares={"share": ("n", "need")},
        withheld={"n": hidden_rows(report.evidence, "funnel/{arm}/{level}", frame)},
    )
    drawing = plots.funnel(released, labels=report.study.labels)
    caption = (
        f"Från bedömt behov till fullföljd insats, {report.period.label}. De sista stegen kan "
        "öka när fler insatser hinner avslutas."
    )
    columns = {
        "step": Column("Steg"),
        "arm": Column("Grupp"),
        "n": Column("Antal", "count"),
        "share": Column("Andel", "percent"),
    }
    named = released.named("arm", arm_names(report))
    table = behind(named, columns, f"från behov till insats, {report.period.label}")
    return in_frame(drawing, "fran-behov", caption, table)


@resting_on("U2_answers")
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
        bounds = bounds_with_unknown(*(coarse(n, report.rule) for n in (yes, no, unknown)))
        rows.append((label, yes, no, unknown, bounds.estimate, bounds.low, bounds.high))
    counted = ("yes", "no", "unknown")
    shares = ["known", "low", "high"]
    frame = pd.DataFrame(rows, columns=["arm", *counted, *shares])
    rounded = coarse(frame[["yes", "no", "unknown"]], report.rule)
    frame["unanswered"] = rounded["unknown"] / rounded.sum(axis=1)
    released = release(
        frame,
        rule=report.rule,
        counts=counted,
        values=dict.fromkeys(("low", "high", "unanswered"), counted) | {"known": ("yes", "no")},
        withheld={
            column: hidden_places(
                report.evidence, [f"offers/{arm}/{what}" for arm in ARMS.values()]
            )
            for column, what in (("yes", "known"), ("no", "known"), ("unknown", "all"))
        },
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


def _waiting(risk: pd.DataFrame, day: int) -> float:
    """Return how many were still followed on a day: a curve that rests on few shows few."""
    return float(risk.loc[risk["time"] >= day, "n"].sum())
