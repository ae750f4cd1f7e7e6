"""What every file of a study is read into: strict, frozen records, and their kinds of value."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

OutcomeId = Literal[
    "K1", "K1_UTR", "K2", "K3", "K4", "R1", "R2", "R3", "U1", "U2", "U3", "T14", "T4M"
]
Family = Literal["continuity", "reinvestigation", "uptake", "clocks"]
Level = Literal["hög", "måttlig", "låg", "mycket låg"]
Name = Annotated[str, Field(pattern=r"^[0-9A-Za-zåäöÅÄÖ_-]+$", max_length=40)]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Days = Annotated[int, Field(ge=0, le=3660)]
Share = Annotated[float, Field(ge=0, le=1)]


class Record(BaseModel):
    """A part of a study's files: frozen, strict, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
