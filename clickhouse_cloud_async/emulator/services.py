"""A service of the emulated organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.emulator.scaling import baseline, current_scaling, is_active

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.lifecycle import Lifecycle

CLICKHOUSE_VERSION = "25.10"

DERIVED = frozenset({"state", "currentScaling", "scalingSchedule"})
"""Properties that follow from the rest of a service."""

_PORTS = {"https": 8443, "nativesecure": 9440, "mysql": 3306}


@attrs.define
class Service:
    """One service.

    Args:
        facts: Properties as the API names them, without those in `DERIVED`.
        lifecycle: The state.
        schedule: Entries of the scaling schedule.
        settings: ClickHouse settings that were set.
    """

    facts: JsonObject
    lifecycle: Lifecycle
    schedule: list[JsonObject] = attrs.Factory(list["JsonObject"])
    settings: dict[str, str | int] = attrs.Factory(dict[str, str | int])

    @property
    def name(self) -> str:
        """The name that users gave it."""
        return str(self.facts["name"])

    @property
    def idle_after(self) -> float | None:
        """Emulated seconds after which it goes idle, or None where it does not."""
        return self.facts["idleTimeoutMinutes"] * 60.0 if self.facts["idleScaling"] else None

    def wire(self, now: datetime) -> JsonObject:
        """The service as the API shows it.

        Args:
            now: Emulated moment.
        """
        shown: JsonObject = self.facts | {
            "state": self.lifecycle.state,
            "currentScaling": current_scaling(self.facts, self.schedule, now),
        }
        return shown | {"scalingSchedule": self.schedule_wire(now)} if self.schedule else shown

    def schedule_wire(self, now: datetime) -> JsonObject:
        """The scaling schedule as the API shows it.

        Args:
            now: Emulated moment.
        """
        entries = [entry | {"isActiveNow": is_active(entry, now)} for entry in self.schedule]
        shown: JsonObject = {"entries": entries, "baseConfig": baseline(self.facts)}
        active = next((entry["id"] for entry in entries if entry["isActiveNow"]), None)
        return shown if active is None else shown | {"activeEntryId": active}


def new_facts(
    service_id: str, *, name: str, provider: str, region: str, created_at: str
) -> JsonObject:
    """The properties of a service about which nothing more was said.

    Args:
        service_id: Its UUID.
        name: Its name.
        provider: Cloud provider.
        region: The provider's region.
        created_at: When it was made.
    """
    return {
        "id": service_id,
        "name": name,
        "provider": provider,
        "region": region,
        "clickhouseVersion": CLICKHOUSE_VERSION,
        "endpoints": [
            endpoint(service_id, provider, region, protocol)
            for protocol in ("https", "nativesecure")
        ],
        "autoscalingMode": "vertical",
        "minReplicaMemoryGb": 16,
        "maxReplicaMemoryGb": 120,
        "minTotalMemoryGb": 48,
        "maxTotalMemoryGb": 360,
        "numReplicas": 3,
        "idleScaling": True,
        "idleTimeoutMinutes": 15,
        "ipAccessList": [],
        "createdAt": created_at,
        "iamRole": f"arn:aws:iam::000000000000:role/CH-S3-{service_id[:8]}",
        "privateEndpointIds": [],
        "availablePrivateEndpointIds": [],
        "dataWarehouseId": service_id,
        "isPrimary": True,
        "isReadonly": False,
        "releaseChannel": "default",
        "hasTransparentDataEncryption": False,
        "profile": "v1-default",
        "tags": [],
        "enableCoreDumps": True,
    }


def endpoint(service_id: str, provider: str, region: str, protocol: str) -> JsonObject:
    """Where a protocol of a service would be reached; the host is in a domain that has none."""
    host = f"{service_id[:8]}.{region}.{provider}.clickhouse.example"
    return {"protocol": protocol, "host": host, "port": _PORTS[protocol], "username": "default"}


def apply_endpoints(facts: JsonObject, changes: list[Mapping[str, object]]) -> None:
    """Switch protocols of a service on or off.

    Args:
        facts: The service's properties; changed in place.
        changes: Protocols and whether they are enabled.
    """
    for change in changes:
        protocol = str(change.get("protocol", "mysql"))
        others = [item for item in facts["endpoints"] if item["protocol"] != protocol]
        if change.get("enabled"):
            others.append(endpoint(facts["id"], facts["provider"], facts["region"], protocol))
        facts["endpoints"] = others
