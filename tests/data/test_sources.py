"""A source system's own files: the same tables and the same faults as the contracts' own form."""

import csv
import io
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from planted import PLANTED

from evalkit.data import contracts, extracts, simulate
from evalkit.errors import ContractError
from evalkit.params import load_study

ROOT = Path(__file__).parents[2]
SYSTEM = "fachverfahren"
SOURCE = Path(__file__).parent / "sources" / f"{SYSTEM}.yaml"
WRITTEN = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
OPEN_ENDED = {"tom", "slut", "anst_slut", "avslutad_datum"}
BY_NAME = {c.source.removesuffix(".odcs.yaml"): c for c in contracts.load(ROOT / "data_contracts")}
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def german(tmp_path_factory) -> tuple[contracts.Contract, ...]:
    """Return the contracts with the example beside them."""
    folder = tmp_path_factory.mktemp("study") / "contracts"
    shutil.copytree(ROOT / "data_contracts", folder)
    (folder / "sources").mkdir()
    shutil.copy(SOURCE, folder / "sources")
    return contracts.load(folder, SYSTEM)


def of(name: str, key: str, otherwise):
    return WRITTEN["tables"][name].get(key, WRITTEN.get(key, otherwise))


def own_header(name: str, header: str) -> str:
    """Return the system's header for one of the contract's."""
    table = {to: own for own, to in WRITTEN["tables"][name]["headers"].items()}
    return table.get(header) or {to: own for own, to in WRITTEN["headers"].items()}.get(
        header, header
    )


def own_cell(name: str, column: contracts.Column, cell: str) -> str:
    """Return a cell as the system writes it: by Python's own dates, apart from evalkit's SQL."""
    form = of(name, "date_formats", {}).get(column.header)
    if column.kind == "date":
        form = of(name, "date_format", None)
        if not cell and column.header in OPEN_ENDED:
            cell = "9999-12-31"
    if form and re.fullmatch(r"\d{4}-\d\d(-\d\d)?", cell):
        year, month, *day = cell.split("-")
        return form.replace("yyyy", year).replace("MM", month).replace("dd", (day or [""])[0])
    if column.kind == "number":
        own = of(name, "decimal_separator", ",")
        return cell.translate({ord(","): own, ord("."): "," if own == "." else "."})
    if not cell and column.codes:
        return "k. A."
    codes = WRITTEN["words"] | WRITTEN["tables"][name].get("codes", {}).get(column.header, {})
    return {to: own for own, to in codes.items()}.get(cell, cell)


def own_bytes(name: str, rows: Rows, header: list[str]) -> bytes:
    """Return an extract as the system writes it, with its title and its last line."""
    columns = {column.header: column for column in BY_NAME[name].columns}
    stream = io.StringIO()
    out = csv.writer(stream, delimiter=of(name, "delimiter", ";"), lineterminator="\r\n")
    out.writerows([["Auszug"], []] if of(name, "skip_top", 0) else [])
    out.writerow([own_header(name, one) for one in header])
    out.writerows([[own_cell(name, columns[h], row[h]) for h in header] for row in rows])
    out.writerows([[f"{line}: {len(rows)}"] for line in of(name, "footer", [])])
    return stream.getvalue().encode(of(name, "encodings", [])[0])


def write_all(tables: dict[str, Rows], folder: Path) -> Path:
    """Write extracts as the system does; those it does not know, as the contracts say."""
    folder.mkdir()
    for name, rows in tables.items():
        if name in WRITTEN["tables"]:
            header = [column.header for column in BY_NAME[name].columns]
            path = folder / WRITTEN["tables"][name]["file"]
            path.write_bytes(own_bytes(name, rows, header))
        else:
            stream = io.StringIO()
            out = csv.DictWriter(stream, list(rows[0]), delimiter=";", lineterminator="\r\n")
            out.writeheader()
            out.writerows(rows)
            (folder / f"{name}.csv").write_bytes(stream.getvalue().encode())
    return folder


def typed(folder: Path, contract_set) -> dict:
    """Return every typed table, as its columns with their types and its rows in order."""
    opened = extracts.open_extracts(folder, contract_set)
    extracts.tables(opened)
    found = {}
    for contract in contract_set:
        answer = opened.engine.execute(f'SELECT * FROM "{contract.table}"')
        found[contract.table] = [tuple(map(str, answer.description)), *answer.fetchall()]
    return found


def test_the_demo_from_another_system_gives_the_same_tables(tmp_path, contract_set, german):
    study = load_study(ROOT / "params" / "study.yaml")
    own = tmp_path / "uttag"
    simulate.write(simulate.simulate(study, scale=0.05), own)
    rows = {}
    for path in own.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        rows[path.stem] = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    theirs = write_all(rows, tmp_path / "export")
    expected, found = typed(own, contract_set), typed(theirs, german)
    assert sum(len(table) for table in expected.values()) > 5_000
    for name, table in expected.items():
        assert found[name] == table, name


def faults(report) -> list:
    return [
        (v.file, v.column, v.rule, v.severity, v.count, v.first_rows) for v in report.violations
    ]


@pytest.mark.parametrize("planted", [p for p in PLANTED if p[0] in WRITTEN["tables"]], ids=str)
def test_the_same_faults_are_told_in_the_systems_own_words(world, german, tmp_path, planted):
    name, row, change, _ = planted
    world.rows[name][row] |= change
    ours, needed = world.check(name), world.needed(name)
    own = tuple(one for one in german if one.table in {contract.table for contract in needed})
    rows = {c.source.removesuffix(".odcs.yaml"): [] for c in needed}
    folder = write_all({stem: world.rows[stem] for stem in rows}, tmp_path / "export")
    theirs = contracts.check(folder, own)
    stems = {c.file: c.source.removesuffix(".odcs.yaml") for c in world.contract_set}
    expected = []
    for file, column, rule, severity, count, first in faults(ours):
        stem = stems[file]
        if stem in WRITTEN["tables"]:
            shift = of(stem, "skip_top", 0)
            first = tuple(number + shift for number in first)
            file, column = WRITTEN["tables"][stem]["file"], own_header(stem, column)
        expected.append((file, column, rule, severity, count, first))
    found = [fault for fault in faults(theirs) if fault[2] != "unknown-file"]
    # 9999-12-31 is declared to mean "open", so that only without a source file it is a fault.
    assert found == ([] if change == {"forsta_kannedom_datum": "9999-12-31"} else expected)


def test_messages_name_the_systems_headers_codes_and_files(world, german, tmp_path):
    world.rows["utredning"][1]["inledd_datum"] = "2021-02-28"
    world.rows["barn"][0] |= {"kon": "?", "forsta_kannedom_datum": "2018-01-02 10:00"}
    text = contracts.check(write_all(world.rows, tmp_path / "export"), german).text()
    assert (
        "Abklärungen.csv: column 'eröffnet': 1 of 2 rows: "
        "'eröffnet' is before the matter's 'Eingang' in Meldungen.csv (row 5)"
    ) in text
    assert "not one of the codes (Ja" not in text
    assert "not one of the codes (unbekannt | weiblich | männlich)" in text
    assert "Kinder 2022.csv: column 'bekannt seit'" in text
    assert "not a calendar day written DD.MM.YYYY" in text


@pytest.mark.parametrize("cell", ["2021-02-10", "10/02/2021", "10.2.2021", "10.02.21", "02102021"])
def test_a_date_in_another_form_than_the_declared_is_no_date(world, german, tmp_path, cell):
    folder = write_all(world.rows, tmp_path / "export")
    path = folder / "Abklärungen.csv"
    text = path.read_bytes().replace(b"10.02.2021", cell.encode(), 1)
    path.write_bytes(text)
    found = [(v.column, v.rule, v.first_rows) for v in contracts.check(folder, german).violations]
    assert found == [("eröffnet", "type", (4,))]


@pytest.mark.parametrize("midnight", [" 00:00", " 00:00:00", "T00:00:00"])
def test_a_midnight_that_is_declared_is_no_time_of_day_and_another_time_is_no_date(
    world, contract_set, tmp_path, midnight
):
    folder = world.write()
    text = world.text("avgang").replace("2022-06-30", f"2022-06-30{midnight}")
    path = folder / "avgang.csv"
    path.write_text(text.replace("2022-12-31", f"2022-12-31{midnight}"), encoding="utf-8")
    (tmp_path / "sources").mkdir()
    declared = f"{{file: avgang.csv, date_format: 'yyyy-MM-dd{midnight}'}}"
    (tmp_path / "sources" / "s.yaml").write_text(f"system: S\ntables: {{avgang: {declared}}}\n")
    own = contracts.of_system(tmp_path, "s", contract_set)
    assert contracts.check(folder, own).ok
    opened = extracts.open_extracts(folder, own)
    assert opened.engine.execute("SELECT extract_date FROM exit").fetchall() == [
        (date(2022, 12, 31),)
    ]
    path.write_text(path.read_text("utf-8").replace(f"30{midnight}", f"30{midnight[:2]}1:00"))
    (found,) = contracts.check(folder, own).violations
    assert (found.column, found.rule, found.first_rows) == ("datum", "type", (2,))


def test_a_month_that_is_no_month_is_told_where_other_forms_are_declared(world):
    world.rows["barn"][0]["fodelsemanad"] = "05/2010"
    (found,) = world.check("barn").violations
    assert "not a month written YYYY-MM; 'date_formats' of a source file" in found.message


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"Anzahl Zeilen: 2", b"B009\tF009", "footer"),
        (b"Auszug", b"Auszug 900101-1234", "personnummer"),
        (b"Anzahl Zeilen: 2", b"Anzahl Zeilen: 900101-1234", "personnummer"),
    ],
)
def test_what_stands_outside_the_table_is_what_was_declared(
    world, german, tmp_path, old, new, rule
):
    folder = write_all(world.rows, tmp_path / "export")
    path = folder / "Kinder 2022.csv"
    path.write_bytes(path.read_bytes().replace(old, new))
    report = contracts.check(folder, german)
    assert [v.rule for v in report.violations if v.file == path.name] == [rule]


# What is written instead of what, and the place and words of the one message.
BROKEN = {
    "unknown table": ("  barn:\n", "  barnen:\n", "tables.barnen: no contract describes 'barnen'"),
    "unknown column": ("Familie: familj_id", "Familie: familje_id",
                       "tables.barn.headers.Familie: the contract has no column 'familje_id'; did"),
    "unknown shared column": ("System: kallsystem", "System: kall_system",
                              "headers.System: no table has a column 'kall_system'; did"),
    "unknown code": ("weiblich: flicka", "weiblich: flickan",
                     "tables.barn.codes.kon.weiblich: the contract has no code 'flickan'"),
    "unknown column of codes": ("      kon: {weiblich", "      köner: {weiblich",
                                "tables.barn.codes.köner: the contract has no column 'köner'"),
    "unknown word": ("Ja: ja,", "Ja: jaa,", "words.Ja: no column has the code 'jaa'; did"),
    "two headers for a column": ("Familie: familj_id", "Familie: familj_id\n      Haus: familj_id",
                                 "tables.barn.headers.Haus: column 'familj_id' has two headers"),
    "header of another column": ("Hilfebeginn: start", "Beginn: start\n      x: start",
                                 "tables.insats.headers.x: column 'start' has two headers"),
    "header that clashes": ("{Tag: datum, Grund: typ}", "{typ: datum}",
                            "tables.avgang.headers.typ: column 'typ' has this header already"),
    "blank that means something": ("[k. A.]", "[k. A., Ja]", "tables.barn.blank: 'Ja' means"),
    "form of months for a day": ("{fodelsemanad: MM/yyyy}", "{forsta_kannedom_datum: MM/yyyy}",
                                 "tables.barn.date_formats.forsta_kannedom_datum: 'forsta"),
    "form of days for a text": ("{fodelsemanad: MM/yyyy}", "{kon: yyyyMMdd}",
                                "tables.barn.date_formats.kon: 'kon' is no column"),
    "form of no list": ("dd.MM.yyyy", "d.M.yy", "date_format: Input should be 'yyyy-MM-dd'"),
    "file of another table": ("Abgänge.csv", "Hilfen.csv", "tables.avgang.file: another table has"),
    "file of another contract": ("Abgänge.csv", "ekonomi.csv", "tables.avgang.file: another"),
    "file with a path": ("Abgänge.csv", "../Abgänge.csv", "tables.avgang.file: a plain file name"),
    "misspelt key": ("    footer: []", "    foter: []",
                     "tables.enkat.foter: unknown key; did you mean 'footer'?"),
    "code that YAML reads as a number": ('{I: "1"', '{1: "1"',
                                         "tables.utredning.codes.niva: put '1' in quotes"),
    "double key": ("Familie: familj_id", "Familie: familj_id\n      Familie: kon",
                   "line 27: key 'Familie' stands twice"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_source_file_stops_with_its_place(tmp_path, contract_set, fault):
    old, new, told = BROKEN[fault]
    text = SOURCE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / SOURCE.name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContractError, match=re.escape(f"{SOURCE.name}: {told}")):
        contracts.of_system(tmp_path, SYSTEM, contract_set)


def test_a_system_without_a_file_is_told_with_its_near_name(tmp_path, contract_set):
    (tmp_path / "sources").mkdir()
    shutil.copy(SOURCE, tmp_path / "sources")
    with pytest.raises(ContractError, match=r"fachverfaren\.yaml: no such file.*'fachverfahren'"):
        contracts.of_system(tmp_path, "fachverfaren", contract_set)
