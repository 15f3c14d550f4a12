"""Runs the query of ``chcloud query``."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import AsyncClickHouseCloud, QueryError, QueryKey
from clickhouse_cloud_async.cli.commands.values import pairs_of
from clickhouse_cloud_async.cli.connection import connect
from clickhouse_cloud_async.cli.dry_run import show_request
from clickhouse_cloud_async.core.held import RequestHeld
from clickhouse_cloud_async.core.holding import holding_changes
from clickhouse_cloud_async.core.lookups import is_uuid

if TYPE_CHECKING:
    from clickhouse_cloud_async.cli.options import Options

    from .query_options import QueryOptions


def run_query(options: Options, service: str, sql: str, asked: QueryOptions) -> None:
    """Run a query, and print its result.

    Args:
        options: How to reach the API, and how long to wait.
        service: ID or name of the service.
        sql: The query.
        asked: Options of the query.

    Raises:
        CloudError: The query failed.
    BadParameter: A parameter is not of the form ``NAME=VALUE``.
    """
    asyncio.run(_run(options, service, sql, asked))


async def _run(options: Options, service: str, sql: str, asked: QueryOptions) -> None:
    async with connect(AsyncClickHouseCloud, options) as cloud:
        if not asked.dry_run:
            await _print_result(cloud, options, service, sql, asked)
            return
        try:
            with holding_changes():
                await _print_result(cloud, options, service, sql, asked)
        except RequestHeld as held:
            # The query is no secret to the person who runs the command.
            held.request.secrets = ()
            show_request(options, held.request)


async def _print_result(
    cloud: AsyncClickHouseCloud, options: Options, service: str, sql: str, asked: QueryOptions
) -> None:
    given: dict[str, Any] = {} if options.timeout is None else {"timeout": options.timeout}
    async with AsyncExitStack() as stack:
        if not is_uuid(service):
            service = (await cloud.services.get_by_name(service)).id
        key: QueryKey | None = None
        if asked.temporary_key:
            temporary = cloud.query_endpoints.temporary_key(service)
            key = await stack.enter_async_context(temporary)
        pieces = cloud.services.query_bytes(
            service,
            sql,
            parameters=pairs_of(asked.param or [], "--param"),
            format=asked.format or "",
            database=asked.database,
            wake=asked.wake,
            key=key,
            query_url=asked.query_url,
            **given,
        )
        try:
            async for piece in pieces:
                sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
        except QueryError as error:
            if error.details is not None:
                error.message = error.details.reveal().strip()
            raise
