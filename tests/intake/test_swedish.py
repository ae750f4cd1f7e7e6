"""Whoever makes the extracts is told in Swedish what every column means and every rule wants."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from evalkit.data import contracts, odcs, swedish
from evalkit.data.advice import OF_RULES, advise
from evalkit.data.lint import lint
from evalkit.data.violations import Violation

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / "data_contracts", ROOT / "examples/city/data_contracts"]
ENGLISH = re.compile(r"\b(the|and|is|of|not|with|row|before|after)\b")


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.parent.name)
def contract_set(request):
    return contracts.load(request.param)


def texts(contract_set):
    for contract in contract_set:
        yield contract.file, contract.swedish
        for column in contract.columns:
            yield f"{contract.file}: {column.header}", column.swedish
            for rule in column.rules:
                yield f"{contract.file}: {rule.id}", rule.swedish


def test_every_table_column_and_rule_has_its_swedish_text(contract_set):
    assert [place for place, text in texts(contract_set) if not text] == []
    assert [place for place, text in texts(contract_set) if ENGLISH.search(text)] == []


def test_every_pattern_of_the_contracts_has_words(contract_set):
    patterns = {c.pattern for one in contract_set for c in one.columns if c.pattern and not c.codes}
    assert patterns <= swedish.PATTERNS.keys()


def test_the_words_for_a_pattern_give_an_example_that_it_takes():
    examples = {
        pattern: words.rpartition("som ")[2]
        for pattern, words in swedish.PATTERNS.items()
        if ", som " in words
    }
    assert len(examples) == 4
    for pattern, example in examples.items():
        assert re.fullmatch(pattern, example)


def test_every_generic_rule_of_the_code_is_put_into_words():
    """The rules are literals in the calls that make violations; a new one needs its words."""
    found = set()
    for path in (ROOT / "evalkit/data").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                at = {"Violation": 2, "refused": 1, "fault": 0, "_told": 4}.get(name)
                if at is not None and len(node.args) > at:
                    rule = node.args[at]
                    found |= {rule.value} if isinstance(rule, ast.Constant) else set()
    assert len(found) > 10
    assert {rule for rule in found if isinstance(rule, str)} <= OF_RULES.keys()


@pytest.mark.parametrize("rule", sorted(OF_RULES))
def test_no_phrase_is_left_unfilled(rule, contract_set):
    column = next(c for c in contract_set[0].columns if c.codes)
    violation = Violation(contract_set[0].file, column.header, rule, "error", 1, (2,), "", 3)
    told = advise(violation, contract_set)
    for text in (told.action, told.fault_sv, told.action_sv):
        assert text
        assert not re.search(r"[{}]", text)
    assert not ENGLISH.search(told.fault_sv + told.action_sv)


def test_the_words_are_those_of_the_broken_column():
    contract_set = contracts.load(FOLDERS[0])

    def fault(file, column, rule):
        return advise(Violation(file, column, rule, "error", 1, (2,), ""), contract_set).fault_sv

    assert "flicka, pojke, okänt" in fault("barn.csv", "kon", "enum")
    assert "som 2012-05" in fault("barn.csv", "fodelsemanad", "pattern")
    assert "som 2021-03-31" in fault("insats.csv", "start", "type")
    assert "minst 1 och högst 7" in fault("enkat.csv", "medel", "range")
    assert "barn_id i barn.csv" in fault("insats.csv", "barn_id", "foreign-key")
    assert (
        fault("insats.csv", "slut", "end-without-start") == "”slut” är ifyllt men ”start” är tomt"
    )
    assert "semikolon" in fault("barn.csv", "", "delimiter")


@pytest.mark.parametrize(
    ("form", "words"), [("dd/MM/yyyy", "datum, som 31/03/2021"), ("", "datum, som 2021-03-31")]
)
def test_a_day_is_told_in_the_form_that_the_system_writes(form, words):
    contract = next(one for one in contracts.load(FOLDERS[0]) if one.file == "insats.csv")
    column = next(one for one in contract.columns if one.header == "start")
    assert swedish.form(replace(column, form=form), contract) == words


def test_a_month_is_told_in_the_form_that_the_system_writes():
    contract = next(one for one in contracts.load(FOLDERS[0]) if one.file == "barn.csv")
    column = next(one for one in contract.columns if one.header == "fodelsemanad")
    told = swedish.form(replace(column, form="MM/yyyy"), contract)
    assert told == "år och månad, som 03/2021"


# What a file from an unknown system breaks first: its names, its form and its codes.
OF_ANOTHER_SYSTEM = (
    "missing-file", "unknown-file", "no-header", "missing-column", "delimiter", "type", "enum",
    "total-row",
)  # fmt: skip


@pytest.mark.parametrize("rule", OF_ANOTHER_SYSTEM)
def test_whoever_has_another_systems_file_is_told_of_source_files(rule):
    """Three files of unknown systems were brought to a passed check with the messages alone."""
    assert "in a source file (docs/sources.md)" in OF_RULES[rule].action


def test_a_rule_that_nobody_has_put_into_words_is_named():
    told = advise(Violation("other.csv", "", "brand-new", "error", 1, (2,), ""), ())
    assert "brand-new" in told.fault_sv
    assert told.action_sv


@pytest.mark.parametrize(
    ("place", "text"), [("table", ""), ("column", "  "), ("rule", "a\nb"), ("rule", ["a"])]
)
def test_a_swedish_text_is_one_line(place, text):
    raw = odcs.read(FOLDERS[0])
    table = raw["barn.odcs.yaml"]["schema"][0]
    column = next(c for c in table["properties"] if c.get("quality"))
    holder = {"table": raw["barn.odcs.yaml"], "column": column, "rule": column["quality"][0]}[place]
    entry = next(e for e in holder["customProperties"] if e["property"] == odcs.SWEDISH)
    entry["value"] = text
    (fault,) = lint(raw)
    assert fault.startswith("barn.odcs.yaml: ")
    assert "customProperties.descriptionSv: one line of text" in fault


def test_a_misspelt_property_of_a_rule_is_told():
    raw = odcs.read(FOLDERS[0])
    column = next(c for c in raw["barn.odcs.yaml"]["schema"][0]["properties"] if c.get("quality"))
    column["quality"][0]["customProperties"] = [{"property": "descriptionsv", "value": "x"}]
    (fault,) = lint(raw)
    assert "unknown property 'descriptionsv'; did you mean 'descriptionSv'?" in fault
