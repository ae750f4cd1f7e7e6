"""What the ledger calls a count that a page tells, by the page's own words."""

import re
from collections.abc import Iterable, Iterator, Sequence

from evalkit.evaluation import WAITING
from evalkit.plan import Outcome, Period, Study
from evalkit.reporting.attack import Statement, share
from evalkit.reporting.ledger import View, count, share_names
from evalkit.reporting.reading import number
from evalkit.robustness import reached_measure

_DAYS = re.compile(r"(\d+) dagar")


class Names:
    """One period's report: the words that name its arms and outcomes, and what they mean."""

    def __init__(self, study: Study, period: Period, periods: Sequence[Period] = ()) -> None:
        self.study, self.period, self.year = study, period, period.year
        self.periods = [one for one in periods if one.phase == "post" and one.end <= period.end]
        self.view = View.of(period)
        self.months = self.view.whatever_follows
        # The level of several areas is the mean of theirs, and tells no count.
        self.one_area = len(study.areas.treated) == 1
        self.rounding = study.disclosure.rule.rounding
        self.arms = {study.labels.treated: "pilot", study.labels.comparison: "line"}

    def own(self, measure: str, arm: str, part: str = "") -> str:
        return count(measure, self.year, arm, self.view, part)

    def outcome(self, label: str) -> Outcome | None:
        plain = _DAYS.sub("ett år", label.removesuffix(" (huvudmått)"))
        by_label = {_DAYS.sub("ett år", o.label): o for o in self.study.outcomes}
        return by_label.get(plain)

    def window(self, outcome: Outcome, label: str) -> int:
        written = _DAYS.search(label) if outcome.id in WAITING else None
        return int(written[1]) if written else self.study.definitions.follow_up_days

    def taken_on(self, outcome: Outcome, arm: str) -> tuple[str, str]:
        """Return the counts that a share reached is of: by the pilot's units, and all."""
        measure = reached_measure(outcome)
        if measure == "reached":
            return self.own(measure, arm), count("matters", self.year, arm, self.months)
        return self.own(measure, arm), self.own("opened", arm)

    def names(
        self, outcome: Outcome, year: int, arm: str, window: int | None = None, sex: str = ""
    ) -> tuple[str, str]:
        days = (window or self.study.definitions.follow_up_days) if outcome.id in WAITING else None
        return share_names(outcome, year, arm, self.view.within(days), sex)[:2]

    def counted(self, name: str, text: str) -> Iterator[Statement]:
        """Read a count: rounded, it may be any that is nearest what is written."""
        if written := number(text):
            within = self.rounding // 2 if written.value else 0
            yield Statement(((name, 1.0),), written.value - within, written.value + within)

    def shared(self, part: str, whole: str, text: str, pieces: int = 1) -> Iterator[Statement]:
        """Read a share, unless it is an estimate: where follow-up ends early it is of no count.

        A share of rounded counts is off by as much as the two of them may be; the whole is a sum
        of `pieces` that were rounded each.
        """
        written = number(text)
        if written and part != whole and not is_estimate(part):
            for one in share(part, whole, written.value, written.half_step):
                slack = self.rounding // 2 * (1 + pieces * (written.value + written.half_step))
                yield Statement(one.terms, one.low - slack, one.high + slack)


def amounts(statements: list[Statement]) -> frozenset[str]:
    """Return the names in the statements that are not counts: child-months, and areas' levels."""
    return frozenset(name for one in statements for name in amounts_among(one.terms))


def amounts_among(terms: Iterable[tuple[str, float]]) -> Iterator[str]:
    """Yield the names among the terms that are not counts."""
    yield from (name for name, _ in terms if name.startswith(("months|", "level|")))


def level_name(with_outcome: str) -> str:
    """Return the name of the mean of several areas' levels, which is an amount and no count."""
    return f"level|{with_outcome}"


def is_estimate(with_outcome: str) -> bool:
    """Tell whether the window reaches beyond what can be followed, by the name's view."""
    followed, _, window = with_outcome.rpartition("+")[2].partition("@")
    return bool(window) and int(window) > int(followed)


def is_told(statement: Statement) -> bool:
    """Tell whether a statement says outright what a count is."""
    return len(statement.terms) == 1 and statement.low == statement.high


def slug_of(outcome: Outcome) -> str:
    return outcome.id.lower().replace("_", "-")
