import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit.params import load_study
from evalkit.plan import Study

PARAMS = Path(__file__).parents[2] / "params"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Return a copy of params/ that a test may change."""
    return Path(shutil.copytree(PARAMS, tmp_path / "params"))


@pytest.fixture
def edited(folder) -> Callable[[str, str, str], Study]:
    """Return what makes the study again with one place in one file changed."""

    def edit(file: str, old: str, new: str) -> Study:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_study(folder / "study.yaml")

    return edit
