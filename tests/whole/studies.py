"""A whole study in a folder of its own, worked on through the command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCALE = "0.3"


def evalkit(study: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run the command line in a study's folder, as an evaluator would."""
    code = "from evalkit.cli import main; main()"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    return subprocess.run(command, cwd=study, env=environment, capture_output=True, text=True)


def new_study(folder: Path) -> Path:
    """Copy plan, contracts and chapters to a folder of their own, and simulate its extracts."""
    for name in ("params", "data_contracts", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    done = evalkit(folder, "demo", "--scale", SCALE)
    assert done.returncode == 0, done.stderr
    return folder
