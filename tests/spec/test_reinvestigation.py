"""Re-investigation, as defined in domain.md 2.2."""

import pytest

from evalkit.analysis import Variant
from evalkit.data import reinvestigation as r
from evalkit.data.cohort import under


def investigations(*spans: tuple[str, str | None]) -> list[dict]:
    return [
        {"investigation_id": f"U{i}", "referral_id": f"A{i}", "opened_date": a, "closed_date": b}
        for i, (a, b) in enumerate(spans, start=1)
    ]


def referrals(n: int) -> list[dict]:
    return [{"referral_id": f"A{i}", "received_date": "2019-01-01"} for i in range(1, n + 1)]


@pytest.mark.parametrize(
    ("opened", "spells"), [("2021-03-15", 1), ("2021-03-16", 2), ("2021-02-01", 1)]
)
def test_investigations_at_most_14_days_apart_are_one_spell(world, home, opened, spells):
    spans = investigations(("2021-01-01", "2021-03-01"), (opened, "2021-06-01"))
    sample = world(**home, investigation=spans)
    merged = r.spells(sample.table("investigation"), 14).to_pandas()
    assert len(merged) == spells
    assert str(merged["closed_date"].max())[:10] == "2021-06-01"


@pytest.mark.parametrize(("gap", "returns"), [(0, 1), (30, 0)])
def test_a_variant_of_the_plan_has_its_own_gap_and_leaves_the_plans_alone(
    world, home, gap, returns
):
    """Closed on 10 January and opened again 14 days later: one spell by the plan, two at gap 0."""
    spans = investigations(("2020-10-01", "2021-01-10"), ("2021-01-24", "2021-03-01"))
    sample = world(**home | {"referral": referrals(2)}, investigation=spans)
    planned = r.reinvestigations(sample).to_pandas()
    variant = Variant(outcome="R1", definition="merge_gap_days", value=gap)
    changed = r.reinvestigations(under(sample, variant)).to_pandas()
    assert (planned["level"] == "return").sum() == 0
    assert (changed["level"] == "return").sum() == returns
    assert len(r.reinvestigations(sample).to_pandas()) == len(planned)


def test_a_spell_is_open_while_any_of_its_investigations_is(world, home):
    spans = investigations(("2021-01-01", None), ("2021-03-01", "2021-04-01"))
    merged = r.spells(world(**home, investigation=spans).table("investigation"), 14).to_pandas()
    assert len(merged) == 1
    assert merged["closed_date"].isna().all()


def returned(world, home, *spans, exits=(), period="2021"):
    home = home | {"referral": referrals(len(spans))}
    sample = world(period, **home, investigation=investigations(*spans), exit=list(exits))
    rows = r.reinvestigations(sample).to_pandas()
    return [tuple(row) for row in rows[["level", "time", "follow_up"]].to_numpy()]


def test_a_new_investigation_after_200_days(world, home):
    rows = returned(world, home, ("2020-10-01", "2021-01-10"), ("2021-07-29", None))
    assert rows == [("return", 200, 365)]


@pytest.mark.parametrize(
    ("opened", "ended"), [("2022-01-10", ("return", 365)), ("2022-01-11", ("censored", 365))]
)
def test_day_365_is_inside_the_window(world, home, opened, ended):
    rows = returned(world, home, ("2020-10-01", "2021-01-10"), (opened, None))
    assert rows[0][:2] == ended


def test_a_closing_in_2022_cannot_be_followed_for_a_year(world, home):
    rows = returned(world, home, ("2021-10-01", "2022-01-15"), period="2022")
    assert rows == [("censored", 350, 350)]


def test_the_years_before_are_followed_no_longer_than_2022_can_be(world, home):
    spans = ("2017-10-01", "2018-01-15"), ("2019-01-10", None)  # back after 360 days
    assert returned(world, home, *spans, period="2022") == [("censored", 350, 350)]
    assert returned(world, home, *spans, period="2021") == [("return", 360, 365)]


def test_moving_away_competes_and_earlier_exits_were_never_waiting(world, home):
    gone = [{"exit_date": "2021-04-10"}]
    spans = ("2020-10-01", "2021-01-10"), ("2021-07-29", None)
    assert returned(world, home, *spans, exits=gone) == [("competing", 90, 365)]
    before = [{"exit_date": "2021-01-10"}]
    assert returned(world, home, *spans, exits=before) == []


def reports(world, home, function, *later: dict, **tables):
    extra = [{"referral_id": f"A{i}"} | row for i, row in enumerate(later, start=2)]
    sample = world(**home | {"referral": [{}, *extra]}, **tables)
    rows = function(sample).to_pandas().sort_values("referred")
    return next(iter(rows[["level", "time"]].itertuples(index=False, name=None)))


@pytest.mark.parametrize(
    ("received", "ended"),
    [
        ("2021-03-15", ("censored", 365)),  # day 14 is still the same event
        ("2021-03-16", ("return", 15)),
        ("2022-03-01", ("return", 365)),
        ("2022-03-02", ("censored", 365)),
    ],
)
def test_a_new_report_counts_from_day_15_to_day_365(world, home, received, ended):
    assert reports(world, home, r.new_reports, {"received_date": received}) == ended


@pytest.mark.parametrize(
    "later",
    [
        {"kind": "ansökan"},
        {"reporter": "vårdnadshavare"},
        {"decision": "påförs pågående utredning"},
    ],
)
def test_what_is_not_a_new_report_from_outside(world, home, later):
    got = reports(world, home, r.new_reports, {"received_date": "2021-06-01"} | later)
    assert got == ("censored", 365)


@pytest.mark.parametrize(
    "tables",
    [
        {"advice": [{"contact_date": "2021-06-09"}]},
        {"service": [{"service_type": "placering HVB/familjehem", "start_date": "2021-06-09"}]},
    ],
)
def test_any_contact_counts_as_a_return_of_some_kind(world, home, tables):
    assert reports(world, home, r.new_contacts, **tables) == ("return", 100)
    assert reports(world, home, r.new_reports, **tables) == ("censored", 365)


def test_an_application_is_a_new_contact_but_not_a_new_report(world, home):
    later = {"received_date": "2021-06-09", "kind": "ansökan"}
    assert reports(world, home, r.new_contacts, later) == ("return", 100)
