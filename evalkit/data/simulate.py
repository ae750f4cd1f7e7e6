"""Demonstration extracts: a made-up district whose truth is known.

Nothing in them concerns a real child. They have the columns and codes of the contracts, so the
whole evaluation can be run on them, and its answers set beside the truth.
"""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from evalkit.data.simulation.columns import ids
from evalkit.data.simulation.follow_up_tables import follow_up_tables
from evalkit.data.simulation.matter_tables import matter_tables
from evalkit.data.simulation.model import Model, draw_model
from evalkit.data.simulation.register_tables import register_tables
from evalkit.data.simulation.scenarios import scenario_of
from evalkit.data.simulation.support_tables import support_tables
from evalkit.data.simulation.truth import Truth
from evalkit.disk import private_folder, put
from evalkit.errors import ParamsError
from evalkit.plan import Study

SHIPPED = Path(__file__).parent / "shipped"
SHIPPED_NAMES = ("enkat.csv", "ekonomi.csv", "styrgrupp.csv")
TRUTH_NAME = "truth.json"


@dataclass(frozen=True, slots=True)
class Simulation:
    """Extracts by Swedish name, all columns text and blank where missing, and their truth."""

    tables: dict[str, pd.DataFrame]
    truth: Truth


def simulate(study: Study, scenario: str = "S1", scale: float = 1.0) -> Simulation:
    """Return the extracts of a district drawn with the plan's seed.

    Parameters
    ----------
    study : the analysis plan: areas, timeline and seed.
    scenario : "S0" (the pilot never started), "S1" (it has an effect), or "S2" to "S12" (that
        effect, and something that deceives; `simulation.scenarios`).
    scale : size of the inflow; 1 is the whole district, a fraction suits tests.

    Raises
    ------
    ParamsError : unknown scenario, or a scale that is not above 0.
    """
    if not 0 < scale <= 10:
        raise ParamsError("scale: must lie above 0 and be at most 10")
    model = draw_model(study, scenario_of(scenario), scale)
    child_ids = _child_ids(model)
    matter_ids = ids("R", np.arange(1, len(model.matters) + 1), 7)
    tables = {
        **register_tables(model, child_ids),
        **matter_tables(model, child_ids, matter_ids),
        **support_tables(model, child_ids),
        **follow_up_tables(model),
    }
    return Simulation(tables, model.truth)


def write(simulation: Simulation, folder: Path) -> None:
    """Write the extracts into `folder` and their truth beside it, readable by the owner only.

    The survey, the finances and the decisions are real, from the published accounts. Files
    are written aside and moved into place when complete; other files in `folder` are left alone.

    Raises
    ------
    ParamsError : `folder` holds extracts but no truth lies beside it: they are not simulated.
    """
    _refuse_real_extracts(simulation, folder)
    private_folder(folder.parent)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))  # mode 0700
    try:
        _write_all(simulation, aside)
        (aside / TRUTH_NAME).replace(folder.parent / TRUTH_NAME)
        put(aside, folder, [path.name for path in aside.iterdir()])
    finally:
        shutil.rmtree(aside, ignore_errors=True)  # gone already when it became the folder


def _refuse_real_extracts(simulation: Simulation, folder: Path) -> None:
    held = [name for name in simulation.tables if (folder / f"{name}.csv").exists()]
    if held and not (folder.parent / TRUTH_NAME).exists():
        raise ParamsError(
            f"{folder.name}/: holds {len(held)} extracts that were not simulated (there is no "
            f"{TRUTH_NAME} beside it); write the demonstration to another folder"
        )


def _write_all(simulation: Simulation, folder: Path) -> None:
    for name, table in simulation.tables.items():
        table.to_csv(folder / f"{name}.csv", sep=";", index=False, lineterminator="\r\n")
    for name in SHIPPED_NAMES:
        shutil.copyfile(SHIPPED / name, folder / name)
    truth = json.dumps(simulation.truth.as_dict(), ensure_ascii=False, indent=2)
    (folder / TRUTH_NAME).write_text(truth + "\n", encoding="utf-8")
    for path in folder.iterdir():
        path.chmod(0o600)


def _child_ids(model: Model) -> np.ndarray:
    """Return a pseudonym for each child with a matter, in an order that tells nothing."""
    known = np.unique(model.matters["child"])
    child_ids = np.full(len(model.people.children), "", dtype=object)
    child_ids[known] = ids("B", 1 + model.text.permutation(len(known)), 6)
    return child_ids
