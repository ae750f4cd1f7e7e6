"""Do the accounts add up? Sums and checks of the finance table, year by year.

These are the costs of process support, not of the pilot: nothing here is divided by children.
"""

from dataclasses import dataclass
from math import nan

import pandas as pd

from evalkit.errors import DesignError

INCOME, COST = "intäkt", "kostnad"
SUMS = {INCOME: "summa intäkter", COST: "summa kostnader"}
REPORTED, MISSING, INTERPRETED = "redovisad", "saknas", "tolkad"


@dataclass(frozen=True, slots=True)
class Side:
    """One year's income or costs, in kronor.

    `reported_parts` sums the rows that have an amount, `stated_sum` is the table's own sum row
    and `difference` the second minus the first. `total` is the parts' sum when every row has its
    amount or the stated sum shows that the others hold nothing; else NaN, with a `reason`.
    `missing` names the rows without amount, the sum row included.
    """

    reported_parts: float
    total: float
    stated_sum: float
    difference: float
    missing: tuple[str, ...]
    n_interpreted: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Accounts:
    """One year's accounts, in kronor.

    `balance` is income minus costs, NaN when either is unknown; `balance_on_reported` leaves the
    missing rows out and is not the year's result.
    """

    year: int
    income: Side
    costs: Side
    balance: float
    balance_on_reported: float
    reason: str = ""


def accounts(finance: pd.DataFrame) -> tuple[Accounts, ...]:
    """Return the accounts of each year in the finance table.

    Parameters
    ----------
    finance : columns `year`, `funder`, `side` (intäkt or kostnad), `entry`, `amount` (kronor)
        and `status` (redovisad, saknas or tolkad); a sum row's entry is one of `SUMS`.

    Raises
    ------
    DesignError : unknown side or status, a missing row with an amount, or the reverse.
    """
    _check(finance)
    # Extracts give whole kronor as nullable integers, whose missing value is no number at all.
    numbers = finance.assign(amount=finance["amount"].astype(float))
    return tuple(_year(int(year), rows) for year, rows in numbers.groupby("year"))


def _check(finance: pd.DataFrame) -> None:
    faults = {
        "column 'year': {} rows lack it": finance["year"].isna(),
        "column 'side': {} rows are neither income nor cost": ~finance["side"].isin(SUMS),
        "column 'status': {} rows have an unknown status": ~finance["status"].isin(
            [REPORTED, MISSING, INTERPRETED]
        ),
        "column 'amount': {} rows disagree with 'status' on whether there is an amount": (
            finance["amount"].isna() != (finance["status"] == MISSING)
        ),
    }
    for rule, wrong in faults.items():
        if wrong.any():
            raise DesignError(f"finance table: {rule.format(int(wrong.sum()))}; correct the table")


def _year(year: int, rows: pd.DataFrame) -> Accounts:
    income, costs = _side(rows, INCOME), _side(rows, COST)
    reasons = [side.reason for side in (income, costs) if side.reason]
    return Accounts(
        year,
        income,
        costs,
        income.total - costs.total,
        income.reported_parts - costs.reported_parts,
        "; ".join(reasons),
    )


def _side(rows: pd.DataFrame, side: str) -> Side:
    own = rows[rows["side"] == side]
    is_sum = own["entry"] == SUMS[side]
    parts, sums = own[~is_sum], own[is_sum]
    if len(sums) > 1:
        raise DesignError(f"finance table: {len(sums)} rows '{SUMS[side]}' in one year; keep one")
    unknown = int(parts["amount"].isna().sum())
    reported = float(parts["amount"].sum()) if unknown < len(parts) else nan
    stated = float(sums["amount"].sum(min_count=1))
    reason = ""
    if parts.empty:
        reason = f"{side}: no rows but the sum"
    elif unknown and stated != reported:
        reason = f"{side}: {unknown} of {len(parts)} rows lack their amount"
    return Side(
        reported,
        nan if reason else reported,
        stated,
        stated - reported,
        tuple(own.loc[own["amount"].isna(), "entry"]),
        int((own["status"] == INTERPRETED).sum()),
        reason,
    )
