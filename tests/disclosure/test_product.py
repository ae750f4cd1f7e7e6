"""Random small districts, three linked reports each, attacked through pages as they are published.

A protected count is recovered when only one value agrees with all that the reports say, and
narrowed when fewer than the threshold do. `make attack` does the same to many more districts.
"""

import numpy as np
import pytest
from districts import cells_of, draw
from product import Lean, PrimaryOnly, attacked, for_the_public

from evalkit.chapters.withheld import decide
from evalkit.evidence import Evidence
from evalkit.params import load_periods, load_study
from evalkit.reporting.attack import attack

FEW = 3


@pytest.fixture(scope="module")
def plan(repository):
    study = load_study(repository / "params" / "study.yaml")
    return study, load_periods(study)


@pytest.mark.parametrize("seed", range(FEW))
def test_nothing_protected_follows_from_three_years_of_reports(plan, seed):
    with Lean():
        outcome = attacked(*plan, seed)
    assert outcome.protected > 100
    assert outcome.statements > 300
    assert outcome.found == ()
    assert (outcome.wrong, outcome.unknown) == (0, 0)


def test_nothing_follows_from_what_the_public_reads_either(plan):
    study, periods = plan
    with Lean():
        outcome = attacked(for_the_public(study), periods, 0)
    assert outcome.protected > 100
    assert outcome.statements > 200
    assert outcome.found == ()
    assert (outcome.wrong, outcome.unknown) == (0, 0)


def test_what_one_family_or_caseworker_makes_up_would_follow_if_only_few_were_kept_back(plan):
    """The same report, made by somebody who does not know who is dominated."""
    study, periods = plan
    district = draw(study, range(study.timeline.pre_years[0], 2021), np.random.default_rng(7))
    made = cells_of(district, study, periods[:1])
    judged = Evidence(study, periods, periods[0], made.frame, made.dominated)
    blind = Evidence(study, periods, periods[0], made.frame)
    threshold = study.disclosure.rule.threshold
    told, protected = decide(blind), decide(judged).protected
    large = {name for name in protected if told.ledger.counts[name] >= threshold}
    assert len(large) > 10
    assert any(one.recovered for one in attack(told.statements, large, threshold))
    assert attack(decide(judged).statements, protected, threshold) == ()


def test_with_primary_suppression_alone_the_attack_recovers_counts(plan):
    """The attack can find something: else finding nothing would say nothing."""
    with Lean(), PrimaryOnly():
        outcome = attacked(*plan, 0)
    assert outcome.recovered > 10
    assert (outcome.wrong, outcome.unknown) == (0, 0)
