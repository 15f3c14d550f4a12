"""One poller for all waits: its interval, its snapshots, and temporary errors."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import (
    APIConnectionError,
    AuthenticationError,
    CloudError,
    NotFoundError,
    PermissionDeniedError,
    Polling,
    RateLimit,
    ServerError,
    WaitTimeoutError,
)
from clickhouse_cloud_async.core.waiting.budget import part_of
from tests.faults.simulation import simulate

from .world import ONLY_SINGLE, World, answer

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.waiting.statistics import PollerStatistics
    from clickhouse_cloud_async.models import Service

    from .conftest import Run

RUNNING = [(0.0, "running")]


def starting(seconds: float) -> Any:
    """The life of a service that starts."""
    return [(0.0, "starting"), (seconds, "running")]


# --- how often ---------------------------------------------------------------------------------


def test_one_request_a_round(run: Run) -> None:
    """However many wait, a round is one request; 5,000 cost no more than 10."""

    async def program(count: int) -> tuple[list[Any], int]:
        world = World({f"s{n}": starting(50) for n in range(count)})
        every = await asyncio.gather(*(world.wait(key, "running") for key in world.lives))
        assert all(service.state == "running" for service in every)
        return world.sent, len(every)

    few, some, many = (run(program(count)) for count in (10, 300, 5000))

    assert (few[1], some[1], many[1]) == (10, 300, 5000)
    assert few[0] == some[0] == many[0]
    # Starting takes 45 s as a rule: every 3 s at first, and every second around that time.
    assert [sent.at for sent in few[0]] == pytest.approx(
        [3 * n for n in range(14)] + [42 + n for n in range(9)], abs=1
    )
    assert {sent.id for sent in few[0]} == {None}


def test_one_is_asked_for_alone(run: Run) -> None:
    """Where one thing is waited for it is asked for by itself; with a second one, the list is."""

    async def program() -> list[str | None]:
        world = World({"a": starting(20), "b": starting(9)})
        first = asyncio.create_task(world.wait("a", "running"))
        await asyncio.sleep(5)
        await world.wait("b", "running")
        await first
        return [sent.id for sent in world.sent]

    assert run(program()) == ["a", "a", None, None, None, "a", "a", "a"]


def test_several_of_which_there_is_no_list(run: Run) -> None:
    """Without a list, each is asked for by itself, as often as it needs."""

    async def program() -> dict[str | None, list[float]]:
        world = World({"a": starting(7), "b": [(0.0, "provisioning"), (7.0, "running")]})
        world.lifecycle = ONLY_SINGLE
        await asyncio.gather(world.wait("a", "running"), world.wait("b", "running"))
        return {key: [sent.at for sent in world.sent if sent.id == key] for key in "ab"}

    assert run(program()) == {"a": [0, 3, 6, 9], "b": [0, 4, 8]}


def test_slower_as_time_passes(run: Run) -> None:
    """Looks become rare while nothing happens, and quick again with a new state."""

    async def program() -> list[float]:
        life = [(0.0, "stopped"), (300.0, "starting"), (340.0, "running")]
        world = World({"a": life})
        await world.wait("a", "running")
        return world.times()

    times = run(program())
    gaps = [later - earlier for earlier, later in pairwise(times)]

    before = [gap for time, gap in zip(times, gaps, strict=False) if time < 280]
    after = [gap for time, gap in zip(times, gaps, strict=False) if time > 320]
    assert before == sorted(before)
    assert (before[0], before[-1] > 15) == (1, True)
    assert after == [pytest.approx(3)] * len(after)


def test_waits_that_come_one_by_one(run: Run) -> None:
    """Many who come in a short time do not cause a look each."""

    async def program() -> int:
        world = World({f"s{n}": starting(60) for n in range(100)})
        waits = []
        for key in world.lives:
            waits.append(asyncio.create_task(world.wait(key, "running")))
            await asyncio.sleep(0.05)
        await asyncio.gather(*waits)
        return sum(time < 5 for time in world.times())

    assert run(program()) == 5


def test_intervals_of_watchers(run: Run) -> None:
    """Who watches gets a look as often as he asked for, and shares it with all others."""

    async def program() -> tuple[list[int], list[float]]:
        world = World({"a": RUNNING})
        seen = [0, 0]

        async def watch(number: int, every: float) -> None:
            poller = await world.poller()
            async for one in poller.cycles(every=every):
                assert list(one.items) == ["a"]
                seen[number] += 1

        tasks = [asyncio.create_task(watch(*each)) for each in ((0, 10.0), (1, 25.0))]
        await asyncio.sleep(101)
        for task in tasks:
            task.cancel()
        return seen, world.times()

    assert run(program()) == ([11, 11], [10.0 * n for n in range(11)])


@attrs.frozen
class Guest:
    """Somebody who waits.

    Attributes:
        arrives: When.
        key: For which service.
        patience: For how long.
    """

    arrives: float
    key: str
    patience: float


GUESTS = st.lists(
    st.builds(
        Guest,
        arrives=st.floats(0, 60),
        key=st.sampled_from("abcdef"),
        patience=st.floats(0.5, 60),
    ),
    min_size=1,
    max_size=12,
)
LIMITS = st.builds(RateLimit, st.integers(1, 20), per=st.sampled_from([1.0, 10.0]))


@given(
    guests=GUESTS,
    limit=LIMITS,
    share=st.sampled_from([0.05, 0.3, 0.5, 1.0]),
    latency=st.floats(0, 3),
    has_list=st.booleans(),
)
def test_never_more_than_the_share(
    guests: list[Guest], limit: RateLimit, share: float, latency: float, *, has_list: bool
) -> None:
    """Whoever waits for whatever, polling keeps to its share in every window, jitter or not."""

    async def program() -> list[float]:
        world = World(
            {key: [(0.0, "starting")] for key in "abcdef"},
            limit=limit,
            polling=Polling(share=share, shortest=0.1, longest=1.0),
            latency=latency,
        )
        if not has_list:
            world.lifecycle = ONLY_SINGLE

        async def visit(guest: Guest) -> None:
            await asyncio.sleep(guest.arrives)
            with pytest.raises(WaitTimeoutError):
                await world.wait(guest.key, "running", timeout=guest.patience)

        await asyncio.gather(*map(visit, guests))
        return world.times()

    with pytest.MonkeyPatch.context() as patch:
        times = simulate(patch, program())

    part = part_of(limit, share)
    for number in range(len(times) - part.requests):
        assert times[number + part.requests] - times[number] >= part.per * (1 - 1e-9)


# --- what is shown -----------------------------------------------------------------------------


@given(
    arrivals=st.lists(st.tuples(st.floats(0, 20), st.sampled_from("abc")), min_size=1, max_size=15),
    latency=st.floats(0, 5),
    limit=st.none() | LIMITS,
)
def test_no_wait_ends_by_what_was_seen_before_it(
    arrivals: list[tuple[float, str]], latency: float, limit: RateLimit | None
) -> None:
    """A wait ends by a look whose request was sent after it began, whoever else waits."""

    async def program() -> None:
        world = World(dict.fromkeys("abc", RUNNING), latency=latency, limit=limit)

        async def visit(arrives: float, key: str) -> None:
            await asyncio.sleep(arrives)
            before = len(world.sent)
            service: Service = await world.wait(key, "running", timeout=10_000)
            assert int(service.name or "") > before

        await asyncio.gather(*(visit(*arrival) for arrival in arrivals))

    with pytest.MonkeyPatch.context() as patch:
        simulate(patch, program())


def test_a_watcher_sees_no_older_look(run: Run) -> None:
    """The first round of a watcher too is sent after he came."""

    async def program() -> int:
        world = World({"a": RUNNING, "b": [(0.0, "stopped")]}, latency=2)
        waits = [asyncio.create_task(world.wait(key, "idle", timeout=50)) for key in "ab"]
        await asyncio.sleep(1)
        poller = await world.poller()
        rounds = poller.cycles(every=5)
        first = await anext(rounds)
        await rounds.aclose()  # type: ignore[attr-defined]  # it is a generator
        for wait in waits:
            wait.cancel()
        return int(first.items["a"].name or "")

    assert run(program()) == 2


def test_rounds_of_a_slow_watcher(run: Run) -> None:
    """Who is slow misses no change that others' looks have seen, and causes none himself."""

    async def program() -> tuple[list[list[str | None]], int]:
        lives = {"a": [(0.0, "starting"), (4.0, "running"), (8.0, "idle")], "b": starting(12)}
        world = World(lives)
        world.decorate = lambda item: {**item, "name": "same"}
        poller = await world.poller()
        seen: list[list[str | None]] = []
        others = [asyncio.create_task(world.wait("b", "running"))]
        async for one in poller.cycles(every=1):
            seen.append([item.state for item in one.items.values()])
            if len(seen) == 1:
                await asyncio.gather(*others)
                sent = len(world.sent)
                await asyncio.sleep(100)
                assert len(world.sent) == sent
            if seen[-1] == ["idle", "running"]:
                break
        return seen, poller.requests

    seen, requests = run(program())

    changes = [state for state, former in zip(seen, [None, *seen], strict=False) if state != former]
    assert changes == [
        ["starting", "starting"],
        ["running", "starting"],
        ["idle", "starting"],
        ["idle", "running"],
    ]
    assert requests > 4


def test_a_listener_sees_the_lists_of_others_and_causes_none(run: Run) -> None:
    """It gets each list that is fetched for waits while it listens."""

    async def program() -> tuple[int, int, int]:
        world = World({"a": starting(150), "b": starting(200)})
        poller = await world.poller()
        seen: list[set[str]] = []
        with poller.listening(lambda snapshots: seen.append(set(snapshots))):
            await asyncio.sleep(100)
            alone = len(world.times())
            await asyncio.gather(world.wait("a", "running"), world.wait("b", "running"))
        while_listening = len(seen)
        await asyncio.gather(world.wait("a", "running"), world.wait("b", "running"))
        assert all(keys == {"a", "b"} for keys in seen)
        return alone, while_listening, len(seen)

    alone, while_listening, afterwards = run(program())

    assert alone == 0
    assert while_listening == afterwards > 1


# --- what goes wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [
        answer(500, {}),
        answer(503, {}),
        answer(429, {}),
        answer(424, {}),
        answer(408, {}),
        answer(425, {}),
        answer(522, {}),
        answer(200, {"result": 5}),
        APIConnectionError("no way"),
    ],
)
def test_outages_pass(run: Run, trouble: Any) -> None:
    """An outage ends no wait, looks become rarer in it, and watchers are told."""

    async def program() -> tuple[list[float], list[Any]]:
        world = World({"a": starting(10), "b": starting(200)})
        world.trouble = lambda now: trouble if 5 < now < 100 else None
        told: list[Any] = []

        async def watch() -> None:
            poller = await world.poller()
            async for one in poller.cycles(every=3):
                assert set(one.items) == {"a", "b"}
                told.append(one.error and type(one.error))

        watcher = asyncio.create_task(watch())
        await asyncio.gather(world.wait("a", "running"), world.wait("b", "running"))
        watcher.cancel()
        return world.times(), told

    times, told = run(program())

    during = [time for time in times if 5 < time < 100]
    gaps = [later - earlier for earlier, later in pairwise(during)]
    assert gaps == [1, 2, 4, 8, 16, 30, 30]
    errors = [each for each in told if each is not None]
    assert len(errors) == 8
    assert issubclass(errors[0], CloudError)
    assert told[-1] is None


def test_the_deadline_in_an_outage(run: Run) -> None:
    """A wait that an outage outlasts says why nothing was seen."""

    async def program() -> tuple[WaitTimeoutError, float]:
        world = World({"a": RUNNING})
        world.trouble = lambda _: answer(502, {"error": "bad gateway"})
        with pytest.raises(WaitTimeoutError) as caught:
            await world.wait("a", "running", timeout=60)
        return caught.value, world.now

    error, now = run(program())

    assert now == 60
    assert str(error) == "service a was not seen within 60 s"
    assert (error.kind, error.id, error.state, error.elapsed) == ("service", "a", None, 60)
    assert isinstance(error.__cause__, ServerError)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, AuthenticationError), (403, PermissionDeniedError), (404, NotFoundError)],
)
def test_what_does_not_pass(run: Run, status: int, expected: type[CloudError]) -> None:
    """What only somebody else can mend ends all waits and watches at once."""

    async def program() -> list[float]:
        world = World({"a": starting(50), "b": starting(50)})
        world.trouble = lambda now: answer(status, {"error": "no"}) if now > 10 else None

        async def watch() -> None:
            async for _ in (await world.poller()).cycles(every=5):
                pass

        every = [world.wait("a", "running"), world.wait("b", "running"), watch()]
        errors = await asyncio.gather(*every, return_exceptions=True)
        assert [type(error) for error in errors] == [expected] * 3
        assert len({id(error) for error in errors}) == 3
        return world.times()

    assert run(program())[-1] < 13


def test_time_in_the_queue_is_no_time_limit(run: Run) -> None:
    """A look may wait for the budget for longer than a call may take."""

    async def program() -> float:
        world = World({"a": RUNNING}, limit=RateLimit(1, per=1000))
        await world.wait("a", "running")
        await world.wait("a", "running", timeout=5000)
        return world.now

    assert run(program()) == 2000


def test_a_server_that_does_not_answer(run: Run) -> None:
    """A look that is not answered is given up after the time limit of a call, and repeated."""

    async def program() -> list[float]:
        world = World({"a": RUNNING}, latency=61)

        def trouble(now: float) -> None:
            world.latency = 61 if now < 60 else 0

        world.trouble = trouble
        await world.wait("a", "running")
        return world.times()

    assert run(program()) == [0, 61]


# --- coming and going --------------------------------------------------------------------------


def test_cancelling_one(run: Run) -> None:
    """Who gives up takes nothing from the others, and the last one stops the looking."""

    async def program() -> tuple[int, int]:
        world = World({"a": starting(1000), "b": starting(20)})
        task = asyncio.create_task(world.wait("a", "running"))
        other = asyncio.create_task(world.wait("b", "running"))
        same = asyncio.create_task(world.wait("a", "running"))
        await asyncio.sleep(8)
        task.cancel()
        assert (await other).state == "running"
        same.cancel()
        await asyncio.wait([task, same])
        sent = len(world.sent)
        await asyncio.sleep(1000)
        return sent, len(world.sent) - sent

    sent, more = run(program())

    assert (sent > 3, more) == (True, 0)


def test_cancelling_during_a_look(run: Run) -> None:
    """Who gives up while a look is under way leaves its answer to the others."""

    async def program() -> int:
        world = World({"a": RUNNING, "b": RUNNING}, latency=5)
        waits = [asyncio.create_task(world.wait(key, "running")) for key in "ab"]
        await asyncio.sleep(1)
        waits[0].cancel()
        assert (await waits[1]).state == "running"
        return len(world.sent)

    assert run(program()) == 1


def test_closing(run: Run) -> None:
    """Closing ends all waits with an error that says so, and leaves no task behind."""

    async def program() -> None:
        world = World({"a": starting(1000), "b": starting(1000)}, latency=1)

        async def watch() -> None:
            async for _ in (await world.poller()).cycles(every=5):
                pass

        async def follow() -> None:
            async for _ in world.follow("a"):
                pass

        every = [world.wait("a", "running"), world.wait_gone("b"), watch(), follow()]
        waits = [asyncio.ensure_future(each) for each in every]
        await asyncio.sleep(9.5)
        await world.caller.close()
        for wait in waits:
            with pytest.raises(CloudError, match="closed during the wait"):
                await wait
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(program())


@pytest.mark.parametrize("keys", ["a", "ab"])
def test_waits_end_when_the_polling_task_is_cancelled_from_outside(run: Run, keys: str) -> None:
    """They fail at once and do not wait for their time limit."""

    async def program() -> tuple[float, list[Service | BaseException]]:
        world = World({key: starting(60) for key in keys})
        waits = [asyncio.create_task(world.wait(key, "running")) for key in keys]
        await asyncio.sleep(5)
        strangers = asyncio.all_tasks() - {*waits, asyncio.current_task()}
        for task in strangers:
            task.cancel()
        ended = await asyncio.gather(*waits, return_exceptions=True)
        again = asyncio.create_task(world.wait("a", "running"))
        await again
        return world.now, ended

    now, ended = run(program())
    assert [str(error) for error in ended] == [
        "the task that polls each service was cancelled"
    ] * len(keys)
    assert now > 60


def test_pollers_are_shared(run: Run) -> None:
    """One client has one poller for a collection, its other forms the same, and drops it."""

    async def program() -> None:
        world = World({"a": RUNNING})
        poller = await world.poller()
        assert await world.poller() is poller
        await world.wait("a", "running")
        assert poller.requests == 1
        await world.wait("a", "running")
        assert poller.requests == 2

    run(program())


def test_a_poller_tells_its_state(run: Run) -> None:
    """How many wait, what was sent, and when the next poll is due."""

    async def program() -> tuple[list[PollerStatistics], str, str, list[PollerStatistics]]:
        world = World({"a": starting(60), "b": starting(60)})
        waits = [asyncio.create_task(world.wait(key, "running")) for key in "ab"]
        await asyncio.sleep(4)
        poller = await world.poller()
        during = world.caller.pollers.statistics()
        texts = str(during[0]), repr(poller)
        await asyncio.gather(*waits)
        return during, *texts, world.caller.pollers.statistics()

    (during,), text, shown, (after,) = run(program())
    assert (during.kind, during.waits, during.watches, during.requests) == ("service", 2, 0, 2)
    assert during.parent == {"organizationId": "organization"}
    assert during.next_poll_in == pytest.approx(2)
    assert text == "service: 2 waits, 0 watches, 2 requests; next poll in 2.0 s"
    assert shown == "<Poller of each service: 2 waits, 0 watches, 2 requests>"
    assert (after.waits, after.next_poll_in) == (0, None)
