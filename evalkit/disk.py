"""What evalkit asks of the disk: private folders, one writer at a time, a folder put whole."""

import ctypes
import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from evalkit.errors import MachineError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK = ".lock"
REPLACED = ".replaced"
_LOOK = 0.1  # seconds between looks at a lock that another has
_AT_FDCWD = -100  # Linux, fcntl.h
_TRADE = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS: stdio.h of each


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it that are missing, for their owner only; return it."""
    for folder in (*reversed(path.parents), path):
        folder.mkdir(mode=0o700, exist_ok=True)
    return path


@contextmanager
def claimed(folder: Path, *, patience: float = 0.0) -> Iterator[None]:
    """Hold a folder for this process alone, and make what it writes meanwhile its owner's only.

    The operating system lets go of a lock when its process ends, however it ends.

    Raises
    ------
    MachineError : another process holds the folder, and still does after `patience` seconds.
    """
    handle = os.open(private_folder(folder) / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    umask = os.umask(0o077)
    try:
        _lock(handle, folder.name, time.monotonic() + patience)
        yield
    finally:
        os.umask(umask)
        os.close(handle)


def scratch_folder(prefix: str) -> Path:
    """Make a folder for this process among the system's temporary files, for its owner only.

    Whoever calls takes it away at the end; what killed processes left is taken away here.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if _is_left_behind(left):
            shutil.rmtree(left, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=f".{prefix}"))
    # Never closed: the system lets go of it when this process and its forks have ended.
    _locked(os.open(new / LOCK, os.O_RDWR | os.O_CREAT, 0o600))
    return new.rename(new.with_name(new.name[1:]))  # only now can others take it for left behind


def _is_left_behind(folder: Path) -> bool:
    """Tell whether nobody holds a scratch folder that we may look into."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        return _locked(handle)
    finally:
        os.close(handle)


def put(new: Path, target: Path, own: Collection[str]) -> None:
    """Put a finished folder where another stands; what is not of our `own` there is kept.

    In one step, so that a reader finds either, on Linux and macOS; elsewhere, and on disks that
    cannot, in two, between which `target` is missing. `settle` ends what a kill cut short.
    Raises OSError where `target` is no folder.
    """
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target))
    if not target.exists():
        new.rename(target)
        return
    old = new
    if not _trade(new, target):
        old = new.with_name(new.name + REPLACED)
        target.rename(old)
        try:
            new.rename(target)
        except OSError:
            old.rename(target)
            raise
    _keep_others(old, target, own)
    shutil.rmtree(old)


def settle(staging: Path, folder: Path, own: Collection[str]) -> None:
    """Take away what a killed process left in `staging`, when it was to be `put` in `folder`."""
    for left in staging.iterdir():
        target = folder / left.name.removesuffix(REPLACED)
        if left.name.endswith(REPLACED) and not target.exists():
            left.rename(target)
        elif target.is_dir():
            _keep_others(left, target, own)
    shutil.rmtree(staging)


def _keep_others(old: Path, target: Path, own: Collection[str]) -> None:
    """Move along what somebody has put there, but no half of a file of our own."""
    for other in old.iterdir():
        half = any(other.name.startswith(f".{name}.") for name in own)
        if not half and other.name not in own and not (target / other.name).exists():
            other.rename(target / other.name)


def _lock(handle: int, name: str, until: float) -> None:
    while not _locked(handle):
        if time.monotonic() >= until:
            raise MachineError(
                f"{name}/: another evalkit is writing here; wait until it has ended, then run again"
            )
        time.sleep(_LOOK)


def _locked(handle: int) -> bool:
    """Lock a file if no other process has it; tell whether it is ours."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _trade(one: Path, other: Path) -> bool:
    """Let two folders trade places in one step; tell whether the system could."""
    paths = os.fsencode(one), os.fsencode(other)
    if sys.platform == "linux":
        exchange = getattr(ctypes.CDLL(None), "renameat2", None)
        return exchange is not None and (
            exchange(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _TRADE) == 0
        )
    if sys.platform == "darwin":
        return ctypes.CDLL(None).renamex_np(*paths, _TRADE) == 0
    return False
