"""Reading YAML so that nothing is guessed: the only importer of PyYAML.

Plain YAML turns `NO` into False, `1.10` into 1.1 and an unquoted date into an object, and lets
the last of two equal keys win. Here scalars that look like dates stay text, `yes/no/on/off` stay
text, and duplicate keys, tags and aliases are refused.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from evalkit.errors import EvalkitError

MAX_BYTES = 1_000_000


# libyaml reads seven times as fast; where PyYAML was built without it, its own parser does.
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):
    """SafeLoader without duplicate keys, dates and the yes/no/on/off booleans."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key '{key}' stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


# Only these plain scalars are anything but text.
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
    ("null", r"null|~|", ["n", "~", ""]),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first)
    )


def read(path: Path, error: type[EvalkitError]) -> dict[str, Any]:
    """Return the mapping that a YAML file holds.

    Parameters
    ----------
    path : file to read, at most 1 MB, UTF-8.
    error : class raised when the file cannot be read as intended; the message names the file
        and line, never the content.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise error(f"{path.name}: larger than {MAX_BYTES:,} bytes; a parameter file is small")
        text = path.read_text(encoding="utf-8")
        _refuse_aliases(text)
        content = yaml.load(text, Loader=_Loader)
    except FileNotFoundError:
        raise error(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise error(f"{path.name}: not UTF-8 text; save it as UTF-8") from None
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else "?"
        raise error(f"{path.name}: line {line}: {problem.problem}") from None
    except (yaml.YAMLError, ValueError):
        raise error(f"{path.name}: not readable as YAML") from None
    if not isinstance(content, dict):
        raise error(f"{path.name}: expected 'key: value' pairs at the top level")
    return content


def _refuse_aliases(text: str) -> None:
    """Refuse what stands for another part of the file: a few lines of it can mean gigabytes."""
    for event in yaml.parse(text, Loader=_Safe):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases are refused", event.start_mark)
