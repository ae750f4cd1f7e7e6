"""What has been published is kept: whole, in order, and never read wrongly."""

import json
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import DisclosureError
from evalkit.reporting import register
from evalkit.reporting.attack import Statement, adds_up, known, share
from evalkit.reporting.register import Release

ONE = Release.of("2021", "a", [known("girls", 12), adds_up("all", "girls", "boys")])


def test_what_is_entered_is_read_back(tmp_path):
    other = Release.of("2022", "b", share("girls", "all", 0.5, 0.0005))
    for release in (ONE, other):
        register.enter(release, tmp_path)
    assert register.load(tmp_path) == (ONE, other)


@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.text(max_size=4), st.floats(-9, 9)), min_size=1, max_size=3),
            st.floats(max_value=1e9, exclude_max=True, allow_nan=False),
            st.floats(min_value=-1e9, allow_nan=False),
        )
    )
)
def test_any_statements_are_read_back(tmp_path_factory, statements):
    """Also a name that stands twice in a statement, limits that are infinite, and odd decimals."""
    folder = tmp_path_factory.mktemp("register")
    release = Release.of("p", "d", [Statement(tuple(t), low, high) for t, low, high in statements])
    register.enter(release, folder)
    assert register.load(folder) == (release,)


def test_the_same_report_again_changes_nothing_and_no_clock_is_kept(tmp_path):
    register.enter(ONE, tmp_path)
    before = (tmp_path / register.FILE).read_bytes()
    register.enter(ONE, tmp_path)
    assert (tmp_path / register.FILE).read_bytes() == before
    assert set(json.loads(before)["releases"][0]) == {"period", "data", "fingerprint", "statements"}
    assert stat.S_IMODE((tmp_path / register.FILE).stat().st_mode) == 0o600


def test_a_corrected_year_stands_beside_the_old_and_takes_its_place(tmp_path):
    corrected = Release.of("2021", "b", [known("girls", 14), known("boys", 30)])
    other = Release.of("2020", "a", [known("boys", 5)])
    for release in (ONE, other, corrected):
        register.enter(release, tmp_path)
    entered = register.load(tmp_path)
    assert len(entered) == 3
    assert register.standing(entered, corrected) == [corrected, other]


def test_a_report_that_returns_to_what_it_was_is_the_last_again(tmp_path):
    draft = Release.of("2021", "a", [known("girls", 13)])
    for release in (ONE, draft, ONE):
        register.enter(release, tmp_path)
    assert register.load(tmp_path) == (draft, ONE)


@pytest.mark.parametrize(("now", "moved"), [(12, 0), (13, 1), (16, 1), (17, 0)])
def test_a_change_of_few_children_is_counted(now, moved):
    new = Release.of("2021", "b", [known("girls", now)])
    assert register.revised(new, [ONE], 5) == moved


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("12", "11"),
        lambda text: text.replace("releases", "release"),
        lambda text: "[]",
        lambda text: text.replace('"2021"', "null"),
        lambda text: "\x00",
    ],
)
def test_a_register_that_is_not_what_was_entered_stops_with_one_message(tmp_path, spoil):
    register.enter(ONE, tmp_path)
    path = tmp_path / register.FILE
    path.write_text(spoil(path.read_text()))
    with pytest.raises(DisclosureError, match=r"^register\.json: cannot be read"):
        register.load(tmp_path)
