"""A second program finds no fault in the contracts either: datacontract-cli, where it is installed.

It is no dependency: `pip install datacontract-cli` in an environment of its own, and
`EVALKIT_DATACONTRACT=<that environment>/bin/datacontract python -m pytest tests/data/...`.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTER = os.environ.get("EVALKIT_DATACONTRACT") or shutil.which("datacontract")
CONTRACTS = sorted(
    path for path in ROOT.rglob("*.odcs.yaml") if ".venv" not in path.relative_to(ROOT).parts
)

pytestmark = pytest.mark.skipif(LINTER is None, reason="datacontract-cli is not installed")


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_second_program_accepts_every_contract(path: Path) -> None:
    done = subprocess.run([LINTER, "lint", str(path)], capture_output=True, text=True, cwd=ROOT)
    told = re.sub(r"\s+", " ", done.stdout + done.stderr)
    assert done.returncode == 0, told
    assert "warning" not in told.casefold(), told
