"""Whom the pilot's units handled, wherever the child lives."""

import pytest

from evalkit.data import cohort

PILOT = "PILOT"  # as the plan's areas.pilot_units


@pytest.mark.parametrize(("unit", "reached"), [(PILOT, 1), ("MOTT", 0)])
@pytest.mark.parametrize("district", ["Vällingby", "Grimsta"])
def test_a_process_is_reached_by_the_unit_that_took_it_in(world, home, unit, reached, district):
    home = home | {"residence": [{"district": district}], "referral": [{"unit_id": unit}]}
    rows = cohort.reached(world(**home)).to_pandas()
    assert rows[["area", "n", "y"]].to_numpy().tolist() == [[district, 1, reached]]


@pytest.mark.parametrize(("unit", "reached"), [(PILOT, 1), ("UTRED", 0)])
def test_an_investigation_is_reached_by_the_unit_that_carried_it_out(world, home, unit, reached):
    home = home | {"referral": [{"unit_id": PILOT}]}
    rows = cohort.reached_investigated(world(**home, investigation=[{"unit_id": unit}])).to_pandas()
    assert rows[["year", "month", "y"]].to_numpy().tolist() == [[2021, 3, reached]]


def test_an_attached_matter_is_no_process_to_reach(world, home):
    matter = {"unit_id": PILOT, "decision": "påförs pågående utredning"}
    assert cohort.reached(world(**home | {"referral": [matter]})).to_pandas().empty
