"""evalkit: what an area pilot did for children, told so that a steering group can decide.

Notebooks say `import evalkit as ek` and use the names of `evalkit.vocabulary`, which is imported
when the first of them is asked for: a command that runs no chapter need not wait for it.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import evalkit.lean_imports  # noqa: F401 - before whatever imports jsonschema

VOCABULARY = "evalkit.vocabulary"


def __getattr__(name: str) -> Any:
    # `from evalkit import plan` asks here first, before it looks for a module.
    if not name.startswith("_") and find_spec(f"evalkit.{name}") is None:
        vocabulary = import_module(VOCABULARY)
        if name in vocabulary.__all__:
            return getattr(vocabulary, name)
    raise AttributeError(f"module 'evalkit' has no attribute '{name}'")


def __dir__() -> list[str]:
    return list(import_module(VOCABULARY).__all__)
