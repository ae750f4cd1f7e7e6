"""What of a published report would come out as it stands, so that nothing need be run again.

Only what a manifest says is believed, and only of files whose hashes it gives. Imports little: a
run that has nothing to do is to end at once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.plan import Period, Study
from evalkit.running import provenance

REPORT, PDF = "utvardering.html", "utvardering.pdf"
MANIFEST, INDEX, CHAPTERS = "manifest.json", "index.html", "chapters"
REGISTER = "register.json"  # as `reporting.register` has it
DICTIONARY = "datakatalog.html"
# Pages that stand beside the reports.
OTHERS = {
    DICTIONARY: "Vad betyder uppgifterna?",
    "metodvalidering.html": "Räknar verktyget rätt?",
    "planering.html": "Vad skulle en ny pilot kunna visa?",
}
# By chapter: changes of these concern the chapter itself only.
_OF_ONE_CHAPTER = "chapters"


@dataclass(frozen=True, slots=True)
class Standing:
    """A period's folder, and what its manifest says that it was made from."""

    folder: Path
    manifest: dict[str, Any]

    @classmethod
    def of(cls, outputs: Path, period: Period) -> "Standing":
        """Return what stands of a period; an unreadable manifest says nothing."""
        folder = outputs / period.period
        try:
            said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            said = {}
        return cls(folder, said if isinstance(said, dict) else {})

    def executed(self, chapter: str) -> Path:
        """Return where a chapter stands, executed."""
        return self.folder / CHAPTERS / f"{chapter}.ipynb"

    def unchanged(self, made_from: dict[str, Any]) -> frozenset[str]:
        """Return the chapters that would come out as they stand: equal inputs, and unharmed.

        One that something else stands in for is to be tried again.
        """
        if not self._shares(made_from):
            return frozenset()
        before = self.manifest["inputs"][_OF_ONE_CHAPTER]
        now = made_from["inputs"][_OF_ONE_CHAPTER]
        names = (Path(path).stem for path, digest in now.items() if before.get(path) == digest)
        made = (name for name in names if name not in self.manifest.get("missing", ()))
        return frozenset(name for name in made if self._is_whole(self.executed(name)))

    def has(self, file: str, made_from: dict[str, Any]) -> bool:
        """Tell whether a file that no chapter decides would come out as it stands, unharmed."""
        return self._shares(made_from) and self._is_whole(self.folder / file)

    def is_current(self, made_from: dict[str, Any], released: dict[str, str], *, pdf: bool) -> bool:
        """Tell whether the whole report would come out as it stands, and is in the register.

        `released` has each period's last release, as the register names it.
        """
        chapters = made_from["inputs"][_OF_ONE_CHAPTER]
        files = self.manifest.get("files", {})
        return (
            {Path(path).stem for path in chapters} == self.unchanged(made_from)
            and self.manifest["release"] == released.get(self.folder.name, "")
            and REPORT in files
            and all(self._is_whole(self.folder / name) for name in files)
            and (self.folder / PDF).is_file() == pdf
        )

    def _shares(self, made_from: dict[str, Any]) -> bool:
        return _shared(self.manifest) == _shared(made_from)

    def _is_whole(self, path: Path) -> bool:
        said = self.manifest.get("files", {}) | self.manifest.get("executed", {})
        name = path.relative_to(self.folder).as_posix()
        return path.is_file() and said.get(name) == provenance.sha256(path)


def all_current(study: Study, periods: Sequence[Period], *, pdf: bool) -> bool:
    """Tell whether every period's report, and the index, would come out as they stand."""
    outputs = study.root / "outputs"
    try:
        index = (outputs / INDEX).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    inputs = provenance.inputs(study, provenance.chapters_of(study))
    known = released(outputs)
    return (
        (outputs / DICTIONARY).is_file()
        and all((outputs / name).is_file() == (name in index) for name in OTHERS)
        and all(
            Standing.of(outputs, period).is_current(
                provenance.manifest(study, period, inputs), known, pdf=pdf
            )
            for period in periods
        )
    )


def released(outputs: Path) -> dict[str, str]:
    """Return each period's last release, as the register names it; nothing of one unreadable."""
    try:
        entries = json.loads((outputs / REGISTER).read_text(encoding="utf-8"))["releases"]
        return {str(entry["period"]): str(entry["fingerprint"]) for entry in entries}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def _shared(made_from: dict[str, Any]) -> dict[str, Any]:
    """Return what all chapters of a period are made from."""
    groups = made_from.get("inputs", {})
    rest = {key: made_from.get(key) for key in provenance.KEYS}
    return rest | {name: files for name, files in groups.items() if name != _OF_ONE_CHAPTER}
