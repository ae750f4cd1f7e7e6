"""The follow-up beside the outcomes: domain.md 1.5, 1.6, 2.1, 2.3 and 2.4, on small worlds."""

import pandas as pd
import pytest

from evalkit.data import (
    chain,
    clocks,
    interviews,
    needs_analysis,
    other_support,
    reinvestigation,
    tiers,
)


def values(rows) -> list[int]:
    return list(rows.to_pandas()["y"])


def levels(rows) -> list[str]:
    return sorted(rows.to_pandas()["level"])


def investigations(*days: tuple[str, str | None], **columns) -> dict:
    """Return one referral and investigation of the same child for each opening and closing."""
    numbered = [(f"A{number}", *pair) for number, pair in enumerate(days, start=1)]
    return {
        "child": [{}],
        "residence": [{}],
        "referral": [{"referral_id": key, "received_date": opened} for key, opened, _ in numbered],
        "investigation": [
            {
                "investigation_id": f"U{key}", "referral_id": key,
                "opened_date": opened, "closed_date": closed,
            }
            | {name: value[place] for name, value in columns.items()}
            for place, (key, opened, closed) in enumerate(numbered)
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("first", "ever", "in_year"),
    [
        (("2020-05-01", "2020-08-01"), 1, 1),  # 304 days before
        (("2020-03-01", "2020-06-01"), 1, 1),  # 365 days before
        (("2020-02-29", "2020-06-01"), 1, 0),
        (("2018-02-01", "2018-06-01"), 1, 0),
        (("2021-02-20", "2021-02-26"), 0, 0),  # three days between: the same investigation
    ],
)
def test_investigated_more_than_once(world, first, ever, in_year):
    sample = world(**investigations(first, ("2021-03-01", None)))
    found = needs_analysis.investigated_children(sample).to_pandas()
    last = found[found["year"] == 2021]
    assert list(last["again"]) == [ever]
    assert list(last["again_in_year"]) == [in_year]


def test_a_child_counts_once_a_year_with_its_last_investigation(world):
    days = (("2021-01-10", "2021-02-10"), ("2021-06-01", "2021-08-01"))
    sample = world(**investigations(*days))
    assert values(needs_analysis.again(sample)) == [1]


def test_a_child_known_before_the_extracts_may_have_been_investigated_then(world):
    early = investigations(("2021-03-01", None)) | {"child": [{"first_known_date": "2015-02-01"}]}
    assert values(needs_analysis.known_before(world(**early))) == [1]
    assert values(needs_analysis.known_before(world(**investigations(("2021-03-01", None))))) == [0]


def test_school_contact_is_counted_where_it_is_recorded(world):
    days = [("2021-03-01", None)] * 3
    sample = world(**investigations(*days, school_contact=["ja", "nej", None]))
    assert sorted(values(needs_analysis.school_contact(sample))) == [0, 1]


def test_moves_between_levels_follow_the_child(world):
    days = (("2020-02-01", "2020-05-01"), ("2021-02-01", "2021-05-01"), ("2021-09-01", None))
    sample = world(**investigations(*days, tier=["2", "3", "ej satt"]))
    assert levels(tiers.tiers(sample)) == ["2", "3", "ej satt"]
    assert levels(tiers.moves(sample)) == ["2>3"]


@pytest.mark.parametrize(
    ("opened", "closed", "extended", "told"),
    [
        ("2021-01-31", "2021-06-01", "ja", [1]),
        ("2021-01-31", "2021-06-01", "nej", [0]),
        ("2021-01-31", "2021-05-31", "ja", []),  # in time, so nothing to extend
    ],
)
def test_an_extension_is_asked_of_those_that_ran_past_four_months(
    world, opened, closed, extended, told
):
    sample = world(**investigations((opened, closed), extended=[extended]))
    assert values(clocks.extension(sample)) == told


def test_what_no_clock_judges_is_counted_with_its_reason(world):
    late = investigations(("2022-12-20", None))
    late["referral"] = [{"received_date": "2022-12-20", "decision_date": None}]
    late["referral"].append({"referral_id": "A2", "kind": "ansökan", "received_date": "2022-12-01"})
    late["investigation"][0]["referral_id"] = "A1"
    sample = world("2022", **late)
    season = sample.period.months
    expected = ["no_report", "running", "undecided"] if 12 in season else []
    assert levels(clocks.not_judged(sample)) == expected


@pytest.mark.parametrize(("closed", "beyond"), [("2021-05-11", 10), ("2021-04-21", -10)])
def test_a_planned_end_is_met_or_not(world, closed, beyond):
    planned = {"time_planned": ["ja"], "planned_end_date": ["2021-05-01"]}
    sample = world(**investigations(("2021-03-01", closed), **planned))
    assert values(clocks.planned(sample)) == [beyond]


def test_the_days_of_a_phase_run_from_its_first_lead_to_its_last(world, home):
    held = [
        {"valid_from": "2021-03-01", "valid_to": "2021-03-10"},
        {"assignment_id": "T2", "phase": "UTR", "valid_from": "2021-03-11",
         "valid_to": "2021-04-09", "change_reason": "enhetsgräns", "worker_id": "H2"},
        {"assignment_id": "T3", "phase": "UTR", "valid_from": "2021-04-10",
         "valid_to": "2021-06-08", "change_reason": "slutat", "worker_id": "H3"},
    ]  # fmt: skip
    sample = world(**home, assignment=held)
    days = chain.phase_days(sample).to_pandas().set_index("level")["y"]
    assert days.to_dict() == {"FB": 10, "UTR": 90}
    assert levels(chain.handovers_in_chain(sample)) == ["FB>UTR|structural", "UTR>UTR|turnover"]


def test_advice_counts_within_a_year_and_no_later(world, home):
    soon = world(**home, advice=[{"contact_date": "2022-03-01"}])
    late = world(**home, advice=[{"contact_date": "2022-03-02"}])
    assert values(other_support.advised(soon)) == [1]
    assert values(other_support.advised(late)) == [0]


@pytest.mark.parametrize(
    ("following", "level"),
    [
        ("2021-06-01", "0"),  # the day of closing itself
        ("2021-06-15", "14"),
        ("2021-06-16", "30"),
        ("2021-07-01", "30"),
        ("2021-07-02", ""),
    ],
)
def test_how_soon_the_next_investigation_opens(world, following, level):
    """The limits are those that the plan and its variants join investigations by: 0, 14, 30."""
    sample = world(**investigations(("2021-03-01", "2021-06-01"), (following, None)))
    assert levels(reinvestigation.gaps(sample)) == [level]


def test_the_next_investigation_is_the_same_childs(world):
    other = investigations(("2021-03-01", "2021-06-01"), ("2021-06-02", None))
    other["child"].append({"child_id": "B2"})
    other["investigation"][1]["child_id"] = other["referral"][1]["child_id"] = "B2"
    assert levels(reinvestigation.gaps(world(**other))) == [""]


@pytest.mark.parametrize(
    ("advised", "opened", "instead"),
    [
        ("2021-06-02", None, 1),
        ("2022-06-01", None, 1),  # 365 days after closing
        ("2022-06-02", None, 0),
        ("2021-06-01", None, 0),  # not after closing
        ("2021-07-01", "2021-09-01", 0),  # a new investigation all the same
        ("2021-07-01", "2022-06-02", 1),  # but not within the year
    ],
)
def test_advice_in_place_of_a_new_investigation(world, advised, opened, instead):
    days = [("2021-03-01", "2021-06-01"), *([(opened, None)] if opened else [])]
    sample = world(**investigations(*days), advice=[{"contact_date": advised}])
    assert values(other_support.advice_instead(sample)) == [instead]


def test_users_of_the_outcome_contract_are_children_by_year(world, home):
    served = [
        {"service_id": f"I{day}", "service_type": "SUK-insats", "start_date": f"2021-10-0{day}"}
        for day in (1, 2)
    ]
    sample = world(**home, investigation=[{}], service=served)
    assert values(other_support.contract_users(sample)) == [1]
    assert list(other_support.matters_of_users(sample).to_pandas()["referral_id"]) == ["A1"]


def coded(*rows: tuple[str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["interview_id", "coder", "theme"])
    return frame.assign(valence="positiv")


def test_two_coders_are_compared_on_what_both_have_read():
    codes = coded(("V1", "A", "oro"), ("V1", "B", "snabbhet"), ("V2", "A", "oro"))
    codes = pd.concat([codes, coded(("V2", "B", "oro"), ("V3", "A", "oro"))])
    themes = interviews.themes(codes, ["oro", "snabbhet", "samordning"]).set_index("theme")
    agreement = themes[["both", "only_first", "only_second", "neither"]].to_dict("index")
    assert themes.loc["oro", "interviews"] == 3
    assert list(agreement["oro"].values()) == [1, 1, 0, 0]
    assert list(agreement["snabbhet"].values()) == [0, 0, 1, 1]
    assert list(agreement["samordning"].values()) == [0, 0, 0, 2]


def test_the_way_to_an_interview_is_counted_at_each_step():
    asked = pd.DataFrame(
        {
            "asked_on": ["2021-04-12", "2021-06-01", "2021-05-02"],
            "reached": ["ja", "ja", "nej"],
            "consented": ["ja", "nej", "nej"],
            "done": ["nej"] * 3,
        }
    )
    flow = interviews.flow(asked)
    assert list(flow["n"]) == [3, 2, 1, 0]
    assert set(flow["last_asked"]) == {pd.Timestamp("2021-06-01")}
