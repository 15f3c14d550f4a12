"""Reverse private endpoints and the size of database pipes as kinds of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.desired.references import Reference
from clickhouse_cloud_async.emulator import Emulator
from clickhouse_cloud_async.fleet import DescriptionError

from .pipe_cases import CASES, ENDPOINTS, KAFKA
from .pipe_scene import bring_about, changes_of, check_export, described, running_service
from .scene import SPEED, open_client

if TYPE_CHECKING:
    from clickhouse_cloud_async import AsyncClickHouseCloud

_BY_SOURCE = {case.kind: case.fields for case in CASES}


def _endpoint(fields: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    fields = ENDPOINTS[0] if fields is None else fields
    return {"service": "clicks", "description": "db", **fields, **others}


async def _accepted(cloud: AsyncClickHouseCloud) -> str:
    """Wait until somebody has accepted the only endpoint, and return its id."""
    service = await cloud.services.get_by_name("clicks")
    (endpoint,) = await cloud.reverse_private_endpoints.list(service.id)
    await cloud.reverse_private_endpoints.wait_until(service.id, endpoint.id, "Ready")
    return endpoint.id


async def _is_gone(cloud: AsyncClickHouseCloud) -> bool:
    """Return whether no endpoint is there that is not on its way out."""
    service = await cloud.services.get_by_name("clicks")
    endpoints = await cloud.reverse_private_endpoints.list(service.id)
    return all(endpoint.status == "Deleting" for endpoint in endpoints)


@pytest.mark.parametrize("fields", ENDPOINTS, ids=lambda fields: str(fields["type"]))
async def test_life_of_an_endpoint(fields: dict[str, Any]) -> None:
    """An endpoint waits for its acceptance; what it leads to cannot change; it is deleted."""
    desired = described(reverse_private_endpoints=[_endpoint(fields)])
    async with running_service() as (_, cloud):
        report = await cloud.fleet.apply(await cloud.fleet.plan(desired))
        (outcome,) = report.outcomes
        assert outcome.status in {"waiting", "done"}
        if outcome.status == "waiting":
            assert outcome.reason == "accept the connection on the other side"
        assert (await cloud.fleet.plan(desired)).is_empty
        await _accepted(cloud)
        name, value = list(fields.items())[1]
        other = described(reverse_private_endpoints=[_endpoint({**fields, name: "other"})])
        (refused,) = (await cloud.fleet.plan(other)).refused
        assert f"{name}: {value} -> other" in str(refused.reason)
        gone = described(reverse_private_endpoints=[_endpoint({}, absent=True)])
        plan = await cloud.fleet.plan(gone)
        (await cloud.fleet.apply(plan, allow_delete=True)).raise_for_failures()
        assert await _is_gone(cloud)


async def test_dns_names_of_an_endpoint() -> None:
    """All names that lead to an endpoint are described; an empty list stands for none."""
    async with running_service() as (_, cloud):
        await cloud.fleet.apply(
            await cloud.fleet.plan(described(reverse_private_endpoints=[_endpoint()]))
        )
        await _accepted(cloud)
        for names in (["a.example", "b.example"], ["b.example", "*.c.example"], [], ["d.example"]):
            mappings = [{"private_dns_name": name} for name in names]
            endpoint = _endpoint(custom_private_dns_mappings=mappings)
            desired = described(reverse_private_endpoints=[endpoint])
            assert changes_of(await cloud.fleet.plan(desired))
            report = await bring_about(cloud, desired)
            assert report.outcomes[0].commands == ["update"]
        await check_export(cloud, "reverse_private_endpoints")


async def test_pipe_behind_an_endpoint() -> None:
    """A pipe waits for the endpoint that it goes through, and goes before it."""
    through = {"reverse_private_endpoint_ids": [Reference("reverse_private_endpoints", "db")]}
    pipe = {"service": "clicks", "name": "events", **_BY_SOURCE["kafka"]}
    pipe["source"] = {"kafka": {**KAFKA, **through}}
    desired = described(reverse_private_endpoints=[_endpoint()], clickpipes=[pipe])
    async with running_service() as (_, cloud):
        plan = await cloud.fleet.plan(desired)
        assert [item.kind for item in plan.items] == ["reverse_private_endpoints", "clickpipes"]
        await cloud.fleet.apply(plan)
        endpoint_id = await _accepted(cloud)
        report = await cloud.fleet.apply(await cloud.fleet.plan(desired))
        report.raise_for_failures()
        assert (await cloud.fleet.plan(desired)).is_empty
        service = await cloud.services.get_by_name("clicks")
        (made,) = await cloud.clickpipes.list(service.id)
        assert made.source is not None
        assert made.source.kafka is not None
        assert made.source.kafka.reverse_private_endpoint_ids == [endpoint_id]
        plan = await cloud.fleet.plan(desired, destroy=True)
        assert [item.kind for item in plan.items] == ["clickpipes", "reverse_private_endpoints"]
        (await cloud.fleet.apply(plan, allow_delete=True)).raise_for_failures()
        assert await _is_gone(cloud)


def _size(cores: int, **others: Any) -> dict[str, Any]:
    return {
        "service": "clicks",
        "replica_cpu_millicores": cores * 1000,
        "replica_memory_gb": cores * 4,
        **others,
    }


async def test_size_of_database_pipes() -> None:
    """The size comes with the first database pipe, changes, and needs no deletion."""
    pipe = {"service": "clicks", "name": "orders", **_BY_SOURCE["postgres"]}
    both = described(clickpipes=[pipe], cdc_infrastructure=[_size(2)])
    async with running_service() as (_, cloud):
        plan = await cloud.fleet.plan(both)
        assert [item.kind for item in plan.items] == ["clickpipes", "cdc_infrastructure"]
        (await cloud.fleet.apply(plan)).raise_for_failures()
        await _has_size(cloud, 2)
        assert (await cloud.fleet.plan(both)).is_empty
        larger = described(cdc_infrastructure=[_size(3)])
        assert changes_of(await cloud.fleet.plan(larger)) == [
            "replica_cpu_millicores",
            "replica_memory_gb",
        ]
        (await cloud.fleet.apply(await cloud.fleet.plan(larger))).raise_for_failures()
        await _has_size(cloud, 3)
        assert (await cloud.fleet.plan(larger)).is_empty
        await check_export(cloud, "clickpipes", "cdc_infrastructure")
        plan = await cloud.fleet.plan(both, destroy=True)
        assert [item.kind for item in plan.items] == ["clickpipes"]


async def test_sizes_of_several_services() -> None:
    """Each service has a size of its own, which no ID but the service's tells apart."""
    names = ("clicks", "orders")
    pipes = [{"service": name, "name": "cdc", **_BY_SOURCE["postgres"]} for name in names]
    sizes = [_size(cores, service=name) for cores, name in enumerate(names, start=2)]
    running = [{"name": name, "state": "running", "idleScaling": False} for name in names]
    with Emulator(running, time_scale=SPEED) as emulator:
        async with open_client(emulator) as cloud:
            await bring_about(cloud, described(clickpipes=pipes))
            desired = described(cdc_infrastructure=sizes)
            (await cloud.fleet.apply(await cloud.fleet.plan(desired))).raise_for_failures()
            for cores, name in enumerate(names, start=2):
                await _has_size(cloud, cores, name)
            assert (await cloud.fleet.plan(desired)).is_empty


async def _has_size(cloud: AsyncClickHouseCloud, cores: int, name: str = "clicks") -> None:
    """Wait until the size of a service's database pipes has taken effect."""
    service = await cloud.services.get_by_name(name)
    await cloud.clickpipes.wait_until_cdc_scaling(
        service.id, lambda size: size.replica_cpu_millicores == cores * 1000
    )


async def test_size_without_database_pipes() -> None:
    """A service without database pipes has no size that could change."""
    async with running_service() as (_, cloud):
        plan = await cloud.fleet.plan(described(cdc_infrastructure=[_size(2)]))
        report = await cloud.fleet.apply(plan)
        assert report.outcomes[0].status == "failed"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"replica_cpu_millicores": 1500}, "1500 is not a whole core"),
        ({"replica_memory_gb": 10}, "is 8 for 2000 millicores"),
    ],
)
def test_mistakes_of_sizes(fields: dict[str, Any], reason: str) -> None:
    """Memory follows from whole cores."""
    with pytest.raises(DescriptionError, match=reason):
        described(cdc_infrastructure=[_size(2, **fields)])
