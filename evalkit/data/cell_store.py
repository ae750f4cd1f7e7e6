"""Cells kept on disk, under a name that is a fingerprint of all that they depend on."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from evalkit.data.cells import Cells
from evalkit.data.registers import AGGREGATED, INTERVIEWS, REGISTERS
from evalkit.disk import private_folder
from evalkit.plan import Period, Study

STAGING = ".staging-"
OWN = ("frame", "quality", "warnings", "dominated", *AGGREGATED)


def fingerprint(study: Study, periods: Sequence[Period]) -> str:
    """Return a fingerprint of everything that the cells depend on, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    plan = [study.model_dump(mode="json"), *(period.model_dump(mode="json") for period in periods)]
    digest.update(json.dumps(plan, sort_keys=True, ensure_ascii=False).encode())
    code = Path(__file__).parent.glob("*.py")
    contracts = study.contracts_dir.rglob("*.yaml")
    for path in sorted([*code, *contracts, *study.extracts_dir.glob("*")]):
        digest.update(path.name.encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def write(cells: Cells, folder: Path) -> None:
    """Write cells for their owner only, the whole folder in one step.

    Called by one process at a time: what lies half written is of one that was killed.
    """
    private_folder(folder.parent).chmod(0o700)
    for left in folder.parent.glob(f"{STAGING}*"):
        shutil.rmtree(left)
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder.parent))
    try:
        held = {name: getattr(cells, name) for name in OWN} | cells.registers
        for name, frame in held.items():
            path = staging / f"{name}.parquet"
            path.touch(mode=0o600)
            frame.to_parquet(path, index=False)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def read(folder: Path) -> Cells:
    """Return the cells that `write` put into a folder."""
    own, registers = (
        {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}
        for names in (OWN, (*REGISTERS, *INTERVIEWS))
    )
    return Cells(fingerprint=folder.name, registers=registers, **own)
