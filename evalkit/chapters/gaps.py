"""Gaps between girls and boys: what is explained, what is left to judge, what the pilot changed."""

from dataclasses import dataclass
from math import isnan

from evalkit import sexes
from evalkit.chapters.answers import DECIMALS, difference
from evalkit.chapters.figures import ARMS, arm_names, measured_as, outcome_and_window
from evalkit.chapters.opening import Report
from evalkit.chapters.sexes import released_by_sex
from evalkit.chapters.tables import limits_text, text_table
from evalkit.plan import Outcome
from evalkit.reporting import fragments, gaps
from evalkit.reporting.files import HIDDEN
from evalkit.reporting.findings import side
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import listing, number, percent
from evalkit.reporting.phrases import lower_first
from evalkit.reporting.tables import Column

STRATA = {"age_group": "ålder", "reason": "orsak"}


@dataclass(frozen=True, slots=True)
class _Row:
    """A gap in the reader's words: in all, by composition, what is left, and the judgement."""

    label: str
    judged: gaps.Gap
    gap: str = "–"
    composition: str = "–"
    rate: str = "–"
    interval: str = "–"
    strata: str = "–"


_Judged = tuple[Outcome, bool, _Row]


def gap_message(report: Report) -> Fragment:
    """Return how many gaps are left to judge, and which."""
    rows = _judged(report)
    counted = gaps.message([row.judged for *_, row in rows])
    return fragments.callout("svar", " ".join([counted, *_left(report, rows)]))


def brief(report: Report) -> str:
    """Return the gaps that are left and out of how many, for the first page; else nothing."""
    rows = _judged(report)
    told = _left(report, rows)
    known = sum(row.judged != "unknown" for *_, row in rows)
    return f"{' '.join(told)} Det gäller {len(told)} av {known} jämförelser." if told else ""


def any_left(report: Report) -> bool:
    """Return whether some gap is left to judge."""
    return any(row.judged == "remains" for *_, row in _judged(report))


def gap_table(report: Report) -> Fragment:
    """Return each primary outcome's gap between girls and boys, and what their mix explains."""
    columns = {
        "label": Column("Mått"),
        "gap": Column("Flickor minus pojkar"),
        "composition": Column("Därav sammansättning"),
        "rate": Column("Efter justering"),
        "interval": Column(f"Osäkerhet ({percent(report.study.inference.confidence)})"),
        "strata": Column("Justerat för"),
    }
    rows = [{name: getattr(row, name) for name in columns} for row in _rows(report)]
    note = (
        "Sammansättning är den del av skillnaden som beror på att flickor och pojkar har olika "
        "åldrar och kommer av olika orsaker, våld eller annat (Kitagawa 1955). Efter justering är "
        "skillnaden mellan flickor och pojkar i samma grupp. Osäkerheten gäller slumpen i "
        "enskilda ärenden; syskon som liknar varandra gör den större. – betyder att uppgiften "
        "inte kan räknas."
    )
    return text_table(rows, columns, f"Vad förklarar skillnaderna? {report.period.label}", note)


def action_plan(report: Report) -> Fragment:
    """Return the gaps as the steering group's plan of action takes them up, one by one."""
    rows = [
        {
            "label": row.label,
            "gap": row.gap,
            "rate": row.rate,
            "next": f"{gaps.JUDGED[row.judged]}. {gaps.NEXT[row.judged]}",
            "who": "fylls i",
        }
        for row in _rows(report)
    ]
    columns = {
        "label": Column("Mått"),
        "gap": Column("Skillnad"),
        "rate": Column("Efter justering"),
        "next": Column("Bedömning och nästa steg"),
        "who": Column("Ansvarig och datum"),
    }
    note = (
        "Skillnad är flickor minus pojkar. Att en skillnad kvarstår betyder inte att den är "
        "omotiverad: behoven kan skilja sig på sätt som uppgifterna inte visar. Ju fler "
        "jämförelser som görs, desto fler skillnader uppstår av slump."
    )
    return text_table(rows, columns, "Underlag för handlingsplan", note)


def gap_change_table(report: Report) -> Fragment:
    """Return how the pilot may have changed the gaps, beside what could have been found."""
    rows = []
    for outcome in report.study.of_role("primary"):
        planned, window = outcome_and_window(report, outcome.id)
        row = {"label": measured_as(report, planned, window or None)}
        hidden = window == 0 or _is_hidden(report, planned, window, "pilot")
        if not hidden:
            found = sexes.gap_change(report.evidence, planned, window=window)
            row |= {
                "change": difference(found.estimate.estimate, planned),
                "interval": limits_text(found.estimate.conf_low, found.estimate.conf_high, planned),
                "detectable": difference(found.minimum_detectable, planned),
            }
        rows.append(row)
    columns = {
        "label": Column("Mått"),
        "change": Column("Förändring av skillnaden"),
        "interval": Column(f"Osäkerhet ({percent(report.study.inference.confidence)})"),
        "detectable": Column("Minsta påvisbara"),
    }
    note = (
        "Hur mycket skillnaden flickor minus pojkar förändrades i pilotområdet utöver linjens "
        "områden. Prövningen är svag: bara mycket stora förändringar kan upptäckas, så ett osäkert "
        "svar betyder inte att piloten lämnade skillnaden orörd."
    )
    return text_table(rows, columns, "Ändrade piloten skillnaden?", note)


def _told(report: Report, planned: Outcome, treated: bool) -> str:
    """Return one gap that is left: both levels, those elsewhere, and whether the pilot moved it."""
    outcome, window = outcome_and_window(report, planned.id)
    places = {arm: lower_first(name) for arm, name in arm_names(report).items()}
    own, other = ARMS[treated], ARMS[not treated]
    found = sexes.gap(report.evidence, outcome, treated=treated, window=window)
    moved = False
    if not _is_hidden(report, outcome, window, ARMS[True]):
        moved = side(sexes.gap_change(report.evidence, outcome, window=window).estimate) != 0
    shown = [arm for arm in (own, other) if not _is_hidden(report, outcome, window, arm)]
    return gaps.left(
        measured_as(report, outcome, window),
        [(places[arm], *_of_sexes(report, outcome, window, arm)) for arm in shown],
        listing([STRATA[name] for name in found.strata]) if found.strata else "",
        share=outcome.kind == "share",
        moved=moved,
    )


def _of_sexes(
    report: Report, outcome: Outcome, window: int | None, arm: str
) -> tuple[float, float]:
    """Return girls' and boys' levels in an arm, where they may be shown."""
    frame = released_by_sex(report, outcome, window).frame
    levels = frame[frame["arm"] == arm].set_index("sex")["level"]
    return levels["flicka"], levels["pojke"]


def _left(report: Report, rows: list[_Judged]) -> list[str]:
    """Return each gap that is left after adjustment, in words."""
    return [
        _told(report, outcome, treated) for outcome, treated, row in rows if row.judged == "remains"
    ]


def _rows(report: Report) -> list[_Row]:
    return [row for *_, row in _judged(report)]


def _judged(report: Report) -> list[_Judged]:
    """Return each primary outcome and arm with its gap."""
    return [
        (planned, treated, _row(report, planned, treated))
        for planned in report.study.of_role("primary")
        for treated in ARMS
    ]


def _row(report: Report, planned: Outcome, treated: bool) -> _Row:
    """Return the gap in one arm; where a sex's level is protected, nothing of it."""
    outcome, window = outcome_and_window(report, planned.id)
    arm = ARMS[treated]
    place = arm_names(report)[arm]
    what = measured_as(report, outcome, window or None)
    label = f"{what}, {place[:1].lower()}{place[1:]} ({outcome.unit})"
    if window == 0:
        return _Row(label, "unknown")
    if _is_hidden(report, outcome, window, arm):
        return _Row(label, "unknown", HIDDEN, HIDDEN, HIDDEN, HIDDEN)
    found = sexes.gap(report.evidence, outcome, treated=treated, window=window)
    parts = found.decomposition
    return _Row(
        label,
        gaps.judge(parts.conf_low, parts.conf_high, outcome.minimal_relevant_difference),
        _bare(parts.gap, outcome),
        _bare(parts.composition, outcome),
        _bare(parts.rate, outcome),
        limits_text(parts.conf_low, parts.conf_high, outcome),
        listing([STRATA[name] for name in found.strata]) if found.strata else "–",
    )


def _bare(value: float, outcome: Outcome) -> str:
    """Return a difference without its unit, which stands beside the outcome's name."""
    scale = 100 if outcome.kind == "share" else 1
    return "–" if isnan(value) else number(value * scale, DECIMALS[outcome.kind])


def _is_hidden(report: Report, outcome: Outcome, window: int | None, arm: str) -> bool:
    released = released_by_sex(report, outcome, window)
    return bool(released.hidden.loc[released.frame["arm"] == arm, "level"].any())
