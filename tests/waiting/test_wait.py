"""One wait: its end, and its result."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from clickhouse_cloud_async import (
    Change,
    CloudError,
    InvalidArgumentError,
    NotFoundError,
    Polling,
    Progress,
    ResponseDecodeError,
    UnreachableStateError,
    WaitTimeoutError,
)
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.paging import Paging

from .world import World, answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from clickhouse_cloud_async.models import Service

    from .conftest import Run

SLOW = attrs.evolve(LIFECYCLE, transitional={"provisioning": 600.0})
"""Services that are polled each half minute while they are provisioned."""

START = [(0.0, "stopped"), (5.0, "starting"), (40.0, "running")]


def error_of(run: Run, life: Any, target: Any, **options: Any) -> CloudError:
    """Return how a wait fails, by itself and beside another one, which asks for the list."""

    async def program(*, beside_another: bool) -> CloudError:
        world = World({"a": life, "b": [(0.0, "starting")]})
        other = asyncio.ensure_future(world.wait("b", "running")) if beside_another else None
        with pytest.raises(CloudError) as caught:
            await world.wait("a", target, **options)
        if other is not None:
            assert not other.done()
            other.cancel()
        return caught.value

    alone: CloudError = run(program(beside_another=False))
    together: CloudError = run(program(beside_another=True))
    assert type(alone) is type(together)
    return alone


# --- success -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        ("running", "running"),
        (["stopped", "running"], "stopped"),
        ({"idle", "starting"}, "starting"),
        (lambda service: service.state != "stopped", "starting"),
    ],
)
def test_targets(run: Run, target: Any, seen: str) -> None:
    """A state, one of several, or a condition."""

    async def program() -> Service:
        return await World({"a": START}).wait("a", target)

    assert run(program()).state == seen


def test_progress(run: Run) -> None:
    """Each look is told, the last one too, with what is typical of its state."""

    async def program() -> list[Progress[Service]]:
        world = World({"a": START}, polling=Polling(speed=2))
        told: list[Progress[Service]] = []
        await world.wait("a", "running", on_progress=told.append)
        return told

    told = run(program())

    assert [each.polls for each in told] == list(range(1, len(told) + 1))
    assert [each.elapsed for each in told] == sorted(each.elapsed for each in told)
    assert {(each.state, each.typical) for each in told} == {
        ("stopped", None),
        ("starting", 22.5),
        ("running", None),
    }
    assert all(each.item.state == each.state for each in told)


def test_being_gone(run: Run) -> None:
    """Absence ends a wait for it, alone and in the list; and so does a state that means it."""

    async def program() -> list[float]:
        going = [(0.0, "terminating"), (20.0, None)]
        world = World({"a": going, "b": going, "c": [(0.0, "running")]})
        times: list[float] = []
        for keys in (["a"], ["a", "b"]):
            await asyncio.gather(*map(world.wait_gone, keys))
            times.append(world.now)
        world.lifecycle = attrs.evolve(
            LIFECYCLE, transitional={}, gone=frozenset(("running", "terminating"))
        )
        await world.wait_gone("c")
        assert world.now == times[-1]
        return times

    assert run(program()) == [pytest.approx(20, abs=2)] * 2


@pytest.mark.parametrize("state", ["failed", "stopped", "running"])
def test_a_deletion_that_fails(run: Run, state: str) -> None:
    """What was being deleted and is not any more will not be gone; alone and in the list."""

    async def program(*keys: str) -> None:
        life = [(0.0, "stopped"), (20.0, "terminating"), (50.0, state)]
        world = World(dict.fromkeys("ab", life))
        for wait in await asyncio.gather(*map(world.wait_gone, keys), return_exceptions=True):
            assert isinstance(wait, UnreachableStateError)
            assert wait.state == state
            assert 50 <= wait.elapsed < 60
            assert f"is {state}, and is not being deleted any more" in str(wait)

    run(program("a"))
    run(program("a", "b"))


def test_a_deletion_that_comes_late(run: Run) -> None:
    """Before it has begun no state is a failure, nor is one that nobody knows ever."""

    async def program() -> float:
        going = [(0.0, "failed"), (20.0, "terminating"), (50.0, "archiving"), (60.0, None)]
        world = World({"a": going})
        await world.wait_gone("a")
        return world.now

    assert run(program()) == pytest.approx(60, abs=5)


def test_following_a_deletion_that_fails(run: Run) -> None:
    """Whoever only follows goes on."""

    async def program() -> list[Change[Service]]:
        life = [(0.0, "terminating"), (30.0, "failed"), (60.0, "terminating"), (90.0, None)]
        return await collected(World({"a": life}))

    assert [after for _, after in states(run(program()))] == [
        "terminating",
        "failed",
        "terminating",
        None,
    ]


def test_being_gone_with_its_parent(run: Run) -> None:
    """What lies below something that does not exist any more is gone, too."""

    async def program() -> float:
        world = World({key: [(0.0, "running")] for key in "ab"})
        world.trouble = lambda now: answer(404, {}) if now > 10 else None
        await asyncio.gather(*map(world.wait_gone, "ab"))
        return world.now

    assert 10 < run(program()) < 20


def test_an_item_that_slips_between_pages(run: Run) -> None:
    """Where a list has pages, one that misses something proves nothing; two do."""
    assert LIFECYCLE.list is not None
    paged: Any = attrs.evolve(LIFECYCLE.list, paging=Paging(items=("result",), parameter="offset"))

    async def program(life: Any) -> Service:
        world = World({"a": life, "b": [(0.0, "running"), (9.0, "idle")]})
        world.lifecycle = attrs.evolve(LIFECYCLE, list=paged)
        found: tuple[Service, Service] = await asyncio.gather(
            world.wait("a", "running"), world.wait("b", "idle")
        )
        return found[0]

    slipped = [(0.0, "starting"), (3.9, None), (4.5, "running")]
    assert run(program(slipped)).state == "running"
    with pytest.raises(NotFoundError, match="no service a"):
        run(program([(0.0, "starting"), (4.0, None)]))


@pytest.mark.parametrize(
    "paging",
    [
        Paging(items=("result",), parameter="offset", page_size=2),
        Paging(
            items=("result", "items"),
            cursor=("result", "pagination", "nextCursor"),
            parameter="offset",
        ),
    ],
    ids=["counted", "a list in place of a page"],
)
def test_pages(run: Run, paging: Paging) -> None:
    """All pages of a list are asked for in a round."""
    assert LIFECYCLE.list is not None
    query = {**LIFECYCLE.list.query, "offset": int | str}
    paged: Any = attrs.evolve(LIFECYCLE.list, paging=paging, query=query)

    async def program() -> list[str | None]:
        world = World({key: [(0.0, "running")] for key in "abcde"})
        world.page_size = 2
        world.lifecycle = attrs.evolve(LIFECYCLE, list=paged)
        every = await asyncio.gather(*(world.wait(key, "running") for key in "abcde"))
        assert len(world.sent) == 3
        return [service.id for service in every]

    assert run(program()) == list("abcde")


# --- failure -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["failed", "terminating", "softdeleted"])
def test_out_of_reach(run: Run, state: str) -> None:
    """A state that does not lead to the target ends the wait at once, and says so."""
    error = error_of(run, [(0.0, "starting"), (10.0, state)], ["running", "idle"])

    assert isinstance(error, UnreachableStateError)
    assert (error.kind, error.id, error.state) == ("service", "a", state)
    assert error.elapsed < 15
    assert f"service a is {state}, and does not become idle or running from there" in str(error)


def test_words_for_conditions(run: Run) -> None:
    """What a condition is about nobody knows, so that messages say only that it does not hold."""
    late = error_of(run, [(0.0, "running")], lambda _: False, timeout=100 / 3)
    lost = error_of(run, [(0.0, "starting"), (9.0, "terminating")], lambda _: False)

    assert str(late) == "service a is running after 33.333 s, and the condition does not hold"
    assert str(lost) == (
        "service a is terminating, and the condition does not come to hold from there"
    )


def test_a_dead_end_that_is_waited_for(run: Run) -> None:
    """What nothing leaves, and what is being deleted, can be the target."""

    async def program(target: str, *states: str) -> str | None:
        life = [(10.0 * number, state) for number, state in enumerate(states)]
        service = await World({"a": life}).wait("a", target)
        return service.state

    assert run(program("failed", "starting", "failed")) == "failed"
    assert run(program("terminated", "terminating", "terminated")) == "terminated"


def test_the_deadline(run: Run) -> None:
    """A wait whose time is up says what there is and what may help."""
    error = error_of(run, [(0.0, "stopped")], "running", timeout=100)

    assert isinstance(error, WaitTimeoutError)
    assert (error.state, error.elapsed) == ("stopped", 100)
    assert str(error) == "service a is stopped after 100 s, not running: start it first"


def test_the_deadline_of_deletion(run: Run) -> None:
    """So does one for the end of something, without advice on how to start it."""

    async def program() -> None:
        await World({"a": [(0.0, "stopped")]}).wait_gone("a", timeout=7)

    with pytest.raises(WaitTimeoutError, match=r"service a is stopped after 7 s, not gone$"):
        run(program())


def test_what_does_not_exist(run: Run) -> None:
    """What is not there at all is reported at once, and what vanishes too."""
    assert isinstance(error_of(run, [], "running"), NotFoundError)
    assert isinstance(error_of(run, [(0.0, "starting"), (20.0, None)], "running"), NotFoundError)


@pytest.mark.parametrize("raised", [ValueError("no"), StopIteration(), TimeoutError(), KeyError(1)])
@pytest.mark.parametrize("place", ["condition", "progress"])
def test_callbacks_that_raise(run: Run, raised: Exception, place: str) -> None:
    """What a callback raises ends its own wait, and nobody else's."""

    def fail(_: object) -> bool:
        raise raised

    async def program() -> BaseException:
        world = World({"a": START, "b": START})
        options = {"on_progress": fail} if place == "progress" else {}
        failing = world.wait("a", "running" if options else fail, **options)
        results = await asyncio.gather(
            failing, world.wait("a", "running"), world.wait("b", "running"), return_exceptions=True
        )
        assert all(getattr(each, "state", None) == "running" for each in results[1:])
        error = results[0]
        assert isinstance(error, BaseException)
        return error

    error = run(program())

    # A coroutine cannot raise StopIteration.
    assert raised in {error, error.__cause__}


async def is_there(_seen: object) -> bool:
    """Return a coroutine that is never awaited, and so would hold at once."""
    return False


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("runing", {}),
        (["running", "stoped"], {}),
        ([], {}),
        ([None], {}),
        (5, {}),
        (None, {}),
        (is_there, {}),
        ("running", {"on_progress": "show"}),
        ("running", {"on_progress": is_there}),
        ("running", {"timeout": 0}),
        ("running", {"timeout": "1"}),
    ],
)
def test_arguments_that_make_no_sense(run: Run, target: Any, options: dict[str, Any]) -> None:
    """They are refused, and nothing is sent."""

    async def program() -> int:
        world = World({"a": START})
        with pytest.raises(InvalidArgumentError):
            await world.wait("a", target, **options)
        with pytest.raises(InvalidArgumentError):
            await world.wait(" ", "running")
        return len(world.sent)

    assert run(program()) == 0


@pytest.mark.parametrize("in_a_list", [False, True])
def test_an_item_that_cannot_be_read(run: Run, *, in_a_list: bool) -> None:
    """A wait outlasts answers that cannot be read, and at its deadline says that they could not."""

    def odd_until(moment: float, world: World) -> Callable[[dict[str, Any]], Any]:
        return lambda item: (
            item if world.now >= moment or item["id"] == "b" else {**item, "tags": 1}
        )

    async def program(moment: float) -> float:
        world = World({"a": [(0.0, "running")], "b": [(0.0, "starting")]})
        world.decorate = odd_until(moment, world)
        other = asyncio.ensure_future(world.wait("b", "running")) if in_a_list else None
        try:
            await world.wait("a", "running", timeout=50)
        finally:
            if other is not None:
                other.cancel()
        return world.now

    assert run(program(10)) < 20
    with pytest.raises(WaitTimeoutError) as caught:
        run(program(1000))
    assert isinstance(caught.value.__cause__, ResponseDecodeError)


# --- following ---------------------------------------------------------------------------------


def states(changes: list[Change[Service]]) -> list[tuple[str | None, str | None]]:
    """The states before and after each change."""
    return [
        (
            None if change.before is None else change.before.state,
            None if change.after is None else change.after.state,
        )
        for change in changes
    ]


async def _rest_of(
    following: AsyncIterator[Change[Service]], kind: type[Exception]
) -> list[Change[Service]]:
    """The changes before the error that ends them."""
    changes: list[Change[Service]] = []
    try:
        while True:
            changes.append(await anext(following))
    except kind:
        return changes


async def collected(world: World, **options: Any) -> list[Change[Service]]:
    """All changes of a service."""
    return [change async for change in world.follow("a", **options)]


def test_following(run: Run) -> None:
    """The present state comes first, then every change, until what is waited for."""

    async def program() -> list[Change[Service]]:
        return await collected(World({"a": START}), until="running")

    changes = run(program())

    assert states(changes) == [(None, "stopped"), ("stopped", "starting"), ("starting", "running")]
    assert changes[0].elapsed == 0
    assert changes[2].elapsed == pytest.approx(40, abs=5)
    assert changes[0].at <= changes[1].at <= changes[2].at


def test_following_to_the_end(run: Run) -> None:
    """Without a target, following goes on until the thing is gone."""
    life = [(0.0, "running"), (30.0, "failed"), (60.0, "terminating"), (90.0, None)]

    async def program() -> list[Change[Service]]:
        return await collected(World({"a": life}))

    assert states(run(program())) == [
        (None, "running"),
        ("running", "failed"),
        ("failed", "terminating"),
        ("terminating", None),
    ]


def test_following_until_a_condition(run: Run) -> None:
    """What meets a condition is given, also where its state is the same."""

    async def program() -> list[Change[Service]]:
        world = World({"a": [(0.0, "running")]})
        return await collected(world, until=lambda service: int(service.name) > 3)

    assert states(run(program())) == [(None, "running"), ("running", "running")]


@pytest.mark.parametrize(
    ("life", "kind", "seen"),
    [
        ([(0.0, "starting"), (20.0, "failed")], UnreachableStateError, ["starting", "failed"]),
        ([(0.0, "starting"), (20.0, None)], NotFoundError, ["starting", None]),
        ([(0.0, "starting")], WaitTimeoutError, ["starting"]),
    ],
)
def test_following_in_vain(
    run: Run, life: Any, kind: type[CloudError], seen: list[str | None]
) -> None:
    """What was seen is given before the error that ends the following, the last of it too."""

    async def program() -> list[Change[Service]]:
        following = World({"a": life}).follow("a", until="running", timeout=200)
        changes = [await anext(following)]
        changes += await _rest_of(following, kind)
        return changes

    assert [after for _, after in states(run(program()))] == seen


def test_following_what_is_not_there(run: Run) -> None:
    """Nothing was seen, so that there is nothing to give before the error."""

    async def program() -> list[Change[Service]]:
        return await _rest_of(World({}).follow("a", until="running"), NotFoundError)

    assert run(program()) == []


def test_following_with_a_condition_that_fails(run: Run) -> None:
    """What a condition raises ends the following, after what was seen."""

    async def program() -> list[Change[Service]]:
        world = World({"a": START})
        following = world.follow("a", until=lambda service: 1 / (service.state != "starting") > 1)
        return await _rest_of(following, ZeroDivisionError)

    assert states(run(program())) == [(None, "stopped"), ("stopped", "starting")]


def test_following_slowly(run: Run) -> None:
    """Who takes his time misses no change that was seen meanwhile."""

    async def program() -> list[Change[Service]]:
        changes: list[Change[Service]] = []
        async for change in World({"a": START}).follow("a", until="running", timeout=1000):
            changes.append(change)
            await asyncio.sleep(100)
        return changes

    assert len(run(program())) == 3


def test_who_stops_following(run: Run) -> None:
    """Leaving the loop ends the looking."""

    async def program() -> int:
        world = World({"a": START})
        changes = world.follow("a")
        await anext(changes)
        await changes.aclose()  # type: ignore[attr-defined]  # it is a generator
        await asyncio.sleep(100)
        return len(world.sent)

    assert run(program()) == 1


@pytest.mark.parametrize("seconds", [10.0, 50.0])
def test_a_short_wait_polls_a_last_time_before_its_time_is_up(run: Run, seconds: float) -> None:
    """What it reports is not what it saw an interval before."""

    async def program() -> list[float]:
        life = [(0.0, "provisioning"), (seconds - 3, "failed")]
        world = World({"a": life}, lifecycle=SLOW)
        with pytest.raises(UnreachableStateError):
            await world.wait("a", "running", timeout=seconds)
        return world.times()

    times = run(program())
    assert seconds - 3 < times[-1] < seconds


def test_a_wait_succeeds_with_its_last_poll(run: Run) -> None:
    """What comes after the last regular poll is still seen."""

    async def program() -> float:
        life = [(0.0, "provisioning"), (8.0, "running")]
        world = World({"a": life, "b": life}, lifecycle=SLOW)
        await asyncio.gather(*(world.wait(key, "running", timeout=10.0) for key in "ab"))
        return world.now

    assert run(program()) < 10.0
