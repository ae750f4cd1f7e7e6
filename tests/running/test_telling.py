"""What a run tells: a person at a terminal, a log, and a machine."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from evalkit.running.batch import Event
from evalkit.running.ends import PeriodEnd
from evalkit.running.telling import Told, ToldOfStudies

EVENTS = (
    Event("started", "2021", "00_a"),
    Event("unchanged", "2021", "01_b"),
    Event("finished", "2021", "00_a", 1.5),
    Event("published", "2021", "", 0.5, "2 counts differ"),
    Event("unchanged", "2020"),
    Event("failed", "2022", "00_a", 0.1, "00_a.ipynb: cell 4: ValueError", 6),
)


def told(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, ci: str = "", **options) -> str:
    monkeypatch.setenv("CI", ci)
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=120, color_system=None)
    teller = Told(console, 2, 3, **options)
    with teller.bar:
        for event in EVENTS:
            teller.event(event)
            teller.bar.refresh()
    return out.getvalue()


def test_a_terminal_sees_a_bar_with_what_is_done_and_what_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = told(monkeypatch, terminal=True, as_json=False)
    assert "0/6" in said  # three periods of two chapters
    assert "5/6" in said  # one whole period was unchanged
    assert "00_a" in said
    assert "finished  2021/00_a" in said


@pytest.mark.parametrize(("terminal", "ci"), [(False, ""), (True, "true")])
def test_a_log_holds_periods_and_failures_only(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, ci: str
) -> None:
    said = told(monkeypatch, terminal=terminal, ci=ci, as_json=False)
    assert [line.split()[0] for line in said.splitlines()] == [
        "published", "2", "unchanged", "failed", "00_a.ipynb:",
    ]  # fmt: skip
    assert "6/6" not in said


def test_a_machine_gets_every_event_as_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [json.loads(line) for line in told(
        monkeypatch, terminal=True, as_json=True).splitlines()]  # fmt: skip
    assert [(one["kind"], one["period"], one["chapter"]) for one in said] == [
        (event.kind, event.period, event.chapter) for event in EVENTS
    ]
    assert said[-1]["exit_code"] == 6


STUDY = Path("kommuner/alfa/params/study.yaml")
ENDS = (
    PeriodEnd(STUDY, "published", "2020", Path("2020/utvardering.html"), ("2 counts differ",)),
    PeriodEnd(STUDY, "failed", "2021", None, ("00_a.ipynb: cell 4: ValueError",), 6),
)


def of_studies(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, as_json: bool) -> str:
    monkeypatch.setenv("CI", "")
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=120, color_system=None)
    teller = ToldOfStudies(console, 4, as_json=as_json)
    with teller.bar:
        teller.ended(ENDS)
    return out.getvalue()


def test_studies_side_by_side_have_one_bar_and_a_line_for_each_period(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = of_studies(monkeypatch, terminal=True, as_json=False)
    assert "1/4" in said
    assert "published alfa/2020" in said
    assert "failed    alfa/2021" in said
    assert "00_a.ipynb: cell 4: ValueError" in said
    assert "1/4" not in of_studies(monkeypatch, terminal=False, as_json=False)


def test_a_machine_gets_every_period_as_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    said = of_studies(monkeypatch, terminal=True, as_json=True)
    assert [json.loads(line) for line in said.splitlines()] == [
        {"study": str(STUDY), "kind": "published", "period": "2020",
         "report": str(Path("2020/utvardering.html")), "messages": ["2 counts differ"],
         "exit_code": 0, "seconds": 0.0},
        {"study": str(STUDY), "kind": "failed", "period": "2021", "report": "",
         "messages": ["00_a.ipynb: cell 4: ValueError"], "exit_code": 6, "seconds": 0.0},
    ]  # fmt: skip
