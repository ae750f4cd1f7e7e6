"""joblib on a Dask cluster that the user has: the only importer of Dask."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from distributed import Client
from joblib import parallel_config
from joblib._dask import DaskDistributedBackend

from evalkit.errors import MachineError
from evalkit.running.ends import failed

_ANSWERS_WITHIN = 30  # seconds


@contextmanager
def joined(scheduler: str) -> Iterator[None]:
    """Let joblib hand out its work on the cluster at this address.

    Raises
    ------
    MachineError : the cluster does not answer, or has no workers.
    """
    try:
        client = Client(scheduler, timeout=_ANSWERS_WITHIN, set_as_default=False)
    except (OSError, ValueError):
        raise MachineError(
            f"--scheduler: no Dask scheduler answers at {scheduler}; see that it is running, and "
            "that client and cluster have the same versions of Dask"
        ) from None
    with client:
        if not client.ncores():
            raise MachineError(f"--scheduler: the cluster at {scheduler} has no workers; start one")
        with parallel_config(backend=_Backend(client=client)):
            yield


class _Backend(DaskDistributedBackend):
    """joblib's own, but that a study which the cluster gives up is told of as failed.

    Dask gives a study up whose workers die again and again, or cannot import evalkit; joblib
    (1.6) would wait for it for ever.
    """

    def effective_n_jobs(self, n_jobs: int) -> int:
        return max(super().effective_n_jobs(n_jobs), 2)  # of one, joblib would make work done here

    def submit(self, func: Any, callback: Any = None) -> Any:
        task = super().submit(func, callback)
        ((_, (order, *_), _),) = func.items  # batches of one

        def give_up(ended: Any) -> None:
            if problem := ended.exception():
                told = MachineError(
                    f"{order.study.parent.parent.name}: given up by the cluster "
                    f"({type(problem).__name__}); its workers' logs say why: they died of it again "
                    "and again, or have no evalkit"
                )
                callback([(failed(order.study, told),)])

        task.add_done_callback(give_up)
        return task
