"""The size that all database pipes of a service share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import timer
from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

GIGABYTES_PER_CORE: Final = 4
DELAY: Final = 180.0
"""Emulated seconds until a new size takes effect."""

_TIMER = "clickpipe.cdc_scaling"
_WANTED = "_wanted"


def provide(organization: Organization, service_path: Path) -> None:
    """Set the initial size of a service's database pipes, if they have none."""
    path = (*service_path, "clickpipesCdcScaling")
    if organization.world.store.find(path) is None:
        organization.world.store.put(path, _size(1))


def change(organization: Organization, path: Path, body: JsonObject) -> JsonObject:
    """Start a change of the size of database pipes.

    Args:
        organization: Their organisation.
        path: The path of the size's document.
        body: Processor, memory or both; each determines the other.

    Returns:
        The future size.

    Raises:
        Problem: 404 before the first database pipe was provisioned, 400 if nothing is given or
            processor and memory do not match.
    """
    document = organization.world.store.document(path)
    millicores, memory = body.get("replicaCpuMillicores"), body.get("replicaMemoryGb")
    if millicores is not None:
        wanted = _size(millicores // 1000)
    elif memory is not None:
        wanted = _size(int(memory) // GIGABYTES_PER_CORE)
    else:
        raise bad_request("replicaCpuMillicores: is required")
    if memory not in (None, wanted["replicaMemoryGb"]):
        raise bad_request(f"replicaMemoryGb: must be {GIGABYTES_PER_CORE} for each core")
    document[_WANTED] = wanted
    organization.world.timers.set(path, _TIMER, organization.world.elapsed + DELAY)
    return wanted


@timer(_TIMER)
def _take_effect(organization: Organization, path: Path) -> None:
    document = organization.world.store.document(path)
    document.update(document.pop(_WANTED))


def _size(cores: int) -> JsonObject:
    return {"replicaCpuMillicores": cores * 1000, "replicaMemoryGb": cores * GIGABYTES_PER_CORE}
