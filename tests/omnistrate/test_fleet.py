"""Fleets of instances, by the engine that acts on ClickHouse services."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from clickhouse_cloud_async import InvalidArgumentError, Polling, RetryPolicy
from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate, Omnistrate
from clickhouse_cloud_async.apis.omnistrate.fleet import AsyncFleet, Criteria
from clickhouse_cloud_async.fleet import EventKind, FleetProgress, OutcomeStatus, Report
from tests.client.stub import Gate

from .offers import AT_ADDRESS, INSTANCES, instance, plan, service, subscription
from .platform import BASE, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.apis.omnistrate.fleet import AsyncFleetInstance
    from clickhouse_cloud_async.apis.omnistrate.models import Instance
    from tests.client.stub import Handler, Stub

MOVES = {
    "start": ("STARTING", "RUNNING"),
    "stop": ("STOPPING", "STOPPED"),
    "restart": ("RESTARTING", "RUNNING"),
    "PATCH": ("DEPLOYING", "RUNNING"),
    "version-upgrade": ("DEPLOYING", "RUNNING"),
    "DELETE": ("DELETING", ""),
}


class Cloud:
    """Some instances of two services, which move on with each list.

    Attributes:
        instances: The instances, by ID.
        commands: Every command that came: its name and the ID of its instance.
        refusals: How commands on single instances are refused.
        lag: Lists after a command that do not show it yet.
    """

    def __init__(self, stub: Stub, *states: str) -> None:
        self.stub = stub
        self.instances = {
            each["id"]: each for each in (instance(n, state) for n, state in enumerate(states))
        }
        self.commands: list[tuple[str, str]] = []
        self.refusals: dict[str, Handler] = {}
        self.lag = 0
        self._moves: dict[str, list[str]] = {}
        stub.handler = self.handle

    def client(self, **settings: Any) -> AsyncOmnistrate:
        """A client that polls without waiting."""
        defaults: dict[str, Any] = {
            "base_url": self.stub.url,
            "retry": RetryPolicy(attempts=1),
            "polling": Polling(speed=1000),
        }
        return AsyncOmnistrate(token="t", **(defaults | settings))

    @property
    def states(self) -> list[str]:
        """The states of all instances."""
        return [each["status"] for each in self.instances.values()]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        if request.path == f"{BASE}/service-offering":
            offered = [
                service("Cache", plan("Pro", "Prod")),
                service("Queue", plan("Basic", "Dev")),
            ]
            return web.json_response({"services": offered})
        if request.path == f"{BASE}/subscription":
            every = [subscription(1, "cache", "pro"), subscription(2, "queue", "basic")]
            return web.json_response({"subscriptions": every})
        if request.path == INSTANCES:
            self._move()
            return web.json_response({"resourceInstances": list(self.instances.values())})
        return await self._command(request)

    async def _command(self, request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        command = name if name in MOVES else request.method
        (key,) = (part for part in request.path.split("/") if part in self.instances)
        if request.method == "GET":
            return web.json_response(self.instances[key])
        self.commands.append((command, key))
        if key in self.refusals:
            return await self.refusals[key](request)
        if command == "PATCH":
            given = (await request.json())["requestParams"]
            self.instances[key]["result_params"] = given
        if command == "version-upgrade":
            self.instances[key]["tierVersion"] = (await request.json())["targetVersion"]
        self._moves[key] = [self.instances[key]["status"]] * self.lag + list(MOVES[command])
        return web.Response(status=202)

    def _move(self) -> None:
        for key, states in list(self._moves.items()):
            state = states.pop(0)
            if not states:
                del self._moves[key]
            if state:
                self.instances[key]["status"] = state
            else:
                del self.instances[key]


def statuses(report: Report) -> list[str]:
    """The outcomes of a report."""
    return [str(outcome.status) for outcome in report.outcomes]


async def test_selection_by_names_and_states(stub: Stub) -> None:
    """Criteria name services, environments and plans; internal resources are never selected."""
    cloud = Cloud(stub, "RUNNING", "STOPPED", "RUNNING", "RUNNING")
    cloud.instances["instance-2"]["subscriptionId"] = "sub-2"
    cloud.instances["instance-3"]["resourceID"] = "r-injectedaccountconfig1"

    async def ids(client: AsyncOmnistrate, **criteria: Any) -> list[str]:
        found = await client.fleet.select(**criteria).list()
        return [each.instance.id.removeprefix("instance-") for each in found]

    async with cloud.client() as client:
        assert await ids(client) == ["0", "1", "2"]
        assert await ids(client, service="Cache") == ["0", "1"]
        assert await ids(client, service="cache", status="STOPPED") == ["1"]
        assert await ids(client, environment="Dev", plan=["Basic", "Pro"]) == ["2"]
        assert await ids(client, where=lambda each: each.id == "instance-0") == ["0"]
        assert await ids(client, plan="Gold") == []

    assert stub.paths.count(f"{BASE}/service-offering") == 1


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"status": "running"}, "status: 'running' is not one of"),
        ({"service": 3}, "service: expected a text or several, found int"),
        ({"plan": [3]}, "plan: expected text, found int"),
        ({"where": 3}, "where"),
    ],
)
def test_criteria_that_cannot_match(criteria: dict[str, Any], message: str) -> None:
    """A misspelt state or a wrong type is refused when instances are selected."""
    with pytest.raises(InvalidArgumentError, match=message):
        Criteria.of(**criteria)


@pytest.mark.parametrize(
    ("action", "states", "outcomes", "after"),
    [
        (
            "start",
            ["STOPPED", "RUNNING", "FAILED", "DEPLOYING"],
            ["done", "unchanged", "failed", "unchanged"],
            ["RUNNING", "RUNNING", "FAILED", "RUNNING"],
        ),
        (
            "stop",
            ["RUNNING", "STOPPED", "FAILED", "DELETING"],
            ["done", "unchanged", "failed", "unchanged"],
            ["STOPPED", "STOPPED", "FAILED", "DELETING"],
        ),
        (
            "restart",
            ["RUNNING", "FAILED", "STOPPED"],
            ["done", "done", "unchanged"],
            ["RUNNING", "RUNNING", "STOPPED"],
        ),
    ],
)
async def test_actions_do_what_states_need(
    stub: Stub, action: str, states: list[str], outcomes: list[str], after: list[str]
) -> None:
    """Only what needs a command gets one, and is followed to its goal."""
    cloud = Cloud(stub, *states)
    deploying = [key for key, each in cloud.instances.items() if each["status"] == "DEPLOYING"]
    cloud._moves = {key: ["DEPLOYING", "DEPLOYING", "RUNNING"] for key in deploying}
    async with cloud.client() as client:
        report = await getattr(client.fleet.select(), action)(wait=True)

    assert (statuses(report), cloud.states) == (outcomes, after)
    assert report.requests == len(stub.requests)


async def test_change_is_followed_although_its_state_lags(stub: Stub) -> None:
    """An instance that still shows `RUNNING` after the command is not taken for done."""
    cloud = Cloud(stub, "RUNNING", "RUNNING")
    cloud.lag = 2
    seen: list[str | None] = []
    async with cloud.client() as client:
        report = await client.fleet.select().update(
            parameters={"size": 3},
            wait=True,
            on_progress=lambda progress: seen.append(progress.outcome.after),
        )
        again = await client.fleet.select().update(parameters={"size": 3}, wait=True)

    assert statuses(report) == ["done", "done"]
    assert "DEPLOYING" in seen
    assert statuses(again) == ["unchanged", "unchanged"]


async def test_upgrade_to_a_version(stub: Stub) -> None:
    """Instances are brought to a version unless they run it."""
    cloud = Cloud(stub, "RUNNING", "STOPPED", "FAILED")
    cloud.instances["instance-1"]["tierVersion"] = "2.0"
    async with cloud.client() as client:
        report = await client.fleet.select().upgrade(target_version="2.0", wait=True)

    assert statuses(report) == ["done", "unchanged", "failed"]
    assert cloud.commands == [("version-upgrade", "instance-0")]


async def test_deletion_wants_the_number_of_instances(stub: Stub) -> None:
    """Nothing is deleted where the caller expects another number."""
    cloud = Cloud(stub, "RUNNING", "FAILED", "STOPPED")
    async with cloud.client() as client:
        selection = client.fleet.select(service="Cache")
        with pytest.raises(InvalidArgumentError, match="3 instances would be deleted, not 2"):
            await selection.delete(confirm=2)
        assert cloud.commands == []
        dry = await selection.delete(dry_run=True)
        report = await selection.delete(confirm=3, wait=True)

    assert statuses(dry) == ["planned"] * 3
    assert statuses(report) == ["done"] * 3
    assert cloud.instances == {}


async def test_refused_command(stub: Stub) -> None:
    """What the API refuses has failed with its reason, and others are not touched by it."""
    cloud = Cloud(stub, "RUNNING", "RUNNING")

    async def refuse(_: web.Request) -> web.StreamResponse:
        return web.json_response(problem("bad_request", "deletion protection is on"), status=400)

    cloud.refusals["instance-1"] = refuse
    async with cloud.client() as client:
        report = await client.fleet.select().delete(confirm=2, wait=True)

    assert statuses(report) == ["done", "failed"]
    assert report.failed[0].reason == "deletion protection is on"


async def test_instance_without_a_plan_on_offer_fails_alone(stub: Stub) -> None:
    """Where no plan explains an instance, its address is unknown, and so is how to act on it."""
    cloud = Cloud(stub, "RUNNING", "RUNNING")
    cloud.instances["instance-1"]["subscriptionId"] = "sub-9"
    async with cloud.client() as client:
        report = await client.fleet.select().stop(wait=True)

    assert statuses(report) == ["done", "failed"]
    assert "no plan on offer has resource r-node" in str(report.failed[0].reason)


async def test_map_calls_a_function_with_each_instance(stub: Stub) -> None:
    """A function is given each instance with its address and client."""
    cloud = Cloud(stub, "RUNNING", "STOPPED")

    async def state(each: AsyncFleetInstance) -> str:
        found = await each.cloud.instances.get(each.address, each.instance.id)
        return str(found.status)

    async with cloud.client() as client:
        report = await client.fleet.select().map(state)

    assert [outcome.result for outcome in report.outcomes] == ["RUNNING", "STOPPED"]
    assert f"{AT_ADDRESS}/instance-0?subscriptionId=sub-1" in stub.paths


async def test_cancelled_action_leaves_a_true_report(stub: Stub) -> None:
    """What was sent when an action is cancelled is unknown, and the rest is not sent."""
    cloud = Cloud(stub, *["RUNNING"] * 3)
    cloud.refusals["instance-2"] = gate = Gate()
    report = Report()
    async with cloud.client() as client:
        both_sent = asyncio.Event()

        def note(progress: FleetProgress) -> None:
            if len(progress.report.done) == 2:
                both_sent.set()

        stop = client.fleet.select().stop(report=report, on_progress=note)
        action = asyncio.create_task(stop)
        await gate.entered.wait()
        await both_sent.wait()
        action.cancel()
        with pytest.raises(asyncio.CancelledError):
            await action

    assert [o.status for o in report.outcomes[:2]] == [OutcomeStatus.DONE] * 2
    assert report.outcomes[2].status is OutcomeStatus.UNKNOWN
    assert not report.is_complete


async def test_watch_reports_changes(stub: Stub) -> None:
    """A watch sees states change, and instances of services that it has to look up."""
    cloud = Cloud(stub, "RUNNING", "RUNNING")
    cloud.instances["instance-1"]["subscriptionId"] = "sub-2"
    async with cloud.client() as client:
        events = client.fleet.watch(service="Cache", every=1, initial=True)
        first = await anext(events)
        cloud.instances["instance-1"]["status"] = "STOPPED"
        cloud.instances["instance-0"]["status"] = "STOPPING"
        second = await anext(events)

    assert (first.kind, second.kind) == (EventKind.APPEARED, EventKind.STATE_CHANGED)
    assert first.instance is not None
    assert (first.instance.id, second.to_dict()["after"]) == ("instance-0", "STOPPING")
    assert second.to_dict()["name"] == "instance-0"


async def test_fleet_of_several_clients(stub: Stub) -> None:
    """An instance that several clients see is acted on once."""
    cloud = Cloud(stub, "RUNNING")
    async with cloud.client() as one, cloud.client() as other:
        report = await AsyncFleet.of([one, other]).select().stop(wait=True)

    assert statuses(report) == ["done"]
    assert cloud.commands == [("stop", "instance-0")]


@pytest.fixture
def sync_cloud() -> Iterator[tuple[Cloud, Omnistrate]]:
    """A client without `await`, and its server in a thread of its own."""
    from anyio.from_thread import start_blocking_portal

    from tests.client.stub import Stub

    with start_blocking_portal() as portal:
        stub = Stub()
        portal.call(stub.__aenter__)
        cloud = Cloud(stub, "RUNNING", "STOPPED")
        with Omnistrate(token="t", base_url=stub.url, polling=Polling(speed=1000)) as client:
            yield cloud, client
        portal.call(stub.__aexit__)


def test_fleet_without_await(sync_cloud: tuple[Cloud, Omnistrate]) -> None:
    """The sync fleet selects, acts and maps as the async one does."""
    cloud, client = sync_cloud

    def is_running(each: Instance) -> bool:
        return each.status == "RUNNING"

    report = client.fleet.select(where=is_running).stop(wait=True)
    (each, _) = client.fleet.select(service="Cache").list()
    mapped = client.fleet.select().map(
        lambda one: (
            one.cloud.instances.get(each.place.address, one.instance.id).status
            if each.place
            else None
        )
    )

    assert statuses(report) == ["done"]
    assert [outcome.result for outcome in mapped.outcomes] == ["STOPPED", "STOPPED"]
    assert cloud.commands == [("stop", "instance-0")]
