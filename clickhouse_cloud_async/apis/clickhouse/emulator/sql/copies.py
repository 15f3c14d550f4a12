"""The data of backups: folders that the documents of backups name."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.organization import organizations

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

    from .warehouses import Warehouse, Warehouses

_NAME: Final = "_data"
"""The property of backups and services that names the folder of a backup."""


def back_up(warehouse: Warehouse, service: JsonObject, backup: JsonObject) -> None:
    """Let a backup hold the data of a warehouse, as queries before have left it.

    Data that has not changed since the backup before is not copied again.

    Args:
        warehouse: The data.
        service: The service that is backed up.
        backup: The backup, which has begun.
    """
    if not warehouse.exists:
        return
    if warehouse.changed or _NAME not in service:
        warehouse.changed = False
        service[_NAME] = backup["id"]
        warehouse.schedule("backup", partial(_ask, "back_up", backup["id"]))
    backup[_NAME] = service[_NAME]


def restore(warehouse: Warehouse, service: JsonObject, backup: JsonObject) -> None:
    """Let the new warehouse of a service have the data of a backup, if that has any.

    Args:
        warehouse: The warehouse.
        service: The service.
        backup: The backup.
    """
    if _NAME in backup:
        service[_NAME] = backup[_NAME]
        warehouse.schedule("restore", partial(_ask, "restore", backup[_NAME]))


async def _ask(work: str, name: str, session: ClientSession) -> None:
    async with session.post(f"/{work}", params={"name": name}) as response:
        response.raise_for_status()


def sweep(world: World, warehouses: Warehouses) -> None:
    """Remove the data of backups that are gone."""
    named: set[str] = set()
    for organization in organizations(world):
        services = organization.collection("services")
        for service_id, service in services.peek_all().items():
            backups = organization.collection("services", service_id, "backups").peek_all()
            named.update(each[_NAME] for each in (service, *backups.values()) if _NAME in each)
    for folder in warehouses.backups.iterdir():
        if folder.name not in named:
            shutil.rmtree(folder, ignore_errors=True)
