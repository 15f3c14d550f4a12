"""Features of waits for services."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    BadRequestError,
    InvalidArgumentError,
    NotFoundError,
    WaitTimeoutError,
)
from clickhouse_cloud_async.emulator import (
    Emulator,
    ErrorResponse,
    FailedTransition,
    LostResponse,
)

from .scaled import SPEED, asynchronous, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.extensions.services import ServiceTarget
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service, ServiceStateText

SERVICES = [
    {"name": state, "state": state, "idleTimeoutMinutes": 1440}
    for state in ("running", "idle", "stopped")
]
"""A service in each steady state; none goes idle while a test looks."""


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


def sent(emulator: Emulator) -> Counter[str]:
    """Return how often each operation was called."""
    return Counter(request.operation_id or "" for request in emulator.requests)


async def test_idle_is_woken(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """With `wake` an idle service is woken, and waited for until it runs."""
    idle = await cloud.services.get_by_name("idle")
    woken = await cloud.services.wait_until(idle.id, "running", wake=True)

    assert woken.state == "running"
    assert sent(emulator)["instanceStateUpdate"] == 1


@pytest.mark.parametrize("name", ["running", "stopped"])
async def test_only_idle_is_woken(
    emulator: Emulator, cloud: AsyncClickHouseCloud, name: ServiceStateText
) -> None:
    """A service that is not idle gets no command."""
    service = await cloud.services.get_by_name(name)
    found = await cloud.services.wait_until(service.id, name, wake=True)

    assert found.state == name
    assert "instanceStateUpdate" not in sent(emulator)


async def test_another_may_wake_first(
    emulator: Emulator, cloud: AsyncClickHouseCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that comes too late to a service that is awake is no error."""
    idle = await cloud.services.get_by_name("idle")
    wake = cloud.services.wake

    async def twice(service_id: str, **options: float | None) -> Service:
        await wake(service_id)
        await cloud.services.wait_until(service_id, "running")
        emulator.faults.add(ErrorResponse(400), operation="instanceStateUpdate", count=1)
        return await wake(service_id, timeout=options["timeout"])

    monkeypatch.setattr(cloud.services, "wake", twice)
    woken = await cloud.services.wait_until(idle.id, "running", wake=True)

    assert woken.state == "running"
    assert [r.status for r in emulator.requests if r.operation_id == "instanceStateUpdate"] == [
        200,
        400,
    ]


async def test_a_refusal_to_wake_is_raised(
    cloud: AsyncClickHouseCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the service stays idle, the error of the command ends the wait."""
    idle = await cloud.services.get_by_name("idle")

    async def refused(_service_id: str, **_options: object) -> Service:
        raise BadRequestError("not now")

    monkeypatch.setattr(cloud.services, "wake", refused)
    with pytest.raises(BadRequestError, match="not now"):
        await cloud.services.wait_until(idle.id, "running", wake=True)


async def test_waking_counts_towards_the_time_limit(cloud: AsyncClickHouseCloud) -> None:
    """A wait that wakes ends at its deadline, and says how the service was then."""
    stopped = await cloud.services.get_by_name("stopped")
    with pytest.raises(WaitTimeoutError, match="start it first") as caught:
        await cloud.services.wait_until(stopped.id, "running", wake=True, timeout=0.3)

    assert caught.value.state == "stopped"


async def test_waking_what_does_not_exist(cloud: AsyncClickHouseCloud) -> None:
    """A service that is not there cannot be woken."""
    with pytest.raises(NotFoundError):
        await cloud.services.wait_until("nothing", "running", wake=True)


async def test_many_are_woken_with_one_look() -> None:
    """Whether they are idle is seen in the list that all share, and not asked for each."""
    many = [{"name": f"s{n}", "state": "idle", "idleTimeoutMinutes": 1440} for n in range(20)]
    async with Emulator(many, time_scale=SPEED) as emulator, asynchronous(emulator) as cloud:
        ids = [service.id for service in await cloud.services.list()]
        await asyncio.gather(*(cloud.services.wait_until(s, "running", wake=True) for s in ids))
        counted = sent(emulator)

    assert counted["instanceStateUpdate"] == len(ids)
    # The last ones may be waited for alone.
    assert counted["instanceGet"] < len(ids)


async def test_what_becomes_idle_is_woken(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """A service that is idle only later is woken then."""
    service = await cloud.services.get_by_name("stopped")
    emulator.faults.add(FailedTransition("idle", state="starting"), resource=service.id)
    await cloud.services.start(service.id)
    woken = await cloud.services.wait_until(service.id, "running", wake=True)

    assert woken.state == "running"
    assert sent(emulator)["instanceStateUpdate"] == 2


async def is_awake(_service: Service) -> bool:
    """Return a coroutine that is never awaited, and so would hold at once."""
    return False


@pytest.mark.parametrize("target", ["runing", ["running", 5], is_awake])
async def test_nothing_is_woken_by_mistake(
    emulator: Emulator, cloud: AsyncClickHouseCloud, target: Any
) -> None:
    """A target that is none is refused before anything is sent."""
    idle = await cloud.services.get_by_name("idle")
    with pytest.raises(InvalidArgumentError):
        await cloud.services.wait_until(idle.id, target, wake=True)

    assert "instanceStateUpdate" not in sent(emulator)


async def test_waking_for_a_condition(cloud: AsyncClickHouseCloud) -> None:
    """A condition is asked again once the service was woken."""
    idle = await cloud.services.get_by_name("idle")
    seen = await cloud.services.wait_until(idle.id, lambda s: s.state == "running", wake=True)

    assert seen.state == "running"


@pytest.mark.parametrize("target", ["running", ["running", "degraded"]])
async def test_idle_counts(
    emulator: Emulator, cloud: AsyncClickHouseCloud, target: ServiceTarget
) -> None:
    """Where idle is good enough, an idle service is what was waited for."""
    idle = await cloud.services.get_by_name("idle")
    found = await cloud.services.wait_until(idle.id, target, idle_counts=True)

    assert found.state == "idle"
    assert "instanceStateUpdate" not in sent(emulator)


@pytest.mark.parametrize("target", ["stopped", lambda _: True])
async def test_idle_counts_only_as_running(
    emulator: Emulator, cloud: AsyncClickHouseCloud, target: ServiceTarget
) -> None:
    """Whoever waits for something else made a mistake, and nothing is sent."""
    with pytest.raises(InvalidArgumentError, match="idle_counts"):
        await cloud.services.wait_until("any", target, idle_counts=True)

    assert not sent(emulator)


async def test_idle_does_not_count_unasked(cloud: AsyncClickHouseCloud) -> None:
    """An idle service is not running; the error says what to do about it."""
    idle = await cloud.services.get_by_name("idle")
    with pytest.raises(WaitTimeoutError, match="wake=True or idle_counts=True") as caught:
        await cloud.services.wait_until(idle.id, "running", timeout=0.3)

    assert caught.value.state == "idle"


async def test_a_condition(cloud: AsyncClickHouseCloud) -> None:
    """What no state tells can be waited for by a function."""
    service = await cloud.services.get_by_name("running")
    await cloud.services.scale(service.id, num_replicas=4)
    scaled = await cloud.services.wait_until(
        service.id, lambda seen: seen.current_scaling.effective_max_replicas == 4
    )

    assert scaled.current_scaling.effective_max_replicas == 4


async def test_many_are_stopped_and_started(
    emulator: Emulator, cloud: AsyncClickHouseCloud
) -> None:
    """Waits go together with commands of any number of services."""
    for number in range(5):
        await cloud.services.create(name=f"etl {number}", provider="aws", region="us-east-1")
    every = [s.id for s in await cloud.services.list() if s.name.startswith("etl")]

    async def restart(service_id: str) -> Service:
        await cloud.services.wait_until(service_id, "running")
        await cloud.services.stop(service_id)
        await cloud.services.wait_until(service_id, "stopped")
        await cloud.services.start(service_id)
        return await cloud.services.wait_until(service_id, "running")

    running = await asyncio.gather(*map(restart, every))

    assert [service.id for service in running] == every
    assert sent(emulator)["instanceStateUpdate"] == 10


async def test_a_lost_command_is_found_out(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """Answers that get lost on the way do not end a wait."""
    service = await cloud.services.get_by_name("stopped")
    emulator.faults.add(LostResponse(), operation="instanceGet", count=2)
    await cloud.services.start(service.id)

    assert (await cloud.services.wait_until(service.id, "running")).state == "running"


async def test_another_end_of_a_start(emulator: Emulator, cloud: AsyncClickHouseCloud) -> None:
    """Several states may be waited for, such as all in which a service answers."""
    emulator.faults.add(FailedTransition("degraded", state="starting"))
    service = await cloud.services.get_by_name("stopped")
    await cloud.services.start(service.id)
    found = await cloud.services.wait_until(service.id, {"running", "degraded"})

    assert found.state == "degraded"


async def test_without_await(emulator: Emulator) -> None:
    """The facade wakes and lets idle count in the same way."""

    def both() -> list[str]:
        with opened(emulator) as cloud:
            idle = cloud.services.get_by_name("idle").id
            counted = cloud.services.wait_until(idle, "running", idle_counts=True)
            woken = cloud.services.wait_until(idle, "running", wake=True)
            return [str(counted.state), str(woken.state)]

    assert await asyncio.to_thread(both) == ["idle", "running"]
