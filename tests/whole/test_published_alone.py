"""Studies of published figures alone, from a file to a report: a city's districts, and England.

The English file (Department for Education, Open Government Licence v3.0) is no part of the
project: its test runs where the file stands in `shared/data` beside or above the repository, or
where EVALKIT_SHARED_DATA points.
"""

import json
import os
import re
import runpy
import shutil
from pathlib import Path

import pandas as pd
import pytest
from studies import ROOT
from studies import evalkit as command

import evalkit as ek
from evalkit.chapters.opening import Report
from evalkit.data import aggregation
from evalkit.params import load_periods, load_study

CITY = ROOT / "examples" / "city"
DFE = Path(__file__).parent / "dfe"
FILE = "dfe_referrals_rereferrals_2013_2024.csv"
LACKING = "Underlag saknas"
# Those that do not rest on texts of the study's own, such as its logic model.
MADE_FOR_CHILDREN = (
    "00_summary", "01_needs", "04_quality", "05_continuity", "06_reinvestigation", "07_uptake",
    "08_clocks", "09_equality", "10_voices", "11_implementation", "13_economy",
)  # fmt: skip


def shared_data() -> Path | None:
    named = os.environ.get("EVALKIT_SHARED_DATA")
    folders = [Path(named)] if named else [above / "shared" / "data" for above in ROOT.parents]
    return next((folder / FILE for folder in folders if (folder / FILE).is_file()), None)


def words(report: Path) -> str:
    html = report.read_text(encoding="utf-8")
    html = re.sub(r"<style.*?</style>|<svg.*?</svg>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def with_chapters(study: Path, *names: str) -> None:
    """Let the study's plan name these chapters."""
    path = study / "params" / "study.yaml"
    listed = "".join(f"  - {name}\n" for name in names)
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"chapters:\n(  - \w+\n)+", f"chapters:\n{listed}", text))


@pytest.fixture
def city(tmp_path) -> Path:
    for name in ("params", "data_contracts", "notebooks"):
        shutil.copytree(CITY / name, tmp_path / name)
    write = runpy.run_path(str(CITY / "simulate.py"))["write"]
    write(tmp_path / "outputs" / "demo" / "extracts" / "statistik.csv")
    return tmp_path


def test_a_citys_districts_are_compared_on_published_figures_alone(city):
    with_chapters(city, "01_districts", "09_threats")
    checked = command(city, "check")
    assert checked.returncode == 0, checked.stderr
    assert "1 extracts" in checked.stdout
    done = command(city, "run", "params/2022.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    text = words(city / "outputs" / "2022" / "utvardering.html")
    # Two of fourteen lack a figure that the simulation takes away.
    assert "12 av 14 områden har siffror för alla år" in text
    assert "Utelämnas: skyddad" in text
    assert f"{LACKING}: studiens källor har inte uppgifter om vilka barnen är" in text
    assert f"{LACKING}: studiens källor har inte uppgifterna" in text  # of a threat
    estimates = pd.read_csv(city / "outputs" / "2022" / "estimates.csv")
    own = estimates[(estimates["outcome"] == "R1") & (estimates["years"].astype(str) == "2022")]
    assert (own["conf_low"] < -0.06).all()  # the simulated truth
    assert (own["conf_high"] > -0.06).all()


def test_chapters_made_for_children_say_what_is_lacking_and_none_stops(city):
    shutil.copy(ROOT / "params" / "economy.yaml", city / "params")
    study = load_study(city / "params" / "study.yaml")
    periods = load_periods(study)
    report = Report.of(study, periods, periods[-1], aggregation.make(study, periods))
    text = []
    for chapter in MADE_FOR_CHILDREN:
        notebook = json.loads((ROOT / "notebooks" / f"{chapter}.ipynb").read_text("utf-8"))
        calls = ["".join(cell["source"]) for cell in notebook["cells"]]
        text += [
            eval(call, {"ek": ek, "report": report}).text for call in calls if call[:3] == "ek."
        ]
    found = " ".join(text)
    for what in ("byten av handläggare", "behov, erbjudanden och insatser"):
        assert f"{LACKING}: studiens källor har inte uppgifter om {what}" in found
    assert f"{LACKING}: inga räkenskaper" in found
    assert f"{LACKING}: ingen medarbetarenkät" in found
    assert f"{LACKING}: måttet ingår inte i studiens plan" in found


@pytest.mark.skipif(shared_data() is None, reason="the English file is not here")
def test_english_authorities_are_mapped_by_contract_and_plan_alone(tmp_path):
    for name in ("params", "data_contracts"):
        shutil.copytree(DFE / name, tmp_path / name)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "extracts").mkdir()
    shutil.copy(shared_data(), tmp_path / "extracts")
    done = command(tmp_path, "run", "params/2024.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    text = words(tmp_path / "outputs" / "2024" / "utvardering.html")
    assert "134 av 161 områden har siffror för alla år" in text
    row = pd.read_csv(tmp_path / "outputs" / "2024" / "estimates.csv").iloc[0]
    # By hand, from the file: the authority's change minus the mean change of 133 others.
    assert row.estimate == pytest.approx(by_hand(shared_data()))
    # Nothing happened in 2018, and no effect is found.
    assert row.conf_low < 0 < row.conf_high


def by_hand(file: Path) -> float:
    every = pd.read_csv(file, dtype=str, encoding="utf-8-sig")
    local = every[every["geographic_level"] == "Local authority"]
    numbers = local.assign(
        n=pd.to_numeric(local["Referrals"], errors="coerce"),
        x=pd.to_numeric(local["Re_referrals"], errors="coerce"),
        year=local["time_period"].astype(int),
    ).dropna(subset=["n", "x"])
    years = numbers.groupby("new_la_code")["year"].nunique()
    kept = numbers[numbers["new_la_code"].isin(years.index[years == 12])]
    assert kept["new_la_code"].nunique() == 134
    before, after = (
        kept[kept["year"].between(*span)].groupby("new_la_code")[["n", "x"]].sum()
        for span in ((2013, 2017), (2024, 2024))
    )
    change = after["x"] / after["n"] - before["x"] / before["n"]
    return float(change["E08000035"] - change.drop("E08000035").mean())
