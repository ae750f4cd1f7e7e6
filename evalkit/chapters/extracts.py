"""What the report rests on: the extracts, and what was accepted with a warning."""

from math import nan

from evalkit.chapters.opening import Report
from evalkit.reporting import fragments, tables
from evalkit.reporting.disclosure import release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import count, number
from evalkit.reporting.tables import Column


def extracts_table(report: Report) -> Fragment:
    """Return the extracts with their rows, and every warning that was accepted."""
    quality, warnings = report.cells.quality, report.cells.warnings
    released = release(quality, rule=report.rule, counts=["rows"])  # one row may be of one child
    columns = {"file": Column("Utdrag"), "rows": Column("Rader i leveransen", "count")}
    table = tables.html(released, columns, "Utdrag som har kontrollerats")
    warned = warnings.loc[warnings["file"] != "", "file"].nunique()
    said = (
        f"{count(len(quality), 'utdrag', 'utdrag')} kontrollerades mot sitt "
        f"datakontrakt och följde det. {_warnings(warned)} Vad varje kolumn betyder står i "
        "datakatalogen (datakatalog.html), som ligger bredvid rapporternas förstasida."
    )
    folded = f"<details><summary>Visa utdragen</summary>{table}</details>"
    parts = [fragments.paragraph(said), *_warnings_table(report), fragments.table(folded)]
    return fragments.join(*parts)


def _warnings(files: int) -> str:
    return f"{number(files)} av dem gav varningar." if files else "Inget av dem gav varningar."


def _warnings_table(report: Report) -> list[Fragment]:
    """Return what was accepted with a warning, rule by rule; nothing where nothing was."""
    frame = report.cells.warnings
    if frame.empty:
        return []
    frame = frame.assign(
        file=frame["file"].replace("", "Fil utan datakontrakt"),
        column=frame["column"].replace("", "–"),
        count=frame["count"].astype(float).replace(0, nan),  # a whole file is meant
    )
    shown = frame[["text", "file", "column", "count"]]
    released = release(shown, rule=report.rule, counts=["count"])
    columns = {
        "text": Column("Varning"),
        "file": Column("Utdrag"),
        "column": Column("Kolumn"),
        "count": Column("Rader", "count"),
    }
    note = "Raderna ingår i beräkningen som de står. En varning betyder att de kan vara fel."
    caption = "Godtaget med varning"
    table = tables.html(released, columns, caption, note=note, counted="rader", stacked=True)
    return [fragments.table(table)]
