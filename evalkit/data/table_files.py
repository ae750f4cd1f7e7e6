"""Any delivered file in, its rows as batches of text out; what kind it is, its name says."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from evalkit.data import csv_files, limits, parquet_files, workbooks
from evalkit.data.odcs import Contract
from evalkit.data.refusals import refused
from evalkit.errors import did_you_mean

Reader = Callable[[Path, Contract], Iterator[pa.Table]]
READERS: dict[str, Reader] = {
    ".csv": csv_files.read_batches,
    ".xlsx": workbooks.read_batches,
    ".parquet": parquet_files.read_batches,
}


def read_batches(folder: Path, contract: Contract, strangers: set[str]) -> Iterator[pa.Table]:
    """Yield the rows of a contract's file in batches, the first without rows: `record_batches`.

    `strangers` are the files that no contract describes, one of which may be meant. Raises
    RefusedError.
    """
    path = _path(folder, contract, strangers)
    yield from READERS[path.suffix](path, contract)


def _path(folder: Path, contract: Contract, strangers: set[str]) -> Path:
    path = folder / contract.file
    if path.is_dir():
        raise refused(contract, "unreadable", "a folder stands where the file should be")
    if not path.is_file():
        near = did_you_mean(contract.file, sorted(strangers))
        raise refused(contract, "missing-file", f"no such file{near}")
    if path.resolve().parent != folder.resolve():
        raise refused(contract, "outside-folder", "a link that leads out of the folder")
    try:
        with path.open("rb"):
            size = path.stat().st_size
    except OSError:
        raise refused(contract, "unreadable", "cannot be opened; check its permissions") from None
    if size > limits.MAX_BYTES:
        message = f"larger than {limits.MAX_BYTES:,} bytes; deliver it in parts"
        raise refused(contract, "limits", message)
    if not size:
        raise refused(contract, "empty-file", "the file is empty; not even a header")
    return path
