"""A finished page as a tagged PDF, printed by the Chromium or Chrome of the machine."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from evalkit.errors import MachineError

BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)  # fmt: skip
SECONDS = 180


def find_browser() -> str:
    """Return the browser that prints; MachineError when the machine has none."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise MachineError(
        "--pdf: no Chromium or Chrome on this machine; install one (on Debian: apt-get install "
        "chromium), or open the report in a browser and print it from there"
    )


def print_page(browser: str, page: Path, pdf: Path) -> None:
    """Print a page as the browser would on A4: tagged, with the headings as its outline.

    Raises MachineError when the browser does not print.
    """
    # The browser's sandbox does not start for root, as whom containers run; the page is our own
    # and holds no script.
    as_root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    with tempfile.TemporaryDirectory(prefix="evalkit-") as profile:
        command = [
            browser, "--headless", "--disable-gpu", "--disable-background-networking",
            "--no-first-run", f"--user-data-dir={profile}", *as_root,
            "--no-pdf-header-footer", "--generate-pdf-document-outline",
            f"--print-to-pdf={pdf.resolve()}", page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            done = None
    if done is None or done.returncode or not pdf.is_file():
        pdf.unlink(missing_ok=True)
        raise MachineError(
            f"{page.name}: {Path(browser).name} did not print it; open the report in a browser "
            "and print it from there, or run again without --pdf"
        )
