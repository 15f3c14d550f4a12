"""The budget that bounds retries while everything fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import (
    CloudError,
    HTTPOptions,
    RetryPolicy,
)
from clickhouse_cloud_async.core.retry import RetryBudget
from tests.client.stub import SERVICE

from .bodies import body
from .calls import client
from .connections import answer_well, only_once, silence
from .server import FaultServer
from .statuses import throttle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


pytestmark = pytest.mark.usefixtures("waits")


FAILING = body(b"{}", 500)


async def sent_by(server: FaultServer, call: Callable[[], Awaitable[object]]) -> int:
    """Return how many requests a call sends, which may fail."""
    server.arrivals.clear()
    with pytest.raises(CloudError):
        await call()
    return len(server.arrivals)


async def test_an_outage_stops_retries() -> None:
    """When everything fails retries soon stop; successes bring them back."""
    policy = RetryPolicy(attempts=1000, first_wait=0)
    async with FaultServer(FAILING) as server, client(server.url, retry=policy) as cloud:

        async def call() -> object:
            return await cloud.services.get(SERVICE)

        assert await sent_by(server, call) == 101
        assert await sent_by(server, call) == 1

        server.behaviour = answer_well
        for _ in range(10):
            await call()
        server.behaviour = FAILING
        assert await sent_by(server, call) == 3


async def test_throttling_costs_no_retries() -> None:
    """To wait for a 429 takes nothing from the budget, and does not need it."""
    policy = RetryPolicy(attempts=150, first_wait=0)
    async with FaultServer(throttle()) as server, client(server.url, retry=policy) as cloud:

        async def call() -> object:
            return await cloud.services.get(SERVICE)

        assert await sent_by(server, call) == 150
        server.behaviour = FAILING
        assert await sent_by(server, call) == 101
        server.behaviour = throttle()
        assert await sent_by(server, call) == 150


async def test_survived_failures_cost_nothing() -> None:
    """Tokens that the retries of a call took come back when the call succeeds."""
    async with FaultServer(answer_well) as server, client(server.url) as cloud:
        for _ in range(150):
            server.behaviour = only_once(FAILING, answer_well)
            await cloud.services.get(SERVICE)

    assert cloud.stats.retries == 150


async def test_timeouts_cost_more() -> None:
    """A retry after silence costs twice as much, because it keeps a server busy for longer."""
    settings = {
        "http": HTTPOptions(read_timeout=0.01),
        "retry": RetryPolicy(attempts=1000, first_wait=0),
        "timeout": None,
    }
    async with FaultServer(silence) as server, client(server.url, **settings) as cloud:
        assert await sent_by(server, lambda: cloud.services.get(SERVICE)) == 51


async def test_views_share_the_budget() -> None:
    """A client with other options has the budget of the client that it came from."""
    policy = RetryPolicy(attempts=1000, first_wait=0)
    async with FaultServer(FAILING) as server, client(server.url, retry=policy) as cloud:
        view = cloud.with_options(timeout=30)
        assert await sent_by(server, lambda: cloud.services.get(SERVICE)) == 101
        assert await sent_by(server, lambda: view.services.get(SERVICE)) == 1


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1000)), max_size=50))
def test_budget_keeps_its_bounds(moves: list[tuple[bool, float]]) -> None:
    """However it is used, the budget neither goes below nothing nor above what it began with."""
    budget = RetryBudget()
    for spends, amount in moves:
        if spends:
            budget.spend(amount)
        else:
            budget.refund(amount)

    assert not budget.spend(RetryBudget.CAPACITY + 0.001)
    assert budget.spend(0)
