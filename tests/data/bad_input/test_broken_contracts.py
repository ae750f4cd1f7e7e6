"""Faulty contracts stop before a file with data is opened, by whatever language would read it."""

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from broken import BROKEN, CHILD, EIGHTEEN, contract_folder

IN_ACCESS, IN_OPEN = 0x1, 0x20  # inotify(7); a folder that is listed is opened too

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs inotify")


@contextmanager
def watched(folder: Path) -> Iterator[Callable[[], bool]]:
    """Watch a folder; what is given tells whether it, or a file in it, has been opened."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(handle, os.fsencode(folder), IN_ACCESS | IN_OPEN) > 0

    def opened() -> bool:
        try:
            return bool(os.read(handle, 4096))
        except BlockingIOError:
            return False

    try:
        yield opened
    finally:
        os.close(handle)


def test_the_watch_sees_a_check_that_reads(study, evalkit_check):
    with watched(study.folder) as opened:
        study.write()
        opened()  # by the writing
        study.write = lambda: None
        assert not opened()
        assert evalkit_check()[0] == 0
        assert opened()


@pytest.mark.parametrize("fault", EIGHTEEN)
def test_none_of_the_eighteen_faults_lets_a_file_with_data_be_opened(study, evalkit_check, fault):
    old, new, place = BROKEN[fault]
    shutil.rmtree(study.root / "data_contracts")
    (study.root / "data_contracts").mkdir()
    contract_folder(study.root / "data_contracts", CHILD.replace(old, new, 1))
    study.write()
    for name in ("parent", "child"):
        (study.folder / f"{name}.csv").write_bytes(b"\0")
    study.write = lambda: None
    with watched(study.folder) as opened:
        code, told = evalkit_check()
        assert not opened()
    assert code == 3
    assert f"child.odcs.yaml: {place}" in told
    assert "Traceback" not in told
    assert study.report is None
