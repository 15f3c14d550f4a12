"""Whether a service is already as a change would make it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.models.services import ServicePatchRequest
from clickhouse_cloud_async.apis.clickhouse.service_fields import FIELDS, address_of
from clickhouse_cloud_async.core.codec.types import model_fields
from clickhouse_cloud_async.core.values import UNSET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.models.services import Service

_REPLICAS = {"num_replicas", "min_replicas", "max_replicas"}
_NAMES = {field.wire: field.name for field in model_fields(ServicePatchRequest)}


def has_scaling(service: Service, asked: Mapping[str, Any]) -> bool:
    """Return whether the baseline of a service's scaling is as asked, by argument's name."""
    return all(FIELDS[name].read(service, name) == value for name, value in asked.items())


def runs_scaling(service: Service, asked: Mapping[str, Any]) -> bool:
    """Return whether the requested scaling is in force, or would be without a schedule."""
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
    """Return whether a service is as a change would make it, by the API's names.

    A field that this version does not know is never treated as already changed.
    """
    return all(
        name in _NAMES and _holds(service, _NAMES[name], change) for name, change in asked.items()
    )


def _holds(service: Service, name: str, change: Any) -> bool:
    field = FIELDS[name]
    actual = field.read(service, name)
    if field.entry is None:
        return bool(actual == change)
    added, removed = _entries(name, field.entry, change)
    return all(actual.get(key, UNSET) == value for key, value in added.items()) and not (
        (removed - added.keys()) & actual.keys()
    )


def _entries(
    name: str, entry: tuple[str, str | None], change: Any
) -> tuple[dict[str, Any], set[str]]:
    """Return the entries that a change adds, by key, and the keys that it removes."""
    key_name, value_name = entry

    def key_of(item: Any) -> str:
        key: str = item if value_name is None else item[key_name]
        return (address_of(key) or key) if name == "ip_access_list" else key

    def value_of(item: Any) -> Any:
        return True if value_name is None else item.get(value_name) or None

    if isinstance(change, list):  # on and off
        on = {key_of(item): True for item in change if value_of(item)}
        return on, {key_of(item) for item in change} - on.keys()
    added = {key_of(item): value_of(item) for item in change.get("add", ())}
    return added, {key_of(item) for item in change.get("remove", ())}


def _replicas_fit(asked: Mapping[str, Any], least: int | None, most: int | None) -> bool:
    wanted_least = asked.get("num_replicas", asked.get("min_replicas"))
    wanted_most = asked.get("num_replicas", asked.get("max_replicas"))
    return wanted_least in {None, least} and wanted_most in {None, most}
