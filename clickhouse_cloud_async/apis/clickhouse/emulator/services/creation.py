"""New services: the properties in a request, and defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.emulator.backups import backups
from clickhouse_cloud_async.apis.clickhouse.emulator.plans import (
    ENCRYPTION,
    plan_of,
    require_feature,
)
from clickhouse_cloud_async.emulation.problems import bad_request, require_properties
from clickhouse_cloud_async.emulation.randomness import random_uuid

from . import profiles, rules, warehouses
from .scaling import IDLING, SIZES
from .service import ENDING, apply_endpoints, new_facts

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_SCALING = ("autoscalingMode", *SIZES, *IDLING)
_AS_ASKED = (
    "tier", "profile", "byocId", "releaseChannel", "complianceType", "isReadonly",
    "hasTransparentDataEncryption", "encryptionKey", "encryptionAssumedRoleIdentifier",
    "enableCoreDumps", "privateEndpointIds",
)  # fmt: skip
"""Properties that are copied from the request after checks."""


def create(organization: Organization, body: JsonObject) -> JsonObject:
    """Return the properties of a new service.

    Args:
        organization: Its organisation.
        body: The body of the request.

    Raises:
        Problem: 400 for an invalid value, 403 for a feature that the plan does not include.
    """
    _check(organization, body)
    facts = new_facts(
        random_uuid(organization.world.random),
        name=body["name"],
        provider=body["provider"],
        region=body["region"],
        created_at=organization.timestamp,
    )
    facts["numReplicas"] = plan_of(organization).replicas
    facts |= {name: body[name] for name in _AS_ASKED if name in body}
    facts["enableCoreDumps"] &= organization.document["enableCoreDumps"]
    if "dataWarehouseId" in body:
        _join(organization, facts, body["dataWarehouseId"])
    rules.check_channel(facts, facts["releaseChannel"])
    profiles.check(organization, facts)
    _scale(organization, facts, body)
    _fill_lists(facts, body)
    if "backupId" in body:
        _check_backup(organization, facts, body["backupId"])
    if facts["hasTransparentDataEncryption"]:
        facts["transparentDataEncryptionKeyId"] = random_uuid(organization.world.random)
        facts["encryptionRoleId"] = random_uuid(organization.world.random)
    return facts


def _check(organization: Organization, body: JsonObject) -> None:
    require_properties(body, "name", "provider", "region")
    rules.check_name(body["name"])
    if body.get("isReadonly") and "dataWarehouseId" not in body:
        raise bad_request("isReadonly: works only together with dataWarehouseId")
    if "backupId" in body and "dataWarehouseId" in body:
        raise bad_request("backupId: the service has the data of its warehouse")
    if body.get("hasTransparentDataEncryption"):
        require_feature(organization, ENCRYPTION, "hasTransparentDataEncryption")
    if body.get("tier") == rules.DEVELOPMENT and body["provider"] == "azure":
        raise bad_request("tier: there are no services for development on azure")


def _join(organization: Organization, facts: JsonObject, warehouse_id: str) -> None:
    first = warehouses.primary(organization, warehouse_id)
    if first is not None and first["state"] in ENDING:
        raise bad_request(f"dataWarehouseId: the warehouse {warehouse_id} is being deleted")
    warehouses.join(organization, facts, warehouse_id)


def _scale(organization: Organization, facts: JsonObject, body: JsonObject) -> None:
    asked: dict[str, Any] = {name: body[name] for name in _SCALING if name in body}
    if "byocId" in body:
        for name in ("minReplicaMemoryGb", "maxReplicaMemoryGb"):
            if name not in asked:
                raise bad_request(f"{name}: is required together with byocId")
    if facts.get("tier") == rules.DEVELOPMENT:
        sizes = [name for name in asked if name not in IDLING]
        if sizes:
            raise bad_request(f"{sizes[0]}: services for development have one fixed size")
        rules.fix_size(facts)
    else:
        rules.scale(organization, facts, asked)


def _fill_lists(facts: JsonObject, body: JsonObject) -> None:
    facts["tags"] = rules.changed_tags([], {"add": body.get("tags", [])})
    sources = body.get("ipAccessList", [])
    facts["ipAccessList"] = rules.changed_sources("ipAccessList", [], {"add": sources})
    apply_endpoints(facts, body.get("endpoints", []))


def _check_backup(organization: Organization, facts: JsonObject, backup_id: str) -> None:
    """Check that a service can be created from a backup."""
    found = backups.find(organization, backup_id)
    if found is None:
        raise bad_request(f"backupId: there is no backup {backup_id}")
    source, backup = found
    if backup["status"] != "done":
        raise bad_request(f"backupId: the backup is {backup['status']}")
    for name in ("provider", "region", "tier"):
        if facts.get(name) != source.get(name):
            raise bad_request(f"{name}: must be that of the backed-up service")
