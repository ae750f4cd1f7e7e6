"""The extracts of the follow-up beside casework: staffing, collaboration, small tests, interviews.

Levels are assumed; only the staffing follows from the simulated staff, so that it agrees with the
handovers of the casework extracts.
"""

from itertools import product

import numpy as np
import pandas as pd

from evalkit.data.simulation.columns import dates, extract, ids, yes_no
from evalkit.data.simulation.draws import day_number, month_of, month_start
from evalkit.data.simulation.model import Model
from evalkit.data.simulation.rates import PILOT, UNITS

CONSULTANTS, SICK_LEAVE = (1.0, 1.5, 0.8, 0.2), (4.0, 9.0)
# Meetings a month, in the line and in the pilot's area: assumed.
MEETINGS = {
    ("skola", "konsultation"): (3.0, 6.0),
    ("förskola", "konsultation"): (1.0, 4.0),
    ("skola", "walk-and-talk"): (0.0, 2.0),
    ("förskola", "walk-and-talk"): (0.0, 2.0),
    ("skola", "temamöte"): (0.2, 0.6),
}
# The four areas that were tried with Genombrott in 2021, from the report for 2021; their measures,
# and the course of each, are made up: start and end level, times and the decision at the end.
TESTS = (
    ("Tidsplanerade utredningar", "Dagar till första mötet", "tid", 16.0, 9.0, 24, "behåll"),
    ("Konsultation till förskolor", "Konsultationer", "antal", 2.0, 5.0, 20, "behåll"),
    ("Familjerådslag vid avslutad placering", "Placeringar mellan familjerådslag", "mellan",
     3.0, 3.0, 12, "skrota"),
    ("Informationsbrev till barn", "Barn som fått brevet", "andel", 0.35, 0.6, 20, "justera"),
)  # fmt: skip
TESTS_FROM, DAYS_BETWEEN, OF = "2021-01-18", 14, (20, 40)
ASKED, INTERVIEWS_FROM, CODED_TWICE, CODERS_AGREE = 30, "2021-04-12", 0.5, 0.88
REACHED, CONSENTED, DONE = 0.75, 0.65, 0.85
THEMES = {
    "tillgänglighet": 0.5, "bemötande": 0.7, "kontinuitet": 0.6, "delaktighet": 0.45,
    "snabbhet": 0.3, "behovsanpassning": 0.4, "oro": 0.35, "samordning": 0.3,
}  # fmt: skip
VALENCES, VALENCE_WEIGHTS = ("positiv", "negativ", "blandad"), (0.6, 0.25, 0.15)
QUOTATIONS = (
    ("kontinuitet", "Det var skönt att slippa berätta allt en gång till."),
    ("bemötande", "Hon lyssnade på mig och glömde inte vad jag hade sagt."),
    ("oro", "Jag var rädd för vad de skulle skriva om oss."),
)


def follow_up_tables(model: Model) -> dict[str, pd.DataFrame]:
    """Return the extracts that hold no child, and those about the interviews."""
    asked = _asked(model)
    return {
        "bemanning": _staffing(model),
        "samverkan": _meetings(model),
        "pdsa": _tests(model),
        "intervju": asked,
        "intervjukod": _codes(asked.loc[asked["genomford"] == "ja", "intervju_id"], model),
        "citat": _quotations(model),
    }


def _staffing(model: Model) -> pd.DataFrame:
    staff, setting, rng = model.staff, model.setting, model.follow_up
    first, last = month_of(np.array([setting.data_start, setting.data_end]))
    unit = staff.unit[staff.seat]
    came, went = month_of(staff.start), month_of(staff.end)
    rows = []
    for place, month in product(range(len(UNITS)), range(first, last + 1)):
        here, day = unit == place, int(month_start(np.array(month)))
        count = (staff.start <= day) & (staff.end >= day) & here
        if place == PILOT and not (count.any() and model.matters["handled"].any()):
            continue
        rows.append(
            {
                "enhet_id": UNITS[place],
                "manad": dates(np.array([day]))[0],
                "antal": int(count.sum()),
                "nyanstallda": int((here & (came == month) & (staff.start > day)).sum()),
                "slutat": int((here & (went == month) & (staff.start <= staff.end)).sum()),
                "konsulter": int(rng.poisson(CONSULTANTS[place])),
                "sjukfranvaro_pct": f"{rng.uniform(*SICK_LEAVE):.1f}".replace(".", ","),
            }
        )
    return extract(pd.DataFrame(rows).astype(str), setting.data_end)


def _meetings(model: Model) -> pd.DataFrame:
    setting, rng = model.setting, model.follow_up
    first, last = month_of(np.array([setting.data_start, setting.data_end]))
    opens, closes = month_of(np.array([setting.pilot_start, setting.pilot_end]))
    rows = []
    for month, ((place, form), (line, pilot)) in product(range(first, last + 1), MEETINGS.items()):
        rates = {"linje": line} | ({"pilot": pilot} if opens <= month <= closes else {})
        for arm, rate in rates.items():
            if n := int(rng.poisson(rate)):
                rows.append((dates(month_start(np.array([month])))[0], arm, place, form, str(n)))
    columns = ["manad", "grupp", "verksamhet", "form", "antal"]
    return extract(pd.DataFrame(rows, columns=columns), setting.data_end)


def _tests(model: Model) -> pd.DataFrame:
    """Return small tests whose level goes from one to another at half time."""
    rng, start = model.follow_up, day_number(pd.Timestamp(TESTS_FROM).date())
    frames = []
    for number, (topic, measure, kind, before, after, times, decision) in enumerate(TESTS, 1):
        level = np.where(np.arange(times) < times // 2, before, after)
        of = rng.integers(*OF, times)
        value = rng.binomial(of, level) if kind == "andel" else rng.poisson(level)
        columns = {
            "test_id": f"P{number}",
            "omrade": topic,
            "matt": measure,
            "slag": kind,
            "tidpunkt": dates(start + DAYS_BETWEEN * np.arange(times)),
            "varde": value.astype(str),
            "av": of.astype(str) if kind == "andel" else "",
            "beslut": np.where(np.arange(times) == times - 1, decision, "pågår"),
        }
        frames.append(extract(columns, model.setting.data_end))
    every = pd.concat(frames, ignore_index=True)
    return every[every["tidpunkt"] <= every["utdrag_datum"]].reset_index(drop=True)


def _asked(model: Model) -> pd.DataFrame:
    rng, start = model.follow_up, day_number(pd.Timestamp(INTERVIEWS_FROM).date())
    n = ASKED if model.matters["handled"].any() else 0
    reached = rng.random(n) < REACHED
    consented = reached & (rng.random(n) < CONSENTED)
    done = consented & (rng.random(n) < DONE)
    columns = {
        "intervju_id": ids("V", np.arange(1, n + 1), 3),
        "datum": dates(start + np.sort(rng.integers(0, 150, n))),
        "grupp": np.where(rng.random(n) < 0.2, "barn", "vårdnadshavare"),
        "nadd": yes_no(reached),
        "samtyckt": yes_no(consented),
        "genomford": yes_no(done),
    }
    return extract(columns, model.setting.data_end)


def _codes(interviews: pd.Series, model: Model) -> pd.DataFrame:
    """Return the first coder's themes, and the second's for some: mostly the same."""
    rng, rows = model.follow_up, []
    for interview in interviews:
        twice = rng.random() < CODED_TWICE
        for theme, chance in THEMES.items():
            there = rng.random() < chance
            valence = rng.choice(VALENCES, p=VALENCE_WEIGHTS)
            also = there if rng.random() < CODERS_AGREE else not there
            rows += [(interview, "A", theme, valence)] * there
            rows += [(interview, "B", theme, valence)] * (twice and also)
    columns = ["intervju_id", "kodare", "tema", "valens"]
    return extract(pd.DataFrame(rows, columns=columns), model.setting.data_end)


def _quotations(model: Model) -> pd.DataFrame:
    shown = QUOTATIONS if model.matters["handled"].any() else ()
    columns = {
        "citat_id": ids("C", np.arange(1, len(shown) + 1), 2),
        "tema": [theme for theme, _ in shown],
        "text": [text for _, text in shown],
        "maskerat": "ja",
        "godkant": "ja",
    }
    return extract(columns, model.setting.data_end)
