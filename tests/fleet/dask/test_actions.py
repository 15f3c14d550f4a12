"""Actions on the services of many keys, by the processes of a real cluster."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("distributed", reason="the extra dask is not installed")
from distributed import Client, get_worker

from clickhouse_cloud_async import InvalidArgumentError, Secret
from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse, FailedTransition, LostResponse
from clickhouse_cloud_async.fleet import OutcomeStatus, Report
from clickhouse_cloud_async.fleet.dask import AsyncDaskFleet, FleetKey, work
from tests.fleet.clouds import by_name, carried_out, services, statuses

from .conftest import address_of
from .keys import OPTIONS, add_keys, check_budgets, documents, until

if TYPE_CHECKING:
    from clickhouse_cloud_async.fleet import AsyncFleetService, FleetProgress
    from clickhouse_cloud_async.models import Service

STATES = ["stopped", "running", "idle", "stopped", "stopping", "failed"] * 4


async def test_truth(client: Client, emulator: Emulator) -> None:
    """Whatever goes wrong, the merged report says what is true, and no key exceeds its budget."""
    keys = add_keys(emulator, 6, services(STATES))
    emulator.faults.add(FailedTransition(), probability=0.05)
    emulator.faults.add(ErrorResponse(), probability=0.02)
    emulator.faults.add(LostResponse(), probability=0.02)
    told: list[FleetProgress] = []

    report = await (
        AsyncDaskFleet(client, keys, **OPTIONS).select().start(wait=True, on_progress=told.append)
    )

    truth = documents(emulator, keys)
    assert report.is_complete
    assert [outcome.id for outcome in report.outcomes] == list(truth)
    assert report.requests == len(emulator.requests)
    check_budgets(emulator, keys)
    for outcome in report.outcomes:
        assert outcome.after == truth[outcome.id]["state"]
        assert outcome.commands == carried_out(emulator, outcome.id)
        is_up = outcome.after in {"running", "idle", "degraded"}
        assert is_up == (outcome.status in {OutcomeStatus.DONE, OutcomeStatus.UNCHANGED})
    assert told[-1].finished == told[-1].total == len(truth)
    assert {news.outcome.id for news in told} == truth.keys()
    assert any(news.remaining_seconds for news in told)
    assert told[-1].remaining_seconds == 0


async def test_workers_share_keys(client: Client, emulator: Emulator) -> None:
    """Each key stays on one worker, whoever uses it, and together they keep to its budget."""
    # So many that it does not happen that one of the two workers gets all of them.
    keys = add_keys(emulator, 16, services(["stopped"] * 5))

    async def where(_each: AsyncFleetService) -> str:
        address: str = get_worker().address
        return address

    first = await AsyncDaskFleet(client, keys, **OPTIONS).select().map(where)
    with Client(address_of(client)) as other:
        fleets = [AsyncDaskFleet(each, keys[::-1], **OPTIONS) for each in (client, other)]
        _, second = await asyncio.gather(
            fleets[0].select().start(wait=True), fleets[1].select().map(where)
        )

    places = {outcome.organization_id: outcome.result for outcome in first.outcomes}
    assert places == {outcome.organization_id: outcome.result for outcome in second.outcomes}
    assert len(set(places.values())) == 2
    check_budgets(emulator, keys)


async def test_asynchronous_client(client: Client, emulator: Emulator) -> None:
    """A client of this event loop does as well as one with a loop of its own."""
    keys = add_keys(emulator, 2, services(["stopped"]))

    async with Client(address_of(client), asynchronous=True) as asynchronous:
        report = await AsyncDaskFleet(asynchronous, keys, **OPTIONS).select().start(wait=True)

    assert [str(outcome.status) for outcome in report.outcomes] == ["done"] * 2


@pytest.mark.parametrize(
    ("action", "arguments", "expected"),
    [
        ("stop", {}, "stopping"),
        ("wake", {}, "running"),
        ("restart", {"wait": True}, "running"),
        ("scale", {"num_replicas": 4}, "running"),
        ("update", {"tags": {"add": [{"key": "env", "value": "dev"}]}}, "running"),
    ],
)
async def test_actions(
    client: Client, still: Emulator, action: str, arguments: dict[str, Any], expected: str
) -> None:
    """Each action does what it does in one process."""
    keys = add_keys(still, 2, services(["running"]))
    selection = AsyncDaskFleet(client, keys, **OPTIONS).select()

    dry = await getattr(selection, action)(dry_run=True, **arguments)
    assert not [request for request in still.requests if request.method != "GET"]
    assert dry.action == action

    running = asyncio.create_task(getattr(selection, action)(**arguments))
    while not running.done():
        await asyncio.sleep(0.05)
        still.advance(60 if arguments.get("wait") else 0)
    report = running.result()

    planned = {"unchanged"} if action == "wake" else {"planned"}
    assert {str(outcome.status) for outcome in dry.outcomes} == planned
    assert {outcome.after for outcome in report.outcomes} == {expected}
    assert report.is_success
    truth = documents(still, keys)
    assert {document["state"] for document in truth.values()} == {expected}


async def test_passwords(client: Client, still: Emulator) -> None:
    """New passwords come back, as secrets."""
    keys = add_keys(still, 2, services(["running"]))

    report = await AsyncDaskFleet(client, keys).select().reset_passwords()

    assert len({outcome.result for outcome in report.outcomes}) == 2
    assert all(isinstance(outcome.result, Secret) for outcome in report.outcomes)


async def test_list(client: Client, still: Emulator) -> None:
    """Services are listed in the order of their keys; their clients are elsewhere."""
    keys = add_keys(still, 3, services(["running", "stopped"]))

    def is_meant(service: Service) -> bool:
        return service.name == "s1"

    found = await AsyncDaskFleet(client, keys).select(where=is_meant).list()

    assert [each.organization_id for each in found] == [key.organization_id for key in keys]
    assert [each.service.state for each in found] == ["stopped"] * 3
    with pytest.raises(ConfigurationError, match="on a worker"):
        await found[0].cloud.services.get(found[0].service.id)


async def test_deletion(client: Client, still: Emulator) -> None:
    """Nothing is deleted unless the caller knows how many services all keys have together."""
    keys = add_keys(still, 3, services(["stopped", "stopped"]))
    selection = AsyncDaskFleet(client, keys).select()
    report = Report()

    with pytest.raises(InvalidArgumentError, match="6 services would be deleted, not 2"):
        await selection.delete(confirm=2, report=report)
    assert len(documents(still, keys)) == 6
    assert report.requests == 3
    assert not report.is_complete

    report = await selection.delete(confirm=6)
    assert report.requests == 3 + 3 + 6
    assert {outcome.status for outcome in report.outcomes} == {OutcomeStatus.DONE}


async def test_bad_key(client: Client, still: Emulator) -> None:
    """A key that the API refuses hides nothing of the others."""
    good, other = add_keys(still, 2, services(["stopped"]))
    bad = FleetKey(
        organization_id=other.organization_id,
        api_key=other.api_key,
        api_secret="wrong",
        base_url=still.url,
    )
    fleet = AsyncDaskFleet(client, [bad, good])

    report = await fleet.select().start()

    assert statuses(report) == {"s0": "done"}
    (failure,) = report.failures
    assert (failure.member, failure.organization_id) == (0, bad.organization_id)
    assert "401" in str(failure.error)
    with pytest.raises(type(failure.error)):
        await fleet.select().list()
    failures: list[Any] = []
    assert len(await fleet.select().list(failures=failures)) == 1
    assert len(failures) == 1


async def test_two_keys_of_an_organization(client: Client, still: Emulator) -> None:
    """A service that two keys see is told once."""
    (key,) = add_keys(still, 1, services(["stopped"] * 3))
    added = still.add_key("another", organization_id=key.organization_id)
    other = FleetKey(
        organization_id=key.organization_id,
        api_key=added.api_key,
        api_secret=added.api_secret,
        base_url=still.url,
    )

    report = await AsyncDaskFleet(client, [key, other]).select().start()

    assert len(report.outcomes) == 3
    assert Counter(r.operation_id for r in still.requests) == {
        "instanceGetList": 2,
        "instanceStateUpdate": 3,
    }


async def test_stop_on_error(client: Client, still: Emulator) -> None:
    """After a failure no key begins with a further service."""
    keys = add_keys(still, 4, services(["running"] * 5))
    failing = keys[0].organization_id

    async def fail_or_wait(each: AsyncFleetService) -> None:
        if each.organization_id == failing:
            raise LookupError(each.service.name)
        (task,) = (
            task
            for task in work._register._tasks.values()
            if task.assignment.keys[0].organization_id == each.organization_id
        )
        await until(lambda: task._is_stopped)

    report = await (
        AsyncDaskFleet(client, keys).select().map(fail_or_wait, on_error="stop", at_once=1)
    )

    counts = Counter((o.organization_id == failing, str(o.status)) for o in report.outcomes)
    assert counts[True, "failed"] == 1
    assert counts[True, "not_sent"] == 4
    # Where somebody had begun, that was brought to its end.
    assert counts[False, "done"] <= 3
    assert counts[False, "done"] + counts[False, "not_sent"] == 15


async def test_function_that_cannot_be_sent(client: Client, still: Emulator) -> None:
    """What cannot be sent is refused before anything is done; a result that cannot is left out."""
    keys = add_keys(still, 1, services(["running"]))
    selection = AsyncDaskFleet(client, keys).select()
    loop = asyncio.get_running_loop()

    async def hold(_each: AsyncFleetService) -> object:
        return loop

    async def make(each: AsyncFleetService) -> object:
        return each.cloud

    with pytest.raises(InvalidArgumentError, match="cannot be sent"):
        await selection.map(hold)
    assert not still.requests

    report = await selection.map(make)
    (outcome,) = report.outcomes
    assert outcome.status is OutcomeStatus.DONE
    assert outcome.result is None
    assert "cannot be sent" in str(outcome.reason)


async def test_raising_criterion(client: Client, still: Emulator) -> None:
    """What a criterion raises on a worker comes to the caller, and what it is told stays true."""
    keys = add_keys(still, 2, services(["stopped"]))
    report = Report()

    with pytest.raises(ZeroDivisionError):
        await AsyncDaskFleet(client, keys).select(where=lambda _s: 1 / 0).start(report=report)

    assert not report.outcomes
    assert not report.is_complete
    assert report.requests >= 1


async def test_raising_progress(client: Client, still: Emulator) -> None:
    """What a callback raises ends the action, and the report says what was sent."""
    keys = add_keys(still, 2, services(["stopped"]))
    report = Report()

    def fail(_progress: FleetProgress) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        await (
            AsyncDaskFleet(client, keys).select().start(wait=True, on_progress=fail, report=report)
        )

    sent = [outcome.id for outcome in report.outcomes if outcome.commands]
    truth = documents(still, keys)
    assert {truth[service]["state"] for service in sent} == {"starting"}
    assert not report.is_complete


async def test_timeout(client: Client, still: Emulator) -> None:
    """The time limit holds on the workers."""
    keys = add_keys(still, 2, services(["stopped"]))

    report = await AsyncDaskFleet(client, keys).select().start(wait=True, timeout=0.5)

    assert [str(outcome.status) for outcome in report.outcomes] == ["sent"] * 2
    assert by_name(report)["s0"].after == "starting"
