"""How far the result would carry: another district's mix of children, through the chapter."""

import re

import made_up
import pandas as pd
import pytest

from evalkit.chapters import transport
from evalkit.documents import Group, TargetMix

GIRLS_GAIN = 0.8  # of a caseworker more than boys, by the pilot


def report():
    """Return a district in which the pilot takes 0.9 from girls' number and 0.1 from boys'."""
    frame = made_up.cells("2021", girls=4.0)
    pilot = frame["area"].isin(made_up.STUDY.areas.treated) & (frame["year"] == 2021)
    for sex, more in (("flicka", -GIRLS_GAIN / 2), ("pojke", GIRLS_GAIN / 2)):
        own = pilot & (frame["sex"] == sex)
        frame.loc[own, "total"] += more * frame.loc[own, "n"]
    matters = frame.assign(measure="background:sex", level=frame["sex"])
    return made_up.report(pd.concat([frame, matters], ignore_index=True))


def carried(monkeypatch, girls: int, boys: int, age_group: str = "0–6") -> str:
    mix = TargetMix(
        name="Farsta", source="påhittad för provet",
        groups=(Group(sex="flicka", age_group=age_group, n=girls),
                Group(sex="pojke", age_group=age_group, n=boys)),
    )  # fmt: skip
    monkeypatch.setattr(transport, "load_target_mix", lambda _: mix)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", transport.transport_table(report()).html))


@pytest.mark.parametrize(
    ("girls", "boys", "expected"), [(50, 50, "−0,5"), (100, 0, "−0,9"), (0, 100, "−0,1")]
)
def test_the_effect_is_that_of_the_target_s_children(monkeypatch, girls, boys, expected):
    said = carried(monkeypatch, girls, boys)
    found = re.search(
        r"i Farsta hade skillnaden varit: antal handläggare per ärende (−\d,\d)", said
    )
    assert found is not None
    assert found[1] == expected


def test_children_whom_nobody_here_resembles_are_told_of(monkeypatch):
    assert "kan inte föras över" in carried(monkeypatch, 10, 10, age_group="13–17")


def test_without_a_target_the_page_says_what_is_needed(monkeypatch):
    monkeypatch.setattr(transport, "load_target_mix", lambda _: None)
    assert "params/target_mix.yaml" in transport.transport_table(report()).html
