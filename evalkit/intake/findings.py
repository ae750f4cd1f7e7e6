"""What a check found, file by file, with what to do about it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.data.advice import Advice, advise
from evalkit.data.aggregation import Checked
from evalkit.data.odcs import SEVERITIES
from evalkit.data.violations import Violation
from evalkit.errors import ContractError, EvalkitError

# Of a file: accepted, with or without warnings; refused; optional and absent; described by none.
ACCEPTED, WARNED, REFUSED, ABSENT, UNREAD = "accepted", "warned", "refused", "absent", "unread"


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken rule and what to do about it."""

    violation: Violation
    advice: Advice


@dataclass(frozen=True, slots=True)
class FileFound:
    """One file: its name, its contract's title, its rows if it could be read, and its faults."""

    file: str
    title: str
    rows: int | None
    status: str
    faults: tuple[Fault, ...]

    def times(self, *severities: str) -> int:
        """Return how many rules of these severities are broken."""
        return sum(fault.violation.severity in severities for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a check found; the files in the contracts' order, the others after them.

    `not_run` counts rules that need a file that could not be read; `misfit` is why extracts that
    hold do not fit the plan, which calls them `simulated` or not.
    """

    files: tuple[FileFound, ...]
    not_run: int
    misfit: EvalkitError | None
    simulated: bool = False

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault, what stops first."""
        every = [fault for file in self.files for fault in file.faults]
        return tuple(sorted(every, key=_rank))

    @property
    def read(self) -> tuple[FileFound, ...]:
        """The files that could be read."""
        return tuple(file for file in self.files if file.rows is not None)

    @property
    def holds(self) -> bool:
        """True when no contract is broken; warnings may have been found."""
        return all(file.status != REFUSED for file in self.files)

    @property
    def exit_code(self) -> int:
        if not self.holds:
            return ContractError.exit_code
        return self.misfit.exit_code if self.misfit else 0

    @property
    def counts(self) -> Counter[str]:
        """How many rules of each severity are broken."""
        return Counter(fault.violation.severity for fault in self.faults)


def findings(checked: Checked) -> Findings:
    """Return what a check found, in order."""
    faults: dict[str, list[Fault]] = {}
    for violation in checked.report.violations:
        fault = Fault(violation, advise(violation, checked.contracts))
        faults.setdefault(violation.file, []).append(fault)
    titles = {contract.file: contract.title for contract in checked.contracts}
    files = dict.fromkeys([*titles, *checked.report.rows, *faults])
    found = [
        _file(file, titles.get(file, ""), checked, sorted(faults.get(file, ()), key=_rank))
        for file in files
    ]
    return Findings(tuple(found), len(checked.report.not_run), checked.misfit)


def _file(file: str, title: str, checked: Checked, faults: Sequence[Fault]) -> FileFound:
    rows = checked.report.rows.get(file)
    if any(fault.violation.stops for fault in faults):
        status = REFUSED
    elif file in checked.missing:
        status = ABSENT
    elif not title:
        status = UNREAD
    else:
        status = WARNED if faults else ACCEPTED
    return FileFound(file, title, rows, status, tuple(faults))


def _rank(fault: Fault) -> int:
    return SEVERITIES.index(fault.violation.severity)
