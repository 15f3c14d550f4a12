"""Notifications of an organisation: one for each failure of a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.apis.clickhouse.emulator.access.permissions import (
    VIEW_POSTGRES,
    viewable,
)
from clickhouse_cloud_async.emulation.randomness import random_uuid

from .registry import on_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

    from .call import Call


@attrs.frozen
class NotificationType:
    """A type of notification.

    Args:
        title: Its title, and that of its notifications.
        description: Its description.
        category: The category in which it is listed.
        severity: ``info``, ``warning`` or ``critical``.
        resource_type: Kind of the affected resources.
        configurable: Whether users can subscribe to it.
    """

    title: str
    description: str
    category: str
    severity: str
    resource_type: str
    configurable: bool = True


# The names and texts of the types are invented: they are not documented.
TYPES: Mapping[str, NotificationType] = {
    "service_degraded": NotificationType(
        "Service degraded", "A replica is not available.", "services", "warning", "service"
    ),
    "service_failed": NotificationType(
        "Service failed", "The service did not start.", "services", "critical", "service"
    ),
    "backup_failed": NotificationType(
        "Backup failed", "A backup of the service failed.", "backups", "warning", "service"
    ),
    "clickpipe_failed": NotificationType(
        "ClickPipe failed", "The pipe ingests no data.", "clickpipes", "critical", "clickpipe"
    ),
    "postgres_unavailable": NotificationType(
        "Postgres unavailable", "No connection is possible.", "postgres", "critical", "postgres"
    ),
    "byoc_infrastructure_ready": NotificationType(
        "Infrastructure ready",
        "Services can be created on it.",
        "byoc",
        "info",
        "organization",
        configurable=False,
    ),
}
"""The types of notification by name."""


def described(name: str) -> JsonObject:
    """A type of notification as the API shows it."""
    found = TYPES[name]
    return {
        "name": name,
        "title": found.title,
        "description": found.description,
        "category": found.category,
        "severity": found.severity,
        "resourceType": found.resource_type,
        "isConfigurable": found.configurable,
        "isAvailable": True,
    }


def visible(call: Call) -> list[JsonObject]:
    """Return the notifications about resources that the caller may view, newest first."""
    organization = call.organization
    services = viewable(call, organization.collection("services"))
    postgres = viewable(call, organization.collection("postgres"), VIEW_POSTGRES)
    hidden = organization.collection("services").keys() - services.keys()
    hidden |= organization.collection("postgres").keys() - postgres.keys()
    kept = organization.collection("notifications").values()
    return [each for each in reversed(list(kept)) if each["_instanceId"] not in hidden]


@on_state("service")
def _notify_of_service(organization: Organization, path: Path, state: str) -> None:
    if state in {"degraded", "failed"}:
        service = organization.world.store.document(path)
        _notify(organization, f"service_{state}", service["id"], service["name"], path)


@on_state("backup")
def _notify_of_backup(organization: Organization, path: Path, state: str) -> None:
    if state == "error":
        service = organization.world.store.document(path[:-2])
        _notify(organization, "backup_failed", service["id"], service["name"], path)


@on_state("clickpipe")
def _notify_of_pipe(organization: Organization, path: Path, state: str) -> None:
    if state in {"Failed", "InternalError"}:
        pipe = organization.world.store.document(path)
        _notify(organization, "clickpipe_failed", pipe["id"], pipe["name"], path)


@on_state("postgres")
def _notify_of_postgres(organization: Organization, path: Path, state: str) -> None:
    if state == "unavailable":
        service = organization.world.store.document(path)
        _notify(organization, "postgres_unavailable", service["id"], service["name"], path)


@on_state("byoc")
def _notify_of_infrastructure(organization: Organization, path: Path, state: str) -> None:
    if state == "infra-ready":
        name = organization.document["name"]
        _notify(organization, "byoc_infrastructure_ready", organization.id, name, path)


def _notify(organization: Organization, kind: str, identity: str, name: str, path: Path) -> None:
    """Store a notification.

    Args:
        organization: The organisation.
        kind: Name of the notification's type.
        identity: ID of the resource.
        name: Name of the resource.
        path: The path of the document whose state changed. If it is below a service or Postgres
            service, the notification also names that service.
    """
    found = TYPES[kind]
    notification_id = random_uuid(
        organization.world.draw("notification", *path, organization.timestamp)
    )
    organization.collection("notifications")[notification_id] = {
        "id": notification_id,
        "type": kind,
        "severity": found.severity,
        "resourceType": found.resource_type,
        "resourceId": identity,
        "resourceName": name,
        "createdAt": organization.timestamp,
        "title": found.title,
        "description": found.description,
        "_instanceId": path[len(organization.path) + 1],
    }
