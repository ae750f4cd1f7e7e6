"""From extracts to the page: what comes after the start of a pilot cannot be known before it."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evalkit.cli import app
from evalkit.data import simulate as simulation
from evalkit.params import load_study

ROOT = Path(__file__).parents[2]
SCALE = 0.3


def rewrite(path: Path, pattern: str, text: str) -> None:
    content, times = re.subn(pattern, text, path.read_text(encoding="utf-8"))
    assert times == 1
    path.write_text(content, encoding="utf-8")


def planned(folder: Path, scenario: str) -> str:
    """Return the example's page for a district whose pilot had the scenario's effect."""
    for name in ("params", "data_contracts"):
        shutil.copytree(ROOT / name, folder / name)
    questions, plan = folder / "params" / "power.yaml", folder / "params" / "study.yaml"
    rewrite(questions, "draws: 20000", "draws: 1000")
    rewrite(plan, r"variants:\n(?: +- \{outcome.*\n)+", "variants: []\n")
    study = load_study(plan)
    simulation.write(simulation.simulate(study, scenario, SCALE), study.extracts_dir)
    done = CliRunner().invoke(app, ["power", str(questions)])
    assert done.exit_code == 0, done.output
    return (folder / "outputs" / "planering.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, str]:
    """Return the page by scenario."""
    folder = tmp_path_factory.mktemp("planning")
    return {name: planned(folder / name, name) for name in ("S0", "S1")}


def test_the_page_is_the_same_whatever_the_pilot_then_did(pages):
    """Scenario S1's pilot has an effect and S0's has none; before the start they are alike."""
    assert pages["S0"] == pages["S1"]


def test_the_page_says_that_its_data_are_simulated(pages):
    assert "Simulerade data" in pages["S1"]
    assert "egna, 2017 och 2018" in pages["S1"]
