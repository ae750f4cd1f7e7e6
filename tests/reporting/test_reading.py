"""A published page read back: the same with and without the ends that HTML implies."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from evalkit.reporting.compact import compact
from evalkit.reporting.reading import Table, read

WRITTEN_OUT = (
    "<title>Sidan</title><figure id=f><svg><title>Två staplar</title></svg>"
    "<table><caption><span>Barn</span></caption><thead><tr><th>Område</th><th>Antal</th></tr></thead>"
    "<tbody><tr><th>A <b>1</b></th><td>12</td></tr><tr><th>B</th><td></td></tr></tbody></table>"
    "</figure><p>x</p><table><tr><td>y</td></tr></table>"
)
LEFT_OUT = (
    "<title>Sidan</title><figure id=f><svg><title>Två staplar</title></svg>"
    "<table><caption><span>Barn</span><thead><tr><th>Område<th>Antal"
    "<tbody>\n<tr><th>A <b>1</b>\n<td>12\n<tr><th>B<td></table>"
    "</figure><p>x<table><tr><td>y</table>"
)


def test_cells_end_where_html_says_they_do():
    first = Table("Barn", "f", (("Område", "Antal"), ("A 1", "12"), ("B", "")))
    for html in (WRITTEN_OUT, LEFT_OUT):
        page = read(html)
        assert page.tables == [first, Table("", "", (("y",),))]
        assert page.alts == {"f": "Två staplar"}


CELLS = st.lists(
    st.lists(st.text(st.sampled_from("ab1 ,.<&>\"'\u00a0−%"), max_size=8), min_size=1, max_size=4),
    min_size=1,
    max_size=4,
)


@given(CELLS)
def test_every_table_is_read_alike_before_and_after_a_page_is_made_compact(cells):
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in cells
    )
    html = f"<style></style><table><caption>C</caption><tbody>{rows}</tbody></table><p>efter</p>"
    (before,), (after,) = read(html).tables, read(compact(html)).tables
    assert before == after
    assert [[" ".join(cell.split()) for cell in row] for row in cells] == [*map(list, after.rows)]
