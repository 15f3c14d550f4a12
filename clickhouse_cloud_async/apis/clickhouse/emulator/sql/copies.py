"""The data of backups: folders that the documents of backups name."""

from __future__ import annotations

import shutil
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.backups import backups
from clickhouse_cloud_async.apis.clickhouse.emulator.organization import (
    organization_at,
    organizations,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.services.service import STATES

from .wire import Request

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .channels import Channels
    from .warehouses import Warehouse, Warehouses

_NAME: Final = "_data"
"""The property of backups and services that names the folder of a backup."""


class CopyError(Exception):
    """A backup or a restore that failed; its text names no table."""


def back_up(world: World, path: Path, backup: JsonObject, warehouse: Warehouse) -> None:
    """Copy the data of a warehouse to a backup, after all earlier queries.

    Data that has not changed since the backup before is not copied again.

    Args:
        world: Where the service is.
        path: The service that is backed up.
        backup: The backup, which has begun.
        warehouse: The data.
    """
    if not warehouse.exists:
        return
    service = world.store.document(path)
    if warehouse.changed or _NAME not in service:
        warehouse.changed = False
        name = service[_NAME] = backup["id"]
        warehouse.schedule(
            "backup",
            partial(_ask, "back_up", name),
            failed=partial(_fail_backups, world, path, warehouse, name),
        )
    backup[_NAME] = service[_NAME]


def _fail_backups(world: World, path: Path, warehouse: Warehouse, name: str) -> None:
    """Fail the backups of a service whose data was not copied."""
    warehouse.changed = True
    service = world.store.peek(path)
    if service is None:
        return
    organization = organization_at(world, path)
    made = backups.backups(organization, path)
    with world.change():
        if service.get(_NAME) == name:
            del world.store.document(path)[_NAME]
        for backup_id, backup in made.peek_all().items():
            if backup.get(_NAME) == name:
                del made[backup_id][_NAME]
                backups.STATES.enter(organization, (*path, "backups", backup_id), "error")


def restore(world: World, path: Path, backup: JsonObject, warehouse: Warehouse) -> None:
    """Restore the data of a backup in the new warehouse of a service, if it has any.

    Args:
        world: Where the service is.
        path: The service.
        backup: The backup.
        warehouse: The warehouse.
    """
    if _NAME in backup:
        name = world.store.document(path)[_NAME] = backup[_NAME]
        warehouse.schedule(
            "restore", partial(_ask, "restore", name), failed=partial(_fail_service, world, path)
        )


def _fail_service(world: World, path: Path) -> None:
    """Fail a service whose data was not restored: an empty one would look complete."""
    if world.store.peek(path) is not None:
        with world.change():
            STATES.enter(organization_at(world, path), path, "failed")


async def _ask(work: str, name: str, channels: Channels) -> None:
    async with channels.ask(Request(work=work, parameters={"name": name})) as response:
        await response.read()
    if response.head.status != HTTPStatus.OK:
        raise CopyError(f"ClickHouse failed with error {response.head.code}")


def sweep(world: World, warehouses: Warehouses) -> None:
    """Remove the data of backups that are gone."""
    named: set[str] = set()
    for organization in organizations(world):
        services = organization.collection("services")
        for service_id, service in services.peek_all().items():
            made = organization.collection("services", service_id, "backups").peek_all()
            named.update(each[_NAME] for each in (service, *made.values()) if _NAME in each)
    for folder in warehouses.backups.iterdir():
        if folder.name not in named:
            shutil.rmtree(folder, ignore_errors=True)
