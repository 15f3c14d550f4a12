"""Errors of queries through the query endpoint of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.errors import APIStatusError, ConflictError

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.values import Secret


class QueryError(APIStatusError):
    """ClickHouse refused a query, or could not carry it out to its end.

    The message names the error and its code. What ClickHouse says beyond that may quote the query
    and its data, so that only `details` holds it.

    Attributes:
        details: ClickHouse's own words; None where it gave none.
    """

    details: Secret | None = None


class ServiceNotRunningError(ConflictError):
    """A query was not run, because the service is idle or stopped.

    Attributes:
        state: ``idle`` or ``stopped``.
    """

    state: str = ""
