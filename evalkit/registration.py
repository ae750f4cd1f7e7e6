"""The analysis plan as it was registered, and every change since: params/registration.yaml.

A plan that may change unseen decides nothing. Each entry holds a fingerprint of every part of the
plan that decides a number, so that a later change is seen, named and asked a reason for.
"""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from evalkit import strict_yaml
from evalkit.errors import ParamsError
from evalkit.params import load_periods, validate
from evalkit.plan import Study
from evalkit.records import Record, Text

FILE = "registration.yaml"
# What decides a number; titles, labels and remarks may be mended without a word.
PARTS = (
    "areas", "timeline", "scope", "definitions", "inference", "sensitivity", "disclosure",
    "outcomes", "periods",
)  # fmt: skip
_WORDING = {"label", "question"}  # of an outcome or a period
_HEAD = """\
# Written by `evalkit register`: when the analysis plan was fixed, and every change since.
# The digits stand for the parts of study.yaml that decide a number. Entries are only added.
entries:
"""


class Entry(Record):
    """One registration: the day, what was decided or changed, why, and each part's fingerprint."""

    date: date
    what: Text
    why: Text
    parts: dict[str, Annotated[str, Field(pattern=r"^x[0-9a-f]{12}$")]]


class Registration(Record):
    """All entries, the first being the plan as decided, and the later ones logged changes."""

    entries: tuple[Entry, ...]

    def unlogged(self, study: Study) -> tuple[str, ...]:
        """Return the parts of the plan that have changed since the last entry."""
        if not self.entries:
            return ()
        now, then = fingerprints(study), self.entries[-1].parts
        return tuple(part for part in PARTS if now[part] != then.get(part))

    def changed(self, place: int) -> tuple[str, ...]:
        """Return the parts that the entry at `place` changed from the one before it."""
        before, after = self.entries[place - 1].parts, self.entries[place].parts
        return tuple(part for part in PARTS if before.get(part) != after.get(part))


def load(study: Study) -> Registration:
    """Return the study's registration; without entries when the plan was never registered."""
    path = _path(study)
    if not path.exists():
        return Registration(entries=())
    return validate(Registration, strict_yaml.read(path, ParamsError), path.name)


def register(study: Study, day: date, what: str, why: str) -> Entry:
    """Add an entry for the plan as it stands, and return it.

    Raises
    ------
    ParamsError : nothing has changed since the last entry, or the day is before it.
    """
    known = load(study)
    if known.entries and not known.unlogged(study):
        raise ParamsError(f"{FILE}: nothing that decides a number has changed since the last entry")
    if known.entries and day < known.entries[-1].date:
        raise ParamsError(f"{FILE}: the day is before that of the last entry")
    entry = Entry(date=day, what=what, why=why, parts=fingerprints(study))
    path = _path(study)
    so_far = path.read_text(encoding="utf-8") if path.exists() else _HEAD
    staging = path.with_suffix(".staging")
    staging.write_text(so_far + _as_yaml(entry), encoding="utf-8")
    staging.replace(path)
    return entry


def fingerprints(study: Study) -> dict[str, str]:
    """Return twelve hexadecimal digits, after an x, for each part of the plan that decides."""
    plan = study.model_dump(mode="json", include=set(PARTS))
    plan["periods"] = [period.model_dump(mode="json") for period in load_periods(study)]
    for part in ("outcomes", "periods"):
        plan[part] = [
            {key: value for key, value in record.items() if key not in _WORDING}
            for record in plan[part]
        ]
    return {part: _digits(plan[part]) for part in PARTS}


def _digits(part: object) -> str:
    """Return a fingerprint that no YAML reader takes for a number: hence the x."""
    text = json.dumps(part, sort_keys=True, ensure_ascii=False)
    return "x" + hashlib.sha256(text.encode()).hexdigest()[:12]


def _path(study: Study) -> Path:
    return study.root / "params" / FILE


def _as_yaml(entry: Entry) -> str:
    """Return an entry as YAML; JSON strings are YAML strings, whatever they hold."""
    lines = [f'  - date: "{entry.date.isoformat()}"']
    lines += [f"    {key}: {json.dumps(text, ensure_ascii=False)}"
              for key, text in (("what", entry.what), ("why", entry.why))]  # fmt: skip
    lines += ["    parts:", *(f"      {part}: {digits}" for part, digits in entry.parts.items())]
    return "\n".join(lines) + "\n"
