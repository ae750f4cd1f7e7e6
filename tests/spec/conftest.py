"""Small worlds: a few rows per table, everything not named left at an ordinary value."""

from datetime import date
from pathlib import Path

import ibis
import pytest

from evalkit.data.cohort import Sample
from evalkit.params import load_periods, load_study

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "params" / "study.yaml")
PERIODS = {period.period: period for period in load_periods(STUDY)}

# Per table: column -> (type, ordinary value).
TABLES = {
    "child": {
        "child_id": ("VARCHAR", "B1"), "sex": ("VARCHAR", "flicka"),
        "birth_month": ("VARCHAR", "2010-06"), "first_known_date": ("DATE", "2021-03-01"),
    },
    "residence": {
        "child_id": ("VARCHAR", "B1"), "valid_from": ("DATE", "2010-01-01"),
        "valid_to": ("DATE", None), "district": ("VARCHAR", "Vällingby"),
    },
    "referral": {
        "referral_id": ("VARCHAR", "A1"), "child_id": ("VARCHAR", "B1"),
        "received_date": ("DATE", "2021-03-01"), "kind": ("VARCHAR", "anmälan"),
        "reporter": ("VARCHAR", "skola"), "reason": ("VARCHAR", "omsorgssvikt"),
        "decision_date": ("DATE", None), "decision": ("VARCHAR", "utredning inleds"),
        "unit_id": ("VARCHAR", "MOTT"),
    },
    "investigation": {
        "investigation_id": ("VARCHAR", "U1"), "child_id": ("VARCHAR", "B1"),
        "referral_id": ("VARCHAR", "A1"), "opened_date": ("DATE", "2021-03-10"),
        "closed_date": ("DATE", None), "unit_id": ("VARCHAR", "UTRED"),
        "extended": ("VARCHAR", "nej"), "time_planned": ("VARCHAR", "nej"),
        "planned_end_date": ("DATE", None), "tier": ("VARCHAR", "ej satt"),
        "school_contact": ("VARCHAR", "nej"),
    },
    "need": {
        "investigation_id": ("VARCHAR", "U1"), "area_of_need": ("VARCHAR", "omsorg"),
        "assessed": ("VARCHAR", "ja"), "suitable_available": ("VARCHAR", "ja"),
    },
    "offer": {
        "offer_id": ("VARCHAR", "E1"), "child_id": ("VARCHAR", "B1"),
        "investigation_id": ("VARCHAR", "U1"), "offered_date": ("DATE", "2021-06-01"),
        "answer": ("VARCHAR", "ja"),
    },
    "service": {
        "service_id": ("VARCHAR", "I1"), "child_id": ("VARCHAR", "B1"),
        "investigation_id": ("VARCHAR", "U1"), "decision_date": ("DATE", "2021-06-01"),
        "service_type": ("VARCHAR", "flexibelt stöd"), "statute": ("VARCHAR", "SoL"),
        "start_date": ("DATE", None), "end_reason": ("VARCHAR", None),
    },
    "advice": {
        "advice_id": ("VARCHAR", "S1"), "child_id": ("VARCHAR", "B1"),
        "contact_date": ("DATE", "2021-06-01"),
    },
    "assignment": {
        "assignment_id": ("VARCHAR", "T1"), "child_id": ("VARCHAR", "B1"),
        "process_id": ("VARCHAR", "A1"), "phase": ("VARCHAR", "FB"),
        "worker_id": ("VARCHAR", "H1"), "role": ("VARCHAR", "huvud"),
        "valid_from": ("DATE", "2021-03-01"), "valid_to": ("DATE", None),
        "change_reason": ("VARCHAR", None),
    },
    "exit": {
        "child_id": ("VARCHAR", "B1"), "exit_date": ("DATE", "2021-12-01"),
        "kind": ("VARCHAR", "flytt"),
    },
}  # fmt: skip


@pytest.fixture
def world():
    """Return a maker of samples: `world(period, table=[{column: value}, ...])`."""

    def make(period: str = "2021", **rows: list[dict]) -> Sample:
        tables = ibis.duckdb.connect()
        for name, columns in TABLES.items():
            types = ", ".join(f"{column} {kind}" for column, (kind, _) in columns.items())
            tables.con.execute(f"CREATE TABLE {name} ({types})")
            for row in rows.get(name, []):
                unknown = row.keys() - columns.keys()
                if unknown:
                    raise KeyError(unknown)
                ordinary = {column: value for column, (_, value) in columns.items()}
                values = list((ordinary | row).values())
                marks = ", ".join("?" * len(values))
                tables.con.execute(f"INSERT INTO {name} VALUES ({marks})", values)
        return Sample(tables, STUDY, PERIODS[period])

    return make


@pytest.fixture
def home() -> dict:
    """Return a child at an ordinary address with an ordinary referral."""
    return {"child": [{}], "residence": [{}], "referral": [{}]}


def day(text: str) -> date:
    return date.fromisoformat(text)
