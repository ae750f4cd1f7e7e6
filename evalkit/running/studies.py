"""A study's run: cells counted, periods run on them, published when the gate admits them."""

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from evalkit.chapters import gate, opening, results
from evalkit.chapters.opening import Report
from evalkit.chapters.results import ESTIMATES
from evalkit.data import aggregation
from evalkit.data.cells import Cells
from evalkit.intake import dictionary
from evalkit.plan import Period, Study
from evalkit.reporting import register
from evalkit.reporting.index import Answer
from evalkit.running import batch
from evalkit.running.jobs import Job, Tell, alone
from evalkit.running.publishing import Admitted, Printer, Publisher
from evalkit.running.standing import REPORT


def run(
    study: Study,
    periods: Sequence[Period],
    chosen: Sequence[Period],
    *,
    workers: int | None = None,
    again: bool = False,
    printer: Printer | None = None,
    on_event: batch.Listener = lambda event: None,
    on_tick: Callable[[], None] = lambda: None,
) -> batch.BatchResult:
    """Count the cells, run the chosen periods' chapters on them, and publish what is admitted.

    See `batch.run` for the parameters. Raises ContractError when an extract does not keep its
    contract, and DisclosureError when the register of what is published cannot be read.
    """
    outputs = study.root / "outputs"
    register.load(outputs)  # nothing can be published without it
    # In a process of its own: the database's threads would be in the way of every later fork.
    alone(Job(study.extracts_dir.name, _count, (study, tuple(periods))))
    made = aggregation.load_or_make(study, periods)
    report = Report.of(study, tuple(periods), chosen[-1], made)
    opening.share(report)
    dictionary.write_page(study)

    def write(_: Study, period: Period, folder: Path) -> tuple[Answer, ...]:
        return results.write_results(report.at(period), folder)

    def admit(_: Study, period: Period, folder: Path) -> Admitted:
        return _admitted(report.at(period), made, folder)

    def prepare(_: Study, period: Period, chapters: Collection[str]) -> None:
        results.prepare(report.at(period), chapters)

    return batch.run(
        study, chosen, workers=workers or os.cpu_count(), again=again, on_event=on_event,
        on_tick=on_tick, prepare=prepare, publisher=Publisher(write, admit, printer),
    )  # fmt: skip


def _count(_: Tell, study: Study, periods: tuple[Period, ...]) -> None:
    aggregation.make_if_missing(study, periods)


def _admitted(report: Report, made: Cells, folder: Path) -> Admitted:
    aggregation.require_unchanged(made, report.study, report.evidence.periods)
    outputs = report.study.root / "outputs"
    admission = gate.admit(report, folder / REPORT, folder / ESTIMATES, outputs)
    return Admitted(admission.release, _remark(report, admission))


def _remark(report: Report, admission: gate.Admission) -> str:
    """Return what somebody could see who has kept a report that has been replaced since."""
    told = []
    if admission.revised:
        told.append(
            f"{admission.revised} counts differ by fewer than {report.rule.threshold} from those "
            "of a replaced report, so that a few children can be seen to come or go"
        )
    if admission.followed:
        told.append(f"{admission.followed} protected counts would follow")
    if not told:
        return ""
    return (
        f"{report.period.period}: for whoever has replaced reports too, {' and '.join(told)}. If a "
        "replaced report has been handed out, ask for it back before this one is."
    )
