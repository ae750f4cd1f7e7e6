"""The registry: every published figure that is computed again, for the tests and for the page."""

from evalkit.validation import (
    published_areas,
    published_methods,
    published_textbook,
    published_theory,
)
from evalkit.validation.replication import Replication

REGISTRY: tuple[Replication, ...] = (
    *published_theory.REPLICATIONS,
    *published_areas.REPLICATIONS,
    *published_methods.REPLICATIONS,
    *published_textbook.REPLICATIONS,
)
