"""Results of queries through the query endpoint of a service, and keys to send them."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import attrs
import orjson

from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.extras import require_extra
from clickhouse_cloud_async.core.values import Secret

from .errors import QueryError
from .refusals import server_error

JSON_ROWS = "JSONEachRow"
"""The format of results that are read as rows: a JSON object in each line."""

ARROW_STREAM = "ArrowStream"
"""The format of results that are read as Arrow."""


def query_url_of(base_url: str) -> str:
    """Return the URL of the query service that belongs to an API.

    It is the API's base URL with ``queries.`` in place of ``api.``. If the host does not begin with
    ``api.``, as with an emulator, the API serves queries itself.

    Args:
        base_url: Base URL of the API.
    """
    parts = urlsplit(base_url)
    if not parts.netloc.startswith("api."):
        return base_url
    domain = parts.netloc.removeprefix("api.").removeprefix("control-plane.")
    return f"{parts.scheme}://queries.{domain}"


@attrs.frozen(kw_only=True)
class QueryKey:
    """An API key with which queries are sent, in place of the client's credentials.

    Attributes:
        api_key: ID of the key, as used for signing in.
        api_secret: Its secret.
        id: ID of the key as a resource of the API, which identifies it in a query endpoint; empty
            if it does not matter.
        settles_at: Time of `time.monotonic` until which the query service may not know the key yet,
            so that its refusals of the key are retried.
    """

    api_key: str
    api_secret: Secret = attrs.field(converter=Secret)
    id: str = ""
    settles_at: float = attrs.field(default=0.0, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.api_key, str) or not self.api_key or ":" in self.api_key:
            raise InvalidArgumentError("api_key must be the ID of a key, which has no colon")


@attrs.frozen(kw_only=True)
class QueryResult:
    """The whole result of a query.

    Attributes:
        content: Bytes of the result, in its format.
        format: Name of the format, such as ``JSONEachRow``.
    """

    content: bytes = attrs.field(repr=False)
    format: str

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries with JSON values.

        Raises:
            InvalidArgumentError: The format of the result is not ``JSONEachRow``.
            QueryError: The query failed after it had returned some rows.
        """
        if self.format != JSON_ROWS:
            raise InvalidArgumentError(f"rows() reads the format {JSON_ROWS}, got {self.format}")
        rows = _rows_of(self.content)
        if isinstance(rows, QueryError):
            raise rows
        return rows

    def arrow(self) -> Any:
        """Return the result as an Arrow table. Needs the extra `arrow`.

        Returns:
            The table, a `pyarrow.Table`.

        Raises:
            ConfigurationError: pyarrow is not installed; the message names the extra.
            InvalidArgumentError: The format of the result is neither ``ArrowStream`` nor ``Arrow``.
        """
        require_extra("pyarrow", "arrow")
        if self.format not in {ARROW_STREAM, "Arrow"}:
            raise InvalidArgumentError(
                f"arrow() reads the format {ARROW_STREAM}, got {self.format}: pass format="
            )
        ipc = import_module("pyarrow.ipc")  # it has no types
        is_stream = self.format == ARROW_STREAM
        reader = ipc.open_stream(self.content) if is_stream else ipc.open_file(self.content)
        return reader.read_all()

    def text(self) -> str:
        """Return the result as text, for formats such as ``CSV`` or ``PrettyCompact``."""
        return self.content.decode()


def row_of(line: bytes) -> dict[str, Any]:
    """Return a row of a result.

    Args:
        line: A line of the result.

    Raises:
        QueryError: The line is not a row, but an error that ClickHouse writes if a query fails
            while it runs. The frames hold the line.
    """
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        row = None
    if isinstance(row, dict):
        return row
    # Raised outside of the except clause, because the parser's error contains the line, too.
    raise server_error(line.decode(errors="replace")) or not_in(JSON_ROWS)


def not_in(name: str) -> QueryError:
    """Return the error for a result in a format other than the requested one.

    Args:
        name: Name of the requested format.
    """
    return QueryError(f"the result is not in the format {name}: leave FORMAT out of the query")


def _rows_of(content: bytes) -> list[dict[str, Any]] | QueryError:
    try:
        return [row_of(line) for line in content.split(b"\n") if line]
    except QueryError as error:
        return error.with_traceback(None)
