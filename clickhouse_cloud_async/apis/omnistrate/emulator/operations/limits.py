"""Limits of an organisation: the platform's defaults, until they are changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.omnistrate.emulator.call import kept
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.emulation.problems import bad_request, not_found
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

_DEFAULTS: Final[dict[tuple[str, str], JsonObject]] = {
    ("COMPUTE_INFRA", "MAX_VIRTUAL_CORES_PER_RESOURCE"): {
        "name": "Virtual cores",
        "description": "Virtual cores that one resource has at most",
        "value": 64,
        "modifiable": True,
    },
}
"""The limits by family and key; values and texts are invented."""


@operation("listLimit")
def list_all(call: Call) -> JsonObject:
    """List the keys of a family's limits."""
    return {"keys": [key for family, key in _DEFAULTS if family == call.body["family"]]}


@operation("describeLimit")
def describe(call: Call) -> JsonObject:
    """Show a limit: its default, or the value that was set."""
    family, key = _named(call)
    changed = call.store.peek(_path(call)) or {}
    return {"family": family, "key": key, **_DEFAULTS[family, key], **public(changed)}


@operation("updateLimit")
def update(call: Call) -> None:
    """Set a limit."""
    _named(call)
    if call.body["value"] < 0:
        raise bad_request(f"value must be at least 0, got {call.body['value']}")
    known = call.store.peek(_path(call)) or {}
    changed = kept(call.body, "value", "name", "description")
    call.store.put(_path(call), {**known, **changed, "_org": call.org_id})


@operation("deleteLimit")
def restore(call: Call) -> None:
    """Reset a limit to its default."""
    _named(call)
    call.store.collection(("limits",)).pop(_path(call)[-1], None)


def _named(call: Call) -> tuple[str, str]:
    named = call.parameters["family"], call.parameters["key"]
    if named not in _DEFAULTS:
        raise not_found(f"limit {named[1]} of {named[0]}")
    return named


def _path(call: Call) -> Path:
    family, key = _named(call)
    return ("limits", f"{call.org_id} {family} {key}")
