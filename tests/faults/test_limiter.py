"""The rate limit: the number of slots, their order, and the end of waits."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import ConfigurationError, RateLimit
from clickhouse_cloud_async.core import limiter as limiter_module
from clickhouse_cloud_async.core import limiter_registry, slot_waiters
from clickhouse_cloud_async.core.limiter import Limiter
from clickhouse_cloud_async.core.limits import LimiterStatistics, Priority

from .simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from typing import Any

    Run = Callable[[Coroutine[Any, Any, Any]], Any]

PER = 10.0


DEFAULT = RateLimit(10, per=PER)


def limiter_for(base_url: str, key: str, limit: RateLimit | None) -> Limiter:
    """The limiter that clients of a key share, with a default of ten requests."""
    return limiter_registry.limiter_for(base_url, key, limit, DEFAULT)


def limiter(requests: int, per: float = PER) -> Limiter:
    """A limiter of a limit that a client asked for."""
    return Limiter(RateLimit(requests, per=per), is_asked_for=True)


@attrs.frozen
class Visit:
    """A call that asks for a slot.

    Attributes:
        arrives: When they ask for it, in seconds.
        takes: Seconds for which they keep it.
        patience: Seconds after which they give up waiting or working; None for never.
        priority: In which priority they wait.
        can_wait: Seconds for which they can do without a slot.
        sent: Whether their request may have arrived.
    """

    arrives: float
    takes: float = 0.0
    patience: float | None = None
    priority: Priority = Priority.READ
    can_wait: float = 0.0
    sent: bool = True


@attrs.define
class Stay:
    """When a visit had a slot; None if it did not get that far."""

    began: float | None = None
    ended: float | None = None


async def visit(budget: Limiter, visit: Visit, stay: Stay) -> None:
    """Ask for a slot and keep it for a while."""
    now = asyncio.get_running_loop().time
    await asyncio.sleep(visit.arrives)
    try:
        async with asyncio.timeout(visit.patience):
            await budget.acquire(visit.priority, can_wait=visit.can_wait)
            stay.began = now()
            try:
                await asyncio.sleep(visit.takes)
            finally:
                budget.release(sent=visit.sent)
                stay.ended = now()
    except TimeoutError:
        pass


async def visits(budget: Limiter, *every: Visit) -> list[Stay]:
    """Let visitors come, and give when they had their slots."""
    stays = [Stay() for _ in every]
    async with asyncio.timeout(100_000):
        await asyncio.gather(*map(visit, [budget] * len(every), every, stays))
    return stays


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the limiters of these tests to these tests."""
    monkeypatch.setattr(limiter_registry, "registry", limiter_registry.LimiterRegistry())


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a program on a simulated clock."""
    return lambda program: simulate(monkeypatch, program)


def began(run: Run, budget: Limiter, *every: Visit) -> list[float | None]:
    """Return when visitors get their slots."""
    return [stay.began for stay in run(visits(budget, *every))]


# --- number ------------------------------------------------------------------------------------


def test_windows(run: Run) -> None:
    """The requests of a window go at once, the next when the first of them has left it."""
    times = began(run, limiter(3), *[Visit(0)] * 7)

    assert times == [0, 0, 0, 10, 10, 10, 20]


def test_window_moves(run: Run) -> None:
    """A slot is free again a whole window after the response, not when some window ends."""
    times = began(run, limiter(2), Visit(0), Visit(4, takes=3), Visit(5), Visit(5.1), Visit(5.2))

    assert times == [0, 4, 10, 17, 20]


def test_slots_of_what_was_not_sent(run: Run) -> None:
    """A slot that was given back unused is free at once."""
    times = began(run, limiter(1), Visit(0, takes=2, sent=False), Visit(1), Visit(1))

    assert times == [0, 2, 12]


VISITS = st.lists(
    st.builds(
        Visit,
        arrives=st.integers(0, 50).map(float),
        takes=st.integers(0, 20).map(float),
        patience=st.one_of(st.none(), st.integers(1, 40).map(float)),
        priority=st.sampled_from(Priority),
        sent=st.booleans(),
    ),
    max_size=25,
)


@given(requests=st.integers(1, 5), every=VISITS)
def test_never_too_many(requests: int, every: list[Visit]) -> None:
    """However calls come, take long, fail and give up, no window has more than the limit."""
    budget = limiter(requests)
    with pytest.MonkeyPatch.context() as patch:
        stays = simulate(patch, visits(budget, *every))

    for each in stays:
        if each.began is not None:
            others = [
                other
                for guest, other in zip(every, stays, strict=True)
                if other.began is not None
                and other.ended is not None
                and other.began <= each.began
                and (other.ended + PER > each.began if guest.sent else other.ended > each.began)
            ]
            assert len(others) <= requests
    patient = [stay for guest, stay in zip(every, stays, strict=True) if guest.patience is None]
    assert all(stay.ended is not None for stay in patient)


@given(every=VISITS)
def test_nothing_is_left_behind(every: list[Visit]) -> None:
    """Once all have gone, and their window too, the limiter is as new."""
    budget = limiter(2)

    async def program() -> bool:
        await visits(budget, *every)
        await asyncio.sleep(PER)
        return budget.is_idle

    with pytest.MonkeyPatch.context() as patch:
        assert simulate(patch, program())


@pytest.mark.parametrize("requests", [0, -1])
def test_limit_without_requests(requests: int) -> None:
    """A limit that allows nothing is refused."""
    with pytest.raises(ConfigurationError):
        RateLimit(requests)


@pytest.mark.parametrize("per", [0, -1, float("nan")])
def test_limit_without_a_window(per: float) -> None:
    """A window that has no length is refused."""
    with pytest.raises(ConfigurationError):
        RateLimit(1, per=per)


# --- order -------------------------------------------------------------------------------------


def test_first_come_first_served(run: Run) -> None:
    """Waiters of one priority get slots in the order in which they came."""
    times = began(run, limiter(1), *[Visit(n / 10) for n in range(6)])

    assert times == [0, 10, 20, 30, 40, 50]


def test_changes_go_before_reads(run: Run) -> None:
    """A change that comes later overtakes the reads that wait, and no other change."""
    change = [Visit(5, priority=Priority.CHANGE), Visit(6, priority=Priority.CHANGE)]

    times = began(run, limiter(1), Visit(0), Visit(1), Visit(2), *change)

    assert times == [0, 30, 40, 10, 20]


def turns(priorities: list[Priority]) -> list[int]:
    """The order in which visits that come together have to get slots."""
    changes = [n for n, priority in enumerate(priorities) if priority is Priority.CHANGE]
    reads = [n for n, priority in enumerate(priorities) if priority is Priority.READ]
    order: list[int] = []
    while len(changes) >= 9 and reads:
        order += [*changes[:9], reads.pop(0)]
        del changes[:9]
    return [*order, *changes, *reads]


@given(st.lists(st.sampled_from(Priority), min_size=1, max_size=40))
def test_order_of_priorities(priorities: list[Priority]) -> None:
    """Changes go first, but every tenth slot is a read's; within a priority the order stays."""
    later = (Visit(1 + n / 100, priority=each) for n, each in enumerate(priorities))
    every = [Visit(0), *later]
    with pytest.MonkeyPatch.context() as patch:
        times = [stay.began for stay in simulate(patch, visits(limiter(1), *every))][1:]

    assert sorted(range(len(priorities)), key=lambda n: times[n] or 0) == turns(priorities)


def test_reads_are_not_starved(run: Run) -> None:
    """A read that waits among any number of changes goes after nine of them."""
    changes = [Visit(1, priority=Priority.CHANGE)] * 100

    times = began(run, limiter(1), Visit(0), Visit(1), *changes, Visit(15))

    assert (times[1], times[-1]) == (100, 200)


@pytest.mark.parametrize(
    ("can_wait", "expected"), [(0, 17), (8, 17), (9, 17), (12, 20), (16.9, 20), (18, 27)]
)
def test_read_that_can_wait(run: Run, can_wait: float, expected: float) -> None:
    """Of the slots that open in time a read takes the last, and leaves the others to changes."""
    opening = [*[Visit(0)] * 8, Visit(7), Visit(7)]
    changes = [Visit(8, priority=Priority.CHANGE)] * 30
    read = Visit(9, can_wait=can_wait)

    assert began(run, limiter(10), *opening, *changes, read)[-1] == expected


def test_read_that_can_wait_goes_at_once_where_no_change_waits(run: Run) -> None:
    """Without changes that wait for it a slot is not kept back."""
    assert began(run, limiter(1), Visit(0), Visit(1, can_wait=100)) == [0, 10]


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_waiter_that_gives_up(run: Run, place: int) -> None:
    """If one waiter gives up, anywhere in the queue, the others move up."""
    every = [Visit(n / 10) for n in range(5)]
    every[place] = attrs.evolve(every[place], patience=5)

    times = began(run, limiter(1), *every)

    assert times.pop(place) is None
    assert times == [0, 10, 20, 30]


# --- what the server says ----------------------------------------------------------------------


def test_pause(run: Run) -> None:
    """While the server pauses the key no request is sent, although there are slots."""
    budget = limiter(10)

    async def program() -> list[Stay]:
        budget.pause_for(25)
        budget.pause_for(3)  # the longer wait holds
        return await visits(budget, Visit(0), Visit(24), Visit(26))

    assert [stay.began for stay in run(program())] == [25, 25, 26]


def test_pause_with_waiters(run: Run) -> None:
    """A pause holds for waiters that were there before it."""
    budget = limiter(1)

    async def program() -> list[Stay]:
        asyncio.get_running_loop().call_later(5, budget.pause_for, 20)
        return await visits(budget, Visit(0), Visit(1), Visit(1))

    assert [stay.began for stay in run(program())] == [0, 25, 35]


def test_a_lower_limit_is_announced(run: Run) -> None:
    """A limit that the server announces holds from then on."""
    budget = limiter(3)

    async def program() -> list[Stay]:
        asyncio.get_running_loop().call_later(1, budget.apply_server_limit, 1)
        return await visits(budget, *[Visit(0)] * 2, *[Visit(2)] * 2)

    assert [stay.began for stay in run(program())] == [0, 0, 10, 20]


def test_a_higher_limit_is_announced(run: Run) -> None:
    """A higher limit takes the place of the default at once, also for waiters."""
    budget = Limiter(RateLimit(1, per=PER), is_asked_for=False)

    async def program() -> list[Stay]:
        asyncio.get_running_loop().call_later(1, budget.apply_server_limit, 100)
        return await visits(budget, *[Visit(0)] * 50)

    assert [stay.began for stay in run(program())] == [0, *[1] * 49]


def test_a_higher_limit_than_was_asked_for(run: Run) -> None:
    """What a client asked for stays the most; a senseless announcement changes nothing."""
    budget = limiter(1)

    async def program() -> list[Stay]:
        for announced in (100, 0, -1):
            budget.apply_server_limit(announced)
        return await visits(budget, *[Visit(0)] * 3)

    assert [stay.began for stay in run(program())] == [0, 10, 20]


# --- sharing -----------------------------------------------------------------------------------


def test_one_limiter_per_key() -> None:
    """Clients with the same key of the same API have one limiter, others have their own."""
    limit = RateLimit(7)
    first = limiter_for("http://a", "key", limit)

    async def use() -> None:
        await first.acquire(Priority.READ)

    asyncio.run(use())
    assert limiter_for("http://a", "key", limit) is first
    assert limiter_for("http://a", "other key", limit) is not first
    assert limiter_for("http://b", "key", limit) is not first


def test_the_strictest_limit_holds(run: Run) -> None:
    """Where clients of one key ask for different limits, all keep to the strictest."""

    async def program() -> list[Stay]:
        for limit in (RateLimit(5, per=PER), RateLimit(2, per=PER), RateLimit(4, per=PER), None):
            budget = limiter_for("http://strict", "key", limit)
            await budget.acquire(Priority.READ)  # in use, so that it is kept
            budget.release(sent=False)
        budget.apply_server_limit(100)
        return await visits(budget, *[Visit(0)] * 5)

    assert [stay.began for stay in run(program())] == [0, 0, 10, 10, 20]


def test_queue_ends(run: Run) -> None:
    """Slots go directly to waiters, so that the next call does not queue behind them."""

    async def program() -> None:
        budget = Limiter(RateLimit(1, per=PER), is_asked_for=False)
        assert budget.try_acquire()
        waiting = [asyncio.create_task(budget.acquire(Priority.READ)) for _ in range(3)]
        await asyncio.sleep(0)
        assert not budget.try_acquire()
        budget.apply_server_limit(5)
        assert budget.try_acquire()
        assert not budget.try_acquire()
        await asyncio.gather(*waiting)

    run(program())


def test_slot_of_a_cancelled_waiter(run: Run) -> None:
    """A slot that was granted to a waiter that is cancelled before it wakes up is free again."""

    async def program() -> None:
        budget = limiter(1)
        assert budget.try_acquire()
        waiting = asyncio.create_task(budget.acquire(Priority.READ))
        await asyncio.sleep(0)
        budget.release(sent=False)
        assert not budget.try_acquire()
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        assert budget.try_acquire()

    run(program())


def test_unused_limiters_are_forgotten(run: Run) -> None:
    """A limiter lives as long as a client or a request in its window, and no longer."""

    async def program() -> tuple[bool, bool, bool]:
        first = limiter_for("http://many", "first", RateLimit(1, per=PER))
        await first.acquire(Priority.READ)
        first.release(sent=True)
        alive, first_id = weakref.ref(first), id(first)
        del first
        limiter_for("http://many", "second", None)
        is_kept_by_window = id(alive()) == first_id
        held = alive()
        await asyncio.sleep(PER)
        limiter_for("http://many", "third", None)
        is_kept_by_client = limiter_for("http://many", "first", None) is held
        await asyncio.sleep(PER)
        del held
        limiter_for("http://many", "fourth", None)
        gc.collect()
        return is_kept_by_window, is_kept_by_client, alive() is not None

    assert run(program()) == (True, True, False)


def test_limit_asked_for_after_a_default(run: Run) -> None:
    """A limit that a client asks for holds although a client with the default was made first."""

    async def program() -> list[Stay]:
        first = limiter_for("http://late", "key", None)
        budget = limiter_for("http://late", "key", RateLimit(2, per=PER))
        assert budget is first
        budget.apply_server_limit(1000)
        return await visits(budget, *[Visit(0)] * 5)

    assert [stay.began for stay in run(program())] == [0, 0, 10, 10, 20]


def test_higher_limit_asked_for_after_a_default(run: Run) -> None:
    """A limit above the default takes its place: the client that asks knows of a higher one."""

    async def program() -> list[Stay]:
        first = limiter_for("http://more", "key", None)
        budget = limiter_for("http://more", "key", RateLimit(20, per=PER))
        assert budget is first
        return await visits(budget, *[Visit(0)] * 21)

    assert [stay.began for stay in run(program())] == [*[0] * 20, 10]


def test_all_limits_asked_for_hold(run: Run) -> None:
    """Limits with different windows hold together: neither bursts nor the long run exceed one."""

    async def program() -> list[Stay]:
        budget = limiter_for("http://two", "key", RateLimit(2, per=1.0))
        assert limiter_for("http://two", "key", RateLimit(3, per=PER)) is budget
        return await visits(budget, *[Visit(0)] * 5)

    assert [stay.began for stay in run(program())] == [0, 0, 1, 10, 10]


# --- pauses ------------------------------------------------------------------------------------


def test_one_request_tries_after_a_pause(run: Run) -> None:
    """After a pause that was cut short a single request goes, and the others once it succeeded."""
    budget = limiter(10)

    async def program() -> list[Stay]:
        budget.pause_for(5, then_probe=True)
        return await visits(budget, *[Visit(0, takes=2)] * 3)

    assert [stay.began for stay in run(program())] == [5, 7, 7]


def test_refused_probe_pauses_again(run: Run) -> None:
    """If the request that tries is refused too, the next one tries after another pause."""
    budget = limiter(10)

    async def program() -> list[Stay]:
        budget.pause_for(5, then_probe=True)
        # The first has its slot from 5 to 7, and its response comes just before it is released.
        asyncio.get_running_loop().call_later(6, lambda: budget.pause_for(10, then_probe=True))
        return await visits(budget, *[Visit(0, takes=2)] * 3)

    assert [stay.began for stay in run(program())] == [5, 16, 18]


def test_probe_that_was_not_sent(run: Run) -> None:
    """If the request that tries cannot be sent, the next one tries."""
    budget = limiter(10)

    async def program() -> list[Stay]:
        budget.pause_for(5, then_probe=True)
        first = Visit(0, takes=1, sent=False)
        return await visits(budget, first, *[Visit(0, takes=2)] * 3)

    assert [stay.began for stay in run(program())] == [5, 6, 8, 8]


# --- event loops that stand still --------------------------------------------------------------


@pytest.fixture
def stopped() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that is not running, and not closed before the test is over."""
    loop = asyncio.new_event_loop()
    yield loop
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def waits_in(loop: asyncio.AbstractEventLoop, budget: Limiter) -> asyncio.Task[None]:
    """Let a call wait in a loop that stands still afterwards."""
    task = loop.create_task(budget.acquire(Priority.READ))
    loop.run_until_complete(asyncio.sleep(0))
    return task


async def acquired(budget: Limiter) -> None:
    """Wait for a slot, though not for ever."""
    async with asyncio.timeout(60):
        await budget.acquire(Priority.READ)


@pytest.mark.parametrize("sent", [True, False])
def test_slot_that_is_not_taken_up(
    monkeypatch: pytest.MonkeyPatch,
    stopped: asyncio.AbstractEventLoop,
    sent: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A slot whose waiter is in a stopped loop goes on to the next; in time the first gets one."""
    monkeypatch.setattr(limiter_module, "PICKUP_WITHIN", 0.01)
    budget = limiter(1, per=0.01)
    assert budget.try_acquire()
    first = waits_in(stopped, budget)

    async def program() -> None:
        budget.release(sent=sent)
        await acquired(budget)
        assert not first.done()
        budget.release(sent=False)

    asyncio.run(program())
    stopped.run_until_complete(asyncio.wait_for(first, 60))


def test_waiters_of_a_closed_loop(run: Run) -> None:
    """Waiters of a loop that was closed are passed over, and may be collected as garbage."""
    budget = limiter(1)
    assert budget.try_acquire()
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # it would complain of tasks that are destroyed
    waiting = [waits_in(loop, budget) for _ in range(3)]
    loop.close()

    async def program() -> None:
        budget.release(sent=False)
        await acquired(budget)

    run(program())
    waiting.clear()
    gc.collect()
    assert not budget.try_acquire()
    budget.release(sent=False)
    assert budget.try_acquire()


# --- cost --------------------------------------------------------------------------------------


def test_cancelling_many_waiters_takes_linear_time(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To cancel a waiter costs the same wherever it stands in the queue."""
    comparisons = 0

    class Waiter(slot_waiters.Waiter):
        """A waiter that counts how often it is compared with another."""

        __hash__ = object.__hash__

        def __eq__(self, other: object) -> bool:
            nonlocal comparisons
            comparisons += 1
            return self is other

    monkeypatch.setattr(limiter_module, "Waiter", Waiter)
    budget = limiter(1)

    async def program() -> None:
        assert budget.try_acquire()
        waiting = [asyncio.create_task(budget.acquire(Priority.READ)) for _ in range(500)]
        await asyncio.sleep(0)
        for task in reversed(waiting):
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    run(program())
    assert comparisons < 500


# --- what is shown -----------------------------------------------------------------------------


def test_statistics(run: Run) -> None:
    """A limiter tells its limit, the requests that count, its waiters, and a pause."""
    budget = limiter(2)

    async def program() -> tuple[LimiterStatistics, str, str]:
        assert budget.try_acquire()
        assert budget.try_acquire()
        budget.release(sent=True)
        waiting = [asyncio.create_task(budget.acquire(each)) for each in (*Priority, Priority.READ)]
        await asyncio.sleep(0)
        found, shown = budget.statistics(), repr(budget)
        budget.pause_for(7.25)
        paused = str(budget.statistics())
        for task in waiting:
            task.cancel()
        return found, shown, paused

    found, shown, paused = run(program())
    assert found == LimiterStatistics(
        RateLimit(2, per=PER),
        in_flight=1,
        used=1,
        waiting_changes=1,
        waiting_reads=2,
        paused_for=0.0,
    )
    assert shown == "<Limiter 2 per 10 s: 1 in flight, 1 used, 3 waiting>"
    assert paused == "2 per 10 s: 1 in flight, 1 used, 3 waiting, paused for 7.2 s"


# --- forks -------------------------------------------------------------------------------------


def test_books_after_a_fork(run: Run) -> None:
    """After a fork the child counts anew, and keeps to limits and pauses that were learned."""
    budget = limiter(3)

    async def program() -> tuple[list[float | None], float]:
        for _ in range(3):
            assert budget.try_acquire()
        waiting = asyncio.create_task(budget.acquire(Priority.READ))
        await asyncio.sleep(0)
        budget.apply_server_limit(2)
        budget.pause_for(5)
        budget.reset_after_fork()
        waiting.cancel()
        budget.release(sent=False)  # a call of the parent that ends in the child's memory
        paused_for = budget.paused_for
        return [stay.began for stay in await visits(budget, *[Visit(0)] * 3)], paused_for

    assert run(program()) == ([5, 5, 15], 5)
