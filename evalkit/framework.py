"""What frames the numbers: logic model, threats to the answer, and what guidelines ask for.

Texts of one study, so they stand beside its plan in params/. They decide no number.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from evalkit import strict_yaml
from evalkit.errors import ParamsError, did_you_mean
from evalkit.params import LOGIC_MODEL, REPORTING, THREATS, TIERS, validate
from evalkit.plan import Study
from evalkit.records import Name, OutcomeId, Record, Text

Group = Literal["comparison", "events", "children", "records", "analysis"]
# The domains of ROBINS-I: Sterne et al. (2016), BMJ 355, i4919.
Domain = Literal[
    "confounding", "selection", "classification", "deviations", "missing", "measurement",
    "reporting",
]  # fmt: skip
Met = Literal["yes", "partly", "no"]


class Indicator(Record):
    """A sign that a goal is reached.

    It is an `outcome` of the plan, or something that a `chapter` describes (`state` says how far),
    or something that nobody measures, and then `needed` says what it would take.
    """

    name: Text
    outcome: OutcomeId | None = None
    chapter: Name | None = None
    state: Text | None = None
    needed: Text | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> "Indicator":
        given = [self.outcome is not None, self.state is not None, self.needed is not None]
        if sum(given) != 1:
            raise ValueError("give one of 'outcome', 'state' and 'needed'")
        if (self.chapter is None) != (self.needed is not None):
            raise ValueError("what is measured or described has a 'chapter', and nothing else has")
        return self


class Goal(Record):
    """One goal, the result that leads to it, what was done for it, and the signs of it."""

    goal: Text
    result: Text
    activities: Annotated[tuple[Text, ...], Field(min_length=1)]
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1)]


class LogicModel(Record):
    """How the pilot was meant to work: goals in order, and signs that concern all of them."""

    goals: Annotated[tuple[Goal, ...], Field(min_length=1)]
    across: tuple[Indicator, ...]

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return tuple(sign for goal in self.goals for sign in goal.indicators) + self.across


class Threat(Record):
    """Another explanation of the results: how it is checked and what the outcome would mean.

    `check`, `clear` and `warning` are for what the data can check, `needed` for what would be
    needed where they cannot. From `since` on it can have played a part; always, when not given.
    """

    id: Annotated[str, Field(pattern=r"^T[0-9]{1,2}$")]
    group: Group
    domain: Domain | None = None
    name: Text
    check: Text | None = None
    clear: Text | None = None
    warning: Text | None = None
    needed: Text
    since: date | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Threat":
        if len({self.check is None, self.clear is None, self.warning is None}) > 1:
            raise ValueError("'check', 'clear' and 'warning' are given together or not at all")
        return self


class Threats(Record):
    """Every threat to the study's answers."""

    threats: Annotated[tuple[Threat, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> "Threats":
        each_once([threat.id for threat in self.threats], "threat 'id'")
        return self


class Item(Record):
    """What a guideline asks for, by topic; `chapter` is where the report has it."""

    topic: Text
    met: Met
    chapter: Name | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _told(self) -> "Item":
        if (self.chapter is None) != (self.met == "no"):
            raise ValueError("an item that is met or partly met has a 'chapter', others none")
        if self.met != "yes" and self.note is None:
            raise ValueError("'note' must say what is missing")
        return self


class Guideline(Record):
    """A reporting guideline, its source, and its items in order."""

    name: Text
    source: Text
    items: Annotated[tuple[Item, ...], Field(min_length=1)]


class Guidelines(Record):
    """The guidelines that the report is held against."""

    guidelines: Annotated[tuple[Guideline, ...], Field(min_length=1)]


class Tier(Record):
    """One level of a family's problems: its code in the extracts, its name, and its criteria."""

    code: Literal["1", "2", "3", "4"]
    label: Text
    description: Text | None = None


class Tiers(Record):
    """The levels, lowest first."""

    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _rising(self) -> "Tiers":
        codes: list[str] = [tier.code for tier in self.tiers]
        each_once(codes, "tier 'code'")
        if codes != sorted(codes):
            raise ValueError("the lowest tier comes first")
        return self


def load_logic_model(study: Study) -> LogicModel:
    """Return the study's logic model; ParamsError for an outcome or a chapter not in its plan."""
    model: LogicModel = load_text(study, LOGIC_MODEL, LogicModel)
    for sign in model.indicators:
        if sign.outcome is not None:
            study.outcome(sign.outcome)
    in_plan(study, LOGIC_MODEL, [sign.chapter for sign in model.indicators])
    return model


def load_threats(study: Study) -> tuple[Threat, ...]:
    """Return the threats to the study's answers, in order."""
    found: Threats = load_text(study, THREATS, Threats)
    return found.threats


def load_guidelines(study: Study) -> tuple[Guideline, ...]:
    """Return the guidelines; ParamsError for a chapter that is not in the study's plan."""
    found: Guidelines = load_text(study, REPORTING, Guidelines)
    items = [item for guideline in found.guidelines for item in guideline.items]
    in_plan(study, REPORTING, [item.chapter for item in items])
    return found.guidelines


def load_tiers(study: Study) -> tuple[Tier, ...]:
    """Return the levels in the study's words; none when it has no file of them."""
    if not (study.root / "params" / TIERS).is_file():
        return ()
    found: Tiers = load_text(study, TIERS, Tiers)
    return found.tiers


def load_text(study: Study, file: str, model: type[Record]) -> Any:
    """Return the texts in one of the study's files in params/, or raise ParamsError."""
    return validate(model, strict_yaml.read(study.root / "params" / file, ParamsError), file)


def in_plan(study: Study, file: str, chapters: Sequence[str | None]) -> None:
    """Raise ParamsError, naming the file, for a chapter that is not in the study's plan."""
    for chapter in chapters:
        if chapter is not None and chapter not in study.chapters:
            hint = did_you_mean(chapter, study.chapters)
            raise ParamsError(f"{file}: chapter '{chapter}' is not in the plan{hint}")


def each_once(names: Sequence[str], what: str) -> None:
    """Raise ValueError when one of the names stands twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} '{twice[0]}' stands twice")
