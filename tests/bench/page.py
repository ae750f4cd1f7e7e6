"""The page of the benches: docs/benchmarks.md, its pictures, and the figures they are made of.

    python -m tests.bench.page [--found FOLDER] [--to FOLDER]

Reads every list of records in FOLDER (outputs/bench), or a benchmarks.json that an earlier page
was made of, and writes benchmarks.md, benchmarks.json and benchmarks/*.svg. Nothing on the page is
typed in by hand; the same figures give the same bytes.
"""

import argparse
import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tests.bench.measuring import Record
from tests.bench.sections import PICTURES, SECTIONS

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "duckdb", "pandas", "numpy", "pyfixest", "linearmodels", "statsmodels", "wildboottest",
    "papermill", "nbconvert", "pyspark",
)  # fmt: skip
OPENING = """# Benchmarks

Made by `make bench`; not to be edited. Seconds differ between machines and between hours: compare
the ratios, which are of runs taken by turns. CPU seconds count every thread and every process
started. What the figures mean is in [speed.md](speed.md)."""


def machine() -> dict[str, Any]:
    """Return what the figures depend on, and nothing that names the machine."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "python": platform.python_version(),
        "packages": {name: told for name in PACKAGES if (told := _version(name))},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def gathered(folder: Path) -> dict[str, Any]:
    """Return the records of every file in a folder, with the machine that they are of."""
    files = [file for file in sorted(folder.glob("*.json")) if file.stem in SECTIONS]
    records = [record for file in files for record in json.loads(file.read_text("utf-8"))]
    return {"machine": machine(), "records": records}


def page(found: dict[str, Any], folder: Path) -> str:
    """Return the page as markdown, its pictures drawn below `folder`."""
    parts = [OPENING, _told(found["machine"])]
    for name, (title, tell) in SECTIONS.items():
        records = [record for record in found["records"] if record["bench"] == name]
        measured = [record for record in records if "absent" not in record]
        if measured:
            command = f"`python -m tests.bench.{name}`"
            parts += [
                f"## {title}: {command}",
                tell(measured, folder / PICTURES),
                *_left_out(records),
            ]
    return "\n\n".join(parts) + "\n"


def _told(about: dict[str, Any]) -> str:
    packages = ", ".join(f"{name} {number}" for name, number in about["packages"].items())
    return (
        f"{about['cores']} cores ({about['processor']}, {about['system']}), Python "
        f"{about['python']}, {packages}."
    )


def _left_out(records: Sequence[Record]) -> list[str]:
    missing = [f"{one['case']} ({one['absent']})" for one in records if "absent" in one]
    return [f"Left out: {', '.join(missing)}."] if missing else []


def main() -> None:
    parser = argparse.ArgumentParser(description="write the page of the benches")
    parser.add_argument("--found", type=Path, default=ROOT / "outputs" / "bench")
    parser.add_argument("--to", type=Path, default=ROOT / "docs")
    given = parser.parse_args()
    earlier = given.found.suffix == ".json"
    found = json.loads(given.found.read_text("utf-8")) if earlier else gathered(given.found)
    text = page(found, given.to)
    (given.to / "benchmarks.md").write_text(text, encoding="utf-8")
    whole = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    (given.to / "benchmarks.json").write_text(whole, encoding="utf-8")


if __name__ == "__main__":
    main()
