"""Spread to areas near the pilot: what the table says, and what it says is missing."""

import re

import made_up
import pytest

from evalkit.chapters.nearness import near_far_table
from evalkit.evidence import Evidence
from evalkit.plan import Areas

NEAR = ("Grimsta", "Råcksta")


def report(near, *, spread=0.0):
    """Return a district in which the near areas have gained `spread` of the pilot's half less."""
    frame = made_up.cells("2021")
    reached = frame["area"].isin(NEAR) & (frame["year"] == 2021)
    frame.loc[reached, "total"] -= 0.5 * spread * frame.loc[reached, "n"]
    made = made_up.report(frame)
    study = made.study.model_copy(
        update={"areas": made.study.areas.model_copy(update={"near": near})}
    )
    evidence = Evidence(study, made.evidence.periods, made.period, frame)
    return type(made)(evidence, made.cells)


def cells_of(made) -> list[str]:
    texts = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", near_far_table(made).html)
    return [re.sub(r"<[^>]+>|\u00a0", " ", text) for text in texts]


def first(text: str) -> float:
    return float(re.search(r"−?\d+,\d+", text)[0].replace("−", "-").replace(",", "."))


def test_what_spread_to_near_areas_is_seen_and_the_far_ones_give_the_whole_effect():
    *_, label, every, far, spread = cells_of(report(NEAR, spread=0.5))
    assert label == "Antal handläggare per ärende"
    assert first(far) == pytest.approx(-0.5, abs=0.06)  # the levels are drawn 0.06 apart
    assert first(every) > first(far)
    assert first(spread) == pytest.approx(-0.25, abs=0.06)


def test_without_spread_near_areas_move_as_far_ones():
    *_, spread = cells_of(report(NEAR))
    assert abs(first(spread)) < 0.06


def test_without_near_areas_the_page_says_what_is_needed():
    assert "vilka områden som ligger närmast" in near_far_table(report(())).html


@pytest.mark.parametrize(
    ("near", "message"),
    [(("Grimmsta",), "did you mean 'Grimsta'"), (made_up.STUDY.areas.comparison, "name fewer")],
)
def test_a_near_area_must_be_one_of_those_compared_and_not_all(near, message):
    areas = made_up.STUDY.areas.model_dump()
    with pytest.raises(ValueError, match=message):
        Areas.model_validate(areas | {"near": near})
