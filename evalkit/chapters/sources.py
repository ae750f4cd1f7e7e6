"""Figures that an authority has published: how they are released and framed."""

import pandas as pd

from evalkit.plan import OPEN
from evalkit.reporting import fragments
from evalkit.reporting.disclosure import Released, release
from evalkit.reporting.fragments import Fragment
from evalkit.reporting.plots import Drawing

REAL = " Verkliga uppgifter ur förvaltningens redovisningar."


def published(frame: pd.DataFrame, *numbers: str) -> Released:
    """Return the table, released: its figures count no child and are public already."""
    return release(frame.reset_index(drop=True), rule=OPEN, keys=numbers)


def framed(drawing: Drawing, name: str, caption: str, numbers: str) -> Fragment:
    """Return a drawing of published figures and its numbers, the caption saying they are real."""
    return fragments.figure(
        drawing.svg, name=name, alt=drawing.alt, caption=caption + REAL, numbers=numbers,
        reading=drawing.reading,
    )  # fmt: skip
