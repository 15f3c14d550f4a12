"""Metering of usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.apis.clickhouse.emulator.billing import metering
from clickhouse_cloud_async.apis.clickhouse.emulator.billing.billing import cost_records
from clickhouse_cloud_async.apis.clickhouse.emulator.organizations import add_organization
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY
from clickhouse_cloud_async.apis.clickhouse.emulator.services.population import populate
from clickhouse_cloud_async.emulation.clock import START
from clickhouse_cloud_async.emulation.transitions import GONE

from .worlds import new_world

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.store import Path

PIPE = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def organization() -> Organization:
    """An organisation with one service, in a cloud whose time stands still."""
    world = new_world()
    organization = add_organization(world, "test")
    populate(organization, [{"state": "running", "idleScaling": False}])
    return organization


def _add_pipe(organization: Organization) -> Path:
    (service_id,) = organization.collection("services")
    path = (*organization.path, "services", service_id, "clickpipes", PIPE)
    scaling = {"replicas": 2, "replicaCpuMillicores": 500}
    facts = {"id": PIPE, "name": "pipe", "state": "Running", "scaling": scaling}
    organization.world.store.put(path, facts | {"createdAt": organization.timestamp})
    REGISTRY.entered("clickpipe", organization, path, "Running")
    return path


def _pipe_costs(organization: Organization) -> list[float]:
    day = START.date()
    return [
        record["totalCHC"]
        for record in cost_records(organization, day, day, [])
        if record["entityType"] == "clickpipe"
    ]


def test_pipes_cost_what_they_run_with(organization: Organization) -> None:
    """A ClickPipe has a row of its own, beside that of the service that it belongs to."""
    path = _add_pipe(organization)
    organization.world.advance(3600)
    (hour,) = _pipe_costs(organization)
    REGISTRY.entered("clickpipe", organization, path, "Stopped")
    organization.world.advance(3600)

    assert hour > 0
    assert _pipe_costs(organization) == [hour]
    assert metering.uptime(organization, PIPE) == 3600


def test_initial_loads_are_told_apart(organization: Organization) -> None:
    """What a pipe copies at first costs under another name than what it brings in later."""
    path = _add_pipe(organization)
    metrics: list[dict[str, float]] = []
    for state in ("Snapshot", "Running"):
        REGISTRY.entered("clickpipe", organization, path, state)
        organization.world.advance(3600)
        day = START.date()
        (record,) = (
            item
            for item in cost_records(organization, day, day, [])
            if item["entityType"] == "clickpipe"
        )
        metrics.append(record["metrics"])

    first, second = metrics
    assert first["initialLoadCHC"] > 0
    assert first["dataTransferCHC"] == 0
    assert second["initialLoadCHC"] == second["dataTransferCHC"] == first["initialLoadCHC"]
    assert second["computeCHC"] == pytest.approx(2 * first["computeCHC"])


@pytest.mark.parametrize("kind", ["clickpipe", "service"])
def test_pipes_end_with_their_service(organization: Organization, kind: str) -> None:
    """What is gone runs no more, and neither does what belonged to it; its costs stay."""
    path = _add_pipe(organization)
    organization.world.advance(3600)
    ended = path if kind == "clickpipe" else path[:-2]
    REGISTRY.entered(kind, organization, ended, GONE)
    organization.world.store.remove(ended)
    costs = _pipe_costs(organization)
    organization.world.advance(3600)

    assert len(costs) == 1
    assert _pipe_costs(organization) == costs
    assert metering.usages(organization)[PIPE]["ended"] == 3600


def test_data_grows_with_the_uptime(organization: Organization) -> None:
    """A service has as much data as it had time to gather, and keeps it when it stops."""
    (service_id,) = organization.collection("services")
    path = (*organization.path, "services", service_id)
    sizes = [metering.data_bytes(organization, service_id)]
    for state in ("running", "stopped"):
        REGISTRY.entered("service", organization, path, state)
        organization.world.advance(3600)
        sizes.append(metering.data_bytes(organization, service_id))

    assert 0 < sizes[0] < sizes[1] == sizes[2]
    assert metering.data_bytes(organization, service_id, 1800) == pytest.approx(
        (sizes[0] + sizes[1]) / 2, abs=1
    )
