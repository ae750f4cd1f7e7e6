"""Each class of bad input is planted somewhere: in the table, or in a test named after it."""

import re
from collections import Counter
from pathlib import Path

from test_classes import TABLE

TESTS = Path(__file__).parents[2]
CLASSES = range(1, 62)  # of the design note, section 4.3


def planted() -> Counter[int]:
    """Return how many cases each class has; `test_21_54_what` is one of 21 and one of 54."""
    found = Counter(number for number, *_ in TABLE.values())
    for path in TESTS.rglob("test_*.py"):
        for numbers in re.findall(r"(?m)^def test_((?:\d+_)+)", path.read_text(encoding="utf-8")):
            found.update(int(number) for number in numbers.split("_") if number)
    return found


def test_every_class_has_a_case_and_every_case_a_class():
    assert sorted(planted()) == list(CLASSES)


def test_a_case_of_the_table_begins_with_the_number_of_its_class():
    assert all(name.split()[0] == str(number) for name, (number, *_) in TABLE.items())
