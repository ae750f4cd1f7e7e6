"""The data dictionary, outputs/datakatalog.html: every extract and column, from the contracts."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from markupsafe import Markup, escape

from evalkit.data import contracts, swedish
from evalkit.data.contracts import Column as Described
from evalkit.data.contracts import Contract
from evalkit.disk import private_folder
from evalkit.plan import Study
from evalkit.reporting import fragments, tables
from evalkit.reporting.files import write_text
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import count, listing
from evalkit.reporting.pages import Cover
from evalkit.reporting.sectioned import Section, section, sectioned_page
from evalkit.reporting.tables import Column

NAME = "datakatalog.html"
# What is told of a column, and its heading.
HEADINGS = {
    "header": "Rubrik",
    "meaning": "Vad den betyder",
    "form": "Hur den skrivs",
    "codes": "Koder",
    "required": "Fylls i",
    "protection": "Skydd",
}
_SHOWN = ("header", "meaning", "form", "required", "protection")  # the codes stand with the form
_CLASSES = Markup(
    "<p>Skydd säger hur känslig en uppgift är:</p><ul>"
    "<li>Öppen: får publiceras.</li>"
    "<li>Intern: för förvaltningens eget bruk.</li>"
    "<li>Sekretess: om barn, familjer eller medarbetare.</li>"
    "<li>Sekretess, utpekande: kan dessutom peka ut en person.</li></ul>"
    "<p>Ingen uppgift om en enskild person visas i rapporten eller i ett felmeddelande.</p>"
)


def write_page(study: Study) -> Path:
    """Write the dictionary of a study's contracts below its outputs, and return where."""
    path = private_folder(study.root / "outputs") / NAME
    write_text(page(study, contracts.load(study.contracts_dir)), path)
    return path


def page(study: Study, contract_set: Sequence[Contract]) -> str:
    """Return the page: how to read it, and then a section for each extract."""
    cover = Cover("Datakatalog", study.organisation, study.title, False, _versions(contract_set))
    parts = (_reading(contract_set), *(_of_contract(contract) for contract in contract_set))
    return sectioned_page(cover, parts, NAME, wide=True)


def described(contract: Contract) -> list[dict[str, str]]:
    """Return a row in words for each column of an extract, by the names in `HEADINGS`."""
    return [
        {
            "header": column.header,
            "meaning": column.swedish or "–",
            "form": _form(column, contract),
            "required": "alltid" if column.required else "får vara tom",
            "codes": listed(column),
            "protection": swedish.CLASSES[column.classification],
        }
        for column in contract.columns
    ]


def listed(column: Described) -> str:
    """Return the codes, each with its label where that says more."""
    return ", ".join(
        code if code.casefold() == label.casefold() else f"{code} ({label})"
        for code, label in zip(column.codes, column.labels, strict=True)
    )


def _form(column: Described, contract: Contract) -> str:
    parts = [swedish.form(column, contract), swedish.limits(column)]
    if column.symbols:
        symbols = [f"{symbol} ({swedish.REASONS[reason]})" for symbol, reason in column.symbols]
        parts.append(f"eller {listing(symbols)}")
    return ", ".join(filter(None, parts))


def _reading(contract_set: Sequence[Contract]) -> Section:
    needed = [contract for contract in contract_set if not contract.optional]
    told = (
        f"Här beskrivs {count(len(contract_set), 'utdrag', 'utdrag')} och deras kolumner, som "
        f"datakontrakten anger dem. {count(len(needed), 'utdrag', 'utdrag')} behövs alltid; de "
        "övriga är frivilliga, och saknas ett säger rapporten det. Rubrikerna skrivs exakt som "
        "här, men kolumnerna får stå i vilken ordning som helst."
    )
    return section("lasa", "Så läser du katalogen", fragments.paragraph(told), _piece(_CLASSES))


def _of_contract(contract: Contract) -> Section:
    frame = pd.DataFrame(described(contract), dtype=object)
    coded = frame["codes"] != ""
    frame["form"] = frame["form"].mask(coded, frame["form"] + " " + frame["codes"])
    columns = {name: Column(HEADINGS[name]) for name in _SHOWN}
    caption = f"Kolumner i {contract.file}"
    table = fragments.table(tables.html(frame, columns, caption, stacked=True))
    parts = [fragments.paragraph(_about(contract)), table, *_rules(contract)]
    return section(f"utdrag-{contract.table}", f"{contract.title}: {contract.file}", *parts)


def _about(contract: Contract) -> str:
    kind = "Utdraget är frivilligt" if contract.optional else "Utdraget behövs"
    empty = "får vara tomt" if contract.may_be_empty else "får inte vara tomt"
    keys = [contract.column(name).header for name in contract.key]
    unique = f"kombination av {listing(keys)}" if keys[1:] else keys[0]
    return (
        f"{contract.swedish or contract.title}. {kind} och {empty}. Kolumnerna skiljs med "
        f"{swedish.DELIMITERS[contract.delimiter]}. Samma {unique} får inte stå på två rader."
    )


def _rules(contract: Contract) -> list[Fragment]:
    """Return the rules between columns and extracts, folded; those of the form are in the table."""
    told = [
        Markup("<li>{}: {}{}.</li>").format(
            column.header,
            rule.swedish or rule.id,
            " (varning)" if rule.severity == "warning" else "",
        )
        for column in contract.columns
        for rule in column.rules
    ]
    if not told:
        return []
    items = Markup("").join(told)
    summary = escape(f"Visa {count(len(told), 'regel', 'regler')} som prövas")
    html = Markup(
        "<details><summary>{}</summary><p>Så här får det inte vara:</p><ul>{}</ul></details>"
    ).format(summary, items)
    return [_piece(html)]


def _versions(contract_set: Sequence[Contract]) -> tuple[tuple[str, str], ...]:
    return tuple((contract.source, f"version {contract.version}") for contract in contract_set)


def _piece(html: Markup) -> Fragment:
    return Fragment(str(html), html.striptags())
