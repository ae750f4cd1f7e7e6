"""The product, attacked: random districts through the chapters, their pages read as a stranger."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
from districts import SHOWS, cells_of, draw

import evalkit as ek
from evalkit import evaluation
from evalkit.chapters import withheld
from evalkit.chapters.gate import holds
from evalkit.chapters.naming import amounts
from evalkit.chapters.opening import Report
from evalkit.chapters.reader import Reader
from evalkit.chapters.results import write_results
from evalkit.chapters.withheld import decide, earlier
from evalkit.errors import DesignError
from evalkit.evidence import Evidence
from evalkit.plan import Disclosure, Period, Study
from evalkit.reporting import plots
from evalkit.reporting.attack import Finding, Statement, attack
from evalkit.reporting.plots import Drawing, answers, effects, population, sexes
from evalkit.results import undefined

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
# Their numbers are read from the tables behind them, those of the rest from their words.
DRAWINGS = (
    "handover_causes", "cumulative_incidence", "funnel", "series", "findings", "tiers", "chain",
)  # fmt: skip
SPOKEN = (answers, effects, population, sexes)


@dataclass
class Outcome:
    """What an attack on one district's reports found, and what protection took.

    `places` are all that could tell a count, `primary` those that tell a protected one outright,
    `gone` those kept back; `wrong` are statements read that do not agree with the counts, and
    `unknown` those of counts that no ledger has.
    """

    found: tuple[Finding, ...]
    protected: int
    places: int
    primary: int
    gone: int
    statements: int
    wrong: int
    unknown: int

    @property
    def recovered(self) -> int:
        return sum(one.recovered for one in self.found)


def attacked(study: Study, periods: tuple[Period, ...], seed: int) -> Outcome:
    """Return what can be worked out from a random district's three reports, taken together."""
    rng = np.random.default_rng(seed)
    first = study.timeline.pre_years[0]
    district = draw(study, range(first, periods[-1].year + 1), rng)
    made = cells_of(district, study, periods)
    evidences = [Evidence(study, periods, periods[-1], made.frame, made.dominated)]
    while (past := earlier(evidences[0])) is not None:
        evidences.insert(0, past)
    published: list[Statement] = []
    places = primary = gone = 0
    for evidence in evidences:
        page, csv = publish(Report(evidence, made))
        reader = Reader(study, evidence.period, periods)
        published += [*reader.page(page), *reader.estimates(csv)]
        decision = decide(evidence)
        told = decision.ledger.places.items()
        places += len(told)
        gone += len(decision.gone)
        primary += sum(not decision.protected.isdisjoint(names) for _, names in told)
    sums = [statement for statement in decision.statements if len(statement.terms) > 1]
    found = attack(
        [*sums, *published], decision.protected, study.disclosure.rule.threshold,
        continuous=amounts(published),
    )  # fmt: skip
    counts = decision.so_far.counts
    amounts_of = amounts(published)
    of_counts = [one for one in published if amounts_of.isdisjoint(name for name, _ in one.terms)]
    known_ones = [one for one in of_counts if all(name in counts for name, _ in one.terms)]
    wrong = sum(not holds(one, decision) for one in known_ones)
    unknown = len(of_counts) - len(known_ones)
    return Outcome(
        found, len(decision.protected), places, primary, gone, len(published), wrong, unknown
    )


def for_the_public(study: Study) -> Study:
    """Return the study as it is reported to anybody."""
    rules = study.disclosure.model_dump() | {"audience": "public"}
    return study.model_copy(update={"disclosure": Disclosure.model_validate(rules)})


class PrimaryOnly:
    """Keeps back, while it lasts, only the places that tell a protected count outright."""

    def __enter__(self) -> None:
        def outright(places: dict, _: object, __: object, protected: frozenset, *rest: object):
            return frozenset(p for p, told in places.items() if not protected.isdisjoint(told))

        self.patches = [
            patch.object(withheld, "keep_back", outright),
            patch.object(withheld, "_beside", lambda _: frozenset()),
        ]
        for one in self.patches:
            one.start()

    def __exit__(self, *_: object) -> None:
        for one in self.patches:
            one.stop()


def _without_svg(figure: object, alt: str, reading: str = "") -> Drawing:
    return Drawing(SVG, " ".join(alt.split()), reading)


class Lean:
    """Leaves out, while it lasts, what tells no counts: most drawings and second-rank estimates."""

    def __enter__(self) -> None:
        blank = undefined("", "", "none", "left out")
        drawing = Drawing(SVG, "Bild som är utelämnad här.")
        replaced = [(plots, name, lambda *_, **__: drawing) for name in DRAWINGS]
        replaced += [(module, "finish", _without_svg) for module in SPOKEN]
        replaced += [(evaluation.did, "two_way_fixed_effects", lambda _: blank)]
        replaced += [(evaluation.event_study, "pre_trend", lambda _: blank)]
        replaced += [(evaluation, "_detrended", lambda *_: blank)]
        self.patches = [patch.object(*one) for one in replaced]
        for one in self.patches:
            one.start()

    def __exit__(self, *_: object) -> None:
        for one in self.patches:
            one.stop()


def publish(report: Report) -> tuple[str, str]:
    """Return the page's tables and figures as HTML, and the file of estimates."""
    shown = []
    for name, *arguments in SHOWS:
        try:
            shown.append(getattr(ek, name)(report, *arguments).html)
        except DesignError:  # the chapter would stop, and the report not be published
            continue
    with tempfile.TemporaryDirectory() as folder:
        write_results(report, Path(folder))
        return "\n".join(shown), (Path(folder) / "estimates.csv").read_text(encoding="utf-8")
