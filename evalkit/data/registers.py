"""The extracts that hold no child: taken out whole, and empty where a study lacks them."""

from collections.abc import Sequence

import ibis
import pandas as pd

from evalkit.data import interviews
from evalkit.data.contracts import Contract, of_table

AGGREGATED = ("survey", "finance", "event")
# What a study may lack: a chapter then says that it is missing.
REGISTERS = ("staffing", "collaboration", "decision", "test_of_change", "quotation")
INTERVIEWS = ("interview_flow", "interview_themes")
# The columns of a table that a study has no contract for.
NOT_DELIVERED = {
    "survey": ("round", "unit", "item", "mean", "n", "sd", "restored", "text"),
    "finance": ("year", "funder", "side", "entry", "amount", "status"),
    "event": ("event_date", "kind", "arm", "text"),
    "decision": ("decision_date", "text", "status", "report"),
    "staffing": ("unit_id", "month", "staff", "hired", "left", "consultants"),
    "collaboration": ("month", "arm", "place", "form", "meetings"),
    "test_of_change": ("test_id", "topic", "measure", "kind", "measured_on", "value", "of"),
    "quotation": ("quotation_id", "theme", "text", "masked", "approved"),
}


def aggregated(
    tables: ibis.BaseBackend, contract_set: Sequence[Contract]
) -> dict[str, pd.DataFrame]:
    """Return the survey, the accounts and the events, by name; the survey with its items' texts."""
    found = {name: _delivered(tables, contract_set, name) for name in AGGREGATED}
    survey = of_table(contract_set, "survey")
    if survey:
        found["survey"]["text"] = _item_texts(found["survey"]["item"], survey)
    return found


def registers(
    tables: ibis.BaseBackend, contract_set: Sequence[Contract]
) -> dict[str, pd.DataFrame]:
    """Return what `Cells.registers` holds: the other extracts, and counts of interviews."""
    found = {name: _delivered(tables, contract_set, name) for name in REGISTERS}
    contract = of_table(contract_set, "interview_code")
    if contract is None:
        return found | {name: pd.DataFrame() for name in INTERVIEWS}
    codes = tables.table("interview_code").to_pandas()
    return found | {
        "interview_flow": interviews.flow(tables.table("interview").to_pandas()),
        "interview_themes": interviews.themes(codes, contract.column("theme").codes),
    }


def _delivered(
    tables: ibis.BaseBackend, contract_set: Sequence[Contract], name: str
) -> pd.DataFrame:
    """Return a table without children; one that has no contract is empty."""
    known = of_table(contract_set, name)
    if known is None:
        return pd.DataFrame(columns=list(NOT_DELIVERED[name]))
    return tables.table(name).to_pandas()


def _item_texts(items: pd.Series, survey: Contract) -> pd.Series:
    """Return what each survey item says: the label of its code in the contract."""
    item = survey.column("item")
    return items.astype(str).map(dict(zip(item.codes, item.labels, strict=True)))
