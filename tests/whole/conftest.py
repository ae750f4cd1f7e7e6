from pathlib import Path

import pytest
from studies import RUN_LOG, evalkit, new_study


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Path:
    """Return a study whose 2021 evaluation has been run and published."""
    study = new_study(tmp_path_factory.mktemp("study") / "one")
    done = evalkit(study, "run", "params/2021.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    (study / RUN_LOG).write_text(done.stdout + done.stderr, encoding="utf-8")
    return study
