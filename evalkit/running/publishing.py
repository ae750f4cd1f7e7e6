"""A finished period's way to its readers: completed, attacked, put in place, told in the index."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evalkit.chapters.results import ESTIMATES
from evalkit.disk import put, settle
from evalkit.errors import MachineError
from evalkit.params import load_periods
from evalkit.plan import Period, Study
from evalkit.reporting.files import write_text
from evalkit.reporting.index import Answer, PeriodEntry, index_page
from evalkit.reporting.over_time import Shown
from evalkit.reporting.pages import Cover
from evalkit.running import notebooks, provenance
from evalkit.running.standing import (
    CHAPTERS,
    INDEX,
    MANIFEST,
    OTHERS,
    PDF,
    REGISTER,
    REPORT,
)

STAGING = ".staging-"
# What evalkit puts in a period's folder; whatever else lies there is left there.
OWN = (REPORT, PDF, ESTIMATES, MANIFEST, CHAPTERS)
# What the index leads to, when it is there.
FILES = {PDF: "Som PDF", ESTIMATES: "Siffrorna (CSV)"}
PHASES = {"wash_in": "Inkörningsperiod", "post": "Efter inkörningen"}


@dataclass(frozen=True, slots=True)
class Admitted:
    """What the gate says of a report that may be published: the register's name for it."""

    release: str = ""
    remark: str = ""


# Writes a period's result files into a folder and returns the period's answers for the index.
Results = Callable[[Study, Period, Path], tuple[Answer, ...]]
# Attacks what a period's folder is about to publish; DisclosureError keeps it from it.
Gate = Callable[[Study, Period, Path], Admitted]
# Prints a finished page, the first path, as a PDF at the second.
Printer = Callable[[Path, Path], None]


@dataclass(frozen=True, slots=True)
class Publisher:
    """What is done with every period whose chapters have run."""

    results: Results = lambda study, period, folder: ()
    gate: Gate = lambda study, period, folder: Admitted()
    printer: Printer | None = None


def publish(
    study: Study,
    period: Period,
    staged: Path,
    made_from: dict[str, Any],
    answers: Sequence[Answer],
    publisher: Publisher,
    missing: Mapping[str, str],
) -> str:
    """Complete a period in the staging folder, move it into place, and tell of it in the index.

    `answers` are those of the result files that are there; `missing` has the heading of each
    chapter that something else stands in for, by its name. Returns what is to be known of the
    report. Raises EvalkitError and OSError; the report that stood then stands.
    """
    cover = Cover(
        study.title,
        study.organisation,
        period.label,
        study.simulated,
        provenance.footer(made_from),
        tuple(missing[name] for name in study.chapters if name in missing),
    )
    executed = [staged / CHAPTERS / chapter.name for chapter in provenance.chapters_of(study)]
    notebooks.export(executed, cover, staged / REPORT)
    if publisher.printer:
        publisher.printer(staged / REPORT, staged / PDF)
    admitted = publisher.gate(study, period, staged)
    _write_manifest(made_from | {"missing": sorted(missing)}, answers, admitted.release, staged)
    outputs = study.root / "outputs"
    _put(staged, outputs / period.period)
    write_index(study, load_periods(study), outputs)
    return admitted.remark


def clear_up(outputs: Path) -> None:
    """Take away what a killed run was writing; the published files are as they were."""
    for left in outputs.glob(f"{STAGING}*"):
        settle(left, outputs, OWN)
    for name in (INDEX, REGISTER):
        for half in outputs.glob(f".{name}.*"):
            half.unlink()


def _write_manifest(
    made_from: dict[str, Any], answers: Sequence[Answer], release: str, staged: Path
) -> None:
    """Write what a report was made from, what it answers, and the hash of each file beside it.

    Not of the PDF: the browser that prints it writes the clock into it.
    """
    files = [path for path in staged.iterdir() if path.is_file() and path.name != PDF]
    found = {
        "answers": [asdict(answer) for answer in answers],
        "release": release,
        "files": provenance.hashes(staged, files),
        "executed": provenance.hashes(staged, (staged / CHAPTERS).iterdir()),
    }
    write_text(provenance.as_json(made_from | found), staged / MANIFEST)


def _put(staged: Path, target: Path) -> None:
    """Let a finished period stand in place of the one before: all its files, or none."""
    staged.chmod(0o700)
    for name in OWN:
        place = target / name
        if place.exists() and place.is_dir() != (name == CHAPTERS):
            raise MachineError(
                f"outputs/{target.name}/{name}: a file and a folder stand in each other's place; "
                "move what is there, then run again. The last complete report stands."
            )
    put(staged, target, OWN)


def write_index(study: Study, planned: Sequence[Period], outputs: Path) -> None:
    """Write the index page of what stands published, as the periods' own manifests tell it."""
    rows = [row for period in planned if (row := _entry(period, outputs / period.period))]
    others = tuple((label, name) for name, label in OTHERS.items() if (outputs / name).is_file())
    page = index_page(study.title, study.organisation, study.simulated, tuple(rows), others)
    write_text(page, outputs / INDEX)


def unreadable(planned: Sequence[Period], outputs: Path) -> list[Period]:
    """Return the published periods that the index has to leave out."""
    return [
        period
        for period in planned
        if (outputs / period.period / MANIFEST).exists()
        and _entry(period, outputs / period.period) is None
    ]


def _entry(period: Period, folder: Path) -> PeriodEntry | None:
    """Return a period's entry in the index; None when its manifest is missing or unreadable."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    answers = answers_of(manifest)
    if answers is None:
        return None
    return PeriodEntry(
        period.label,
        f"{period.period}/{REPORT}",
        PHASES[period.phase],
        answers,
        tuple(
            (label, f"{period.period}/{name}")
            for name, label in FILES.items()
            if (folder / name).is_file()
        ),
        settled=period.phase != "wash_in",
    )


def answers_of(manifest: dict[str, Any]) -> tuple[Answer, ...] | None:
    """Return the answers that a manifest has; None if they cannot be read."""
    try:
        return tuple(_answer(**answer) for answer in manifest["answers"])
    except (KeyError, TypeError):
        return None


def _answer(*, shown: dict[str, Any] | None = None, **words: str) -> Answer:
    return Answer(**words, shown=Shown(**shown) if shown else None)
