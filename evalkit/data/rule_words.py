"""What each rule that every contract has says to whoever must act, in English and in Swedish."""

from dataclasses import dataclass


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
_DESCRIBED = "in a source file (docs/sources.md)"
_HEADER = (
    "make the header as the contract has it, which `evalkit template` writes, or translate the "
    f"system's own {_DESCRIBED}"
)
_HEADER_SV = "Jämför rubrikraden med datakatalogen och rätta den."
JUDGE = Advice(
    "look at the rows: correct what is wrong, leave what is right",
    "",
    "Se på raderna: rätta det som är fel och låt det som stämmer stå.",
)
CORRECT = Advice(_AT_THE_SOURCE, "", _AT_THE_SOURCE_SV)
_NOT_PERSONAL = "put pseudonyms or codes in its place, and destroy this copy of the file"
_NOT_PERSONAL_SV = "Byt till pseudonymer eller koder, gör om utdraget och förstör den här kopian."

OF_RULES = {
    "missing-file": Advice(
        f"put the file in the folder, under this name, or name the system's own {_DESCRIBED}",
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
        f"save the file with the contract's delimiter, or name the system's own {_DESCRIBED}",
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
    "missing-column": Advice(
        "add the column where the extract is made; if it has another name there, translate its "
        f"header {_DESCRIBED}",
        "Kolumnen saknas",
        _HEADER_SV,
    ),
    "duplicate-column": Advice(_HEADER, "Rubriken står två gånger", _HEADER_SV),
    "unknown-column": Advice(
        "take the column out, or correct its header",
        "Kolumn nummer {position} finns inte i datakontraktet",
        "Ta bort kolumnen, eller rätta rubriken efter datakatalogen.",
    ),
    "unknown-file": Advice(
        "take the file out of the folder, give it the name that its contract has, or name it "
        f"{_DESCRIBED}",
        "Inget datakontrakt beskriver filen, så den har inte lästs",
        "Ta bort filen ur mappen, eller ge den rätt namn.",
    ),
    "required": Advice(_AT_THE_SOURCE, "Cellen är tom men måste vara ifylld", _AT_THE_SOURCE_SV),
    "type": Advice(
        f"write the cells in the contract's form, or declare the system's own {_DESCRIBED}",
        "Fel form; rätt form är {form}",
        "Skriv cellerna i rätt form redan när utdraget görs.",
    ),
    "pattern": Advice(
        "write the cells in the contract's form",
        "Fel form; rätt form är {form}",
        "Skriv cellerna i rätt form redan när utdraget görs.",
    ),
    "enum": Advice(
        f"use the contract's codes, or say what the system's own mean {_DESCRIBED}",
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
    "cut-off": Advice(_AGAIN, "Sista raden saknar radslut, så filen kan vara avhuggen", _AGAIN_SV),
    "changed-while-read": Advice(
        "wait until the export has ended, then check again",
        "Filen ändrades medan den lästes",
        "Vänta tills utdraget är färdigt och kontrollera igen.",
    ),
    "two-candidates": Advice(
        "keep the one that is meant, and take the other out of the folder",
        "Två filer kan vara samma utdrag",
        "Behåll den som gäller och ta bort den andra ur mappen.",
    ),
    "no-header": Advice(_HEADER, "Rubrikraden saknas där den ska stå", _HEADER_SV),
    "personal-column": Advice(
        "take the column out; nothing that names a person is delivered",
        "Kolumn nummer {position} verkar vara personuppgifter eller fritext",
        "Ta bort kolumnen redan när utdraget görs.",
    ),
    "footer": Advice(
        "correct the source file, or the last lines of the extract",
        "Raderna under tabellen är inte de som källfilen säger",
        "Rätta källfilen eller de sista raderna i utdraget.",
    ),
    "limits": Advice(
        "deliver the extract in parts",
        "Filen är större än vad som går att läsa säkert",
        "Dela upp utdraget, till exempel per år.",
    ),
    "blank-row": Advice("take the row out", "Alla celler på raden är tomma", "Ta bort raden."),
    "total-row": Advice(
        f"take the row out, or declare how it begins as 'footer' {_DESCRIBED}",
        "Raden är en summa och inte ett ärende",
        "Ta bort summaraden.",
    ),
    "parquet": Advice(_AGAIN, "Filen går inte att läsa som Parquet", _AGAIN_SV),
    "column-type": Advice(
        "write the column as text, whole numbers, decimals or days",
        "Kolumnen har en typ som inte kan läsas utan att något ändras",
        "Skriv kolumnen som text, heltal, decimaltal eller datum.",
    ),
    "workbook": Advice(
        "save the file as an Excel workbook (.xlsx) without password and macros",
        "Filen är ingen läsbar Excelarbetsbok (.xlsx)",
        "Spara den som Excelarbetsbok (.xlsx), utan lösenord och makron.",
    ),
    "sheets": Advice(
        "keep one sheet, or name the one to read as 'sheet' in the source file",
        "Det framgår inte vilket blad som ska läsas",
        "Behåll ett blad, eller skriv bladets namn i källfilen.",
    ),
    "hidden": Advice(
        "show what is hidden, or delete it",
        "Arbetsboken har dolda blad, rader eller kolumner",
        "Visa det som är dolt, eller ta bort det.",
    ),
    "merged-cells": Advice(
        "split the merged cells", "Arbetsboken har sammanfogade celler", "Dela upp cellerna."
    ),
    "formulas": Advice(
        "paste the values in place of the formulas",
        "Celler innehåller formler",
        "Klistra in värdena i stället för formlerna.",
    ),
    "error-cells": Advice(
        "correct the cells that Excel shows as errors",
        "Celler innehåller felvärden, till exempel saknat värde",
        "Rätta cellerna redan när utdraget görs.",
    ),
    "lost-digits": Advice(
        "export the column as text",
        "Tal är så långa att Excel har tappat siffror",
        "Gör om utdraget med kolumnen som text.",
    ),
    "mixed-dates": Advice(
        "write all cells of the column as days",
        "Vissa celler är datum för Excel och andra är text eller tal",
        "Gör om utdraget med hela kolumnen som datum.",
    ),
    "email": Advice(_NOT_PERSONAL, "Något kan vara en e-postadress", _NOT_PERSONAL_SV),
    "phone": Advice(_NOT_PERSONAL, "Något kan vara ett telefonnummer", _NOT_PERSONAL_SV),
    "address": Advice(_NOT_PERSONAL, "Något kan vara en gatuadress", _NOT_PERSONAL_SV),
    "name": Advice(_NOT_PERSONAL, "Något kan vara en persons namn", _NOT_PERSONAL_SV),
    "extract-date-in-future": Advice(
        _AT_THE_SOURCE, "Utdragets datum har inte inträffat än", "Rätta datumet för utdraget."
    ),
    "mojibake": Advice(
        _SAVE, "Bokstäver som å, ä och ö har blivit två tecken", "Gör om utdraget som UTF-8."
    ),
    "hash-pseudonym": Advice(
        "make sure that the pseudonyms were made with a secret key",
        "Nyckeln ser ut som en kontrollsumma, som kan räknas tillbaka till ett personnummer",
        "Kontrollera att pseudonymerna är gjorda med en hemlig nyckel.",
    ),
    "number-as-key": Advice(
        "export the column as text",
        "Ett kalkylprogram har gjort ett tal av nyckeln",
        "Gör om utdraget med kolumnen som text.",
    ),
    "same-content": Advice(
        JUDGE.action,
        "Raden säger samma sak som en tidigare rad med en annan nyckel",
        JUDGE.action_sv,
    ),
    "year-missing": Advice("deliver that year too", "Ett helt år saknas", "Lämna också det året."),
    "volume-break": Advice(
        "make sure that both years are whole",
        "Antalet rader skiljer sig mycket från året före",
        "Kontrollera att båda åren är fullständiga.",
    ),
    "pseudonyms-changed": Advice(
        "make all years again with one key",
        "Ingen från ett år finns året efter, så pseudonymerna är gjorda med olika nycklar",
        "Gör om alla år med samma nyckel.",
    ),
    "contract-version": Advice(
        "deliver to the version of the contract that is in use",
        "Filen följer en annan version av datakontraktet",
        "Gör om utdraget efter den version som gäller.",
    ),
    "delivery-unreadable": Advice(
        "correct leverans.yaml", "Följesedeln går inte att läsa", "Rätta leverans.yaml."
    ),
    "delivery-unknown-file": Advice(
        "correct leverans.yaml",
        "Följesedeln nämner en fil som inget datakontrakt beskriver",
        "Rätta leverans.yaml.",
    ),
    "delivery-not-listed": Advice(
        "list the file in leverans.yaml, or take it out",
        "Filen står inte i följesedeln",
        "Skriv in filen i leverans.yaml, eller ta bort den.",
    ),
    "delivery-rows": Advice(
        _AGAIN, "Filen har ett annat antal rader än följesedeln säger", _AGAIN_SV
    ),
    "delivery-checksum": Advice(_AGAIN, "Filen är inte den som följesedeln gäller", _AGAIN_SV),
}
