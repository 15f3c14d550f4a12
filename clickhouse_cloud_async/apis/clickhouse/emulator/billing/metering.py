"""Usage of each service, ClickPipe and Postgres service, also after its deletion."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import on_change, on_state, timer
from clickhouse_cloud_async.apis.clickhouse.emulator.services.schedules import (
    current_scaling,
    entries,
)
from clickhouse_cloud_async.emulation.clock import HOUR, elapsed_at, next_hour
from clickhouse_cloud_async.emulation.transitions import GONE

from . import series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Collection, Path

RUNNING: Mapping[str, frozenset[str]] = {
    "service": frozenset({"running", "degraded", "partially_running"}),
    "clickpipe": frozenset({"Running", "Degraded", "Snapshot", "Resync", "Modifying"}),
    "postgres": frozenset({"running"}),
}
"""The states in which an entity runs, by kind."""

LOADING = frozenset({"Snapshot", "Resync"})
"""The states in which a ClickPipe copies the existing data of its source."""

GROWTH = (1e3, 3e5)
"""Growth of a running service's data in bytes per second: minimum and maximum."""

_MILLICORES = 125
"""Default number of processors of a ClickPipe's replica."""

_SCHEDULE = "service.hour"


def usages(organization: Organization) -> Collection:
    """Return the usage of all entities, including deleted ones, by ID.

    Each entry has these properties:

    - ``kind`` and ``name``.
    - ``running``: series of its size, which is gigabytes of memory of a service, processors of a
      ClickPipe, 1 for a Postgres service, and 0 while it does not run.
    - ``loading``: the same during initial loads only.
    - ``growth``: growth of its data in bytes per second of running.
    - ``restored``: series of the bytes of restored data, or of all data if its size is known.
    - ``backups``: series of the bytes of its backups.
    - ``transferred``: bytes that a service sent or a ClickPipe ingested in each hour, as pairs of
      the beginning of the hour and the bytes, if they are counted.
    - ``ended``: time of its end, if it ended.
    """
    return organization.collection("_usage")


def uptime(organization: Organization, resource_id: str, moment: float | None = None) -> float:
    """Return the seconds for which an entity has run.

    Args:
        organization: Its organisation.
        resource_id: ID of a service, a ClickPipe or a Postgres service.
        moment: The end of the period, in emulated seconds; now if None.
    """
    running = usages(organization)[resource_id]["running"]
    return series.busy(running, -math.inf, organization.world.elapsed if moment is None else moment)


def data_bytes(organization: Organization, service_id: str, moment: float | None = None) -> int:
    """Return the size of a service's data.

    Args:
        organization: The organisation of the service.
        service_id: Its id.
        moment: The time, in emulated seconds; now if None.
    """
    usage = usages(organization)[service_id]
    restored = series.value_at(
        usage["restored"], organization.world.elapsed if moment is None else moment
    )
    return int(restored + usage["growth"] * uptime(organization, service_id, moment))


def note_data(organization: Organization, service_id: str, size: int) -> None:
    """Set the size of a service's data from now on, in place of an invented size.

    Args:
        organization: The organisation of the service.
        service_id: Its id.
        size: The size in bytes.
    """
    known = usages(organization)
    if service_id in known:
        usage = known[service_id]
        usage["growth"] = 0
        series.put(usage["restored"], organization.world.elapsed, size)


def note_transfer(organization: Organization, resource_id: str, size: int = 0) -> None:
    """Count bytes that a service sent or a ClickPipe ingested, in place of an invented rate.

    Args:
        organization: Its organisation.
        resource_id: ID of a service or a ClickPipe.
        size: The number of bytes; 0 if counting only begins.
    """
    known = usages(organization)
    if resource_id not in known:
        return
    transferred = known[resource_id].setdefault("transferred", [])
    if size:
        hour = next_hour(organization.world.elapsed) - HOUR
        if not transferred or transferred[-1][0] != hour:
            transferred.append([hour, 0])
        transferred[-1][1] += size


@on_state("service")
def _note_service(organization: Organization, path: Path, state: str) -> None:
    service = organization.world.store.document(path)
    scaling = current_scaling(organization, service)
    # An emulated service has no load, so its size is the minimum of its range.
    memory = scaling["effectiveMinReplicaMemoryGb"] * scaling["effectiveMinReplicas"]
    usage = _usage(organization, "service", service, memory)
    usage |= {
        "name": service["name"],
        "dataWarehouseId": service["dataWarehouseId"],
        "isPrimary": service["isPrimary"],
        "tags": list(service["tags"]),
    }
    _note(organization, usage, state, memory)
    if state == GONE:
        for pipe_id in organization.world.store.collection((*path, "clickpipes")):
            if pipe_id in usages(organization):
                _end(organization, pipe_id)
    elif entries(organization, service):
        organization.world.timers.set(path, _SCHEDULE, next_hour(organization.world.elapsed))


@timer(_SCHEDULE)
def _schedule_passed(organization: Organization, path: Path) -> None:
    """The entries of a schedule begin and end at full hours."""
    _note_service(organization, path, organization.world.store.document(path)["state"])


@on_state("clickpipe")
def _note_pipe(organization: Organization, path: Path, state: str) -> None:
    pipe = organization.world.store.document(path)
    scaling = pipe.get("scaling") or {}
    millicores = scaling.get("replicas", 1) * scaling.get("replicaCpuMillicores", _MILLICORES)
    usage = _usage(organization, "clickpipe", pipe, millicores / 1000)
    usage |= {"name": pipe["name"], "serviceId": path[len(organization.path) + 1]}
    loading = millicores / 1000 if state in LOADING else 0
    series.put(usage["loading"], organization.world.elapsed, loading)
    _note(organization, usage, state, millicores / 1000)


@on_state("postgres")
def _note_postgres(organization: Organization, path: Path, state: str) -> None:
    postgres = organization.world.store.document(path)
    usage = _usage(organization, "postgres", postgres, 1)
    usage["name"] = postgres["name"]
    _note(organization, usage, state, 1)


_NOTERS = {"services": _note_service, "clickpipes": _note_pipe, "postgres": _note_postgres}


@on_change
def _follow(call: Call) -> None:
    """Update running entities: a request may have changed their name or size."""
    organization = call.organization
    depth = len(organization.path)
    for path in (call.path[: depth + 2], call.path[: depth + 4]):
        note = _NOTERS.get(path[-2])
        if note is not None and path[-1] in usages(organization):
            document = organization.world.store.find(path)
            if document is None:
                _end(organization, path[-1])
            else:
                note(organization, path, document["state"])


def _usage(organization: Organization, kind: str, document: JsonObject, size: float) -> JsonObject:
    known = usages(organization)
    if document["id"] not in known:
        known[document["id"]] = {
            "id": document["id"],
            "kind": kind,
            "growth": organization.world.draw("growth", document["id"]).uniform(*GROWTH),
            "running": _before(document, size),
            "loading": [],
            "restored": [],
            "backups": [],
        }
    return known[document["id"]]


def _note(organization: Organization, usage: JsonObject, state: str, size: float) -> None:
    runs = state in RUNNING[usage["kind"]]
    series.put(usage["running"], organization.world.elapsed, size if runs else 0)
    if state == GONE:
        _end(organization, usage["id"])


def _end(organization: Organization, resource_id: str) -> None:
    usage = usages(organization)[resource_id]
    for name in ("running", "loading", "restored", "backups"):
        series.put(usage[name], organization.world.elapsed, 0)
    usage["ended"] = organization.world.elapsed


def _before(document: JsonObject, size: float) -> series.Series:
    """Return a series in which an entity has run since before emulated time began."""
    created = elapsed_at(datetime.fromisoformat(document["createdAt"]))
    return [[created, size]] if created < 0 else []
