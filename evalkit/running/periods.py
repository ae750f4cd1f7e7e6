"""A study's periods as calls that can be handed to other processes: names in, what became of them.

The periods of one study are linked: each report is held against those that stand published, and
what the first has told the second may not complete. So a study's periods go one after the other,
in time order and in one process, while studies go side by side.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from evalkit.disk import claimed
from evalkit.errors import EvalkitError, ParamsError, did_you_mean
from evalkit.params import load_periods, load_study
from evalkit.plan import Period
from evalkit.running import batch, standing, studies
from evalkit.running.ends import PeriodEnd, failed

# A worker that died may leave processes that have yet to end, and with them the study's lock.
PATIENCE = 120.0  # seconds


def run_period(study: Path, period: str, *, again: bool = False) -> PeriodEnd:
    """Run one period of the study whose plan is in a file, one chapter at a time.

    What would come out as it stands is not made again, unless `again`. Another process at work on
    the study is waited for. What evalkit foresees is not raised, but told in what is returned.
    Chapters are forks, so whoever calls must be alone in its process (`running/jobs.py`);
    `running/rooms.py` has a process for whoever is not.
    """
    return run_periods(study, (period,), again=again)[0]


def run_periods(
    study: Path, names: Sequence[str] = (), *, again: bool = False
) -> tuple[PeriodEnd, ...]:
    """Run these periods of a study, or all of them, in time order; as `run_period` each."""
    begun = time.perf_counter()
    try:
        periods, events = _run(study, names, again)
    except (EvalkitError, OSError) as problem:
        return (failed(study, problem, time.perf_counter() - begun),)
    seconds = time.perf_counter() - begun
    # Another period's manifest may turn out to be unreadable.
    others = {event.period for event in events if event.kind == "failed"}.difference(periods)
    return tuple(_end(study, name, events, seconds) for name in (*periods, *sorted(others)))


def _run(file: Path, names: Sequence[str], again: bool) -> tuple[list[str], list[batch.Event]]:
    """Run a study; return the names of the periods that it was run for, and what happened."""
    study = load_study(file)
    periods = load_periods(study)
    chosen = _chosen(periods, names)
    events: list[batch.Event] = []
    with claimed(study.root / "outputs", patience=PATIENCE):
        if again or not standing.all_current(study, chosen, pdf=False):
            studies.run(study, periods, chosen, workers=1, again=again, on_event=events.append)
    return [period.period for period in chosen], events


def _chosen(periods: Sequence[Period], names: Sequence[str]) -> list[Period]:
    known = [period.period for period in periods]
    for name in names:
        if name not in known:
            raise ParamsError(f"params/: no period '{name}'{did_you_mean(name, known)}")
    return [period for period in periods if not names or period.period in names]


def _end(study: Path, name: str, events: Sequence[batch.Event], seconds: float) -> PeriodEnd:
    own = [event for event in events if event.period == name]
    messages = tuple(event.message for event in own if event.message)
    if codes := [event.exit_code for event in own if event.kind == "failed"]:
        return PeriodEnd(study, "failed", name, None, messages, codes[0], seconds)
    made = any(event.kind == "published" for event in own)
    report = study.resolve().parent.parent / "outputs" / name / standing.REPORT
    return PeriodEnd(
        study, "published" if made else "unchanged", name, report, messages, 0, seconds
    )
