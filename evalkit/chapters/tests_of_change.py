"""Genombrott: small tests of change, as run charts. They say when something moved, not why."""

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from evalkit.chapters.figures import behind, in_frame
from evalkit.chapters.opening import Report
from evalkit.estimation.run_charts import FEWEST, RunChart, g_chart, p_chart, run_chart
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, coarse, release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import count
from evalkit.reporting.plots import Axis
from evalkit.reporting.tables import Column

NO_TESTS = (
    "Underlag saknas: inga förbättringstest är levererade. Det som behövs är en rad för varje "
    "mätning i testen, i utdraget pdsa."
)
OF_CHILDREN, SHARE, EVENTS_APART = ("andel", "mellan"), "andel", "mellan"
VERDICTS = {
    "signal": "Mätningarna rör sig mer än slumpen brukar göra.",
    "none": "Mätningarna rör sig inte mer än slumpen brukar göra.",
    "undefined": f"Mätningarna är för få för att pröva: det behövs minst {FEWEST} som inte ligger "
    "på medianen.",
}
_DECISIONS = {"behåll": "Behåll", "justera": "Justera", "skrota": "Avsluta", "pågår": "Pågår"}


@dataclass(frozen=True, slots=True)
class SmallTest:
    """One test: what it measured, what may be shown of it, what the rules say of that."""

    topic: str
    measure: str
    kind: str
    released: Released
    chart: RunChart
    limit: float | None
    decision: str

    @property
    def verdict(self) -> str:
        """What the rules say and, where they say that it moved, which way."""
        said = VERDICTS[self.chart.signal]
        return f"{said} {self._moved()}".strip() if self.chart.signal == "signal" else said

    def _moved(self) -> str:
        values = self.released.frame["value"].astype(float)
        half = len(values) // 2
        early, late = values.iloc[:half].median(), values.iloc[-half:].median()
        if early == late:
            return ""
        return f"De var {'högre' if late > early else 'lägre'} i andra halvan än i första."

    @property
    def is_shown(self) -> bool:
        return self.chart.n_useful > 0 and len(self.released.frame) >= FEWEST


def tests_figures(report: Report) -> Fragment:
    """Return a run chart for each test that has enough measurements to show."""
    shown = [test for test in _tests(report) if test.is_shown]
    return fragments.join(*(_figure(test, report, place) for place, test in enumerate(shown, 1)))


def tests_table(report: Report) -> Fragment:
    """Return every test: what was tried, what the measurements say, what was decided."""
    tests = _tests(report)
    if not tests:
        return fragments.callout("varning", NO_TESTS)
    rows = [
        {
            "topic": test.topic,
            "measure": test.measure,
            "verdict": test.verdict if test.is_shown
            else "För få eller för små tal för att visas.",
            "decision": _DECISIONS[test.decision],
        }
        for test in tests
    ]  # fmt: skip
    columns = {
        "topic": Column("Vad som prövades"),
        "measure": Column("Mått"),
        "verdict": Column("Vad mätningarna säger"),
        "decision": Column("Beslut"),
    }
    shown = sum(test.is_shown for test in tests)
    note = (
        "Testen har ingen jämförelsegrupp. En förändring behöver inte bero på det som prövades. "
        f"Varje mätserie är prövad med två regler. {count(shown, 'serie', 'serier')} prövas, så "
        "någon kan röra sig så av en slump."
    )
    return fragments.table(
        tables.html(pd.DataFrame(rows), columns, "Förbättringstest i Genombrott", note=note)
    )


def _tests(report: Report) -> list[SmallTest]:
    """Return the tests measured up to the period's end, in order of their ids."""
    register = report.cells.registers.get("test_of_change", pd.DataFrame())
    if register.empty:
        return []
    known = register[pd.to_datetime(register["measured_on"]) <= pd.Timestamp(report.period.end)]
    return [_test(rows.sort_values("measured_on"), report) for _, rows in known.groupby("test_id")]


def _test(rows: pd.DataFrame, report: Report) -> SmallTest:
    kind, last = rows["kind"].iloc[0], rows.iloc[-1]
    frame = pd.DataFrame({"count": rows["value"].astype(float).to_numpy()})
    frame["of"] = rows["of"].astype(float).to_numpy()
    frame["value"] = _shown(frame, kind, report)
    kept = _protected(frame, kind, report.rule.threshold)
    chart = run_chart(kept["value"].to_numpy()) if len(kept) else run_chart([nan])
    released = release(kept[["place", "value"]], rule=report.rule, keys=("place", "value"))
    return SmallTest(
        str(last["topic"]), str(last["measure"]), kind, released, chart, _limit(kept, kind),
        str(last["decision"]),
    )  # fmt: skip


def _shown(frame: pd.DataFrame, kind: str, report: Report) -> pd.Series:
    """Return what was measured, as the audience may see it where it counts children."""
    counts = (
        coarse(frame["count"], report.rule) if kind in (SHARE, *OF_CHILDREN) else frame["count"]
    )
    return counts / coarse(frame["of"], report.rule) if kind == SHARE else counts


def _protected(frame: pd.DataFrame, kind: str, threshold: int) -> pd.DataFrame:
    """Return the measurements that may be shown: those that count few children are left out."""
    kept = np.ones(len(frame), dtype=bool)
    if kind == SHARE:
        kept = (np.minimum(frame["count"], frame["of"] - frame["count"]) >= threshold).to_numpy()
    elif kind in OF_CHILDREN:
        kept = (frame["count"] >= threshold).to_numpy()
    return frame[kept].assign(place=np.arange(1, kept.sum() + 1))


def _limit(kept: pd.DataFrame, kind: str) -> float | None:
    """Return the upper control limit of the kinds that have one; the least strict of a share's."""
    if len(kept) < FEWEST:
        return None
    if kind == SHARE:
        return float(p_chart(kept["count"].to_numpy(), kept["of"].to_numpy()).high.max())
    if kind == EVENTS_APART:
        return float(g_chart(kept["count"].to_numpy()).high.max())
    return None


def _figure(test: SmallTest, report: Report, place: int) -> Fragment:
    verdict = test.verdict
    axis = Axis(test.measure, "percent" if test.kind == SHARE else "number", 0)
    drawing = plots.run_chart(
        test.released, axis=axis, median=test.chart.median, limit=test.limit, verdict=verdict
    )
    columns = {"place": Column("Mätning"), "text": Column(test.measure)}
    frame = test.released.frame
    rows = pd.DataFrame(
        {
            "place": frame["place"].astype(int).astype(str),
            "text": [axis.text(value) for value in frame["value"]],
        }
    )
    caption = f"{test.topic}: {test.measure.lower()}. {verdict}"
    table = behind(rows, columns, test.topic)
    return in_frame(drawing, f"forbattringstest-{place}", caption, table)
