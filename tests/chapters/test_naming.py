"""What the attacker calls what a page says: the same thing by one name, another by another."""

from datetime import date
from pathlib import Path

from evalkit.chapters.naming import Names
from evalkit.chapters.spoken import level_before
from evalkit.params import load_periods, load_study

STUDY = load_study(Path(__file__).parents[2] / "params" / "study.yaml")
YEAR = load_periods(STUDY)[1]


def test_the_lines_level_before_is_another_in_another_view():
    """Half-years of two years are the same months before, but may be followed for longer."""
    (outcome,) = (one for one in STUDY.outcomes if one.id == "R1")
    half = YEAR.model_copy(update={"end": date(2021, 6, 30)})
    sooner = half.model_copy(update={"cutoff": date(2022, 6, 30)})
    named = {level_before(Names(STUDY, period), outcome, 365) for period in (YEAR, half, sooner)}
    assert len(named) == 3
    other = YEAR.model_copy(update={"period": "2022", "label": "2022"})
    assert level_before(Names(STUDY, other), outcome, 365) in named
