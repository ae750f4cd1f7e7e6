"""What a check found, for a terminal and for machines."""

import json
from typing import Any

from evalkit.data import violations
from evalkit.data.odcs import SEVERITIES
from evalkit.intake.findings import (
    ABSENT,
    ACCEPTED,
    REFUSED,
    UNREAD,
    WARNED,
    Fault,
    FileFound,
    Findings,
)

FORMAT = 1  # of the JSON; a key that is taken away or means something else raises it
_WORDS = {
    ACCEPTED: "accepted", WARNED: "accepted", REFUSED: "NOT accepted",
    ABSENT: "not delivered; optional", UNREAD: "not read",
}  # fmt: skip
_PAGE = "outputs/kvalitet.html"


def text(found: Findings) -> str:
    """Return the files, the faults (what stops first) and, last, what to do next."""
    rows = {file.file: file.rows for file in found.files if file.rows is not None}
    told = [fault.violation for fault in found.faults]
    to_do = {fault.violation: fault.advice.action for fault in found.faults}
    lines = [violations.headline(rows, told), *_table(found)]
    if told:
        lines.append("")
    lines += violations.listed(told, rows, found.not_run, to_do.__getitem__)
    return "\n".join([*lines, "", f"Next: {following(found)}"])


def following(found: Findings) -> str:
    """Return what to do next."""
    stopping = {fault.violation.rule for fault in found.faults if fault.violation.stops}
    if stopping == {"missing-file"}:
        return (
            "put the files that are missing into the extracts' folder, and check again; "
            f"nothing stops the others so far; {_PAGE} says in Swedish what each file is, for "
            "whoever makes them"
        )
    if not found.holds:
        return (
            "correct the extracts where they are made, and check again; "
            f"{_PAGE} says all this in Swedish, for whoever makes them"
        )
    if found.misfit:
        return "the extracts hold, but the plan in params/ does not fit them; see the message below"
    if found.faults:
        return (
            f"look at the warnings ({_PAGE} has them in Swedish); they do not stop "
            "`evalkit run --all`, and the reports tell them"
        )
    if found.simulated:
        return (
            "`evalkit run --all` makes the reports, which say that the data are simulated; if "
            "these are real, write `simulated: false` in params/study.yaml first"
        )
    return "`evalkit run --all` makes the reports"


def as_json(found: Findings) -> str:
    """Return the findings with stable keys (docs/check.md); no value of the data is in them."""
    content = {
        "format": FORMAT,
        "exit_code": found.exit_code,
        "accepted": found.holds,
        "misfit": str(found.misfit) if found.misfit else None,
        "counts": {name: found.counts[name] for name in SEVERITIES},
        "files": [_file(file) for file in found.files],
        "faults": [_fault(fault) for fault in found.faults],
        "rules_not_run": found.not_run,
        "next": following(found),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _table(found: Findings) -> list[str]:
    wide = max(len(file.file) for file in found.files)
    return [f"  {file.file:<{wide}}  {_rows(file):>12}  {_status(file)}" for file in found.files]


def _rows(file: FileFound) -> str:
    if file.rows is None:
        return "-"
    return f"{file.rows:,} rows" if file.rows else "no rows"


def _status(file: FileFound) -> str:
    told = [
        violations.times(name, times)
        for name in SEVERITIES
        if file.status != UNREAD and (times := file.times(name))
    ]
    return f"{_WORDS[file.status]}: {', '.join(told)}" if told else _WORDS[file.status]


def _file(file: FileFound) -> dict[str, Any]:
    return {
        "file": file.file,
        "title_sv": file.title,
        "rows": file.rows,
        "status": file.status,
        "fatal": file.times("fatal"),
        "error": file.times("error"),
        "warning": file.times("warning"),
    }


def _fault(fault: Fault) -> dict[str, Any]:
    violation, advice = fault.violation, fault.advice
    return {
        "severity": violation.severity,
        "file": violation.file,
        "column": violation.column,
        "position": violation.position or None,
        "rule": violation.rule,
        "count": violation.count,
        "first_rows": list(violation.first_rows),
        "message": violation.message,
        "to_do": advice.action,
        "fault_sv": advice.fault_sv,
        "to_do_sv": advice.action_sv,
    }
