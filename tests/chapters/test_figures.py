"""A chapter's figures, on made-up cells: the numbers behind them, and what cannot be told."""

import re

from made_up import STUDY, cells, report

from evalkit.chapters import figures, first_page


def rows_of(html):
    return [
        re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>.*?</tr>", html)
    ]


def test_the_event_study_has_its_years_in_a_table_the_reference_year_at_zero():
    html = figures.event_study_figure(report(cells("2021")), "K1").html
    head, *rows = rows_of(html.split("Visa siffrorna")[1])
    assert head == ["År", "Skillnad", "Från", "Till"]
    assert [row[0] for row in rows] == ["2017", "2018", "2019", "2020", "2021"]
    assert rows[2][1:] == ["0,00", "0,00", "0,00"]
    assert f"2021: {rows[-1][1][:-1]}" in html.split("<title")[1]  # the picture has one decimal


def test_the_placebos_are_tabled_area_by_area():
    html = figures.placebo_figure(report(cells("2021")), "K1").html
    areas = [row[0] for row in rows_of(html.split("Visa siffrorna")[1])[1:]]
    assert sorted(areas) == sorted(STUDY.areas.all)


def test_the_first_pages_picture_leads_to_the_table_that_has_its_numbers():
    made = report(cells("2021"))
    page, effects = first_page.first_page(made).html, figures.effects_figure(made).html
    target = re.search(r'<a href="#([\w-]+)">huvudmåtten', page)[1]
    assert effects.startswith(f'<figure class="ek-figure" id="{target}"')
    told = re.search(r"Så gick det: ([\d,]+) .* Väntat utan piloten: ([\d,]+) ", page)
    row = rows_of(effects)[1]
    assert [round(float(cell.replace(",", ".")), 1) for cell in row[1:3]] == [
        float(amount.replace(",", ".")) for amount in told.groups()
    ]


def test_an_area_without_cases_before_the_start_leaves_the_figure_without_what_was_expected(
    monkeypatch,
):
    # What must stay empty follows from all outcomes together, and here there is one.
    monkeypatch.setattr(figures, "hidden_rows", lambda evidence, place, frame: [False] * len(frame))
    frame = cells("2021")
    gone = (frame["area"] == STUDY.areas.comparison[0]) & (frame["year"] < 2020)
    html = figures.series_figure(report(frame[~gone]), "K1").html
    assert "<svg" in html
    assert "Det väntade kan inte räknas ut för 2020 och 2021, eftersom något område saknar" in html
    assert {row[-1] for row in rows_of(html)[1:]} == {"–"}
    whole = figures.series_figure(report(frame), "K1").html
    assert "Det väntade kan inte" not in whole
    assert [row[-1] != "–" for row in rows_of(whole)[1:]].count(True) == 2
