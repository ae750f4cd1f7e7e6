"""The first page and the gaps, on made-up cells: what is told, and what is kept back."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest
from made_up import PERIODS, STUDY, WHOLE, cells, report

from evalkit.chapters import answers, decisions, first_page, gaps, handovers


def test_a_card_has_the_message_the_answer_the_certainty_and_what_would_change_it():
    page = first_page.first_page(report(cells("2021")))
    text = re.sub(r"<[^>]+>", " ", page.html)
    assert "<h3>Färre handläggare per ärende än väntat</h3>" in page.html
    for part in ("Hur många handläggare möter barnet?", "hade vi väntat oss", "osäkerheten är",
                 "Tillförlitlighet:", "Skäl:", "Det som kan ändra svaret:", "SBU",
                 "Analysplanen:", "inte med det som ett visst år drabbade"):  # fmt: skip
        assert part in text
    assert page.html.count("<svg") == 1


def test_a_year_of_wash_in_is_said_beside_the_number():
    page = first_page.first_page(report(cells("2020", year=2020), "2020"))
    assert "2020 är inkörningsår" in page.html.split("<figure")[0]


def test_an_answer_that_rests_on_few_has_no_number_and_no_picture():
    frame = cells("2021")
    few = frame["area"].isin(STUDY.areas.treated) & (frame["year"] == 2021)
    kept = frame[~few | ((frame["month"] == 1) & (frame["sex"] == "flicka"))]
    page = first_page.first_page(report(kept))
    assert "<svg" not in page.html
    assert "bygger på för få barn" in page.html
    assert not re.search(r"\d,\d", re.sub(r"<[^>]+>", "", page.html))


def rows_of(fragment):
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row)
            for row in re.findall(r"<tr>.*?</tr>", fragment.html)][1:]  # fmt: skip


def test_the_action_plan_proposes_and_never_judges():
    rows = rows_of(gaps.action_plan(report(cells("2021"))))
    assert len(rows) == 2
    assert all(row[-1] == "fylls i" for row in rows)
    assert "omotiverad" not in " ".join(" ".join(row) for row in rows)


@pytest.mark.parametrize("table", [gaps.gap_table, gaps.action_plan, gaps.gap_change_table])
def test_a_gap_is_protected_where_one_sex_is_few(table):
    """Three girls in the pilot's area in the year; boys' level would give theirs away."""
    frame = cells("2021")
    girls = frame["area"].isin(STUDY.areas.treated) & (frame["sex"] == "flicka")
    kept = frame[~(girls & (frame["year"] == 2021) & (frame["month"] > 1))]
    pilot = rows_of(table(report(kept)))[0]
    assert not re.search(r"\d,\d", " ".join(pilot[1:]))


def test_an_area_without_girls_leaves_the_chapter_standing():
    frame = cells("2021")
    gone = (frame["area"] == STUDY.areas.comparison[0]) & (frame["sex"] == "flicka")
    made = report(frame[~gone])
    assert re.search(r"\d,\d", rows_of(gaps.gap_table(made))[0][1])
    assert rows_of(gaps.gap_change_table(made))[0][1] == "–"


def of_handovers(at_border, other):
    """Changes of caseworker in each area, and the child-months that they are counted by."""
    frame = cells("2021")
    rows = frame[(frame["month"] == 1) & (frame["sex"] == "flicka")]
    pilot = rows["area"].isin(STUDY.areas.treated)
    months = rows.assign(measure="child_months", n=100.0, total=100.0)
    border = rows.assign(
        measure="handovers", level="enhetsgräns", n=pilot.map({True: at_border, False: 20.0})
    )
    left = rows.assign(measure="handovers", level="slutat", n=other)
    return report(pd.concat([frame, months, border, left], ignore_index=True))


def remark(made):
    outcome = STUDY.outcome("K1")
    effect = first_page.effect_of(made, outcome)
    return handovers.organisation_remark(made, outcome, effect).replace("\u00a0", " ")


def test_continuity_is_told_beside_the_borders_between_units():
    assert remark(of_handovers(6.0, 10.0)) == (
        "När ärendet gick mellan enheter skedde 6,0 byten per 100 månader som barn följdes i "
        "pilotområdet och 20,0 i linjens områden."
    )


def test_few_handovers_are_not_told_and_no_source_no_remark():
    assert remark(of_handovers(3.0, 10.0)) == ""
    assert remark(report(cells("2021"))) == ""


@pytest.mark.parametrize(
    ("period", "asked", "named"),
    [
        ("2021", (), "Gäller antal handläggare per ärende och ny utredning inom ett år: "),
        ("2021", ("U1",), ""),
        ("2021", ("R2",), "Gäller ny orosanmälan inom ett år: "),
        ("2022", ("U1",), "Gäller påbörjad insats inom 90 dagar: "),
        ("2020", (), ""),
    ],
)
def test_the_closing_is_warned_of_only_where_children_are_followed_past_it(period, asked, named):
    notice = answers.period_notice(SimpleNamespace(study=WHOLE, period=PERIODS[period]), *asked)
    assert ("barnen följs också efter" in notice.text) == bool(named)
    assert named in notice.text


def test_the_group_is_asked_what_is_left_to_decide_and_told_when_more_is_known():
    text = decisions.decisions(report(cells("2021"))).text.replace("\u00a0", " ")
    for part in ("Piloten är avslutad sedan den 31 augusti 2022.",
                 "0,2 handläggare för antal handläggare per ärende.",
                 "Uppföljningen av januari–augusti 2022 är klar den 31 augusti 2023."):  # fmt: skip
        assert part in text
    assert "flickor" not in text
    early = decisions.decisions(report(cells("2020", year=2020), "2020")).text
    assert "Piloten är avslutad" not in early


def with_a_gap(by):
    """The same cells, boys in the pilot's area in the year with `by` more caseworkers."""
    frame = cells("2021", girls=40.0)
    boys = frame["sex"] == "pojke"
    frame.loc[boys, ["n", "total", "total_sq"]] *= 10
    own = boys & frame["area"].isin(STUDY.areas.treated) & (frame["year"] == 2021)
    mean = frame["total"] / frame["n"]
    spread = frame["total_sq"] / frame["n"] - mean**2
    frame.loc[own, "total"] = (frame["n"] * (mean + by))[own]
    frame.loc[own, "total_sq"] = (frame["n"] * ((mean + by) ** 2 + spread))[own]
    return report(frame)


def test_a_gap_between_girls_and_boys_reaches_the_first_page_only_where_it_is_left():
    left, none = (first_page.first_page(with_a_gap(by)).text for by in (1.0, 0.0))
    assert "Flickor och pojkar:" in left
    assert "Skillnaden i pilotområdet kvarstår när hänsyn tagits till ålder" in left
    assert "Det gäller 1 av 2 jämförelser." in left
    assert "Flickor och pojkar:" not in none
    assert "Ska skillnaden mellan flickor och pojkar" in decisions.decisions(with_a_gap(1.0)).text
