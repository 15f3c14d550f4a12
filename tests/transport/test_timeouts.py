"""Timeouts of the package's own, on a simulated clock."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.core.timeouts import Timeout, Timeouts
from tests.faults.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from typing import Any

    Program = Callable[[Timeouts], Coroutine[Any, Any, None]]
    Run = Callable[[Program], None]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a program on a simulated clock, with the timeouts of its loop."""

    def run_program(program: Program) -> None:
        async def whole() -> None:
            await program(Timeouts(asyncio.get_running_loop()))

        simulate(monkeypatch, whole())

    return run_program


async def ended(timeouts: Timeouts, seconds: float, action: Awaitable[object]) -> float | None:
    """Return when a timeout ended an action; None if it did not."""
    try:
        with Timeout(timeouts, seconds):
            await action
    except TimeoutError:
        return timeouts.loop.time()
    return None


def test_each_timeout_ends_what_takes_longer(run: Run) -> None:
    """Timeouts of all lengths, begun in any order, end at their time, and only what is late."""

    async def program(timeouts: Timeouts) -> None:
        waits = [(3.0, 9.0), (1.0, 9.0), (1.0, 0.5), (5.0, 4.0), (2.0, 9.0), (3.0, 9.0)]
        ends = await asyncio.gather(
            *(ended(timeouts, seconds, asyncio.sleep(takes)) for seconds, takes in waits)
        )
        assert ends == [3, 1, None, None, 2, 3]

    run(program)


def test_timeouts_begun_later(run: Run) -> None:
    """A timeout that begins while others run, or after all have ended, holds too."""

    async def program(timeouts: Timeouts) -> None:
        first = asyncio.create_task(ended(timeouts, 10, asyncio.sleep(99)))
        await asyncio.sleep(4)
        assert await ended(timeouts, 10, asyncio.sleep(99)) == 14
        assert await first == 10
        assert await ended(timeouts, 10, asyncio.sleep(99)) == 24
        assert await ended(timeouts, 1, asyncio.sleep(99)) == 25

    run(program)


def test_cancelled_from_elsewhere(run: Run) -> None:
    """A task that is cancelled from elsewhere stays cancelled, although its timeout expires too."""

    async def program(timeouts: Timeouts) -> None:
        early = asyncio.create_task(ended(timeouts, 10, asyncio.sleep(99)))
        late = asyncio.create_task(ended(timeouts, 10, asyncio.sleep(99)))
        await asyncio.sleep(5)
        early.cancel()
        await asyncio.sleep(5)
        late.cancel()
        for task in (early, late):
            with pytest.raises(asyncio.CancelledError):
                await task

    run(program)


def test_nested_timeouts(run: Run) -> None:
    """The timeout that expires first ends its own body; the outer one still holds for the rest."""

    async def program(timeouts: Timeouts) -> None:
        async def inner() -> None:
            assert await ended(timeouts, 2, asyncio.sleep(99)) == 2
            await asyncio.sleep(99)

        assert await ended(timeouts, 5, inner()) == 5

    run(program)


def test_what_came_while_the_loop_was_busy_is_in_time(run: Run) -> None:
    """A response that is there when the loop comes to look counts, however late that is."""

    async def program(timeouts: Timeouts) -> None:
        loop: Any = timeouts.loop
        answer = loop.create_future()

        def be_busy() -> None:
            loop.clock.now = 20.0
            loop.call_soon(answer.set_result, None)

        loop.call_at(9, be_busy)
        assert await ended(timeouts, 10, answer) is None

    run(program)


def test_nothing_is_left_of_timeouts_that_ended_early(run: Run) -> None:
    """However many calls there were, only those under way are remembered."""

    async def program(timeouts: Timeouts) -> None:
        for length in range(1, 101):
            assert await ended(timeouts, length, asyncio.sleep(0)) is None
        assert await ended(timeouts, 500, asyncio.sleep(200)) is None
        assert timeouts.is_empty()

    run(program)
