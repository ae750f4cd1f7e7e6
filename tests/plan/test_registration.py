"""The plan as registered: a change that decides a number is seen, named and logged."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from evalkit import registration
from evalkit.errors import ParamsError
from evalkit.params import load_study

ROOT = Path(__file__).parents[2]
DAY = date(2026, 11, 21)


@pytest.fixture
def folder(tmp_path) -> Path:
    shutil.copytree(ROOT / "params", tmp_path / "params")
    (tmp_path / "params" / registration.FILE).unlink(missing_ok=True)
    return tmp_path / "params"


def study(folder: Path):
    return load_study(folder / "study.yaml")


def edit(folder: Path, old: str, new: str, file: str = "study.yaml") -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def test_a_plan_without_entries_has_nothing_unlogged(folder):
    known = registration.load(study(folder))
    assert known.entries == ()
    assert known.unlogged(study(folder)) == ()


@pytest.mark.parametrize(
    ("old", "new", "file", "part"),
    [
        ("merge_gap_days: 14 ", "merge_gap_days: 21 ", "study.yaml", "definitions"),
        ("weighting: cases", "weighting: years", "study.yaml", "inference"),
        ("    - Nälsta\n", "", "study.yaml", "areas"),
        ("minimal_relevant_difference: 0.07", "minimal_relevant_difference: 0.01",
         "study.yaml", "outcomes"),
        ('cutoff: "2022-12-31"', 'cutoff: "2022-11-30"', "2021.yaml", "periods"),
    ],
)  # fmt: skip
def test_a_change_that_decides_a_number_is_seen_and_then_logged(folder, old, new, file, part):
    registration.register(study(folder), DAY, "Beslutad", "Före första körningen")
    edit(folder, old, new, file)
    changed = study(folder)
    assert registration.load(changed).unlogged(changed) == (part,)
    registration.register(changed, DAY, 'Ändrad: "nytt" # värde', "Fel i den första")
    known = registration.load(changed)
    assert known.unlogged(changed) == ()
    assert known.changed(1) == (part,)
    assert [entry.what for entry in known.entries] == ["Beslutad", 'Ändrad: "nytt" # värde']


def test_wording_may_be_mended_without_a_word(folder):
    registration.register(study(folder), DAY, "Beslutad", "Före första körningen")
    edit(folder, "Hur många barn utreds på nytt?", "Utreds fler barn på nytt?")
    edit(folder, "Piloten startar", "Start")
    edit(folder, 'label: "2021"', 'label: "år 2021"', "2021.yaml")
    assert registration.load(study(folder)).unlogged(study(folder)) == ()


def test_an_unchanged_plan_and_a_day_that_runs_backwards_are_refused(folder):
    registration.register(study(folder), DAY, "Beslutad", "Före första körningen")
    before = (folder / registration.FILE).read_bytes()
    with pytest.raises(ParamsError, match="nothing that decides a number"):
        registration.register(study(folder), DAY, "Igen", "Utan skäl")
    edit(folder, "weighting: cases", "weighting: years")
    with pytest.raises(ParamsError, match="before that of the last entry"):
        registration.register(study(folder), date(2026, 11, 20), "Ändrad", "Skäl")
    assert (folder / registration.FILE).read_bytes() == before


def test_a_spoilt_file_is_named(folder):
    (folder / registration.FILE).write_text("entries:\n  - dat: x\n", encoding="utf-8")
    with pytest.raises(ParamsError, match=r"registration\.yaml: entries\.0\.dat: unknown key"):
        registration.load(study(folder))
