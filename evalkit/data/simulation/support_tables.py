"""The extracts on support: needs, offers and services."""

from datetime import date

import numpy as np
import pandas as pd

from evalkit.data.simulation import support as found
from evalkit.data.simulation.columns import dates, extract, ids, yes_no
from evalkit.data.simulation.draws import FAR, day_number, lognormal_days, month_of, pick
from evalkit.data.simulation.matter_tables import investigation_ids, tiers
from evalkit.data.simulation.model import Model
from evalkit.data.simulation.people import EXITS

AREAS_OF_NEED = ("föräldrarnas förmåga", "familj och miljö", "barnets utveckling")
SERVICES = (
    "familjebehandling", "Project Support", "annat föräldraskapsprogram", "kontaktperson/-familj",
    "strukturerad öppenvård", "flexibelt stöd", "familjerådslag",
)  # fmt: skip
PLACEMENT = "placering HVB/familjehem"
# The social outcome contract: from September 2021, for those in years 4-9 with, or at risk of,
# substance misuse or a criminal life, in the pilot and in the line alike.
CONTRACT, CONTRACT_PROVIDER, CONTRACT_FROM = "SUK-insats", "civilsamhälle", date(2021, 9, 1)
CONTRACT_AGES, CONTRACT_REASONS = (10, 15), ("kriminalitet", "missbruk", "skolfrånvaro")
PROVIDERS = ("linje", "civilsamhälle", "extern")
ENDINGS = ("fullföljd", "avbruten familj", "avbruten förvaltning", "övergång annan insats")
DECLINERS = ("vårdnadshavare", "båda", "okänt", "barn 15 år eller äldre")
DECLINE_REASONS = ("inget behov", "fel tid", "fel form", "väntetid", "annat stöd",
                   "förtroende saknas", "annat", "okänt")  # fmt: skip
# Assumed throughout.
SERVICE_WEIGHTS_LINE = np.array([38, 6, 16, 16, 14, 6, 4])
SERVICE_WEIGHTS_TEAM = np.array([30, 8, 14, 8, 10, 26, 4])
PROVIDER_WEIGHTS = np.array([0.88, 0.06, 0.06])
DECLINER_WEIGHTS = np.array([0.6, 0.15, 0.25, 0.0])
DECLINER_WEIGHTS_15 = np.array([0.3, 0.15, 0.15, 0.4])
DECLINE_WEIGHTS = np.array([22, 12, 12, 10, 14, 10, 8, 12])
CONTRACT_SHARE = 0.7
UNKNOWN_SUITABLE = 0.15
PARTLY = 0.10
MOTIVATION = (0.17, 0.40)
COERCION = 0.4
PLACEMENT_MEDIAN = 300.0


def support_tables(model: Model, child_ids: np.ndarray) -> dict[str, pd.DataFrame]:
    """Return the extracts on what investigations closed by the last day led to."""
    matters = model.matters
    cases = matters.join(model.world.support).assign(
        barn_id=child_ids[matters["child"]],
        utredning_id=investigation_ids(model),
        tier=tiers(model),
        service=_service_types(model),
        offered=_offered(model),
    )
    cases.loc[_in_contract(cases, model), "service"] = CONTRACT
    seen = (cases["utredning_id"] != "") & (cases["closed"] <= model.setting.data_end)
    assessed = cases[seen & ~cases["left"]]
    return {
        "behov": _need(assessed, model),
        "erbjudande": _offer(assessed, model),
        "insats": _service(assessed, model),
    }


def _service_types(model: Model) -> np.ndarray:
    weights = np.where(
        model.matters["handled"].to_numpy()[:, None], SERVICE_WEIGHTS_TEAM, SERVICE_WEIGHTS_LINE
    )
    return np.array(SERVICES, dtype=object)[pick(model.text.random(len(weights)), weights)]


def _offered(model: Model) -> np.ndarray:
    """Return the day of the offer: in the investigation's last month, before any start."""
    matters, start = model.matters, model.world.support["start"].to_numpy()
    opened, closed = matters["decided"].to_numpy(), matters["closed"].to_numpy()
    last = np.minimum(closed, start)
    return np.maximum(opened, last - model.text.integers(1, 30, len(matters)))


def _in_contract(cases: pd.DataFrame, model: Model) -> np.ndarray:
    """Return who is offered a service under the social outcome contract."""
    born = model.people.children["birth_month"].to_numpy()[cases["child"]]
    age = (month_of(cases["offered"].to_numpy()) - born) // 12
    eligible = cases["reason"].isin(CONTRACT_REASONS).to_numpy()
    eligible = eligible & (age >= CONTRACT_AGES[0]) & (age <= CONTRACT_AGES[1])
    eligible = eligible & (cases["offered"].to_numpy() >= day_number(CONTRACT_FROM))
    return eligible & (model.follow_up.random(len(cases)) < CONTRACT_SHARE)


def _need(cases: pd.DataFrame, model: Model) -> pd.DataFrame:
    """Return the areas of need: one, or two for some of those in need."""
    rng, n = model.text, len(cases)
    unknown = rng.random(n) < UNKNOWN_SUITABLE
    lacking = np.where(unknown, "okänt", "nej")
    suitable = np.where(cases["outcome"] == found.UNSUITABLE, lacking, "ja")
    first = rng.integers(0, len(AREAS_OF_NEED), n)
    one = cases.assign(area_of_need=first, suitable=np.where(cases["need"], suitable, "okänt"))
    second = cases["need"].to_numpy() & (rng.random(n) < model.setting.rates.second_area_of_need)
    two = one[second].assign(area_of_need=(first[second] + 1) % len(AREAS_OF_NEED))
    rows = pd.concat([one, two]).sort_values(["utredning_id", "area_of_need"])
    columns = {
        "utredning_id": rows["utredning_id"],
        "omrade": np.array(AREAS_OF_NEED)[rows["area_of_need"]],
        "bedomt_behov": yes_no(rows["need"]),
        "passande_insats_finns": rows["suitable"],
    }
    return extract(columns, model.setting.data_end).reset_index(drop=True)


def _offer(cases: pd.DataFrame, model: Model) -> pd.DataFrame:
    """Return one offer for each need that a suitable service could meet."""
    offered = (found.IN_TIME, found.DECLINED, found.UNANSWERED, found.NEVER_STARTED, found.LATE)
    rows = cases[cases["outcome"].isin(offered)]
    rng, n, answer = model.text, len(rows), _answers(rows, model)
    day = rows["offered"].to_numpy()
    answered = np.isin(answer, ["ja", "nej", "delvis"])
    last = np.minimum(rows["closed"], rows["start"]).to_numpy()
    answer_day = np.minimum(day + rng.integers(0, 15, n), last)
    no = answer == "nej"
    reason = np.array(DECLINE_REASONS)[pick(rng.random(n), DECLINE_WEIGHTS)]
    motivated = rng.random(n) < np.array(MOTIVATION)[rows["handled"].astype(int)]
    columns = {
        "erbjudande_id": ids("E", np.arange(1, n + 1), 6),
        "barn_id": rows["barn_id"],
        "utredning_id": rows["utredning_id"],
        "insatstyp": rows["service"],
        "erbjuden_datum": dates(day),
        "svar": answer,
        "svar_datum": dates(answer_day, answered),
        "vem_nej": np.where(no, _decliners(rows, model), ""),
        "skal": np.where(no, reason, ""),
        "motivationsarbete": yes_no(motivated),
    }
    return extract(columns, model.setting.data_end).reset_index(drop=True)


def _answers(rows: pd.DataFrame, model: Model) -> np.ndarray:
    """Return the answers; some of those that were not yes were never recorded."""
    rng, rates = model.text, model.setting.rates
    yes = np.where(rng.random(len(rows)) < PARTLY, "delvis", "ja")
    negative = np.where(rows["outcome"] == found.DECLINED, "nej", "obesvarat")
    line = rates.unrecorded_line + model.world.scenario.unrecorded_line
    chance = np.where(rows["handled"], rates.unrecorded_pilot, line)
    negative = np.where(rng.random(len(rows)) < chance, "ej registrerat", negative)
    return np.where(rows["outcome"].isin([found.DECLINED, found.UNANSWERED]), negative, yes)


def _decliners(rows: pd.DataFrame, model: Model) -> np.ndarray:
    birth = model.people.children["birth_month"].to_numpy()[rows["child"]]
    old = month_of(rows["offered"].to_numpy()) - birth >= 15 * 12
    weights = np.where(old[:, None], DECLINER_WEIGHTS_15, DECLINER_WEIGHTS)
    return np.array(DECLINERS)[pick(model.text.random(len(rows)), weights)]


def _service(cases: pd.DataFrame, model: Model) -> pd.DataFrame:
    """Return services granted, started or not, and placements out of home."""
    granted = (found.IN_TIME, found.NEVER_STARTED, found.LATE)
    services = _open_care(cases[cases["outcome"].isin(granted)], model)
    placements = _placements(cases[cases["outcome"] == found.PLACED], model)
    rows = pd.concat([services, placements]).sort_values("utredning_id", ignore_index=True)
    data_end = model.setting.data_end
    start, end = rows["start"].to_numpy(), rows["end"].to_numpy()
    started, ended = start <= data_end, end <= data_end
    columns = {
        "insats_id": ids("I", np.arange(1, len(rows) + 1), 6),
        "barn_id": rows["barn_id"],
        "utredning_id": rows["utredning_id"],
        "beslut_datum": dates(rows["decided"].to_numpy()),
        "insatstyp": rows["service"],
        "lagrum": rows["statute"],
        "start": dates(start, started),
        "slut": dates(end, ended),
        "slutorsak": np.where(ended, rows["reason"], np.where(started, "pågår", "")),
        "utforare": rows["provider"],
        "niva": rows["tier"],
    }
    return extract(columns, data_end)


def _open_care(rows: pd.DataFrame, model: Model) -> pd.DataFrame:
    start, closed = rows["start"].to_numpy(), rows["closed"].to_numpy()
    kind = model.people.children["exit_kind"].to_numpy()[rows["child"]]
    leaving = np.select(
        [kind == EXITS.index("fyllt 18"), kind == EXITS.index("flytt")],
        ["18 år", "flytt"],
        "avbruten förvaltning",
    )
    endings = np.array([*ENDINGS, "", "projektavslut"])
    reason = np.where(rows["ending"] == 4, leaving, endings[rows["ending"]])
    other = np.array(PROVIDERS)[pick(model.text.random(len(rows)), PROVIDER_WEIGHTS)]
    team = rows["handled"] & (np.minimum(start, closed) <= model.setting.pilot_end)
    return rows.assign(
        decided=np.maximum(rows["offered"], np.minimum(closed, start)),
        statute="SoL",
        provider=np.select(
            [rows["service"] == CONTRACT, team], [CONTRACT_PROVIDER, "pilot"], other
        ),
        reason=reason,
    )


def _placements(rows: pd.DataFrame, model: Model) -> pd.DataFrame:
    rng, n = model.text, len(rows)
    closed, exit_day = rows["closed"].to_numpy(), rows["exit_day"].to_numpy()
    start = closed + rng.integers(0, 8, n)
    end = start + lognormal_days(rng.random(n), PLACEMENT_MEDIAN, 0.6)
    start = np.where(start < exit_day, start, FAR)
    return rows.assign(
        service=PLACEMENT,
        statute=np.where(rng.random(n) < COERCION, "LVU", "SoL"),
        decided=closed,
        start=start,
        end=np.where(start < FAR, np.where(end < exit_day, end, FAR), FAR),
        provider="extern",
        reason=ENDINGS[0],
    )
