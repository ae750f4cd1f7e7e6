"""A small study that can be spoilt in one place, and held against its contracts by the command."""

import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from evalkit import cli
from evalkit.data import aggregation, contracts
from evalkit.data.violations import ContractReport

ROOT = Path(__file__).parents[3]
AREAS = (
    "Hässelby gård", "Hässelby strand", "Hässelby villastad", "Kälvesta", "Nälsta", "Råcksta",
    "Vinsta",
)  # fmt: skip


@dataclass
class Study:
    """The rows of every extract, open to change; `raw` and `change` come after they are written."""

    root: Path
    world: object
    raw: dict[str, bytes | None] = field(default_factory=dict)
    change: list[Callable[[Path], None]] = field(default_factory=list)
    report: ContractReport | None = None

    @property
    def rows(self):
        return self.world.rows

    @property
    def folder(self) -> Path:
        return self.world.folder

    def text(self, name: str) -> str:
        return self.world.text(name)

    def write(self) -> None:
        self.world.write()
        for file, raw in self.raw.items():
            (self.folder / file).unlink(missing_ok=True)
            if raw is not None:
                (self.folder / file).write_bytes(raw)
        for change in self.change:
            change(self.folder)


@pytest.fixture(scope="session")
def load_once():
    """Read the contracts once: most faults are in the data."""
    return cache(contracts.load)


@pytest.fixture
def study(tmp_path, world, monkeypatch, load_once) -> Study:
    root = tmp_path / "studie"
    for name in ("params", "data_contracts"):
        shutil.copytree(ROOT / name, root / name)
    world.folder.rmdir()
    world.folder = root / "uttag"
    world.folder.mkdir()
    row = world.rows["omradeskarta"][1]
    world.rows["omradeskarta"] += [row | {"stadsdel": area} for area in AREAS]
    plan = root / "params" / "study.yaml"
    text = plan.read_text(encoding="utf-8")
    assert "extracts: outputs/demo/extracts" in text
    plan.write_text(text.replace("extracts: outputs/demo/extracts", "extracts: uttag"), "utf-8")
    shipped = ROOT / "data_contracts"
    load = contracts.load

    def files(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    unchanged = files(shipped)

    def load_unless_changed(folder: Path, system: str | None = None):
        if files(folder) != unchanged:
            return load(folder, system)
        found = load_once(shipped)
        return contracts.of_system(folder, system, found) if system else found

    monkeypatch.setattr(contracts, "load", load_unless_changed)
    return Study(root, world)


@pytest.fixture
def evalkit_check(study, monkeypatch, capfd):
    """Run `evalkit check` in this process; return its exit code and all that it printed."""
    check, opened = aggregation.check, Path.open

    def open_if_allowed(path, *arguments, **named):
        """Refuse root, whom no permission stops, what others would be refused."""
        if path.is_file() and not stat.S_IMODE(path.stat().st_mode):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, *arguments, **named)

    def recorded(*arguments):
        checked = check(*arguments)
        study.report = checked.report
        return checked

    def run() -> tuple[int, str]:
        study.write()
        monkeypatch.setattr(aggregation, "check", recorded)
        monkeypatch.setattr(Path, "open", open_if_allowed)
        monkeypatch.setattr(sys, "argv", ["evalkit", "check", f"{study.root}/params/study.yaml"])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        told = capfd.readouterr()
        return code, told.out + told.err

    return run
