"""Warehouses: services that share their data; the first of them is the primary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_LEAST_REPLICAS = 2


def primary(organization: Organization, warehouse_id: str) -> JsonObject | None:
    """Return the primary service of a warehouse; None if there is no such warehouse."""
    return next((s for s in _members(organization, warehouse_id) if s["isPrimary"]), None)


def join(organization: Organization, facts: JsonObject, warehouse_id: str) -> None:
    """Make a service a secondary of a warehouse.

    Args:
        organization: The organisation of the service.
        facts: The service's properties; changed in place.
        warehouse_id: Id of the warehouse.

    Raises:
        Problem: 400 if there is no such warehouse, or its provider or region differs.
    """
    first = primary(organization, warehouse_id)
    if first is None:
        raise bad_request(f"dataWarehouseId: there is no warehouse {warehouse_id}")
    for name in ("provider", "region", "byocId"):
        if facts.get(name) != first.get(name):
            raise bad_request(f"{name}: must be that of the warehouse, {first.get(name)}")
    facts.update(dataWarehouseId=warehouse_id, isPrimary=False)


def check_alone(organization: Organization, service: JsonObject) -> None:
    """Check that no other service depends on this one.

    Raises:
        Problem: 400 if it is the primary service of secondary ones.
    """
    others = len(_members(organization, service["dataWarehouseId"])) - 1
    if service["isPrimary"] and others:
        raise bad_request(f"the service is the primary one of a warehouse with {others} more")


def least_replicas(facts: JsonObject, default: int) -> int:
    """Return the minimum number of replicas of a service.

    Args:
        facts: The service's properties.
        default: The default number.
    """
    return min(_LEAST_REPLICAS, default) if facts["isPrimary"] else 1


def _members(organization: Organization, warehouse_id: str) -> list[JsonObject]:
    services = organization.collection("services")
    found = (services.peek(service_id) for service_id in services)
    return [s for s in found if s is not None and s["dataWarehouseId"] == warehouse_id]
