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
from clickhouse_cloud_async.emulation.clock import elapsed_at, next_hour
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
"""The states in which something runs, by kind."""

LOADING = frozenset({"Snapshot", "Resync"})
"""The states in which a ClickPipe copies what its source holds already."""

GROWTH = (1e3, 3e5)
"""By how many bytes the data of a service grows in a second of running: the least and most."""

_MILLICORES = 125
"""Processor of a ClickPipe's replica about which nothing was said."""

_SCHEDULE = "service.hour"


def usages(organization: Organization) -> Collection:
    """Return the usage of all entities, including deleted ones, by ID.

    Each entry has its ``kind`` and ``name``, and in ``running`` the series of its size: gigabytes
    of memory of a service, processors of a ClickPipe, 1 of a Postgres service, and 0 while it does
    not run; ``loading`` is the same for the time of initial loads. ``growth`` says by how many
    bytes its data grows in a second of running, ``restored`` is the series of the bytes that it
    had before, or of all where they are known, ``backups`` that of the bytes of its backups, and
    ``ended`` the last moment of what ended.
    """
    return organization.collection("_usage")


def uptime(organization: Organization, resource_id: str, moment: float | None = None) -> float:
    """For how many seconds something has run.

    Args:
        organization: What it belongs to.
        resource_id: Id of a service, a ClickPipe or a Postgres service.
        moment: By when, in emulated seconds; now if None.
    """
    running = usages(organization)[resource_id]["running"]
    return series.busy(running, -math.inf, organization.world.elapsed if moment is None else moment)


def data_bytes(organization: Organization, service_id: str, moment: float | None = None) -> int:
    """Return the size of a service's data.

    Args:
        organization: What the service belongs to.
        service_id: Its id.
        moment: When, in emulated seconds; now if None.
    """
    usage = usages(organization)[service_id]
    restored = series.value_at(
        usage["restored"], organization.world.elapsed if moment is None else moment
    )
    return int(restored + usage["growth"] * uptime(organization, service_id, moment))


def note_data(organization: Organization, service_id: str, size: int) -> None:
    """Let a service hold so many bytes from now on, in place of data that is made up.

    Args:
        organization: What the service belongs to.
        service_id: Its id.
        size: How many bytes.
    """
    known = usages(organization)
    if service_id in known:
        usage = known[service_id]
        usage["growth"] = 0
        series.put(usage["restored"], organization.world.elapsed, size)


@on_state("service")
def _note_service(organization: Organization, path: Path, state: str) -> None:
    service = organization.world.store.document(path)
    scaling = current_scaling(organization, service)
    # Nothing loads an emulated service, so it has no more than the least of its range.
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
    """Look at what goes on running: a request may have changed its name or its size."""
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
    """Return runs in which what was made before emulated time began has run ever since."""
    created = elapsed_at(datetime.fromisoformat(document["createdAt"]))
    return [[created, size]] if created < 0 else []
