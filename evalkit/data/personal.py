"""Finding what points at a person: numbers, names, telephones, addresses, in cells and in names.

Pseudonyms and codes are all that is delivered. What is found stops the file, and is never told.
No list of names is complete: this net is for the mistake of a wrong column, not for an adversary.
Given names: some that are common in Sweden, less those that are words or places; family names:
those that end in -sson.
"""

import re
import unicodedata

from evalkit.data.personnummer import SUSPECT_SQL as NUMBER_SQL
from evalkit.data.personnummer import holds_personnummer

_GIVEN = (
    "Agneta|Ahmed|Alexander|Ali|Alice|Anders|Andreas|Anette|Anna|Anneli|Annika|Arvid|Astrid|"
    "Barbro|Bengt|Birgitta|Caroline|Christer|Christina|Daniel|David|Elin|Elisabeth|Elsa|Emil|Emma|"
    "Erik|Eva|Fatima|Fredrik|Gunilla|Gunnar|Gustav|Göran|Hanna|Helena|Henrik|Hugo|Ida|Ingrid|Jan|"
    "Jenny|Johan|Johanna|Jonas|Josefin|Julia|Karin|Karl|Kerstin|Kristina|Lars|Lena|Lennart|Linda|"
    "Linnea|Magnus|Malin|Marcus|Margareta|Maria|Marie|Martin|Mattias|Mikael|Mohamed|Mohammed|"
    "Monika|Niklas|Nils|Ola|Olof|Oscar|Patrik|Peter|Robert|Sara|Sofia|Stefan|Susanne|Sven|Thomas|"
    "Ulla|Ulrika|Viktor|William"
)
MESSAGES = {
    "personnummer": "can be a personnummer or samordningsnummer; deliver pseudonyms only",
    "email": "can be an e-mail address; deliver pseudonyms only",
    "phone": "can be a telephone number; deliver pseudonyms only",
    "address": "can be a street address; deliver areas only",
    "name": "can be a person's name; deliver pseudonyms only",
}
_STREET = "(?:gatan|vägen|gränd|stigen|backen|allén)"
_EMAIL = re.compile(r"[^\s@]@[\w-]+\.\w")
_PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:\+|00)46 ?(?:\(0\))?[ -]?[1-9](?:[ /-]{0,2}[0-9]){6,9}"
    r"|07[02369](?:[ /-]{0,2}[0-9]){7}"
    r"|0[1-9][0-9]{0,2}(?:-|/| - )[0-9]{2,3}(?: ?[0-9]{2}){2,3})(?![0-9A-Za-z])"
)
_ADDRESS = re.compile(rf"[a-zåäö]{_STREET} [0-9]{{1,3}}(?![0-9])", re.IGNORECASE)
_NAME = re.compile(rf"\b(?:{_GIVEN})[ _-]+(?!(?:{_GIVEN})\b)[A-ZÅÄÖ][a-zåäöé]+|[a-zåäö]sson\b")
_GIVEN_ALONE = re.compile(rf"\b(?:{_GIVEN})s?\b")
_PROSE_WORDS = 4
# Coarse, as RE2 wants it: whatever matches is looked at again.
SUSPECT_SQL = (
    rf"{NUMBER_SQL}|@|(?:\+|00)46|07[02369](?:[ /-]{{0,2}}[0-9]){{7}}"
    rf"|0[1-9][0-9]{{0,2}}[ /-]{{1,3}}[0-9]{{2,3}} ?[0-9]{{2}}|(?i:{_STREET} [0-9])|sson|{_GIVEN}"
)
_HEADERS = re.compile(
    r"pers(?:on)?\W*n(?:umme)?r|\bpnr\b|namn|adress|telefon|mobil|e-?post|mail|fritext|anteckning|"
    r"journal|kommentar|notering"
)


def kind_of(text: str, *, free: bool = True) -> str:
    """Return what in `text` can point at a person, as a key of MESSAGES, or nothing.

    Names and addresses are only looked for where the text is `free`, that is no code of a list.
    """
    if holds_personnummer(text):
        return "personnummer"
    plain = unicodedata.normalize("NFKC", text)
    if _EMAIL.search(plain):
        return "email"
    if _PHONE.search(plain):
        return "phone"
    if free and _ADDRESS.search(plain):
        return "address"
    return "name" if free and _names_somebody(plain) else ""


def kind_of_file(name: str) -> str:
    """Return what in the name of a file can point at a person, or nothing."""
    return kind_of(name) or kind_of(re.sub(r"[_.-]+", " ", name))


def is_personal_header(header: str) -> bool:
    """Return whether a column is named as one with personal data or free text would be."""
    return bool(_HEADERS.search(unicodedata.normalize("NFKC", header).casefold().replace("_", " ")))


def _names_somebody(text: str) -> bool:
    """In prose a given name alone is enough; as the name of a place it is not."""
    prose = len(text.split()) >= _PROSE_WORDS
    return bool(_NAME.search(text) or (prose and _GIVEN_ALONE.search(text)))
