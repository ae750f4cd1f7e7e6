"""Assignments: which caseworker has which matter in which phase, in the line and in the team.

The line is a chain of three units, so a matter that passes the whole chain meets at least three
caseworkers. The pilot team keeps a matter with one caseworker, but for turnover, absence and a
hand-over now and then; what is open when the pilot closes goes to the line.
"""

import numpy as np
import pandas as pd

from evalkit.data.simulation.draws import FAR, STAGES, pick, year_of
from evalkit.data.simulation.matters import ATTACHED, OPENED
from evalkit.data.simulation.people import Setting
from evalkit.data.simulation.rates import PILOT, Noise
from evalkit.data.simulation.staff import Staff

PHASES = ("FB", "UTR", "BESLUT", "UPPF", "INSATS")
REASONS = ("frånvaro", "omfördelning", "klientönskan", "okänd")


def follow_leads(
    matters: pd.DataFrame,
    support: pd.DataFrame,
    staff: Staff,
    noise: Noise,
    setting: Setting,
) -> pd.DataFrame:
    """Return every lead assignment.

    Returns
    -------
    Rows in order of matter and time: `matter` (row label of `matters`), `phase` (index in
    PHASES), `start`, `end` (after the last day with data while it goes on), `worker`, `unit` and
    `reason` (why this caseworker followed another; "" when none did).
    """
    seats, switches = _chain(matters, staff, noise, setting)
    phases = _phases(matters, support, setting)
    turns = _turns(phases, seats, switches, matters["handled"].to_numpy(), setting)
    held = _by_worker(turns, staff, setting)
    held = held.sort_values(["matter", "start", "phase"], kind="stable", ignore_index=True)
    return held.assign(reason=_reasons(held, matters, setting))


def _chain(
    matters: pd.DataFrame, staff: Staff, noise: Noise, setting: Setting
) -> tuple[np.ndarray, np.ndarray]:
    """Return seats `(stage, turn, matter)` and the day `(stage, matter)` of a change of seat.

    Turn 0 holds the seat at the start of the stage, turn 1 the one after a change within it,
    turn 2 the line's seat that takes over when the pilot closes.
    """
    rates = setting.rates
    received, opened = matters["received"].to_numpy(), matters["decided"].to_numpy()
    closed = matters["closed"].to_numpy()
    shock = noise.at("workers", matters["area"].to_numpy(), year_of(received))
    line = np.array([_line_seats(stage, matters, staff, setting) for stage in range(STAGES)])
    line = np.where(matters["new_way"] & ~matters["handled"], line[:1], line)  # one seat throughout
    handled = matters["handled"].to_numpy()
    team = matters["new_way"].to_numpy().astype(int)
    investigating = matters["u_switch1"] < np.array(rates.handover_investigating)[team] + shock
    treating = matters["u_switch2"] < np.array(rates.handover_treating)[team]
    when1 = opened + 1 + (matters["u_when1"] * np.maximum(closed - opened - 1, 1)).astype(np.int64)
    when2 = closed + 1 + (matters["u_when2"] * rates.service_median).astype(np.int64)
    switches = np.array(
        [
            np.full(len(matters), FAR),
            np.where(investigating, when1, FAR),
            np.where(treating, when2, FAR),
        ]
    )
    seats = np.where(handled, _team_seats(investigating, matters, staff, setting), line)
    return np.concatenate([seats, line[:, :1]], axis=1), switches


def _line_seats(stage: int, matters: pd.DataFrame, staff: Staff, setting: Setting) -> np.ndarray:
    """Return two different seats `(2, matter)` of the unit of this stage."""
    size, first = setting.rates.seats[stage], staff.first_seat[stage]
    one = (matters[f"u_seat{stage}"] * size).astype(np.int64)
    other = (one + 1 + (matters[f"u_next{stage}"] * (size - 1)).astype(np.int64)) % size
    return first + np.array([one, other])


def _team_seats(
    investigating: np.ndarray, matters: pd.DataFrame, staff: Staff, setting: Setting
) -> np.ndarray:
    """Return the pilot team's seats `(stage, 2, matter)`: one seat unless it is passed on."""
    size, first, rates = setting.rates.seats[PILOT], staff.first_seat[PILOT], setting.rates
    start = (matters["u_team_seat"] * size).astype(np.int64)
    colleague = [first + (start + k) % size for k in range(5)]
    lead1 = np.where(matters["u_passed1"] < rates.passed_on_in_team, colleague[1], colleague[0])
    later1 = np.where(investigating, colleague[2], lead1)
    lead2 = np.where(matters["u_passed2"] < rates.passed_on_in_team, colleague[3], later1)
    return np.array([[colleague[0]] * 2, [lead1, colleague[2]], [lead2, colleague[4]]])


def _phases(matters: pd.DataFrame, support: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return the phases that each matter passes: `matter`, `phase`, `stage`, `start`, `end`."""
    received, decided = matters["received"].to_numpy(), matters["decided"].to_numpy()
    closed = matters["closed"].to_numpy()
    opened = (matters["decision"] == OPENED).to_numpy()
    last_screened = np.where(opened, np.maximum(decided - 1, received), decided)
    decision = np.maximum(decided + 1, closed - 3 - (matters["u_decision"] * 12).astype(np.int64))
    helped = (support["start"] < FAR).to_numpy()
    start, end = np.maximum(support["start"], closed + 1), support["end"].to_numpy()
    spans = (
        (0, 0, matters["decision"] != ATTACHED, received, last_screened),
        (1, 1, opened, decided, decision - 1),
        (2, 1, opened, decision, closed),
        (3, 2, helped, closed + 1, start - 1),
        (4, 2, helped, start, end),
    )
    rows = [
        pd.DataFrame({"matter": matters.index[passes], "phase": phase, "stage": stage,
                      "start": np.asarray(first)[passes], "end": np.asarray(last)[passes]})
        for phase, stage, passes, first, last in spans
    ]  # fmt: skip
    phases = pd.concat(rows, ignore_index=True)
    return phases[(phases["start"] <= phases["end"]) & (phases["start"] <= setting.data_end)]


def _turns(
    phases: pd.DataFrame,
    seats: np.ndarray,
    switches: np.ndarray,
    handled: np.ndarray,
    setting: Setting,
) -> pd.DataFrame:
    """Divide each phase between the seats that hold it in turn."""
    matter, stage = phases["matter"].to_numpy(), phases["stage"].to_numpy()
    switch = switches[stage, matter]
    taken_over = np.where(handled[matter], setting.pilot_end + 1, FAR)
    limits = (
        (np.zeros_like(switch), np.minimum(switch, taken_over) - 1),
        (switch, taken_over - 1),
        (taken_over, np.full_like(switch, FAR)),
    )
    turns = [
        phases.assign(
            seat=seats[stage, turn, matter],
            start=np.maximum(phases["start"], first),
            end=np.minimum(phases["end"], last),
        )
        for turn, (first, last) in enumerate(limits)
    ]
    every = pd.concat(turns, ignore_index=True)
    return every[(every["start"] <= every["end"]) & (every["start"] <= setting.data_end)]


def _by_worker(turns: pd.DataFrame, staff: Staff, setting: Setting) -> pd.DataFrame:
    """Divide each turn in a seat between the caseworkers who hold the seat in turn."""
    end = np.minimum(turns["end"], setting.data_end + 1).to_numpy()
    seat, start = turns["seat"].to_numpy(), turns["start"].to_numpy()
    first, last = staff.at(seat, start), staff.at(seat, end)
    times = last - first + 1
    row = np.repeat(np.arange(len(turns)), times)
    worker = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    held = turns.iloc[row].assign(
        worker=worker,
        unit=staff.unit[seat[row]],
        start=np.where(worker > first[row], staff.start[worker], start[row]),
        end=np.where(worker < last[row], staff.end[worker], end[row]),
    )
    return held[held["start"] <= setting.data_end]


def _reasons(held: pd.DataFrame, matters: pd.DataFrame, setting: Setting) -> np.ndarray:
    """Return why each caseworker followed the one before in the matter."""
    before = held.shift(1)
    follows = (held["matter"] == before["matter"]) & (held["worker"] != before["worker"])
    matter, stage = held["matter"].to_numpy(), held["stage"].to_numpy()
    why = np.array([matters[f"u_why{k}"] for k in range(STAGES)])[stage, matter]
    drawn = np.array(REASONS)[pick(why, np.array(setting.rates.handover_reasons))]
    reasons = np.select(
        [
            (before["unit"] == PILOT) & (held["unit"] != PILOT),
            held["unit"] != before["unit"],
            held["seat"] == before["seat"],
        ],
        ["projektavslut", "enhetsgräns", "slutat"],
        drawn,
    )
    return np.where(follows, reasons, "")
