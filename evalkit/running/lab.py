"""JupyterLab on a period's chapters: copies to explore in, the stored chapters left alone."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from evalkit.disk import private_folder
from evalkit.plan import Period, Study
from evalkit.running.notebooks import lab_copies, write_text

# No news, no update check: nothing of a study's machine calls out.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
}


def command(
    study: Study, chapters: Sequence[Path], period: Period
) -> tuple[list[str], dict[str, str]]:
    """Return the command that opens JupyterLab on the period's chapters, and its environment.

    The copies lie in outputs/lab/<period>/, readable by their owner only.
    """
    folder = study.root / "outputs" / "lab" / period.period
    copies = lab_copies(chapters, period.model_dump(mode="json"), folder)
    settings = study.root / "outputs" / "lab" / ".settings"
    write_text(json.dumps(SETTINGS), private_folder(settings) / "overrides.json")
    # Jupyter refuses the administrator unless asked; containers have no other user.
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [
        sys.executable, "-m", "jupyterlab", str(copies[0]), *as_root,
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={folder}",
        f"--LabServerApp.app_settings_dir={settings}",
    ], {"PYTHONHASHSEED": "0"}  # fmt: skip
