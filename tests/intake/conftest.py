"""A study in a folder of its own, with small simulated extracts."""

import shutil
from pathlib import Path

import pytest
from extracts import copied

from evalkit.data import simulate
from evalkit.params import load_study
from evalkit.plan import Study

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def simulated(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "one"
    for name in ("params", "data_contracts"):
        shutil.copytree(ROOT / name, folder / name)
    plan = load_study(folder / "params/study.yaml")
    simulate.write(simulate.simulate(plan, "S1", 0.05), plan.extracts_dir)
    return folder


@pytest.fixture
def study(simulated, tmp_path) -> Study:
    return copied(simulated, tmp_path)
