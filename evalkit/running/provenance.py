"""What a report was made from: enough to make it again, and to see that nothing has changed."""

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from evalkit.errors import NotebookError, ParamsError
from evalkit.params import PLAN
from evalkit.plan import Period, Study
from evalkit.reporting.links import chapter_id

PACKAGE = Path(__file__).parent.parent
# Those that numbers, drawings and pages pass through.
LIBRARIES = (
    "babel", "bleach", "duckdb", "evalkit", "ibis-framework", "ipython", "jinja2", "latex2mathml",
    "linearmodels", "matplotlib", "minify-html", "nbconvert", "numpy", "pandas", "papermill",
    "pyarrow", "scipy", "seaborn",
)  # fmt: skip
# What a manifest says beside the files that a report was made from.
KEYS = ("study", "simulated", "seed", "audience", "rule", "period", "libraries", "python")


def chapters_of(study: Study) -> tuple[Path, ...]:
    """Return the plan's chapters, `notebooks/<name>.ipynb`, in order; all of them must exist."""
    chapters = tuple(study.root / "notebooks" / f"{name}.ipynb" for name in study.chapters)
    missing = [chapter.name for chapter in chapters if not chapter.is_file()]
    if missing:
        raise NotebookError(
            f"notebooks/: {len(missing)} of the plan's {len(chapters)} chapters are missing "
            f"({', '.join(missing)}); restore them, or change 'chapters' in study.yaml"
        )
    numbers = Counter(chapter_id(name) for name in study.chapters)
    if alike := [name for name in study.chapters if numbers[chapter_id(name)] > 1]:
        raise NotebookError(
            f"study.yaml: chapters: {len(alike)} begin with a number that another has "
            f"({', '.join(alike)}); the page's links need one number each, so rename the file"
        )
    return chapters


def inputs(study: Study, chapters: Sequence[Path]) -> dict[str, dict[str, str]]:
    """Return the SHA-256 of every file that all periods share, by group and by path in it."""
    params = study.root / "params"
    return {
        "extracts": hashes(study.extracts_dir, _files(study.extracts_dir)),
        "contracts": hashes(study.contracts_dir, _files(study.contracts_dir)),
        "chapters": hashes(study.root, chapters),
        "titles": {path.stem: _title(path) for path in chapters},  # others lead to them
        "texts": hashes(study.root, [p for p in params.glob("*.yaml") if p.name != PLAN]),
        "code": _code(),
    }


def program() -> str:
    """Return a fingerprint of what makes equal inputs equal reports: code, libraries, Python."""
    return fingerprint(_code() | {n: _version(n) for n in LIBRARIES} | {"python": _python()})


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
        "python": _python(),
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
    return {path.relative_to(folder).as_posix(): sha256(path) for path in sorted(paths)}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _code() -> dict[str, str]:
    return hashes(PACKAGE, [path for path in _files(PACKAGE) if path.suffix != ".pyc"])


def _python() -> str:
    return ".".join(platform.python_version_tuple()[:2])


def _title(chapter: Path) -> str:
    """Return a chapter's first line; of one that is no notebook, nothing: it will not run."""
    try:
        first = json.loads(chapter.read_text(encoding="utf-8"))["cells"][0]["source"]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return "".join(first).partition("\n")[0]


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ParamsError(f"{folder.name}/: no such folder, though the study needs it")
    return [path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
