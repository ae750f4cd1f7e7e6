"""The casework extracts: referrals, investigations, caseworkers' assignments, advice."""

import numpy as np
import pandas as pd

from evalkit.data.simulation import support as found
from evalkit.data.simulation.assignments import PHASES
from evalkit.data.simulation.columns import dates, extract, ids, yes_no
from evalkit.data.simulation.draws import pick
from evalkit.data.simulation.matters import ATTACHED, OPENED, SCREENED_OUT
from evalkit.data.simulation.model import Model
from evalkit.data.simulation.people import EXITS
from evalkit.data.simulation.rates import PILOT, UNITS

DECISIONS = {
    SCREENED_OUT: "inleds inte",
    OPENED: "utredning inleds",
    ATTACHED: "påförs pågående utredning",
}
RESULTS = {
    found.NO_NEED: "utan insats–inget behov",
    found.IN_TIME: "insats",
    found.UNSUITABLE: "utan insats–insats saknas",
    found.DECLINED: "utan insats–tackar nej",
    found.UNANSWERED: "utan insats–tackar nej",
    found.NEVER_STARTED: "insats",
    found.PLACED: "LVU/placering",
    found.LATE: "insats",
}
TIERS = ("1", "2", "3", "4", "ej satt")
ADVICE_RESULTS = ("avslut", "ny kontakt", "ansökan", "anmälan", "hänvisning")
# Assumed throughout: how often levels are set and methods used, in the line and in the team.
TIERS_LINE, TIERS_TEAM = np.array([10, 20, 13, 7, 50]), np.array([20, 35, 25, 15, 5])
TIME_PLANNED, INSTRUMENT, SCHOOL = (0.02, 0.08), (0.30, 0.60), (0.40, 0.55)
IRISK = (0.20, 0.50)
EXTENSION_DAYS = 122
ADVICE_RESULT_WEIGHTS = np.array([0.6, 0.2, 0.08, 0.04, 0.08])


def matter_tables(
    model: Model, child_ids: np.ndarray, matter_ids: np.ndarray
) -> dict[str, pd.DataFrame]:
    """Return the extracts that follow the matters; ids by child number and by matter."""
    return {
        "aktualisering": _referral(model, child_ids, matter_ids),
        "utredning": _investigation(model, child_ids, matter_ids),
        "rad_och_stod": _advice(model, child_ids),
        "tilldelning": _assignment(model, child_ids, matter_ids),
    }


def investigation_ids(model: Model) -> np.ndarray:
    """Return the id of each matter's investigation; "" where none had opened in time."""
    matters = model.matters
    seen = (matters["decision"] == OPENED) & (matters["decided"] <= model.setting.data_end)
    numbers = np.cumsum(seen.to_numpy())
    return np.where(seen, ids("U", numbers, 7), "")


def tiers(model: Model) -> np.ndarray:
    """Return the level that each matter's investigation was given."""
    weights = np.where(model.matters["handled"].to_numpy()[:, None], TIERS_TEAM, TIERS_LINE)
    return np.array(TIERS, dtype=object)[pick(model.matters["u_tier"].to_numpy(), weights)]


def _referral(model: Model, child_ids: np.ndarray, matter_ids: np.ndarray) -> pd.DataFrame:
    matters, setting = model.matters, model.setting
    received, decided = matters["received"].to_numpy(), matters["decided"].to_numpy()
    protected = received + matters["protection"].to_numpy()
    decision = matters["decision"].map(DECISIONS).to_numpy(dtype=object)
    decided_in_time = decided <= setting.data_end
    columns = {
        "aktualisering_id": matter_ids,
        "barn_id": child_ids[matters["child"]],
        "inkom_datum": dates(received),
        "typ": matters["kind"],
        "anmalare": matters["reporter"],
        "orsak": matters["reason"],
        "skyddsbedomning_datum": dates(
            protected, (matters["protection"] >= 0).to_numpy() & (protected <= setting.data_end)
        ),
        "beslut_datum": dates(decided, decided_in_time),
        "beslut": np.where(decided_in_time, decision, ""),
        "enhet_id": np.where(model.matters["handled"].to_numpy(), UNITS[PILOT], UNITS[0]),
        "upptagningsomrade_vid_inkom": yes_no(matters["area"] < setting.n_treated),
    }
    return extract(columns, setting.data_end)


def _investigation(model: Model, child_ids: np.ndarray, matter_ids: np.ndarray) -> pd.DataFrame:
    every = investigation_ids(model)
    seen = every != ""
    matters, handled = model.matters[seen], model.matters["handled"].to_numpy()[seen].astype(int)
    setting, n = model.setting, len(matters)
    opened, closed = matters["decided"].to_numpy(), matters["closed"].to_numpy()
    draw = {name: model.text.random(n) for name in ("plan", "instrument", "school", "irisk")}
    planned = draw["plan"] < np.array(TIME_PLANNED)[handled]
    violence = matters["reason"].isin(["våld i nära relation", "våld mot barn"]).to_numpy()
    late = np.minimum(closed, setting.data_end) - opened > EXTENSION_DAYS
    done = closed <= setting.data_end
    columns = {
        "utredning_id": every[seen],
        "barn_id": child_ids[matters["child"]],
        "aktualisering_id": matter_ids[seen],
        "inledd_datum": dates(opened),
        "avslutad_datum": dates(closed, done),
        "forlangd": yes_no(late & (model.text.random(n) < setting.rates.extended_when_late)),
        "tidsplanerad": yes_no(planned),
        "planerat_slut": dates(opened + model.text.integers(56, 100, n), planned),
        "niva": tiers(model)[seen],
        "irisk_anvant": yes_no(violence & (draw["irisk"] < np.array(IRISK)[handled])),
        "standardiserat_instrument": yes_no(draw["instrument"] < np.array(INSTRUMENT)[handled]),
        "skolkontakt": yes_no(draw["school"] < np.array(SCHOOL)[handled]),
        "resultat": np.where(done, _results(model)[seen], ""),
        "enhet_id": np.where(handled, UNITS[PILOT], UNITS[1]),
    }
    return extract(columns, setting.data_end)


def _results(model: Model) -> np.ndarray:
    matters = model.matters
    kind = model.people.children["exit_kind"].to_numpy()[matters["child"]]
    broken_off = np.where(kind == EXITS.index("flytt"), "avbruten flytt", "annat")
    outcome = model.world.support["outcome"].map(RESULTS)
    return np.where(matters["left"], broken_off, outcome).astype(object)


def _advice(model: Model, child_ids: np.ndarray) -> pd.DataFrame:
    """Return advice and support to children with a matter, and to families without a name."""
    matters, setting, rng = model.matters, model.setting, model.text
    rates, handled = setting.rates, model.matters["handled"].to_numpy()
    day = matters["received"].to_numpy() + rng.integers(1, 120, len(matters))
    given = rng.random(len(matters)) < np.where(handled, rates.advice_pilot, rates.advice_line)
    given &= (day < matters["exit_day"].to_numpy()) & (day <= setting.data_end)
    instead = (matters["advised_on"] <= setting.data_end).to_numpy()
    matter = np.append(np.flatnonzero(given), np.flatnonzero(instead))
    day = np.append(day[given], matters["advised_on"].to_numpy()[instead])
    by_team = handled[matter] & (day <= setting.pilot_end)
    years = (setting.data_end + 1 - setting.data_start) / 365.25
    unnamed = rng.poisson(rates.advice_anonymous_per_year * years * setting.scale)
    someday = rng.integers(setting.data_start, setting.data_end + 1, unnamed)
    n = len(matter) + unnamed
    columns = {
        "barn_id": np.append(child_ids[matters["child"].to_numpy()[matter]], np.full(unnamed, "")),
        "datum": dates(np.append(day, someday)),
        "enhet_id": np.where(np.append(by_team, np.zeros(unnamed, bool)), UNITS[PILOT], UNITS[0]),
        "antal_tillfallen": (1 + rng.poisson(1.2, n)).astype(str),
        "resultat": np.array(ADVICE_RESULTS)[pick(rng.random(n), ADVICE_RESULT_WEIGHTS)],
    }
    contacts = pd.DataFrame(columns).sort_values(["datum", "barn_id"], ignore_index=True)
    contacts.insert(0, "ros_id", ids("S", np.arange(1, n + 1), 6))
    return extract(dict(contacts), setting.data_end)


def _assignment(model: Model, child_ids: np.ndarray, matter_ids: np.ndarray) -> pd.DataFrame:
    leads = model.world.leads.assign(role="huvud")
    every = pd.concat([leads, *_others(model)], ignore_index=True)
    every = every.sort_values(["matter", "start", "phase"], kind="stable", ignore_index=True)
    matter, end = every["matter"].to_numpy(), every["end"].to_numpy()
    columns = {
        "tilldelning_id": ids("T", np.arange(1, len(every) + 1), 7),
        "barn_id": child_ids[model.matters["child"].to_numpy()[matter]],
        "process_id": matter_ids[matter],
        "fas": np.array(PHASES)[every["phase"]],
        "handlaggare_id": ids("H", every["worker"].to_numpy() + 1, 4),
        "roll": every["role"],
        "from": dates(every["start"].to_numpy()),
        "tom": dates(end, end <= model.setting.data_end),
        "bytesorsak": every["reason"],
    }
    return extract(columns, model.setting.data_end)


def _others(model: Model) -> list[pd.DataFrame]:
    """Return duty officers, stand-ins and co-workers: beside the lead caseworker."""
    leads, rng, rates = model.world.leads, model.text, model.setting.rates
    end = np.minimum(leads["end"], model.setting.data_end)
    first = leads["phase"].eq(0) & (
        leads["start"] == model.matters["received"].loc[leads["matter"]].to_numpy()
    )
    away = 5 + rng.integers(0, 20, len(leads))
    long = leads["phase"].eq(1) & (end - leads["start"] > 2 * away)
    asked = (
        ("jour", first, rates.duty, leads["start"], leads["start"]),
        ("vikarie", long, rates.cover, leads["start"] + away, leads["start"] + 2 * away),
        ("med", leads["phase"].eq(1), rates.co_worker, leads["start"], leads["end"]),
    )
    return [
        _beside(leads[chosen].assign(role=role, start=start[chosen], end=last[chosen]), model)
        for role, among, chance, start, last in asked
        for chosen in [among & (rng.random(len(leads)) < chance)]
    ]


def _beside(rows: pd.DataFrame, model: Model) -> pd.DataFrame:
    """Give each row a colleague of the lead caseworker, as long as he or she is employed."""
    staff, unit = model.staff, rows["unit"].to_numpy()
    size = np.array(model.setting.rates.seats)[unit]
    first = staff.first_seat[unit]
    step = 1 + (model.text.random(len(rows)) * (size - 1)).astype(np.int64)
    seat = first + (rows["seat"].to_numpy() - first + step) % size
    worker = staff.at(seat, rows["start"].to_numpy())
    end = np.minimum(rows["end"].to_numpy(), staff.end[worker])
    return rows.assign(worker=worker, end=end, reason="")
