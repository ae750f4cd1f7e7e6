"""A study of one's own, and changes in the rows of its extracts."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

from evalkit.params import load_study
from evalkit.plan import Study

Rows = list[dict[str, str]]


def copied(study: Path, folder: Path) -> Study:
    """Copy a study below a folder and return its plan."""
    shutil.copytree(study, folder / "study")
    return load_study(folder / "study/params/study.yaml")


def edit(study: Study, name: str, change: Callable[[Rows], object]) -> None:
    """Let `change` work on the rows of one extract in place."""
    path = study.extracts_dir / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    header = list(rows[0])
    change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
