"""Costs: what is known, what is said to be missing, and what no amount may be made of."""

import re
import shutil
from dataclasses import replace
from math import nan
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from evalkit.chapters import cost_effect, economy, outcome_contract
from evalkit.chapters.opening import Report
from evalkit.costs import Amount, Contract, CostPerChild, Costs, load_costs
from evalkit.data.cells import Cells
from evalkit.errors import ParamsError
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study
from evalkit.results import Effect, Estimate

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "params" / "study.yaml")
PERIODS = {period.period: period for period in load_periods(STUDY)}
PILOT, LINE = STUDY.areas.treated[0], STUDY.areas.comparison[0]
SHIPPED = pd.read_csv(ROOT / "evalkit/data/shipped/ekonomi.csv", sep=";").rename(
    columns={"ar": "year", "finansiar": "funder", "sida": "side", "post": "entry",
             "belopp": "amount"}
)  # fmt: skip
ASSUMED = Amount(kronor=10_000.0, status="assumed")


def report(users=(), *, period="2021", finance=SHIPPED) -> Report:
    frame = pd.DataFrame(users, columns=["area", "n"]).assign(
        period=period, measure="contract_users", year=2021, month=10, sex="flicka",
        age_group="13–17", level="", time=-1, total=0.0, total_sq=0.0,
    )  # fmt: skip
    empty = pd.DataFrame()
    made = Cells(frame, empty, finance, empty, empty, "0", {})
    return Report(Evidence(STUDY, tuple(PERIODS.values()), PERIODS[period], frame), made)


def effect(low: float, high: float, outcome: str = "R1", status: str = "estimated") -> Effect:
    middle, spread = (low + high) / 2, (high - low) / 2 / 2.364624  # t(7) at 97.5 per cent
    found = Estimate(
        outcome, "att", middle, spread, 0.05, low, high, "procentenheter", "exact_t", 900, 9
    )
    return Effect(outcome, "2021", (2021,), status, found, (), 0.2, 0.26, nan, nan, 1.0, 200)


def words(fragment) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", fragment.html))


def having(monkeypatch, found: Effect, costs: Costs = Costs()) -> None:  # noqa: B008 - frozen
    for module in (cost_effect, outcome_contract):
        monkeypatch.setattr(module, "effect_of", lambda _, outcome: replace(
            found, outcome=outcome.id))  # fmt: skip
        monkeypatch.setattr(module, "load_costs", lambda _: costs)


# The file of amounts


def folder(tmp_path: Path, text: str | None):
    shutil.copytree(ROOT / "params", tmp_path / "params")
    path = tmp_path / "params" / "economy.yaml"
    path.unlink()
    if text is not None:
        path.write_text(text, encoding="utf-8")
    return load_study(tmp_path / "params" / "study.yaml")


def test_a_study_without_amounts_has_none(tmp_path):
    assert load_costs(folder(tmp_path, None)) == Costs()


def test_the_file_of_amounts_is_no_period(tmp_path):
    study = folder(tmp_path, "cost_difference_per_child: {kronor: 5000, status: assumed}\n")
    assert [period.period for period in load_periods(study)] == ["2020", "2021", "2022"]
    assert load_costs(study).difference == Amount(kronor=5000.0, status="assumed")


def test_no_amount_is_shipped():
    """Nobody has stated one: an example would be taken for a bill."""
    assert load_costs(STUDY) == Costs()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cost_difference_per_child: {kronor: 5000, status: known}", "has a 'source'"),
        ("cost_difference_per_child: {kronor: 5000, status: guessed}", "status"),
        ("cost_diference_per_child: {kronor: 5000, status: assumed}", "did you mean"),
        (
            "cost_difference_per_child: {kronor: 5000, status: assumed}\n"
            "cost_per_child: {pilot: {kronor: 9, status: assumed}, "
            "line: {kronor: 1, status: assumed}}",
            "the first gives the second",
        ),
        (
            "outcome_contract: {activity_payment: {kronor: -1, status: assumed}, "
            "outcome_payment: {kronor: 1, status: assumed}, users: [5]}",
            "0 kronor or more",
        ),
    ],
)
def test_a_fault_in_the_amounts_is_named(tmp_path, text, said):
    with pytest.raises(ParamsError, match=re.escape(said)):
        load_costs(folder(tmp_path, text + "\n"))


def test_a_difference_is_known_when_both_costs_are():
    known = Amount(kronor=30_000.0, status="known", source="Bokslut")
    both = Costs(cost_per_child=CostPerChild(pilot=known, line=known))
    half = Costs(cost_per_child=CostPerChild(pilot=known, line=ASSUMED))
    assert (both.difference.kronor, both.difference.status) == (0.0, "known")
    assert (half.difference.kronor, half.difference.status) == (20_000.0, "assumed")


# Ledgers


def test_three_ledgers_and_what_is_known_of_each():
    text = words(economy.ledgers_table(report()))
    assert "500 000 kronor (2021). Kostnader: 1 500 000 kronor (2021)" in text
    assert "2021: varför kostnader och intäkter skiljer sig" in text
    assert "Egen insats: 650 000 kronor (2021)" in text
    assert "Själva piloten Inga belopp i underlaget" in text


def test_blank_entries_are_named_and_no_total_made_of_the_rest():
    text = words(economy.ledgers_table(report(period="2022")))
    assert "2022: administration, utbildning, övrigt och summa kostnader" in text
    assert "700 263" not in text


def test_no_accounts_are_no_amounts():
    text = words(economy.ledgers_table(report(period="2020")))
    assert text.count("Inga belopp i underlaget") == 3
    assert "Räkenskaper för perioden" in text


# Cost and outcomes together


def test_the_curve_stands_only_on_a_cost_that_somebody_gave(monkeypatch):
    having(monkeypatch, effect(-0.15, -0.05))
    figure = cost_effect.acceptability_figure(report())
    assert figure.html == ""


def test_the_curve_is_even_where_the_worth_is_the_price(monkeypatch):
    """At 20 times the cost and 0.05 fewer, worth and cost are level: one half."""
    having(monkeypatch, effect(-0.15, 0.05), Costs(cost_difference_per_child=ASSUMED))
    text = cost_effect.acceptability_figure(report()).text
    assert "200 000 kronor, är sannolikheten 50 %" in text
    assert "antaget belopp, ett exempel" in text


def test_cost_and_outcomes_stand_side_by_side_when_the_costs_exist(monkeypatch):
    having(monkeypatch, effect(-0.15, -0.05))
    assert "Underlag saknas" in words(cost_effect.cost_consequences_table(report()))
    known = Amount(kronor=30_000.0, status="known", source="Bokslut 2021")
    having(monkeypatch, effect(-0.15, -0.05),
           Costs(cost_per_child=CostPerChild(pilot=known, line=ASSUMED)))  # fmt: skip
    text = words(cost_effect.cost_consequences_table(report()))
    assert "30 000 kronor (känt belopp, Bokslut 2021) 10 000 kronor (antaget" in text
    assert "Ny utredning inom ett år 20,0 % 26,0 %" in text


# The outcome contract


def test_few_users_of_the_contract_are_not_counted():
    text = words(outcome_contract.contract_users_table(report([(PILOT, 4.0), (LINE, 9.0)])))
    assert "Pilotområdet .. Linjens områden 9" in text


def test_no_users_are_said_in_words():
    text = words(outcome_contract.contract_users_table(report()))
    assert "Inget barn i underlaget" in text
    assert outcome_contract.without_contract_table(report()).html == ""


def test_what_the_contract_may_cost(monkeypatch):
    """10 users at 40 000 and half of them at 20 000 more: 500 000."""
    terms = Contract(
        activity_payment=Amount(kronor=40_000.0, status="assumed"),
        outcome_payment=Amount(kronor=20_000.0, status="known", source="Avtalet"),
        users=(10, 20),
    )
    having(monkeypatch, effect(-0.1, 0.1), Costs(outcome_contract=terms))
    text = words(outcome_contract.contract_cost_table(report()))
    assert "50 % 500 000 1 000 000" in text
    assert "40 000 kronor (antaget belopp, ett exempel)" in text
    assert "20 000 kronor (känt belopp, Avtalet)" in text


def test_without_payments_the_contract_has_no_cost(monkeypatch):
    having(monkeypatch, effect(-0.1, 0.1))
    assert "Underlag saknas" in words(outcome_contract.contract_cost_table(report()))


def test_the_answer_without_the_contracts_users_is_compared(monkeypatch):
    having(monkeypatch, effect(-0.3, -0.1))
    others = effect(-0.3, 0.1).headline
    monkeypatch.setattr(outcome_contract.robustness, "without_contract", lambda *_: others)
    text = words(outcome_contract.without_contract_table(report([(PILOT, 9.0)])))
    assert "−20,0 procentenheter (−30,0 till −10,0)" in text
    assert "Ett annat: går inte att avgöra" in text


@pytest.mark.parametrize(
    ("funders", "said"),
    [
        ((), "ingen av de tre kassor"),
        ((economy.GRANT,), "finns belopp för 1 i underlaget, men inte för den fond"),
        ((economy.GRANT, economy.FUND), "finns belopp för 2 i underlaget."),
    ],
)
def test_the_message_says_for_how_many_that_paid_there_are_amounts(funders, said):
    finance = pd.DataFrame(
        [(2021, "intäkt", funder, 500.0) for funder in funders],
        columns=["year", "side", "funder", "amount"],
    )
    made = SimpleNamespace(cells=SimpleNamespace(finance=finance), period=report().period)
    assert said in economy.message(made)
