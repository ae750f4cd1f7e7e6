"""Reading extracts: what is read is what was written, and all else is refused by file and row."""

import csv
import io
from datetime import date
from pathlib import Path

import fuzz
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalkit.data import contracts, extracts, odcs
from evalkit.data.personnummer import holds_personnummer
from evalkit.errors import ContractError


def refusal(report, file):
    """Return the violations of one file, as (column, rule, count, first rows)."""
    assert not report.ok
    return [(v.column, v.rule, v.count, v.first_rows) for v in report.violations if v.file == file]


def test_a_valid_folder_has_no_violations(world, contract_set):
    report = contracts.check(world.write(), contract_set)
    assert (report.violations, report.not_run) == ((), ())


def test_an_optional_extract_may_be_absent_and_is_then_empty(world, contract_set):
    tables = extracts.read(world.write(), contract_set)
    assert tables.table("staffing").count().to_pandas() == 0
    assert "left" in tables.table("staffing").columns


def test_an_optional_extract_whose_name_is_misspelt_is_not_absent(world, contract_set):
    folder = world.write()
    (folder / "bemaning.csv").write_text("enhet_id\n", encoding="utf-8")
    report = contracts.check(folder, contract_set)
    found = {(v.file, v.rule) for v in report.violations}
    assert found == {("bemanning.csv", "missing-file"), ("bemaning.csv", "unknown-file")}


def test_codes_without_their_interviews_are_refused(world, contract_set):
    folder = world.write()
    header = "intervju_id;kodare;tema;valens;utdrag_datum;kallsystem"
    row = "V001;A;oro;positiv;2022-12-31;test"
    (folder / "intervjukod.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    report = contracts.check(folder, contract_set)
    assert [v.column for v in report.violations] == ["intervju_id"]


def test_typed_tables_have_logical_names_types_and_nulls(world, contract_set):
    tables = extracts.read(world.write(), contract_set)
    referral = tables.table("referral").to_pandas().set_index("referral_id")
    assert referral.loc["A001", "received_date"].date() == date(2021, 2, 1)
    assert referral["decision"].isna().tolist() == [False, True]
    survey = tables.table("survey").to_pandas().iloc[0]
    assert (survey["mean"], survey["n"], survey["sd"]) == (5.3, 12, 1.25)
    assert tables.table("child").columns[:3] == ("child_id", "family_id", "sex")
    assert "_row" not in tables.table("child").columns


def test_broken_contracts_give_no_tables(world, contract_set):
    world.rows["barn"][0]["kon"] = "hemligt"
    with pytest.raises(ContractError, match=r"barn\.csv: column 'kon'.*row 2") as fault:
        extracts.read(world.write(), contract_set)
    assert "hemligt" not in str(fault.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_declared_encodings_give_the_same_table(world, encoding):
    assert world.check("boende", world.text("boende").encode(encoding)).ok
    tables = extracts.read(world.folder, world.needed("boende"))
    residence = tables.table("residence").to_pandas()
    assert set(residence["district"]) == {"Grimsta", "Vällingby"}


@pytest.mark.parametrize(
    ("spoil", "rule", "rows"),
    [
        (lambda text: b"", "empty-file", ()),
        (lambda text: b"\xef\xbb\xbf", "empty-file", ()),
        (lambda text: text.encode("utf-16"), "encoding", ()),
        (lambda text: text.encode("utf-16-le"), "nul-byte", (1,)),
        (lambda text: text.encode() + "Å;ö\r\n".encode("cp1252"), "encoding", ()),
        (lambda text: text.encode().replace(b"V\xc3\xa4", b"Va\xcc\x88"), "encoding", ()),
        (lambda text: text.encode().replace(b"Grimsta;", b"Grim\0sta;", 1), "nul-byte", (2,)),
        (lambda text: text.replace("\r\n", "\r").encode(), "line-end", (1,)),
        (lambda text: text.replace(";", ",").encode(), "delimiter", (1,)),
        (lambda text: text.replace(";", "\t").encode(), "delimiter", (1,)),
        (lambda text: text.replace("B002;", '"B002;').encode(), "quotes", (4,)),
        (lambda text: text.replace("B002;", '"B"002;').encode(), "quotes", (4,)),
        (lambda text: text.replace("Grimsta", '"Grim\nsta"', 1).encode(), "line-break", (2,)),
        (lambda text: text.replace("B002;", "B002;;").encode(), "row-length", (4,)),
        (lambda text: text.replace("B002;", "").encode(), "row-length", (4,)),
        (lambda text: text.replace("B001;", "").encode(), "row-length", (2, 3)),
        (lambda text: (text + "\r\n").encode(), "row-length", (5,)),
        (lambda text: ("Uttag 2022\r\n" + text).encode(), "delimiter", (1,)),
    ],
)
def test_a_file_that_could_be_misread_is_refused(world, spoil, rule, rows):
    report = world.check("boende", spoil(world.text("boende")))
    assert refusal(report, "boende.csv") == [("", rule, len(rows), rows)]


def test_wrong_delimiter_says_what_to_do(world):
    report = world.check("barn", world.text("barn").replace(";", ",").encode())
    assert "1 column found, expected 9; save with ';'" in report.text()


def test_the_header_is_told_apart_by_contract_names_only(world):
    header = "barn_id;familj_id;kön;kon;kon;personlig hemlighet;;ensamkommande;skyddade_uppgifter"
    report = world.check("barn", f"{header};utdrag_datum;kallsystem\r\n".encode())
    seen = {(v.column, v.rule, v.message) for v in report.violations if v.file == "barn.csv"}
    assert seen == {
        ("fodelsemanad", "missing-column", "missing"),
        ("forsta_kannedom_datum", "missing-column", "missing"),
        ("kon", "duplicate-column", "stands twice in the header"),
        ("", "unknown-column", "column 3 is not in the contract; did you mean 'kon'?"),
        ("", "unknown-column", "column 6 is not in the contract; remove it"),
        ("", "unknown-column", "column 7 has no header; remove it"),
    }


def test_a_declared_synonym_and_another_column_order_are_read(world):
    text = world.text("omradeskarta").replace(";tom;", ";till_och_med;")
    lines = [line.split(";")[::-1] for line in text.split("\r\n")[:-1]]
    raw = "".join(";".join(line) + "\r\n" for line in lines).encode()
    assert world.check("omradeskarta", raw).ok
    tables = extracts.read(world.folder, world.needed("omradeskarta"))
    area_map = tables.table("area_map").to_pandas()
    assert list(area_map["district"]) == ["Vällingby", "Grimsta"]
    assert area_map["valid_to"].isna().all()


def test_header_only_is_an_answer_where_the_contract_allows_it(world):
    assert world.check("avgang", world.text("avgang", rows=[]).encode()).ok
    report = world.check("handlaggare", world.text("handlaggare", rows=[]).encode())
    assert refusal(report, "handlaggare.csv") == [("", "not-empty", 0, ())]


def test_a_missing_file_is_told_with_its_near_name(world):
    world.check("boende")
    (world.folder / "barn.csv").rename(world.folder / "barnen.csv")
    report = contracts.check(world.folder, world.needed("boende"))
    messages = {(v.file, v.rule, v.message) for v in report.violations}
    assert ("barn.csv", "missing-file", "no such file; did you mean 'barnen.csv'?") in messages
    assert ("barnen.csv", "unknown-file") in {(v.file, v.rule) for v in report.warnings}
    assert "residence.child_id:foreign-key" in report.not_run


def test_a_missing_folder_is_told(tmp_path: Path, contract_set):
    with pytest.raises(ContractError, match="no such folder"):
        contracts.check(tmp_path / "finns_inte", contract_set)


def test_a_link_out_of_the_folder_is_refused(world, tmp_path: Path):
    world.check("barn")
    (world.folder / "barn.csv").rename(tmp_path / "elsewhere.csv")
    (world.folder / "barn.csv").symlink_to(tmp_path / "elsewhere.csv")
    report = contracts.check(world.folder, world.needed("barn"))
    assert refusal(report, "barn.csv") == [("", "outside-folder", 0, ())]


# Made-up numbers: dates of birth that exist, check digits that mostly do not fit.
NUMBERS = [
    "900101-1234", "9001011234", "900101+1234", "19900101-1234", "199001011234", "19900101+1234",
    "200229-1234", "20080229-1234", "900161-1234", "199001911234", "900101 1234", "900101−1234",
    "１９９００１０１１２３４", "9001\u200b01-1234", "pnr 900101-1234.", "B9001011234",
]  # fmt: skip
NOT_NUMBERS = [
    "2021-03-01", "20210301", "B000123", "1234567890", "900231-1234", "20210229-1234",
    "901301-1234", "900132-1234", "900192-1234", "90010112345", "0190010112345", "900101-123",
    "1457956", "900101-12345", "A900101-B1234", "", "300 000 000",
    "a9b8" * 7 + "9001011234ab", "0" * 40,
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
def test_what_can_be_a_personnummer_stops_without_being_told(world, number):
    assert holds_personnummer(number)
    world.rows["handelse"][0]["text"] = number
    report = world.check("handelse")
    found = [(v.column, v.rule, v.severity, v.first_rows) for v in report.violations]
    assert found == [("text", "personnummer", "fatal", (2,))]
    assert number not in report.text()


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_other_digits_are_not_taken_for_a_personnummer(text):
    assert not holds_personnummer(text)


def test_a_personnummer_stops_in_a_header_and_in_a_file_name(world):
    number = NUMBERS[0]
    (world.folder / f"{number}.txt").touch()
    report = world.check("barn", world.text("barn").replace("familj_id", number, 1).encode())
    assert refusal(report, "barn.csv") == [("", "personnummer", 1, (1,))]
    assert ("uttag/", "personnummer") in {(v.file, v.rule) for v in report.violations}
    assert number not in report.text()


@given(st.text(max_size=12), st.sampled_from(NUMBERS), st.text(max_size=12))
def test_a_personnummer_is_found_inside_any_text(before, number, after):
    """Only digits that touch it can make it another number, and letters and digits a hash."""
    edge = " | "
    assert holds_personnummer(before + edge + number + edge + after)


ONE_TABLE = odcs.Contract(
    source="t", version="1.0.0", table="t", title="t", file="t.csv", delimiter=";",
    encodings=("utf-8", "utf-8-sig", "cp1252"), decimal=",", may_be_empty=True, optional=False,
    key=("a",),
    columns=tuple(
        odcs.Column(name, name, (), "string", True, None, None, None, (), (), "public", None, ())
        for name in ("a", "b")
    ),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@example([("", "\u00c2\u00a0")], "cp1252", "\n", csv.QUOTE_MINIMAL)
@given(
    st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), max_size=12),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_was_written_is_read_back_or_refused(tmp_path_factory, rows, encoding, end, quoting):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator=end, quoting=quoting)
    writer.writerows([("a", "b"), *rows])
    try:
        raw = stream.getvalue().encode(encoding)
    except UnicodeEncodeError:
        return
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "t.csv").write_bytes(raw)
    opened = extracts.open_extracts(folder, (ONE_TABLE,))
    with opened.engine as engine:
        if "t.csv" in opened.report.rows:
            read = engine.execute("SELECT a, b FROM text.t ORDER BY _row").fetchall()
            assert read == [tuple(as_utf8(cell, raw, encoding) for cell in row) for row in rows]
        else:
            assert opened.report.violations


def as_utf8(cell: str, raw: bytes, encoding: str) -> str:
    """Return a cell as UTF-8 has it where a file in another encoding is UTF-8 as well.

    Nobody can tell such bytes apart: "\u00c2\u00a0" in cp1252 is a no-break space in UTF-8.
    """
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return cell
    return cell if encoding != "cp1252" else cell.encode("cp1252").decode("utf-8")


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_report_and_never_a_traceback(tmp_path_factory, raw):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "t.csv").write_bytes(b"a;b\n" + raw)
    report = contracts.check(folder, (ONE_TABLE,))
    assert set(report.rows) <= {"t.csv"}
    assert report.rows or report.violations


def test_shipped_means_and_amounts_keep_their_contracts(world, contract_set):
    shipped = Path(extracts.__file__).parent / "shipped"
    world.write()
    for name in ("enkat.csv", "ekonomi.csv"):
        (world.folder / name).write_bytes((shipped / name).read_bytes())
    tables = extracts.read(world.folder, contract_set)
    survey = tables.table("survey").to_pandas()
    assert len(survey) == 24
    assert survey["restored"].eq("ja").sum() == 5
    # Unweighted means over the eight statements: 5,30, 4,55 and 4,99 (half units of the second
    # decimal are all that rounding leaves).
    means = survey.groupby("unit")["mean"].mean()
    assert sorted(means.round(2)) == pytest.approx([4.55, 4.99, 5.30], abs=0.006)
    finance = tables.table("finance").to_pandas()
    costs = finance[finance["side"].eq("kostnad") & ~finance["entry"].str.startswith("summa")]
    assert costs.groupby("year")["amount"].sum().to_dict() == {2021: 1_500_000, 2022: 700_263}
    assert contracts.check(world.folder, contract_set).violations == ()


def test_files_at_random_are_read_back_or_refused():
    """The same generator and judge with 10 000 files: `make fuzz`."""
    outcome = fuzz.run(200, seed=1)
    assert outcome["kept"] > 20
    assert len(outcome) > 5
    assert all(verdict == "kept" or verdict.startswith("refused: ") for verdict in outcome), outcome
