"""Tables that many definitions start from: computed once inside the engine, dropped together."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ibis import util
from ibis.expr.operations import Node
from ibis.expr.types import Table


@dataclass(frozen=True, slots=True)
class Kept:
    """What the engine holds for one period: by the name it was asked for, and by its expression.

    Two names with one expression, such as a variant that changes nothing in a table, share it.
    """

    by_name: dict[tuple[str, str], Table] = field(default_factory=dict)
    by_expression: dict[Node, Table] = field(default_factory=dict)

    def named(self, name: tuple[str, str], make: Callable[[], Table]) -> Table:
        """Return the table of that name, made if it is not there."""
        if name not in self.by_name:
            self.by_name[name] = self.computed(make(), name[0])
        return self.by_name[name]

    def computed(self, rows: Table, name: str) -> Table:
        """Return the rows as a table of the engine's, computed if no such expression has been."""
        expression = rows.op()
        if expression not in self.by_expression:
            # Not a temporary one: an engine of many machines has none, and writes it out instead.
            made = rows.get_backend().create_table(util.gen_name(name), rows)
            self.by_expression[expression] = made
        return self.by_expression[expression]

    def drop(self) -> None:
        """Let go of all tables and of the memory or disk that they take."""
        self.by_name.clear()
        while self.by_expression:
            _, table = self.by_expression.popitem()
            table.get_backend().raw_sql(f"DROP TABLE {table.get_name()}")
