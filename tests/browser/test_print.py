"""The PDF beside the report: tagged, outlined, with all that the page holds."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from specimens import write_report

from evalkit import cli
from evalkit.errors import MachineError
from evalkit.running import pdf


@pytest.mark.browser
def test_the_pdf_is_tagged_swedish_outlined_and_whole(chromium: str, tmp_path: Path) -> None:
    page = write_report(tmp_path)
    pdf.print_page(chromium, page, tmp_path / "utvardering.pdf")
    content = (tmp_path / "utvardering.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert re.search(rb"/MarkInfo <<[^>]*/Marked true", content)
    assert re.search(rb"/Lang \(sv\)", content)
    assert b"/Outlines" in content
    tags = [tag.decode() for tag in re.findall(rb"/S /(\w+)", content)]
    folded_and_open = page.read_text(encoding="utf-8").count("<table>")
    assert folded_and_open == 3
    assert tags.count("Table") == folded_and_open
    assert tags.count("Caption") >= 2
    assert {"Document", "H1", "H2", "P", "TR", "TH", "TD", "Figure", "Link"} <= set(tags)
    alternatives = [
        bytes.fromhex(text.decode()).decode("utf-16-be")
        for text in re.findall(rb"/Alt <FEFF([0-9A-F]+)>", content)
    ]
    assert alternatives == ["Linje från 4,1 till 2,9."]


def test_without_a_browser_nothing_is_run_and_the_message_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["evalkit", "run", "--all", "--pdf"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 7
    assert "install one" in capsys.readouterr().err


@pytest.mark.parametrize("code", ["exit 3", "exit 0", 'touch "$PDF"; exit 1'])
def test_a_browser_that_does_not_print_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    target = tmp_path / "utvardering.pdf"
    monkeypatch.setenv("PDF", str(target))
    browser = tmp_path / "chromium"
    browser.write_text(f"#!/bin/sh\n{code}\n")
    browser.chmod(0o755)
    with pytest.raises(MachineError, match=r"utvardering\.html: chromium did not print it"):
        pdf.print_page(str(browser), tmp_path / "utvardering.html", target)
    assert not target.exists()
