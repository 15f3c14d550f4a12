"""Sources of ClickStack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


def checked(call: Call) -> JsonObject:
    """Return what a request says of a source; live, with an empty text for each unset expression.

    Args:
        call: The creation or replacement of a source.

    Raises:
        Problem: 400 for a source without a table name, which is empty for metrics.
    """
    body, world = call.body, call.organization.world
    if not world.is_live:
        return body
    if body["from"].get("tableName") is None:
        raise bad_request("from.tableName: is required; it is empty for metrics")
    kind = world.contract.schemas[f"ClickStack{body['kind'].capitalize()}Source"]
    unset = {
        name: ""
        for name in kind["properties"]
        if name.endswith("Expression") and body.get(name) is None
    }
    return body | unset
