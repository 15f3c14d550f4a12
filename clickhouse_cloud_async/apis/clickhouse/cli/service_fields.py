"""Fields of services in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.cli.states import state_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.cli.output import Fields
    from clickhouse_cloud_async.models import Service


def _size(service: Service) -> str | None:
    replicas = _range(
        service.min_replicas or service.num_replicas, service.max_replicas or service.num_replicas
    )
    memory = _range(
        service.min_replica_memory_gb or service.replica_memory_gb,
        service.max_replica_memory_gb or service.replica_memory_gb,
    )
    return f"{replicas} x {memory} GB" if replicas and memory else None


def _range(least: float | None, most: float | None) -> str | None:
    if least is None or most is None:
        return None
    return f"{least:g}" if least == most else f"{least:g}-{most:g}"


def _idling(service: Service) -> str:
    if not service.idle_scaling:
        return "never"
    minutes = service.idle_timeout_minutes
    return "yes" if minutes is None else f"after {minutes:g} minutes"


def _tags(service: Service) -> str:
    return " ".join(
        f"{tag.key}={tag.value}" if tag.value else tag.key for tag in service.tags or ()
    )


def _endpoints(service: Service) -> list[str]:
    return [f"{each.protocol} {each.host}:{each.port:g}" for each in service.endpoints or ()]


def _access(service: Service) -> list[str]:
    return [f"{entry.source} {entry.description or ''}" for entry in service.ip_access_list or ()]


CHANGED: Fields[Service] = {
    "name": lambda service: service.name,
    "state": lambda service: state_text(service.state),
}
"""Fields of a service after it was started, stopped or woken."""

COLUMNS: Fields[Service] = {
    **CHANGED,
    "region": lambda service: " ".join(filter(None, [service.provider, service.region])),
    "size": _size,
    "id": lambda service: service.id,
    "tags": _tags,
}
"""Fields in a list, the most important first."""

DETAILS: Fields[Service] = {
    **COLUMNS,
    "idles": _idling,
    "version": lambda service: service.clickhouse_version,
    "created": lambda service: service.created_at,
    "endpoints": _endpoints,
    "open to": _access,
}
"""Fields of a single service."""

FIELDS: Mapping[str, Fields[Any]] = {"list[Service]": COLUMNS, "Service": DETAILS}
"""Fields of results by type."""
