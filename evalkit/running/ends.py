"""What becomes of studies that are run side by side: small records that pass between processes.

Imports little: whoever hands out work need not be able to do it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evalkit.errors import EvalkitError, MachineError


@dataclass(frozen=True, slots=True)
class PeriodEnd:
    """What became of a period of a study, or, when `period` is empty, of the study as a whole.

    `study` is the plan's file and `report` where the report stands. `messages` are why it failed,
    or what is to be known of the report. `seconds` are those of the run that it was part of.
    """

    study: Path
    kind: Literal["published", "unchanged", "failed"]
    period: str = ""
    report: Path | None = None
    messages: tuple[str, ...] = ()
    exit_code: int = 0
    seconds: float = 0.0


def failed(study: Path, problem: EvalkitError | OSError, seconds: float = 0.0) -> PeriodEnd:
    """Return what kept a study from being run."""
    error = MachineError.of(problem) if isinstance(problem, OSError) else problem
    return PeriodEnd(
        study, "failed", messages=(str(error),), exit_code=error.exit_code, seconds=seconds
    )
