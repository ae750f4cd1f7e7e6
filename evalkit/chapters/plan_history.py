"""The analysis plan's own history: when it was fixed, what was changed, what it did not get."""

from evalkit import registration, robustness
from evalkit.chapters.opening import Report
from evalkit.chapters.tables import text_table
from evalkit.reporting import fragments
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import day, listing
from evalkit.reporting.tables import Column
from evalkit.reporting.variations import AXES, METHODS, because, setting

PARTS = {
    "areas": "områden",
    "timeline": "tidsgränser",
    "scope": "vilka barn som ingår",
    "definitions": "definitioner",
    "inference": "metod",
    "sensitivity": "känslighetsanalyser",
    "disclosure": "sekretessgräns",
    "outcomes": "mått",
    "periods": "perioder",
}


def plan_table(report: Report) -> Fragment:
    """Return when the analysis plan was fixed, every change since, and what it did not get."""
    known = registration.load(report.study)
    parts = [_registered(known), _unlogged(known.unlogged(report.study)), _not_carried_out(report)]
    return fragments.join(*(part for part in parts if part))


def _registered(known: registration.Registration) -> Fragment | None:
    if not known.entries:
        return fragments.callout(
            "varning",
            "Analysplanen är inte registrerad. Det går därför inte att visa att den bestämdes "
            "innan resultaten var kända.",
        )
    rows = [
        {
            "date": day(entry.date),
            "what": entry.what,
            "why": entry.why,
            "parts": listing([PARTS[part] for part in known.changed(place)]) if place else "allt",
        }
        for place, entry in enumerate(known.entries)
    ]
    columns = {
        "date": Column("Dag"),
        "what": Column("Beslut eller ändring"),
        "why": Column("Skäl"),
        "parts": Column("Delar av planen"),
    }
    note = "Den första raden är planen som den registrerades, de följande är ändringar."
    return text_table(rows, columns, "Analysplanens historia", note)


def _unlogged(parts: tuple[str, ...]) -> Fragment | None:
    if not parts:
        return None
    named = listing([PARTS[part] for part in parts])
    return fragments.callout(
        "varning",
        f"Analysplanen har ändrats sedan den registrerades utan att det är känt varför: {named}.",
    )


def _not_carried_out(report: Report) -> Fragment:
    rows = [
        {"label": outcome.label, "what": _planned(missing.what), "why": because(missing.reason)}
        for outcome in report.study.of_role("primary")
        for missing in robustness.not_carried_out(report.evidence, outcome)
    ]
    if not rows:
        return fragments.paragraph("Allt som planen anger för huvudmåtten har genomförts.")
    columns = {
        "label": Column("Mått"),
        "what": Column("Planerat"),
        "why": Column("Varför det inte kunde göras"),
    }
    caption = f"Avvikelser från analysplanen, {report.period.label}"
    return text_table(rows, columns, caption, "Avvikelserna räknas fram och kan inte väljas bort.")


def _planned(what: str) -> str:
    axis, found, label = what.partition(": ")
    return f"{AXES[axis]}: {setting(axis, label)}" if found else METHODS[what]
