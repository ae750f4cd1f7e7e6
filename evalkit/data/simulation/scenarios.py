"""The scenarios of the simulation: what the pilot does, and what else goes on.

Each scenario but S0 has the true effect of S1, or says which part it leaves out, and one thing
beside it that deceives whoever compares carelessly. Sizes are made up to be seen, not to be likely.
"""

from dataclasses import dataclass, fields, replace
from datetime import date

from evalkit.errors import ParamsError, did_you_mean


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a scenario changes; shares, chances and parts are fractions.

    `handled_in_area` and `handled_elsewhere` are the shares of matters that the pilot team
    handles; `return_365` and `started_in_time` its effects between the areas (ITT), from the
    pilot's first day and at full strength in the wash-in year. The team's chain of one caseworker
    follows from its handling a matter, so the effect on continuity is a consequence.
    """

    id: str
    label: str
    handled_in_area: float
    handled_elsewhere: float
    return_365: float
    started_in_time: float
    # What else the pilot brings about; nothing of it without the pilot.
    spread: float = 0.0  # part of the way of working that the line in the other areas takes up
    advice_instead: float = 0.0  # of the team's returning children: advice, no new investigation
    back_to_back_team: float = 0.0  # added chance that the team's next investigation opens at once
    wave: float = 0.0  # of the team's investigations open in its last months: closed early
    wave_started_in_time: float = 0.0  # what early closing adds to the chance of help in time
    line_turnover: float = 0.0  # added to the line's yearly turnover from the pilot's first day
    # What goes on with or without the pilot. From its first day, in its area:
    young_weight: float = 1.0  # how many times as many of the newly known are under school age
    school_weight: float = 1.0  # how many times as many reports come from school and preschool
    # Of children under school age, in every area and year: added chances.
    young_opens: float = 0.0
    young_returns: float = 0.0
    young_starts: float = 0.0
    # In the pilot's area in the pandemic year: factors, and added chances.
    pandemic_inflow: float = 1.0
    pandemic_school: float = 1.0
    pandemic_returns: float = 0.0
    pandemic_starts: float = 0.0
    # A year's drift in the pilot's area, until the plan's reference year: added chances.
    drift_returns: float = 0.0
    drift_starts: float = 0.0
    drift_workers: float = 0.0
    unrecorded_line: float = 0.0  # added to the line's share of answers that are not recorded
    declined_weight: float = 1.0  # how many times as many families decline what is offered
    back_to_back: float = 0.0  # added chance everywhere that the next investigation opens at once
    weeded: float = 0.0  # of the first year's reports that were not investigated: destroyed
    data_end: date | None = None  # the last day with data, where it comes before the plan's

    def per_matter(self, effect: float) -> float:
        """Return the effect on a matter worked in the pilot's way that gives `effect` in S1.

        It makes the difference between the areas where nothing spreads.
        """
        contrast = self.handled_in_area - self.handled_elsewhere
        return effect / contrast if contrast else 0.0

    @property
    def spread_elsewhere(self) -> float:
        """The share of the line's matters in the other areas worked in the pilot's way."""
        return self.spread * (self.handled_in_area - self.handled_elsewhere)

    def without_pilot(self) -> "Scenario":
        """Return the scenario in which there is no pilot, all else alike."""
        return replace(
            self, handled_in_area=0.0, handled_elsewhere=0.0, spread=0.0, line_turnover=0.0
        )  # fmt: skip

    @property
    def parameters(self) -> dict[str, float]:
        """What identifies the scenario: the pilot's reach and effects, and all it changes else."""
        always = ("handled_in_area", "handled_elsewhere", "return_365", "started_in_time")
        plain = Scenario("", "", 0.0, 0.0, 0.0, 0.0)
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value
            for name, value in values.items()
            if isinstance(value, float) and (name in always or value != getattr(plain, name))
        }


# S0: no team is ever formed. S1: the return effect is set beyond -0.06, because
# children who leave or turn 18 within the year cannot return.
_EFFECT = Scenario("S1", "a true effect", 0.90, 0.03, -0.067, 0.08)

SCENARIOS = (
    Scenario("S0", "no effect", 0.0, 0.0, 0.0, 0.0),
    _EFFECT,
    replace(_EFFECT, id="S2", label="other children come in", young_weight=6.0, school_weight=2.5,
            young_opens=-0.15, young_returns=-0.12, young_starts=0.15),
    replace(_EFFECT, id="S3", label="the way of working spreads to the line", spread=0.25),
    replace(_EFFECT, id="S4", label="the pandemic strikes unequally", pandemic_inflow=0.4,
            pandemic_school=0.15, pandemic_returns=-0.15, pandemic_starts=-0.20),
    replace(_EFFECT, id="S5", label="the line does not record a no", unrecorded_line=0.60,
            declined_weight=5.0),
    # Families come back as often as before: the team gives them advice.
    replace(_EFFECT, id="S6", label="advice in place of investigations", return_365=0.0,
            advice_instead=0.6),
    replace(_EFFECT, id="S7", label="a wave of closings at the end", wave=0.9,
            wave_started_in_time=-0.25),
    replace(_EFFECT, id="S8", label="2017 weeded", weeded=0.6),
    replace(_EFFECT, id="S9", label="investigations back to back",
            back_to_back=0.03, back_to_back_team=0.20),
    replace(_EFFECT, id="S10", label="the line is drained of staff", line_turnover=0.30),
    replace(_EFFECT, id="S11", label="the areas drifted apart before", drift_returns=-0.15,
            drift_starts=0.15, drift_workers=-0.25),
    replace(_EFFECT, id="S12", label="follow-up too short", data_end=date(2022, 9, 30)),
)  # fmt: skip


def scenario_of(name: str) -> Scenario:
    """Return the scenario of this id; ParamsError names the nearest when there is none."""
    for scenario in SCENARIOS:
        if scenario.id == name:
            return scenario
    known = [scenario.id for scenario in SCENARIOS]
    raise ParamsError(f"no scenario '{name}'{did_you_mean(name, known)}")
