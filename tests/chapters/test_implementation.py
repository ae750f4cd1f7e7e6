"""How the pilot was carried out: what is told, kept back, and said to be missing."""

import re
from pathlib import Path

import pandas as pd
import pytest

from evalkit.chapters import implementation, tests_of_change, timeline
from evalkit.chapters.opening import Report
from evalkit.data.cells import Cells
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "params" / "study.yaml")
PERIODS = {period.period: period for period in load_periods(STUDY)}
PILOT, LINE = STUDY.areas.treated[0], STUDY.areas.comparison[0]
KEYS = ["measure", "area", "level", "n", "total"]


def report(rows=(), *, events=None, **registers) -> Report:
    frame = pd.DataFrame(rows, columns=KEYS).assign(
        period="2021", year=2021, month=3, sex="flicka", age_group="0–6", time=-1, total_sq=0.0
    )
    empty = pd.DataFrame()
    if events is None:
        events = pd.DataFrame(columns=["event_date", "kind", "arm", "text"])
    made = Cells(frame, empty, empty, events, empty, "0", registers)
    return Report(Evidence(STUDY, tuple(PERIODS.values()), PERIODS["2021"], frame), made)


def words(fragment) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", fragment.html))


def chain_rows(moved: float) -> list[tuple]:
    """100 matters in each arm pass screening and investigation; `moved` change on the way."""
    phases = [("phase_days", area, phase, 100.0, 100.0 * days)
              for area in (PILOT, LINE) for phase, days in (("FB", 10), ("UTR", 110))]  # fmt: skip
    return [
        *phases,
        ("handovers_in_chain", LINE, "FB>UTR|structural", 90.0, 90.0),
        ("handovers_in_chain", LINE, "UTR>UTR|turnover", 20.0, 20.0),
        ("handovers_in_chain", PILOT, "FB>UTR|other", moved, moved),
    ]


def test_the_chain_tells_days_and_where_the_caseworker_changes():
    said = implementation.message(report(chain_rows(30.0)))
    assert said.endswith("linjens områden: färre på väg in i utredning (30 mot 90).")
    assert "Linjens områden: Förhandsbedömning 10 dagar" in (
        implementation.chain_figure(report(chain_rows(30.0))).text
    )


def test_what_goes_against_the_pilot_in_the_chain_is_told_too():
    """51 changes during the investigation in the pilot and 20 in the line; a few days' closing."""
    rows = [*chain_rows(30.0), ("handovers_in_chain", PILOT, "UTR>UTR|other", 51.0, 51.0)]
    said = implementation.message(report(rows))
    assert "men fler under utredningen (51 mot 20)." in said
    assert "kan bero på att piloten avslutades" in said  # followed a year, past August 2022


def test_a_phase_that_more_reach_than_the_one_before_is_explained():
    rows = [("phase_days", area, phase, n, n) for area in (PILOT, LINE)
            for phase, n in (("UPPF", 20.0), ("INSATS", 40.0))]  # fmt: skip
    text = words(implementation.chain_figure(report(rows)))
    assert "inte genom uppföljning före insats, därför är de fler i insats" in text
    assert "därför är de fler" not in words(implementation.chain_figure(report(chain_rows(9.0))))


def test_few_handovers_are_not_told():
    figure = implementation.chain_figure(report(chain_rows(3.0)))
    assert "ny handläggare på väg in ej redovisad" in figure.text
    assert "3 på 100" not in figure.text


def staffing(left: dict[int, int]) -> pd.DataFrame:
    """Return 20 caseworkers in one unit of the line, and how many left in March of each year."""
    months = [f"{year}-{month:02d}-01" for year in (2019, 2020, 2021) for month in range(1, 13)]
    gone = [left.get(int(m[:4]), 0) if m[5:7] == "03" else 0 for m in months]
    return pd.DataFrame(
        {"unit_id": "UTRED", "month": months, "staff": 20, "hired": gone, "left": gone}
    )


def test_the_line_with_the_turnover_of_the_reference_year(monkeypatch) -> None:
    """10 of 20 left in 2021 and 5 in 2019: half as many of the 40 handovers in 1 000 months."""
    rows = [("child_months", LINE, "", 1000.0, 0.0), ("handovers", LINE, "slutat", 40.0, 40.0)]
    monkeypatch.setattr(implementation, "hidden_rows", lambda *_: [False] * 4)
    told = implementation.turnover_in_handovers(
        report(rows, staffing=staffing({2019: 5, 2021: 10}))
    )
    assert "ungefär 2,0 gånger per 100 månader" in told.text
    assert "i stället för 4,0" in told.text


def test_a_unit_where_few_left_does_not_say_how_many():
    table = words(implementation.staffing_table(report(staffing=staffing({2019: 5, 2021: 4}))))
    assert "Utredning 2019 20 5 25" in table  # by its name, not its code
    assert "2021 20 .. .." in table


@pytest.mark.parametrize(
    ("told", "extract"),
    [
        (implementation.staffing_table, "bemanning"),
        (tests_of_change.tests_table, "pdsa"),
        (timeline.decisions_basis, "styrgrupp"),
        (timeline.shared_activities, "handelse"),
    ],
)
def test_what_was_not_delivered_is_said_to_be_missing(told, extract):
    text = words(told(report()))
    assert "Underlag saknas" in text
    assert extract in text


def measured(kind: str, values, of=None) -> pd.DataFrame:
    days = pd.date_range("2021-01-04", periods=len(values), freq="14D").strftime("%Y-%m-%d")
    frame = {"test_id": "P1", "topic": "Brev", "measure": "Barn som fått brevet", "kind": kind,
             "measured_on": days, "value": values, "of": of, "decision": "pågår"}  # fmt: skip
    return pd.DataFrame(frame)


def test_a_move_of_the_level_is_a_signal():
    made = report(test_of_change=measured("antal", [2.0] * 12 + [9.0] * 12))
    assert "rör sig mer än slumpen" in words(tests_of_change.tests_table(made))
    assert "<svg" in tests_of_change.tests_figures(made).html


def test_measurements_of_few_children_are_left_out_of_the_chart():
    values, of = [3.0, 10.0, 17.0] * 5, [20] * 15
    made = report(test_of_change=measured("andel", values, of))
    assert "För få eller för små tal" in words(tests_of_change.tests_table(made))
    assert tests_of_change.tests_figures(made).html == ""


def test_ten_measurements_are_needed_to_show_a_chart():
    made = report(test_of_change=measured("antal", [1.0, 2.0] * 4))
    assert "<svg" not in tests_of_change.tests_figures(made).html


def decisions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "decision_date": ["2021-06-01", "2023-01-10"],
            "text": ["Fortsätt", "Sluta"],
            "status": "beslutat",
            "report": ["2020", None],
        }
    )


def test_a_decision_after_the_cutoff_is_not_known_to_the_report():
    text = words(timeline.decisions_basis(report(decision=decisions())))
    assert "1 beslut om piloten" in text
    assert "1 av dem hänvisar till en av utvärderingens rapporter (rapporten 2020)" in text
    unfounded = decisions().assign(report=None)
    assert "Inget av dem hänvisar" in words(timeline.decisions_basis(report(decision=unfounded)))


def test_decisions_stand_on_the_timeline_with_events():
    events = pd.DataFrame(
        {"event_date": ["2020-03-01"], "kind": "omvärld", "arm": "båda", "text": ["Pandemin"]}
    )
    figure = timeline.timeline_figure(report(events=events, decision=decisions()))
    assert "Mars 2020: Pandemin. Juni 2021: Fortsätt." in figure.text


def test_the_pilots_end_is_told_once_where_it_is_both_an_event_and_a_decision():
    events = pd.DataFrame(
        {"event_date": ["2021-06-01", "2021-07-01"], "kind": "pilotslut", "arm": "pilot",
         "text": ["Piloten avslutad", "Flytt"]}
    )  # fmt: skip
    text = timeline.timeline_figure(report(events=events, decision=decisions())).text
    assert "Juni 2021: Fortsätt. Juli 2021: Flytt." in text
    assert "Piloten avslutad" not in text


def test_a_signal_says_which_way_and_that_several_series_were_tried():
    made = report(test_of_change=measured("antal", [9.0] * 12 + [2.0] * 12))
    text = words(tests_of_change.tests_table(made))
    assert "De var lägre i andra halvan än i första." in text
    assert "prövad med två regler" in text
