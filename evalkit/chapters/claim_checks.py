"""Claims that the extracts can check: the report in, what they show out."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from evalkit.chapters.opening import Report
from evalkit.documents import ClaimCheck, State
from evalkit.estimation import economy, survey
from evalkit.reporting.numbers import count, listing, number, percent

UNDERSTANDS_WHY, KNOWS_WHAT = 5, 7  # items of the survey; their words stand in its contract
HALF = 0.5
SALARY, GRANT, SALARY_YEAR = "personal", "beviljat belopp", 2022
NO_ANSWERS = "Underlaget har inga svar på påståendet."


@dataclass(frozen=True, slots=True)
class Checked:
    """What the extracts say of a claim, in Swedish."""

    state: State
    text: str


def majority_understands(report: Report) -> Checked:
    """Hold "most understand why" against the least share that each unit's mean allows."""
    bounds = _bounds(report, UNDERSTANDS_WHY)
    if not bounds:
        return Checked("unverified", NO_ANSWERS)
    sure = [unit for unit, found in bounds.items() if found.low > HALF]
    unsure = [unit for unit in bounds if unit not in sure]
    text = f"Att mer än hälften svarat minst 5 av 7 följer av medelvärdet i {_units(sure)}"
    if not unsure:
        return Checked("verified", f"{text}.")
    least = min(bounds[unit].low for unit in unsure)
    text += f", men inte i {listing(unsure)}, där andelen kan vara ner till {percent(least)}."
    return Checked("partly" if sure else "unverified", text)


def fewer_know_what(report: Report) -> Checked:
    """Hold "fewer know what" against the shares that the two items' means allow."""
    why, what = _bounds(report, UNDERSTANDS_WHY), _bounds(report, KNOWS_WHAT)
    if not why or why.keys() != what.keys():
        return Checked("unverified", NO_ANSWERS)
    gaps = survey.gaps(_first_round(report), UNDERSTANDS_WHY, KNOWS_WHAT)
    follows = [unit for unit in why if what[unit].high < why[unit].low]
    lower = int((gaps["low"] > 0).sum())
    text = (
        f"Medelvärdet är lägre i {number(lower)} av {count(len(gaps), 'enhet', 'enheter')}. Att "
        f"färre svarat minst 5 av 7 följer av det i {_units(follows)}."
    )
    if len(follows) == len(why):
        return Checked("verified", text)
    return Checked("partly" if follows else "unverified", text)


def survey_repeated(report: Report) -> Checked:
    """Hold "the survey was repeated" against the rounds that the extract has."""
    rounds = report.cells.survey["round"].nunique()
    text = f"Underlaget har {count(rounds, 'mätning', 'mätningar')}."
    return Checked("verified" if rounds > 1 else "unverified", text)


def salary_above_grant(report: Report) -> Checked:
    """Hold "salaries exceeded the grant" against the accounts of the year."""
    finance = report.cells.finance
    own = finance[(finance["year"] == SALARY_YEAR) & (finance["status"] == economy.REPORTED)]
    amounts = own.groupby("entry")["amount"].sum()
    if SALARY not in amounts or GRANT not in amounts:
        return Checked("unverified", f"Räkenskaperna för {SALARY_YEAR} saknar beloppen.")
    salary, grant = float(amounts[SALARY]), float(amounts[GRANT])
    text = f"{number(salary)} kronor i personalkostnader mot {number(grant)} beviljade."
    return Checked("verified" if salary > grant else "contradicted", text)


CHECKS: dict[ClaimCheck, Callable[[Report], Checked]] = {
    "majority_understands": majority_understands,
    "fewer_know_what": fewer_know_what,
    "survey_repeated": survey_repeated,
    "salary_above_grant": salary_above_grant,
}


def _bounds(report: Report, item: int) -> dict[str, survey.Bounds]:
    """Return, by unit, between which limits the share answering at least 5 must lie."""
    means = _first_round(report)
    own = means[means["item"] == item].sort_values("unit")
    return {
        unit: survey.share_bounds(float(mean))
        for unit, mean in zip(own["unit"], own["mean"], strict=True)
    }


def _first_round(report: Report) -> pd.DataFrame:
    """Return the survey's first round: the one that the claims are about."""
    means = report.cells.survey
    return means[means["round"] == means["round"].min()]


def _units(units: list[str]) -> str:
    return listing(units) if units else "ingen enhet"
