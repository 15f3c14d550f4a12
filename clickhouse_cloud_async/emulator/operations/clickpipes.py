"""ClickPipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator import generic
from clickhouse_cloud_async.emulator.problems import bad_request
from clickhouse_cloud_async.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call

_STATES = {"start": "Running", "stop": "Stopped", "resync": "Running"}


@operation("clickPipeCreate")
def create_pipe(call: Call) -> JsonObject:
    """Create a pipe, running or paused."""
    state = "Stopped" if call.body.get("startPaused") else "Running"
    return generic.create_item(call, state=state)


@operation("clickPipeStateUpdate")
def change_state(call: Call) -> JsonObject:
    """Start, stop or resync a pipe."""
    if "command" not in call.body:
        raise bad_request("command: is required")
    pipe = call.organization.store.document(call.path[:-1])
    command = call.body["command"]
    if command == "start" and pipe["state"] not in {"Stopped", "Failed"}:
        raise bad_request(f"only a stopped or failed pipe starts. Current state: {pipe['state']}")
    pipe["state"] = _STATES[command]
    return pipe
