"""The schedule of polls while changes wait for the rate limit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.core.limits import Priority, RateLimit
from clickhouse_cloud_async.core.waiting.wait import poll_until
from clickhouse_cloud_async.models import Service
from tests.samples import sample_of

from .world import World

if TYPE_CHECKING:
    from .conftest import Run

LIMIT = RateLimit(10, per=10)
COUNT = 300
LATENCY = 0.05


async def _start_all(world: World, seconds: float = 45) -> float:
    """Start services one after the other, as the budget allows, and wait for all of them.

    Args:
        world: The world with the services.
        seconds: How long a start takes.

    Returns:
        When the last one was started.
    """
    assert world.limiter is not None
    started = 0.0

    async def start(key: str) -> None:
        nonlocal started
        assert world.limiter is not None
        await world.limiter.acquire(Priority.CHANGE)
        await asyncio.sleep(world.latency)
        world.limiter.release(sent=True)
        started = now = world.now
        world.lives[key] = [(0.0, "stopped"), (now, "starting"), (now + seconds, "running")]
        service = Service.from_dict(sample_of("Service") | {"id": key, "state": "starting"})
        path = {"organizationId": None, "serviceId": key}
        await poll_until(
            world.caller,
            world.lifecycle,
            path,
            lambda each: each is not None and each.state == "running",
            known=service,
        )

    await asyncio.gather(*(start(key) for key in world.lives))
    return started


@pytest.mark.parametrize("seconds", [40.5, 45, 49.5])
def test_polls_leave_the_budget_to_changes_but_what_is_known_is_never_old(
    run: Run, seconds: float
) -> None:
    """Nothing is polled before anything can have changed, and then each quarter of a minute."""

    async def program() -> tuple[float, float, list[float], list[float]]:
        lives = {f"s{number}": [(0.0, "stopped")] for number in range(COUNT)}
        world = World(lives, limit=LIMIT, latency=LATENCY)
        started = await _start_all(world, seconds)
        ends = [life[-1][0] for life in world.lives.values()]
        return started, world.now, world.times(), ends

    started, ended, polls, ends = run(program())
    crowded = [time for time in polls if time < started]
    unseen = [min(poll for poll in polls if poll > end) - end for end in ends]

    assert crowded[0] > 40
    assert max(unseen) + LATENCY < 15.001
    assert len(crowded) <= 18
    assert ended < 1.05 * (COUNT + seconds)


def test_a_poll_is_sent_at_once_where_the_budget_has_room(run: Run) -> None:
    """Without changes that wait, transitions are seen soon after their end."""

    async def program() -> tuple[float, list[float]]:
        world = World({"a": [(0.0, "stopped")], "b": [(0.0, "stopped")]}, limit=LIMIT)
        await _start_all(world)
        return world.now, world.times()

    ended, polls = run(program())

    assert ended < 47
    assert polls[0] < 5
