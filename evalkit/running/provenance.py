"""What a report was made from: enough to make it again, and to see that nothing has changed."""

import hashlib
import json
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from evalkit.errors import ParamsError
from evalkit.params import TEXTS
from evalkit.plan import Period, Study

PACKAGE = Path(__file__).parent.parent
# Those that numbers, drawings and pages pass through.
LIBRARIES = (
    "duckdb", "evalkit", "ibis-framework", "linearmodels", "matplotlib", "nbconvert", "numpy",
    "pandas", "papermill", "scipy", "seaborn",
)  # fmt: skip


def inputs(study: Study, chapters: Sequence[Path]) -> dict[str, dict[str, str]]:
    """Return the SHA-256 of every file that all periods share, by group and by path in it."""
    code = [path for path in _files(PACKAGE) if path.suffix != ".pyc"]
    texts = [study.root / "params" / name for name in TEXTS]
    return {
        "extracts": hashes(study.extracts_dir, _files(study.extracts_dir)),
        "contracts": hashes(study.contracts_dir, _files(study.contracts_dir)),
        "chapters": hashes(study.root, chapters),
        "texts": hashes(study.root, [path for path in texts if path.exists()]),
        "code": hashes(PACKAGE, code),
    }


def manifest(study: Study, period: Period, shared: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Return what one period's report depends on: no clock, no host, no path of a machine.

    `shared` is what `inputs` returned before the run; `fingerprints` has one a group of files.
    """
    made_from = shared | {"plan": hashes(study.root, [study.root / period.study])}
    return {
        "study": study.id,
        "simulated": study.simulated,
        "seed": study.seed,
        "audience": study.disclosure.audience,
        "rule": study.disclosure.rule.model_dump(),
        "period": period.model_dump(mode="json"),
        "inputs": made_from,
        "fingerprints": {group: fingerprint(files) for group, files in made_from.items()},
        "libraries": {name: _version(name) for name in LIBRARIES},
        "python": ".".join(platform.python_version_tuple()[:2]),
    }


def footer(made_from: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the manifest's main points as Swedish label and value, for the report's foot."""
    prints = made_from["fingerprints"]
    return (
        ("Version", _version_for(made_from)),
        ("Uppgifter registrerade till och med", made_from["period"]["cutoff"]),
        ("Data", prints["extracts"]),
        ("Analysplan", prints["plan"]),
        ("Datakontrakt", prints["contracts"]),
        ("Kod", f"evalkit {made_from['libraries']['evalkit']}, {prints['code']}"),
        ("Slumpfrö", str(made_from["seed"])),
    )


def _version_for(made_from: dict[str, Any]) -> str:
    """Return whom the report is for, and what it keeps back for that."""
    readers = {"internal": "för styrgruppen", "public": "för vem som helst"}
    rule = made_from["rule"]
    kept = (
        f"uppgifter om färre än {rule['threshold']} är skyddade, liksom de som mest gäller en "
        "familjs eller en handläggares barn"
    )
    rounded = f", antal avrundade till närmaste {rule['rounding']}-tal"
    return f"{readers[made_from['audience']]}; {kept}{rounded if rule['rounding'] > 1 else ''}"


def as_json(made_from: dict[str, Any]) -> str:
    """Return a manifest as text: sorted, so that equal manifests are equal files."""
    return json.dumps(made_from, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def fingerprint(hashes: dict[str, str]) -> str:
    """Return twelve hexadecimal digits that stand for a whole group of files."""
    return hashlib.sha256(as_json(hashes).encode()).hexdigest()[:12]


def hashes(folder: Path, paths: Iterable[Path]) -> dict[str, str]:
    """Return the SHA-256 of each file, by its path in the folder."""
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in sorted(paths)}


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ParamsError(f"{folder.name}/: no such folder, though the study needs it")
    return [path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
