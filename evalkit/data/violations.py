"""What a check finds: a broken rule with its place and rows, and all of them as a report."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from evalkit.data.odcs import SEVERITIES

FIRST_ROWS = 5  # told of each violation


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that one file breaks: in `count` rows, the first of them in `first_rows`.

    Rows are numbered as a spreadsheet does: the header is row 1. `column` is the header in the
    file, blank when the whole file is meant; `count` is 0 then. `position` is where a column
    stands that no contract knows, whose header is not told.
    """

    file: str
    column: str
    rule: str
    severity: str
    count: int
    first_rows: tuple[int, ...]
    message: str
    position: int = 0

    @property
    def stops(self) -> bool:
        return self.severity != "warning"

    def text(self, rows: int | None = None) -> str:
        """Return the violation as one line; `rows` is how many the file has."""
        place = f"{self.file}: column '{self.column}'" if self.column else self.file
        if not self.count:
            return f"{place}: {self.message} [{self.rule}]"
        many = f"{self.count:,} of {rows:,} rows" if rows else f"{self.count:,} row(s)"
        listed = ", ".join(str(row) for row in self.first_rows)
        more = ", ..." if self.count > len(self.first_rows) else ""
        return f"{place}: {many}: {self.message} (row {listed}{more}) [{self.rule}]"


@dataclass(frozen=True, slots=True)
class ContractReport:
    """What the check of all extracts found.

    `rows` counts data rows by file, for the files that could be read; `not_run` names the rules
    that could not be carried out because a file they need could not be read.
    """

    violations: tuple[Violation, ...]
    rows: Mapping[str, int]
    not_run: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """True when nothing but warnings was found."""
        return not any(violation.stops for violation in self.violations)

    @property
    def warnings(self) -> tuple[Violation, ...]:
        return tuple(violation for violation in self.violations if not violation.stops)

    def text(self) -> str:
        """Return the report for a terminal."""
        lines = [headline(self.rows, self.violations)]
        lines += listed(self.violations, self.rows, len(self.not_run))
        if not self.ok:
            lines.append(
                "Correct the extracts where they are made; `evalkit check` says what to do about "
                "each fault"
            )
        return "\n".join(lines)


def headline(rows: Mapping[str, int], violations: Collection[Violation]) -> str:
    """Return how many files and rows were read, and how many rules of each severity are broken."""
    counts = Counter(violation.severity for violation in violations)
    told = ", ".join(times(severity, counts[severity]) for severity in SEVERITIES)
    return f"{len(rows)} extracts, {sum(rows.values()):,} rows: {told}"


def times(severity: str, count: int) -> str:
    """Return `2 errors`, `1 warning`, `0 fatal`."""
    return f"{count} {severity}{'s' * (count != 1 and severity != 'fatal')}"


def listed(
    violations: Iterable[Violation],
    rows: Mapping[str, int],
    not_run: int,
    to_do: Callable[[Violation], str] | None = None,
) -> list[str]:
    """Return a line for each violation, what stops first, and one for the rules not carried out.

    `rows` are those of each file that was read; `to_do` says what to do about a violation, on a
    line of its own.
    """
    lines = []
    for violation in sorted(violations, key=lambda found: SEVERITIES.index(found.severity)):
        line = violation.text(rows.get(violation.file))
        lines.append(f"{violation.severity.upper():<7}  {line}")
        if to_do:
            lines.append(f"{'':<7}  To do: {to_do(violation)}.")
    if not_run:
        lines.append(
            f"NOT RUN  {not_run} rule(s) need a file that could not be read, or has no rows"
        )
    return lines
