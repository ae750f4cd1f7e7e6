"""The command line: parse, call, print. Exit codes are those of `evalkit.errors`."""

import logging
import os
import signal
import subprocess
import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from evalkit import registration
from evalkit.disk import claimed
from evalkit.errors import ContractError, EvalkitError, MachineError, ParamsError
from evalkit.params import load_period, load_periods, load_study
from evalkit.plan import Period, Study
from evalkit.running import pdf, provenance, standing
from evalkit.running.telling import Told, ToldOfStudies

if TYPE_CHECKING:
    from evalkit.running.batch import BatchResult
    from evalkit.running.publishing import Printer

# Every command imports what it needs when it is given: a run that has nothing to do, a mistake in
# the plan, and --help take no longer than they must.

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(stderr=False, highlight=False, soft_wrap=True)
progress = Console(stderr=True, highlight=False)
STUDY = Path("params/study.yaml")
# A chapter has one core: more threads in each only cost processor time.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# By the number of the signal; Windows has no SIGHUP.
STOPPED = {2: "Interrupted (Ctrl-C)", 15: "Terminated", 1: "The terminal went away"}

StudyFile = Annotated[Path, typer.Argument(help="The analysis plan.")]
PeriodFile = Annotated[Path | None, typer.Argument(help="A period, as params/2021.yaml.")]


@app.command()
def demo(
    study: StudyFile = STUDY,
    scenario: Annotated[
        str,
        typer.Option(help="S0: no effect; S1: a true one; S2-S12: that, and something deceives."),
    ] = "S1",
    scale: Annotated[float, typer.Option(help="Share of the full district's volumes.")] = 1.0,
) -> None:
    """Write simulated extracts, with a known true effect, where the plan looks for extracts."""
    from evalkit.data import simulate as simulation

    plan = load_study(study)
    if not plan.simulated:
        raise ParamsError(
            f"{study.name}: simulated: false, so `demo` writes nothing: it would stand where the "
            "real extracts belong"
        )
    with claimed(plan.root / "outputs"), console.status("Simulating a district"):
        simulation.write(simulation.simulate(plan, scenario, scale), plan.extracts_dir)
    console.print(f"Wrote scenario {scenario} to {plan.extracts}/")


@app.command()
def check(
    study: StudyFile = STUDY,
    for_machines: Annotated[
        bool, typer.Option("--json", help="The findings as JSON (docs/check.md).")
    ] = False,
) -> None:
    """Hold the extracts against their contracts; say what to correct, in Swedish in outputs/."""
    from evalkit.intake import check as intake
    from evalkit.intake import dictionary, summary

    plan = load_study(study)
    periods = load_periods(plan)
    with progress.status("Checking extracts") as status:
        found = intake.check(
            plan, periods, lambda file, rows: status.update(f"Reading {file}: {rows:,} rows")
        )
    dictionary.write_page(plan)
    typer.echo(summary.as_json(found) if for_machines else summary.text(found), nl=not for_machines)
    if found.misfit:
        raise found.misfit
    if not found.holds:
        raise typer.Exit(ContractError.exit_code)


@app.command(name="contracts")
def list_contracts(
    study: StudyFile = STUDY,
    lock: Annotated[bool, typer.Option("--lock", help="Record them in versions.lock.")] = False,
) -> None:
    """List the contracts and their versions, or record what they promise now."""
    from evalkit.data import contracts, versions

    folder = load_study(study).contracts_dir
    if lock:
        changed = versions.lock(folder, contracts.described(folder))
        console.print("\n".join(changed) or "Nothing changed", markup=False)
        return
    for contract in contracts.load(folder):
        console.print(f"{contract.version:9} {contract.file:24} {contract.title}", markup=False)


@app.command()
def template(
    folder: Annotated[Path, typer.Argument(help="Where the files are put; made if missing.")],
    as_xlsx: Annotated[bool, typer.Option("--xlsx", help="Workbooks with codes.")] = False,
    study: Annotated[Path, typer.Option(help="The analysis plan.")] = STUDY,
) -> None:
    """Write an empty file to fill in for each contract, and what every column means in Swedish."""
    from evalkit.intake import template as templates

    written = templates.write(load_study(study), folder, as_xlsx=as_xlsx)
    console.print(f"Wrote {len(written)} files to {folder}/", markup=False)
    if as_xlsx:
        name = templates.SOURCE
        console.print(
            f"Once filled in they are read with {name}.yaml in data_contracts/sources/ and "
            f"`source: {name}` in params/study.yaml"
        )


@app.command()
def run(
    period: PeriodFile = None,
    everything: Annotated[bool, typer.Option("--all", help="Every period of the study.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Chapters at a time.")] = None,
    as_pdf: Annotated[bool, typer.Option("--pdf", help="A PDF too; needs Chromium.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Run what is unchanged too.")] = False,
    for_machines: Annotated[
        bool, typer.Option("--json", help="What happens, one JSON object a line.")
    ] = False,
) -> None:
    """Run the chapters of one period, or of all, into HTML evaluations under outputs/."""
    if everything == (period is not None):
        raise ParamsError("name one period, as params/2021.yaml, or say --all")
    printer = partial(pdf.print_page, pdf.find_browser()) if as_pdf else None
    plan, periods, chosen = _plan(period)
    chapters = len(provenance.chapters_of(plan))
    told = Told(console, chapters, len(chosen), as_json=for_machines)
    _say_if_changed(plan, told)
    with claimed(plan.root / "outputs"):
        if not again and standing.all_current(plan, chosen, pdf=as_pdf):
            told.say(f"Unchanged: {', '.join(one.period for one in chosen)}")
            return
        outcome = _run(plan, periods, chosen, workers, printer, again, told)
    for path in outcome.published:
        told.say(f"Report: {path.relative_to(plan.root)}{' and .pdf' * as_pdf}")
    told.say("Index:  outputs/index.html")
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)


@app.command()
def runs(
    studies: Annotated[list[Path], typer.Argument(help="The studies' plans.")],
    workers: Annotated[int | None, typer.Option(min=1, help="Studies at a time.")] = None,
    scheduler: Annotated[
        str, typer.Option(help="A Dask cluster to run them on, as tcp://127.0.0.1:8786.")
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="Run what is unchanged too.")] = False,
    for_machines: Annotated[
        bool, typer.Option("--json", help="What becomes of each period, one JSON object a line.")
    ] = False,
) -> None:
    """Run every period of many studies side by side, here or on a Dask cluster."""
    from evalkit.running import side_by_side  # only this command needs it

    if scheduler and workers:
        raise ParamsError("--workers: on a cluster its own workers decide; leave it out")
    codes = []
    told = ToldOfStudies(console, len(studies), as_json=for_machines)
    with told.bar:
        for ends in side_by_side.run_studies(
            studies, workers=workers, scheduler=scheduler, again=again
        ):
            told.ended(ends)
            codes += [end.exit_code for end in ends if end.kind == "failed"]
    if codes:
        raise typer.Exit(codes[0])


@app.command()
def register(
    what: Annotated[str, typer.Option(help="What was decided, or what was changed.")],
    why: Annotated[str, typer.Option(help="The reason, for whoever reads the report.")],
    day: Annotated[str, typer.Option("--date", help="As 2026-01-31; today if not given.")] = "",
    study: StudyFile = STUDY,
) -> None:
    """Fix the analysis plan before the results are seen, or log a change of it."""
    plan = load_study(study)
    try:
        on = date.fromisoformat(day) if day else date.today()
    except ValueError:
        raise ParamsError("--date: not a day; write it as 2026-01-31") from None
    entry = registration.register(plan, on, what, why)
    console.print(f"Registered the plan on {entry.date} in params/{registration.FILE}")


@app.command()
def validate(
    draws: Annotated[int, typer.Option(min=200, help="Simulated districts of each kind.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulations.")] = 1,
    folder: Annotated[Path, typer.Option(help="Where the page is written.")] = Path("outputs"),
) -> None:
    """Compute published figures and error rates again, here and now, and write what was found."""
    from evalkit.validation.page import validate as run_validation  # only this command needs it

    with console.status("Computing published figures and error rates"):
        found = run_validation(folder, draws, seed)
    console.print(
        f"{found.held} figures found again, {found.failed} not, {found.not_run} not run (no data)"
    )
    console.print(f"Page: {found.path}")
    if not found.ok:
        raise typer.Exit(1)


@app.command()
def power(
    questions: Annotated[Path, typer.Argument(help="What is planned.")] = Path("params/power.yaml"),
) -> None:
    """Say what a pilot could show, before it starts: which areas, how many years, what effect."""
    from evalkit.planning.page import write_page  # only this command needs it

    with console.status("Computing what each design could show"):
        page = write_page(questions)
    console.print(f"Page: {page.parent.name}/{page.name}")


@app.command()
def lab(period: PeriodFile = None) -> None:
    """Open JupyterLab on copies of the chapters, set to a period (the latest if none is named)."""
    from evalkit.data import aggregation
    from evalkit.running import lab as jupyterlab

    plan, periods, chosen = _plan(period)
    aggregation.load_or_make(plan, periods)
    command, environment = jupyterlab.command(plan, provenance.chapters_of(plan), chosen[-1])
    signal.signal(signal.SIGINT, lambda *_: None)  # JupyterLab asks whether Ctrl-C was meant
    umask = -1 if os.name == "nt" else 0o077
    raise typer.Exit(subprocess.call(command, env=os.environ | environment, umask=umask))


def main() -> None:
    """Run a command; a foreseen failure is one message and its own exit code."""
    for number in STOPPED:
        if number in set(signal.Signals) and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        app()
    except EvalkitError as error:
        _end(f"{type(error).__name__}: {error}", error.exit_code)
    except OSError as problem:
        _end(f"MachineError: {MachineError.of(problem)}", MachineError.exit_code)
    except SystemExit as stop:
        if isinstance(stop.code, int) and stop.code - 128 in STOPPED:
            what = STOPPED[stop.code - 128]
            _end(f"{what}: nothing is half written; what was published stands.", stop.code)
        raise


def _stop(number: int, _: object) -> None:
    """Unwind on a signal, so that processes are stopped and temporary files taken away."""
    logging.disable()
    raise SystemExit(128 + number)


def _end(message: str, exit_code: int) -> NoReturn:
    Console(stderr=True, highlight=False, soft_wrap=True).print(message, style="red", markup=False)
    sys.exit(exit_code)


def _plan(period: Path | None) -> tuple[Study, tuple[Period, ...], tuple[Period, ...]]:
    """Return the plan, all its periods and the chosen ones (all, if none is named)."""
    study = load_study(STUDY if period is None else period.resolve().parent / "study.yaml")
    periods = load_periods(study)
    return study, periods, periods if period is None else (load_period(period, study),)


def _run(
    plan: Study,
    periods: tuple[Period, ...],
    chosen: tuple[Period, ...],
    workers: int | None,
    printer: "Printer | None",
    again: bool,
    told: Told,
) -> "BatchResult":
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")  # read when NumPy is imported
    import evalkit.vocabulary  # noqa: F401 - all that chapters use: forked, not imported by each
    from evalkit.running import studies

    told.say("Checking extracts and counting cells")
    with told.bar:
        return studies.run(
            plan, periods, chosen, workers=workers, again=again, printer=printer,
            on_event=told.event, on_tick=told.bar.refresh,
        )  # fmt: skip


def _say_if_changed(study: Study, told: Told) -> None:
    """Tell of a plan that is no longer the one registered: every report will say so too."""
    changed = registration.load(study).unlogged(study)
    if changed:
        told.say(
            f"study.yaml: changed since it was registered: {', '.join(changed)}; the reports say "
            "so. Log the change with `evalkit register --what ... --why ...`",
            "yellow",
        )
