"""Published figures: how a publisher's file is read, and what becomes cells, by hand."""

import copy
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from evalkit import evaluation
from evalkit.data import aggregation, contracts, extracts, lint, odcs, published
from evalkit.errors import DesignError, ParamsError
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study

ROOT = Path(__file__).parents[2]
CITY = ROOT / "examples" / "city"
CONTRACT = "publicerad_statistik.odcs.yaml"
DFE = ROOT / "tests" / "whole" / "dfe" / "data_contracts" / "dfe.odcs.yaml"
HEADER = "omrade;ar;matt;kon;taljare;namnare"
DISTRICTS = [f"Stadsdel {letter}" for letter in "ABCDEFGHIJKLMN"]


def lines(measures=("R1", "U1", "T4M"), years=range(2014, 2023)) -> list[str]:
    """The pilot's share falls from 30 to 20 in 100 from 2020; the others' stays at 25 on average.

    Of the thirteen others four rise by one, four fall by one and five stay as they were.
    """
    rows = []
    for place, district in enumerate(DISTRICTS):
        before, after = (30, 20) if place == 0 else (25, 25 + place % 3 - 1)
        rows += [
            f"{district};{year};{measure};båda;{after if year >= 2020 else before};100"
            for year in years
            for measure in measures
        ]
    return rows


@pytest.fixture
def city(tmp_path) -> Path:
    for name in ("params", "data_contracts"):
        shutil.copytree(CITY / name, tmp_path / name)
    return tmp_path


def deliver(folder: Path, rows: list[str]) -> None:
    place = folder / "outputs" / "demo" / "extracts"
    place.mkdir(parents=True, exist_ok=True)
    (place / "statistik.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def change(folder: Path, *pairs: tuple[str, str], file: str = "study.yaml") -> None:
    path = folder / "params" / file
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def evidence_of(folder: Path, period: str = "2022") -> Evidence:
    study = load_study(folder / "params" / "study.yaml")
    periods = load_periods(study)
    made = aggregation.make(study, periods)
    chosen = next(one for one in periods if one.period == period)
    return Evidence(study, periods, chosen, made.frame)


def raw(source: Path = CITY / "data_contracts" / CONTRACT) -> dict:
    return yaml.safe_load(source.read_text(encoding="utf-8"))


# --- from figures to an effect -------------------------------------------------------------------


def test_an_effect_on_published_figures_is_the_difference_of_changes(city):
    """The pilot's share falls by 10 in 100, that of the others not at all."""
    deliver(city, lines())
    evidence = evidence_of(city)
    for outcome in evidence.study.outcomes:
        effect = evaluation.evaluate(evidence, outcome)
        assert effect.status == "estimated", outcome.id
        assert effect.headline.estimate == pytest.approx(-0.10)
        assert effect.headline.n_areas == 14
        assert (effect.observed, effect.mature) == (pytest.approx(0.20), 1.0)


def test_an_area_without_every_year_is_left_out_and_counted_with_its_reason(city):
    rows = [row for row in lines() if not row.startswith("Stadsdel B;2016;R1")]
    spoilt = {"Stadsdel C;2018;R1": "..;100", "Stadsdel D;2022;R1": "25;-"}
    for place, row in enumerate(rows):
        where = ";".join(row.split(";")[:3])
        if where in spoilt:
            rows[place] = f"{where};båda;{spoilt[where]}"
    deliver(city, rows)
    evidence = evidence_of(city)
    outcome = evidence.study.outcome("R1")
    gone = evaluation.left_out(evidence, outcome)
    assert set(zip(gone["area"], gone["year"], gone["level"], strict=True)) == {
        ("Stadsdel B", 2016, "no row"),
        ("Stadsdel C", 2018, "protected"),
        ("Stadsdel D", 2022, "not available"),
    }
    assert evaluation.evaluate(evidence, outcome).headline.n_areas == 11
    assert evaluation.evaluate(evidence, evidence.study.outcome("U1")).headline.n_areas == 14
    # What is missing in 2022 was not missing in the report of 2021.
    before = evidence_of(city, "2021")
    assert evaluation.evaluate(before, outcome).headline.n_areas == 12


def test_a_treated_area_without_a_year_is_not_estimated(city):
    deliver(city, [row for row in lines() if not row.startswith("Stadsdel A;2016;R1")])
    evidence = evidence_of(city)
    effect = evaluation.evaluate(evidence, evidence.study.outcome("R1"))
    assert effect.status == "not_estimable"


def test_figures_by_sex_are_summed_to_the_area(city):
    both = lines()
    apart = []
    for row in both:
        area, year, measure, _, found, _ = row.split(";")
        girls = int(found) // 2
        apart += [f"{area};{year};{measure};flicka;{girls};40"]
        apart += [f"{area};{year};{measure};pojke;{int(found) - girls};60"]
    deliver(city, both)
    one = evidence_of(city)
    deliver(city, apart)
    two = evidence_of(city)
    for outcome in one.study.outcomes:
        first, second = (evaluation.evaluate(evidence, outcome) for evidence in (one, two))
        assert second.headline.estimate == pytest.approx(first.headline.estimate)
        assert second.headline.conf_low == pytest.approx(first.headline.conf_low)


def test_a_period_that_is_no_whole_year_stops(city):
    deliver(city, lines())
    change(city, ('end: "2022-12-31"', 'end: "2022-08-31"'), file="2022.yaml")
    with pytest.raises(DesignError, match="whole years"):
        evidence_of(city)


def test_another_window_than_the_published_one_stops(city):
    deliver(city, lines())
    change(city, ("follow_up_windows: [365]", "follow_up_windows: [90, 365]"))
    with pytest.raises(ParamsError, match=r"let it be \[365\]"):
        evidence_of(city)


def test_an_outcome_that_is_no_share_stops(city):
    deliver(city, lines())
    change(city, ("kind: share\n    unit: procentenheter\n    direction: lower",
                  "kind: mean\n    unit: dagar\n    direction: lower"))  # fmt: skip
    with pytest.raises(DesignError, match="must be 'share'"):
        evidence_of(city)


def test_an_area_of_the_plan_that_nobody_publishes_is_told_by_check(city):
    deliver(city, [row for row in lines() if not row.startswith("Stadsdel K")])
    study = load_study(city / "params" / "study.yaml")
    checked = aggregation.check(study, load_periods(study))
    assert checked.report.ok
    assert isinstance(checked.misfit, ParamsError)
    assert "'Stadsdel K' is not in statistik.csv" in str(checked.misfit)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("Stadsdel A;2014;T14;båda;101;100", "more-with-than-in-all"),
        ("Stadsdel A;2014;T14;flicka;1;100", "one-sex-only"),
        ("Stadsdel A;2014;R1;flicka;1;100", "both-sexes-beside-one"),
        ("Stadsdel A;2014;R1;båda;1;100", "unique-key"),
        ("Stadsdel A;2014;T14;båda;x;100", "type"),
        ("Stadsdel A;2014;T14;båda;;100", "required"),
    ],
)
def test_figures_that_contradict_themselves_are_told_by_rule(city, row, rule):
    deliver(city, [*lines(), row])
    study = load_study(city / "params" / "study.yaml")
    report = aggregation.check(study, load_periods(study)).report
    assert rule in {violation.rule for violation in report.violations if violation.stops}


# --- beside extracts -----------------------------------------------------------------------------


def of_extracts(areas) -> pd.DataFrame:
    figures = [
        (area, year, "R1", "", 20.0, 100.0, "")
        for area in areas
        for year in range(2017, 2023)
    ]  # fmt: skip
    names = ["area", "year", "measure", "sex", "numerator", "denominator", "reason"]
    return pd.DataFrame(figures, columns=names)


def test_beside_extracts_only_whole_years_and_published_outcomes_count(tmp_path):
    shutil.copytree(ROOT / "params", tmp_path / "params")
    change(tmp_path, ("follow_up_windows: [90, 180, 365]", "follow_up_windows: [365]"))
    study = load_study(tmp_path / "params" / "study.yaml")
    whole, part = (load_periods(study)[place] for place in (1, 2))
    assert (whole.whole_year, part.whole_year) == (True, False)
    areas = ["Skärholmen", "Farsta"]
    found = published.cells(of_extracts(areas), study, whole, areas, alone=False)
    assert set(found.loc[found["measure"] == "R1", "area"]) == set(areas)
    assert found.loc[found["measure"] == "left_out:R1"].empty
    left = found[found["measure"] == "left_out:K1"]
    assert (set(left["area"]), set(left["level"])) == (set(areas), {"not published"})
    found = published.cells(of_extracts(areas), study, part, areas, alone=False)
    assert found.loc[found["measure"] == "R1"].empty
    assert set(found.loc[found["measure"] == "left_out:R1", "level"]) == {"part of a year"}


# --- a publisher's own file ----------------------------------------------------------------------

WIDE = [
    "time_period,geographic_level,new_la_code,Referrals,Re_referrals,la_name,Referrals_rate",
    "2013,National,,1000,200,,10.5",
    "2013,Local authority,E06000001,100,20,\"Somewhere, City of\",1.0",
    "2014,Local authority,E06000001,c,x,Somewhere,1.0",
    "2015,Local authority,E06000001,90,u,Somewhere,1.0",
]  # fmt: skip


def test_a_wide_file_with_symbols_and_other_levels_is_read_by_its_contract_alone(tmp_path):
    folder = tmp_path / "contracts"
    folder.mkdir()
    shutil.copy(DFE, folder)
    data = tmp_path / "data"
    data.mkdir()
    file = data / "dfe_referrals_rereferrals_2013_2024.csv"
    file.write_bytes(b"\xef\xbb\xbf" + "\n".join(WIDE).encode() + b"\n")
    contract_set = contracts.load(folder)
    opened = extracts.open_extracts(data, contract_set)
    assert not opened.report.violations
    figures = published.figures(extracts.tables(opened), contract_set[0])
    told = figures.fillna(-1).itertuples(index=False, name=None)
    assert sorted(told, key=lambda row: row[1]) == [
        ("E06000001", 2013, "R1", "", 20.0, 100.0, ""),
        ("E06000001", 2014, "R1", "", -1.0, -1.0, "protected"),
        ("E06000001", 2015, "R1", "", -1.0, 90.0, "low reliability"),
    ]


def test_a_fault_is_told_by_the_row_of_the_file_not_of_those_kept(tmp_path):
    shutil.copytree(DFE.parent, tmp_path / "contracts")
    data = tmp_path / "data"
    data.mkdir()
    file = data / "dfe_referrals_rereferrals_2013_2024.csv"
    file.write_text("\n".join([*WIDE, "2016,Local authority,E1,9,1,,"]) + "\n")
    (fault,) = contracts.check(data, contracts.load(tmp_path / "contracts")).violations
    assert (fault.column, fault.rule, fault.first_rows) == ("new_la_code", "pattern", (6,))


# --- faults in the contract itself ---------------------------------------------------------------


def set_property(contract: dict, name: str, value: object) -> None:
    kept = [one for one in contract["customProperties"] if one["property"] != name]
    contract["customProperties"] = [*kept, {"property": name, "value": value}]


def column(contract: dict, name: str) -> dict:
    return next(c for c in contract["schema"][0]["properties"] if c["name"] == name)


BROKEN = [
    ("rowFilter", ["area"], "written as {column: ..., value: ...}"),
    ("rowFilter", {"column": "ares", "value": "x"}, "no column 'ares'; did you mean 'area'"),
    ("rowFilter", {"column": "area", "value": 7}, "put it in quotes"),
    ("ignoredColumns", "namn", "a list of headers"),
    ("ignoredColumns", ["omrade"], "'omrade' is a column of the contract"),
    ("ignoredColumns", ["x", "x"], "'x' stands twice"),
    ("measures", {}, "a list of {measure"),
    ("measures", [{"measure": "R1"}], "written as {measure: ..., numerator"),
    ("measures", [{"measure": "R1", "numerator": "numeratr", "denominator": "denominator"}],
     "no column of numbers 'numeratr'; did you mean 'numerator'"),
    ("measures", [{"measure": "R1", "numerator": "area", "denominator": "denominator"}],
     "no column of numbers 'area'"),
    ("measures", 2 * [{"measure": "R1", "numerator": "numerator", "denominator": "denominator"}],
     "'R1' stands twice"),
    ("rowFiltr", {}, "unknown property 'rowFiltr'; did you mean 'rowFilter'"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "said"), BROKEN)
def test_a_broken_description_of_a_publishers_file_is_told(name, value, said):
    contract = raw()
    set_property(contract, name, value)
    faults = lint.lint({CONTRACT: contract})
    assert any(said in fault and "customProperties" in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("symbols", "said"),
    [
        ({"c": "secret"}, "the reason is one of protected"),
        ([], "a symbol and its reason"),
        ({}, "a symbol and its reason"),
        ({" ": "protected"}, "a symbol is a sign that can be seen"),
        ({0: "protected"}, "customProperties[0].value: a key is no text; write it in quotes"),
    ],
)
def test_a_broken_symbol_is_told(symbols, said):
    contract = raw()
    numerator = column(contract, "numerator")
    numerator["customProperties"] = [{"property": "missingSymbols", "value": symbols}]
    assert any(said in fault for fault in lint.lint({CONTRACT: contract}))


def test_only_numbers_have_symbols_and_a_column_no_other_property():
    contract = raw()
    column(contract, "sex")["customProperties"] = [
        {"property": "missingSymbols", "value": {"c": "protected"}}
    ]
    column(contract, "area")["customProperties"] = [{"property": "missingSymbol", "value": {}}]
    told = "\n".join(lint.lint({CONTRACT: contract}))
    assert "only a column of numbers" in told
    assert "unknown property 'missingSymbol'; did you mean 'missingSymbols'" in told


@pytest.mark.parametrize("name", ["area", "year", "measure", "numerator", "denominator"])
def test_a_column_that_the_long_form_needs_is_told(name):
    contract = raw()
    column(contract, name)["name"] = "other"
    assert any(f"no column '{name}'" in fault for fault in lint.lint({CONTRACT: contract}))


@pytest.mark.parametrize("name", ["rowFilter", "ignoredColumns", "measures"])
def test_an_extract_about_children_is_read_whole(name):
    contracts_of_children = copy.deepcopy(odcs.read(ROOT / "data_contracts"))
    value = next(value for key, value, _ in BROKEN if key == name)
    set_property(contracts_of_children["barn.odcs.yaml"], name, value)
    (fault,) = lint.lint(contracts_of_children)
    assert f"customProperties.{name}" in fault
    assert "read whole" in fault


def test_the_contracts_that_are_delivered_pass():
    assert contracts.load(CITY / "data_contracts")
    assert contracts.load(DFE.parent)
