"""Estimates the duration of a plan."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.client import caller_of, identity_of

from .order import dependencies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .handler import Context
    from .plan import ResourcePlan
    from .resource import Scope


def seconds_of(items: Sequence[ResourcePlan], context: Context) -> float:
    """Return the estimated seconds that a plan takes.

    The requests of a key wait for its rate limit, and resources wait for their dependencies.

    Args:
        items: The items of the plan, in their order.
        context: Has the clients.
    """
    requests: Counter[str] = Counter()
    for item in items:
        requests[item.organization_id] += len(item.commands)
    longest = max((_queue(context, scope, count) for scope, count in requests.items()), default=0)
    graph = dependencies(items, context)
    ends: dict[tuple[str, ...], float] = {}
    for item in items:
        begin = max((ends[each] for each in graph[item.identity]), default=0.0)
        ends[item.identity] = begin + item.wait
    return longest + max(ends.values(), default=0.0)


def look_seconds(requests: Mapping[str, int], scopes: Sequence[Scope]) -> float:
    """Return the estimated seconds of an observation, shared by all clients of a scope.

    Args:
        requests: The number of requests by the ID of the scope.
        scopes: The scopes.
    """
    return max((requests.get(each.id, 0) * interval(each) for each in scopes), default=0.0)


def interval(scope: Scope) -> float:
    """Return the seconds between two requests of an observation, by the rate limits of all keys.

    Args:
        scope: The organisation or account.
    """
    by_key = {identity_of(each): caller_of(each).rate_limit for each in scope.clients}
    limits = [limit for limit in by_key.values() if limit is not None]
    if len(limits) < len(by_key):
        return 0.0
    return 1 / sum(limit.requests / limit.per for limit in limits)


def _queue(context: Context, scope: str, requests: int) -> float:
    caller = next(caller_of(each.client) for each in context.scopes if each.id == scope)
    limit = caller.rate_limit
    return 0.0 if limit is None else requests * limit.per / limit.requests
