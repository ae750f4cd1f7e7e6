"""The picture: of released tables only, the same every time, and told in words."""

import pandas as pd
import pytest

from evalkit.plan import OPEN
from evalkit.reporting.disclosure import release
from evalkit.reporting.plots import Axis, detectable

AXIS = Axis("Minsta skillnad som kan upptäckas, procentenheter", "points", 1)
FRAME = pd.DataFrame(
    {
        "pilot": ["Vinsta", "Vinsta", "Grimsta och Nälsta", "Grimsta och Nälsta"],
        "years_after": [1, 3, 1, 3],
        "effect": [0.2, 0.15, None, 0.149],
        "is_proposed": [False, False, True, True],
        "minimal_relevant": 0.05,
    }
)
KEYS = ["years_after", "effect", "minimal_relevant"]


def test_the_text_alternative_says_what_is_drawn():
    alt = detectable(release(FRAME, rule=OPEN, keys=KEYS), axis=AXIS).alt
    assert "Grimsta och Nälsta: 1 år ej redovisad, 3 år 14,9." in alt
    assert "Vinsta: 1 år 20,0, 3 år 15,0." in alt
    assert alt.index("Grimsta") < alt.index("Vinsta")  # the proposed one first
    assert alt.endswith("den minsta skillnad som spelar roll: 5,0.")


def test_the_same_table_gives_the_same_bytes():
    first, again = (detectable(release(FRAME, rule=OPEN, keys=KEYS), axis=AXIS) for _ in "ab")
    assert first == again


def test_only_released_tables_are_drawn():
    with pytest.raises(TypeError, match="Released"):
        detectable(FRAME, axis=AXIS)
