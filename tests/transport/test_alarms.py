"""Time limits of the package's own, on a simulated clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.core.alarms import Alarms, Limit
from tests.faults.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any

    Program = Callable[[Alarms], Coroutine[Any, Any, None]]
    Run = Callable[[Program], None]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a program on a simulated clock, with alarms of its loop."""

    def run_program(program: Program) -> None:
        async def whole() -> None:
            await program(Alarms(asyncio.get_running_loop()))

        simulate(monkeypatch, whole())

    return run_program


async def ended(alarms: Alarms, seconds: float, action: Awaitable[object]) -> float | None:
    """When a limit ended an action; None where it did not."""
    try:
        with Limit(alarms, seconds):
            await action
    except TimeoutError:
        return alarms.loop.time()
    return None


def test_each_limit_ends_what_takes_longer(run: Run) -> None:
    """Limits of all lengths, begun in any order, end just at their time, and only what is late."""

    async def program(alarms: Alarms) -> None:
        waits = [(3.0, 9.0), (1.0, 9.0), (1.0, 0.5), (5.0, 4.0), (2.0, 9.0), (3.0, 9.0)]
        ends = await asyncio.gather(
            *(ended(alarms, limit, asyncio.sleep(takes)) for limit, takes in waits)
        )
        assert ends == [3, 1, None, None, 2, 3]

    run(program)


def test_limits_begun_later(run: Run) -> None:
    """A limit that begins while others run, or after all have ended, holds too."""

    async def program(alarms: Alarms) -> None:
        first = asyncio.create_task(ended(alarms, 10, asyncio.sleep(99)))
        await asyncio.sleep(4)
        assert await ended(alarms, 10, asyncio.sleep(99)) == 14
        assert await first == 10
        assert await ended(alarms, 10, asyncio.sleep(99)) == 24
        assert await ended(alarms, 1, asyncio.sleep(99)) == 25

    run(program)


def test_cancelled_from_elsewhere(run: Run) -> None:
    """A task that is cancelled within a limit is cancelled, also when its time is up as well."""

    async def program(alarms: Alarms) -> None:
        early = asyncio.create_task(ended(alarms, 10, asyncio.sleep(99)))
        late = asyncio.create_task(ended(alarms, 10, asyncio.sleep(99)))
        await asyncio.sleep(5)
        early.cancel()
        await asyncio.sleep(5)
        late.cancel()
        for task in (early, late):
            with pytest.raises(asyncio.CancelledError):
                await task

    run(program)


def test_limits_in_each_other(run: Run) -> None:
    """The one that is over first ends its own part; the outer one still holds for the rest."""

    async def program(alarms: Alarms) -> None:
        async def inner() -> None:
            assert await ended(alarms, 2, asyncio.sleep(99)) == 2
            await asyncio.sleep(99)

        assert await ended(alarms, 5, inner()) == 5

    run(program)


def test_what_came_while_the_loop_was_busy_is_in_time(run: Run) -> None:
    """An answer that is there when the loop comes to look counts, however late that is."""

    async def program(alarms: Alarms) -> None:
        loop: Any = alarms.loop
        answer = loop.create_future()

        def be_busy() -> None:
            loop.clock.now = 20.0
            loop.call_soon(answer.set_result, None)

        loop.call_at(9, be_busy)
        assert await ended(alarms, 10, answer) is None

    run(program)


def test_nothing_is_left_of_limits_that_ended_early(run: Run) -> None:
    """However many calls there were, only those under way are remembered."""

    async def program(alarms: Alarms) -> None:
        for length in range(1, 101):
            assert await ended(alarms, length, asyncio.sleep(0)) is None
        assert await ended(alarms, 500, asyncio.sleep(200)) is None
        assert alarms.is_empty()

    run(program)
