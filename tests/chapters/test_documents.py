"""What documents say of the pilot: strict, whole, with sources, pointing at what there is."""

import shutil
from pathlib import Path

import pytest

from evalkit.chapters.claim_checks import CHECKS
from evalkit.chapters.investment_guide import DEMANDS
from evalkit.documents import load_claims, load_components, load_description, load_guide
from evalkit.errors import ParamsError
from evalkit.params import load_study

ROOT = Path(__file__).parents[2]
STUDY = load_study(ROOT / "params" / "study.yaml")
LOADERS = {
    "tidier.yaml": load_description,
    "claims.yaml": load_claims,
    "investment_guide.yaml": load_guide,
    "components.yaml": load_components,
}


def test_the_description_has_every_item_and_leaves_open_what_no_source_says():
    """TIDieR has twelve items: Hoffmann et al. (2014), BMJ 348, g1687."""
    found = load_description(STUDY)
    assert [part.item for part in found.parts] == list(range(1, 13))
    statements = [one for part in found.parts for one in (*part.pilot, *part.comparison)]
    assert all(one.source in found.sources for one in statements if one.text)
    assert all(one.ask for one in statements if one.text is None)
    assert [one for one in statements if one.unknown]


def test_every_check_of_a_claim_is_used_and_every_demand_of_the_guide_has_its_check():
    assert {claim.check for claim in load_claims(STUDY).claims if claim.check} == set(CHECKS)
    assert {one.demand for one in load_guide(STUDY).demands} == set(DEMANDS)


def test_no_claim_about_children_is_confirmed_by_the_study_alone():
    """The demo's children are simulated: only documents can confirm or contradict."""
    for claim in load_claims(STUDY).claims:
        if claim.state in ("verified", "contradicted"):
            assert claim.against


def test_the_ninety_five_per_cent_are_registered_without_a_denominator():
    claim = next(one for one in load_claims(STUDY).claims if "95 procent" in one.claim)
    assert (claim.state, claim.population, claim.denominator) == ("unverified", None, None)


def test_parts_that_the_line_had_too_have_no_outcome():
    components = load_components(STUDY)
    shared = [one for one in components if one.shared]
    assert shared
    assert not [one for one in shared if one.outcomes]
    assert all(one.decision is None for one in components), "the demo decides nothing"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("tidier.yaml", "  - item: 2\n", "  - item: 3\n", "items 1 to 12 once, in order"),
        ("tidier.yaml", "source: LUM22}", "source: LUM20}",
         "'LUM20' is not among 'sources'; did you mean 'LUM22'"),
        ("tidier.yaml", ", source: LUM21}", "}", "'text' with its 'source'"),
        ("tidier.yaml", ", ask: enhetscheferna}", "}", "'unknown' with whom to 'ask'"),
        ("tidier.yaml", "{unknown: hur linjens", "{unknwon: hur linjens", "did you mean 'unknown'"),
        ("claims.yaml", "state: unverified", "state: probable", "claims.0.state"),
        ("claims.yaml", "    state: unverified\n", "", "one of 'state' and 'check'"),
        ("claims.yaml", "check: survey_repeated", "check: survey_repeted", "claims.4.check"),
        ("claims.yaml", "    against: LUM21\n", "", "'contradicted' needs 'against'"),
        ("claims.yaml", "against: LUM21", "against: LUM", "'LUM' is not among 'sources'"),
        ("claims.yaml", "id: years", "id: accepts", "claim 'id' 'accepts' stands twice"),
        ("claims.yaml", "chapter: 07_uptake", "chapter: 05_uptakes", "'05_uptakes' is not in the"),
        ("investment_guide.yaml", "demand: design", "demand: outcome", "'outcome' stands twice"),
        ("investment_guide.yaml", "[reinvestigation]", "[uptake]", "family 'uptake' stands twice"),
        ("components.yaml", "outcomes: [R3]", "outcomes: [R9]", "components.1.outcomes.0"),
        ("components.yaml", "shared: true", "shared: true\n    outcomes: [R1]",
         "has no 'outcomes'"),
        ("components.yaml", "[05_continuity]", "[03_continuty]", "did you mean '05_continuity'"),
        ("components.yaml", "Tidsplanerade utredningar", "Fyra nivåer efter hur omfattande "
         "problemen är", "stands twice"),
        ("components.yaml", "needed: Uppgift om var", "decision: {choice: stop, by: a, date: "
         '"2023-01-01", reason: b}\n    needed: Uppgift om var', "decision.choice"),
    ],
)  # fmt: skip
def test_a_fault_stops_with_its_file_and_place(edited, file, old, new, said):
    study = edited(file, old, new)
    with pytest.raises(ParamsError) as caught:
        LOADERS[file](study)
    assert str(caught.value).startswith(f"{file}: ")
    assert said in str(caught.value)


def test_an_outcome_that_the_plan_dropped_is_named(tmp_path):
    shutil.copytree(ROOT / "params", tmp_path / "params")
    plan = tmp_path / "params" / "study.yaml"
    text = plan.read_text(encoding="utf-8")
    place = text.index("  - id: U2\n")
    plan.write_text(text[:place] + text[text.index("  - id: U3\n") :], encoding="utf-8")
    with pytest.raises(ParamsError, match=r"components\.yaml: outcome 'U2' is not in the plan"):
        load_components(load_study(plan))
