"""Which counts the chapters of a report tell, and how they hang together.

A report's tables count the same children in different ways: girls and boys make up all, those
offered and those not offered make up those with a suitable service. What a chapter shows of
counts is entered here, or `withheld` will not let it be shown.
"""

from itertools import pairwise, product
from math import isnan

import pandas as pd

from evalkit import evaluation
from evalkit.chapters.codes import (
    ARMS,
    CAUSES,
    NOT_IN_K4,
    OTHER_CAUSE,
    OUTSIDE,
    SEXES,
    STEPS,
)
from evalkit.chapters.described import describe
from evalkit.chapters.dominance import dominated_names
from evalkit.chapters.windows import curve_days, window_of
from evalkit.estimation.survival import STATUSES, cumulative_incidence
from evalkit.evaluation import WAITING
from evalkit.evidence import Evidence
from evalkit.plan import Outcome
from evalkit.reporting.ledger import Ledger, View, count, share_names

_RETURN, _, _CENSORED = STATUSES


def ledger(evidence: Evidence) -> Ledger:
    """Return the ledger of the reported period."""
    book = Ledger()
    _matters(book, evidence)
    for outcome in evidence.study.outcomes:
        _outcome(book, evidence, outcome)
    windowed = next((o for o in evidence.study.outcomes if o.id in WAITING), None)
    for arm in ARMS.values():
        _from_need_to_help(book, evidence, arm)
        _offers(book, evidence, arm)
        _handovers(book, evidence, arm)
        _missing(book, evidence, arm)
        _reached(book, evidence, arm)
        if windowed:
            _maturity(book, evidence, windowed, arm)
        if windowed and windowed.id == "R1":
            _curve(book, evidence, windowed, arm)
    for outcome in evidence.study.outcomes:
        _followed(book, evidence, outcome, in_table=outcome == windowed)
    describe(book, evidence)
    book.dominated.update(dominated_names(evidence) & book.counts.keys())
    return book


def _matters(book: Ledger, evidence: Evidence) -> None:
    """Enter the matters by year, arm and sex, and the way to them in the period."""
    view = View.of(evidence.period).whatever_follows
    sums = evidence.of("background:sex").groupby(["year", "treated", "level"])["n"].sum()
    known = sorted({*SEXES, *sums.index.get_level_values("level")})
    for year, (treated, arm) in product(_years(evidence), ARMS.items()):
        names = {sex: count("matters", year, arm, view, sex) for sex in known}
        for sex, name in names.items():
            book.enter(name, float(sums.get((year, treated, sex), 0.0)), view)
        whole = count("matters", year, arm, view)
        book.add(whole, {name: book.counts[name] for name in names.values()})
        book.views[whole] = view
        for sex in SEXES:
            book.show(f"volume/{year}/{arm}/{sex}", names[sex])
    for arm in ARMS.values():
        _flow(book, evidence, arm, view)
    outside = count("flow", evidence.period.year, OUTSIDE, view, "area")
    cells = evidence.in_period("flow")
    book.enter(outside, float(cells.loc[cells["area"] == OUTSIDE, "n"].sum()), view)
    book.show(f"flow/{OUTSIDE}/area", outside)


def _flow(book: Ledger, evidence: Evidence, arm: str, view: View) -> None:
    year, cells = evidence.period.year, evidence.in_period("flow")
    left = cells[cells["treated"].map(ARMS) == arm].groupby("level")["n"].sum()
    total, matters = count("flow", year, arm, view, "total"), count("matters", year, arm, view)
    steps = {step: count("flow", year, arm, view, step) for step in ("age", "attached")}
    parts = {name: float(left.get(step, 0.0)) for step, name in steps.items()}
    book.add(total, {**parts, matters: book.counts[matters]})
    for step, name in {"total": total, **steps, "included": matters}.items():
        book.views[name] = view
        book.show(f"flow/{arm}/{step}", name)


def _outcome(book: Ledger, evidence: Evidence, outcome: Outcome) -> None:
    """Enter an outcome's units, and for shares those with and without it, by year and by sex."""
    window = window_of(evidence, outcome)
    if window == 0 or outcome.kind == "rate":
        return
    now, view = evidence.period.year, View.of(evidence.period, window)
    cells = evidence.of(outcome.id)
    groups = dict(iter(cells.groupby(["year", "treated"])))
    for year, (treated, arm) in product(_years(evidence), ARMS.items()):
        rows = groups.get((year, treated), cells.iloc[:0])
        names = _group(book, outcome, rows, year, arm, view)
        place = f"series/{outcome.id}/{year}/{arm}"
        book.show(f"{place}/n", names[0])
        # The level of several areas is the mean of theirs, and tells no count.
        one_area = treated and len(evidence.study.areas.treated) == 1
        book.show(f"{place}/level", *(_told(book, names) if one_area else ()))
        if year == now:
            if treated:
                book.fixed.add(f"{place}/level")
            _by_sex(book, outcome, rows, year, arm, view)


def _by_sex(
    book: Ledger, outcome: Outcome, rows: pd.DataFrame, year: int, arm: str, view: View
) -> None:
    every = []
    for sex in sorted({*SEXES, *rows["sex"]}):
        names = _group(book, outcome, rows[rows["sex"] == sex], year, arm, view, sex)
        book.show(f"sex/{outcome.id}/{arm}/{sex}", *_told(book, names))
        every.append(names)
    wholes = share_names(outcome, year, arm, view)
    for whole, parts in zip(wholes, zip(*every, strict=True), strict=True):
        book.add_up(whole, parts)


def _told(book: Ledger, names: tuple[str, str, str]) -> tuple[str, ...]:
    """Return what a share tells: all three counts, taken to follow from its decimals."""
    return names if set(names) <= book.counts.keys() else ()


def _group(
    book: Ledger, outcome: Outcome, cells: pd.DataFrame, year: int, arm: str, view: View,
    sex: str = "",
) -> tuple[str, str, str]:  # fmt: skip
    """Enter one group's units and, for a share, those with the outcome and those without it."""
    names = units, with_it, without = share_names(outcome, year, arm, view, sex)
    n = float(round(cells["n"].sum()))
    book.enter(units, n, view.within(None))
    if outcome.kind != "share":
        return names
    found = _with_outcome(cells, view.window)
    if not isnan(found):
        x = min(float(round(found)), n)
        book.add(units, {with_it: x, without: n - x})
        book.enter(with_it, x, view)
        book.at_zero.update((with_it, without) if n else ())
    return names


def _with_outcome(cells: pd.DataFrame, window: int | None) -> float:
    """Return how many have the outcome; an estimate where some were not followed long enough."""
    if window is None or cells.empty:
        return float(cells["total"].sum())
    lost = (cells["level"] == _CENSORED) & (cells["time"] < window)
    if cells.loc[lost, "n"].sum() == 0:
        return _returned_by(cells, window)
    risk = evaluation.as_risk(cells)
    areas = (cumulative_incidence(rows, window) for _, rows in risk.groupby("area"))
    return sum(found.n * found.at(window) for found in areas)


def _returned_by(cells: pd.DataFrame, day: int) -> float:
    return float(cells.loc[(cells["level"] == _RETURN) & (cells["time"] <= day), "n"].sum())


def _years(evidence: Evidence) -> tuple[int, ...]:
    """Return the years that the report shows."""
    later = {period.year for period in evidence.post_periods} | {evidence.period.year}
    return tuple(sorted({*evidence.study.timeline.pre_years, *evidence.wash_in_years, *later}))


def _from_need_to_help(book: Ledger, evidence: Evidence, arm: str) -> None:
    """Enter how many reach each step from an assessed need to a completed service."""
    year, view = evidence.period.year, View.of(evidence.period)
    cells = _in_arm(evidence, "funnel", arm)
    all_steps = _steps(book, cells, year, arm, view)
    sexes = sorted({*SEXES, *cells["sex"]})
    by_sex = [_steps(book, cells[cells["sex"] == sex], year, arm, view, sex) for sex in sexes]
    for place, whole in enumerate(all_steps):
        book.add_up(whole, [steps[place] for steps in by_sex])
    units = count("U1.n", year, arm, view)
    book.nest(all_steps[0], units, f"{units}:unripe")


def _steps(
    book: Ledger, cells: pd.DataFrame, year: int, arm: str, view: View, sex: str = ""
) -> list[str]:
    """Enter the steps of all or of one sex; each is shown as a share of those with a need."""
    reached = cells.groupby("level")["total"].sum()
    names = {step: count("needs", year, arm, view, f"{step} {sex}".strip()) for step in STEPS}
    for step, name in names.items():
        book.enter(name, float(reached.get(step, 0.0)), view)
        place = f"funnel/{arm}/{step}" if not sex else f"sex/funnel/{arm}/{sex}/{step}"
        book.show(place, name, names["need"])
    for before, after in pairwise(names.values()):
        book.nest(before, after, f"{before}:left")
    return list(names.values())


def _offers(book: Ledger, evidence: Evidence, arm: str) -> None:
    """Enter the answers to first offers; those offered something are in the way to help too."""
    year, view = evidence.period.year, View.of(evidence.period)
    every, unknown = (count("answers", year, arm, view, part) for part in ("", "unknown"))
    book.enter(every, float(_in_arm(evidence, "U2_answers", arm)["n"].sum()), view)
    book.nest(every, count("U2.n", year, arm, view), unknown)
    offered = count("needs", year, arm, view, "offered")
    book.nest(every, offered, f"{offered}:other")
    yes_and_no = [count(f"U2.{part}", year, arm, view) for part in ("x", "rest")]
    book.show(f"offers/{arm}/known", *yes_and_no)
    book.show(f"offers/{arm}/all", *yes_and_no, unknown)
    book.show(f"missing/offer_answer/{arm}", every, unknown)


def _handovers(book: Ledger, evidence: Evidence, arm: str) -> None:
    """Enter the handovers by cause: all of them, and those that the outcome K4 counts."""
    year, view = evidence.period.year, View.of(evidence.period)
    cells = _in_arm(evidence, "handovers", arm)
    sums = cells.groupby(cells["level"].map(CAUSES).fillna(OTHER_CAUSE))["n"].sum()
    values = {}
    for cause in (*CAUSES.values(), OTHER_CAUSE):
        name = count("handovers", year, arm, view, cause)
        values[cause] = name, float(sums.get(cause, 0.0))
    every, k4, blank = (count("handovers", year, arm, view, part) for part in ("", "K4", "okänd"))
    book.add(k4, dict(pair for cause, pair in values.items() if cause not in NOT_IN_K4))
    design = dict(pair for cause, pair in values.items() if cause in NOT_IN_K4)
    book.add(every, {k4: book.counts[k4], **design})
    book.events.update((k4, every))
    book.enter(blank, float(cells.loc[cells["level"] == "okänd", "n"].sum()))
    book.nest(values[OTHER_CAUSE][0], blank, f"{blank}:annan")
    for cause, (name, _) in values.items():
        book.show(f"handovers/{arm}/{cause}", name)
    book.show(f"missing/handover_cause/{arm}", every, blank)
    if arm == ARMS[True]:
        book.show(f"series/K4/{year}/{arm}/level", k4)
        book.fixed.add(f"series/K4/{year}/{arm}/level")


def _missing(book: Ledger, evidence: Evidence, arm: str) -> None:
    """Enter the matters without a lead caseworker or a date, who are not in every mean."""
    year, view = evidence.period.year, View.of(evidence.period)
    sums = _in_arm(evidence, "missing", arm).groupby("level")["total"].sum()
    matters = count("matters", year, arm, view.whatever_follows)
    for what in ("lead_caseworker", "screening_decision"):
        blank = count("missing", year, arm, view, what)
        book.enter(blank, float(sums.get(what, 0.0)), view)
        book.nest(matters, blank, f"{blank}:known")
        book.show(f"missing/{what}/{arm}", matters, blank)
    led, investigated = (count(f"{name}.n", year, arm, view) for name in ("K1", "K1_UTR"))
    book.nest(matters, led, f"{led}:without")
    book.nest(led, investigated, f"{investigated}:without")


def _maturity(book: Ledger, evidence: Evidence, outcome: Outcome, arm: str) -> None:
    """Enter how many can be followed to the end of each window."""
    year, view = evidence.period.year, View.of(evidence.period)
    units = before = count(f"{outcome.id}.n", year, arm, view)
    for window in sorted(evidence.study.definitions.follow_up_windows):
        found = evaluation.follow_up(evidence, outcome, window)[arm == ARMS[True]]
        mature = count("mature", year, arm, view, str(window))
        book.enter(units, found.n, view)
        book.enter(mature, found.n_mature, view)
        book.nest(before, mature, f"{mature}:not")
        book.show(f"maturity/{window}/{arm}/n", units)
        book.show(f"maturity/{window}/{arm}/share", units, mature)
        before = mature


def _followed(book: Ledger, evidence: Evidence, outcome: Outcome, *, in_table: bool) -> None:
    """Enter how many of an outcome's units can be followed to the end; prose tells the share.

    It tells nothing when it is all or none, which follows from the dates. `in_table` says that
    the table of maturity has the counts too.
    """
    year, view = evidence.period.year, View.of(evidence.period)
    window = evidence.study.definitions.follow_up_days
    told = []
    for treated, arm in ARMS.items():
        units, mature = count(f"{outcome.id}.n", year, arm, view), ""
        if outcome.id == "U1":
            units, mature = count("needs", year, arm, view, "need"), units
        elif in_table:
            mature = count("mature", year, arm, view, str(window))
        elif outcome.id in WAITING:
            mature = count("mature", year, arm, view, f"{outcome.id} {window}")
            found = evaluation.follow_up(evidence, outcome, window)[treated]
            book.enter(units, found.n, view)
            book.enter(mature, found.n_mature, view)
            book.nest(units, mature, f"{mature}:not")
        if mature in book.counts and 0 < book.counts[mature] < book.counts[units]:
            told += [units, mature]
    book.show(f"mature/{outcome.id}", *told)


def _reached(book: Ledger, evidence: Evidence, arm: str) -> None:
    """Enter how many matters and investigations the pilot's units took on."""
    year, view = evidence.period.year, View.of(evidence.period)
    matters = count("matters", year, arm, view.whatever_follows)
    for measure in ("reached", "reached_investigated"):
        cells = _in_arm(evidence, measure, arm)
        whole, by_pilot = matters, count(measure, year, arm, view)
        if measure == "reached_investigated":
            whole = count("opened", year, arm, view)
            book.enter(whole, float(cells["n"].sum()), view)
        book.enter(by_pilot, float(cells["total"].sum()), view)
        book.nest(whole, by_pilot, f"{by_pilot}:not")
        if f"{by_pilot}:not" in book.counts and book.counts[whole]:
            book.at_zero.update((by_pilot, f"{by_pilot}:not"))
        book.show(f"{measure}/{arm}", whole, by_pilot)


def _curve(book: Ledger, evidence: Evidence, outcome: Outcome, arm: str) -> None:
    """Enter how many had returned by each day of the curve, where counts and not estimates."""
    year = evidence.period.year
    cells, later = _in_arm(evidence, outcome.id, arm), None
    for day in sorted(curve_days(evidence, arm), reverse=True):
        view = View.of(evidence.period, day)
        names = share_names(outcome, year, arm, view)
        if not view.is_estimate:
            book.enter(names[1], _returned_by(cells, day), view)
            if later:
                book.nest(later, names[1], f"{later}:after{day}")
            later = names[1]
        book.show(f"curve/{arm}/{day}", *() if view.is_estimate else names[:2])


def _in_arm(evidence: Evidence, measure: str, arm: str) -> pd.DataFrame:
    cells = evidence.in_period(measure)
    return cells[cells["treated"].map(ARMS) == arm]
