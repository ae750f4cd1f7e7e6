"""One check of a folder of extracts by one program, told as a line of JSON.

    python tests/bench/checkers.py evalkit|frictionless|datacontract FOLDER

Run by `checking`, in an interpreter that has the program. The import is timed apart.
"""

import json
import resource
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def by_evalkit(folder: Path):
    from evalkit.data import aggregation, contracts  # noqa: F401 - what the command imports

    def check() -> int:
        loaded = contracts.load(folder / "contracts")
        return len(contracts.check(folder / "extracts", loaded).violations)

    return check


def by_frictionless(folder: Path):
    from frictionless import Package

    def check() -> int:
        package = Package(str(folder / "datapackage.json"))
        report = package.validate()
        for task in report.tasks:
            for error in task.errors:
                sys.stderr.write(f"{task.name}: {error.type}\n")
        return report.stats["errors"]

    return check


def by_datacontract(folder: Path):
    from datacontract.data_contract import DataContract

    def check() -> int:
        return sum(
            outcome.result is None or outcome.result.name != "passed"
            for path in sorted((folder / "plain").glob("*.yaml"))
            for outcome in DataContract(str(path), server="local").test().checks
        )

    return check


CHECKERS = {
    "evalkit": (by_evalkit, "evalkit"),
    "frictionless": (by_frictionless, "frictionless"),
    "datacontract": (by_datacontract, "datacontract-cli"),
}
STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """Return the most memory that this program has held at once.

    Of the system's two figures the one that begins anew with the program: `ru_maxrss` goes on from
    the process that started it, whose peak would be told as this one's. Only where there is no
    /proc is it taken.
    """
    if not STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = STATUS.read_text(encoding="utf-8").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024


def _version(package: str) -> str:
    """Return the package's version, none where it runs from its sources."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def main(program: str, folder: Path) -> None:
    begun = time.perf_counter()
    checker, package = CHECKERS[program]
    check = checker(folder)
    imported, spent = time.perf_counter(), time.process_time()
    faults = check()
    told = {
        "import": imported - begun,
        "wall": time.perf_counter() - imported,
        "cpu": time.process_time() - spent,
        "peak_mb": peak_mb(),
        "faults": faults,
        "version": _version(package),
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
