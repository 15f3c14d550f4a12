"""A status of a gateway does not say whether its origin carries a request out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, Polling, RetryPolicy
from clickhouse_cloud_async.emulator import Emulator
from clickhouse_cloud_async.fleet import DesiredFleet, DesiredService

from .clouds import documents, services
from .gateway import Gateway

if TYPE_CHECKING:
    from clickhouse_cloud_async.fleet import Report

SPEED = 600.0
STATUSES = [500, 502, 503, 504, 520, 522, 524]
LATE = [(status, 0.3 if number % 2 else 1.0) for number, status in enumerate(STATUSES)]
AWS: dict[str, Any] = {"provider": "aws", "region": "eu-central-1"}


def open_client(emulator: Emulator, gateway: Gateway, attempts: int = 1) -> AsyncClickHouseCloud:
    """A client that reaches an emulator through a gateway."""
    return AsyncClickHouseCloud(
        emulator.api_key,
        emulator.api_secret,
        organization_id=emulator.organization_id,
        base_url=gateway.url,
        rate_limit=None,
        retry=RetryPolicy(attempts=attempts, first_wait=0.01, longest_wait=0.05),
        polling=Polling(speed=SPEED),
    )


ACTIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("stop", "running", {}),
    ("start", "stopped", {}),
    ("start", "failed", {}),
    ("delete", "stopped", {"confirm": 1}),
    ("scale", "running", {"num_replicas": 4}),
    ("update", "running", {"tags": {"add": [{"key": "env", "value": "new"}]}}),
]


@pytest.mark.parametrize("wait", [False, True])
@pytest.mark.parametrize(("action", "state", "arguments"), ACTIONS)
async def test_an_action_that_the_origin_finishes_later_is_done(
    action: str, state: str, arguments: dict[str, Any], *, wait: bool
) -> None:
    """The effect is looked for until it shows."""
    arguments = arguments if action == "update" else {**arguments, "wait": wait}
    async with (
        Emulator(services([state]), time_scale=SPEED) as emulator,
        Gateway(emulator, 502, delay=0.3) as gateway,
        open_client(emulator, gateway) as cloud,
    ):
        report = await getattr(cloud.fleet.select(), action)(**arguments)
    (outcome,) = report.outcomes

    assert outcome.status == "done"
    assert outcome.commands == [action]
    assert gateway.given_up == 1


@pytest.mark.parametrize(("status", "delay"), LATE)
async def test_no_status_of_a_gateway_is_taken_for_a_failure(status: int, delay: float) -> None:
    """Whichever it is, with repeats or without."""
    async with (
        Emulator(services(["running"] * 3), time_scale=SPEED) as emulator,
        Gateway(emulator, status, delay=delay) as gateway,
        open_client(emulator, gateway, attempts=2) as cloud,
    ):
        report = await cloud.fleet.select().stop()

    assert len(report.done) == 3


@pytest.mark.usefixtures("short_window")
@pytest.mark.parametrize(("action", "state", "arguments"), ACTIONS)
async def test_an_action_whose_effect_never_shows_is_unknown(
    action: str, state: str, arguments: dict[str, Any]
) -> None:
    """What may still be carried out is no failure, and its command is named."""
    async with (
        Emulator(services([state]), time_scale=SPEED) as emulator,
        Gateway(emulator, 524, delay=None) as gateway,
        open_client(emulator, gateway) as cloud,
    ):
        report = await getattr(cloud.fleet.select(), action)(**arguments)
    (outcome,) = report.outcomes

    assert outcome.status == "unknown"
    assert outcome.commands == [action]
    assert outcome.error is not None


async def _create(emulator: Emulator, gateway: Gateway) -> Report:
    wanted = [DesiredService(name=name, **AWS) for name in ("a", "b", "c")]
    async with open_client(emulator, gateway, attempts=3) as cloud:
        plan = await cloud.fleet.plan(DesiredFleet(name="f", services=wanted))
        return await cloud.fleet.apply(plan)


@pytest.mark.parametrize(("status", "delay"), LATE)
async def test_a_creation_is_sent_once_and_found(status: int, delay: float) -> None:
    """A service that the origin creates later is found in the list, and not created again."""
    async with (
        Emulator([], time_scale=SPEED) as emulator,
        Gateway(emulator, status, delay=delay) as gateway,
    ):
        report = await _create(emulator, gateway)

    assert sorted(service["name"] for service in documents(emulator).values()) == ["a", "b", "c"]
    assert gateway.given_up == 3
    assert len(report.done) == 3
    assert all("password" in str(outcome.reason) for outcome in report.outcomes)


@pytest.mark.usefixtures("short_window")
async def test_a_creation_that_never_shows_is_unknown() -> None:
    """It is sent once, and listed for a while."""
    async with (
        Emulator([], time_scale=SPEED) as emulator,
        Gateway(emulator, 503, delay=None) as gateway,
    ):
        report = await _create(emulator, gateway)

    assert gateway.given_up == 3
    assert len(report.unknown) == 3
    assert {tuple(outcome.commands) for outcome in report.outcomes} == {("create",)}
    lists = [r for r in emulator.requests if r.operation_id == "instanceGetList"]
    assert len(lists) > 3


async def test_a_plan_that_the_origin_carries_out_later_is_done() -> None:
    """Stopping, changing and deleting: each is seen before it is taken for done."""
    mine = [{"key": "chcloud.fleet", "value": "f"}]
    there: list[dict[str, Any]] = [
        {"name": "kept", "state": "running", "idleScaling": False, "tags": mine, **AWS},
        {"name": "gone", "state": "stopped", "tags": mine, **AWS},
    ]
    wanted = DesiredService(name="kept", state="stopped", num_replicas=4, tags={"env": "new"})
    async with (
        Emulator(there, time_scale=SPEED) as emulator,
        Gateway(emulator, 524, delay=0.3) as gateway,
        open_client(emulator, gateway) as cloud,
    ):
        plan = await cloud.fleet.plan(DesiredFleet(name="f", services=[wanted]))
        report = await cloud.fleet.apply(plan, allow_delete=True)
        (kept,) = [s for s in await cloud.services.list() if s.name == "kept"]

    assert len(report.done) == 2
    assert (kept.state, kept.num_replicas) == ("stopped", 4)
