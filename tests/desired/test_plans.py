"""The content of plans, and their application after changes."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, InvalidArgumentError
from clickhouse_cloud_async.apis.clickhouse.fleet.service import AsyncFleetService
from clickhouse_cloud_async.apis.clickhouse.resources import plan as plan_module
from clickhouse_cloud_async.apis.clickhouse.resources import services
from clickhouse_cloud_async.apis.clickhouse.resources.fields import ActualState
from clickhouse_cloud_async.apis.clickhouse.resources.plan import Fleet, plan_services
from clickhouse_cloud_async.emulator import ErrorResponse, LostResponse
from clickhouse_cloud_async.fleet import (
    AsyncFleet,
    DesiredFleet,
    DesiredService,
    FleetProgress,
    Report,
    ServicePlan,
)
from clickhouse_cloud_async.fleet.run import Run
from clickhouse_cloud_async.models import Service
from tests.client.processes import GUARD
from tests.effort import calls_of

from .scene import FLEET, open_client, open_emulator, truth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from clickhouse_cloud_async.emulator import Emulator
    from clickhouse_cloud_async.models import ResourceTagDict

AWS: dict[str, Any] = {"provider": "aws", "region": "eu-central-1"}


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """The services before."""
    async with open_emulator() as running:
        yield running


@pytest.fixture
async def cloud(emulator: Emulator) -> AsyncIterator[AsyncClickHouseCloud]:
    """A client of them."""
    async with open_client(emulator) as client:
        yield client


def _fleet(*services: DesiredService, name: str = "staging") -> DesiredFleet:
    return DesiredFleet(name=name, services=services)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
async def test_file_is_read_beside_the_event_loop(
    cloud: AsyncClickHouseCloud, tmp_path: Path
) -> None:
    """While the file is read, the event loop goes on, here by writing what is read."""
    pipe = tmp_path / "fleet.yaml"
    os.mkfifo(pipe)

    async with asyncio.TaskGroup() as group:
        planned = group.create_task(cloud.fleet.plan(pipe))
        await anyio.to_thread.run_sync(pipe.write_text, "fleet: staging\nservices: []\n")

    assert planned.result().desired.name == "staging"


async def test_plans_are_compared_beside_the_event_loop(
    cloud: AsyncClickHouseCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a plan is made, by `plan` and by `apply`, the event loop goes on."""
    goes_on = threading.Event()

    def plan_services(*arguments: Any, **options: Any) -> list[ServicePlan]:
        asked.set()
        assert goes_on.wait(GUARD)
        return original(*arguments, **options)

    async def let_go_on() -> None:
        await anyio.to_thread.run_sync(asked.wait)
        goes_on.set()

    original, asked = plan_module.plan_services, threading.Event()
    monkeypatch.setattr(services, "plan_services", plan_services)
    plan, _ = await asyncio.gather(cloud.fleet.plan(_fleet()), let_go_on())
    asked.clear()
    goes_on.clear()
    await asyncio.gather(cloud.fleet.apply(plan), let_go_on())


@pytest.mark.parametrize("differs", [False, True])
async def test_comparing_takes_linear_time(*, differs: bool) -> None:
    """Four times as many services take four times as long to compare."""

    def compare(count: int) -> int:
        wanted = [{"name": f"s{number}", "num_replicas": 2 + differs} for number in range(count)]
        there = [
            ActualState(
                found=AsyncFleetService(
                    service=Service.from_dict({"name": service["name"], "numReplicas": 2}),
                    organization_id="o",
                    cloud=client,
                )
            )
            for service in wanted
        ]
        return calls_of(lambda: plan_services(Fleet("staging"), {"o": wanted}, there, kept=None))

    client = AsyncClickHouseCloud("key", "secret")
    compare(1)

    assert compare(400) < 4.5 * compare(100)


async def test_shown(cloud: AsyncClickHouseCloud, tmp_path: Path) -> None:
    """A plan tells every field with what it is and is to be, and how many requests that takes."""
    file = tmp_path / "fleet.yaml"
    file.write_text(
        "fleet: staging\nservices:\n"
        "- {name: etl, provider: aws, region: us-east-1, state: stopped}\n"
        "- {name: web, tags: {env: dev}, num_replicas: 2}\n- {name: old}\n- {name: old-reader}\n"
    )
    plan = await cloud.fleet.plan(file)
    web, cache = plan.changes[0], plan.removals[0]

    assert str(plan).splitlines() == [
        "fleet staging: 1 to add, 1 to change, 1 to remove; 6 requests, about 2 min",
        "+ service etl",
        "    provider: aws",
        "    region: us-east-1",
        "    tags[chcloud.fleet]: staging",
        "    state: stopped",
        f"~ service web ({web.resource_id}, made elsewhere, becomes a part of the fleet)",
        "    tags[team]: a -> not there",
        "    tags[chcloud.fleet]: staging",
        "    num_replicas: 3 -> 2",
        f"- service cache ({cache.resource_id}, running)",
    ]
    assert [item.commands for item in plan.items] == [
        ("create", "stop"),
        ("update", "scale"),
        ("stop", "delete"),
    ]
    told = json.loads(json.dumps(plan.to_dict()))
    assert told["requests"] == plan.requests == 6
    assert told["items"][1]["changes"][2] == {"field": "num_replicas", "before": 3, "after": 2}
    assert told["items"][1]["changes"][0] == {"field": "tags[team]", "before": "a"}


async def test_empty(cloud: AsyncClickHouseCloud) -> None:
    """Where nothing is to be done the plan is empty, says so and sends nothing."""
    names = ("cache", "old", "old-reader")
    plan = await cloud.fleet.plan(_fleet(*(DesiredService(name=name) for name in names)))
    report = await cloud.fleet.apply(plan)

    assert plan.is_empty
    assert str(plan) == "fleet staging: everything is as described"
    assert report.is_success
    assert report.outcomes == []


async def test_removals_are_left_unless_allowed(
    cloud: AsyncClickHouseCloud, emulator: Emulator
) -> None:
    """Nothing is deleted unless the caller says so; the report says what was left."""
    before = truth(emulator)
    report = await cloud.fleet.apply(await cloud.fleet.plan(_fleet()))

    assert {(o.status, o.reason) for o in report.outcomes} == {
        ("not_sent", "it was kept: deletion was not allowed")
    }
    assert len(report.outcomes) == 3
    assert truth(emulator).keys() == before.keys()

    report = await cloud.fleet.apply(await cloud.fleet.plan(_fleet()), allow_delete=True)
    report.raise_for_failures()
    assert truth(emulator).keys() == {"web", "foreign"}


async def test_what_cannot_be(cloud: AsyncClickHouseCloud) -> None:
    """What cannot become what it should is refused with the reason; the others are carried out."""
    ids = [
        (await cloud.services.create(name="twin", **AWS)).service.id,
        (await cloud.services.create(name="twin", **AWS)).service.id,
    ]
    other: ResourceTagDict = {"key": "chcloud.fleet", "value": "production"}
    await cloud.services.create(name="theirs", tags=[other], **AWS)
    plan = await cloud.fleet.plan(
        _fleet(
            DesiredService(name="twin"),
            DesiredService(name="theirs"),
            DesiredService(name="web", region="us-east-1"),
            DesiredService(name="new", provider="aws"),
            DesiredService(name="cache", release_channel="slow"),
            DesiredService(name="old"),
            DesiredService(name="old-reader"),
        )
    )
    report = await cloud.fleet.apply(plan)

    reasons = {item.name: item.reason for item in plan.refused}
    assert reasons == {
        "twin": f"2 services have this name: {', '.join(ids)}; pin one with its id",
        "theirs": "it belongs to the fleet production",
        "web": "fields that are set at creation cannot be changed: region: eu-central-1 ->"
        " us-east-1; it would have to be replaced",
        "new": "it does not exist, and creating it needs its region",
    }
    assert {o.name: o.reason for o in report.failed} == reasons
    assert [o.name for o in report.done] == ["cache"]


async def test_plan_of_yesterday(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """What has happened is not done again, and what the plan does not show is not done."""
    wanted = _fleet(
        DesiredService(name="etl", **AWS),
        DesiredService(name="cache", num_replicas=5),
        DesiredService(name="web", num_replicas=5),
        DesiredService(name="old", num_replicas=5),
        DesiredService(name="foreign", state="running"),
    )
    plan = await cloud.fleet.plan(wanted)
    find = cloud.services.get_by_name
    await cloud.services.create(name="etl", **AWS)
    await cloud.services.scale((await find("cache")).id, num_replicas=5)
    await cloud.services.scale((await find("web")).id, num_replicas=4)
    reader = (await find("old-reader")).id
    await cloud.services.delete(reader)
    await cloud.services.wait_until_gone(reader)
    gone = (await find("foreign")).id
    await cloud.services.delete(gone)
    await cloud.services.wait_until_gone(gone)
    report = await cloud.fleet.apply(plan, allow_delete=True)

    assert {o.name: (o.status, o.reason) for o in report.outcomes} == {
        "etl": (
            "failed",
            "a service of this name was made elsewhere since the plan was made: plan again",
        ),
        "cache": ("unchanged", "it has reached the described state in the meantime"),
        "web": ("failed", "num_replicas changed since the plan was made: plan again"),
        "old": ("done", None),
        "foreign": (
            "failed",
            "it does not exist, and creating it needs its provider and its region",
        ),
        "old-reader": ("unchanged", "it has reached the described state in the meantime"),
    }  # fmt: skip
    assert truth(emulator)["web"]["numReplicas"] == 4
    assert "chcloud.fleet" not in truth(emulator)["etl"]["tags"]


async def test_same_plan_twice(cloud: AsyncClickHouseCloud) -> None:
    """A plan that was carried out has nothing left to do."""
    plan = await cloud.fleet.plan(FLEET)
    (await cloud.fleet.apply(plan, allow_delete=True)).raise_for_failures()
    again = await cloud.fleet.apply(plan, allow_delete=True)

    assert {outcome.status for outcome in again.outcomes} == {"unchanged"}


async def test_lost_answer_of_creation(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """A service whose creation got no answer is found and finished; its password is lost.

    Where it is not found, it is not created again: the API may be at work still.
    """
    emulator.faults.add(LostResponse(), operation="instanceCreate", count=1)
    emulator.faults.add(ErrorResponse(), operation="instanceCreate", count=1)
    wanted = [DesiredService(name=n, **AWS, state="stopped") for n in ("etl", "cache2", "etl2")]
    plan = await cloud.fleet.plan(_fleet(*wanted))
    report = await cloud.fleet.apply(plan)

    created = [outcome for outcome in report.outcomes if "create" in outcome.commands]
    assert sorted(outcome.status for outcome in created) == ["done", "done", "unknown"]
    without = [outcome for outcome in report.done if outcome.result is None]
    assert [outcome.reason for outcome in without] == [
        "its initial password was in a lost response: set one with reset_password"
    ]
    again = await cloud.fleet.apply(await cloud.fleet.plan(_fleet(*wanted)))
    assert [outcome.commands[0] for outcome in again.done] == ["create"]
    assert {truth(emulator)[service.name]["state"] for service in wanted} == {"stopped"}


async def test_first_passwords(cloud: AsyncClickHouseCloud) -> None:
    """The password of a new service is in the report, and is not shown by it."""
    report = await cloud.fleet.apply(
        await cloud.fleet.plan(_fleet(DesiredService(name="etl", **AWS)))
    )
    [outcome] = report.done
    secret = outcome.result.reveal()

    assert secret
    assert secret not in f"{report!r} {outcome!r} {report.to_dict()}"


async def test_lost_answers_of_changes(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """What ended in errors of the server is done or unknown, and finished by the next run."""
    for operation in ("instanceUpdate", "instanceStateUpdate", "backupConfigurationUpdate"):
        emulator.faults.add(ErrorResponse(status=500), operation=operation, count=3)
    report = await cloud.fleet.apply(await cloud.fleet.plan(FLEET), allow_delete=True)
    emulator.faults.clear()
    again = await cloud.fleet.apply(await cloud.fleet.plan(FLEET), allow_delete=True)

    assert report.done
    assert not report.failed
    again.raise_for_failures()
    assert (await cloud.fleet.plan(FLEET)).is_empty


async def test_encryption_key(cloud: AsyncClickHouseCloud) -> None:
    """A new service gets its own key after its creation; another one replaces it later."""
    for key, commands in (("arn:first", ["create", "update"]), ("arn:second", ["update"])):
        encrypted = DesiredService(
            name="vault",
            **AWS,
            has_transparent_data_encryption=True,
            transparent_data_encryption_key_id=key,
        )
        desired = _fleet(encrypted, name="encrypted")
        plan = await cloud.fleet.plan(desired)
        assert [list(item.commands) for item in plan.items] == [commands]
        report = await cloud.fleet.apply(plan)
        report.raise_for_failures()
        assert report.outcomes[0].commands == commands
        service = await cloud.services.get_by_name("vault")
        assert service.transparent_data_encryption_key_id == key
        assert (await cloud.fleet.plan(desired)).is_empty


async def test_one_failure_hides_no_other(cloud: AsyncClickHouseCloud) -> None:
    """What the API refuses fails for one service, with the API's own words."""
    plan = await cloud.fleet.plan(
        _fleet(
            DesiredService(name="web", max_replica_memory_gb=512),
            DesiredService(name="cache", num_replicas=2),
        )
    )
    report = await cloud.fleet.apply(plan)

    [failed] = report.failed
    assert failed.name == "web"
    assert failed.reason
    assert "maxReplicaMemoryGb" in failed.reason
    assert [outcome.name for outcome in report.done] == ["cache"]


async def test_progress(cloud: AsyncClickHouseCloud) -> None:
    """Whoever listens hears of each service until all are finished."""
    news: list[FleetProgress] = []
    report = Report()
    await cloud.fleet.apply(
        await cloud.fleet.plan(FLEET), allow_delete=True, on_progress=news.append, report=report
    )

    assert news[-1].finished == news[-1].total == len(report.outcomes)
    assert {progress.outcome.name for progress in news} == {o.name for o in report.outcomes}


async def test_time_is_up_between_requests(
    cloud: AsyncClickHouseCloud, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request whose turn comes too late is not sent, and no failure."""
    plan = await cloud.fleet.plan(FLEET)
    before = len(emulator.requests)
    monkeypatch.setattr(Run, "is_late", True)
    report = await cloud.fleet.apply(plan, timeout=60, allow_delete=True)

    assert {outcome.status for outcome in report.outcomes} == {"not_sent"}
    assert {outcome.reason for outcome in report.outcomes} == {"the timeout has passed"}
    assert {request.method for request in emulator.requests[before:]} == {"GET"}


async def test_what_is_no_plan(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """A file has to be planned before it is applied."""
    no_plan: Any = "fleet.yaml"
    with pytest.raises(InvalidArgumentError, match="plan: expected a Plan, found str"):
        await cloud.fleet.apply(no_plan)

    assert not emulator.requests


async def test_time_is_up(cloud: AsyncClickHouseCloud) -> None:
    """When the time is up, the report says how far each service is."""
    plan = await cloud.fleet.plan(FLEET)
    report = await cloud.fleet.apply(plan, timeout=0.000001)

    assert not report.is_complete
    assert not report.is_success
    assert {outcome.reason for outcome in report.outcomes} == {"the timeout has passed"}
    with pytest.raises(InvalidArgumentError):
        await cloud.fleet.apply(plan, timeout=-1)


async def test_several_organizations(cloud: AsyncClickHouseCloud, emulator: Emulator) -> None:
    """Each service is brought about in the organisation that the document names."""
    second = emulator.add_organization("second", [{"name": "web", "state": "stopped", **AWS}])
    client = type(cloud)(
        second.api_key,
        second.api_secret,
        organization_id=second.id,
        base_url=emulator.url,
        rate_limit=None,
    )
    async with client as other:
        fleet = AsyncFleet.of([cloud, other])
        wanted = _fleet(
            DesiredService(name="web", organization=second.id, num_replicas=2),
            DesiredService(name="web", organization=emulator.organization_id, num_replicas=4),
            name="both",
        )
        (await fleet.apply(await fleet.plan(wanted))).raise_for_failures()
        assert (await fleet.plan(wanted)).is_empty
        assert truth(emulator)["web"]["numReplicas"] == 4
        assert (await other.services.get_by_name("web")).num_replicas == 2

        with pytest.raises(InvalidArgumentError, match="service 'web' names no organization"):
            await fleet.plan(_fleet(DesiredService(name="web")))
        with pytest.raises(InvalidArgumentError, match="service 'web' is in nowhere"):
            await fleet.plan(_fleet(DesiredService(name="web", organization="nowhere")))


async def test_failed_services_are_started_again() -> None:
    """A service that failed is brought to where it is wanted, whichever state that is."""
    services = [{"name": name, "state": "failed", **AWS} for name in ("up", "down", "gone")]
    services[2]["tags"] = [{"key": "chcloud.fleet", "value": "x"}]
    async with open_emulator(services) as failed, open_client(failed) as cloud:
        wanted = _fleet(
            DesiredService(name="up", state="running"),
            DesiredService(name="down", state="stopped"),
            name="x",
        )
        report = await cloud.fleet.apply(await cloud.fleet.plan(wanted), allow_delete=True)
        report.raise_for_failures()
        states = {name: facts["state"] for name, facts in truth(failed).items()}
        assert states == {"up": "running", "down": "stopped"}
