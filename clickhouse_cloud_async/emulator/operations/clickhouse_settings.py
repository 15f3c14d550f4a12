"""ClickHouse settings of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.problems import bad_request, not_found
from clickhouse_cloud_async.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call

_RESTARTS = "The servers restart one after another to apply this setting."

_SCHEMA: dict[str, JsonObject] = {
    "max_concurrent_queries": {
        "type": "UInt64",
        "description": "How many queries a server runs at the same time.",
        "example": "1000",
        "warning": _RESTARTS,
    },
    "max_execution_time": {
        "type": "Seconds",
        "description": "How long a query may run.",
        "example": "60",
    },
    "max_memory_usage": {
        "type": "UInt64",
        "description": "How many bytes of memory a query may use on a server.",
        "example": "10000000000",
    },
    "max_threads": {
        "type": "UInt64",
        "description": "How many threads a query may use.",
        "example": "8",
    },
    "readonly": {
        "type": "UInt64",
        "description": "Which kinds of queries are allowed.",
        "enum": [0, 1, 2],
        "example": "1",
    },
    "timezone": {
        "type": "String",
        "description": "Time zone in which the servers read and write moments.",
        "example": "UTC",
        "warning": _RESTARTS,
    },
}
"""Settings that can be configured: a few of each kind."""


@operation("serviceClickhouseSettingsListGet")
def list_settings(call: Call) -> JsonObject:
    """List the settings that were set."""
    settings = call.organization.store.collection(call.path)
    return {"settings": [{"name": name} | setting for name, setting in settings.items()]}


@operation("serviceClickhouseSettingsUpdate")
def update_settings(call: Call) -> JsonObject:
    """Set settings: all of them, or none where one can not be set."""
    asked: dict[str, str | int] = call.body["settings"]
    for name, value in asked.items():
        _check(name, value)
    settings = call.organization.store.collection(call.path)
    settings.update({name: {"value": value} for name, value in asked.items()})
    warnings = [
        {"name": name, "message": _SCHEMA[name]["warning"]}
        for name in asked
        if "warning" in _SCHEMA[name]
    ]
    return {"settings": asked, **({"warnings": warnings} if warnings else {})}


@operation("serviceClickhouseSettingsSchemaGet")
def get_schema(_call: Call) -> JsonObject:
    """List the settings that can be configured."""
    return {"settings": [{"name": name, **entry} for name, entry in _SCHEMA.items()]}


@operation("serviceClickhouseSettingGet")
def get_setting(call: Call) -> JsonObject:
    """Show a setting that was set."""
    return {"name": call.path[-1]} | call.organization.store.document(call.path)


@operation("serviceClickhouseSettingDelete")
def delete_setting(call: Call) -> None:
    """Put a setting back to its default, where it may be already."""
    name = call.parameters["settingName"]
    if name not in _SCHEMA:
        raise not_found(f"setting {name}")
    call.organization.store.collection(call.path[:-1]).pop(name, None)


def _check(name: str, value: str | int) -> None:
    if name not in _SCHEMA:
        raise bad_request(f"settings.{name}: can not be configured")
    if _SCHEMA[name]["type"] != "String" and not str(value).isdecimal():
        raise bad_request(f"settings.{name}: must be a whole number")
    choices = _SCHEMA[name].get("enum")
    if choices and int(value) not in choices:
        raise bad_request(f"settings.{name}: must be one of {', '.join(map(str, choices))}")
