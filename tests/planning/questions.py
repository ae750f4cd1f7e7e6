"""Planners' questions for tests: a small plan of nine like areas, to be changed."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from evalkit.params import validate
from evalkit.planning.plan import PowerPlan

AREAS = [f"Område {letter}" for letter in "ABCDEFGHI"]

QUESTIONS: dict[str, Any] = {
    "title": "Vad kan en pilot visa?",
    "organisation": "En kommun",
    "seed": 3,
    "draws": 4000,
    "confidence": 0.95,
    "power": 0.8,
    "wash_in_years": 1,
    "years_before": [1, 3],
    "years_after": [1, 2],
    "pilots": [["Område A"], ["Område B", "Område C"]],
    "proposal": {"pilot": ["Område A"], "years_before": 3, "years_after": 2},
    "outcomes": [
        {
            "label": "Ny utredning inom ett år",
            "kind": "share",
            "unit": "procentenheter",
            "minimal_relevant_difference": 0.05,
            "autocorrelation": 0.0,
            "assumed": {
                "level": 0.3,
                "area_sd": 0.03,
                "cases_per_year": dict.fromkeys(AREAS, 100),
            },
        }
    ],
}


def changed(path: str, value: object) -> dict[str, Any]:
    """Return the questions with the value at a dotted path replaced, or removed if None."""
    questions = deepcopy(QUESTIONS)
    *way, last = path.split(".")
    place: Any = questions
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return questions


def plan_of(questions: dict[str, Any]) -> PowerPlan:
    return validate(PowerPlan, questions, "power.yaml", root=Path("/nowhere"))
