"""Many studies side by side, through joblib: here, or on a Dask cluster that somebody has."""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from joblib import Parallel, delayed, parallel_config

from evalkit.errors import MachineError
from evalkit.running import provenance, rooms
from evalkit.running.ends import PeriodEnd, failed
from evalkit.running.rooms import Order


def run_studies(
    studies: Sequence[Path],
    *,
    workers: int | None = None,
    scheduler: str = "",
    again: bool = False,
) -> Iterator[tuple[PeriodEnd, ...]]:
    """Run all periods of every study and yield what became of each study, as it ends.

    Parameters
    ----------
    studies : the plans' files.
    workers : studies at a time here; as many as there are processors if None.
    scheduler : a Dask cluster's address, as tcp://127.0.0.1:8786, to run them there instead.
    again : make also what is unchanged.

    Raises
    ------
    MachineError : Dask is not installed, or the cluster does not answer or has no workers.
    """
    program = provenance.program()
    orders = [Order(study.resolve(), program, again) for study in studies]
    with _on_cluster(scheduler) if scheduler else _here(workers):
        # All at once: a cluster may grow. One at a time: studies take minutes, and end alone.
        run = Parallel(batch_size=1, pre_dispatch="all", return_as="generator_unordered")
        for ends in run(delayed(rooms.run_study)(order) for order in orders):
            yield tuple(_seen(end) for end in ends)


@contextmanager
def _here(workers: int | None) -> Iterator[None]:
    """Let joblib use threads: each only waits for the process that does the work."""
    try:
        with parallel_config(backend="threading", n_jobs=workers or os.cpu_count()):
            yield
    finally:
        rooms.close()


def _on_cluster(scheduler: str) -> AbstractContextManager[None]:
    try:
        from evalkit.running import cluster  # Dask is an extra
    except ImportError:
        raise MachineError(
            "--scheduler: Dask is not installed; pip install 'evalkit[cluster]'"
        ) from None
    return cluster.joined(scheduler)


def _seen(end: PeriodEnd) -> PeriodEnd:
    """Return an end as it is, or as failed when its report is not to be seen from here."""
    if end.report is None or end.report.is_file():
        return end
    return failed(end.study, MachineError(
        f"{end.report.parent.name}/{end.report.name}: made by a worker, but not found here; "
        "studies must lie on a disk that this machine shares with the workers"
    ), end.seconds)  # fmt: skip
