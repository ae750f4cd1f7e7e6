"""Uptake (domain.md 2.3), the statutory clocks (2.4) and the cohort (1.7, 4.1)."""

import pytest

from evalkit.data import clocks, cohort, uptake

CLOSED = {"investigation": [{"closed_date": "2021-06-01"}], "need": [{}]}


def values(rows) -> list[int]:
    return list(rows.to_pandas()["y"])


@pytest.mark.parametrize(
    ("start", "in_time"), [("2021-08-30", 1), ("2021-08-31", 0), ("2021-05-01", 1), (None, 0)]
)
def test_a_service_starts_within_90_days_of_the_closing(world, home, start, in_time):
    sample = world(**home, **CLOSED, service=[{"start_date": start}])
    assert values(uptake.started_in_time(sample)) == [in_time]


@pytest.mark.parametrize(
    "service", [{"service_type": "placering HVB/familjehem"}, {"statute": "LVU"}]
)
def test_placements_and_compulsory_care_are_not_uptake(world, home, service):
    sample = world(**home, **CLOSED, service=[{"start_date": "2021-06-02"} | service])
    assert values(uptake.started_in_time(sample)) == [0]


def test_only_assessed_needs_are_in_the_denominator(world, home):
    sample = world(**home, **CLOSED | {"need": [{"assessed": "nej"}]})
    assert values(uptake.started_in_time(sample)) == []


def test_a_need_that_cannot_be_followed_for_90_days_is_immature(world, home):
    late = {"investigation": [{"closed_date": "2022-12-02"}], "need": [{}]}
    sample = world("2021", **home, **late)
    assert values(uptake.started_in_time(sample)) == []


def test_the_funnel_counts_each_step_only_after_the_one_before(world, home):
    started = [{"start_date": "2021-06-02", "end_reason": "fullföljd"}]
    whole = world(**home, **CLOSED, offer=[{}], service=started)
    assert funnel(whole) == dict.fromkeys(uptake.STEPS, 1)
    declined = world(**home, **CLOSED, offer=[{"answer": "nej"}], service=started)
    assert funnel(declined) == dict(zip(uptake.STEPS, (1, 1, 1, 0, 0, 0, 0), strict=True))
    nothing_suitable = world(**home, **CLOSED | {"need": [{"suitable_available": "nej"}]})
    assert sum(funnel(nothing_suitable).values()) == 1


def funnel(sample) -> dict[str, int]:
    rows = uptake.funnel(sample).to_pandas()
    return dict(zip(rows["level"], rows["y"], strict=True))


def test_the_first_offer_is_the_one_that_is_judged(world, home):
    offers = [{"answer": "nej"}, {"offer_id": "E2", "offered_date": "2021-07-01"}]
    assert values(uptake.accepted_offers(world(**home, **CLOSED, offer=offers))) == [0]


@pytest.mark.parametrize(("answer", "expected"), [("delvis", [1]), ("ej registrerat", [])])
def test_partly_is_yes_and_unrecorded_is_unknown(world, home, answer, expected):
    sample = world(**home, **CLOSED, offer=[{"answer": answer}])
    assert values(uptake.accepted_offers(sample)) == expected


def test_needs_without_a_service_leave_out_what_nobody_knows(world, home):
    needs = [
        {"area_of_need": "skola", "suitable_available": "nej"},
        {"area_of_need": "hälsa", "suitable_available": "ja"},
        {"area_of_need": "annat", "suitable_available": "okänt"},
    ]
    sample = world(**home, **CLOSED | {"need": needs})
    assert sorted(values(uptake.needs_without_service(sample))) == [0, 1]


@pytest.mark.parametrize(("decided", "in_time"), [("2021-03-15", 1), ("2021-03-16", 0), (None, 0)])
def test_a_report_of_1_march_is_decided_by_15_march(world, home, decided, in_time):
    referral = [{"decision_date": decided}]
    assert values(clocks.screening(world(**home | {"referral": referral}))) == [in_time]


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2021-01-31", "2021-05-31"),
        ("2020-10-31", "2021-02-28"),
        ("2019-10-31", "2020-02-29"),
    ],
)
def test_four_calendar_months_clamped_to_the_month(world, home, opened, due):
    spans = [{"opened_date": opened, "closed_date": due}]
    assert values(clocks.investigation(world(**home, investigation=spans))) == [1]
    overrun = [{"opened_date": opened, "closed_date": due[:8] + "28"}]
    later = clocks.investigation(world(**home, investigation=overrun)).to_pandas()
    assert str(later["due"][0])[:10] == due


def test_a_clock_that_has_not_run_out_is_not_judged(world, home):
    running = [{"received_date": "2022-08-31"}]
    sample = world("2022", **home | {"referral": running})
    assert values(clocks.screening(sample)) == [0]  # 14 days are over by the end of the year
    open_still = [{"opened_date": "2022-08-31", "closed_date": None}]
    sample = world("2022", **home, investigation=open_still)
    assert values(clocks.investigation(sample)) == [0]  # due on the cut-off day itself
    mirrored = [{"opened_date": "2022-08-31", "closed_date": "2023-01-02"}]
    assert values(clocks.investigation(world("2022", **home, investigation=mirrored))) == [0]


def left(world, home) -> str:
    return cohort.flow(world(**home)).to_pandas()["level"][0]


def test_the_flow_names_the_first_reason(world, home):
    assert left(world, home) == "included"
    elsewhere = {"residence": [{"district": "Bromma"}]}
    assert left(world, home | elsewhere) == "area"
    moved = {"residence": [{"valid_to": "2021-02-28"}]}
    assert left(world, home | moved) == "area"
    attached = {"referral": [{"decision": "påförs pågående utredning"}]}
    assert left(world, home | attached) == "attached"


@pytest.mark.parametrize(
    ("born", "step"), [("2003-04", "included"), ("2003-03", "age"), ("2021-04", "age")]
)
def test_children_are_0_to_17_on_the_day_the_matter_came_in(world, home, born, step):
    assert left(world, home | {"child": [{"birth_month": born}]}) == step


def test_the_area_is_that_of_the_address_on_the_day_whoever_handled_it(world, home):
    addresses = [
        {"valid_to": "2021-02-28"},
        {"valid_from": "2021-03-01", "district": "Nälsta"},
    ]
    rows = cohort.processes(world(**home | {"residence": addresses})).to_pandas()
    assert list(rows["area"]) == ["Nälsta"]


def test_the_2022_report_compares_january_to_august_with_the_same_months(world, home):
    months = [{"referral_id": f"A{m}", "received_date": f"2019-{m:02}-05"} for m in range(1, 13)]
    seen = cohort.processes(world("2022", **home | {"referral": months})).to_pandas()["month"]
    assert sorted(seen) == list(range(1, 9))
