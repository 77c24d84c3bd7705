"""Named SQL: each statement of a `.sql` file under its `-- name:` header, and a session to run them by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Row, TextClause, text

T = TypeVar("T")
#: What may be bound to a statement.
Bound = str | int | float | bytes | None

_HEADER = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load(file: str) -> Mapping[str, TextClause]:
    """The statements of `sql/<file>` by name. Raises ValueError when a name comes twice."""
    parts = _HEADER.split(resources.files(__package__).joinpath("sql", file).read_text("utf-8"))
    statements: dict[str, TextClause] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in statements:
            raise ValueError(f"{file}: the statement {name} is there twice")
        lines = [line for line in body.splitlines() if not line.lstrip().startswith("--")]
        statements[name] = text("\n".join(lines).strip())
    return statements


class Session:
    """One open transaction, and the statements to run in it."""

    def __init__(self, connection: Connection, statements: Mapping[str, TextClause]) -> None:
        self._connection = connection
        self._statements = statements

    def all(self, name: str, /, **values: Bound) -> Sequence[Row[tuple[object, ...]]]:
        return self._connection.execute(self._statements[name], values).all()

    def one(self, name: str, /, **values: Bound) -> Row[tuple[object, ...]] | None:
        """The first row, or None."""
        return self._connection.execute(self._statements[name], values).first()

    def run(self, name: str, /, **values: Bound) -> int:
        """How many rows were changed."""
        return self._connection.execute(self._statements[name], values).rowcount


class Database(Protocol):
    """Runs transactions. Both calls give what `work` gives, and raise what it raises (then nothing was changed)."""

    def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction of its own; durable on return."""
        ...

    def read(self, work: Callable[[Session], T]) -> T: ...

    def close(self) -> None: ...
