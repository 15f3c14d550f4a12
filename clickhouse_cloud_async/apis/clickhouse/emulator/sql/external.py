"""External tables: rows that come with a request, and are there for its statement only."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import attrs

from .errors import EngineError
from .formats import DEFAULT_FORMAT, checked_format
from .quoting import quoted
from .statements import Statement, read_statement
from .tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence


@attrs.frozen(kw_only=True)
class ExternalTable:
    """A table that comes with a request.

    Args:
        name: Its name.
        structure: Its columns, as a definition has them.
        format: The format of its rows.
        content: Its rows.
    """

    name: str
    structure: str
    format: str
    content: bytes = attrs.field(repr=False)

    @classmethod
    def of(cls, name: str, content: bytes, parameters: Mapping[str, str]) -> ExternalTable:
        """Return a table that parameters of its request describe.

        Args:
            name: Its name, which the names of the parameters begin with.
            content: Its rows.
            parameters: Parameters of the request.

        Raises:
            ValueError: Its columns are not described.
            EngineError: Its format is not a name.
        """
        structure = parameters.get(f"{name}_structure") or _numbered(
            parameters.get(f"{name}_types", "")
        )
        if not structure:
            raise ValueError(f"neither {name}_structure nor {name}_types describes the table")
        written_as = checked_format(parameters.get(f"{name}_format", DEFAULT_FORMAT))
        return cls(name=name, structure=structure, format=written_as, content=content)

    @property
    def definition(self) -> Statement:
        """The statement that makes the table."""
        table = f"{quoted(self.name, '`')} ({self.structure})"
        return read_statement(f"CREATE TEMPORARY TABLE {table} ENGINE = Memory".encode(), b"")


@contextmanager
def present(connection: Any, tables: Sequence[ExternalTable]) -> Generator[None]:
    """Create tables for the duration of a block.

    Args:
        connection: The connection that they are on.
        tables: The tables, whose definitions may be carried out.

    Raises:
        EngineError: A table cannot be made, or its rows do not fit.
    """
    with ExitStack() as made:
        try:
            for table in tables:
                name = quoted(table.name, "`")
                connection.query(table.definition.text)
                made.callback(connection.query, f"DROP TEMPORARY TABLE {name}")
                if table.content:
                    with connection.send_insert(f"INSERT INTO {name}", table.format) as inserter:
                        inserter.append(table.content)
                        inserter.finish()
        except Exception as error:  # noqa: BLE001 - whatever the engine raises
            raise EngineError.of(error) from None
        yield


def _numbered(types: str) -> str:
    """Return columns of some types, which have the names ``_1``, ``_2`` and so on."""
    text, depth, begun = types.encode(), 0, 0
    columns: list[bytes] = []
    for word in tokens(text):
        depth += (word.keyword == "(") - (word.keyword == ")")
        if word.keyword == "," and depth == 0:
            columns.append(text[begun : word.start])
            begun = word.end
    columns.append(text[begun:])
    return ", ".join(f"_{n} {column.decode()}" for n, column in enumerate(columns, 1) if types)
