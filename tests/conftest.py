import pytest
from hypothesis import settings

# A busy machine is no fault: speed is measured by `make bench`, never by a test.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the longest files, so that no worker ends alone with one of them."""
    longest = (
        "test_whole_way", "test_pages", "test_recovery", "test_simulate", "test_batch",
        "test_execute",
    )  # fmt: skip
    order = {name: place for place, name in enumerate(longest)}
    items.sort(key=lambda item: order.get(item.path.stem, len(longest)))
