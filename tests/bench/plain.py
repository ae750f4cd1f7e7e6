"""Four measures of one period from the files the usual way: pandas, merges and groupby.

Written from the definitions and not from the package's expressions, so that equal cells say
something. It reads the columns that it needs and checks nothing: the data are known to be sound.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from evalkit.data.cells import NO_TIME, STRATA
from evalkit.plan import Period, Study

FILES = {
    "aktualisering": ["aktualisering_id", "barn_id", "inkom_datum", "beslut"],
    "avgang": ["barn_id", "datum"],
    "barn": ["barn_id", "kon", "fodelsemanad"],
    "behov": ["utredning_id", "bedomt_behov"],
    "boende": ["barn_id", "from", "tom", "stadsdel"],
    "insats": ["utredning_id", "insatstyp", "lagrum", "start"],
    "tilldelning": ["process_id", "fas", "handlaggare_id", "roll", "from", "tom", "bytesorsak"],
    "utredning": [
        "utredning_id", "barn_id", "aktualisering_id", "inledd_datum", "avslutad_datum",
    ],
}  # fmt: skip
DAYS = ("inkom_datum", "datum", "from", "tom", "start", "inledd_datum", "avslutad_datum")
FAR = pd.Timestamp("2200-01-01")  # after everything; an investigation that is open ends there
BACKGROUND = ["area", "sex", "age_group"]
KEYS = [*BACKGROUND, "year", "month"]
Files = dict[str, pd.DataFrame]


def cells(folder: Path, study: Study, period: Period) -> pd.DataFrame:
    """Return the cells of K1, K2, R1 and U1."""
    files = {name: _read(folder / f"{name}.csv", columns) for name, columns in FILES.items()}
    located = _located(files, study)
    steady = _continuity(files, located, study, period)
    several = steady[steady["phases"] > 1]
    rows = {
        "K1": steady.assign(y=steady["workers"]),
        "K2": several.assign(y=several["workers"] == 1),
        "R1": _reinvestigations(files, located, study, period),
        "U1": _started_in_time(files, located, study, period),
    }
    return pd.concat(_count(one, measure) for measure, one in rows.items())


def _read(path: Path, columns: Iterable[str]) -> pd.DataFrame:
    rows = pd.read_csv(path, sep=";", dtype=str, usecols=list(columns))
    return rows.assign(**{day: pd.to_datetime(rows[day]) for day in rows if day in DAYS})


def _located(files: Files, study: Study) -> pd.DataFrame:
    """Return the referrals of children in the areas and of the ages that are studied."""
    lived = files["aktualisering"].merge(files["boende"], on="barn_id")
    there = (lived["from"] <= lived["inkom_datum"]) & ~(lived["tom"] < lived["inkom_datum"])
    rows = lived[there & lived["stadsdel"].isin(study.areas.all)].merge(files["barn"], on="barn_id")
    born = pd.to_datetime(rows["fodelsemanad"], format="%Y-%m").dt
    day = rows["inkom_datum"].dt
    age = ((day.year - born.year) * 12 + day.month - born.month) // 12
    rows = rows.rename(columns={"stadsdel": "area", "kon": "sex"}).drop(columns=["from", "tom"])
    rows["age_group"] = "utanför"
    for low, high in study.scope.age_groups:
        rows.loc[age.between(low, high), "age_group"] = f"{low}–{high}"
    return rows[age.between(study.scope.min_age, study.scope.max_age)]


def _in_season(rows: pd.DataFrame, day: str, study: Study, period: Period) -> pd.DataFrame:
    """Return the rows of the report's years and months, with the last day seen for each."""
    when = rows[day].dt
    rows = rows.assign(year=when.year, month=when.month)
    years = range(study.timeline.pre.start.year, period.year + 1)
    rows = rows[rows["year"].isin(years) & rows["month"].isin(period.months)]
    later, last = period.cutoff.year - period.year, period.cutoff
    seen = {year: pd.Timestamp(year + later, last.month, last.day) for year in years}
    return rows.assign(seen_until=rows["year"].map(seen))


def _continuity(files: Files, located: pd.DataFrame, study: Study, period: Period) -> pd.DataFrame:
    """Return one row per matter with how many led it, and through how many phases."""
    matters = _in_season(located, "inkom_datum", study, period)
    matters = matters[matters["beslut"] != "påförs pågående utredning"]
    given = files["tilldelning"]
    given = given[given["roll"] == "huvud"]
    led = matters.merge(given, left_on="aktualisering_id", right_on="process_id")
    year_after = led["inkom_datum"] + pd.Timedelta(days=365)
    seen = led["from"] <= year_after.where(year_after < led["seen_until"], led["seen_until"])
    days = (led["tom"] - led["from"]).dt.days + 1
    cover = (led["bytesorsak"] == "frånvaro") & (days < study.definitions.cover_days)
    grouped = led[seen & ~cover].groupby([*KEYS, "process_id"], dropna=False)
    return grouped.agg(
        workers=("handlaggare_id", "nunique"), phases=("fas", "nunique")
    ).reset_index()


def _reinvestigations(
    files: Files, located: pd.DataFrame, study: Study, period: Period
) -> pd.DataFrame:
    """Return one row per closed spell of investigations with how its waiting ended, and when."""
    spells = _spells(files["utredning"], study.definitions.merge_gap_days)
    origin = located[["aktualisering_id", *BACKGROUND]]
    closed = spells[spells["closed"] < FAR].merge(origin, on="aktualisering_id")
    closed = _in_season(closed, "closed", study, period)
    closed = closed[closed["closed"] <= closed["seen_until"]].reset_index(drop=True)
    horizon = max(study.definitions.follow_up_windows)
    exits = files["avgang"].rename(columns={"datum": "day"})
    left = closed.reset_index().merge(exits, on="barn_id")
    gone = left.loc[left["day"] <= left["closed"], "index"]
    opened = spells[["barn_id", "opened"]].rename(columns={"opened": "day"})
    returned = _first_after(closed, opened, horizon)
    departed = _first_after(closed, exits, horizon)
    follow_up = (closed["seen_until"] - closed["closed"]).dt.days.clip(0, horizon)
    closed["time"] = pd.concat([returned, departed, follow_up], axis=1).min(axis=1)
    closed["level"] = "censored"
    closed.loc[departed <= closed["time"], "level"] = "competing"
    closed.loc[returned <= closed["time"], "level"] = "return"
    return closed.drop(index=gone.unique()).assign(y=1)


def _spells(investigations: pd.DataFrame, gap: int) -> pd.DataFrame:
    """Return investigations with those at most `gap` days apart made into one."""
    rows = investigations.sort_values(["barn_id", "inledd_datum", "aktualisering_id"])
    rows["closed"] = rows["avslutad_datum"].fillna(FAR)
    rows["ended"] = rows.groupby("barn_id")["closed"].cummax()
    before = rows.groupby("barn_id")["ended"].shift()
    apart = before.isna() | ((rows["inledd_datum"] - before).dt.days > gap)
    return rows.groupby(apart.cumsum()).agg(
        barn_id=("barn_id", "first"), aktualisering_id=("aktualisering_id", "first"),
        opened=("inledd_datum", "min"), closed=("closed", "max"),
    )  # fmt: skip


def _first_after(closed: pd.DataFrame, events: pd.DataFrame, horizon: int) -> pd.Series:
    """Return the days to the first event after each closing; more than the horizon for none."""
    both = closed.reset_index()[["index", "barn_id", "closed"]].merge(events, on="barn_id")
    later = both[both["day"] > both["closed"]]
    days = (later["day"] - later["closed"]).dt.days
    return days.groupby(later["index"]).min().reindex(closed.index).fillna(horizon + 1)


def _started_in_time(
    files: Files, located: pd.DataFrame, study: Study, period: Period
) -> pd.DataFrame:
    """Return one row per need that can be judged, and whether a service started in time."""
    need = files["behov"]
    needing = need.loc[need["bedomt_behov"] == "ja", "utredning_id"]
    made = files["utredning"]
    made = made[made["utredning_id"].isin(needing) & made["avslutad_datum"].notna()]
    rows = made.merge(located[["aktualisering_id", *BACKGROUND]], on="aktualisering_id")
    rows = _in_season(rows, "avslutad_datum", study, period)
    service = files["insats"]
    freely = (service["insatstyp"] != "placering HVB/familjehem") & (service["lagrum"] != "LVU")
    first = service[freely].groupby("utredning_id")["start"].min().rename("first")
    rows = rows.merge(first, how="left", left_on="utredning_id", right_index=True)
    deadline = rows["avslutad_datum"] + pd.Timedelta(days=study.definitions.uptake_days)
    in_time = (rows["first"] <= rows["seen_until"]) & (rows["first"] <= deadline)
    return rows.assign(y=in_time)[deadline <= rows["seen_until"]]


def _count(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    blank = {"level": "", "time": NO_TIME}
    full = rows.assign(**{name: value for name, value in blank.items() if name not in rows})
    full["y"] = full["y"].astype("float64")
    full["square"] = full["y"] ** 2
    grouped = full.groupby(STRATA, dropna=False, as_index=False)
    counted = grouped.agg(n=("y", "size"), total=("y", "sum"), total_sq=("square", "sum"))
    return counted.assign(measure=measure)
