"""What things cost, as somebody has said: amounts that are known or assumed, none made here.

They stand beside the plan in params/economy.yaml, which a study may lack; without an amount the
report says that it is missing.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from evalkit.framework import load_text
from evalkit.params import COSTS
from evalkit.plan import Study
from evalkit.records import Record, Text


class Amount(Record):
    """Kronor, and whether anybody knows it; a known amount has a `source`."""

    kronor: float
    status: Literal["known", "assumed"]
    source: Text | None = None

    @model_validator(mode="after")
    def _known_by_a_source(self) -> "Amount":
        if (self.status == "known") != (self.source is not None):
            raise ValueError("a known amount has a 'source', an assumed one none")
        return self


class Contract(Record):
    """What an outcome contract pays per user, and the numbers of users to reckon with.

    `activity_payment` is paid for every user, `outcome_payment` only when the goal is reached.
    """

    activity_payment: Amount
    outcome_payment: Amount
    users: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1, max_length=4)]

    @model_validator(mode="after")
    def _payments(self) -> "Contract":
        if min(self.activity_payment.kronor, self.outcome_payment.kronor) < 0:
            raise ValueError("a payment is 0 kronor or more")
        return self


class CostPerChild(Record):
    """What a child's matter cost in each arm."""

    pilot: Amount
    line: Amount


class Costs(Record):
    """The amounts that a study has; None for what nobody has given."""

    cost_per_child: CostPerChild | None = None
    cost_difference_per_child: Amount | None = None
    outcome_contract: Contract | None = None

    @model_validator(mode="after")
    def _one_difference(self) -> "Costs":
        if self.cost_per_child and self.cost_difference_per_child:
            raise ValueError(
                "give 'cost_per_child' or 'cost_difference_per_child': the first gives the second"
            )
        return self

    @property
    def difference(self) -> Amount | None:
        """The pilot's cost per child minus the line's; known only when both are."""
        if self.cost_per_child is None:
            return self.cost_difference_per_child
        pilot, line = self.cost_per_child.pilot, self.cost_per_child.line
        sources = [amount.source for amount in (pilot, line) if amount.source]
        both = len(sources) == 2
        return Amount(
            kronor=pilot.kronor - line.kronor,
            status="known" if both else "assumed",
            source="; ".join(dict.fromkeys(sources)) if both else None,
        )


def load_costs(study: Study) -> Costs:
    """Return the study's amounts, none where it has no file of them; ParamsError for a fault."""
    if not (study.root / "params" / COSTS).exists():
        return Costs()
    found: Costs = load_text(study, COSTS, Costs)
    return found
