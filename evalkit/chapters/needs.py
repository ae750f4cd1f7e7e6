"""What the needs analysis found, recomputed year by year. Described, not tested: no effects."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from evalkit import evaluation
from evalkit.chapters.by_year import by_year, same_months, table_by_year
from evalkit.chapters.codes import ARMS
from evalkit.chapters.delivered import is_told, resting_on
from evalkit.chapters.described import AGAIN
from evalkit.chapters.figures import arm_names, in_frame, lower_first
from evalkit.chapters.opening import Report
from evalkit.chapters.withheld import hidden_rows
from evalkit.errors import DesignError
from evalkit.plan import Span
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.disclosure import Released, release
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, percent
from evalkit.reporting.plots import Axis
from evalkit.reporting.tables import Column

EVER, IN_YEAR, KNOWN = AGAIN
SCHOOL = "school_contact"
UNUSED = "unused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of the needs analysis: the measure, its name, and what it takes to count it.

    `among` says of what a share is taken; without it the measure is a mean.
    """

    measure: str
    label: str
    among: str
    needed: str

    @property
    def axis(self) -> Axis:
        return Axis(self.label) if self.among else Axis(self.label, "number", 1)


FINDINGS = (
    Finding(EVER, "Utredda förut, någon gång", "utredda barn", "utdraget utredning"),
    Finding(IN_YEAR, "Utredda förut, året innan", "utredda barn", "utdraget utredning"),
    Finding("K1", "Handläggare per ärende", "", "huvudhandläggare i utdraget tilldelning"),
    Finding(SCHOOL, "Kontakt med skola eller förskola i utredningen", "utredningar",
            "skolkontakt i utdraget utredning"),
    Finding("U3", "Behov utan passande insats", "bedömda behov",
            "uppgift om passande insats i utdraget behov"),
    Finding(UNUSED, "Passande insats fanns men påbörjades inte",
            "utredningar med en passande insats", "utdragen behov, erbjudande och insats"),
)  # fmt: skip
OF_OUTCOMES = ("K1", "U3")


@resting_on("flow")
def needs_figure(report: Report) -> Fragment:
    """Return each finding of the needs analysis year by year in both arms, as small lines."""
    found = {finding: _released(report, finding) for finding in FINDINGS}
    shown = {finding: released for finding, released in found.items() if released is not None}
    lacking = [finding for finding, released in found.items() if released is None]
    missing = _missing(lacking)
    if not shown:
        return missing
    frame = pd.concat(
        [released.frame[["year", "arm", "value"]].assign(label=finding.label)
         for finding, released in shown.items()], ignore_index=True,
    )  # fmt: skip
    passed = release(frame, rule=report.rule, keys=("year", "value"))
    timeline = report.study.timeline
    drawing = plots.findings(
        passed,
        axes={finding.label: finding.axis for finding in shown},
        labels=report.study.labels,
        pilot=Span(start=timeline.wash_in.start, end=timeline.exposure_end),
    )
    caption = f"{_message(report, shown)}{same_months(report)}"
    figure = in_frame(drawing, "behovsanalys", caption, _table(report, shown))
    return fragments.join(figure, missing) if lacking else figure


def again_table(report: Report) -> Fragment:
    """Return the share of children investigated before, by year and arm, and how far back we see.

    The share known before the extracts begin tells how much "ever" cannot see.
    """
    parts = [by_year(report, measure).rename(columns={"total": measure})
             for measure in (EVER, IN_YEAR, KNOWN)]  # fmt: skip
    if parts[0].empty:
        return _missing(FINDINGS[:1])
    keys = ["year", "arm", "n"]
    frame = parts[0].merge(parts[1], on=keys).merge(parts[2], on=keys)
    # Nobody can have been investigated in a year that the extracts do not hold.
    frame[IN_YEAR] = frame[IN_YEAR].where(frame["year"] > _first_year(report))
    shares = {f"share_{measure}": (measure, "n") for measure in AGAIN}
    released = release(
        frame,
        rule=report.rule,
        counts=("n",),
        parts=dict.fromkeys(AGAIN, "n"),
        shares=shares,
        keys=("year",),
        withheld={
            column: hidden_rows(report.evidence, f"again/{{year}}/{{arm}}/{column}", frame)
            for column in ("n", *AGAIN)
        },
    )
    begins = _first_year(report)
    columns = {
        "n": Column("Utredda barn", "count"),
        f"share_{EVER}": Column("Utredda förut, någon gång", "percent", 0),
        f"share_{IN_YEAR}": Column("Utredda förut, året innan", "percent", 0),
        f"share_{KNOWN}": Column(f"Kända före {begins}", "percent", 0),
    }
    note = (
        f"Ett barn räknas en gång om året. Någon gång betyder sedan uppgifterna började {begins}, "
        f"så andelen är för låg de första åren och växer "
        f"av sig självt. Året innan är 365 dagar och kan räknas från {begins + 1}. "
        f"Kända före {begins} är barn som socialtjänsten kände till dessförinnan: en del av dem "
        f"kan ha utretts då. Tabellen ser bakåt från utredningen. Huvudmåttet ny utredning inom "
        f"ett år ser framåt från avslutet.{same_months(report)}"
    )
    caption = "Barn som utretts mer än en gång"
    table = table_by_year(report, released, columns, caption, note=note)
    said = _widest(report, released)
    return fragments.join(*([fragments.paragraph(said)] if said else []), table)


def needs_limits(report: Report) -> Fragment:
    """Return what the needs analysis' single year could not answer, and what this study has."""
    years, first = report.study.timeline.pre_years, _first_year(report)
    consequence = (
        "går det inte att pröva om områdena utvecklades lika redan före piloten. Den prövningen "
        "behövs för att en skillnad efteråt ska kunna knytas till piloten."
    )
    if len(years) == 1:
        text = f"Den här studien har bara ett år före piloten, {first}, och med ett enda år "
    else:
        text = (
            f"Behovsanalysen såg bara {first}. Här finns åren {years[0]}–{years[-1]}, "
            f"{len(years)} år före piloten. Med ett enda år "
        )
    parts = [fragments.paragraph(text + consequence)]
    unseen = _unseen(report)
    if unseen:
        parts.insert(0, fragments.paragraph(unseen))
    return fragments.join(*parts)


def message(report: Report) -> str:
    """Return how each finding moved since the year before the pilot, in either arm."""
    now, reference = report.period.year, report.study.timeline.reference_year
    if now == reference or not is_told(report, "flow"):
        return ""
    said = [_moved(report, finding, reference, now) for finding in FINDINGS
            if finding.measure not in (EVER, UNUSED)]  # fmt: skip
    told = [one for one in said if one]
    if not told:
        return ""
    names = [name.lower() for name in arm_names(report).values()]
    where = f"Förändring från {reference} till {now} i {names[0]}, {names[1]} inom parentes"
    return f"{where}: {'; '.join(told)}.{same_months(report)}"


def _moved(report: Report, finding: Finding, before: int, after: int) -> str:
    """Return a finding's levels in two years in both arms, if all are shown."""
    released = _released(report, finding)
    if released is None:
        return ""
    values = released.frame.set_index(["year", "arm"])["value"]
    found = [values.get((year, arm)) for arm in ARMS.values() for year in (before, after)]
    if any(pd.isna(one) for one in found):
        return ""
    a, b, c, d = (finding.axis.text(float(one)) for one in found)
    return f"{lower_first(finding.label)} från {a} till {b} ({c} till {d})"


def _widest(report: Report, released: Released) -> str:
    """Return in which year the arms were furthest apart in those ever investigated before."""
    wide = released.frame.pivot(index="year", columns="arm", values=f"share_{EVER}")
    wide = wide.reindex(columns=list(ARMS.values())).dropna().astype(float)
    if wide.empty:
        return ""
    year = (wide["pilot"] - wide["line"]).abs().idxmax()
    shares = listing([f"{percent(wide.loc[year, arm])} i {name.lower()}"
                      for arm, name in arm_names(report).items()])  # fmt: skip
    return (
        f"Av barnen som utreddes {year} hade {shares} utretts förut någon gång. Det är året då "
        "grupperna skiljer sig mest. Varför är inte känt."
    )


def _first_year(report: Report) -> int:
    return report.study.timeline.pre.start.year


def _unused(report: Report) -> pd.DataFrame:
    """Return those with a suitable service, and those of them who did not start one."""
    funnel = report.evidence.of("funnel")
    arm = funnel["treated"].map(ARMS).rename("arm")
    steps = funnel.groupby(["year", arm, "level"])["total"].sum().unstack().fillna(0.0)
    if steps.empty:
        return pd.DataFrame(columns=["year", "arm", "n", "total"])
    frame = pd.DataFrame({"n": steps["available"], "total": steps["available"] - steps["started"]})
    return frame.reset_index()


def _of_outcome(report: Report, measure: str) -> pd.DataFrame:
    """Return an outcome's level by year and arm as its own chapter has it; empty where it fails."""
    try:
        levels = evaluation.history(report.evidence, report.study.outcome(measure))
    except DesignError:
        return pd.DataFrame(columns=["year", "arm", "n", "total"])
    by = levels.frame.groupby(["year", levels.frame["treated"].map(ARMS).rename("arm")])
    frame = pd.DataFrame({"n": by["n"].sum().round(), "level": by["level"].mean()}).reset_index()
    return frame.assign(total=frame["n"] * frame["level"]).drop(columns="level")


def _released(report: Report, finding: Finding) -> Released | None:
    """Return a finding's `value` by year and arm, or None where the cells have nothing of it."""
    if finding.measure in OF_OUTCOMES:
        frame = _of_outcome(report, finding.measure)
    else:
        frame = _unused(report) if finding.measure == UNUSED else by_year(report, finding.measure)
    if finding.measure == IN_YEAR:
        frame = frame[frame["year"] > _first_year(report)]
    frame = frame[frame["n"] > 0]
    if frame.empty:
        return None
    if not finding.among:
        means = frame.assign(value=frame["total"] / frame["n"])
        return release(
            means.drop(columns="total"), rule=report.rule, counts=("n",),
            values={"value": ("n",)}, keys=("year",),
        )  # fmt: skip
    gone = hidden_rows(report.evidence, _place(finding.measure), frame)
    return release(
        frame, rule=report.rule, parts={"total": "n"},
        shares={"value": ("total", "n")}, keys=("year",), withheld={"total": gone},
    )  # fmt: skip


def _place(measure: str) -> str:
    """Return what the ledger calls the place of a finding's share in a year and arm."""
    if measure in OF_OUTCOMES:
        return f"series/{measure}/{{year}}/{{arm}}/level"
    return (
        f"again/{{year}}/{{arm}}/{measure}" if measure in AGAIN else f"{measure}/{{year}}/{{arm}}"
    )


def _table(report: Report, shown: dict[Finding, Released]) -> str:
    """Return the numbers behind the figure: a row for each finding and year."""
    rows = []
    for finding, released in shown.items():
        of = f", av {finding.among}" if finding.among else ""
        for place, row in released.frame.iterrows():
            hidden = released.hidden.loc[place, "value"]
            text = HIDDEN if hidden else finding.axis.text(float(row["value"]))
            rows.append((finding.label + of, str(row["year"]), row["arm"], text))
    long = pd.DataFrame(rows, columns=["label", "year", "arm", "text"])
    wide = long.pivot_table(
        index=["label", "year"], columns="arm", values="text", aggfunc="first", sort=False
    )
    names = arm_names(report)
    columns = {"label": Column("Mått"), "year": Column("År")} | {
        arm: Column(name) for arm, name in names.items()
    }
    frame = wide.reindex(columns=list(names)).reset_index()
    note = "(..) betyder att uppgiften är skyddad."
    return tables.html(frame, columns, "Siffrorna bakom figuren", note=note)


def _message(report: Report, shown: dict[Finding, Released]) -> str:
    """Return how many of the period's children were investigated the year before, as a sentence."""
    again = next((found for finding, found in shown.items() if finding.measure == IN_YEAR), None)
    both = _now(report, again) if again else ""
    if not both:
        return "Behovsanalysens fynd, år för år."
    return (
        f"Av barnen som utreddes {report.period.label} hade {both} utretts även under året innan."
    )


def _now(report: Report, released: Released) -> str:
    """Return the period's shares, `14 % i pilotområdet och 18 % i linjens områden`, if shown."""
    now = released.frame[released.frame["year"] == report.period.year].set_index("arm")["value"]
    names = arm_names(report)
    shown = [f"{percent(float(now[arm]))} i {name.lower()}" for arm, name in names.items()
             if arm in now.index and pd.notna(now[arm])]  # fmt: skip
    return listing(shown) if len(shown) == len(names) else ""


def _unseen(report: Report) -> str:
    """Return how far the first year's figure can be from the needs analysis' majority."""
    first = _first_year(report)
    frame = by_year(report, KNOWN)
    frame = frame[frame["year"] == first]
    gone = hidden_rows(report.evidence, _place(KNOWN), frame)
    released = release(
        frame, rule=report.rule, parts={"total": "n"},
        shares={"value": ("total", "n")}, keys=("year",), withheld={"total": gone},
    )  # fmt: skip
    known = released.frame.set_index("arm")["value"].dropna()
    if known.empty:
        return ""
    names = arm_names(report)
    shares = listing([f"{percent(float(known[arm]))} i {names[arm].lower()}"
                      for arm in names if arm in known.index])  # fmt: skip
    return (
        "Enligt behovsanalysen hade majoriteten av barnen utretts mer än en gång. Det går varken "
        f"att bekräfta eller motsäga ur utdragen: de börjar {first}, och av barnen som utreddes "
        f"det året var {shares} kända sedan tidigare."
    )


def _missing(lacking: Sequence[Finding]) -> Fragment:
    parts = "; ".join(f"{finding.label.lower()} ({finding.needed})" for finding in lacking)
    return fragments.callout(
        "varning", f"Underlag saknas: {parts}. Det som står inom parentes är vad som behövs."
    )
