"""Classes of bad input: each planted in valid extracts by one change, and told as it should be.

Every row of the table is run through `evalkit check` (the command, in this process; the contracts
are read once). What is asserted: exit code, and for each finding its severity, file, rows, column
and rule; and that nothing planted is in what was printed or in any file left behind. Classes that
are no matter of the extracts are in `test_other_classes.py`.

Where the response is another than F (stop the file), E (error), W (warning) of the design note:

11  letters in two parts are refused, not composed: nothing is changed silently.
18  any unknown column stops, personal or not: what nobody asked for is not taken in.
27  ages over the study's scope are left out and counted; only impossible ones are errors.
39  a district without a map entry is an error of its rows, so that all of them are listed.
45  no contract can describe a column of free text: `test_contracts.py`, "free text".
48  protected identities are counted as everybody; left out, they would bias the counts. No count
    is made by the flag, and small counts are protected whoever they are of.
"""

import csv
import io
from datetime import date, timedelta

import pytest

SECRET = "zqx-hemlig"
HEAD = "barn_id;familj_id;kon;fodelsemanad;ensamkommande;skyddade_uppgifter;forsta_kannedom_datum"


def cell(extract, row, column, value):
    def plant(study):
        study.rows[extract][row][column] = value

    plant.secrets = [value] if len(value) > 5 else []
    return plant


def raw(extract, change, *secrets):
    """Change the bytes of a file."""

    def plant(study):
        study.raw[f"{extract}.csv"] = change(study.text(extract).encode())

    plant.secrets = list(secrets)
    return plant


def replaced(extract, old, new, *secrets, times=1):
    old, new = (part.encode() if isinstance(part, str) else part for part in (old, new))

    def change(content):
        assert old in content
        return content.replace(old, new, times)

    return raw(extract, change, *secrets)


def file(name, content=b"x\r\n", *secrets):
    def plant(study):
        study.raw[name] = content

    plant.secrets = list(secrets)
    return plant


def both(*plants):
    def plant(study):
        for one in plants:
            one(study)

    plant.secrets = [secret for one in plants for secret in one.secrets]
    return plant


def folder_for(name):
    def plant(study):
        study.raw[name] = None
        study.change.append(lambda folder: (folder / name).mkdir())

    plant.secrets = []
    return plant


def link_out(name):
    def change(folder):
        outside = folder.parent.parent / "utanfor.csv"
        (folder / name).rename(outside)
        (folder / name).symlink_to(outside)

    def plant(study):
        study.change.append(change)

    plant.secrets = []
    return plant


def closed(name):
    """Take away the right to read a file."""

    def plant(study):
        study.change.append(lambda folder: (folder / name).chmod(0))

    plant.secrets = []
    return plant


def copied(extract, row, **cells):
    def plant(study):
        study.rows[extract].append(study.rows[extract][row] | cells)

    plant.secrets = []
    return plant


def dropped(extract):
    def plant(study):
        study.raw[f"{extract}.csv"] = study.text(extract).splitlines(keepends=True)[0].encode()

    plant.secrets = []
    return plant


def column(extract, header, value):
    def plant(study):
        for row in study.rows[extract]:
            row[header] = value

    plant.secrets = [value] if value else []
    return plant


def years(per_year, child=lambda year, n: f"Y{n:03d}"):
    """Deliver referrals of each year's children: year -> how many."""

    def plant(study):
        (one, *_), (home, *_) = study.rows["barn"], study.rows["boende"]
        model = study.rows["aktualisering"][0]
        seen = {}
        for year, count in per_year.items():
            for n in range(count):
                day = (date(year, 1, 1) + timedelta(days=3 * n % 360)).isoformat()
                known = child(year, n)
                seen[known] = None
                study.rows["aktualisering"].append(
                    model
                    | {"aktualisering_id": f"R{year}{n:03d}", "barn_id": known, "inkom_datum": day}
                    | {"skyddsbedomning_datum": "", "beslut_datum": "", "beslut": ""}
                )
        for known in seen:
            study.rows["barn"].append(one | {"barn_id": known, "fodelsemanad": "2010-01"})
            study.rows["boende"].append(home | {"barn_id": known, "from": "2010-01-01", "tom": ""})

    plant.secrets = []
    return plant


def listed(text):
    return file("leverans.yaml", text.encode())


F, E, W = "fatal", "error", "warning"


def refusal(name, rule, *rows):
    return (F, f"{name}.csv", rows, "", rule)


def fault(name, row, header, rule, severity=E):
    return (severity, f"{name}.csv", (row,), header, rule)


# The rule of a sum over rows sees that one is missing in it.
SUM_IS_WRONG = fault("ekonomi", 4, "belopp", "sum-of-income", W)
OVER = dict.fromkeys(range(2018, 2023), 60)
MORE = {2018: 520, 2019: 520, 2020: 800, 2021: 800, 2022: 800}
# Class, what is planted, exit code, findings (severity, file, first rows, column, rule).
TABLE = {
    "1 missing": (1, file("barn.csv", None), 3, [refusal("barn", "missing-file")]),
    "1 misspelt": (1, both(file("insats.csv", None), file("insatser.csv", b"a;b\r\n")), 3, [
        refusal("insats", "missing-file"), (W, "insatser.csv", (), "", "unknown-file")]),
    "1 two candidates": (1, file("Barn (1).csv"), 3, [
        (F, "Barn (1).csv", (), "", "two-candidates")]),
    "2 empty": (2, file("barn.csv", b""), 3, [refusal("barn", "empty-file")]),
    "3 header only": (3, dropped("handlaggare"), 3, [refusal("handlaggare", "not-empty")]),
    "3 header only, allowed": (3, dropped("avgang"), 0, []),
    "4 folder": (4, folder_for("barn.csv"), 3, [refusal("barn", "unreadable")]),
    "4 link out": (4, link_out("barn.csv"), 3, [refusal("barn", "outside-folder")]),
    "4 no permission": (4, closed("barn.csv"), 3, [refusal("barn", "unreadable")]),
    "6 cut in a cell": (6, raw("barn", lambda b: b[:-6]), 3, [refusal("barn", "cut-off", 3)]),
    "6 cut between rows": (6, both(
        raw("utredning", lambda b: b"".join(b.splitlines(keepends=True)[:2])),
        listed("files: {utredning.csv: {rows: 2}}\n")), 3, [
        refusal("utredning", "delivery-rows")] + [
        refusal(name, "delivery-not-listed") for name in (
            "aktualisering", "avgang", "barn", "behov", "boende", "ekonomi", "enkat",
            "erbjudande", "handelse", "handlaggare", "insats", "omradeskarta", "rad_och_stod",
            "tilldelning")]),
    "7 BOM": (7, raw("barn", lambda b: b"\xef\xbb\xbf" + b), 0, []),
    "8 cp1252": (8, raw("boende", lambda b: b.decode().encode("cp1252")), 0, []),
    "8 two encodings": (8, raw("boende", lambda b: b + "B002;1999-01-01;;Nälsta;;nej;x;y\r\n"
        .encode("cp1252")), 3, [refusal("boende", "encoding")]),
    "9 mojibake in header": (9, replaced("barn", "kon;", "kÃ¶n;"), 3, [
        (F, "barn.csv", (), "kon", "missing-column"), (F, "barn.csv", (), "", "unknown-column")]),
    "9 mojibake in code": (9, replaced("aktualisering", "våld mot barn", "vÃ¥ld mot barn",
        "vÃ¥ld"), 3, [fault("aktualisering", 2, "orsak", "enum")]),
    "9 mojibake in text": (9, cell("handelse", 0, "text", "PandemÃ¤in"), 3, [
        fault("handelse", 2, "text", "mojibake", W), fault("handelse", 2, "text", "pattern")]),
    "10 UTF-16": (10, raw("barn", lambda b: b.decode().encode("utf-16")), 3, [
        refusal("barn", "encoding")]),
    "11 NFD": (11, replaced("boende", "ä", "a\u0308"), 3, [refusal("boende", "encoding")]),
    "11 zero width in id": (11, cell("barn", 1, "familj_id", "F00\u200b2"), 3, [
        fault("barn", 3, "familj_id", "pattern")]),
    "11 no-break space in code": (11, cell("barn", 0, "kon", "flicka\u00a0"), 3, [
        fault("barn", 2, "kon", "enum")]),
    "11 Cyrillic in id": (11, cell("barn", 0, "familj_id", "F\u0430001"), 3, [
        fault("barn", 2, "familj_id", "pattern")]),
    "11 full width digits": (11, cell("utredning", 0, "inledd_datum", "２０21-02-10"), 3, [
        fault("utredning", 2, "inledd_datum", "type")]),
    "12 commas": (12, raw("barn", lambda b: b.replace(b";", b",")), 3, [
        refusal("barn", "delimiter", 1)]),
    "12 tabs": (12, raw("barn", lambda b: b.replace(b";", b"\t")), 3, [
        refusal("barn", "delimiter", 1)]),
    "13 ambiguous thousands": (13, cell("ekonomi", 0, "belopp", "1.234"), 3, [
        fault("ekonomi", 2, "belopp", "type"), SUM_IS_WRONG]),
    "13 blank thousands": (13, cell("ekonomi", 0, "belopp", "1 234"), 3, [
        fault("ekonomi", 2, "belopp", "type"), SUM_IS_WRONG]),
    "13 decimal point": (13, cell("enkat", 0, "medel", "5.3"), 3, [
        fault("enkat", 2, "medel", "type")]),
    "14 open quote": (14, replaced("barn", "\r\nB002;", '\r\n"B002;'), 3, [
        refusal("barn", "quotes", 3)]),
    "14 lone CR": (14, replaced("barn", "F002", "F0\r02"), 3, [refusal("barn", "line-end", 3)]),
    "14 NUL": (14, replaced("barn", "F002", "F0\x0002"), 3, [refusal("barn", "nul-byte", 3)]),
    "15 too many": (15, replaced("barn", "F002;", "F002;;"), 3, [refusal("barn", "row-length", 3)]),
    "15 too few": (15, replaced("barn", "F002;", ""), 3, [refusal("barn", "row-length", 3)]),
    "16 header twice": (16, column("barn", "kon2", ""), 3, [
        (F, "barn.csv", (), "kon", "duplicate-column")]),
    "17 column missing": (17, replaced("barn", "familj_id", "familje_id"), 3, [
        (F, "barn.csv", (), "familj_id", "missing-column"),
        (F, "barn.csv", (), "", "unknown-column")]),
    "18 extra column": (18, column("barn", "skostorlek", SECRET), 3, [
        (F, "barn.csv", (), "", "unknown-column")]),
    "18 personal column": (18, column("barn", "Mobiltelefon", SECRET), 3, [
        (F, "barn.csv", (), "", "personal-column")]),
    "18 free text": (18, column("barn", "journalanteckning", SECRET), 3, [
        (F, "barn.csv", (), "", "personal-column")]),
    "19 column order": (19, raw("barn", lambda b: b"\r\n".join(
        b";".join(line.split(b";")[::-1]) for line in b.split(b"\r\n"))), 0, []),
    "20 title": (20, raw("barn", lambda b: b"Uttag 2022;;;;;;;;\r\n" + b), 3, [
        refusal("barn", "no-header", 1)]),
    "20 total": (20, raw("barn", lambda b: b + b"Summa;2;;;;;;;\r\n"), 3, [
        refusal("barn", "total-row", 4)]),
    "20 total in words": (20, raw("barn", lambda b: b + b"Summa barn:;2;;;;;;;\r\n"), 3, [
        refusal("barn", "total-row", 4)]),
    "20 short total": (20, raw("barn", lambda b: b + b"Antal rader: 2\r\n"), 3, [
        refusal("barn", "row-length", 4)]),
    "20 blank row": (20, raw("barn", lambda b: b + b";;;;;;;;\r\n"), 3, [
        refusal("barn", "blank-row", 4)]),
    **{f"23 {day}": (23, cell("utredning", 0, "inledd_datum", day), 3, [
        fault("utredning", 2, "inledd_datum", "type")])
       for day in ("03/04/2021", "21-02-10", "2021-02-10 00:00", "2021-02-10T00:00Z", "20210210",
                   "10.02.2021", "2021-2-10", "44237")},
    "24 impossible": (24, cell("barn", 0, "forsta_kannedom_datum", "2018-02-30"), 3, [
        fault("barn", 2, "forsta_kannedom_datum", "type")]),
    "24 first of times": (24, cell("barn", 0, "forsta_kannedom_datum", "1900-01-01"), 3, [
        fault("barn", 2, "forsta_kannedom_datum", "range")]),
    "24 end of times": (24, cell("utredning", 1, "avslutad_datum", "9999-12-31"), 3, [
        fault("utredning", 3, "avslutad_datum", "closed-date-after-extract"),
        fault("utredning", 3, "resultat", "result-required-when-closed")]),
    "24 end of plans": (24, cell("utredning", 1, "planerat_slut", "9999-12-31"), 3, [
        fault("utredning", 3, "planerat_slut", "range")]),
    "25 after the extract": (25, cell("avgang", 0, "datum", "2023-01-01"), 3, [
        fault("avgang", 2, "datum", "exit-date-after-extract")]),
    "25 not yet": (25, cell("avgang", 0, "utdrag_datum", "2092-12-31"), 3, [
        fault("avgang", 2, "utdrag_datum", "extract-date-in-future")]),
    "25 made before the cut-off": (25, column("tilldelning", "utdrag_datum", "2022-12-01"), 2, []),
    "26 end before start": (26, cell("utredning", 0, "avslutad_datum", "2021-02-09"), 3, [
        fault("utredning", 2, "avslutad_datum", "closed-before-opened")]),
    "26 decision before report": (26, cell("aktualisering", 0, "beslut_datum", "2021-01-31"), 3, [
        fault("aktualisering", 2, "beslut_datum", "decision-before-received")]),
    "26 service before decision": (26, cell("insats", 0, "start", "2021-05-19"), 3, [
        fault("insats", 2, "start", "start-before-decision")]),
    "27 unborn": (27, cell("barn", 0, "fodelsemanad", "2021-07"), 0, [
        fault("aktualisering", 2, "inkom_datum", "received-before-birth", W)]),
    "27 long before birth": (27, cell("barn", 0, "fodelsemanad", "2022-07"), 3, [
        fault("aktualisering", 2, "inkom_datum", "received-before-birth", W),
        fault("aktualisering", 2, "inkom_datum", "received-long-before-birth")]),
    "28 double key": (28, copied("barn", 0, kon="pojke"), 3, [
        (E, "barn.csv", (2, 4), "barn_id", "unique-key")]),
    "29 exact copy": (29, copied("barn", 0), 3, [
        (E, "barn.csv", (2, 4), "barn_id", "unique-key")]),
    "30 same content": (30, copied("insats", 0, insats_id="I009"), 0, [
        fault("insats", 4, "insats_id", "same-content", W)]),
    "31 orphan": (31, cell("avgang", 0, "barn_id", "B009"), 3, [
        fault("avgang", 2, "barn_id", "foreign-key")]),
    "31 caseworker not listed": (31, cell("tilldelning", 0, "handlaggare_id", "H009"), 3, [
        fault("tilldelning", 2, "handlaggare_id", "foreign-key")]),
    "32 blank key": (32, cell("insats", 0, "insats_id", ""), 3, [
        fault("insats", 2, "insats_id", "required")]),
    "33 float": (33, cell("rad_och_stod", 0, "ros_id", "123.0"), 3, [
        fault("rad_och_stod", 2, "ros_id", "pattern")]),
    "33 exponent": (33, cell("rad_och_stod", 0, "ros_id", "1e5"), 3, [
        fault("rad_och_stod", 2, "ros_id", "number-as-key")]),
    "33 lost zeros": (33, cell("avgang", 0, "barn_id", "2"), 3, [
        fault("avgang", 2, "barn_id", "foreign-key"), fault("avgang", 2, "barn_id", "pattern")]),
    **{f"34 {code!r}": (34, cell("aktualisering", 0, "anmalare", code), 3, [
        fault("aktualisering", 2, "anmalare", "enum")])
       for code in ("skola\u00a0", "SKOLA", "grannen", "Hälso- och sjukvården")},
    **{f"35 {answer!r}": (35, cell("utredning", 0, "skolkontakt", answer), 3, [
        fault("utredning", 2, "skolkontakt", "enum" if answer else "required")])
       for answer in ("Ja", "J", "1", "X", "true", "")},
    "36 two lead caseworkers": (36, cell("tilldelning", 1, "from", "2021-02-09"), 0, [
        fault("tilldelning", 3, "from", "two-lead-workers", W)]),
    "36 ends before it starts": (36, cell("tilldelning", 0, "tom", "2021-01-31"), 3, [
        fault("tilldelning", 2, "tom", "assignment-ends-before-start")]),
    "36 not employed": (36, cell("tilldelning", 2, "from", "2022-04-01"), 0, [
        fault("tilldelning", 4, "from", "assigned-outside-employment", W)]),
    "36 one day": (36, cell("tilldelning", 1, "tom", "2021-02-10"), 0, []),
    "37 overlapping investigations": (37, copied("utredning", 0, utredning_id="U009",
        inledd_datum="2021-03-01"), 0, [
        fault("utredning", 4, "inledd_datum", "investigation-overlap", W)]),
    "38 one report, two siblings": (38, both(
        copied("barn", 0, barn_id="B003"), copied("boende", 1, barn_id="B003"),
        copied("aktualisering", 0, aktualisering_id="A009", barn_id="B003")), 0, []),
    "39 unmapped district": (39, cell("boende", 2, "stadsdel", "Annanstans"), 3, [
        fault("aktualisering", 3, "inkom_datum", "district-without-map"),
        fault("boende", 4, "stadsdel", "district-not-in-map")]),
    "39 renamed district": (39, cell("omradeskarta", 1, "tom", "2020-12-31"), 3, [
        fault("aktualisering", 3, "inkom_datum", "district-without-map")]),
    "39 renamed, both names mapped in turn": (39, both(
        copied("omradeskarta", 1, **{"stadsdel": "Grimsta norra", "from": "2021-01-01"}),
        copied("boende", 2, **{"stadsdel": "Grimsta norra", "from": "2021-01-01"}),
        cell("omradeskarta", 1, "tom", "2020-12-31"),
        cell("boende", 2, "tom", "2020-12-31")), 0, []),
    "39 two maps of a district at once": (39, copied("omradeskarta", 0,
        **{"pilot": "nej", "from": "2020-01-01"}), 3, [
        fault("omradeskarta", 11, "from", "area-overlap")]),
    "39 moves between pilot and line": (39, both(
        copied("boende", 1, **{"stadsdel": "Grimsta", "from": "2021-02-16"}),
        cell("boende", 1, "tom", "2021-02-15")), 0, []),
    "39 in two districts at once": (39, copied("boende", 1,
        **{"stadsdel": "Grimsta", "from": "2021-01-01"}), 3, [
        (E, "boende.csv", (5,), "from", "residence-overlap")]),
    "39 map and plan differ": (39, cell("omradeskarta", 1, "pilot", "ja"), 2, []),
    "40 year missing": (40, years(OVER | {2020: 0}), 3, [
        (E, "aktualisering.csv", (), "inkom_datum", "year-missing")]),
    "40 overlapping deliveries": (40, copied("aktualisering", 0, orsak="annat"), 3, [
        (E, "aktualisering.csv", (2, 4), "aktualisering_id", "unique-key")]),
    "41 volume break": (41, years(MORE), 0, [
        (W, "aktualisering.csv", (1044, 1045, 1046, 1047, 1048), "inkom_datum", "volume-break")]),
    "44 personnummer": (44, cell("handelse", 0, "text", "20121212-1212"), 3, [
        fault("handelse", 2, "text", "personnummer", F)]),
    "44 samordningsnummer": (44, cell("handelse", 0, "text", "Kl 121272-1212"), 3, [
        fault("handelse", 2, "text", "personnummer", F)]),
    "44 name": (44, cell("handelse", 0, "text", "Möte med Anna Exempelsson"), 3, [
        fault("handelse", 2, "text", "name", F)]),
    "44 name as id": (44, cell("handlaggare", 1, "handlaggare_id", "Exempelsson"), 3, [
        fault("handlaggare", 3, "handlaggare_id", "name", F)]),
    "44 telephone": (44, cell("handelse", 0, "text", "Ring 070-174 06 05"), 3, [
        fault("handelse", 2, "text", "phone", F)]),
    "44 e-mail": (44, cell("barn", 0, "kon", "barn@exempel.se"), 3, [
        fault("barn", 2, "kon", "email", F)]),
    "44 address": (44, cell("boende", 2, "basomrade", "Exempelgatan 12"), 3, [
        fault("boende", 4, "basomrade", "address", F)]),
    "44 header": (44, column("barn", "mamma@exempel.se", "zqx"), 3, [refusal("barn", "email", 1)]),
    "44 file name": (44, file("Anna Exempel.csv", b"x", "Anna", "Exempel"), 3, [
        (F, "uttag/", (), "", "name")]),
    "44 number in file name": (44, file("121212-1212.txt", b"x", "121212"), 3, [
        (F, "uttag/", (), "", "personnummer")]),
    "46 key changed": (46, years(OVER, lambda year, n: f"Y{n:03d}{year > 2019}"), 3, [
        (F, "barn.csv", (), "barn_id", "pseudonyms-changed")]),
    "47 raw hash": (47, both(
        cell("rad_och_stod", 0, "ros_id", "0123456789abcdef0123456789abcdef")), 0, [
        fault("rad_och_stod", 2, "ros_id", "hash-pseudonym", W)]),
    "49 script": (49, cell("omradeskarta", 1, "stadsdel", "<script>x()</script>"), 3, [
        fault("aktualisering", 3, "inkom_datum", "district-without-map"),
        (E, "boende.csv", (2, 4), "stadsdel", "district-not-in-map"),
        fault("omradeskarta", 3, "stadsdel", "pattern")]),
    **{f"50 {text}": (50, cell("handelse", 0, "text", text), 3, [
        fault("handelse", 2, "text", "pattern")])
       for text in ("=cmd|calc", "+1+1", "-2+3", "@SUM(A1)", "\tx")},
    **{f"51 {text}": (51, cell("handelse", 0, "text", text), 3, [
        fault("handelse", 2, "text", "pattern")])
       for text in ("$x$", "a|b", "{0}", "**fet**", "[a](b)")},
    "53 delivered to another version": (53, listed("contracts: {barn.csv: 2.0.0}\n"), 3, [
        refusal("barn", "contract-version")]),
    "53 delivered to this version": (53, listed("contracts: {barn.csv: 1.0.0}\n"), 0, []),
    "59 not on the scale": (59, cell("enkat", 0, "medel", "99"), 3, [
        fault("enkat", 2, "medel", "range")]),
    "59 nobody answered": (59, cell("enkat", 0, "n", "0"), 3, [fault("enkat", 2, "n", "range")]),
    "59 twice": (59, copied("enkat", 0), 3, [
        (E, "enkat.csv", (2, 3), "matning + enhet + fraga", "unique-key")]),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_bad_input_is_told_by_file_row_column_and_rule(study, evalkit_check, name):
    _, plant, expected_code, expected = TABLE[name]
    plant(study)
    if name == "16 header twice":
        study.raw["barn.csv"] = study.text("barn").replace("kon2", "kon").encode()
    code, told = evalkit_check()
    found = {(v.severity, v.file, v.first_rows, v.column, v.rule) for v in study.report.violations}
    assert found == set(expected)
    assert code == expected_code
    assert "Traceback" not in told
    for _, place, _, header, rule in expected:
        assert place in told
        assert rule in told or header in told
    left = [path.read_bytes() for path in (study.root / "outputs").rglob("*") if path.is_file()]
    for secret in plant.secrets:
        assert secret not in told
        assert not [raw for raw in left if secret.encode() in raw]


def test_what_is_fatal_is_told_first_and_warnings_last(study, evalkit_check):
    study.rows["utredning"][1]["resultat"] = "annat"
    study.rows["barn"][0]["kon"] = ""
    study.raw["insats.csv"] = b""
    _, told = evalkit_check()
    places = [told.index(rule) for rule in ("[empty-file]", "[required]", "[result-while-open]")]
    assert places == sorted(places)


def test_an_unknown_code_is_told_with_what_it_is_nearly(study, evalkit_check):
    rows = study.rows["aktualisering"]
    rows[0]["anmalare"], rows[1]["anmalare"] = "SKOLA ", "Hälso- och sjukvården"
    study.write()
    _, told = evalkit_check()
    assert "1 differ from a code in letter case, blanks or invisible signs only" in told


def test_the_row_number_is_that_of_a_spreadsheet(study, evalkit_check):
    study.rows["barn"][1]["kon"] = "x"
    evalkit_check()
    (violation,) = study.report.violations
    lines = list(csv.reader(io.StringIO(study.text("barn")), delimiter=";"))
    assert lines[violation.first_rows[0] - 1][2] == "x"
