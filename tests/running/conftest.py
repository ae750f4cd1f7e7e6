from pathlib import Path

import pytest
from chapters import REPOSITORY, make_study


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a study's folder; kernels find the package under test."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    folder = tmp_path / "study"
    folder.mkdir()
    return make_study(folder)
