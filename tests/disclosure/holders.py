"""Which counts of a random district one family or one caseworker all but makes up, in pandas.

The data room decides it with group-bys in its engine; this is written from the rule alone, count
by count, with a loop over the children of each.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd

from evalkit.data.cells import DOMINATED
from evalkit.plan import Period, Study

STEPS = ("need", "available", "offered", "accepted", "granted", "started", "completed")
KNOWN = ("ja", "delvis", "nej")
CAUSES = ("enhetsgräns", "slutat", "frånvaro", "omfördelning", "projektavslut")

Named = tuple[str, str, int, str, pd.DataFrame]  # measure, part, window, less, rows
Child = tuple[int, frozenset[tuple[str, int]]]  # its family and its caseworkers


def dominated(frames: dict[str, pd.DataFrame], study: Study, period: Period) -> pd.DataFrame:
    """Return the period's dominated counts, as the data room names them."""
    plan, found = study.disclosure, []
    for measure, part, window, less, rows in _counts(frames, study, period):
        for (arm, year), children in _in_groups(rows, study.areas.treated).items():
            siblings, caseload = _most(children)
            left, share = len(children) - siblings, caseload / len(children)
            for audience, rule in (("internal", plan.internal), ("public", plan.public)):
                if (siblings > 1 and left < rule.threshold) or share > plan.dominance:
                    row = (period.period, audience, measure, part, window, less, arm, year)
                    found.append(row)
    return pd.DataFrame(found, columns=DOMINATED)


def _in_groups(rows: pd.DataFrame, treated: tuple[str, ...]) -> dict[tuple[str, int], list[Child]]:
    """Return the family and the caseworkers of each child, by arm and year."""
    found: dict[tuple[str, int], list[Child]] = defaultdict(list)
    for area, year, *child in zip(
        rows["area"], rows["year"], rows["family"], rows["caseworkers"], strict=True
    ):
        found["pilot" if area in treated else "line", int(year)].append(tuple(child))
    return found


def _most(children: list[Child]) -> tuple[int, int]:
    """Return how many are of one family, and how many one caseworker has had, at most."""
    siblings = Counter(family for family, _ in children)
    caseload = Counter(one for _, caseworkers in children for one in caseworkers)
    return max(siblings.values()), max(caseload.values(), default=0)


def _counts(frames: dict[str, pd.DataFrame], study: Study, period: Period) -> Iterator[Named]:
    yield from _by_sex(_outcomes(frames, study))
    yield from _plain(frames, study)
    yield from _curve(frames["closed"][frames["closed"]["year"] == period.year])


def _by_sex(named: Iterator[Named]) -> Iterator[Named]:
    for measure, part, window, less, rows in named:
        yield measure, part, window, less, rows
        for sex, own in rows.groupby("sex"):
            yield measure, f"{part} {sex}".strip(), window, less, own


def _share(measure: str, rows: pd.DataFrame, y: pd.Series, window: int = 0) -> Iterator[Named]:
    yield f"{measure}.x", "", window, "", rows[y]
    yield f"{measure}.rest", "", window, "", rows[~y]


def _outcomes(frames: dict[str, pd.DataFrame], study: Study) -> Iterator[Named]:
    own, closed, judged = (frames[name] for name in ("own", "closed", "judged"))
    led = own[own["led"]]
    investigated = led[led["investigated"]]
    yield "matters", "", 0, "", own
    yield "K1.n", "", 0, "", led
    yield "K1_UTR.n", "", 0, "", investigated
    pairs = investigated.loc[investigated.index.repeat(2)]
    need = closed[closed["needs"]]
    mature = need[need["closed"] + study.definitions.uptake_days <= need["seen"]]
    in_time = (mature["start"] <= study.definitions.uptake_days) & (mature["step"] >= 4)
    known = need[(need["step"] >= 2) & need["answer"].isin(KNOWN)]
    described, dated = need[need["dated"]], own[own["dated"]]
    for measure, rows, y in (
        ("K2", investigated, investigated["k2"]), ("K3", pairs, pairs["k3"]),
        ("U1", mature, in_time), ("U2", known, known["answer"] != "nej"),
        ("U3", described, ~described["suited"]), ("T14", dated, dated["screened"]),
        ("T4M", judged, judged["in_time"]),
    ):  # fmt: skip
        yield f"{measure}.n", "", 0, "", rows
        yield from _share(measure, rows, y)
    for measure, rows, day in (("R1", closed, "closed"), ("R2", own, "day"), ("R3", own, "day")):
        yield f"{measure}.n", "", 0, "", rows
        time, back = returned(measure, rows, day)
        for window in study.definitions.follow_up_windows:
            yield from _share(measure, rows, back & (time <= window), window)
    for place, step in enumerate(STEPS):
        yield "needs", step, 0, "", need[need["step"] >= place]
        if step != STEPS[-1]:
            yield "needs", step, 0, ":left", need[need["step"] == place]


def returned(measure: str, rows: pd.DataFrame, day: str) -> tuple[pd.Series, pd.Series]:
    """Return when each case's waiting ended, and whether by a return."""
    followed = np.clip(rows["seen"] - rows[day], 0, 365)
    time = np.minimum(np.minimum(rows[measure], rows["leaving"]), followed)
    return time, rows[measure] <= time


def _plain(frames: dict[str, pd.DataFrame], study: Study) -> Iterator[Named]:
    matter, own, closed, opened = (frames[name] for name in ("matter", "own", "closed", "opened"))
    yield "flow", "total", 0, "", matter
    for step in ("age", "attached"):
        yield "flow", step, 0, "", matter[matter["left_at"] == step]
    need = closed[closed["needs"]]
    deadline = need["closed"] + study.definitions.uptake_days
    yield "U1.n", "", 0, ":unripe", need[deadline > need["seen"]]
    yield "unused", "", 0, "", need[need["step"].between(1, 4)]
    offered = need[need["step"] >= 2]
    yield "answers", "", 0, "", offered
    yield "answers", "unknown", 0, "", offered[~offered["answer"].isin(KNOWN)]
    led = own[own["led"]]
    moved = led.loc[led.index.repeat(led["handovers"])]
    for cause in CAUSES:
        yield "handovers", cause, 0, "", moved[moved["cause"] == cause]
    yield "handovers", "other", 0, "", moved[~moved["cause"].isin(CAUSES)]
    yield "handovers", "okänd", 0, "", moved[moved["cause"] == "okänd"]
    yield "handovers", "okänd", 0, ":annan", moved[moved["cause"] == "annan"]
    for part, known in (("lead_caseworker", own["led"]), ("screening_decision", own["dated"])):
        yield "missing", part, 0, "", own[~known]
        yield "missing", part, 0, ":known", own[known]
    yield "K1.n", "", 0, ":without", own[~own["led"]]
    yield "K1_UTR.n", "", 0, ":without", led[~led["investigated"]]
    yield "opened", "", 0, "", opened
    for measure, rows in (("reached", own), ("reached_investigated", opened)):
        yield measure, "", 0, "", rows[rows["reached"]]
        yield measure, "", 0, ":not", rows[~rows["reached"]]
    yield from _described(frames)


def _curve(closed: pd.DataFrame) -> Iterator[Named]:
    time, back = returned("R1", closed, "closed")
    days = sorted({*range(0, 366, 15), 90, 180, 365})
    for place, day in enumerate(days):
        yield "R1.x", "", day, "", closed[back & (time <= day)]
        for before in days[:place]:
            yield "R1.x", "", day, f":after{before}", closed[back & (time <= day) & (time > before)]


def _described(frames: dict[str, pd.DataFrame]) -> Iterator[Named]:
    own, opened, judged = (frames[name] for name in ("own", "opened", "judged"))
    yield "investigated", "", 0, "", opened
    in_year = opened["again"] & opened["last_year"]
    for measure, y in (
        ("again", opened["again"]), ("again_in_year", in_year), ("known_before", opened["known"])
    ):  # fmt: skip
        yield measure, "", 0, "", opened[y]
        yield measure, "", 0, ":not", opened[~y]
    yield "long_before", "", 0, "", opened[opened["again"] & ~in_year]
    recorded = opened[opened["recorded"]]
    yield "contact", "", 0, "", recorded
    yield "contact", "yes", 0, "", recorded[recorded["contact"]]
    yield "contact", "yes", 0, ":not", recorded[~recorded["contact"]]
    late = judged[~judged["in_time"]]
    yield "late", "", 0, "", late
    yield "late", "extended", 0, "", late[late["extended"]]
    yield "late", "extended", 0, ":not", late[~late["extended"]]
    yield "planned", "", 0, "", opened[opened["planned"] & (opened["closed"] <= opened["seen"])]
    yield "tiers", "", 0, "", opened
    for level, rows in opened.groupby("tier"):
        yield "tiers", str(level), 0, "", rows
    school = own["reporter"].isin(["skola", "förskola"])
    young = own["age_group"] == "0–6"
    yield "school", "", 0, "", own[school]
    yield "school", "", 0, ":not", own[~school]
    yield "young", "", 0, "", own[school & young]
    yield "young", "", 0, ":not", own[school & ~young]
