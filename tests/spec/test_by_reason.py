"""Outcomes counted once more by why the matter came in."""

import pandas as pd
import pytest

from evalkit.data import counting


def counted(sample):
    frame = pd.concat(counting.by_reason(sample), ignore_index=True)
    return frame.groupby("measure")["n"].sum().to_dict()


@pytest.mark.parametrize(
    ("reason", "group"),
    [
        ("våld mot barn", "violence"),
        ("våld i nära relation", "violence"),
        ("heder", "violence"),
        ("skolfrånvaro", "other"),
        (None, "other"),
    ],
)
def test_a_case_counts_with_the_reason_of_the_matter_that_started_it(world, home, reason, group):
    home = home | {"referral": [{"reason": reason}]}
    closed = [{"closed_date": "2021-06-01"}]
    sample = world(**home, assignment=[{}], investigation=closed, need=[{}])
    assert counted(sample) == {f"{name}:reason={group}": 1 for name in ("K1", "R1", "U1")}
