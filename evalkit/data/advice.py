"""What to do about a broken rule, and the same in Swedish for whoever makes the extracts.

The rules that every contract has are told here; a rule in SQL is told by its own contract.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evalkit.data import swedish
from evalkit.data.odcs import Column, Contract, Rule
from evalkit.data.rules import Violation


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, in English; the fault and what to do, in Swedish. Never a value."""

    action: str
    fault_sv: str
    action_sv: str


_AT_THE_SOURCE = "correct the rows in the source system and make the extract again"
_AT_THE_SOURCE_SV = "Rätta raderna i källsystemet och gör om utdraget."
_AGAIN = "make the extract again, and do not open and save it in between"
_AGAIN_SV = "Gör om utdraget, och öppna och spara det inte däremellan."
_SAVE = "save the file as 'CSV UTF-8'"
_SAVE_SV = "Spara filen som ”CSV UTF-8”."
_HEADER = "make the header as the contract has it; `evalkit template` writes one"
_HEADER_SV = "Jämför rubrikraden med datakatalogen och rätta den."
_JUDGE = Advice(
    "look at the rows: correct what is wrong, leave what is right",
    "",
    "Se på raderna: rätta det som är fel och låt det som stämmer stå.",
)
_CORRECT = Advice(_AT_THE_SOURCE, "", _AT_THE_SOURCE_SV)
# Told of a rule that nobody has put into words yet.
_UNTOLD = "Filen följer inte sitt datakontrakt (regeln {rule})"
_UNKNOWN = "det som står i datakontraktet"

OF_RULES = {
    "missing-file": Advice(
        "put the file in the folder, under this name",
        "Filen saknas",
        "Lägg filen i mappen, med det här namnet.",
    ),
    "outside-folder": Advice(
        "put the file itself in the folder, not a link to it",
        "Filen är en länk ut ur mappen",
        "Lägg själva filen i mappen.",
    ),
    "unreadable": Advice(
        "ask whoever keeps the machine for the right to read it",
        "Filen går inte att öppna",
        "Be den som sköter datorn om rätt att läsa filen.",
    ),
    "empty-file": Advice(_AGAIN, "Filen är tom; inte ens en rubrikrad finns", _AGAIN_SV),
    "not-empty": Advice(
        "fill in the rows, or make the extract again",
        "Filen har en rubrikrad men inga rader, och får inte vara tom",
        "Fyll i raderna eller gör om utdraget.",
    ),
    "encoding": Advice(_SAVE, "Filens tecken är inte sparade som {encodings} hela vägen", _SAVE_SV),
    "nul-byte": Advice(_AGAIN, "Filen är skadad eller är ingen textfil", _AGAIN_SV),
    "line-end": Advice(_SAVE, "Filen har radslut av ett slag som inte kan läsas säkert", _SAVE_SV),
    "quotes": Advice(
        _AGAIN,
        "Ett citattecken avslutas aldrig eller följs av text, eller så är en cell orimligt lång",
        "Se på raden i källsystemet: ta bort ensamma citattecken och gör om utdraget.",
    ),
    "line-break": Advice(
        "take the line break out of the cell in the source system",
        "En cell innehåller en radbrytning, eller ett citattecken avslutas aldrig",
        "Ta bort radbrytningen i källsystemet och gör om utdraget.",
    ),
    "delimiter": Advice(
        "save the file with the contract's delimiter",
        "Filen har en enda kolumn: den är sparad med ett annat skiljetecken än {delimiter}",
        "Spara filen med {delimiter} mellan kolumnerna.",
    ),
    "row-length": Advice(
        "look for a delimiter inside a cell, or a row above or below the table",
        "Raderna har fler eller färre celler än rubrikraden",
        "Leta efter {delimiter} inne i en cell, och efter rader före eller efter tabellen.",
    ),
    "personnummer": Advice(
        "put pseudonyms in place of personnummer, and destroy this copy of the file",
        "Något kan vara ett personnummer eller samordningsnummer",
        "Byt personnummer mot pseudonymer, gör om utdraget och förstör den här kopian av filen.",
    ),
    "missing-column": Advice(_HEADER, "Kolumnen saknas", _HEADER_SV),
    "duplicate-column": Advice(_HEADER, "Rubriken står två gånger", _HEADER_SV),
    "unknown-column": Advice(
        "take the column out, or correct its header",
        "Kolumn nummer {position} finns inte i datakontraktet",
        "Ta bort kolumnen, eller rätta rubriken efter datakatalogen.",
    ),
    "unknown-file": Advice(
        "take the file out of the folder, or give it the name that its contract has",
        "Inget datakontrakt beskriver filen, så den har inte lästs",
        "Ta bort filen ur mappen, eller ge den rätt namn.",
    ),
    "required": Advice(_AT_THE_SOURCE, "Cellen är tom men måste vara ifylld", _AT_THE_SOURCE_SV),
    "type": Advice(
        "write the cells in the contract's form",
        "Fel form; rätt form är {form}",
        "Skriv cellerna i rätt form redan när utdraget görs.",
    ),
    "pattern": Advice(
        "write the cells in the contract's form",
        "Fel form; rätt form är {form}",
        "Skriv cellerna i rätt form redan när utdraget görs.",
    ),
    "enum": Advice(
        "use the contract's codes",
        "Koden finns inte; tillåtna koder är {codes}",
        "Byt till en tillåten kod. Stora och små bokstäver och blanksteg spelar roll.",
    ),
    "range": Advice(
        _AT_THE_SOURCE,
        "Utanför det som är möjligt ({limits})",
        _AT_THE_SOURCE_SV,
    ),
    "unique-key": Advice(
        "keep one of the rows, or give them keys of their own",
        "Samma nyckel står på mer än en rad",
        "Behåll en av raderna, eller ge dem var sin nyckel, och gör om utdraget.",
    ),
    "foreign-key": Advice(
        "deliver the missing rows of the other file too, from the same day",
        "Finns inte i kolumnen {target}",
        "Lämna också de rader som saknas i den andra filen, från samma dag.",
    ),
}


def advise(violation: Violation, contracts: Sequence[Contract]) -> Advice:
    """Return what to do about a violation, made ready for its own column."""
    contract = next((one for one in contracts if one.file == violation.file), None)
    told = OF_RULES.get(violation.rule)
    if told is None:
        return _of_sql(violation, contract)
    details = _details(violation, contract, contracts)
    return Advice(
        told.action, told.fault_sv.format_map(details), told.action_sv.format_map(details)
    )


def _of_sql(violation: Violation, contract: Contract | None) -> Advice:
    columns = contract.columns if contract else ()
    rules: list[Rule] = [rule for column in columns for rule in column.rules]
    fault = next((rule.swedish for rule in rules if rule.id == violation.rule), "")
    told = _CORRECT if violation.stops else _JUDGE
    fault = fault or _UNTOLD.format(rule=violation.rule)
    return Advice(told.action, fault, told.action_sv)


def _details(
    violation: Violation, contract: Contract | None, contracts: Sequence[Contract]
) -> Mapping[str, str]:
    """Return what the phrases name; the contract's words, never the file's."""
    told = defaultdict(lambda: _UNKNOWN, position=str(violation.position))
    if contract is None:
        return told
    told["delimiter"] = swedish.DELIMITERS[contract.delimiter]
    told["encodings"] = " eller ".join(contract.encodings)
    column = next((one for one in contract.columns if one.header == violation.column), None)
    if column:
        told["form"] = swedish.form(column, contract)
        told["codes"] = ", ".join(column.codes)
        told["limits"] = swedish.limits(column)
        told["target"] = _target(column, contracts)
    return told


def _target(column: Column, contracts: Sequence[Contract]) -> str:
    table, _, key = (column.references or "").partition(".")
    for contract in contracts:
        if contract.table == table:
            return f"{contract.column(key).header} i {contract.file}"
    return ""
