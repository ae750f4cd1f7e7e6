"""Random districts: microdata as extracts would give them, counted to cells as the data room does.

Small districts, so that protection has much to do: a pilot area of 20-70 matters a year, rare
outcomes, some children of unknown sex, missing answers, people who leave, siblings who come in and
return together, caseworkers with more cases than others. Each matter has all its facts from the
start; a report sees those within its months and before its cut-off.
"""

from dataclasses import dataclass

import holders
import numpy as np
import pandas as pd

from evalkit.data.cells import NO_TIME, STRATA, Cells
from evalkit.plan import Period, Study

CAUSES = ("enhetsgräns", "slutat", "frånvaro", "omfördelning", "projektavslut", "annan", "okänd")
ANSWERS = ("ja", "delvis", "nej", "obesvarat", "ej registrerat")
STEPS = ("need", "available", "offered", "accepted", "granted", "started", "completed")
REPORTERS = ("skola", "förskola", "polis", "annan")
LEVELS = ("ej satt", "1", "2", "3", "4")
HORIZON = 365


@dataclass(frozen=True)
class District:
    """One row a matter, with all that ever happens to it; days are counted from 1 January 2000."""

    matters: pd.DataFrame


def draw(study: Study, years: range, rng: np.random.Generator) -> District:
    """Return a random district: its size, and how common everything is, are random too."""
    areas = study.areas.all
    weights = rng.uniform(0.5, 1.0, len(areas))
    n = int(rng.integers(180, 420)) * len(years)
    frame = pd.DataFrame(
        {
            "area": rng.choice(areas, n, p=weights / weights.sum()),
            "year": rng.choice(years, n),
            "month": rng.integers(1, 13, n),
            "sex": rng.choice(["flicka", "pojke", "okänt"], n, p=[0.46, 0.53, 0.01]),
            "age_group": rng.choice(["0–6", "7–12", "13–17"], n),
        }
    )
    frame["day"] = _days(frame["year"], frame["month"]) + rng.integers(0, 28, n)
    left_out = rng.dirichlet([40, 0.5, 2])
    frame["left_at"] = rng.choice(["included", "age", "attached"], n, p=left_out)
    for name, low, high in (
        ("led", 0.9, 1.0), ("dated", 0.9, 1.0), ("investigated", 0.4, 0.8), ("needs", 0.4, 0.9),
        ("k2", 0.02, 0.6), ("k3", 0.1, 0.9), ("screened", 0.7, 1.0), ("in_time", 0.4, 1.0),
        ("suited", 0.6, 1.0), ("reached", 0.0, 0.3), ("leaves", 0.0, 0.1), ("again", 0.05, 0.4),
        ("last_year", 0.2, 0.7), ("known", 0.05, 0.4), ("recorded", 0.8, 1.0),
        ("contact", 0.2, 0.9), ("extended", 0.1, 0.9), ("planned", 0.02, 0.2),
        ("contract", 0.0, 0.3), ("kind", 0.7, 1.0), ("within", 0.2, 0.8), ("supported", 0.1, 0.5),
    ):  # fmt: skip
        frame[name] = rng.random(n) < rng.uniform(low, high)
    frame["workers"] = 1 + rng.poisson(rng.uniform(0.3, 1.2), n)
    frame["handovers"] = rng.poisson(rng.uniform(0.2, 1.2), n)
    frame["cause"] = rng.choice(CAUSES, n, p=rng.dirichlet([4, 2, 0.5, 1, 0.4, 0.2, 0.3]))
    frame["answer"] = rng.choice(ANSWERS, n, p=rng.dirichlet([8, 1, 2, 0.5, 0.4]))
    frame["reporter"] = rng.choice(REPORTERS, n, p=rng.dirichlet([2, 1, 4, 4]))
    for level in ("tier", "tier_before"):
        frame[level] = rng.choice(LEVELS, n, p=rng.dirichlet([4, 1, 1, 1, 1]))
    frame["closed"] = frame["day"] + rng.integers(20, 130, n)
    frame["leaving"] = np.where(frame["leaves"], rng.integers(1, HORIZON, n), 9999)
    for returns in ("R1", "R2", "R3"):
        comes = rng.random(n) < rng.uniform(0.05, 0.4)
        frame[returns] = np.where(comes, rng.integers(15, HORIZON + 1, n), 9999)
    frame["start"] = rng.integers(0, 150, n)
    further = rng.random((n, len(STEPS) - 1)) < rng.uniform(0.75, 1.0, len(STEPS) - 1)
    frame["step"] = np.cumprod(further, axis=1).sum(axis=1)
    frame.loc[frame["area"].isin(study.areas.treated) & (frame["year"] >= 2020), "reached"] = True
    frame = _with_siblings(frame, rng)
    frame["caseworkers"] = _caseworkers(frame, rng)
    return District(frame)


def _with_siblings(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Put some children into families: they come in together, and nearly all goes alike."""
    own = ("sex", "age_group", "tier", "tier_before", "reached", "known", "handovers", "workers")
    frame = frame.sort_values(["area", "year", "month"], ignore_index=True)
    starts = (rng.random(len(frame)) > rng.uniform(0.1, 0.5)) | _is_new_month(frame)
    starts |= np.arange(len(frame)) % 4 == 0
    frame["family"] = np.cumsum(starts)
    eldest = frame.groupby("family")[[name for name in frame if name not in own]].transform("first")
    return frame.assign(**{name: eldest[name] for name in eldest})


def _is_new_month(frame: pd.DataFrame) -> np.ndarray:
    keys = frame[["area", "year", "month"]]
    return (keys != keys.shift()).any(axis=1).to_numpy()


def _caseworkers(frame: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Return each matter's lead caseworkers: nobody, or one or two of an area's few."""
    staff = rng.dirichlet(np.full(5, rng.uniform(0.5, 5.0)))
    first, second = (rng.choice(5, len(frame), p=staff) for _ in range(2))
    names = [
        frozenset({(area, one), (area, other if several else one)}) if led else frozenset()
        for area, one, other, several, led in zip(
            frame["area"], first, second, frame["workers"] > 1, frame["led"], strict=True
        )
    ]
    return pd.Series(names, index=frame.index, dtype=object)


def cells_of(district: District, study: Study, periods: tuple[Period, ...]) -> Cells:
    """Return what would leave the data room for these periods' reports."""
    seen = [_seen(district.matters, period) for period in periods]
    frames = [_of_period(one, study, period) for one, period in zip(seen, periods, strict=True)]
    held = [
        holders.dominated(one, study, period) for one, period in zip(seen, periods, strict=True)
    ]
    empty = pd.DataFrame()
    return Cells(
        pd.concat(frames, ignore_index=True), empty, empty, empty, empty, "",
        dominated=pd.concat(held, ignore_index=True),
    )  # fmt: skip


def _seen(matters: pd.DataFrame, period: Period) -> dict[str, pd.DataFrame]:
    """Return the matters as a period's report sees them, and those of them that go further."""
    inside = matters["left_at"] == "included"
    in_season = matters["month"].isin(period.months) & (matters["year"] <= period.year)
    ends = _day(period.end) - _days(pd.Series([period.year]), pd.Series([1]))[0]
    seen_until = _days(matters["year"], 1) + ends + (period.cutoff - period.end).days
    matter = matters.assign(seen=seen_until)[in_season]
    own = matter[matter["left_at"] == "included"]
    closed = _closed(matters[inside].assign(seen=seen_until), period)
    opened = own[own["investigated"]]
    judged = opened[opened["day"] + 120 <= opened["seen"]]
    return {"matter": matter, "own": own, "closed": closed, "opened": opened, "judged": judged}


def _of_period(seen: dict[str, pd.DataFrame], study: Study, period: Period) -> pd.DataFrame:
    matter, own, closed, opened, judged = seen.values()
    parts = [
        _count("flow", matter, level=matter["left_at"]),
        _count("background:sex", own, level=own["sex"]),
        *_continuity(own),
        *_needs(closed[closed["needs"]], study),
        _count("T14", own[own["dated"]], y=own.loc[own["dated"], "screened"]),
        _count("T4M", judged, y=judged["in_time"]),
        *_returns("R1", closed, closed["closed"]),
        *_returns("R2", own, own["day"]),
        *_returns("R3", own, own["day"]),
        _count("reached", own, y=own["reached"]),
        _count("reached_investigated", opened, y=opened["reached"]),
        *_described(opened, closed),
        *_not_judged(own, opened, judged),
        *_chain(own),
        *_missing(own, closed[closed["needs"]]),
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "period", period.period)
    return frame


def _continuity(own: pd.DataFrame) -> list[pd.DataFrame]:
    led = own[own["led"]]
    investigated = led[led["investigated"]]
    moved = led.loc[led.index.repeat(led["handovers"])]
    months = np.minimum(led["seen"] - led["day"], 365) / 30.4375
    counts_in_k4 = moved[~moved["cause"].isin(["enhetsgräns", "projektavslut"])]
    rate = [_count("K4", counts_in_k4, n=0.0, y=100.0), _count("K4", led, n=months, y=0.0)]
    keys = ["measure", *STRATA]
    return [
        _count("K1", led, y=led["workers"]),
        _count("K1_UTR", investigated, y=investigated["workers"] + 1),
        _count("K2", investigated, y=investigated["k2"]),
        _count("K3", investigated, n=2, y=2 * investigated["k3"]),
        pd.concat(rate).groupby(keys, as_index=False)[["n", "total", "total_sq"]].sum(),
        _count("handovers", moved, level=moved["cause"]),
        _count("child_months", led, n=months),
    ]


def _needs(need: pd.DataFrame, study: Study) -> list[pd.DataFrame]:
    deadline = need["closed"] + study.definitions.uptake_days
    mature = need[deadline <= need["seen"]]
    in_time = (mature["start"] <= study.definitions.uptake_days) & (mature["step"] >= 4)
    offered = need[need["step"] >= 2]
    known = offered[offered["answer"].isin(ANSWERS[:3])]
    described = need[need["dated"]]
    steps = [
        _count("funnel", need, level=step, y=need["step"] >= place)
        for place, step in enumerate(STEPS)
    ]
    return [
        _count("U1", mature, y=in_time),
        _count("U1_mature", need, y=deadline <= need["seen"]),
        _count("U2", known, y=known["answer"] != "nej"),
        _count("U2_answers", offered, level=offered["answer"]),
        _count("U3", described, y=~described["suited"]),
        *steps,
    ]


def _described(opened: pd.DataFrame, closed: pd.DataFrame) -> list[pd.DataFrame]:
    recorded, planned = opened[opened["recorded"]], opened[opened["planned"]]
    planned = planned[planned["closed"] <= planned["seen"]]
    moved = opened[opened["again"] & (opened["tier"] != "ej satt")]
    moved = moved[moved["tier_before"] != "ej satt"]
    users = closed[closed["contract"] & (closed["step"] > 4)]
    return [
        _count("again", opened, y=opened["again"]),
        _count("again_in_year", opened, y=opened["again"] & opened["last_year"]),
        _count("known_before", opened, y=opened["known"]),
        _count("school_contact", recorded, y=recorded["contact"]),
        _count("planned", planned, y=planned["closed"] - planned["day"] - 100),
        _count("tiers", opened, level=opened["tier"]),
        _count("tier_moves", moved, level=moved["tier_before"] + ">" + moved["tier"]),
        _count("contract_users", users),
    ]


def _not_judged(
    own: pd.DataFrame, opened: pd.DataFrame, judged: pd.DataFrame
) -> list[pd.DataFrame]:
    left, late = own[~own["dated"]], judged[~judged["in_time"]]
    running = opened.drop(judged.index)
    why = np.where(left["kind"], "no_report", "undecided")
    return [
        _count("not_judged", left, level=why),
        _count("not_judged", running, level="running"),
        _count("extension", late, y=late["extended"]),
        _count("background:reporter", own, level=own["reporter"]),
    ]


def _chain(own: pd.DataFrame) -> list[pd.DataFrame]:
    led = own[own["led"]]
    investigated = led[led["investigated"]]
    reached = {
        "FB": led, "UTR": investigated, "BESLUT": investigated[investigated["in_time"]],
        "INSATS": investigated[investigated["supported"]],
    }  # fmt: skip
    moved = led.loc[led.index.repeat(led["handovers"])]
    between = np.where(moved["investigated"] & ~moved["within"], "FB>UTR", "FB>FB")
    return [
        *(_count("phase_days", rows, level=phase, y=10) for phase, rows in reached.items()),
        _count("handovers_in_chain", moved, level=pd.Series(between, moved.index) + "|other"),
    ]


def _closed(own: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Return the investigations by when they closed, which is their year and month from here on."""
    found = own[own["investigated"]]
    month = (found["closed"] % 372) // 31 + 1
    year = 2000 + found["closed"] // 372
    found = found.assign(year=year, month=month)
    first = _days(found["year"], 1)
    ends = _day(period.end) - _days(pd.Series([period.year]), pd.Series([1]))[0]
    found["seen"] = first + ends + (period.cutoff - period.end).days
    return found[
        found["month"].isin(period.months)
        & (found["year"] <= period.year)
        & (found["year"] >= own["year"].min())
        & (found["closed"] <= found["seen"])
    ]


def _returns(measure: str, index: pd.DataFrame, day: pd.Series) -> list[pd.DataFrame]:
    followed = np.clip(index["seen"] - day, 0, HORIZON)
    time = np.minimum(np.minimum(index[measure], index["leaving"]), followed)
    level = np.select(
        [index[measure] <= time, index["leaving"] <= time], ["return", "competing"], "censored"
    )
    return [
        _count(measure, index, level=level, time=time),
        _count(f"{measure}_follow_up", index, time=followed),
    ]


def _missing(own: pd.DataFrame, need: pd.DataFrame) -> list[pd.DataFrame]:
    offered = need[need["step"] >= 2]
    moved = own[own["led"]]
    moved = moved.loc[moved.index.repeat(moved["handovers"])]
    return [
        _count("missing", own, level="lead_caseworker", y=~own["led"]),
        _count("missing", own, level="screening_decision", y=~own["dated"]),
        _count("missing", moved, level="handover_cause", y=moved["cause"] == "okänd"),
        _count("missing", offered, level="offer_answer", y=~offered["answer"].isin(ANSWERS[:3])),
    ]


def _count(
    measure: str, rows: pd.DataFrame, *, level: object = "", time: object = NO_TIME,
    n: object = 1.0, y: object = 1.0,
) -> pd.DataFrame:  # fmt: skip
    full = rows[["area", "year", "month", "sex", "age_group"]].assign(
        level=level, time=time, n=np.asarray(n, dtype=float), total=np.asarray(y, dtype=float)
    )
    full["total_sq"] = full["total"] ** 2
    counted = full.groupby(STRATA, as_index=False)[["n", "total", "total_sq"]].sum()
    counted.insert(0, "measure", measure)
    return counted


def _days(year: pd.Series, month: pd.Series | int) -> pd.Series:
    """Return the first day of a month, in years of 12 months of 31 days: no calendar is needed."""
    return (year - 2000) * 372 + (month - 1) * 31


def _day(date) -> int:
    return (date.year - 2000) * 372 + (date.month - 1) * 31 + date.day - 1


SHOWS: tuple[tuple[str, ...], ...] = (
    ("volume_table",), ("flow_figure",), ("missing_table",), ("maturity_table",),
    ("handovers_figure",), ("returns_figure",), ("funnel_figure",), ("offers_table",),
    *(("series_figure", outcome) for outcome in ("K1", "K1_UTR", "R1", "U1", "T4M")),
    *(("effects_table", family) for family in ("continuity", "reinvestigation", "uptake")),
    *(("sex_table", family) for family in ("continuity", "reinvestigation", "uptake")),
    ("effects_table", "clocks"), ("sex_funnel_figure",), ("first_page",), ("reached_table",),
    ("needs_figure",), ("again_table",), ("not_judged_table",), ("extension_table",),
    ("planned_table",), ("tiers_figure",), ("moves_table",), ("chain_figure",),
    ("school_referrals_table",), ("contract_users_table",),
    ("sex_figure", "K2", "K3", "R1"), ("event_study_figure", "R1"), ("event_study_figure", "U1"),
)  # fmt: skip
