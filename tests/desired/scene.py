"""A fleet that is changed to another one, with checks of its state."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import AsyncClickHouseCloud, Polling, RetryPolicy
from clickhouse_cloud_async.emulator import Emulator
from clickhouse_cloud_async.fleet import DesiredFleet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from clickhouse_cloud_async import Secret
    from clickhouse_cloud_async.core.messages import Request, Response
    from clickhouse_cloud_async.emulation.messages import RecordedRequest

SPEED = 6000.0
"""Emulated seconds per real second: a state passes in hundredths of one."""

_IN_FLEET = {"key": "chcloud.fleet", "value": "staging"}
_WAREHOUSE = "11111111-1111-4111-8111-111111111111"
_AWS = {"provider": "aws", "region": "eu-central-1"}

SERVICES: list[dict[str, Any]] = [
    {
        "name": "web",
        "state": "stopped",
        **_AWS,
        "tags": [{"key": "env", "value": "dev"}, {"key": "team", "value": "a"}],
        "ipAccessList": [{"source": "10.0.0.0/8", "description": "old"}, {"source": "192.0.2.7"}],
    },
    {"name": "cache", "state": "running", **_AWS, "idleScaling": False, "tags": [_IN_FLEET]},
    {
        "name": "old",
        "id": _WAREHOUSE,
        "state": "running",
        **_AWS,
        "dataWarehouseId": _WAREHOUSE,
        "tags": [_IN_FLEET],
    },
    {
        "name": "old-reader",
        "state": "stopped",
        **_AWS,
        "dataWarehouseId": _WAREHOUSE,
        "tags": [_IN_FLEET],
    },
    {"name": "foreign", "state": "stopped", "tags": [{"key": "env", "value": "dev"}]},
]
"""Services before: two of the fleet to go, one to change, one to adopt, and one of others."""

DOCUMENT = """
fleet: staging
defaults:
  services:
    provider: aws
    region: eu-central-1
    tags: {env: staging}
services:
  - name: etl
    state: stopped
    min_replica_memory_gb: 16
    max_replica_memory_gb: 32
    num_replicas: 2
    idle_scaling: false
    ip_access_list: [10.0.0.0/8, {source: 192.0.2.1, description: office}]
    endpoints: {mysql: true}
    backup_configuration: {backup_start_time: 02:00, backup_retention_period_in_hours: 48}
    scaling_schedule:
      - {name: nights, weekdays: [1, 2], start_hour_utc: 20, end_hour_utc: 6, num_replicas: 4}
    upgrade_window: {weekday: 2, start_hour_utc: 6}
  - name: reports
    state: running
    autoscaling_mode: horizontal
    min_replica_memory_gb: 32
    max_replica_memory_gb: 32
    min_replicas: 2
    max_replicas: 5
  - name: web
    state: running
    tags: {env: prod}
    idle_scaling: false
    ip_access_list: [{source: 10.0.0.0/8, description: new}]
    backup_configuration: {backup_period_in_hours: 12}
  - name: cache
    state: stopped
    release_channel: fast
    num_replicas: 2
    scaling_schedule: []
    upgrade_window: {weekday: 1, start_hour_utc: 12}
"""

FLEET = DesiredFleet.parse(DOCUMENT)


def open_emulator(
    services: Iterable[Mapping[str, Any]] = SERVICES,
    *,
    seed: int = 0,
    on_request: Callable[[RecordedRequest], None] | None = None,
) -> Emulator:
    """An emulator of the services before."""
    return Emulator(services, time_scale=SPEED, seed=seed, on_request=on_request)


def open_client(emulator: Emulator, *, attempts: int = 3) -> AsyncClickHouseCloud:
    """A client that is as fast as the emulator, and knows no budget."""
    return AsyncClickHouseCloud(
        emulator.api_key,
        emulator.api_secret,
        organization_id=emulator.organization_id,
        base_url=emulator.url,
        rate_limit=None,
        retry=RetryPolicy(attempts=attempts, first_wait=0.001, longest_wait=0.01),
        polling=Polling(speed=SPEED / 10),
    )


def truth(emulator: Emulator) -> dict[str, Any]:
    """Return what is true of each service that is not as good as gone."""
    emulator.advance(0)
    organization = emulator._organization(emulator.organization_id)
    found: dict[str, Any] = {}
    for service_id, service in organization.collection("services").items():
        if service["state"] == "terminated":
            continue
        below = (*organization.path, "services", service_id)
        facts = {name: service[name] for name in _FACTS if name in service}
        # A service that is idle runs.
        facts["state"] = {"idle": "running"}.get(service["state"], service["state"])
        facts["tags"] = {tag["key"]: tag.get("value") for tag in service["tags"]}
        facts["endpoints"] = sorted(each["protocol"] for each in service["endpoints"])
        schedule = organization.world.store.peek((*below, "scalingSchedule")) or {"entries": []}
        facts["schedule"] = [
            {name: value for name, value in entry.items() if name != "id"}
            for entry in schedule["entries"]
        ]
        backups = organization.world.store.peek((*below, "backupConfiguration"))
        assert backups is not None
        facts["backups"] = {name: value for name, value in backups.items() if name[0] != "_"}
        facts["window"] = organization.world.store.peek((*below, "upgradeWindow"))
        assert service["name"] not in found, "there are two services of one name"
        found[service["name"]] = facts
    return found


_FACTS = (
    "provider", "region", "ipAccessList", "autoscalingMode", "minReplicaMemoryGb",
    "maxReplicaMemoryGb", "numReplicas", "minReplicas", "maxReplicas", "idleScaling",
    "idleTimeoutMinutes", "releaseChannel",
)  # fmt: skip


class Cut:
    """Cancels a task at a request, as if its process was killed there.

    Args:
        cloud: The client that the task uses.
        at: At which request, counted from 1.
        is_carried_out: Whether the request still reaches the API.

    Attributes:
        happened: Whether there were that many requests.
    """

    def __init__(self, cloud: AsyncClickHouseCloud, at: int, *, is_carried_out: bool) -> None:
        self._transport = cloud._caller.transport
        self._send = self._transport.send
        self._at = at
        self._is_carried_out = is_carried_out
        self._count = 0
        self._task = asyncio.current_task()
        self.happened = False
        self._transport.send = self._cut  # type: ignore[method-assign] # to be in its way

    async def _cut(self, request: Request, authorization: Secret | None) -> Response:
        self._count += 1
        if self._count < self._at:
            return await self._send(request, authorization)
        if self._count == self._at and self._is_carried_out:
            await self._send(request, authorization)
        self.happened = True
        assert self._task is not None
        self._task.cancel()
        # Nothing of what the process was about to do happens any more.
        await asyncio.Event().wait()
        raise AssertionError
