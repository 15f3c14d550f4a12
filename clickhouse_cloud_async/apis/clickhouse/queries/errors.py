"""Errors of queries through the query endpoint of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.errors import APIStatusError, ConflictError

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.values import Secret


class QueryError(APIStatusError):
    """ClickHouse refused a query, or failed while running it.

    The message contains the name and code of the error. The further text from ClickHouse may quote
    the query and its data, so only `details` contains it.

    Attributes:
        details: Text of the error from ClickHouse; None if there was none.
    """

    details: Secret | None = None


class ServiceNotRunningError(ConflictError):
    """A query was not run, because the service is idle or stopped.

    Attributes:
        state: ``idle`` or ``stopped``.
    """

    state: str = ""
