"""The registers: children, addresses, the area map, exits, caseworkers and dated events."""

from datetime import timedelta

import numpy as np
import pandas as pd

from evalkit.data.simulation.columns import dates, extract, ids, yes_no
from evalkit.data.simulation.draws import FAR, month_start, pick
from evalkit.data.simulation.model import Model
from evalkit.data.simulation.people import EXITS
from evalkit.data.simulation.rates import PILOT

MAP_FROM = "2010-01-01"
EMPLOYMENT = ("tillsvidare", "vikariat", "konsult")
EXPERIENCE = ("<1", "1–3", "3–5", ">5")
# Shares of the forms of employment and classes of experience: assumed.
EMPLOYMENT_WEIGHTS = np.array([0.85, 0.08, 0.07])
EXPERIENCE_WEIGHTS = np.array([0.15, 0.30, 0.20, 0.35])
BASE_AREAS = 3
# Beside the pilot's own dates; from the district's reports to the local development fund.
EVENTS = (
    ("2020-01-01", "lagändring", "båda", "Barnkonventionen blir lag"),
    ("2020-03-01", "omvärld", "båda", "Pandemin"),
    ("2021-01-01", "omvärld", "båda", "Hög personalomsättning under året"),
    ("2021-01-01", "samarbete", "båda", "Rätt stöd i rätt tid, genomlysning i hela staden"),
    ("2021-01-01", "samarbete", "båda", "Utbildning i Project Support för pilot och linje"),
    ("2021-09-01", "samarbete", "båda", "Socialt utfallskontrakt"),
    ("2022-01-01", "annat", "linje", "Förankring i linjen under våren"),
    ("2022-06-01", "beslut", "båda", "Beslut att inte införa arbetssättet i linjen"),
)


def register_tables(model: Model, child_ids: np.ndarray) -> dict[str, pd.DataFrame]:
    """Return the extracts that describe people and places.

    Parameters
    ----------
    child_ids : pseudonym of each child number; "" for children whom no extract knows.
    """
    known = np.flatnonzero(child_ids != "")
    return {
        "barn": _child(model, known, child_ids),
        "boende": _residence(model, known, child_ids),
        "omradeskarta": _area_map(model),
        "avgang": _exit(model, known, child_ids),
        "handlaggare": _worker(model),
        "handelse": _event(model),
    }


def _child(model: Model, known: np.ndarray, child_ids: np.ndarray) -> pd.DataFrame:
    child = model.people.children.loc[known]
    family = child["family"].to_numpy()
    first_known = model.people.families["first_day"].to_numpy()[family]
    numbers, _ = pd.factorize(family)
    born = month_start(child["birth_month"].to_numpy())
    columns = {
        "barn_id": child_ids[known],
        "familj_id": ids("F", 1 + model.text.permutation(numbers.max() + 1)[numbers], 6),
        "kon": np.where(child["boy"], "pojke", "flicka"),
        "fodelsemanad": [text[:7] for text in dates(born)],
        "ensamkommande": yes_no(child["unaccompanied"]),
        "skyddade_uppgifter": yes_no(child["protected"]),
        "forsta_kannedom_datum": dates(first_known),
    }
    return _sorted(extract(columns, model.setting.data_end), ["barn_id"])


def _residence(model: Model, known: np.ndarray, child_ids: np.ndarray) -> pd.DataFrame:
    """Return one address per child, and a second for those whose family moved in time."""
    child, setting = model.people.children.loc[known], model.setting
    home = model.people.families.loc[child["family"]]
    born = month_start(child["birth_month"].to_numpy())
    lived = model.text.integers(0, 3650, len(model.people.families))[child["family"]]
    start = np.maximum(born, home["first_day"].to_numpy() - lived)
    leaves = np.isin(child["exit_kind"], [EXITS.index("flytt"), EXITS.index("avliden")])
    last = np.where(leaves, child["exit_day"], FAR)
    move = home["move_day"].to_numpy()
    moves = (move <= setting.data_end) & (move <= last)
    first = _addresses(model, child_ids[known], home["area"].to_numpy(), start,
                       np.where(moves, move - 1, last))  # fmt: skip
    second = _addresses(model, child_ids[known], home["new_area"].to_numpy(), move, last)
    return _sorted(pd.concat([first, second[moves]]), ["barn_id", "from"])


def _addresses(
    model: Model, child: np.ndarray, area: np.ndarray, start: np.ndarray, last: np.ndarray
) -> pd.DataFrame:
    setting = model.setting
    district = np.array(setting.areas, dtype=object)[area]
    base_area = model.text.integers(1, BASE_AREAS + 1, len(area)).astype(str).astype(object)
    columns = {
        "barn_id": child,
        "from": dates(start),
        "tom": dates(last, last <= setting.data_end),
        "stadsdel": district,
        "basomrade": district + " " + base_area,
        "i_upptagningsomrade": yes_no(area < setting.n_treated),
    }
    return extract(columns, setting.data_end)


def _area_map(model: Model) -> pd.DataFrame:
    setting = model.setting
    treated = np.arange(len(setting.areas)) < setting.n_treated
    columns = {"stadsdel": setting.areas, "pilot": yes_no(treated), "from": MAP_FROM, "tom": ""}
    return extract(columns, setting.data_end)


def _exit(model: Model, known: np.ndarray, child_ids: np.ndarray) -> pd.DataFrame:
    child = model.people.children.loc[known]
    gone = (child["exit_day"] <= model.setting.data_end).to_numpy()
    columns = {
        "barn_id": child_ids[known][gone],
        "datum": dates(child["exit_day"].to_numpy()[gone]),
        "typ": np.array(EXITS)[child["exit_kind"].to_numpy()[gone]],
    }
    return _sorted(extract(columns, model.setting.data_end), ["barn_id"])


def _worker(model: Model) -> pd.DataFrame:
    """Return everyone employed; the pilot team only where there was one."""
    staff, rng = model.staff, model.text
    n = len(staff.start)
    columns = {
        "handlaggare_id": ids("H", np.arange(1, n + 1), 4),
        "anst_start": dates(staff.start),
        "anst_slut": dates(staff.end),
        "anstallningsform": np.array(EMPLOYMENT)[pick(rng.random(n), EMPLOYMENT_WEIGHTS)],
        "erfarenhet_klass": np.array(EXPERIENCE)[pick(rng.random(n), EXPERIENCE_WEIGHTS)],
    }
    exists = (staff.unit[staff.seat] != PILOT) | model.matters["handled"].any()
    exists &= staff.start <= model.setting.data_end
    return extract(columns, model.setting.data_end)[exists].reset_index(drop=True)


def _event(model: Model) -> pd.DataFrame:
    timeline = model.study.timeline
    after = timeline.exposure_end + timedelta(days=1)
    events = [
        *EVENTS,
        (
            timeline.wash_in.start.isoformat(),
            "pilotstart",
            "pilot",
            "Piloten startar (antagen månad)",
        ),
        (after.isoformat(), "pilotslut", "pilot", "Piloten avslutad"),
    ]
    frame = pd.DataFrame(events, columns=["datum", "typ", "grupp", "text"])
    seen = frame[frame["datum"] <= timeline.data_end.isoformat()]
    return _sorted(extract(dict(seen), model.setting.data_end), ["datum", "text"])


def _sorted(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return frame.sort_values(by, ignore_index=True)
