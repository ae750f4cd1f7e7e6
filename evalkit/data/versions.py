"""Versions of the contracts: what has been promised does not change behind a version's back.

`versions.lock`, beside the contracts, holds each contract's version and what it promises, without
comments and descriptions. A contract that promises something else than what is locked is refused
until its version says so and the new promise has been locked. Whoever delivers reads the number:
a new major version can refuse files that were right, a minor one never does.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import Any

from evalkit.data.odcs import Column, Contract
from evalkit.errors import ContractError

LOCK = "versions.lock"
MAJOR, MINOR, PATCH = "major", "minor", "patch"
_TEXTS = {"source", "version", "title", "labels", "columns", "rules", "swedish"}
_ABSENT: Any = object()
# What a stricter value of each is; all else that changes is a major matter.
_LISTS = ("codes", "synonyms", "encodings", "ignored", "symbols")
_SEVERITY = {"warning": 0, "error": 1, "fatal": 1}

Promises = dict[str, dict[str, Any]]


def promises(contract: Contract) -> Promises:
    """Return what a contract promises, by the place it promises it of: "" is the whole file.

    Texts for people are left out, and what is as if it had not been said.
    """
    found: Promises = {"": _said(contract)}
    for column in contract.columns:
        said = _said(column)
        said["rules"] = {rule.id: [rule.severity, _short(rule.query)] for rule in column.rules}
        found[column.name] = said
    return json.loads(json.dumps(found))


def changes(old: Promises, new: Promises) -> list[tuple[str, str]]:
    """Return what differs between two promises, each with the step of version that it needs.

    A change after which a file that was right can be refused needs a major step, any other a
    minor one.
    """
    found = []
    for place in sorted(old.keys() | new.keys()):
        if place not in old or place not in new:
            found.append((MAJOR, f"column '{place}' {'is new' if place in new else 'is gone'}"))
            continue
        before, after = old[place], new[place]
        for key in sorted(before.keys() | after.keys()):
            values = before.get(key, _ABSENT), after.get(key, _ABSENT)
            if values[0] != values[1]:
                what = f"column '{place}': {key}" if place else key
                found += [(step, f"{what} {how}") for step, how in _judged(key, *values)]
        found += _header(place, before, after)
    return found


def faults(folder: Path, contracts: Sequence[Contract]) -> list[str]:
    """Return where the contracts in `folder` are not what is locked; empty without a lock."""
    if not (folder / LOCK).is_file():
        return []
    locked = _read(folder / LOCK)
    found = [message for contract in contracts for message in _fault(contract, locked)]
    known = {contract.source for contract in contracts}
    return found + [
        f"{LOCK}: {source} is locked but not there; restore it, or lock without it with "
        "`evalkit contracts --lock`"
        for source in sorted(locked.keys() - known)
    ]


def lock(folder: Path, contracts: Sequence[Contract]) -> list[str]:
    """Write what the contracts promise into the lock; return one line for each that changed.

    Raises ContractError, and locks nothing, when a version has not risen as the changes demand.
    """
    locked = _read(folder / LOCK) if (folder / LOCK).is_file() else {}
    told, refused = [], []
    for contract in contracts:
        before = locked.get(contract.source)
        if before is None:
            told.append(f"{contract.source}: {contract.version} (new)")
        elif message := _too_small_a_step(contract, before):
            refused.append(message)
        elif contract.version != before["version"]:
            told.append(f"{contract.source}: {before['version']} -> {contract.version}")
    if refused:
        raise ContractError("\n".join(refused))
    entries = {
        contract.source: {"version": contract.version, "promises": promises(contract)}
        for contract in contracts
    }
    (folder / LOCK).write_text(_text(entries), encoding="utf-8")
    return told


def _said(record: Contract | Column) -> dict[str, Any]:
    """Return what a record says, less its texts and what is as it would be if left out."""
    default = {
        field.name: field.default for field in fields(record) if field.default is not MISSING
    }
    return {
        name: value
        for name, value in asdict(record).items()
        if name not in _TEXTS and value not in (None, (), default.get(name, _ABSENT))
    }


def _judged(key: str, old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """Yield the steps that a changed value needs, and how it changed."""
    if key == "rules":
        yield from _rules(old, new)
    elif key in _LISTS and _ABSENT not in (old, new):
        if gone := [value for value in old if value not in new]:
            yield MAJOR, f"has {len(gone)} fewer"
        if more := [value for value in new if value not in old]:
            yield MINOR, f"has {len(more)} more"
    elif key in ("minimum", "maximum") and _ABSENT not in (old, new):
        narrower = new > old if key == "minimum" else new < old
        yield (MAJOR, "is narrower") if narrower else (MINOR, "is wider")
    elif key in ("required", "may_be_empty", "optional"):
        stricter = (new is True) == (key == "required")
        yield (MAJOR, "is stricter") if stricter else (MINOR, "is looser")
    elif key == "header":
        return  # see _header: the old one may live on as a synonym
    elif key == "classification" or new is _ABSENT or (key in _LISTS and key != "codes"):
        yield MINOR, "is gone" if new is _ABSENT else "is another"
    else:
        yield MAJOR, "is new" if old is _ABSENT else "is another"


def _rules(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield how rules changed; one that only warns refuses nothing, so that it is a minor step."""
    for rule in sorted(old.keys() | new.keys()):
        if rule not in new:
            yield MINOR, f"have no '{rule}' any more"
        elif rule not in old or old[rule][1] != new[rule][1]:
            how = "have a new" if rule not in old else "have another"
            yield (MAJOR if _SEVERITY[new[rule][0]] else MINOR), f"{how} '{rule}'"
        elif old[rule][0] != new[rule][0]:
            stricter = _SEVERITY[new[rule][0]] > _SEVERITY[old[rule][0]]
            yield (MAJOR if stricter else MINOR), f"have another severity of '{rule}'"


def _header(place: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if old.get("header") != new.get("header"):
        kept = old["header"] in new.get("synonyms", [])
        yield (MINOR if kept else MAJOR), f"column '{place}': header is another"


def _fault(contract: Contract, locked: dict[str, Any]) -> Iterator[str]:
    before = locked.get(contract.source)
    if before is None:
        yield f"{contract.source}: not in {LOCK}; record it with `evalkit contracts --lock`"
    elif message := _too_small_a_step(contract, before):
        yield message
    elif contract.version != before["version"]:
        yield (
            f"{contract.source}: version: {contract.version}, but {before['version']} is locked; "
            "record the new one with `evalkit contracts --lock`"
        )


def _too_small_a_step(contract: Contract, before: dict[str, Any]) -> str:
    """Return what is wrong with the version, given what it was and what changed; or nothing."""
    found = changes(before["promises"], promises(contract))
    old, new = _numbers(before["version"]), _numbers(contract.version)
    if new < old:
        return f"{contract.source}: version: below {before['version']}, which is locked"
    steps = {step for step, _ in found}
    needed = MAJOR if MAJOR in steps else MINOR if steps else PATCH
    if needed == PATCH or new >= _next(old, needed):
        return ""
    why = "; ".join(how for step, how in found if step == needed)
    following = ".".join(str(number) for number in _next(old, needed))
    return (
        f"{contract.source}: version: what it promises has changed ({why}), which needs a "
        f"{needed} step: set version {following} and record it with `evalkit contracts --lock`"
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _next(version: tuple[int, ...], step: str) -> tuple[int, ...]:
    return (version[0] + 1, 0, 0) if step == MAJOR else (version[0], version[1] + 1, 0)


def _short(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


def _text(entries: dict[str, Any]) -> str:
    """Return the lock as JSON with one line a place, so that a change is seen as one line."""
    blocks = []
    for source, entry in sorted(entries.items()):
        lines = ",\n".join(
            f"  {json.dumps(place)}: {json.dumps(said, sort_keys=True, ensure_ascii=False)}"
            for place, said in sorted(entry["promises"].items())
        )
        head = f'{json.dumps(source)}: {{"version": "{entry["version"]}", "promises": '
        blocks.append(f"{head}{{\n{lines}\n}}}}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _read(path: Path) -> dict[str, Any]:
    try:
        locked = json.loads(path.read_text(encoding="utf-8"))
        for entry in locked.values():
            _numbers(entry["version"])
            changes(entry["promises"], entry["promises"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ContractError(
            f"{path.name}: damaged; restore it, or remove it and run `evalkit contracts --lock`"
        ) from None
    return locked
