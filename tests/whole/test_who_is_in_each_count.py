"""Every count of a report can be judged for dominance: the data room knows it by the same name.

The room and the ledger name counts each on their own. Were a name to differ, its count would go
unprotected without a word; so each is asked for with a rule by which anybody dominates.
"""

import shutil

import pytest
from studies import ROOT

from evalkit.chapters.dominance import dominated_names
from evalkit.chapters.ledger import ledger
from evalkit.data import aggregation
from evalkit.data.simulate import simulate, write
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return the ledger of 2021, and the names of all counts that anybody is in."""
    folder = tmp_path_factory.mktemp("study")
    for name in ("params", "data_contracts"):
        shutil.copytree(ROOT / name, folder / name)
    study = load_study(folder / "params" / "study.yaml")
    everybody = study.disclosure.model_copy(update={"dominance": 1e-6})
    study = study.model_copy(update={"disclosure": everybody})
    write(simulate(study, "S1", scale=0.3), study.extracts_dir)
    periods = tuple(period for period in load_periods(study) if period.period == "2021")
    made = aggregation.make(study, periods)
    evidence = Evidence(study, periods, periods[0], made.frame, made.dominated)
    return ledger(evidence), dominated_names(evidence)


def test_the_data_room_knows_every_count_of_the_ledger_by_its_name(book):
    counts, named = book
    # Sums of events are no children; those who come attached to another's matter have no lead.
    exempt = {name for name in counts.counts if name in counts.events}
    exempt |= {name for name in counts.counts if "|attached|" in name}
    asked = {name for name, value in counts.counts.items() if value} - exempt
    assert len(asked) > 500
    assert asked - named == set()
