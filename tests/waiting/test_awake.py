"""Blocks that keep a service running for as long as they last."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import BadRequestError, ClickHouseCloud, NotFoundError, WaitTimeoutError
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse, LostResponse

from .scaled import SPEED, asynchronous, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from clickhouse_cloud_async import AsyncClickHouseCloud

SERVICES: list[dict[str, object]] = [
    {"name": state, "state": state, "idleTimeoutMinutes": 1440}
    for state in ("running", "idle", "stopped", "stopping")
]
STOPPED = ("stopping", "stopped")


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """An emulator whose time is scaled."""
    async with Emulator(SERVICES, time_scale=SPEED) as running:
        yield running


@pytest.fixture
async def cloud(emulator: Emulator) -> AsyncIterator[AsyncClickHouseCloud]:
    """A client of it."""
    async with asynchronous(emulator) as client:
        yield client


@pytest.fixture
def plain() -> Iterator[ClickHouseCloud]:
    """A client without ``await`` of an emulator of its own."""
    with Emulator(SERVICES, time_scale=SPEED) as emulator, opened(emulator) as client:
        yield client


def commands(emulator: Emulator) -> int:
    """Return how many commands were sent."""
    return Counter(request.operation_id for request in emulator.requests)["instanceStateUpdate"]


async def state_of(cloud: AsyncClickHouseCloud, name: str) -> str:
    """Return the state of a service."""
    return (await cloud.services.get_by_name(name)).state


@pytest.mark.parametrize(
    ("name", "sent"), [("running", 0), ("idle", 1), ("stopped", 1), ("stopping", 1)]
)
async def test_block_begins_when_the_service_runs(
    emulator: Emulator, cloud: AsyncClickHouseCloud, name: str, sent: int
) -> None:
    """A service is started or woken where needed, and stays as it is after the block."""
    async with cloud.services.awake(name) as service:
        assert (service.name, service.state) == (name, "running")
    assert commands(emulator) == sent
    assert await state_of(cloud, name) == "running"


async def test_service_that_was_stopped_is_stopped_again(cloud: AsyncClickHouseCloud) -> None:
    """With `stop_again`, by its ID, too."""
    service = await cloud.services.get_by_name("stopped")
    async with cloud.services.awake(service.id, stop_again=True) as seen:
        assert seen.state == "running"
    assert await state_of(cloud, "stopped") in STOPPED


@pytest.mark.parametrize("name", ["running", "idle"])
async def test_service_that_was_not_stopped_is_left_alone(
    cloud: AsyncClickHouseCloud, name: str
) -> None:
    """`stop_again` is for what the block itself has started."""
    async with cloud.services.awake(name, stop_again=True):
        pass
    assert await state_of(cloud, name) == "running"


async def test_error_in_the_block_stops_the_service(cloud: AsyncClickHouseCloud) -> None:
    """The block's own error is raised."""
    with pytest.raises(ZeroDivisionError):
        async with cloud.services.awake("stopped", stop_again=True):
            raise ZeroDivisionError
    assert await state_of(cloud, "stopped") in STOPPED


async def test_cancelled_block_stops_the_service(cloud: AsyncClickHouseCloud) -> None:
    """A task that is cancelled in the block ends when the service is being stopped."""
    entered = asyncio.Event()

    async def work() -> None:
        async with cloud.services.awake("stopped", stop_again=True):
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await state_of(cloud, "stopped") in STOPPED


async def test_cancelled_start_stops_the_service(cloud: AsyncClickHouseCloud) -> None:
    """A service that is still starting is stopped once it has started."""

    async def work() -> None:
        async with cloud.services.awake(
            "stopped",
            stop_again=True,
            on_progress=lambda _: task.cancel(),  # at the first poll, which usually comes in time
        ):
            raise AssertionError("the block must not be entered")

    task = asyncio.create_task(work())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await state_of(cloud, "stopped") in STOPPED


async def test_start_without_a_response_counts_as_started(
    emulator: Emulator, cloud: AsyncClickHouseCloud
) -> None:
    """The block goes on if another attempt shows that the service starts."""
    emulator.faults.add(LostResponse(), operation="instanceStateUpdate", count=1)
    async with cloud.services.awake("stopped", stop_again=True) as service:
        assert service.state == "running"
    assert await state_of(cloud, "stopped") in STOPPED


async def test_service_that_somebody_else_started_is_not_stopped(
    emulator: Emulator, cloud: AsyncClickHouseCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal to start a service that runs already is no error."""
    start = cloud.services.start

    async def late(service_id: str, **_options: object) -> object:
        await start(service_id)
        await cloud.services.wait_until(service_id, "running")
        emulator.faults.add(ErrorResponse(400), operation="instanceStateUpdate", count=1)
        return await start(service_id)

    monkeypatch.setattr(cloud.services, "start", late)
    async with cloud.services.awake("stopped", stop_again=True) as service:
        assert service.state == "running"
    assert await state_of(cloud, "stopped") == "running"


async def test_refusal_to_start_is_raised(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """Where the service stays stopped, there is nothing to stop."""
    emulator.faults.add(ErrorResponse(400), operation="instanceStateUpdate")
    with pytest.raises(BadRequestError):
        async with cloud.services.awake("stopped", stop_again=True):
            raise AssertionError("the block must not be entered")
    assert commands(emulator) == 1


async def test_failure_to_stop_is_raised_after_the_block(
    emulator: Emulator, cloud: AsyncClickHouseCloud, caplog: pytest.LogCaptureFixture
) -> None:
    """A service that stays running is no secret: it costs money."""
    with (
        caplog.at_level(logging.WARNING, logger="clickhouse_cloud_async"),
        pytest.raises(BadRequestError),
    ):
        async with cloud.services.awake("stopped", stop_again=True):
            emulator.faults.add(ErrorResponse(400), operation="instanceStateUpdate")
    assert "could not be stopped again" in caplog.text


async def test_failure_to_stop_does_not_hide_the_error_of_the_block(
    emulator: Emulator, cloud: AsyncClickHouseCloud
) -> None:
    """It becomes a note of that error."""

    async def work() -> None:
        async with cloud.services.awake("stopped", stop_again=True):
            emulator.faults.add(ErrorResponse(400), operation="instanceStateUpdate")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        await work()
    assert "could not be stopped again" in caught.value.__notes__[0]


async def test_unknown_service(cloud: AsyncClickHouseCloud) -> None:
    """A service that does not exist ends the wait before it begins."""
    with pytest.raises(NotFoundError, match="no service is named 'nothing'"):
        async with cloud.services.awake("nothing"):
            raise AssertionError("the block must not be entered")


async def test_timeout_before_the_service_runs() -> None:
    """The block is not entered."""
    starting = [{"name": "starting", "state": "starting"}]
    async with Emulator(starting, time_scale=0) as emulator, asynchronous(emulator) as cloud:
        service = await cloud.services.get_by_name("starting")
        with pytest.raises(WaitTimeoutError):
            async with cloud.services.awake(service.id, timeout=0.2):
                raise AssertionError("the block must not be entered")


async def test_many_blocks_share_their_polls() -> None:
    """Twenty blocks that wait at the same time do not poll each service alone."""
    many = [{"name": f"s{n}", "state": "idle", "idleTimeoutMinutes": 1440} for n in range(20)]
    async with Emulator(many, time_scale=SPEED) as emulator, asynchronous(emulator) as cloud:

        async def work(service_id: str) -> None:
            async with cloud.services.awake(service_id):
                pass

        ids = [service.id for service in await cloud.services.list()]
        await asyncio.gather(*map(work, ids))
        sent = Counter(request.operation_id for request in emulator.requests)
    # The last ones may be waited for alone.
    assert sent["instanceGet"] < len(ids)


def test_plain_block(plain: ClickHouseCloud) -> None:
    """Without ``await``, it is a plain context manager."""
    with plain.services.awake("stopped", stop_again=True) as service:
        assert service.state == "running"
    assert plain.services.get_by_name("stopped").state in STOPPED


@pytest.mark.parametrize("kind", [ZeroDivisionError, KeyboardInterrupt])
def test_error_in_a_plain_block(plain: ClickHouseCloud, kind: type[BaseException]) -> None:
    """The service is stopped, the error is raised, and the client goes on working."""
    with pytest.raises(kind), plain.services.awake("stopped", stop_again=True):
        raise kind
    assert plain.services.get_by_name("stopped").state in STOPPED
