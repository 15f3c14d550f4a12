"""Whether a service is already as a change would make it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.values import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.models.services import Service

_REPLICAS = {"num_replicas", "min_replicas", "max_replicas"}


def has_scaling(service: Service, asked: Mapping[str, Any]) -> bool:
    """Whether the baseline of a service's scaling is what is asked for, by argument's name."""
    plain = all(
        getattr(service, name) == value for name, value in asked.items() if name not in _REPLICAS
    )
    # A fixed number of replicas is shown in one way, and may be asked for in two.
    least = _first(service.min_replicas, service.num_replicas)
    most = _first(service.max_replicas, service.num_replicas)
    return plain and _replicas_fit(asked, least, most)


def runs_scaling(service: Service, asked: Mapping[str, Any]) -> bool:
    """Whether what is asked for is in force, or would be were it not for a schedule."""
    now = service.current_scaling
    if now.active_entry_id is not None:
        return True
    plain = all(
        getattr(now, f"effective_{name}") in {None, value}
        for name, value in asked.items()
        if name not in _REPLICAS
    )
    return plain and _replicas_fit(asked, now.effective_min_replicas, now.effective_max_replicas)


def has_changes(service: Service, asked: Mapping[str, Any]) -> bool:
    """Whether a service is what is asked for, by the API's names."""
    tags = {tag.key: tag.value or None for tag in service.tags or ()}
    sources = {entry.source: entry.description or None for entry in service.ip_access_list or ()}
    endpoints = set(service.private_endpoint_ids or ())
    protocols = {str(endpoint.protocol) for endpoint in service.endpoints or ()}
    return (
        _same(asked, "name", service.name)
        and _same(asked, "releaseChannel", service.release_channel)
        and _same(asked, "enableCoreDumps", service.enable_core_dumps)
        and _same(
            asked, "transparentDataEncryptionKeyId", service.transparent_data_encryption_key_id
        )
        and _has_entries(tags, asked.get("tags", {}), "key", "value")
        and _has_entries(sources, asked.get("ipAccessList", {}), "source", "description")
        and _has_ids(endpoints, asked.get("privateEndpointIds", {}))
        and all(
            (each["protocol"] in protocols) == each["enabled"]
            for each in asked.get("endpoints", ())
        )
    )


def _same(asked: Mapping[str, Any], name: str, value: object) -> bool:
    return bool(asked.get(name, value) == value)


def _has_entries(
    present: Mapping[str, str | Unset | None], change: Mapping[str, Any], identity: str, detail: str
) -> bool:
    added = {entry[identity]: entry.get(detail) or None for entry in change.get("add", ())}
    removed = {entry[identity] for entry in change.get("remove", ())} - added.keys()
    return not removed & present.keys() and all(
        present.get(name, UNSET) == value for name, value in added.items()
    )


def _has_ids(present: set[str], change: Mapping[str, Any]) -> bool:
    added = set(change.get("add", ()))
    removed = set(change.get("remove", ())) - added
    return added <= present and not removed & present


def _replicas_fit(asked: Mapping[str, Any], least: int | None, most: int | None) -> bool:
    wanted_least = asked.get("num_replicas", asked.get("min_replicas"))
    wanted_most = asked.get("num_replicas", asked.get("max_replicas"))
    return wanted_least in {None, least} and wanted_most in {None, most}


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
