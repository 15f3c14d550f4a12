"""Sends queries to the query service, and wakes a service that is idle."""

from __future__ import annotations

import time
from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.core.auth import basic_auth
from clickhouse_cloud_async.core.deadline import Deadline
from clickhouse_cloud_async.core.errors import (
    APIConnectionError,
    CloudError,
    ResponseDecodeError,
)
from clickhouse_cloud_async.core.messages import Response
from clickhouse_cloud_async.core.problems import annotate
from clickhouse_cloud_async.core.values import Secret

from .arrow import BatchReader
from .errors import ServiceNotRunningError
from .refusals import IDLE, refusal, server_error
from .results import QueryResult, not_in, row_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from clickhouse_cloud_async.core.call import Call
    from clickhouse_cloud_async.core.caller import Caller
    from clickhouse_cloud_async.core.streams import ResponseStream

    from .query import Query
    from .results import QueryKey

MOST_OF_A_REFUSAL = 64 * 1024
"""Number of bytes to read of a response that is not a result."""

RETRY_INTERVAL = 2.0
"""Seconds before a query is sent again because its service wakes up or its key is new."""

WAKE: Final = {"Wake-Service": "true"}
"""The header of a query that may wake its service."""

_UNKNOWN_KEY = frozenset((HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN))


async def open_query(caller: Caller, query: Query) -> ResponseStream:
    """Send a query, and return its result before it is read.

    An idle service responds that it has to be woken, and has not run the query. The request is then
    sent again with a header that wakes the service.

    Args:
        caller: Sends the client's requests.
        query: The query.

    Raises:
        ServiceNotRunningError: The service is stopped, or is idle and must not be woken.
        QueryError: ClickHouse refuses the query.
        OutcomeUnknownError: The query may or may not have been run.
        CloudError: Any other failure.
    """
    deadline = Deadline(query.timeout)
    request = query.request(caller, await query.find_service(deadline))
    authorization = None
    if query.key is not None:
        authorization = basic_auth(Secret(query.key.api_key), query.key.api_secret).header
    while True:
        call, stream = await caller.open(
            request,
            timeout=deadline.left(),
            authorization=authorization,
            read_timeout=query.timeout,
        )
        if stream.status == HTTPStatus.OK:
            return stream
        error = await _refusal(call, stream)
        is_idle = isinstance(error, ServiceNotRunningError) and error.state == IDLE
        if is_idle and query.wake and WAKE.keys().isdisjoint(request.headers or {}):
            request.headers = {**(request.headers or {}), **WAKE}
            continue
        is_waking = is_idle and query.wake
        is_settling = error.status in _UNKNOWN_KEY and _is_new(query.key)
        if not (is_waking or is_settling) or not deadline.has_time_for(RETRY_INTERVAL):
            raise error
        await caller.pause(RETRY_INTERVAL)


async def read_result(caller: Caller, query: Query) -> QueryResult:
    """Send a query, and read its whole result.

    Args:
        caller: Sends the client's requests.
        query: The query.

    Raises:
        ResponseDecodeError: The result is larger than the client keeps in memory.
        CloudError: As in `open_query`.
    """
    stream = await open_query(caller, query)
    most = caller.transport.max_response_bytes
    try:
        content, is_whole = await stream.read(most)
    except CloudError as error:
        # The frames hold the partial result.
        failure = error.with_traceback(None)
    else:
        if is_whole:
            return QueryResult(content=content, format=query.format)
        del content
        failure = annotate(
            ResponseDecodeError(
                f"the result is larger than {most:,} bytes: use query_rows, query_arrow or"
                " query_bytes, which do not keep it in memory"
            ),
            stream.request,
            Response(stream.status, stream.headers, b""),
        )
    raise failure


async def read_bytes(caller: Caller, query: Query) -> AsyncGenerator[bytes]:
    """Send a query, and yield the bytes of its result as they arrive.

    Args:
        caller: Sends the client's requests.
        query: The query.

    Raises:
        CloudError: As in `open_query`.
    """
    stream = await open_query(caller, query)
    async with aclosing(stream.pieces()) as pieces:
        async for piece in pieces:
            yield piece
            del piece


async def read_rows(caller: Caller, query: Query) -> AsyncGenerator[dict[str, Any]]:
    """Send a query, and yield the rows of its result as they arrive.

    Args:
        caller: Sends the client's requests.
        query: The query, in a format of rows.

    Raises:
        CloudError: As in `open_query`.
    """
    stream = await open_query(caller, query)
    async with aclosing(_rows(stream)) as rows:
        try:
            async for row in rows:
                yield row
                del row
        except CloudError as error:
            # The frames hold rows.
            raise error.with_traceback(None) from error.__cause__


async def read_batches(caller: Caller, query: Query) -> AsyncGenerator[Any]:
    """Send a query, and yield the record batches of its result as they arrive.

    Args:
        caller: Sends the client's requests.
        query: The query, in Arrow's stream format.

    Raises:
        ConfigurationError: pyarrow is not installed.
        CloudError: As in `open_query`.
    """
    reader = BatchReader()
    stream = await open_query(caller, query)
    failure: CloudError | None = None
    async with aclosing(stream.pieces()) as pieces:
        try:
            async for piece in pieces:
                for batch in reader.feed(piece):
                    yield batch
                    del batch
        except APIConnectionError as error:
            # ClickHouse breaks the connection off behind the error of a query that has begun.
            failure = error.with_traceback(None)
    if reader.rest or failure is not None:
        raise server_error(reader.rest.decode(errors="replace")) or failure or not_in(query.format)


async def _rows(stream: ResponseStream) -> AsyncGenerator[dict[str, Any]]:
    begun: list[bytes] = []
    failure: CloudError | None = None
    async with aclosing(stream.pieces()) as pieces:
        try:
            async for piece in pieces:
                *lines, rest = piece.split(b"\n")
                if lines:
                    lines[0] = b"".join((*begun, lines[0]))
                    begun.clear()
                begun.append(rest)
                for line in filter(None, lines):
                    yield row_of(line)
        except APIConnectionError as error:
            # ClickHouse breaks the connection off behind the error of a query that has begun.
            failure = server_error(b"".join(begun).decode(errors="replace")) or error
    if failure is not None:
        raise failure
    if last := b"".join(begun):
        yield row_of(last)


async def _refusal(call: Call, stream: ResponseStream) -> CloudError:
    body, _ = await stream.read(MOST_OF_A_REFUSAL)
    return refusal(call, stream.status, stream.headers, body)


def _is_new(key: QueryKey | None) -> bool:
    return key is not None and time.monotonic() < key.settles_at
