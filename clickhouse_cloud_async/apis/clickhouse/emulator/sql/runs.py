"""Parameters and results of running a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from .formats import DEFAULT_FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .external import ExternalTable


@attrs.define
class Summary:
    """The summary of a statement.

    Args:
        read_rows: Rows that it read of tables.
        read_bytes: Their bytes.
        written_rows: Rows that it wrote.
        written_bytes: Their bytes.
        result_rows: Rows that it returned.
        result_bytes: Their bytes.
        elapsed_ns: For how long it ran.
    """

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    elapsed_ns: int = 0

    def count(self, result: Any) -> None:
        """Add what a result, or a piece of it, says."""
        self.read_rows += result.storage_rows_read()
        self.read_bytes += result.storage_bytes_read()
        self.written_rows += result.rows_written()
        self.written_bytes += result.bytes_written()
        self.result_rows += result.rows_read()
        self.result_bytes += result.bytes_read()


@attrs.frozen(kw_only=True)
class Run:
    """The parameters of a run.

    Args:
        database: The current database; None for that of the session.
        settings: Settings and parameters (``param_*``) by name.
        default_format: The format of the result if the statement names none.
        readonly: Whether writing is refused.
        session_id: The session; None for none.
        session_check: Whether the session must be there.
        session_timeout: Seconds for which it is kept when nothing uses it.
        external: Tables that are there for the statement.
        rest: What follows the beginning of an insert's data.
    """

    database: str | None = None
    settings: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    default_format: str = DEFAULT_FORMAT
    readonly: bool = False
    session_id: str | None = None
    session_check: bool = False
    session_timeout: float = 60.0
    external: Sequence[ExternalTable] = ()
    rest: Iterable[bytes] = attrs.field(default=(), repr=False)
