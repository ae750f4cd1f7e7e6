"""Faults in the form of a contract: what the JSON schema of the standard finds, each told once.

The schema tells a misspelt key two or three times, as a key too many and as one that is missing;
here it is one fault with the name that may be meant.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema_rs import Draft201909Validator, ValidationError

from evalkit.errors import did_you_mean

TOO_MANY = ("additionalProperties", "unevaluatedProperties")
_NAME = re.compile(r"'([^']*)'")
_NEAR = re.compile(r"\.?\w*")

Raw = dict[str, Any]
Faults = Iterator[tuple[str, str]]


def form(raw: Raw) -> Faults:
    """Yield place and fault for all that is not as the standard has it."""
    if numbers := list(_keys_of_no_text(raw)):
        yield from numbers
        return
    errors = [(_place(fault), fault) for fault in _validator().iter_errors(raw)]
    unknown = {
        (path, name)
        for path, fault in errors
        if _keyword(fault) in TOO_MANY
        for name in _NAME.findall(fault.message.partition("(")[2])
        if name not in _keys()
    }
    for path, name in sorted(unknown):
        yield f"{path}.{name}".lstrip("."), f"unknown key{did_you_mean(name, sorted(_keys()))}"
    misspelt = {path for path, _ in unknown}
    told = {path for path, fault in errors if _keyword(fault) not in TOO_MANY}
    for path, fault in errors:
        keyword = _keyword(fault)
        if _follows(path, misspelt) or (keyword in TOO_MANY and path in told):
            continue
        if keyword == "oneOf" and "quality" in path:
            yield path, "a rule needs exactly one operator, such as 'mustBe: 0'"
        else:
            yield path, fault.message if len(fault.message) < 200 else f"breaks '{keyword}'"
    if len(raw.get("schema") or []) != 1:
        if "" not in misspelt:
            yield "schema", "a contract describes exactly one table"
    elif not raw["schema"][0].get("properties") and "schema[0]" not in misspelt:
        yield "schema[0].properties", "a table needs at least one column"


def _keys_of_no_text(part: Any, place: tuple[str | int, ...] = ()) -> Faults:
    """Yield each key that YAML reads as a number, a truth value or nothing."""
    inside = part.items() if isinstance(part, dict) else enumerate(part)
    for key, value in inside:
        if isinstance(part, dict) and not isinstance(key, str):
            yield _path(place), "a key is no text; write it in quotes"
        elif isinstance(value, dict | list):
            yield from _keys_of_no_text(value, (*place, key))


def _place(fault: ValidationError) -> str:
    return _path(fault.instance_path)


def _path(steps: Iterable[str | int]) -> str:
    """Return a place as `schema[0].properties[2].name`."""
    told = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return "".join(told).lstrip(".")


def _keyword(fault: ValidationError) -> str:
    """Return the word of the schema that is broken."""
    return str(fault.schema_path[-1])


def _follows(path: str, misspelt: set[str]) -> bool:
    """Tell whether a fault stands where a key is misspelt: that may be all that is wrong."""
    for place in misspelt:
        rest = path.removeprefix(place) if path.startswith(place) else None
        if rest is not None and ("properties[" in place or _NEAR.fullmatch(rest)):
            return True
    return False


@cache
def _schema() -> Raw:
    schema = files("open_data_contract_standard") / "schema.json"
    return json.loads(schema.read_text(encoding="utf-8"))


@cache
def _validator() -> Draft201909Validator:
    return Draft201909Validator(_schema())


@cache
def _keys() -> frozenset[str]:
    """Return every key that the standard knows, wherever it may stand."""

    def inside(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            properties = part.get("properties")
            if isinstance(properties, dict):
                yield from properties
            for value in part.values():
                yield from inside(value)
        elif isinstance(part, list):
            for value in part:
                yield from inside(value)

    return frozenset(inside(_schema()))
