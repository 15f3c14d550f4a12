"""Backups of managed Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.paging import paged
from clickhouse_cloud_async.apis.clickhouse.emulator.postgres import backups
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call


@operation("postgresServiceBackupGetList")
def list_backups(call: Call) -> object:
    """List the backups of a service, newest first."""
    service = call.organization.world.store.document(call.path[:-1])
    return paged(call, backups.of(call.organization, service))
