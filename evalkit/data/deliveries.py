"""What a delivery says of itself: `leverans.yaml`, beside the files that it tells of.

It is optional. Where it stands, it is held to: the versions of the contracts that the files were
made to, and the number of rows and the SHA-256 of each, so that a file cut off between two rows,
or exchanged afterwards, is found.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import Field

from evalkit import strict_yaml
from evalkit.data.odcs import Contract
from evalkit.data.refusals import changed_while_read
from evalkit.data.violations import Violation
from evalkit.errors import ContractError, EvalkitError, did_you_mean
from evalkit.params import validate
from evalkit.records import Record

FILE = "leverans.yaml"
Version = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]


class FileFacts(Record):
    """What the one who made a file knows of it: its rows, the header not counted, and its bytes."""

    rows: Annotated[int, Field(ge=0)] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class Delivery(Record):
    """The versions that a delivery follows, by file name, and facts of its files."""

    contracts: Annotated[dict[str, Version], Field(default_factory=dict)]
    files: Annotated[dict[str, FileFacts], Field(default_factory=dict)]


def faults(folder: Path, contracts: Sequence[Contract], rows: Mapping[str, int]) -> list[Violation]:
    """Return where a delivery's files are not what it says of them; none if it says nothing.

    `rows` counts the data rows of the files that could be read.
    """
    if not (folder / FILE).exists():
        return []
    try:
        said = validate(Delivery, strict_yaml.read(folder / FILE, ContractError), FILE)
    except EvalkitError as problem:
        return [_fault("delivery-unreadable", str(problem).removeprefix(f"{FILE}: "))]
    by_file = {contract.file: contract for contract in contracts}
    found = []
    for name in sorted({*said.contracts, *said.files} - by_file.keys()):
        hint = did_you_mean(name, sorted(by_file))
        found.append(_fault("delivery-unknown-file", f"names a file without a contract{hint}"))
    for name in by_file.keys() & said.contracts.keys():
        found += _version(by_file[name], said.contracts[name])
    for name in rows.keys() & said.files.keys():
        found += _facts(folder / name, rows[name], said.files[name])
    if said.files:
        found += [
            _fault("delivery-not-listed", f"not among the files that {FILE} lists", name)
            for name in rows.keys() - said.files.keys()
        ]
    return sorted(found, key=lambda violation: (violation.file, violation.rule))


@contextmanager
def unchanged(folder: Path, contract: Contract) -> Iterator[None]:
    """Refuse a file that has grown or been replaced while it was read."""
    before = _stamp(folder / contract.file)
    yield
    if _stamp(folder / contract.file) != before:
        raise changed_while_read(contract)


def _version(contract: Contract, followed: str) -> Iterator[Violation]:
    """Tell a delivery made to a promise that is not the contract's, nor a stricter one."""
    mine, theirs = (
        [int(part) for part in text.split(".")] for text in (contract.version, followed)
    )
    if theirs[0] != mine[0] or theirs > mine:
        message = f"delivered to version {followed} of its contract, which is {contract.version}"
        yield _fault("contract-version", f"{message}; deliver to this one", contract.file)


def _facts(path: Path, rows: int, said: FileFacts) -> Iterator[Violation]:
    if said.rows not in (None, rows):
        message = f"{rows:,} rows, but {FILE} says {said.rows:,}; cut off, or listed wrongly"
        yield _fault("delivery-rows", message, path.name)
    if said.sha256 is not None and said.sha256 != _sha256(path):
        message = f"not the file that {FILE} lists: another SHA-256; deliver both anew"
        yield _fault("delivery-checksum", message, path.name)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (0, 0, 0)
    return (stat.st_size, stat.st_mtime_ns, stat.st_ino)


def _fault(rule: str, message: str, file: str = FILE) -> Violation:
    return Violation(file, "", rule, "fatal", 0, (), message)
