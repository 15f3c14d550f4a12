"""Backups, their configuration and their bucket, and snapshots with theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.backups import backups, bucket, snapshots
from clickhouse_cloud_async.apis.clickhouse.emulator.backups.copies import shown
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("backupGetList", "snapshotGetList")
def list_copies(call: Call) -> list[JsonObject]:
    """List backups or snapshots, newest first."""
    copies = list(call.collection.values())
    return [shown(call.organization, copy) for copy in reversed(copies)]


@operation("backupGet", "snapshotGet")
def get_copy(call: Call) -> JsonObject:
    """Show a backup or a snapshot."""
    return shown(call.organization, call.document)


@operation("backupConfigurationGet", "snapshotConfigurationGet")
def get_configuration(call: Call) -> JsonObject:
    """Show the configuration of backups or snapshots."""
    return public(call.document)


@operation("backupConfigurationUpdate")
def update_backup_configuration(call: Call) -> JsonObject:
    """Change the configuration of backups."""
    facts = backups.configure(call.organization, call.service_path, call.body)
    activities.record(call, "service_update_backup_configuration")
    return public(facts)


@operation("snapshotConfigurationUpdate")
def update_snapshot_configuration(call: Call) -> JsonObject:
    """Change the configuration of snapshots."""
    facts = snapshots.configure(call.organization, call.service_path, call.body)
    activities.record(call, "service_update_snapshot_configuration")
    return public(facts)


@operation("backupBucketCreate")
def create_bucket(call: Call) -> JsonObject:
    """Set the customer's bucket for backups."""
    made = bucket.create(call.organization, call.path, call.body)
    activities.record(call, "backup_bucket_create")
    return public(made)


@operation("backupBucketGet")
def get_bucket(call: Call) -> JsonObject:
    """Show the bucket, without its secrets."""
    return public(call.document)


@operation("backupBucketUpdate")
def update_bucket(call: Call) -> JsonObject:
    """Change the bucket."""
    made = bucket.update(call.organization, call.path, call.body)
    activities.record(call, "backup_bucket_update")
    return public(made)


@operation("backupBucketDelete")
def delete_bucket(call: Call) -> None:
    """Remove the bucket; backups in it stay listed."""
    call.organization.world.store.remove(call.path)
    activities.record(call, "backup_bucket_delete")
