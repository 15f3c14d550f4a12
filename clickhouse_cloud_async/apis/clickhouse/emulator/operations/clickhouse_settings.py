"""ClickHouse settings of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.apis.clickhouse.emulator.services.clickhouse_settings import (
    SETTINGS,
    check,
    warnings,
)
from clickhouse_cloud_async.emulation.problems import not_found

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("serviceClickhouseSettingsListGet")
def list_settings(call: Call) -> JsonObject:
    """List the settings that were set explicitly."""
    settings = call.collection
    return {"settings": [{"name": name} | setting for name, setting in settings.items()]}


@operation("serviceClickhouseSettingsUpdate")
def update_settings(call: Call) -> JsonObject:
    """Set settings: all of them, or none if one is invalid."""
    asked: dict[str, str | int] = call.body["settings"]
    check(asked)
    settings = call.collection
    settings.update({name: {"value": value} for name, value in asked.items()})
    told = warnings(asked)
    return {"settings": asked, **({"warnings": told} if told else {})}


@operation("serviceClickhouseSettingsSchemaGet")
def get_schema(_call: Call) -> JsonObject:
    """List the settings that can be configured."""
    return {"settings": [setting.shown for setting in SETTINGS.values()]}


@operation("serviceClickhouseSettingGet")
def get_setting(call: Call) -> JsonObject:
    """Show a setting that was set explicitly."""
    return {"name": call.path[-1]} | call.document


@operation("serviceClickhouseSettingDelete")
def delete_setting(call: Call) -> None:
    """Reset a setting to its default, which it may already have."""
    name = call.parameters["settingName"]
    if name not in SETTINGS:
        raise not_found(f"setting {name}")
    call.organization.world.store.collection(call.path[:-1]).pop(name, None)
