"""The cloud of the cases on a virtual clock, and how clients get to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import AsyncClickHouseCloud
from clickhouse_cloud_async.emulator import Emulator, Latency, RequestLimit

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import EmulatedOrganization

ANSWER = 0.05
"""Seconds that an answer takes."""


def in_state(state: str, services: int) -> list[dict[str, Any]]:
    """Descriptions of so many services."""
    return [{"name": f"service {number}", "state": state} for number in range(services)]


def open_cloud(services: list[dict[str, Any]], **options: Any) -> Emulator:
    """An emulator that enforces the API's rate limit and takes its time to answer."""
    emulator = Emulator(services, rate_limit=RequestLimit(10), **options)
    emulator.faults.add(Latency(ANSWER))
    return emulator


def open_client(
    emulator: Emulator, organization: EmulatedOrganization | None = None
) -> AsyncClickHouseCloud:
    """A client that knows its organisation, and is as it is without options apart from that."""
    id_ = emulator.organization_id if organization is None else organization.id
    access = emulator if organization is None else organization
    return AsyncClickHouseCloud(
        access.api_key, access.api_secret, organization_id=id_, base_url=emulator.url
    )
