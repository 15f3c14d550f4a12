"""Backups of a Postgres service, which the server makes by itself once a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.postgres.windows import read_elapsed
from clickhouse_cloud_async.emulation.clock import DAY, moment_at, timestamp

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

FIRST_BACKUP: Final = 20 * 60.0
"""Emulated seconds from the creation of a service to its first backup."""

RETENTION_DAYS: Final = 7
"""Retention of a backup; it is not documented, but deduced."""


def of(organization: Organization, service: JsonObject) -> list[JsonObject]:
    """Return the existing backups of a service, newest first."""
    first = read_elapsed("createdAt", service["createdAt"]) + FIRST_BACKUP
    if organization.world.elapsed < first:
        return []
    newest = int((organization.world.elapsed - first) // DAY)
    oldest = max(0, newest - RETENTION_DAYS + 1)
    return [_backup(first + number * DAY) for number in range(newest, oldest - 1, -1)]


def _backup(elapsed: float) -> JsonObject:
    made = moment_at(elapsed)
    return {
        "key": f"base_{made:%Y%m%dT%H%M%SZ}",
        "lastModified": timestamp(made),
        "status": "completed",
    }
