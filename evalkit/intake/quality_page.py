"""The page outputs/kvalitet.html: what was found in the extracts, for whoever makes them.

It counts rows and names none of their cells. Nothing in it has passed the release gate: like the
extracts it is for its owner only, and it is linked from no report.
"""

import pandas as pd
from markupsafe import Markup

from evalkit.data.odcs import SEVERITIES
from evalkit.intake import dictionary
from evalkit.intake.findings import (
    ABSENT,
    ACCEPTED,
    REFUSED,
    UNREAD,
    WARNED,
    Fault,
    FileFound,
    Findings,
)
from evalkit.plan import Study
from evalkit.reporting import fragments, tables
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import MISSING, count, listing, number
from evalkit.reporting.pages import Cover
from evalkit.reporting.sectioned import Section, section, sectioned_page
from evalkit.reporting.tables import Column

NAME = "kvalitet.html"
WORDS = {"fatal": "Stopp", "error": "Fel", "warning": "Varning"}
STATUS = {
    ACCEPTED: "ja", WARNED: "ja", REFUSED: "nej", ABSENT: "inte lämnad (frivillig)",
    UNREAD: "inte läst",
}  # fmt: skip
_MEANING = Markup(
    "<ul><li>Stopp: filen går inte att läsa säkert, så ingen rad i den har prövats vidare. Rätta "
    "detta först.</li>"
    "<li>Fel: raderna följer inte datakontraktet. Inget räknas förrän de är rättade; verktyget "
    "ändrar aldrig en rad och hoppar inte över någon.</li>"
    "<li>Varning: raderna kan vara fel. De räknas med som de står, och rapporten berättar om "
    "varningen.</li></ul>"
    "<p>Rader är numrerade som i ett kalkylblad: rubrikraden är rad 1. Högst fem rader nämns. "
    "Sidan visar aldrig vad som står i en cell. Sök upp raden i filen, men rätta den i "
    "källsystemet.</p>"
)
_DICTIONARY = Markup(
    '<p>Vad varje kolumn betyder och hur den skrivs: <a href="{}">datakatalogen</a>.</p>'
).format(dictionary.NAME)


def page(study: Study, found: Findings) -> str:
    """Return the page: the answer, the files, what to correct file by file, and the words used."""
    concerned = [file for file in found.files if file.faults]
    concerned.sort(key=_gravest)
    parts = [
        section("svaret", "Kan utdragen användas?", _answer(found)),
        section("filerna", "Filerna", _files(found)),
        *(_of_file(place, file) for place, file in enumerate(concerned, 1)),
        section("orden", "Så läser du sidan", _piece(_MEANING), _piece(_DICTIONARY)),
    ]
    cover = Cover(
        "Kontroll av utdragen",
        study.organisation,
        study.title,
        study.simulated,
        (("Räknas om med", "evalkit check"), ("Utdragens mapp", f"{study.extracts}/")),
    )
    return sectioned_page(cover, tuple(parts), NAME, leaves=True)


def _answer(found: Findings) -> Fragment:
    refused = [file for file in found.files if file.status == REFUSED]
    if refused:
        return fragments.callout("svar", _refused(found, refused))
    if found.misfit:
        text = Markup(
            "<p>Utdragen följer sina datakontrakt, men studiens plan passar inte till dem. Det är "
            'utvärderaren som rättar planen, efter det här meddelandet:</p><p lang="en">{}</p>'
        ).format(str(found.misfit))
        return fragments.callout("svar", text)
    rules = found.counts["warning"]
    said = f"Ja. {_read(found)} och följer sina datakontrakt."
    if rules:
        said += (
            f" {count(rules, 'regel', 'regler')} gav varning. Se på de raderna: det som är fel "
            "rättas i källsystemet, det som stämmer får stå kvar."
        )
    return fragments.callout("svar", Markup("<p>{}</p>").format(said))


def _refused(found: Findings, refused: list[FileFound]) -> Markup:
    names = listing([file.file for file in refused])
    text = (
        f"Nej, inte än. {_read(found)}, men {count(len(refused), 'utdrag', 'utdrag')} kan inte tas "
        f"emot: {names}. Inget räknas förrän felen är rättade."
    )
    steps = Markup(
        "<p>Rätta i källsystemet eller där utdraget görs, gör om utdragen och kontrollera dem "
        "igen. Alla fel som kunde hittas står här, så att de kan rättas på en gång.</p>"
    )
    if found.not_run:
        steps += Markup(
            "<p>{} kunde inte prövas, eftersom de behöver en fil som inte gick att läsa "
            "eller saknar rader. Nästa "
            "kontroll kan därför hitta fler fel.</p>"
        ).format(count(found.not_run, "regel", "regler"))
    return Markup("<p>{}</p>").format(text) + steps


def _read(found: Findings) -> str:
    rows = count(sum(file.rows or 0 for file in found.read), "rad", "rader")
    return f"{count(len(found.read), 'utdrag', 'utdrag')} med {rows} har lästs"


def _files(found: Findings) -> Fragment:
    rows = [
        {"file": file.file, "rows": _rows(file), "accepted": _accepted(file)}
        for file in found.files
    ]
    columns = {
        "file": Column("Fil"),
        "rows": Column("Rader"),
        "accepted": Column("Tas emot"),
    }
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    return fragments.table(tables.html(frame, columns, "Alla filer och om de tas emot"))


def _rows(file: FileFound) -> str:
    if file.rows is None:
        return MISSING
    return number(file.rows) if file.rows else "inga rader"


def _accepted(file: FileFound) -> str:
    stops, warnings = file.times("fatal", "error"), file.times("warning")
    told = [STATUS[file.status]]
    if stops:
        told.append(count(stops, "bruten regel", "brutna regler"))
    if warnings and file.status != UNREAD:
        told.append(count(warnings, "varning", "varningar"))
    return ", ".join(told)


def _of_file(place: int, file: FileFound) -> Section:
    columns = {
        "column": Column("Kolumn"),
        "fault": Column("Vad är fel?"),
        "action": Column("Gör så här"),
        "rows": Column("Rader"),
        "severity": Column("Grad"),
    }
    frame = pd.DataFrame([_fault(fault) for fault in file.faults], columns=list(columns))
    read = f" ({count(file.rows, 'rad', 'rader')})" if file.rows else ""
    caption = f"Att se på i {file.file}{read}"
    title = f"{file.title}: {file.file}" if file.title else file.file
    table = tables.html(frame.astype(object), columns, caption, stacked=True)
    return section(f"fil-{place}", title, fragments.table(table))


def _fault(fault: Fault) -> dict[str, str]:
    violation, advice = fault.violation, fault.advice
    unknown = f"nr {violation.position}" if violation.position else "hela filen"
    return {
        "column": violation.column or unknown,
        "fault": f"{advice.fault_sv}.",
        "action": advice.action_sv,
        "rows": _places(violation.count, violation.first_rows),
        "severity": WORDS[violation.severity],
    }


def _places(times: int, first: tuple[int, ...]) -> str:
    """Return how many rows and the first of them: `12 rader: 2, 3, 4, 5, 6 med flera`."""
    if not times:
        return MISSING
    listed = ", ".join(str(row) for row in first)
    if times > len(first):
        return f"{count(times, 'rad', 'rader')}: {listed} med flera"
    return f"rad {listed}"


def _gravest(file: FileFound) -> int:
    return min(SEVERITIES.index(fault.violation.severity) for fault in file.faults)


def _piece(html: Markup) -> Fragment:
    return Fragment(str(html), html.striptags())
