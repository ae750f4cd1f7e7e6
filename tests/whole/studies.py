"""A whole study in a folder of its own, worked on through the command line."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCALE = "0.3"
EXTRACTS = Path("outputs/demo/extracts")
RUN_LOG = "run.log"
# One child, family, referral, investigation and caseworker get ids that nobody else has.
CANARIES = {
    "B008913": "B-KANARIE-BARN", "F001899": "F-KANARIE-FAMILJ", "R0000004": "R-KANARIE-ANMALAN",
    "U0000001": "U-KANARIE-UTREDNING", "H0025": "H-KANARIE-HANDLAGGARE",
}  # fmt: skip


def evalkit(study: Path, *arguments: str, **around: str) -> subprocess.CompletedProcess:
    """Run the command line in a study's folder, as an evaluator would.

    `around` are variables of the environment.
    """
    code = "from evalkit.cli import main; main()"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | around
    command = [sys.executable, "-W", "ignore", "-c", code, *arguments]
    return subprocess.run(command, cwd=study, env=environment, capture_output=True, text=True)


def new_study(folder: Path) -> Path:
    """Copy plan, contracts and chapters to a folder of their own, and simulate its extracts.

    The extracts hold the canaries, for which every artefact is searched.
    """
    for name in ("params", "data_contracts", "notebooks"):
        shutil.copytree(ROOT / name, folder / name)
    done = evalkit(folder, "demo", "--scale", SCALE)
    assert done.returncode == 0, done.stderr
    for path in (folder / EXTRACTS).iterdir():
        text = path.read_text(encoding="utf-8")
        for name, canary in CANARIES.items():
            text = re.sub(rf"(?m)(^|;){name}(?=;|$)", rf"\g<1>{canary}", text)
        path.write_text(text, encoding="utf-8", newline="")
    return folder
