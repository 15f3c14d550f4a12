"""Stale reads, from which existing resources are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import Emulator, ErrorResponse, StaleRead
from clickhouse_cloud_async.fleet import DesiredFleet

from .clouds import open_client, open_emulator, statuses

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.faults import AddedFault, Fault
    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.models import ResourceTagDict

LONG = StaleRead(1000.0)
MINE: list[ResourceTagDict] = [{"key": "chcloud.fleet", "value": "f"}]
DESIRED = DesiredFleet.parse(
    "fleet: f\ndefaults: {services: {provider: aws, region: us-east-1}}\nservices: [name: a]\n"
)


@pytest.mark.parametrize(
    ("count", "operation", "fault"),
    [(1, "instanceGet", ErrorResponse(404)), (2, "instanceGetList", LONG)],
)
async def test_an_action_bears_that_a_service_is_missing_from_one_read(
    count: int, operation: str, fault: Fault
) -> None:
    """It was in the list of the selection, so it is polled again."""
    added: list[AddedFault] = []

    def on_read(request: RecordedRequest) -> None:
        if added:
            emulator.advance(20)
        elif request.operation_id == "instanceGetList":
            added.append(emulator.faults.add(fault, operation=operation, count=1))

    emulator = Emulator(time_scale=0, on_request=on_read)
    async with emulator, open_client(emulator) as other, open_client(emulator) as cloud:
        # Keeps what was there before, for the other fault.
        emulator.faults.add(LONG, operation="backupGetList")
        for number in range(count):
            await other.services.create(name=f"s{number}", provider="aws", region="us-east-1")
        report = await cloud.fleet.select().start(wait=True)

    assert [each.happened for each in added] == [1]
    assert statuses(report) == {f"s{number}": "unchanged" for number in range(count)}
    assert {outcome.after for outcome in report.outcomes} == {"running"}


async def test_a_plan_knows_what_its_client_has_created() -> None:
    """What a list does not show yet is asked for by its ID, and not wanted again."""
    async with (
        open_emulator([]) as emulator,
        open_client(emulator) as other,
        open_client(emulator) as cloud,
    ):
        emulator.faults.add(LONG, operation="instanceGetList")
        created = await cloud.services.create(
            name="a", provider="aws", region="us-east-1", tags=MINE
        )
        plan = await cloud.fleet.plan(DESIRED)
        elsewhere = await other.fleet.plan(DESIRED)
        selected = await cloud.fleet.select(tags={"chcloud.fleet": "f"}).list()
        unrelated = await cloud.fleet.select(name="b*").list()

    assert plan.items == ()
    assert [item.name for item in elsewhere.additions] == ["a"]
    assert [each.service.id for each in selected] == [created.service.id]
    assert unrelated == []


async def test_a_plan_forgets_what_its_client_has_deleted() -> None:
    """It is wanted again, and not looked for."""
    async with open_emulator([]) as emulator, open_client(emulator) as cloud:
        emulator.faults.add(LONG, operation="instanceGetList")
        created = await cloud.services.create(
            name="a", provider="aws", region="us-east-1", tags=MINE
        )
        await cloud.services.delete(created.service.id)
        plan = await cloud.fleet.plan(DESIRED)

    assert [item.name for item in plan.additions] == ["a"]
