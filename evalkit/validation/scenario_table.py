"""The tables of the scenarios, in a page of the documentation.

`python -m evalkit.validation.scenario_table docs/scenarios.md` runs them all and writes them.
"""

import sys
from collections.abc import Iterator, Sequence
from math import isnan
from pathlib import Path

from evalkit.data.simulation.scenarios import SCENARIOS, scenario_of
from evalkit.errors import ParamsError
from evalkit.plan import Outcome
from evalkit.reporting.files import write_text
from evalkit.validation.scenarios import OUTCOMES, Run, run

PLAN = Path("params/study.yaml")
STATUSES = {
    "warning": "warning", "weak": "weak check", "clear": "clear", "untestable": "cannot be tested",
    "pending": "not yet",
}  # fmt: skip
# The outcome that each scenario is most about, and the threats that it is.
ABOUT: dict[str, tuple[str, tuple[str, ...]]] = {
    "S0": ("K1", ()), "S1": ("K1", ()), "S2": ("U1", ("T6",)), "S3": ("K1", ("T9",)),
    "S4": ("R1", ("T3",)), "S5": ("U2", ("T14",)), "S6": ("R1", ("T8",)), "S7": ("U1", ("T11",)),
    "S8": ("K1", ("T13",)), "S9": ("R1", ("T22",)), "S10": ("K1", ("T4", "T5")),
    "S11": ("R1", ("T1",)), "S12": ("R1", ("T12",)),
}  # fmt: skip
MARK = "<!-- Below this line: written by `make scenarios`. -->"
COLUMNS = ("truth", "afterwards", "fixed effects", "evalkit", "certainty")


def tables(runs: Sequence[Run]) -> str:
    """Return in Markdown what each scenario is most about, every outcome, and every warning."""
    lines = ["## What was measured", "", *_summary(runs), "", "## Every outcome", ""]
    lines += [*_outcomes(runs), "", "## Every warning", "", *_warnings(runs), ""]
    return "\n".join(lines)


def _summary(runs: Sequence[Run]) -> Iterator[str]:
    yield from _head("scenario", "outcome", *COLUMNS, "flag")
    for made in runs:
        outcome, threats = ABOUT[made.scenario]
        flag = ", ".join(f"{key}: {_status(made, key)}" for key in threats) or "–"
        name = f"{made.scenario} {scenario_of(made.scenario).label}"
        yield _line(name, outcome, *_cells(made, outcome), flag)


def _outcomes(runs: Sequence[Run]) -> Iterator[str]:
    yield from _head("scenario", "outcome", *COLUMNS)
    for made in runs:
        for outcome in OUTCOMES:
            yield _line(made.scenario, outcome, *_cells(made, outcome))


def _warnings(runs: Sequence[Run]) -> Iterator[str]:
    yield from _head("scenario", "warnings")
    for made in runs:
        yield _line(made.scenario, ", ".join(made.warned) or "none")


def _status(made: Run, threat: str) -> str:
    return STATUSES[made.statuses[threat]] if threat in made.statuses else "no data can tell"


def _cells(made: Run, outcome_id: str) -> tuple[str, ...]:
    row = made.of(outcome_id)
    outcome, truth = row.outcome, row.truth
    told = _number(truth.att, outcome)
    if _number(truth.effect, outcome) != told:
        told = f"{told}; {_number(truth.effect, outcome)}"
    naive = [
        _interval((one.estimate, one.low, one.high), truth.att, outcome)
        for one in (row.after, row.fixed_effects)
    ]
    found = row.effect.headline
    own = (
        _interval((found.estimate, found.conf_low, found.conf_high), truth.effect, outcome)
        if row.effect.status == "estimated"
        else f"no estimate: {row.effect.reason}"
    )
    return told, *naive, own, row.certainty


def _interval(values: tuple[float, float, float], truth: float, outcome: Outcome) -> str:
    estimate, low, high = (_number(value, outcome) for value in values)
    misses = "" if values[1] <= truth <= values[2] else " *(misses)*"
    return f"{estimate} ({low} to {high}){misses}"


def _number(value: float, outcome: Outcome) -> str:
    if isnan(value):
        return "–"
    text = f"{100 * value:.0f}" if outcome.kind == "share" else f"{value:.2f}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def _head(*names: str) -> tuple[str, str]:
    return _line(*names), _line(*["---"] * len(names))


def _line(*fields: str) -> str:
    return f"| {' | '.join(fields)} |"


def main(path: Path) -> None:
    """Run every scenario by the plan in the working folder; write the tables below the mark.

    Raises ParamsError when the page has no mark.
    """
    above, mark, _ = path.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise ParamsError(f"{path.name}: has no line '{MARK}' to write the tables below")
    measured = tables([run(PLAN, scenario.id) for scenario in SCENARIOS])
    write_text(f"{above}{mark}\n\n{measured}", path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
