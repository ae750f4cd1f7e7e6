"""`evalkit template`: files to fill in that the check takes as they are."""

import csv
import io
from datetime import date

import openpyxl
import pytest

from evalkit.data import contracts
from evalkit.data.aggregation import Checked
from evalkit.errors import ParamsError
from evalkit.intake import template, workbook
from evalkit.intake.findings import findings


def checked(study, folder):
    contract_set = contracts.load(study.contracts_dir)
    return findings(Checked(contract_set, contracts.check(folder, contract_set)))


def test_an_empty_template_is_told_to_have_no_rows_and_nothing_else(study, tmp_path):
    template.write(study, tmp_path / "mall")
    found = checked(study, tmp_path / "mall")
    assert {file.rows for file in found.files} == {0}
    needed = {c.file for c in contracts.load(study.contracts_dir) if not c.may_be_empty}
    assert {(f.violation.file, f.violation.rule) for f in found.faults} == {
        (file, "not-empty") for file in needed
    }


def test_a_filled_in_template_passes(study, tmp_path):
    """The demo's rows, written below the template's own headers."""
    template.write(study, tmp_path / "mall")
    for path in (tmp_path / "mall").glob("*.csv"):
        source = study.extracts_dir / path.name
        if not source.exists():
            continue
        with source.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        header = path.read_text(encoding="utf-8-sig").strip().split(";")
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, header, delimiter=";").writerows(rows)
    found = checked(study, tmp_path / "mall")
    assert found.holds, found.faults
    assert sum(file.rows for file in found.files) > 5000


def test_filled_in_workbooks_pass_with_the_source_file_that_comes_with_them(study, tmp_path):
    """The demo's rows, written by another program into the first sheet, as somebody would type."""
    written = template.write(study, tmp_path / "mall", as_xlsx=True)
    for contract in contracts.load(study.contracts_dir):
        path, source = tmp_path / "mall" / contract.file, study.extracts_dir / contract.file
        path = path.with_suffix(".xlsx")
        if source.exists():
            fill_in(path, contract, source)
        else:
            path.unlink()
    (source_file,) = (path for path in written if path.suffix == ".yaml")
    (study.contracts_dir / "sources").mkdir()
    source_file.rename(study.contracts_dir / "sources" / source_file.name)
    contract_set = contracts.load(study.contracts_dir, template.SOURCE)
    found = findings(Checked(contract_set, contracts.check(tmp_path / "mall", contract_set)))
    assert found.holds, found.faults
    assert sum(file.rows or 0 for file in found.files) > 5000


def fill_in(path, contract, source):
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    columns = {column.header: column for column in contract.columns}
    header = [cell.value for cell in sheet[1]]
    with source.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            sheet.append([typed(row[name], columns[name]) for name in header])
    book.save(path)


def typed(text, column):
    if not text or column.kind == "string":
        return text or None
    if column.kind == "date":
        return date.fromisoformat(text)
    return int(text) if column.kind == "integer" else float(text.replace(",", "."))


def test_the_headers_are_those_of_the_contract_in_its_own_dialect(study):
    for contract in contracts.load(study.contracts_dir):
        raw = template.empty_csv(contract)
        assert raw.startswith(b"\xef\xbb\xbf")  # so that a spreadsheet shows å, ä and ö
        (header,) = csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=contract.delimiter)
        assert header == [column.header for column in contract.columns]


@pytest.mark.parametrize("as_xlsx", [False, True])
def test_no_file_is_ever_overwritten(study, tmp_path, as_xlsx):
    written = template.write(study, tmp_path / "mall", as_xlsx=as_xlsx)
    written[3].write_bytes(b"filled in")
    for path in (*written[:3], *written[4:]):
        path.unlink()
    with pytest.raises(ParamsError, match=r"1 of 2[45] files are there already"):
        template.write(study, tmp_path / "mall", as_xlsx=as_xlsx)
    assert [path.read_bytes() for path in (tmp_path / "mall").iterdir()] == [b"filled in"]


def test_a_workbook_has_headers_choices_and_notes(study):
    contract = contracts.of_table(contracts.load(study.contracts_dir), "service")
    book = openpyxl.load_workbook(io.BytesIO(workbook.of_contract(contract)))
    assert book.sheetnames == ["insats", workbook.NOTES, workbook.CODES]
    sheet, notes, codes = book.worksheets
    headers = [column.header for column in contract.columns]
    assert [cell.value for cell in sheet[1]] == headers
    assert sheet.max_row == 1
    rules = {
        next(iter(rule.sqref.ranges)).min_col: rule
        for rule in sheet.data_validations.dataValidation
    }
    assert len(rules) == len(headers)
    kind, statute, start = (headers.index(name) + 1 for name in ("insatstyp", "lagrum", "start"))
    assert (rules[kind].type, rules[statute].type) == ("list", "list")
    # The list leads to the codes, and there stand exactly those of the contract.
    place = rules[statute].formula1.partition("!")[2].replace("$", "")
    assert [row[0].value for row in codes[place]] == ["SoL", "LVU"]
    assert rules[start].type == "date"
    told = {row[0].value: [cell.value for cell in row] for row in notes.iter_rows(min_row=2)}
    assert told["start"][1] == contract.column("start_date").swedish
    assert (
        told["lagrum"][3]
        == "SoL (Socialtjänstlagen), LVU (Lagen med särskilda bestämmelser om vård av unga)"
    )
    assert told["start"][4] == "får vara tom"


def test_identifiers_are_text_and_dates_are_dates_in_a_workbook(study):
    contract = contracts.of_table(contracts.load(study.contracts_dir), "survey")
    book = openpyxl.load_workbook(io.BytesIO(workbook.of_contract(contract)))
    sheet = book.worksheets[0]
    forms = [sheet.column_dimensions[chr(65 + at)].number_format for at in range(7)]
    assert forms == ["yyyy-mm-dd", "@", "0", "General", "0", "General", "@"]


def test_the_same_contract_gives_the_same_bytes(study):
    for contract in contracts.load(study.contracts_dir)[:3]:
        assert workbook.of_contract(contract) == workbook.of_contract(contract)


def test_no_choice_or_hint_is_longer_than_a_spreadsheet_takes(study):
    """A text too long is left out with a mere warning, and the hint with it."""
    for contract in contracts.load(study.contracts_dir):
        book = openpyxl.load_workbook(io.BytesIO(workbook.of_contract(contract)))
        rules = book.worksheets[0].data_validations.dataValidation
        assert len(rules) == len(contract.columns)
        for rule in rules:
            assert rule.prompt
            assert len(rule.prompt) < workbook.LONGEST_MESSAGE  # not cut
