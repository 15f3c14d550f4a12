"""The rate budget: how many, in which order, and what ends a wait."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import ConfigurationError, RateLimit
from clickhouse_cloud_async.core.limits import Lane, Limiter, limiter_for

from .simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    Run = Callable[[Coroutine[Any, Any, Any]], Any]

PER = 10.0


def limiter(requests: int, per: float = PER) -> Limiter:
    """A limiter of a limit that a client asked for."""
    return Limiter(RateLimit(requests, per=per), is_asked_for=True)


@attrs.frozen
class Visit:
    """Somebody who wants a slot.

    Attributes:
        arrives: When they ask for it, in seconds.
        takes: Seconds for which they keep it.
        patience: Seconds after which they give up waiting or working; None for never.
        lane: In which lane they wait.
        sent: Whether their request may have arrived.
    """

    arrives: float
    takes: float = 0.0
    patience: float | None = None
    lane: Lane = Lane.READ
    sent: bool = True


@attrs.define
class Stay:
    """When a visitor had a slot; None where it did not get that far."""

    began: float | None = None
    ended: float | None = None


async def visit(budget: Limiter, visit: Visit, stay: Stay) -> None:
    """Ask for a slot and keep it for a while."""
    now = asyncio.get_running_loop().time
    await asyncio.sleep(visit.arrives)
    try:
        async with asyncio.timeout(visit.patience):
            await budget.acquire(visit.lane)
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
    monkeypatch.setattr("clickhouse_cloud_async.core.limits._limiters", {})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a program on a simulated clock."""
    return lambda program: simulate(monkeypatch, program)


def began(run: Run, budget: Limiter, *every: Visit) -> list[float | None]:
    """When visitors get their slots."""
    return [stay.began for stay in run(visits(budget, *every))]


# --- how many ----------------------------------------------------------------------------------


def test_windows(run: Run) -> None:
    """The requests of a window go at once, the next when the first of them has left it."""
    times = began(run, limiter(3), *[Visit(0)] * 7)

    assert times == [0, 0, 0, 10, 10, 10, 20]


def test_window_moves(run: Run) -> None:
    """A slot is free again a whole window after its answer came, not when some window ends."""
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
        lane=st.sampled_from(Lane),
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
def test_no_requests_at_all(requests: int) -> None:
    """A limit that allows nothing is refused."""
    with pytest.raises(ConfigurationError):
        RateLimit(requests)


@pytest.mark.parametrize("per", [0, -1, float("nan")])
def test_no_window_at_all(per: float) -> None:
    """A window that has no length is refused."""
    with pytest.raises(ConfigurationError):
        RateLimit(1, per=per)


# --- in which order ----------------------------------------------------------------------------


def test_first_come_first_served(run: Run) -> None:
    """Who came first goes first."""
    times = began(run, limiter(1), *[Visit(n / 10) for n in range(6)])

    assert times == [0, 10, 20, 30, 40, 50]


def test_changes_go_before_reads(run: Run) -> None:
    """A change that comes later overtakes the reads that wait, and no other change."""
    change = [Visit(5, lane=Lane.CHANGE), Visit(6, lane=Lane.CHANGE)]

    times = began(run, limiter(1), Visit(0), Visit(1), Visit(2), *change)

    assert times == [0, 30, 40, 10, 20]


def turns(lanes: list[Lane]) -> list[int]:
    """The order in which those who came together have to go."""
    changes = [n for n, lane in enumerate(lanes) if lane is Lane.CHANGE]
    reads = [n for n, lane in enumerate(lanes) if lane is Lane.READ]
    order: list[int] = []
    while len(changes) >= 9 and reads:
        order += [*changes[:9], reads.pop(0)]
        del changes[:9]
    return [*order, *changes, *reads]


@given(st.lists(st.sampled_from(Lane), min_size=1, max_size=40))
def test_order_of_lanes(lanes: list[Lane]) -> None:
    """Changes go first, but every tenth slot is a waiting read's; each lane keeps its order."""
    every = [Visit(0), *(Visit(1 + n / 100, lane=lane) for n, lane in enumerate(lanes))]
    with pytest.MonkeyPatch.context() as patch:
        times = [stay.began for stay in simulate(patch, visits(limiter(1), *every))][1:]

    assert sorted(range(len(lanes)), key=lambda n: times[n] or 0) == turns(lanes)


def test_reads_are_not_starved(run: Run) -> None:
    """A read that waits among any number of changes goes after nine of them."""
    changes = [Visit(1, lane=Lane.CHANGE)] * 100

    times = began(run, limiter(1), Visit(0), Visit(1), *changes, Visit(15))

    assert (times[1], times[-1]) == (100, 200)


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_who_gives_up(run: Run, place: int) -> None:
    """Whoever gives up, wherever in the row, the others move up and nobody is forgotten."""
    every = [Visit(n / 10) for n in range(5)]
    every[place] = attrs.evolve(every[place], patience=5)

    times = began(run, limiter(1), *every)

    assert times.pop(place) is None
    assert times == [0, 10, 20, 30]


# --- what the server says ----------------------------------------------------------------------


def test_closed_for_a_time(run: Run) -> None:
    """While the server wants no requests nobody goes, although there are slots."""
    budget = limiter(10)

    async def program() -> list[Stay]:
        budget.close_for(25)
        budget.close_for(3)  # the longer wait holds
        return await visits(budget, Visit(0), Visit(24), Visit(26))

    assert [stay.began for stay in run(program())] == [25, 25, 26]


def test_closed_while_others_wait(run: Run) -> None:
    """Who waits for a slot already waits for the server too."""
    budget = limiter(1)

    async def program() -> list[Stay]:
        asyncio.get_running_loop().call_later(5, budget.close_for, 20)
        return await visits(budget, Visit(0), Visit(1), Visit(1))

    assert [stay.began for stay in run(program())] == [0, 25, 35]


def test_a_lower_limit_is_announced(run: Run) -> None:
    """A limit that the server announces holds from then on."""
    budget = limiter(3)

    async def program() -> list[Stay]:
        asyncio.get_running_loop().call_later(1, budget.obey, 1)
        return await visits(budget, *[Visit(0)] * 2, *[Visit(2)] * 2)

    assert [stay.began for stay in run(program())] == [0, 0, 10, 20]


def test_a_higher_limit_is_announced(run: Run) -> None:
    """A higher limit takes the place of the default at once, also for those who wait."""
    budget = Limiter(RateLimit(1, per=PER), is_asked_for=False)

    async def program() -> list[Stay]:
        asyncio.get_running_loop().call_later(1, budget.obey, 100)
        return await visits(budget, *[Visit(0)] * 50)

    assert [stay.began for stay in run(program())] == [0, *[1] * 49]


def test_a_higher_limit_than_was_asked_for(run: Run) -> None:
    """What a client asked for stays the most; a senseless announcement changes nothing."""
    budget = limiter(1)

    async def program() -> list[Stay]:
        for announced in (100, 0, -1):
            budget.obey(announced)
        return await visits(budget, *[Visit(0)] * 3)

    assert [stay.began for stay in run(program())] == [0, 10, 20]


# --- who shares it -----------------------------------------------------------------------------


def test_one_limiter_per_key() -> None:
    """Clients with the same key of the same API have one limiter, others have their own."""
    limit = RateLimit(7)
    first = limiter_for("http://a", "key", limit)

    async def use() -> None:
        await first.acquire(Lane.READ)

    asyncio.run(use())
    assert limiter_for("http://a", "key", limit) is first
    assert limiter_for("http://a", "other key", limit) is not first
    assert limiter_for("http://b", "key", limit) is not first


def test_the_strictest_limit_holds(run: Run) -> None:
    """Where clients of one key ask for different limits, all keep to the strictest."""

    async def program() -> list[Stay]:
        for limit in (RateLimit(5, per=PER), RateLimit(2, per=PER), RateLimit(4, per=PER), None):
            budget = limiter_for("http://strict", "key", limit)
            await budget.acquire(Lane.READ)  # in use, so that it is kept
            budget.release(sent=False)
        budget.obey(100)
        return await visits(budget, *[Visit(0)] * 5)

    assert [stay.began for stay in run(program())] == [0, 0, 10, 10, 20]


def test_queue_ends(run: Run) -> None:
    """Slots go to all who wait at once, so that who comes next does not line up behind them."""

    async def program() -> None:
        budget = Limiter(RateLimit(1, per=PER), is_asked_for=False)
        assert budget.acquire_at_once()
        waiting = [asyncio.create_task(budget.acquire(Lane.READ)) for _ in range(3)]
        await asyncio.sleep(0)
        assert not budget.acquire_at_once()
        budget.obey(5)
        assert budget.acquire_at_once()
        assert not budget.acquire_at_once()
        await asyncio.gather(*waiting)

    run(program())


def test_slot_of_who_has_gone(run: Run) -> None:
    """A slot that was handed to somebody who is cancelled before he could use it is free again."""

    async def program() -> None:
        budget = limiter(1)
        assert budget.acquire_at_once()
        waiting = asyncio.create_task(budget.acquire(Lane.READ))
        await asyncio.sleep(0)
        budget.release(sent=False)
        assert not budget.acquire_at_once()
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        assert budget.acquire_at_once()

    run(program())


def test_unused_limiters_are_forgotten(run: Run) -> None:
    """A process that uses many keys does not keep a limiter for each of them for ever."""

    async def program() -> tuple[bool, bool]:
        first = limiter_for("http://many", "first", RateLimit(1, per=PER))
        await first.acquire(Lane.READ)
        first.release(sent=True)
        limiter_for("http://many", "second", None)
        kept = limiter_for("http://many", "first", None) is first
        await asyncio.sleep(PER)
        limiter_for("http://many", "third", None)
        return kept, limiter_for("http://many", "first", None) is first

    assert run(program()) == (True, False)
