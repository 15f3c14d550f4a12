"""Many looks, spread over all clients that reach the same organisation or account."""

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
"""How many looks of a client are under way at the same time."""


async def spread(
    tasks: Sequence[T],
    scope_of: Callable[[T], Scope],
    look: Callable[[T, Scope], Awaitable[R]],
) -> list[R]:
    """Look at many things, with every client that reaches them.

    Each client takes the next thing as soon as its rate limit lets it, so that a client with a
    higher limit does more of them.

    Args:
        tasks: The things.
        scope_of: Returns where a thing is.
        look: Looks at one, through the client of the scope that it is given.

    Returns:
        What the looks have returned, in the order of the things.

    Raises:
        CloudError: A look failed; the others were cancelled.
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
        # The clients take turns, so that each has its part of a few things, too.
        turns = [via for _ in range(AT_ONCE) for via in ways][: len(share)]
        workers += [work(waiting, via) for via in turns]
    await run_all(workers)
    return [results[index] for index in range(len(tasks))]
