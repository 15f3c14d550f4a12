"""ClickStack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call


@operation("clickStackValidateDashboard")
def validate_dashboard(call: Call) -> JsonObject:
    """Say that a dashboard is right, since it has passed the contract's checks by now."""
    return {"valid": True, "errors": [], "normalized": call.body}
