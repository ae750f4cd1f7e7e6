"""Tables as the page shows them and as a screen reader meets them."""

import re

import pandas as pd
import pytest

from evalkit.plan import Rule
from evalkit.reporting.disclosure import release
from evalkit.reporting.tables import Column, html

COLUMNS = {
    "area": Column("Område"),
    "with_it": Column("Med ny utredning", "count"),
    "units": Column("Utredningar", "count"),
    "share": Column("Andel", "percent"),
    "gap": Column("Skillnad, procentenheter", "points", 0),
}

RULE = Rule(threshold=5, rounding=1)


def released():
    frame = pd.DataFrame(
        {
            "area": ["Vällingby", "Råcksta", "<b>Nälsta</b>"],
            "with_it": [3, 300, 12],
            "units": [57, 1210, 48],
            "share": [3 / 57, 300 / 1210, None],
            "gap": [-0.06, 0.0, None],
        }
    )
    return release(
        frame,
        rule=RULE,
        parts={"with_it": "units"},
        values={"share": ("with_it",)},
        keys=["gap"],
    )


def rows(page):
    return [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", page)
    ]


def test_the_cells_read_as_swedish():
    page = html(released(), COLUMNS, "Ny utredning per område").replace("\u00a0", " ")
    assert rows(page) == [
        ["Område", "Med ny utredning", "Utredningar", "Andel", "Skillnad, procentenheter"],
        ["Vällingby", "..", "57", "..", "\u22126"],
        ["Råcksta", "300", "1 210", "24,8 %", "0"],
        ["&lt;b&gt;Nälsta&lt;/b&gt;", "12", "48", "–", "–"],
    ]


def test_headers_have_scope_caption_and_region_have_names():
    page = html(released(), COLUMNS, "Ny utredning per område")
    assert page.count('<th scope="col"') == len(COLUMNS)
    assert page.count('<th scope="row"') == 3
    assert "<th>" not in page
    assert "<caption><span>Ny utredning per område</span></caption>" in page
    assert 'role="group" tabindex="0" aria-label="Tabell: Ny utredning per område"' in page


def test_protection_is_explained_only_where_something_is_hidden():
    page = html(released(), COLUMNS, "Rubrik", note="Källa: ärenden.")
    assert "Två punkter (..)" in page
    assert "färre än 5 barn" in page
    assert "Källa: ärenden." in page
    shown = html(released(), {"area": COLUMNS["area"], "units": COLUMNS["units"]}, "Rubrik")
    assert "Två punkter" not in shown


def test_another_column_can_head_the_rows():
    page = html(released(), COLUMNS, "Rubrik", row_header="units")
    assert re.findall(r'<th scope="row"[^>]*>(.*?)</th>', page)[0] == "57"


@pytest.mark.parametrize("kind", ["count", "percent"])
def test_a_plain_frame_may_not_count_children(kind):
    with pytest.raises(TypeError, match="release"):
        html(pd.DataFrame({"n": [3]}), {"n": Column("Barn", kind)}, "Rubrik")


def test_a_plain_frame_may_hold_what_counts_nobody():
    page = html(
        pd.DataFrame({"x": ["a"], "y": [0.5]}), {"x": Column("X"), "y": Column("Y", "number")}, "R"
    )
    assert rows(page)[1] == ["a", "0,5"]


def test_a_caption_cannot_break_out_of_its_attribute():
    page = html(pd.DataFrame({"x": ["a"]}), {"x": Column("X")}, 'R" onload="x')
    assert 'onload="x' not in page
