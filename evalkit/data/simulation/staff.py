"""Staff: seats in four units, and the caseworkers who come and go in them."""

from dataclasses import dataclass

import numpy as np

from evalkit.data.simulation.draws import FAR, month_of, month_start
from evalkit.data.simulation.people import Setting
from evalkit.data.simulation.rates import PILOT
from evalkit.data.simulation.scenarios import Scenario


@dataclass(frozen=True, slots=True)
class Staff:
    """Employment in seats: a seat's caseworkers follow one another at month ends.

    `unit` and `first_seat` describe the seats: `unit[s]` the unit of seat s, `first_seat[k]` the
    first seat of unit k. `worker[s, m]` is who holds seat s in month m after `first_month`;
    numbers within a seat rise by one at each change. `seat`, `start` and `end` hold each
    caseworker's seat and first and last day of employment (FAR while employed).
    """

    unit: np.ndarray
    first_seat: np.ndarray
    first_month: int
    worker: np.ndarray
    seat: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def at(self, seat: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Return who holds each seat on each day."""
        return self.worker[seat, month_of(day) - self.first_month]


def draw_staff(setting: Setting, scenario: Scenario, rng: np.random.Generator) -> Staff:
    """Return everyone employed from the first day of the extracts to the last drawn."""
    rates = setting.rates
    first, last = month_of(np.array([setting.data_start, setting.drawn_to + 1]))
    months = np.arange(first, last + 1)
    unit = np.repeat(np.arange(len(rates.seats)), rates.seats)
    chance = _monthly_turnover(unit, months, scenario, setting)
    leaves = rng.random((len(unit), len(months))) < chance
    open_until = int(month_of(np.array([setting.pilot_end]))[0] - first)
    opens = int(month_of(np.array([setting.pilot_start]))[0] - first)
    leaves[unit == PILOT] &= (np.arange(len(months)) >= opens) & (
        np.arange(len(months)) < open_until
    )
    leaves[:, -1] = True  # so that the next seat begins with somebody new
    worker: np.ndarray = np.cumsum(leaves.ravel()).reshape(leaves.shape) - leaves
    start, end = _employment(worker, months, setting)
    seat = _seat_of(worker)
    of_pilot = unit[seat] == PILOT
    start = np.where(of_pilot, np.maximum(start, setting.pilot_start), start)
    end = np.where(of_pilot, np.minimum(end, setting.pilot_end), end)
    before = rng.integers(30, 8 * 365, len(start))  # employed since before the first extract
    already = (start == setting.data_start) & ~of_pilot
    start = np.where(already, start - before, start)
    first_seat = np.searchsorted(unit, range(len(rates.seats)))
    return Staff(unit, first_seat, int(first), worker, seat, start, end)


def _monthly_turnover(
    unit: np.ndarray, months: np.ndarray, scenario: Scenario, setting: Setting
) -> np.ndarray:
    """Return the chance that the holder of each seat leaves in each month."""
    rates = setting.rates
    high = 1970 + months // 12 == rates.turnover_high_year
    yearly = np.where(high, rates.turnover_high, rates.turnover_per_year)
    drained = (unit != PILOT)[:, None] & (months >= month_of(np.array(setting.pilot_start)))
    yearly = yearly + scenario.line_turnover * drained
    return 1 - (1 - yearly) ** (1 / 12)


def _seat_of(worker: np.ndarray) -> np.ndarray:
    """Return the seat of each caseworker number."""
    return np.searchsorted(worker[:, -1], np.arange(worker[-1, -1] + 1))


def _employment(
    worker: np.ndarray, months: np.ndarray, setting: Setting
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and last day of each caseworker's months in the seat."""
    month = np.broadcast_to(months, worker.shape).ravel()
    count = worker[-1, -1] + 1
    first, last = np.full(count, FAR), np.zeros(count, dtype=np.int64)
    np.minimum.at(first, worker.ravel(), month)
    np.maximum.at(last, worker.ravel(), month)
    end = month_start(last + 1) - 1
    return month_start(first), np.where(end > setting.data_end, FAR, end)
