"""The social outcome contract, open to both arms: its users, what it may cost, who to leave out."""

from dataclasses import replace
from math import isnan

import pandas as pd

from evalkit import robustness
from evalkit.chapters.answers import difference
from evalkit.chapters.codes import ARMS
from evalkit.chapters.cost_effect import told
from evalkit.chapters.figures import arm_names
from evalkit.chapters.opening import Report
from evalkit.chapters.shown_effects import effect_of
from evalkit.chapters.tables import interval_text, text_table
from evalkit.chapters.withheld import hidden_rows
from evalkit.costs import load_costs
from evalkit.estimation.cost_effectiveness import outcome_contract
from evalkit.plan import Outcome
from evalkit.reporting import fragments, tables
from evalkit.reporting.disclosure import release
from evalkit.reporting.findings import side
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.numbers import number, percent
from evalkit.reporting.tables import Column
from evalkit.reporting.variations import because
from evalkit.reporting.verdicts import brief

REACHING = (0.0, 0.25, 0.5, 0.75, 1.0)
NO_PAYMENTS = (
    "Underlag saknas: vad kontraktet betalar för varje barn och för varje uppnått mål. Det står "
    "inte i redovisningarna. Det som behövs är kontraktets ersättningar och antal platser."
)


def contract_users_table(report: Report) -> Fragment:
    """Return how many children began a service under the contract in the period, by arm."""
    users = _users(report)
    if users["n"].sum() == 0:
        return fragments.paragraph(_nobody(report))
    year = report.period.year
    released = release(
        users,
        rule=report.rule,
        counts=("n",),
        withheld={"n": hidden_rows(report.evidence, f"contract/{year}/{{arm}}", users)},
    )
    columns = {"arm": Column("Grupp"), "n": Column("Barn som började", "count")}
    caption = f"Barn med en insats inom kontraktet, {report.period.label}"
    named = released.named("arm", arm_names(report))
    return fragments.table(tables.html(named, columns, caption))


def contract_cost_table(report: Report) -> Fragment:
    """Return what the contract may cost, by users and by the share that reaches the goal."""
    terms = load_costs(report.study).outcome_contract
    if terms is None:
        return fragments.callout("varning", NO_PAYMENTS)
    costs = outcome_contract(
        terms.users, REACHING, terms.activity_payment.kronor, terms.outcome_payment.kronor
    )
    wide = costs.pivot(index="reaching", columns="users", values="cost").reset_index()
    wide.columns = [str(name) for name in wide.columns]
    wide["reaching"] = [percent(share) for share in wide["reaching"]]
    columns = {"reaching": Column("Andel som når målet")} | {
        str(users): Column(f"{number(users)} barn, kr", "number", 0) for users in terms.users
    }
    note = (
        f"Ersättning per barn: {told(terms.activity_payment)}. Ersättning per uppnått mål: "
        f"{told(terms.outcome_payment)}. Tabellen visar vad kommunen kan bli skyldig, inte en "
        "besparing."
    )
    caption = "Räkneexempel: vad kontraktet kan kosta"
    return fragments.table(tables.html(wide, columns, caption, note=note))


def without_contract_table(report: Report) -> Fragment:
    """Return the primary effects without the contract's users, beside the main result."""
    if _users(report)["n"].sum() == 0:
        return Fragment("", "")
    rows = [_without(report, outcome) for outcome in report.study.of_role("primary")]
    columns = {
        "label": Column("Mått"),
        "every": Column("Alla barn"),
        "others": Column("Utan kontraktets barn"),
        "same": Column("Svaret"),
    }
    note = (
        "Skillnad mot det väntade, med osäkerhetsintervall. Barnen i kontraktet är borttagna alla "
        "år och i båda grupperna. Vilka de blev avgjordes efter att piloten startat, så detta är "
        "en kontroll och inte ett bättre resultat."
    )
    return text_table(rows, columns, "Huvudmåtten utan kontraktets barn", note)


def _users(report: Report) -> pd.DataFrame:
    cells = report.evidence.in_period("contract_users")
    sums = cells.groupby(cells["treated"].map(ARMS))["n"].sum()
    return pd.DataFrame({"arm": list(ARMS.values())}).assign(
        n=lambda rows: [float(sums.get(arm, 0.0)) for arm in rows["arm"]]
    )


def _nobody(report: Report) -> str:
    return (
        f"Inget barn i underlaget började en insats inom kontraktet {report.period.label}. Det kan "
        "bero på att kontraktet inte hade börjat eller på att insatsen inte är märkt i uppgifterna."
    )


def _without(report: Report, outcome: Outcome) -> dict[str, str]:
    effect, row = effect_of(report, outcome), {"label": outcome.label}
    if effect.status != "estimated":
        return row | {"same": "Kan inte redovisas"}
    others = replace(effect, headline=robustness.without_contract(report.evidence, outcome))
    if isnan(others.headline.estimate):
        return row | {"same": because(others.headline.reason)}
    every, without = (
        f"{difference(one.headline.estimate, outcome)} ({interval_text(one.headline, outcome)})"
        for one in (effect, others)
    )
    said = [brief(one, outcome) for one in (effect, others)]
    same = "Detsamma" if side(effect.headline) else "Lika osäkert"
    if said[0] != said[1]:
        same = f"Ett annat: {said[1].lower()}"
    return row | {"every": every, "others": without, "same": same}
