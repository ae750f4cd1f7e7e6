"""What a check finds: a broken rule with its place and rows, and all of them as a report."""

from collections.abc import Mapping
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
        """Return the report for a terminal: what is fatal first, then errors, then warnings."""
        ordered = sorted(self.violations, key=lambda found: SEVERITIES.index(found.severity))
        stops = [violation for violation in ordered if violation.stops]
        total = sum(self.rows.values())
        lines = [
            f"{len(self.rows)} extracts, {total:,} rows: "
            f"{len(stops)} error(s), {len(self.warnings)} warning(s)"
        ]
        for violation in ordered:
            line = violation.text(self.rows.get(violation.file))
            lines.append(f"{violation.severity.upper():<7}  {line}")
        if self.not_run:
            lines.append(
                f"NOT RUN  {len(self.not_run)} rule(s) need a file that could not be read, or has "
                "no rows"
            )
        if stops:
            lines.append("Correct the extracts where they are made, and check again.")
        return "\n".join(lines)
