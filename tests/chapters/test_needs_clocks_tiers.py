"""Needs analysis, statutory clocks and levels: what is told, kept back, and said to be missing."""

import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from evalkit.chapters import clocks, messages, needs, tiers
from evalkit.chapters.opening import Report
from evalkit.data.cells import Cells
from evalkit.errors import ParamsError
from evalkit.evidence import Evidence
from evalkit.framework import load_tiers
from evalkit.params import load_periods, load_study
from evalkit.plan import Span

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "params" / "study.yaml")
PERIODS = {period.period: period for period in load_periods(STUDY)}
PILOT, LINE = STUDY.areas.treated[0], STUDY.areas.comparison[0]
KEYS = ["measure", "area", "year", "level", "n", "total"]


def report(rows=(), *, period="2021", study=STUDY) -> Report:
    frame = pd.DataFrame(rows, columns=KEYS).assign(
        period=period, month=3, sex="flicka", age_group="0–6", time=-1, total_sq=0.0
    )
    if len(frame):
        frame["month"] = frame.groupby(["measure", "area", "year", "level"]).cumcount() * 3 + 3
    empty = pd.DataFrame()
    made = Cells(frame, empty, empty, empty, empty, "0", {})
    return Report(Evidence(study, tuple(PERIODS.values()), PERIODS[period], frame), made)


def words(fragment) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", fragment.html))


def investigated(year: int, *, ever: float, in_year: float, known: float) -> list[tuple]:
    """Return 100 investigated children in each arm, alike."""
    counts = {"again": ever, "again_in_year": in_year, "known_before": known}
    return [
        (name, area, year, "", 100.0, y) for area in (PILOT, LINE) for name, y in counts.items()
    ]


# Needs analysis ---------------------------------------------------------------------------------

MATTERS = [("flow", PILOT, 2021, "included", 100.0, 100.0)]
EARLY = investigated(2017, ever=10.0, in_year=10.0, known=40.0)
NOW = investigated(2021, ever=35.0, in_year=20.0, known=15.0)


def test_the_year_before_is_not_told_of_the_first_year_which_cannot_see_it():
    table = words(needs.again_table(report(EARLY + NOW)))
    assert "2017 Pilotområdet 100 10 % – 40 %" in table
    assert "2021 Pilotområdet 100 35 % 20 % 15 %" in table
    assert "Någon gång betyder sedan uppgifterna började 2017" in table


def test_the_majority_of_the_needs_analysis_is_set_beside_how_many_were_known_before():
    text = words(needs.needs_limits(report(EARLY + NOW)))
    assert "varken att bekräfta eller motsäga" in text
    assert "40 % i pilotområdet och 40 % i linjens områden kända sedan tidigare" in text


def test_few_or_nearly_all_investigated_again_are_not_told():
    rows = investigated(2021, ever=97.0, in_year=3.0, known=15.0)
    table = words(needs.again_table(report(EARLY + rows)))
    assert "2021 Pilotområdet 100 .. .. 15 %" in table
    figure = needs.needs_figure(report(MATTERS + EARLY + rows))
    assert "97 %" not in figure.html
    assert re.search(r"\b3 %", figure.html) is None


def test_the_figure_tells_needs_with_a_service_that_nobody_started():
    """Of 80 with a suitable service 60 started one: 25 per cent did not."""
    steps = {"need": 100.0, "available": 80.0, "started": 60.0}
    rows = [("funnel", area, 2021, step, 100.0, total)
            for area in (PILOT, LINE) for step, total in steps.items()]  # fmt: skip
    figure = needs.needs_figure(report(MATTERS + rows))
    assert "påbörjades inte: pilotområdet 2021 25 %; linjens områden 2021 25 %" in figure.text


def test_what_was_not_registered_is_named_and_the_rest_is_shown():
    figure = needs.needs_figure(report(MATTERS + EARLY + NOW))
    assert "<svg" in figure.html
    assert "Underlag saknas: handläggare per ärende" in words(figure)
    assert "skolkontakt i utdraget utredning" in words(figure)


def test_with_one_year_before_the_pilot_the_report_says_what_cannot_be_tested():
    one = Span(start=date(2019, 1, 1), end=date(2019, 12, 31))
    alone = STUDY.model_copy(update={"timeline": STUDY.timeline.model_copy(update={"pre": one})})
    assert "Den här studien har bara ett år före piloten, 2019" in words(
        needs.needs_limits(report(study=alone))
    )
    assert "Här finns åren 2017–2019, 3 år före piloten" in words(needs.needs_limits(report()))


# Clocks -----------------------------------------------------------------------------------------


def test_those_not_judged_are_shares_of_all_that_the_clock_could_have_judged():
    """80 judged reports, 15 applications, 5 reports that wait: 15 and 5 per cent of 100."""
    rows = [
        ("T14", PILOT, 2021, "", 80.0, 70.0),
        ("not_judged", PILOT, 2021, "no_report", 15.0, 15.0),
        ("not_judged", PILOT, 2021, "undecided", 5.0, 5.0),
        ("T4M", PILOT, 2021, "", 47.0, 40.0),
        ("not_judged", PILOT, 2021, "running", 3.0, 3.0),
    ]
    table = words(clocks.not_judged_table(report(rows)))
    assert "inte är en anmälan 15 % –" in table
    assert "kan beslutas i tid 5 % –" in table
    assert "kan bli klara i tid .. –" in table


def test_extensions_are_told_of_those_that_took_longer():
    rows = [("extension", PILOT, 2021, "", 40.0, 30.0), ("extension", LINE, 2021, "", 200.0, 180.0)]
    text = words(clocks.extension_table(report(rows)))
    assert "hade 75 % i pilotområdet och 90 % i linjens områden förlängts" in text
    assert "2021 Pilotområdet 40 75 %" in text


def test_four_without_an_extension_are_not_told():
    rows = [("extension", PILOT, 2021, "", 40.0, 36.0), ("extension", LINE, 2021, "", 200.0, 180.0)]
    text = words(clocks.extension_table(report(rows)))
    assert "90 % i linjens" not in text  # the sentence would need both
    assert "2021 Pilotområdet 40 .." in text


def test_nobody_past_the_time_is_no_extension_to_describe():
    assert "Ingen utredning har dragit över tiden" in words(clocks.extension_table(report()))


def planned(*quarters: float) -> list[tuple]:
    """Return ten days' delay for so many investigations in each quarter of 2021, in one area."""
    return [("planned", LINE, 2021, "", n, 10 * n) for n in quarters]


def test_planned_ends_are_described_from_five_cases_on():
    few = ("planned", PILOT, 2021, "", 4.0, 80.0)
    table = words(clocks.planned_table(report([few, *planned(8.0)])))
    assert "2021 Pilotområdet .. .." in table
    assert "2021 Linjens områden 8 10" in table
    assert "inget om verkan" in table


@pytest.mark.parametrize(
    ("quarters", "is_drawn"),
    [((5.0, 6.0, 7.0, 8.0), True), ((5.0, 6.0, 7.0, 4.0), False), ((8.0, 8.0, 8.0), False)],
)
def test_a_run_chart_needs_enough_cases_in_every_quarter(quarters, is_drawn):
    figure = clocks.planned_figure(report(planned(*quarters)))
    assert ("<svg" in figure.html) is is_drawn
    assert ("10 dagar efter planen" in figure.text) is is_drawn


def test_without_planned_ends_the_report_says_what_is_missing():
    assert "Underlag saknas: ingen utredning har ett planerat slut" in words(
        clocks.planned_table(report())
    )


# Levels -----------------------------------------------------------------------------------------


def set_levels(area: str, *counts: float) -> list[tuple]:
    return [
        ("tiers", area, 2021, level, n, n) for level, n in zip(tiers.LEVELS, counts, strict=True)
    ]


def test_levels_that_are_not_set_come_first():
    rows = set_levels(PILOT, 10, 30, 30, 20, 10) + set_levels(LINE, 50, 20, 10, 10, 10)
    figure = tiers.tiers_figure(report(rows))
    assert "går fördelningen inte att jämföra mellan grupperna" in words(figure)
    assert "2021 pilotområdet: ej satt 10 %, nivå 1 30 %" in figure.text


def test_a_level_with_few_takes_another_with_it():
    """All parts of a bar add up to 100 per cent, so that one gap would be filled at once."""
    rows = set_levels(PILOT, 10, 30, 30, 26, 4) + set_levels(LINE, 50, 20, 10, 10, 10)
    text = tiers.tiers_figure(report(rows)).text
    bar = re.search(r"2021 pilotområdet: ([^.]*)\.", text)[1]
    assert bar.count("ej redovisad") == 2
    assert "nivå 4 ej redovisad" in bar


def test_moves_are_three_numbers_for_each_arm():
    rows = [
        ("tier_moves", PILOT, 2021, move, n, n)
        for move, n in {"1>2": 4.0, "2>4": 6.0, "3>3": 5.0, "4>1": 3.0, "3>2": 2.0}.items()
    ]
    rows.append(("tier_moves", LINE, 2021, "2>2", 20.0, 20.0))
    table = words(tiers.moves_table(report(rows)))
    assert "Högre nivå 50 % (10)" in table
    assert "Samma nivå 25 % (5)" in table
    assert "Lägre nivå 25 % (5)" in table
    assert "100 %" not in table  # of all in the line, nobody moved: that is about each of them


def test_levels_that_nobody_has_set_are_said_to_be_missing():
    unset = [("tiers", PILOT, 2021, tiers.NOT_SET, 50.0, 50.0)]
    assert "Underlag saknas: ingen nivå" in words(tiers.tiers_figure(report(unset)))
    assert "Underlag saknas: inget barn" in words(tiers.moves_table(report()))


# The levels' criteria ---------------------------------------------------------------------------


def with_tiers(folder: Path, text: str | None):
    path = folder / "tiers.yaml"
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    return load_study(folder / "study.yaml")


def test_criteria_are_shown_as_configured_and_otherwise_said_to_be_missing(folder):
    assert "Ingen av nivåernas kriterier är beskriven" in words(tiers.criteria_table(report()))
    some = with_tiers(
        folder,
        'tiers: [{code: "1", label: Låg, description: Enstaka problem}, {code: "2", label: Hög}]',
    )
    table = words(tiers.criteria_table(report(study=some)))
    assert table.count("Inte beskriven i underlaget") == 1
    told = with_tiers(folder, 'tiers: [{code: "1", label: Låg, description: Enstaka problem}]')
    assert "Låg Enstaka problem" in words(tiers.criteria_table(report(study=told)))
    gone = with_tiers(folder, None)
    assert "Underlag saknas: nivåernas kriterier" in words(tiers.criteria_table(report(study=gone)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('tiers: [{code: "5", label: x}]', "tiers.0.code"),
        ("tiers: [{code: 1, label: x}]", "tiers.0.code"),
        ('tiers: [{code: "1", label: x, descripton: y}]', "did you mean 'description'"),
        ('tiers: [{code: "1", label: x}, {code: "1", label: y}]', "'1' stands twice"),
        ('tiers: [{code: "2", label: x}, {code: "1", label: y}]', "the lowest tier comes first"),
        ("tiers: []", "tiers"),
    ],
)
def test_a_fault_in_the_levels_stops_with_its_place(folder, text, said):
    with pytest.raises(ParamsError) as caught:
        load_tiers(with_tiers(folder, text))
    assert str(caught.value).startswith("tiers.yaml: ")
    assert said in str(caught.value)


# What each chapter says first ---------------------------------------------------------------------


def test_the_levels_message_tells_now_and_before_and_that_they_are_not_described():
    now = set_levels(PILOT, 10, 30, 30, 20, 10) + set_levels(LINE, 50, 20, 10, 10, 10)
    before = [(name, area, 2019, *rest) for name, area, _, *rest in now]
    said = tiers.message(report([*now, *before])).replace("\u00a0", " ")
    assert "Av utredningarna 2021 fick 90 % i pilotområdet och 50 % i linjens områden en" in said
    assert "Redan före piloten, 2019, fick 90 % i pilotområdet" in said
    assert "Vad nivåerna betyder är inte beskrivet" in said
    assert "före piloten" not in tiers.message(report(now))
    assert tiers.message(report()) == ""


def test_the_clocks_message_names_the_late_without_a_decision(monkeypatch):
    found = {"T14": ("estimated", 0.77), "T4M": ("estimated", 0.66)}
    monkeypatch.setattr(clocks, "effect_of", lambda report, outcome: SimpleNamespace(
        status=found[outcome.id][0], observed=found[outcome.id][1]))  # fmt: skip
    monkeypatch.setattr(clocks, "brief", lambda effect, outcome: clocks.UNDECIDED)
    rows = [("extension", PILOT, 2021, "", 40.0, 30.0), ("extension", LINE, 2021, "", 200.0, 180.0)]
    said = clocks.message(report(rows)).replace("\u00a0", " ")
    assert "blev 77 av 100 förhandsbedömningar klara inom 14 dagar och 66 av 100" in said
    assert "Om det skiljer sig från det väntade går inte att avgöra." in said
    assert "Av de 40 utredningar där som tog mer än fyra månader saknar 25 % ett" in said
    few = [("extension", PILOT, 2021, "", 40.0, 37.0)]
    assert "saknar" not in clocks.message(report(few))
    monkeypatch.setattr(
        clocks, "brief",
        lambda effect, outcome: "Lägre än väntat" if outcome.id == "T14" else clocks.UNDECIDED,
    )  # fmt: skip
    mixed = clocks.message(report(rows))
    assert "Förhandsbedömningar i tid: lägre än väntat och utredningar i tid: går inte" in mixed
    monkeypatch.setattr(clocks, "effect_of", lambda *_: SimpleNamespace(status="immature"))
    assert clocks.message(report(rows)) == ""


def test_the_needs_message_sets_both_arms_side_by_side():
    before = investigated(2019, ever=20.0, in_year=15.0, known=20.0)
    said = needs.message(report(MATTERS + before + NOW)).replace("\u00a0", " ")
    assert "utredda förut, året innan från 15 % till 20 % (15 % till 20 %)" in said
    assert "någon gång" not in said  # it grows by itself
    assert needs.message(report(MATTERS + NOW)) == ""


def test_planned_ends_before_the_pilot_and_in_the_line_are_told():
    before = [("planned", LINE, 2018, "", 8.0, 80.0)]
    few = ("planned", PILOT, 2021, "", 4.0, 80.0)
    text = words(clocks.planned_table(report([few, *before, *planned(8.0)])))
    assert "Av utredningarna som inleddes 2021 har 8 i linjens områden ett planerat slut" in text
    assert "Planerade slut finns också före piloten, i linjens områden." in text


def test_a_chapter_without_a_message_is_a_fault_with_its_name():
    with pytest.raises(ValueError, match="did you mean 'tiers'"):
        messages.message(report(), "tier")
