"""Voices: what interviews, meetings and the staff survey allow the report to say, and no more."""

import re
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.chapters import collaboration, survey, voices
from evalkit.chapters.opening import Report
from evalkit.data.cells import Cells
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "params" / "study.yaml")
PERIODS = {period.period: period for period in load_periods(STUDY)}
PILOT, LINE = STUDY.areas.treated[0], STUDY.areas.comparison[0]
LIMIT = STUDY.disclosure.rule.threshold


def report(rows=(), *, period="2021", answers=None, **registers) -> Report:
    keys = ["area", "year", "level", "age_group", "n"]
    frame = pd.DataFrame(rows, columns=keys).assign(
        measure="background:reporter", period=period, month=3, sex="flicka", time=-1
    )
    frame = frame.assign(total=frame["n"], total_sq=frame["n"])
    empty = pd.DataFrame()
    staff = pd.DataFrame(answers if answers is not None else [], columns=ANSWERS)
    made = Cells(frame, staff, empty, empty, empty, "0", registers)
    return Report(Evidence(STUDY, tuple(PERIODS.values()), PERIODS[period], frame), made)


def words(fragment) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", fragment.html))


def flow(asked, reached, consented, done, last="2021-09-01") -> pd.DataFrame:
    counts = [asked, reached, consented, done]
    steps = ["asked", "reached", "consented", "done"]
    return pd.DataFrame({"step": steps, "n": counts, "last_asked": pd.Timestamp(last)})


def themes(*spoken: tuple[str, int, int, int], agree=(9, 3, 2, 6)) -> pd.DataFrame:
    """Return themes with their interviews, positive and negative; each read by two alike."""
    rows = [(theme, n, up, down, n - up - down, *agree) for theme, n, up, down in spoken]
    columns = ["theme", "interviews", "positive", "negative", "mixed",
               "both", "only_first", "only_second", "neither"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def interviewed(*spoken, done=20, **other) -> Report:
    return report(interview_flow=flow(40, 30, 25, done), interview_themes=themes(*spoken), **other)


# Interviews


def test_the_way_to_an_interview_is_shown_step_by_step():
    figure = voices.interviews_figure(report(interview_flow=flow(40, 30, 20, 12)))
    assert "Tillfrågade 40, Nådda 30, Tackade ja 20, Intervjuade 12" in figure.text


def test_a_step_that_differs_by_few_from_the_next_is_not_shown():
    figure = voices.interviews_figure(report(interview_flow=flow(40, 30, 15, 12)))
    assert "Nådda 30, Tackade ja ej redovisad, Intervjuade 12" in figure.text
    assert "15" not in re.sub(r"<svg.*?</svg>", "", figure.html, flags=re.S)


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_no_two_steps_that_are_shown_give_away_few_persons(counts):
    made = flow(*sorted(counts, reverse=True))
    shown = made.loc[~voices._hidden_steps(made, LIMIT), "n"].tolist()
    assert all(not 0 < one - other < LIMIT for one, other in product(shown, [0, *shown]))


@pytest.mark.parametrize(
    ("n", "of", "said"),
    [
        (0, 20, "Ingen"), (1, 20, "Enstaka"), (4, 20, "Enstaka"), (5, 20, "Flera"),
        (10, 20, "Flera"), (11, 20, "De flesta"), (20, 20, "De flesta"), (4, 6, "Enstaka"),
    ],
)  # fmt: skip
def test_how_many_is_said_in_words_that_hide_small_counts(n, of, said):
    assert voices.how_many(n, of, 5) == said


def test_themes_stand_in_order_and_without_numbers():
    made = interviewed(
        ("tillgänglighet", 6, 1, 4),
        ("bemötande", 15, 9, 2),
        ("oro", 3, 0, 3),
        ("snabbhet", 0, 0, 0),
    )
    table = voices.themes_table(made).html
    text = words(voices.themes_table(made))
    assert (
        "Bemötande och tillit De flesta Mest positivt Tillgänglighet Flera Mest negativt "
        "Oro och maktobalans Enstaka För få för att visas Snabbhet Ingen –" in text
    )
    assert "De flesta av de intervjuade talade om bemötande och tillit." in text
    assert "Ingen av de intervjuade talade om snabbhet." in text
    assert "%" not in table
    assert not re.search(r">\s*(15|6|3)\s*<", table)


def test_single_interviews_do_not_put_themes_in_order_of_their_counts():
    made = interviewed(("oro", 1, 1, 0), ("samordning", 4, 1, 3), ("bemötande", 12, 9, 1))
    text = words(voices.themes_table(made))
    assert text.index("Oro och") < text.index("Samordning")


def test_with_few_interviews_nothing_is_told_of_what_they_were_about():
    text = words(voices.themes_table(interviewed(("bemötande", 4, 4, 0), done=4)))
    assert "Underlag saknas" in text
    assert "tillit" not in text


def test_the_coders_agreement_is_cohens_kappa():
    """9 yes-yes, 6 no-no, 3 and 2 apart: p_o 0.75, p_e 0.51, kappa 0.4898."""
    made = interviewed(("bemötande", 12, 9, 1))
    text = words(voices.coders_agreement(made))
    assert "eniga i 75 % av bedömningarna" in text
    assert "mot 51 % av ren slump" in text
    assert "kappa 0,49" in text


def test_agreement_on_few_judgements_is_no_percentage():
    codes = themes(("bemötande", 12, 9, 1), agree=(5, 1, 1, 2))
    made = report(interview_flow=flow(40, 30, 25, 19), interview_themes=codes)
    text = words(voices.coders_agreement(made))
    assert "för få intervjuer" in text
    assert "%" not in text


def test_too_few_read_by_two_is_said():
    codes = themes(*[(theme, 12, 9, 1) for theme in voices.THEMES], agree=(2, 0, 1, 2))
    made = report(interview_flow=flow(60, 50, 40, 30), interview_themes=codes)
    assert "av två, och det gjordes inte" in words(voices.coders_agreement(made))


def quoted(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["theme", "text", "masked", "approved"])


def test_only_masked_and_approved_quotations_are_shown_and_simulated_ones_said_to_be():
    quotes = quoted(
        ("oro", "Jag var rädd <b>för</b> det.", "ja", "ja"),
        ("oro", "Hemligt.", "nej", "ja"),
        ("oro", "Inte godkänt.", "ja", "nej"),
    )
    shown = voices.quotations(interviewed(("oro", 6, 1, 4), quotation=quotes))
    assert "Jag var rädd &lt;b&gt;för" in shown.html
    assert "Simulerade citat" in shown.text
    assert "Hemligt" not in shown.html
    assert "Inte godkänt" not in shown.html


def test_interviews_after_the_cutoff_are_not_known_to_the_report():
    later = flow(40, 30, 20, 12, last="2022-03-01")
    made = report(period="2020", interview_flow=later, interview_themes=themes(("oro", 9, 1, 1)))
    assert "Underlag saknas" in words(voices.interviews_figure(made))
    assert voices.themes_table(made).html == ""
    assert voices.quotations(made).html == ""


# Schools and preschools


def meetings(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["month", "arm", "place", "form", "meetings"])


def test_meetings_are_counted_per_area_and_half_year():
    """16 meetings of the line's eight areas are 2 in each; 5 and 3 of the one of the pilot, 8."""
    register = meetings(
        ("2021-02-01", "linje", "skola", "konsultation", 16),
        ("2021-02-01", "pilot", "skola", "konsultation", 5),
        ("2021-09-01", "pilot", "förskola", "temamöte", 3),
    )
    text = collaboration.meetings_figure(report(collaboration=register)).text
    assert "2021: 8 i pilotområdet och 16 i linjens områden (2 per område, 8 områden)" in text
    assert "Konsultationer, Pilotområdet: 5,0, 0,0" in text


def test_before_the_pilot_the_line_has_every_area_and_the_pilot_none():
    register = meetings(("2019-08-01", "linje", "skola", "konsultation", 18))
    frame = collaboration._meetings(report(collaboration=register))
    before = frame[(frame["half"] == 2019.5) & (frame["form"] == "Konsultationer")]
    assert list(before["arm"]) == ["line"]
    assert list(before["rate"]) == [2.0]


def test_a_half_year_that_had_not_ended_is_left_out():
    register = meetings(
        ("2022-02-01", "linje", "skola", "konsultation", 8),
        ("2022-07-01", "linje", "skola", "konsultation", 8),
    )
    made = report(period="2022", collaboration=register)
    assert collaboration._meetings(made)["half"].max() == 2022.0
    assert "första halvåret 2022" in collaboration.meetings_figure(made).text


def test_matters_from_school_and_how_young_the_children_are():
    rows = [
        (area, year, level, age, n)
        for area, year, level, age, n in [
            (PILOT, 2019, "polis", "7–12", 80), (PILOT, 2019, "skola", "7–12", 20),
            (PILOT, 2021, "polis", "7–12", 70), (PILOT, 2021, "skola", "7–12", 20),
            (PILOT, 2021, "förskola", "0–6", 10),
            (LINE, 2019, "polis", "7–12", 90), (LINE, 2019, "skola", "0–6", 10),
            (LINE, 2021, "polis", "7–12", 180), (LINE, 2021, "skola", "0–6", 3),
            (LINE, 2021, "skola", "7–12", 17),
        ]
    ]  # fmt: skip
    text = words(collaboration.school_referrals_table(report(rows)))
    assert "från 20 % till 30 % i pilotområdet och från 10 % till 10 % i linjens områden" in text
    assert "2021 Pilotområdet 30 30 % 33 %" in text
    assert "2021 Linjens områden 20 10 % .." in text  # 3 children under seven


# Staff

ANSWERS = ["round", "unit", "item", "text", "mean", "n", "sd", "restored"]
ITEMS = {item: f"Påstående {item}" for item in range(1, 9)}


def answered(when: str, mean: float, n=None, sd=float("nan"), unit="Enhet A") -> list[tuple]:
    return [(when, unit, item, text, mean, n, sd, "nej") for item, text in ITEMS.items()]


def staffing(left: int) -> pd.DataFrame:
    months = pd.date_range("2020-01-01", "2022-12-01", freq="MS").strftime("%Y-%m-%d")
    frame = pd.DataFrame({"month": months, "unit_id": "UTRED", "staff": 20, "left": 0})
    frame.loc[frame["month"] == "2021-06-01", "left"] = left
    return frame


def test_rounds_are_shown_and_never_called_a_change_of_attitude():
    rounds = [*answered("2021-03-01", 5.0), *answered("2022-03-01", 5.8)]
    figure = survey.survey_rounds_figure(
        report(answers=rounds, staffing=staffing(7), period="2022")
    )
    assert "motsvarade de som slutade 35 % av linjens handläggare" in figure.text
    assert "inte ett mått på att någon har ändrat uppfattning" in figure.text
    assert "Enhet A: 5,0, 5,8" in figure.text


def test_rounds_without_staffing_are_no_change_of_attitude_either():
    rounds = [*answered("2021-03-01", 5.0), *answered("2022-03-01", 5.8)]
    text = words(survey.survey_rounds_figure(report(answers=rounds, period="2022")))
    assert "inte läsas som att någon har ändrat uppfattning" in text


def test_one_round_has_no_figure_of_rounds():
    made = report(answers=answered("2021-03-01", 5.0))
    assert survey.survey_rounds_figure(made).html == ""


def test_the_survey_is_shown_for_the_latest_known_round_only():
    rounds = [*answered("2021-03-01", 5.0), *answered("2022-03-01", 5.8)]
    assert "5,8" in words(survey.survey_table(report(answers=rounds, period="2022")))
    earlier = words(survey.survey_table(report(answers=rounds, period="2020")))
    assert "5,0" in earlier
    assert "5,8" not in earlier


def test_a_unit_where_few_answered_is_left_out():
    rounds = [
        *answered("2021-03-01", 5.0, 15, 1.0),
        *answered("2021-03-01", 6.5, 4, 1.0, "Enhet B"),
    ]
    text = words(survey.survey_table(report(answers=rounds)))
    assert "Enhet A" in text
    assert "Enhet B" not in text


def test_a_report_from_before_the_survey_says_that_it_is_missing():
    made = report(answers=answered("2022-03-01", 5.0), period="2020")
    assert "Underlag saknas" in words(survey.survey_figure(made))
    for told in (survey.survey_table, survey.survey_gaps_table, survey.survey_bounds_figure,
                 survey.survey_rounds_figure):  # fmt: skip
        assert told(made).html == ""


def test_a_month_without_staffing_leaves_the_turnover_unknown():
    gap = staffing(6)
    gap = gap[gap["month"] != "2021-08-01"]
    made = report(staffing=gap, period="2022")
    assert survey.staff_left(made, pd.Timestamp("2021-03-01"), pd.Timestamp("2022-03-01")) is None


@pytest.mark.parametrize(
    ("told", "named"),
    [
        (voices.interviews_figure, "intervju"),
        (collaboration.meetings_figure, "samverkan"),
        (collaboration.school_referrals_table, "anmälde"),
        (survey.survey_figure, "enkät"),
    ],
)
def test_what_was_not_delivered_is_said_to_be_missing(told, named):
    text = words(told(report()))
    assert "Underlag saknas" in text
    assert named in text
