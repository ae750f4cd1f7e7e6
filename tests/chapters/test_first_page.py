"""The first page and the gaps, on made-up cells: what is told, and what is kept back."""

import re

import pytest
from made_up import STUDY, cells, report

from evalkit.chapters import first_page, gaps


def test_a_card_has_the_message_the_answer_the_certainty_and_what_would_change_it():
    page = first_page.first_page(report(cells("2021")))
    text = re.sub(r"<[^>]+>", " ", page.html)
    assert "<h3>Färre handläggare per ärende än väntat</h3>" in page.html
    for part in ("Hur många handläggare möter barnet?", "hade vi väntat oss", "Osäkerheten är",
                 "Tillförlitlighet:", "Det som kan ändra svaret:", "SBU"):  # fmt: skip
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
