"""A CSV file goes through block by block, a grid by another reader: nothing of it may be seen."""

import csv
import io
from dataclasses import replace

import duckdb
import pytest
from fuzz import CONTRACT
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.data import csv_bytes, csv_files
from evalkit.data.personal import SUSPECT_SQL, kind_of
from evalkit.data.refusals import RefusedError

CELLS = st.text("aB7 ,'#\\\u00a0\u2028åé–\ufeff\x0b\x1c\x85", max_size=6)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(csv_bytes, "BLOCK", 200)


def read(path, contract):
    """Return the rows that are read, the header first, and whether the file is a grid."""
    header, *batches = csv_files.read_batches(path, contract)
    rows = [row for batch in batches for row in zip(*batch.to_pydict().values(), strict=True)]
    grid = csv_bytes.rows_of_grid(path, contract, header.num_columns)
    return [tuple(header.column_names), *rows], grid


def refusal(path, contract):
    with pytest.raises(RefusedError) as refused:
        list(csv_files.read_batches(path, contract))
    (told,) = refused.value.violations
    return told.rule, told.count, told.first_rows


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=60),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    end=st.sampled_from(["\n", "\r\n"]),
    above=st.integers(0, 2),
)
def test_a_grid_is_read_as_it_was_written(tmp_path_factory, rows, encoding, end, above):
    lines = [*["utdrag ur systemet"] * above, "a;b;c", *map(";".join, rows)]
    try:
        raw = "".join(line + end for line in lines).encode(encoding)
    except UnicodeEncodeError:
        return
    path = tmp_path_factory.mktemp("grid") / "t.csv"
    path.write_bytes(raw)
    contract = replace(CONTRACT, encodings=(encoding,), skip_top=above)
    try:
        found, grid = read(path, contract)
    except RefusedError as refused:
        (told,) = refused.violations
        assert (encoding, told.rule) == ("cp1252", "encoding")  # its bytes are UTF-8 as well
        return
    text = io.StringIO(raw.decode(encoding), newline="")
    expected = [tuple(row) for row in csv.reader(text, delimiter=";")][above:]
    assert found == expected
    assert grid == len(rows)


@settings(max_examples=60, deadline=None)
@given(
    widths=st.lists(st.sampled_from([3, 3, 3, 3, 3, 3, 2, 4, 0]), min_size=1, max_size=90),
    quoted=st.booleans(),
)
def test_rows_of_another_length_are_counted_where_they_stand(tmp_path_factory, widths, quoted):
    sign = '"x"' if quoted else "x"
    path = tmp_path_factory.mktemp("uneven") / "t.csv"
    path.write_text("a;b;c\n" + "".join(";".join([sign] * width) + "\n" for width in widths))
    wrong = tuple(row for row, width in enumerate(widths, start=2) if width != 3)
    if wrong:
        assert refusal(path, CONTRACT) == ("row-length", len(wrong), wrong[:5])
    else:
        assert len(read(path, CONTRACT)[0]) == len(widths) + 1


@pytest.mark.parametrize(
    ("end", "planted", "rule"),
    [
        ("\r\n", "x\0;y;z\r\n", "nul-byte"),
        ("\r\n", "x\r;y;z\r\n", "line-end"),
        ("\n", "x;y;z\r\n", "line-end"),
        ("\n", "x;y;z", "cut-off"),
        ("\n", 'x;"y\n";z\n', "line-break"),
        ("\n", 'x;"y"a;z\n', "quotes"),
        ("\n", f"x;{'y' * 32_768};z\n", "limits"),
        ("\n", f"x;{'y' * 131_073};z\n", "quotes"),
    ],
)
@pytest.mark.parametrize("before", [0, 1, 77, 5_000])
def test_a_fault_has_its_row_in_whatever_block_it_stands(tmp_path, end, planted, rule, before):
    after = 0 if rule == "cut-off" else 100
    text = f"a;b;c{end}" + f"1;2;3{end}" * before + planted + f"1;2;3{end}" * after
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    assert refusal(path, CONTRACT) == (rule, 1, (before + 2,))


def test_a_nul_byte_far_down_is_told_before_a_line_end_above_it(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a;b;c\n" + b"1\r;2;3\n" * 500 + b"1\0;2;3\n")
    assert refusal(path, CONTRACT) == ("nul-byte", 1, (502,))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_file_that_is_no_longer_what_was_looked_through_is_refused(
    tmp_path, monkeypatch, encoding, quote
):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a;b;c\n" + f"{quote}x{quote};y;".encode() + b"\x81\n")
    monkeypatch.setattr(csv_bytes, "look_through", lambda *_: encoding)
    assert refusal(path, CONTRACT) == ("changed-while-read", 0, ())


def test_a_line_longer_than_any_row_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_bytes, "MAX_LINE", 1_000)
    path = tmp_path / "t.csv"
    path.write_bytes(b"a;b;c\n" * 2 + b"x" * 100_000)
    assert refusal(path, CONTRACT) == ("limits", 1, (3,))


@settings(max_examples=300, deadline=None)
@given(
    text=st.lists(
        st.sampled_from(
            ["8", "5", "01", "1231", "070", "46", "00", "+", "-", " ", "/", "(0)", "@", ".", "a",
             "Anna", "Svensson", "Storgatan", "²", "９", "\u200b", "–", "å", "é"]
        ),
        max_size=14,
    ).map("".join)
)  # fmt: skip
def test_all_that_can_point_at_a_person_is_looked_at(text):
    (suspect,) = duckdb.execute("SELECT regexp_matches(?, ?)", [text, SUSPECT_SQL]).fetchone()
    assert suspect or not kind_of(text)
