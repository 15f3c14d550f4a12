"""Spreads many reads over all clients that reach the same organisation or account."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

import attrs

from clickhouse_cloud_async.fleet.concurrency import run_all

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from .resource import Scope

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 20
"""Maximum number of concurrent reads per client."""


async def spread(
    tasks: Sequence[T],
    scope_of: Callable[[T], Scope],
    look: Callable[[T, Scope], Awaitable[R]],
) -> list[R]:
    """Read many items, with all clients that reach them.

    Each client takes the next item as soon as its rate limit allows, so that a client with a
    higher limit reads more of them.

    Args:
        tasks: The items.
        scope_of: Returns the organisation or account of an item.
        look: Reads an item through the client of the given scope.

    Returns:
        The results, in the order of the items.

    Raises:
        CloudError: A read failed; the others were cancelled.
    """
    results: dict[int, R] = {}
    shares: defaultdict[Scope, list[tuple[int, T]]] = defaultdict(list)
    for index, task in enumerate(tasks):
        shares[scope_of(task)].append((index, task))

    async def work(waiting: Iterator[tuple[int, T]], via: Scope) -> None:
        for index, task in waiting:
            results[index] = await look(task, via)

    workers = []
    for scope, share in shares.items():
        waiting = iter(share)
        ways = [attrs.evolve(scope, client=client, others=()) for client in scope.clients]
        # The clients take turns, so that even a few items are spread over all of them.
        turns = [via for _ in range(AT_ONCE) for via in ways][: len(share)]
        workers += [work(waiting, via) for via in turns]
    await run_all(workers)
    return [results[index] for index in range(len(tasks))]
