"""The things of several clients, listed at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.errors import CloudError

from .report import MemberFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.client import AsyncAPIClient

    from .kind import Criteria, Kind, Member


async def find_members(
    kind: Kind,
    clients: Sequence[AsyncAPIClient],
    criteria: Criteria | None,
    timeout: float | None,
) -> tuple[list[Any], list[MemberFailure]]:
    """List the things of all clients, each with one request, and keep those that are meant.

    A thing that several clients see is there once.

    Args:
        kind: What kind of things.
        clients: The clients.
        criteria: Which of them; None for all.
        timeout: Seconds for all of it; None for no limit.

    Returns:
        The members in the order of their clients, and the clients that failed.
    """
    lists = await asyncio.gather(
        *(
            _list(kind, index, client, () if criteria is None else criteria.filters, timeout)
            for index, client in enumerate(clients)
        )
    )
    found: dict[str, Member] = {}
    failures: list[MemberFailure] = []
    for listed in lists:
        if isinstance(listed, MemberFailure):
            failures.append(listed)
        else:
            for each in listed:
                found.setdefault(each.item.id, each)
    meant = [each for each in found.values() if criteria is None or kind.selects(criteria, each)]
    return meant, failures


async def _list(
    kind: Kind, index: int, client: AsyncAPIClient, filters: Sequence[str], timeout: float | None
) -> list[Member] | MemberFailure:
    scope: str | None = None
    try:
        scope = await kind.scope_of(client)
        listed = await kind.list(client, scope, filters, timeout)
        if kind.prepare is not None:
            await kind.prepare(client, listed)
    except CloudError as error:
        return MemberFailure(member=index, organization_id=scope, error=error.with_traceback(None))
    return [kind.member(each, scope, client) for each in listed]
