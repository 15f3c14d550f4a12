"""clickhouse-connect clients for services that may have to wake up first."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.core.deadline import Deadline
from clickhouse_cloud_async.core.errors import APIConnectionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_connect.driver.asyncclient import AsyncClient
    from clickhouse_connect.driver.client import Client

    from clickhouse_cloud_async.apis.clickhouse.connection import ServiceConnection

FIRST_QUERY_TIME: Final = 120.0
"""Seconds within which a running service has to respond to the first query."""

RETRY_INTERVAL: Final = 1.0
"""Seconds between two attempts of the first query."""

TIMEOUTS: Final[Mapping[str, float]] = {"connect_timeout": 30, "send_receive_timeout": 900}
"""Timeouts of the client in seconds: a query waits while an idle service wakes up."""


async def open_async_client(
    connection: ServiceConnection, deadline: Deadline, options: Mapping[str, Any]
) -> AsyncClient:
    """Return a clickhouse-connect client whose first query has succeeded.

    Args:
        connection: Address and user.
        deadline: The end of the attempts.
        options: Further arguments of the client.

    Raises:
        ClickHouseError: The service refuses the first query.
        APIConnectionError: The service does not respond to it.
    """
    from clickhouse_connect import get_async_client

    attempts = _Attempts(connection, deadline)
    while True:
        try:
            async with asyncio.timeout(attempts.left()):
                return await get_async_client(**_arguments(connection, options))
        except Exception as error:  # noqa: BLE001 - all but transient ones are raised
            failure = attempts.failure(error)
        if failure is not None:
            raise failure
        await asyncio.sleep(RETRY_INTERVAL)


def open_client(
    connection: ServiceConnection, deadline: Deadline, options: Mapping[str, Any]
) -> Client:
    """Return a synchronous clickhouse-connect client whose first query has succeeded.

    Args:
        connection: Address and user.
        deadline: The end of the attempts; an attempt in progress is not interrupted.
        options: Further arguments of the client.

    Raises:
        ClickHouseError: The service refuses the first query.
        APIConnectionError: The service does not respond to it.
    """
    from clickhouse_connect import get_client

    attempts = _Attempts(connection, deadline)
    while True:
        try:
            return get_client(**_arguments(connection, options))
        except Exception as error:  # noqa: BLE001 - all but transient ones are raised
            failure = attempts.failure(error)
        if failure is not None:
            raise failure
        time.sleep(RETRY_INTERVAL)


def _arguments(connection: ServiceConnection, options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **TIMEOUTS,
        **options,
        "host": connection.host,
        "port": connection.port,
        "secure": connection.secure,
        "username": connection.user,
        "password": connection.password.reveal() if connection.password else "",
    }


class _Attempts:
    """Decides whether the first query is retried.

    Args:
        connection: The address to which it is sent.
        deadline: The end of the whole call.
    """

    def __init__(self, connection: ServiceConnection, deadline: Deadline) -> None:
        self._connection = connection
        left = deadline.left()
        self._window = Deadline(FIRST_QUERY_TIME if left is None else min(left, FIRST_QUERY_TIME))

    def left(self) -> float | None:
        """Return the seconds until the attempts end."""
        return self._window.left()

    def failure(self, error: Exception) -> Exception | None:
        """Return the error to raise after an attempt; None if there is to be another.

        The driver's frames contain the password, so the tracebacks of its errors are removed.
        """
        is_transient = _is_transient(error)
        error.__cause__ = error.__context__ = None
        error.with_traceback(None)
        if not is_transient:
            return error
        if self._window.has_time_for(RETRY_INTERVAL):
            return None
        place = f"{self._connection.host}:{self._connection.port}"
        failure = APIConnectionError(
            f"service {self._connection.service_id} runs, but {place} does not respond to queries:"
            f" {str(error) or 'no response in time'}"
        )
        failure.hint = "the IP access list of the service has to allow the address of this machine"
        return failure


def _is_transient(error: Exception) -> bool:
    """Return whether an attempt failed before it reached ClickHouse itself."""
    from clickhouse_connect.driver.exceptions import DatabaseError

    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _chain(error)):
        return False
    if isinstance(error, DatabaseError):
        return error.code is None
    return isinstance(error, OSError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
