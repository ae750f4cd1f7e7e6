"""JupyterLab opens on copies of the chapters, set to the period."""

import json
import os
import socket
import subprocess
import time
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from chapters import write_chapter

from evalkit.params import load_periods, load_study
from evalkit.running import lab
from evalkit.running.provenance import chapters_of

SECONDS = 60


@pytest.fixture
def command(root):
    write_chapter(root, "01_first", "stub.answer('x')")
    study = load_study(root / "params" / "study.yaml")
    return lab.command(study, chapters_of(study), load_periods(study)[-1])


def test_the_copies_are_set_to_the_period_and_the_chapters_untouched(root, command):
    copy = nbformat.read(root / "outputs" / "lab" / "2022" / "01_first.ipynb", as_version=4)
    assert "period = '2022'" in copy.cells[1].source
    stored = nbformat.read(root / "notebooks" / "01_first.ipynb", as_version=4)
    assert "2022" not in stored.cells[1].source


def test_the_server_starts_and_shows_the_first_chapter(root, command, tmp_path):
    words, environment = command
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = ["--no-browser", f"--port={port}", "--IdentityProvider.token=known"]
    server = subprocess.Popen(
        [*words, *settings], cwd=tmp_path, env=os.environ | environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        found = wait_for(f"http://127.0.0.1:{port}/api/contents?token=known", server)
    finally:
        server.terminate()
        server.wait(timeout=SECONDS)
    assert [entry["name"] for entry in found["content"]] == ["01_first.ipynb"]


def wait_for(address: str, server: subprocess.Popen) -> dict:
    for _ in range(SECONDS * 5):
        assert server.poll() is None, "the server stopped"
        try:
            with urlopen(address) as answer:
                return json.load(answer)
        except URLError:
            time.sleep(0.2)
    raise AssertionError("the server did not answer")
