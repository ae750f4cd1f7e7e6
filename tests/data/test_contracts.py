"""Contracts: every kind of fault is told by file, row, column and rule, and never by its value."""

import re
from datetime import date
from pathlib import Path

import pytest
from broken import BROKEN, CHILD, EIGHTEEN, contract_folder
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import PLANTED, SECRET

from evalkit.data import contracts, registers
from evalkit.errors import ContractError

ROOT = Path(__file__).parents[2]

# --- planted faults ------------------------------------------------------------------------------


@pytest.mark.parametrize(("extract", "row", "cells", "expected"), PLANTED)
def test_a_planted_fault_is_told_by_file_row_column_and_rule(world, extract, row, cells, expected):
    world.rows[extract][row] |= cells
    report = world.check(extract)
    found = {
        (v.column, v.rule, v.severity, v.first_rows)
        for v in report.violations
        if v.file == f"{extract}.csv"
    }
    assert found == {expected}
    assert SECRET not in report.text()


def test_both_rows_of_a_double_key_are_told(world):
    world.rows["barn"].append(dict(world.rows["barn"][0]))
    (double,) = world.check("barn").violations
    assert (double.column, double.rule, double.first_rows) == ("barn_id", "unique-key", (2, 4))


def test_a_key_of_two_columns_may_repeat_in_one(world):
    assert world.check("behov").ok
    world.rows["behov"][1]["omrade"] = world.rows["behov"][0]["omrade"]
    (double,) = world.check("behov").violations
    assert (double.column, double.rule) == ("utredning_id + omrade", "unique-key")
    assert (double.count, double.first_rows) == (2, (2, 3))


def test_all_faults_come_in_one_pass_warnings_apart(world, contract_set):
    world.rows["barn"][0] |= {"kon": "", "ensamkommande": "x"}
    world.rows["utredning"][0]["resultat"] = ""
    world.rows["utredning"][1]["resultat"] = "annat"
    report = contracts.check(world.write(), contract_set)
    assert {v.rule for v in report.violations} == {
        "required", "enum", "result-required-when-closed", "result-while-open",
    }  # fmt: skip
    assert [v.rule for v in report.warnings] == ["result-while-open"]
    assert not report.ok
    assert report.text().splitlines()[0] == "15 extracts, 29 rows: 0 fatal, 3 errors, 1 warning"
    assert report.rows["boende.csv"] == 3


def test_warnings_alone_do_not_stop(world):
    world.rows["utredning"][1]["resultat"] = "annat"
    report = world.check("utredning")
    assert report.ok
    assert len(report.warnings) == 1


def test_a_message_tells_how_many_and_the_first_rows(world):
    row = world.rows["avgang"][0]
    days = [f"2022-01-{day:02d}" for day in range(1, 10)]
    world.rows["avgang"] = [row | {"datum": day, "typ": "x"} for day in days]
    report = world.check("avgang")
    assert "avgang.csv: column 'typ': 9 of 9 rows: not one of the codes" in report.text()
    assert "(row 2, 3, 4, 5, 6, ...) [enum]" in report.text()


def test_no_cell_is_ever_told(world, contract_set):
    """Every cell of every extract spoilt at once: none of them may be in the report."""
    for name, rows in world.rows.items():
        for row in rows:
            row |= {column: f"{SECRET}!{name}!{column}" for column in row}
    report = contracts.check(world.write(), contract_set)
    columns = sum(len(rows[0]) for rows in world.rows.values())
    assert len({(v.file, v.column) for v in report.violations}) >= columns
    assert SECRET not in report.text()
    assert SECRET not in repr(report)


# --- broken contracts ----------------------------------------------------------------------------


def test_the_unbroken_contracts_load(tmp_path: Path):
    child, parent = contracts.load(contract_folder(tmp_path))
    assert (child.table, child.key, child.file) == ("child", ("id", "kind"), "child.csv")
    assert child.column("kind").codes == ("ja", "nej")
    assert parent.columns[1].maximum == "2030-12-31"


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_contract_stops_with_its_file_and_place(tmp_path: Path, fault: str):
    old, new, place = BROKEN[fault]
    assert old in CHILD
    # The last occurrence is spoilt where the first belongs to another column.
    child = CHILD.replace(old, new) if fault == "no key" else CHILD.replace(old, new, 1)
    with pytest.raises(ContractError, match=re.escape(f"child.odcs.yaml: {place}")):
        contracts.load(contract_folder(tmp_path, child))


KEYS = sorted(set(re.findall(r"(?:^|[\s{-])([a-zA-Z]+):(?=\s)", CHILD, re.MULTILINE)))


@pytest.mark.parametrize("key", KEYS)
def test_a_misspelt_key_is_one_line(tmp_path: Path, key: str):
    typo = key[:-2] + key[-1] + key[-2] if len(key) > 2 else f"{key}x"
    child = re.sub(rf"(?<![a-zA-Z]){key}:(?=\s)", f"{typo}:", CHILD, count=1)
    with pytest.raises(ContractError) as fault:
        contracts.load(contract_folder(tmp_path, child))
    (line,) = str(fault.value).splitlines()
    assert re.fullmatch(rf"child\.odcs\.yaml: \S*{typo}: unknown key; did you mean '\w+'\?", line)


def test_the_eighteen_faults_of_the_standard_list_are_one_line_each(tmp_path: Path):
    for number, name in enumerate(EIGHTEEN):
        old, new, place = BROKEN[name]
        (tmp_path / str(number)).mkdir()
        with pytest.raises(ContractError) as fault:
            contracts.load(contract_folder(tmp_path / str(number), CHILD.replace(old, new, 1)))
        (line,) = str(fault.value).splitlines()
        assert line.startswith(f"child.odcs.yaml: {place}"), name


def test_a_code_is_not_used_after_its_last_day(tmp_path: Path):
    dated = "        customProperties: [{property: validOn, value: start}]\n        enum:\n"
    last = 'label: Nej, customProperties: [{property: validUntil, value: "2020-12-31"}]}'
    child = CHILD.replace("        enum:\n", dated, 1).replace("label: Nej}", last, 1)
    folder = contract_folder(tmp_path, child)
    (folder / "parent.csv").write_text("p_id;sedan\n", encoding="utf-8")
    rows = "1;nej;;1;2020-12-31\n2;nej;;1;2021-01-01\n3;ja;;;2021-01-01\n"
    (folder / "child.csv").write_text(f"c_id;typ;p_id;andel;start\n{rows}", encoding="utf-8")
    (found,) = contracts.check(folder, contracts.load(folder)).violations
    assert (found.column, found.rule, found.first_rows) == ("typ", "kind-retired-code", (3,))


def test_all_broken_contracts_are_told_at_once(tmp_path: Path):
    child = CHILD.replace("1.0.0", "one").replace(
        "classification: restricted", "criticalDataElement: true"
    )
    with pytest.raises(ContractError) as fault:
        contracts.load(contract_folder(tmp_path, child))
    assert str(fault.value).count("\n") == 2
    assert "did you mean" not in str(fault.value).splitlines()[0]


def test_two_contracts_for_one_table_stop(tmp_path: Path):
    folder = contract_folder(tmp_path)
    (folder / "again.odcs.yaml").write_text(CHILD, encoding="utf-8")
    with pytest.raises(ContractError, match="has two contracts"):
        contracts.load(folder)


def test_an_empty_folder_stops(tmp_path: Path):
    with pytest.raises(ContractError, match="no contract"):
        contracts.load(tmp_path)


def test_every_delivered_contract_is_complete(contract_set):
    assert len(contract_set) == 23
    optional = {contract.table for contract in contract_set if contract.optional}
    assert optional == {
        *registers.REGISTERS, "interview", "interview_code", "published_statistic",
    }  # fmt: skip
    for contract in contract_set:
        if contract.table == "published_statistic":  # the publisher's own file
            continue
        headers = [column.header for column in contract.columns]
        assert headers[-2:] == ["utdrag_datum", "kallsystem"]
        assert contract.source == f"{contract.file.removesuffix('.csv')}.odcs.yaml"
        for column in contract.columns:
            dated = column.kind == "date" and column.name not in {
                "extract_date",
                "planned_end_date",
            }
            after = f"{column.name.replace('_', '-')}-after-extract"
            assert (after in {rule.id for rule in column.rules}) == dated


# --- a second implementation ---------------------------------------------------------------------

DATES = ["", "2021-02-28", "2020-02-29", "2021-02-29", "2021-3-1", " 2021-03-01", "1999-12-31",
         "2021-03-01 00:00", "2031-01-01", "0000-01-01", "20210301", "２０２１-03-01"]  # fmt: skip
PARENT_CELLS = st.tuples(
    st.sampled_from(["A1", "A2", "B10", "a1", "A1 ", "", "A1234"]), st.sampled_from(DATES)
)
CHILD_CELLS = st.tuples(
    st.sampled_from(["1", "2", "9", "0", "10", "01", "-1", "1.0", "1e0", "+1", "", " 1", "x"]),
    st.sampled_from(["ja", "nej", "Ja", "ja ", "", "nej\t"]),
    st.sampled_from(["A1", "A2", "B10", "C3", "a1", "", "A1 "]),
    st.sampled_from(
        ["", "0,5", "0,49", "1", "1.5", "-0", ",5", "5,", "1 000", "1e3", "nan", "inf"]
    ),
    st.sampled_from(DATES),
)


def as_date(cell: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", cell):
        return None
    try:
        return date.fromisoformat(cell)
    except ValueError:
        return None


def as_int(cell: str) -> int | None:
    return int(cell) if re.fullmatch(r"-?(0|[1-9][0-9]*)", cell) else None


def as_number(cell: str) -> float | None:
    whole, _, part = cell.removeprefix("-").partition(",")
    plain = whole.isascii() and whole.isdigit() and (whole == "0" or whole[0] != "0")
    if not plain or ("," in cell and not (part.isascii() and part.isdigit())):
        return None
    return float(cell.replace(",", "."))


def parent_rows(parents: list[tuple[str, ...]]) -> list[tuple[str, str, int]]:
    out = []
    ids = [key for key, _ in parents]
    for row, (key, since) in enumerate(parents, start=2):
        day = as_date(since)
        out += [("p_id", "required", row)] * (not key)
        out += [("p_id", "pattern", row)] * bool(key and not re.fullmatch("[A-Z][0-9]{1,3}", key))
        out += [("p_id", "unique-key", row)] * (key != "" and ids.count(key) > 1)
        out += [("sedan", "type", row)] * (since != "" and day is None)
        in_range = day is None or date(2000, 1, 1) <= day <= date(2030, 12, 31)
        out += [("sedan", "range", row)] * (not in_range)
    return out


def child_rows(
    children: list[tuple[str, ...]], parents: list[tuple[str, ...]]
) -> list[tuple[str, str, int]]:
    out = []
    keys = [(key, kind) for key, kind, *_ in children]
    for row, (key, kind, parent, share, start) in enumerate(children, start=2):
        number, part, day = as_int(key), as_number(share), as_date(start)
        known = parent in [other for other, _ in parents]
        late = [since for other, since in parents if other == parent and as_date(since)]
        broken = {
            ("c_id", "required"): key == "",
            ("c_id", "type"): key != "" and number is None,
            ("c_id", "range"): number is not None and not 1 <= number <= 9,
            ("typ", "required"): kind == "",
            ("typ", "enum"): kind not in ("ja", "nej", ""),
            ("p_id", "pattern"): parent != "" and not re.fullmatch("[A-Z][0-9]{1,3}", parent),
            ("p_id", "foreign-key"): parent != "" and not known,
            ("andel", "type"): share != "" and part is None,
            ("andel", "range"): part is not None and part < 0.5,
            ("start", "required"): start == "",
            ("start", "type"): start != "" and day is None,
            ("c_id + typ", "unique-key"): "" not in (key, kind) and keys.count((key, kind)) > 1,
            # A row is not told again for a cell that has been told.
            ("start", "no-without-share"): kind == "nej" and share == "" and bool(day),
            ("start", "start-before-parent"): bool(re.fullmatch("[A-Z][0-9]{1,3}", parent))
            and any(day is not None and day < as_date(since) for since in late),
        }
        out += [(*place, row) for place, is_broken in broken.items() if is_broken]
    return out


def collected(file: str, rows: list[tuple[str, str, int]]) -> set[tuple[object, ...]]:
    places: dict[tuple[str, str], list[int]] = {}
    for column, rule, row in rows:
        places.setdefault((column, rule), []).append(row)
    return {(file, *place, len(hit), tuple(hit[:5])) for place, hit in places.items()}


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> tuple[contracts.Contract, ...]:
    return contracts.load(contract_folder(tmp_path_factory.mktemp("pair")))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(PARENT_CELLS.filter(any), max_size=6), st.lists(CHILD_CELLS.filter(any), max_size=25)
)
def test_a_second_implementation_finds_the_same(tmp_path_factory, pair, parents, children):
    folder = tmp_path_factory.mktemp("twice")
    for name, header, rows in (
        ("parent", "p_id;sedan", parents),
        ("child", "c_id;typ;p_id;andel;start", children),
    ):
        text = "\n".join([header, *(";".join(row) for row in rows)]) + "\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    report = contracts.check(folder, pair)
    found = {(v.file, v.column, v.rule, v.count, v.first_rows) for v in report.violations}
    expected = collected("parent.csv", parent_rows(parents))
    expected |= collected("child.csv", child_rows(children, parents))
    assert found == expected
