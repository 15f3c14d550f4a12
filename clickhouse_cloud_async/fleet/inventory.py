"""Lists the resources of several clients concurrently."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.building import RequestBuilder
from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.errors import CloudError, NotFoundError

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
    """List the resources of all clients, with one request each, and return the selected ones.

    A resource that several clients see is listed once.

    Args:
        kind: Kind of the resources.
        clients: The clients.
        criteria: Criteria that select resources; None for all.
        timeout: Timeout in seconds for all requests; None for no limit.

    Returns:
        The members in the order of their clients, and the clients that failed.
    """
    lists = await asyncio.gather(
        *(_list(kind, index, client, criteria, timeout) for index, client in enumerate(clients))
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
    kind: Kind, index: int, client: AsyncAPIClient, criteria: Criteria | None, timeout: float | None
) -> list[Member] | MemberFailure:
    filters = () if criteria is None else criteria.filters
    scope: str | None = None
    try:
        scope = await kind.scope_of(client)
        listed = await kind.list(client, scope, filters, timeout)
        late = _created_just_now(kind, client, scope, listed)
        if kind.prepare is not None:
            await kind.prepare(client, [*listed, *late])
        members = [kind.member(each, scope, client) for each in listed]
        for each in late:
            member: Member = kind.member(each, scope, client)
            # A list with filters omits others on purpose.
            if criteria is None or kind.selects(criteria, member):
                members.append(kind.member(await _read(kind, member, timeout), scope, client))
    except CloudError as error:
        return MemberFailure(member=index, organization_id=scope, error=error.with_traceback(None))
    return members


def _created_just_now(
    kind: Kind, client: AsyncAPIClient, scope: str, listed: Sequence[Any]
) -> list[Any]:
    """Return resources that this client has created and a list does not show yet."""
    operation = kind.lifecycle.list
    assert operation is not None, "resources of fleets can be listed"
    caller = caller_of(client)
    asked = RequestBuilder(operation, caller.api, caller.scopes).build(kind.parent(scope))
    ids = {each.id for each in listed}
    return caller.pollers.created.missing(kind.lifecycle.model, asked.path, ids)


async def _read(kind: Kind, member: Member, timeout: float | None) -> Any:
    """Return the present state of a resource that was just created, if reads show it yet."""
    try:
        return await kind.get(member, timeout)
    except NotFoundError:
        return member.item
