"""Published figures as cells: area x year x numerator x denominator, with no child behind them.

Publishers count whole years, so that only a period that is a whole year can be answered, and an
area that lacks one of the years is left out of the comparison; nothing is filled in.
"""

from collections.abc import Sequence

import pandas as pd
from ibis import BaseBackend

from evalkit.data.cells import NO_TIME
from evalkit.data.odcs import Contract
from evalkit.data.reinvestigation import CENSORED, RETURN
from evalkit.errors import DesignError, ParamsError, did_you_mean
from evalkit.plan import Outcome, Period, Study

TABLE = "published_statistic"
LEFT_OUT = "left_out"
BOTH_SEXES = "båda"
WAITING = ("R1", "R2", "R3")
# All of a year stands at one place in it; only whole years are compared.
MONTH = 1
ABSENT, PART_OF_YEAR, ALL_IN_ONE = "no row", "part of a year", "not published"
_CELL = ["area", "year", "month", "sex", "age_group", "level", "time", "n", "total", "total_sq"]


def figures(tables: BaseBackend, contract: Contract) -> pd.DataFrame:
    """Return the published figures, one row per area, year, measure and sex.

    Columns `area`, `year`, `measure`, `sex` ("" for both), `numerator`, `denominator` (NaN where
    the publisher gives none) and `reason`, why one of them is missing, else "".
    """
    frame = tables.table(TABLE).to_pandas()
    if contract.measures:
        wide = [(m.measure, m.numerator, m.denominator) for m in contract.measures]
        parts = [_numbers(frame, *names).assign(measure=measure) for measure, *names in wide]
        every = pd.concat(parts, ignore_index=True)
    else:
        every = _numbers(frame, "numerator", "denominator").assign(measure=frame["measure"])
    sex = every["sex"].replace(BOTH_SEXES, "") if "sex" in frame else ""
    return every.assign(sex=sex)[
        ["area", "year", "measure", "sex", "numerator", "denominator", "reason"]
    ]


def check_areas(tables: BaseBackend, study: Study, file: str, others: Sequence[str] = ()) -> None:
    """Raise ParamsError for an area of the plan that is neither published nor among the others."""
    known = {*tables.table(TABLE).area.execute(), *others}
    for area in study.areas.all:
        if area not in known:
            raise ParamsError(
                f"study.yaml: areas: '{area}' is not in {file}{did_you_mean(area, sorted(known))}"
            )


def cells(
    every: pd.DataFrame, study: Study, period: Period, areas: Sequence[str], *, alone: bool
) -> pd.DataFrame:
    """Return the cells of one period for the `areas` whose figures are published.

    Measures are the plan's outcomes; one that waits for a return is told as followed for the
    planned window by all. `left_out:<outcome>` has each area and year that is missing, its reason
    as `level`: such an area is in no year's comparison.

    Parameters
    ----------
    every : as from `figures`.
    alone : whether the study has no other source.

    Raises
    ------
    DesignError : the study has no other source and the period is not a whole year, or an outcome
        is no share.
    ParamsError : a return is published, and the plan wants other windows than the published one.
    """
    if alone and not period.whole_year:
        raise DesignError(
            f"period '{period.period}': published figures are of whole years; let the period be "
            "one, from 1 January to 31 December"
        )
    published = [o for o in study.outcomes if (every["measure"] == o.id).any()]
    _refuse_what_is_no_yearly_share(published, study)
    years = range(study.timeline.pre.start.year, period.year + 1)
    parts = []
    for outcome in study.outcomes:
        rows = every[(every["measure"] == outcome.id) & every["area"].isin(areas)]
        if rows.empty and alone:
            continue
        gone = _gaps(rows, areas, years, outcome in published, period)
        parts.append(gone.assign(measure=f"{LEFT_OUT}:{outcome.id}"))
        kept = rows[~rows["area"].isin(gone["area"]) & rows["year"].isin(years)]
        parts += _counted(kept, outcome, study.definitions.follow_up_days)
    if not parts:
        return pd.DataFrame(columns=["measure", *_CELL])
    return pd.concat(parts, ignore_index=True)[["measure", *_CELL]]


def _numbers(frame: pd.DataFrame, numerator: str, denominator: str) -> pd.DataFrame:
    """Return two columns as numerator and denominator, and why one of them is missing."""
    reasons = [
        frame.get(f"{name}_missing", pd.Series(index=frame.index, dtype=object))
        .where(frame[name].isna())
        .fillna(frame[name].isna().map({True: "not available", False: ""}))
        for name in (denominator, numerator)
    ]
    columns = [name for name in ("area", "year", "sex") if name in frame]
    return frame[columns].assign(
        numerator=frame[numerator].astype(float),
        denominator=frame[denominator].astype(float),
        reason=reasons[0].where(reasons[0] != "", reasons[1]),
    )


def _refuse_what_is_no_yearly_share(published: Sequence[Outcome], study: Study) -> None:
    for outcome in published:
        if outcome.kind != "share":
            raise DesignError(
                f"{outcome.id}: published as numerator and denominator, so its kind in the plan "
                f"must be 'share', not '{outcome.kind}'"
            )
    waiting = [outcome.id for outcome in published if outcome.id in WAITING]
    days = study.definitions.follow_up_days
    if waiting and study.definitions.follow_up_windows != (days,):
        raise ParamsError(
            "study.yaml: definitions.follow_up_windows: published figures know one window; "
            f"let it be [{days}], since {', '.join(waiting)} is published"
        )


def _gaps(
    rows: pd.DataFrame, areas: Sequence[str], years: range, is_published: bool, period: Period
) -> pd.DataFrame:
    """Return every area and year that is missing, as cells with the reason as level."""
    grid = pd.MultiIndex.from_product([areas, years], names=["area", "year"])
    if not is_published or not period.whole_year:
        reason = pd.Series(ALL_IN_ONE if not is_published else PART_OF_YEAR, index=grid)
    else:
        told = rows.sort_values("reason", ascending=False).groupby(["area", "year"])["reason"]
        reason = told.first().reindex(grid, fill_value=ABSENT)
    missing = reason[reason != ""].rename("level").reset_index()
    return missing.assign(**_blank(), sex="", n=1.0, total=1.0, total_sq=1.0)


def _counted(rows: pd.DataFrame, outcome: Outcome, window: int) -> list[pd.DataFrame]:
    """Return the cells of one outcome, and of its follow-up where it waits for a return."""
    base = rows[["area", "year", "sex"]].assign(**_blank(), level="")
    n, found = rows["denominator"], rows["numerator"]
    if outcome.id not in WAITING:
        told = [base.assign(measure=outcome.id, n=n, total=found, total_sq=found)]
        # A published share is of units that could be followed: all are mature.
        mature = base.assign(measure=f"{outcome.id}_mature", n=n, total=n, total_sq=n)
        return [*told, mature] if outcome.id == "U1" else told
    followed = {"time": window, "measure": outcome.id}
    return [
        base.assign(**followed, level=RETURN, n=found, total=found, total_sq=found),
        base.assign(**followed, level=CENSORED, n=n - found, total=n - found, total_sq=n - found),
        base.assign(time=window, measure=f"{outcome.id}_follow_up", n=n, total=n, total_sq=n),
    ]


def _blank() -> dict[str, object]:
    return {"month": MONTH, "age_group": "", "time": NO_TIME}
