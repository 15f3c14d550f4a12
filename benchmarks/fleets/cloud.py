"""The emulated cloud of the cases on a virtual clock, and its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import AsyncClickHouseCloud
from clickhouse_cloud_async.emulator import Emulator, Latency, RequestLimit

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import EmulatedOrganization

ANSWER = 0.05
"""Seconds until a response."""


def in_state(state: str, services: int) -> list[dict[str, Any]]:
    """Return descriptions of a number of services."""
    return [{"name": f"service {number}", "state": state} for number in range(services)]


def open_cloud(services: list[dict[str, Any]], **options: Any) -> Emulator:
    """Return an emulator that enforces the API's rate limit and delays responses."""
    emulator = Emulator(services, rate_limit=RequestLimit(10), **options)
    emulator.faults.add(Latency(ANSWER))
    return emulator


def open_client(
    emulator: Emulator, organization: EmulatedOrganization | None = None
) -> AsyncClickHouseCloud:
    """Return a client with an organisation, and default options otherwise."""
    id_ = emulator.organization_id if organization is None else organization.id
    access = emulator if organization is None else organization
    return AsyncClickHouseCloud(
        access.api_key, access.api_secret, organization_id=id_, base_url=emulator.url
    )
