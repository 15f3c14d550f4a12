"""Alerts of ClickStack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.alert_rules import (
    checked,
    cleared,
    replacement,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.alerts import watch
from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.common import draw_id, team_id
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path


@operation("clickStackCreateAlert")
def create_alert(call: Call) -> JsonObject:
    """Create an alert."""
    facts = checked(call, call.body)
    alert_id = draw_id(call.organization.world.random)
    given: JsonObject = {
        "id": alert_id,
        "state": "OK",
        "teamId": team_id(call.service_path),
        "silenced": None,
        "executionErrors": [],
        "createdAt": call.organization.timestamp,
    }
    return _put(call, (*call.path, alert_id), facts | given)


@operation("clickStackUpdateAlert")
def update_alert(call: Call) -> JsonObject:
    """Replace an alert; in live mode, some omitted properties are kept."""
    old = call.document
    kept = {
        name: old[name]
        for name in ("id", "teamId", "state", "silenced", "executionErrors", "createdAt")
    }
    if not call.organization.world.is_live:
        return _put(call, call.path, checked(call, call.body) | kept)
    facts = checked(call, replacement(call.body, old))
    return _put(call, call.path, cleared(facts) | kept)


def _put(call: Call, path: Path, facts: JsonObject) -> JsonObject:
    organization = call.organization
    alert = organization.world.store.put(path, facts | {"updatedAt": organization.timestamp})
    watch(organization, path)
    return public(alert)
