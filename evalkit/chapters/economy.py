"""What the accounts hold, in which of three ledgers, and what no source can answer."""

from math import isnan

import pandas as pd
from markupsafe import Markup

from evalkit.chapters.opening import Report
from evalkit.chapters.sources import framed, published
from evalkit.chapters.tables import text_table
from evalkit.estimation import economy
from evalkit.reporting import fragments, plots, tables
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.links import link
from evalkit.reporting.numbers import listing, number
from evalkit.reporting.tables import Column

GRANT, FUND, OWN = "LUM", "SIF", "egen"
ACCOUNTS = "ekonomi-tabell"
NOTHING = "Inga belopp i underlaget"


def ledgers_table(report: Report) -> Fragment:
    """Return the three ledgers that paid for the pilot: what is known of each, what is missing."""
    finance = _finance(report)
    rows = [
        {
            "ledger": "Lokala utvecklingsmedel",
            "pays": "Processledning: stöd till utveckling och införande",
            "known": _grant(finance),
            "missing": _unfilled(finance),
        },
        {
            "ledger": "Sociala investeringsfonden",
            "pays": "Själva piloten",
            "known": _amounts(finance, FUND),
            "missing": "Budget och utfall: löner, lokaler, insatser",
        },
        {
            "ledger": "Ordinarie budget",
            "pays": "Linjens enheter, och egen insats i utvecklingsarbetet",
            "known": _own(finance),
            "missing": "Linjens kostnad per enhet och ärende, och vad den egna insatsen består av",
        },
    ]
    columns = {
        "ledger": Column("Kassa"),
        "pays": Column("Betalar"),
        "known": Column("Det vi vet"),
        "missing": Column("Det som saknas"),
    }
    note = "Belopp till och med periodens år."
    return text_table(rows, columns, "Tre kassor som betalade", note)


def economy_figure(report: Report) -> Fragment:
    """Return the accounts entry by entry, the missing ones hatched."""
    if _finance(report).empty:
        return fragments.callout("varning", "Underlag saknas: inga räkenskaper för året finns.")
    kept = _finance(report)[["year", "side", "entry", "amount", "status"]]
    sums = kept["entry"].isin(economy.SUMS.values())
    frame = kept[~sums].assign(entry=kept["entry"].str.capitalize())
    released = published(frame, "year", "amount")
    caption = "Intäkter och kostnader för processledningen, kronor."
    accounts = fragments.told_in(link(ACCOUNTS, "räkenskaper"))
    return framed(plots.finance(released), "ekonomi", caption, accounts)


def economy_table(report: Report) -> Fragment:
    """Return the accounts as reported, the missing amounts shown as missing."""
    finance = _finance(report)
    if finance.empty:
        return Fragment("", "")
    frame = finance.assign(
        year=finance["year"].astype(str),
        entry=finance["entry"].str.capitalize(),
        side=finance["side"].str.capitalize(),
        amount=finance["amount"].astype(float),
    )
    columns = {
        "year": Column("År"),
        "side": Column("Slag"),
        "entry": Column("Post"),
        "amount": Column("Kronor", "number", 0),
        "status": Column("Uppgiften är"),
    }
    caption = "Räkenskaper enligt redovisningarna"
    return fragments.table(tables.html(frame, columns, caption, name=ACCOUNTS))


def economy_checks(report: Report) -> Fragment:
    """Return whether the sums add up and what the balance is, year by year."""
    lines = [line for year in economy.accounts(_finance(report)) for line in _checked(year)]
    if not lines:
        return fragments.paragraph("Det finns inga räkenskaper att pröva för perioden.")
    items = Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
    return fragments.callout("fakta", Markup("<ul>{}</ul>").format(items))


def message(report: Report) -> str:
    """Return that the pilot's cost is unknown, and how many of those who paid have accounts."""
    finance = _finance(report)
    known = sum(_amounts(finance, funder) != NOTHING for funder in (GRANT, FUND, OWN))
    if not known:
        return (
            "Vad piloten kostade går inte att säga: ingen av de tre kassor som betalade har belopp "
            "i underlaget."
        )
    text = f"Av tre kassor som betalade finns belopp för {number(known)} i underlaget"
    if _amounts(finance, FUND) != NOTHING:
        return f"{text}."
    return (
        f"Vad piloten kostade går inte att säga. {text}, men inte för den fond som betalade själva "
        "piloten."
    )


def _checked(accounts: economy.Accounts) -> list[str]:
    year, income, costs = accounts.year, accounts.income, accounts.costs
    lines = []
    if not isnan(accounts.balance):
        lines.append(
            f"{year}: intäkter {_kronor(income.total)} minus kostnader {_kronor(costs.total)} ger "
            f"{_kronor(accounts.balance)}. Skillnaden förklaras inte i redovisningen."
        )
    else:
        lines.append(
            f"{year}: kostnaderna är ofullständiga. På de poster som redovisats blir skillnaden "
            f"{_kronor(accounts.balance_on_reported)}, men det är inte årets resultat."
        )
    for name, side in (("intäkter", income), ("kostnader", costs)):
        if side.missing:
            entries = listing([f"”{entry}”" for entry in side.missing])
            lines.append(f"{year}: bland {name} är {entries} inte ifyllda i redovisningen.")
        if not isnan(side.difference):
            same = "stämmer med posterna" if side.difference == 0 else "stämmer inte med posterna"
            lines.append(f"{year}: summan av {name} {same}.")
    return lines


def _kronor(amount: float) -> str:
    return f"{number(amount)} kronor"


def _finance(report: Report) -> pd.DataFrame:
    """Return the accounts up to the period's year: later ones had not been closed."""
    finance = report.cells.finance
    return finance[finance["year"] <= report.period.year].reset_index(drop=True)


def _grant(finance: pd.DataFrame) -> str:
    granted = _amounts(finance, GRANT)
    costs = [
        f"{_kronor(year.costs.total)} ({year.year})"
        for year in economy.accounts(finance)
        if not isnan(year.costs.total)
    ]
    return f"{granted}. Kostnader: {listing(costs)}" if costs else granted


def _own(finance: pd.DataFrame) -> str:
    own = _amounts(finance, OWN)
    return own if own == NOTHING else f"Egen insats: {own}"


def _amounts(finance: pd.DataFrame, funder: str) -> str:
    """Return the income from a funder year by year."""
    rows = finance[(finance["funder"] == funder) & (finance["side"] == economy.INCOME)]
    rows = rows[rows["amount"].notna()]
    if rows.empty:
        return NOTHING
    sums = rows.groupby("year")["amount"].sum()
    return listing([f"{_kronor(amount)} ({year})" for year, amount in sums.items()])


def _unfilled(finance: pd.DataFrame) -> str:
    """Return what the grant's accounts leave blank or unexplained."""
    accounts = economy.accounts(finance)
    lines = [
        f"{year.year}: {listing([*year.income.missing, *year.costs.missing])}"
        for year in accounts
        if year.income.missing or year.costs.missing
    ]
    lines += [
        f"{year.year}: varför kostnader och intäkter skiljer sig"
        for year in accounts
        if not isnan(year.balance) and year.balance != 0
    ]
    if not len(finance):
        return "Räkenskaper för perioden"
    return "; ".join(lines) or "–"
