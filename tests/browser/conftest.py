"""A browser, and the project's own pages as a reader gets them."""

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_output
from studies import new_study

import evalkit as ek
from evalkit.chapters.results import write_results
from evalkit.intake import check as intake
from evalkit.intake import dictionary
from evalkit.params import load_periods, load_study
from evalkit.planning.page import write_page
from evalkit.reporting.index import PeriodEntry, index_page
from evalkit.reporting.pages import Cover
from evalkit.running import notebooks, provenance
from evalkit.validation.page import validate

PERIOD = "2021"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic"]


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return found or pytest.skip("no Chromium on this machine")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[object]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def check() -> object:
    """Return a function that finds a check, a JavaScript function, by its name."""
    return lambda name: (Path(__file__).parent / "checks" / f"{name}.js").read_text()


@pytest.fixture(scope="session")
def site(browser: object, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the pages by name: a real report on a small district, and those around it.

    The chapters are evaluated here and not in kernels of their own: quicker, and the same page.
    """
    study = new_study(tmp_path_factory.mktemp("site") / "study")
    outputs = study / "outputs"
    with contextlib.chdir(study):
        write_report(study, outputs)
        questions = Path("params/power.yaml")
        few = re.sub(r"(?m)^draws: .*", "draws: 1000", questions.read_text(encoding="utf-8"))
        questions.write_text(few, encoding="utf-8")
        write_page(questions)
    validate(outputs, draws=200)
    write_check(study)
    names = ("utvardering", "index", "planering", "metodvalidering", "kvalitet", "datakatalog")
    return {name: outputs / f"{name}.html" for name in names}


def write_check(folder: Path) -> None:
    """Check extracts with faults of every grade, one file unreadable, and write the dictionary."""
    study = load_study(folder / "params/study.yaml")
    for name, old, new in (
        ("barn", ";flicka;", ";x;"),
        ("enkat", ";", ","),
        ("avgang", "typ", "t"),
    ):
        path = study.extracts_dir / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    (study.extracts_dir / "annat.csv").write_text("a;b\n", encoding="utf-8")
    intake.check(study, load_periods(study))
    dictionary.write_page(study)


def write_report(study: Path, outputs: Path) -> None:
    parameters = yaml.safe_load((study / f"params/{PERIOD}.yaml").read_text(encoding="utf-8"))
    report = ek.open_period({key: str(value) for key, value in parameters.items()})
    executed = [
        evaluated(chapter, report, outputs) for chapter in provenance.chapters_of(report.study)
    ]
    plan, label = report.study, report.period.label
    cover = Cover(plan.title, plan.organisation, label, plan.simulated, (("Slumpfrö", "7"),))
    notebooks.export(executed, cover, outputs / "utvardering.html")
    answers = write_results(report, outputs)
    before = PeriodEntry("2020", "2020/utvardering.html", "Efter inkörningen", answers)
    latest = PeriodEntry(label, "2021/utvardering.html", "Efter inkörningen", answers)
    index = index_page(plan.title, plan.organisation, plan.simulated, (before, latest))
    (outputs / "index.html").write_text(index, encoding="utf-8")


def evaluated(chapter: Path, report: object, folder: Path) -> Path:
    """Write the chapter as its run leaves it: each `ek.` call with what it shows."""
    notebook = nbformat.read(chapter, nbformat.NO_CONVERT)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
        if cell.cell_type == "code" and cell.source.startswith("ek."):
            data, metadata = eval(cell.source, {"ek": ek, "report": report})._repr_mimebundle_()
            shown = new_output("execute_result", data, metadata=metadata, execution_count=1)
            cell.outputs = [shown]
    path = folder / chapter.name
    nbformat.write(notebook, path)
    return path
