"""Services, and the resources with fields of a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .attributes import without_nothing

if TYPE_CHECKING:
    from .attributes import Attributes
    from .draft import Draft

_REPLICAS_OF_TOTAL = 3
"""Number of replicas that the deprecated totals of memory refer to."""

_PERIODS_WITH_START = (24, 48)

_PASSWORD = "the document has no passwords: the service keeps its own"  # noqa: S105 - words


def convert_service(draft: Draft, attributes: Attributes) -> None:
    """Convert a service with its backups, access list, tags and size."""
    service_id, name = attributes.take("id"), attributes.require("name")
    fields = {"name": name, **attributes.take_all(provider="cloud_provider")}
    fields |= attributes.take_all(
        *("region", "compliance_type", "byoc_id", "encryption_key", "release_channel"),
        *("encryption_assumed_role_identifier", "enable_core_dumps", "autoscaling_mode"),
        *("num_replicas", "min_replicas", "max_replicas", "idle_scaling"),
        is_readonly="readonly",
    )
    if not fields.get("is_readonly"):
        fields.pop("is_readonly", None)
    fields |= _memory(attributes) | _warehouse(draft, attributes)
    idle_timeout = attributes.take("idle_timeout_minutes")
    if fields.get("idle_scaling"):
        fields["idle_timeout_minutes"] = idle_timeout
    fields |= {
        "tags": attributes.take("tags"),
        "endpoints": _endpoints(attributes.take("endpoints")),
        "backup_configuration": _backups(attributes),
    }
    fields = without_nothing(fields)
    fields["ip_access_list"] = _addresses(attributes.take("ip_access"))
    encryption = attributes.section("transparent_data_encryption")
    if encryption is not None:
        encryption.drop("role_id")
        if encryption.take("enabled"):
            fields["has_transparent_data_encryption"] = True
    draft.add(attributes.notes, "services", fields, service_id)
    _add_query_endpoint(draft, attributes, name)
    attributes.drop("iam_role", "private_endpoint_config")
    attributes.lose("tier", "tiers are of older plans, and no request takes one any more")
    attributes.lose(
        "backup_id", "the backup that filled the service when it was created is history"
    )
    for name in ("password", "password_hash", "double_sha1_password_hash", "password_wo"):
        attributes.lose(name, _PASSWORD)
    attributes.drop("password_wo_version")


def convert_private_endpoints(draft: Draft, attributes: Attributes) -> None:
    """Convert the private endpoints that may reach a service."""
    ids = attributes.take("private_endpoint_ids") or []
    service_id = attributes.take("service_id")
    draft.fold(attributes.notes, "services", service_id, {"private_endpoint_ids": ids})


def convert_schedule(draft: Draft, attributes: Attributes) -> None:
    """Convert the scaling schedule of a service."""
    attributes.drop("id", "base_config")
    entries = [_entry(entry) for entry in attributes.sections("entries") or ()]
    service_id = attributes.take("service_id")
    draft.fold(attributes.notes, "services", service_id, {"scaling_schedule": entries})


def convert_encryption_key(draft: Draft, attributes: Attributes) -> None:
    """Convert the customer's key of an encrypted service."""
    key = attributes.take("key_id")
    service_id = attributes.take("service_id")
    fields = {"transparent_data_encryption_key_id": key}
    draft.fold(attributes.notes, "services", service_id, fields)


def convert_window(draft: Draft, attributes: Attributes) -> None:
    """Convert the upgrade window of a service."""
    attributes.drop("id", "duration")
    window = attributes.take_all("weekday", "start_hour_utc")
    service_id = attributes.take("service_id")
    draft.fold(attributes.notes, "services", service_id, {"upgrade_window": window})


def _memory(attributes: Attributes) -> dict[str, Any]:
    """Return the memory of a replica, directly or as a part of a deprecated total."""
    fields: dict[str, Any] = {}
    for bound in ("min", "max"):
        total = attributes.take(f"{bound}_total_memory_gb")
        replica = attributes.take(f"{bound}_replica_memory_gb")
        if replica is None and total is not None:
            replica = total / _REPLICAS_OF_TOTAL
        fields[f"{bound}_replica_memory_gb"] = _whole(replica)
    return fields


def _warehouse(draft: Draft, attributes: Attributes) -> dict[str, Any]:
    """Return the warehouse of a secondary; a primary has its own."""
    warehouse, is_primary = attributes.take("warehouse_id"), attributes.take("is_primary")
    if is_primary is not False or warehouse is None:
        return {}
    wanted = draft.names.primaries.get(str(warehouse))
    if wanted is None:
        return {"data_warehouse_id": warehouse}
    output = "data_warehouse_id"
    reference = draft.refer(attributes.notes, "warehouse_id", "services", wanted, output)
    return {"data_warehouse_id": reference}


def _endpoints(endpoints: Any) -> dict[str, bool] | None:
    """Return whether the only protocol that can be switched is enabled."""
    if isinstance(endpoints, Mapping):
        mysql = endpoints.get("mysql")
        return None if mysql is None else {"mysql": bool(mysql.get("enabled"))}
    if isinstance(endpoints, Sequence):
        # Schema version 0 lists the enabled protocols.
        return {"mysql": any(each.get("protocol") == "mysql" for each in endpoints)}
    return None


def _addresses(entries: Any) -> list[dict[str, Any]]:
    return [{name: text for name, text in entry.items() if text} for entry in entries or ()]


def _backups(attributes: Attributes) -> dict[str, Any] | None:
    section = attributes.section("backup_configuration")
    if section is None:
        return None
    fields = section.take_all("backup_period_in_hours", "backup_retention_period_in_hours")
    start = section.take("backup_start_time")
    if start:
        hour, _, minutes = start.partition(":")
        fields["backup_start_time"] = f"{int(hour):02}:{minutes}"
        # With a start time, the period is fixed.
        if fields.get("backup_period_in_hours") not in _PERIODS_WITH_START:
            fields.pop("backup_period_in_hours", None)
    return fields


def _add_query_endpoint(draft: Draft, attributes: Attributes, service: str) -> None:
    section = attributes.section("query_api_endpoints")
    if section is None:
        return
    notes, attribute = attributes.notes, "query_api_endpoints.api_key_ids"
    keys = [
        draft.named(notes, attribute, "api_keys", key) for key in section.take("api_key_ids") or ()
    ]
    fields = section.take_all("roles", "allowed_origins") | {"open_api_keys": keys}
    draft.add(notes, "query_endpoints", {"service": service, **fields})


def _entry(entry: Attributes) -> dict[str, Any]:
    fields = entry.take_all(
        *("name", "weekdays", "start_hour_utc", "end_hour_utc", "autoscaling_mode"),
        *("min_replica_memory_gb", "max_replica_memory_gb", "min_replicas", "max_replicas"),
        *("idle_scaling", "idle_timeout_minutes"),
    )
    least, most = fields.get("min_replicas"), fields.get("max_replicas")
    if least is not None and least == most and fields.get("autoscaling_mode") != "horizontal":
        # An entry that scales memory has one number of replicas.
        del fields["min_replicas"], fields["max_replicas"]
        fields["num_replicas"] = least
    return fields


def _whole(number: float | None) -> float | None:
    return int(number) if number is not None and float(number).is_integer() else number
