"""The calls that meet the faults: one of each kind, and what a good server answers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async import AsyncClickHouseCloud, RetryPolicy
from tests.client.stub import KEY, ORGANIZATION, SECRET, SERVICE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ATTEMPTS = 3
"""How often a request is sent before the call gives up."""

PASSWORD = "planted-password"
"""A secret that answers hold."""

SERVICE_RESULT: dict[str, Any] = {"id": SERVICE, "name": "etl", "state": "running"}

GOOD: dict[str, Any] = {
    "GET": {"result": SERVICE_RESULT},
    "PUT": {"result": {"weekday": 1, "startHourUtc": 6, "duration": 6}},
    "DELETE": {"status": 200, "requestId": "r"},
    "POST": {"result": {"service": SERVICE_RESULT, "password": PASSWORD}},
}
"""What a good server answers, by HTTP method."""


@attrs.frozen
class Kind:
    """One kind of call.

    Attributes:
        method: HTTP method of its request.
        make: Makes the call.
    """

    method: str
    make: Callable[[AsyncClickHouseCloud], Awaitable[object]]


async def create(cloud: AsyncClickHouseCloud) -> object:
    """Create a service."""
    return await cloud.services.create(name="etl", provider="aws", region="us-east-1")


KINDS = (
    Kind("GET", lambda cloud: cloud.services.get(SERVICE)),
    Kind("PUT", lambda cloud: cloud.upgrade_windows.set(SERVICE, weekday=1, start_hour_utc=6)),
    Kind("DELETE", lambda cloud: cloud.services.delete(SERVICE)),
    Kind("POST", create),
)


def client(url: str, **settings: Any) -> AsyncClickHouseCloud:
    """A client without a rate limit of its own, which tries three times and waits for nothing."""
    defaults: dict[str, Any] = {
        "api_key": KEY,
        "api_secret": SECRET,
        "organization_id": ORGANIZATION,
        "base_url": url,
        "rate_limit": None,
        "retry": RetryPolicy(attempts=ATTEMPTS, first_wait=0),
        "max_response_bytes": 64 * 1024,
    }
    return AsyncClickHouseCloud(**(defaults | settings))
