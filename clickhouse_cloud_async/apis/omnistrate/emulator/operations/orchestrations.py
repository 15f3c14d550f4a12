"""Orchestrations of several instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.instances import orchestrations
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.spec import read_yaml
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.queries import having

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("createServicesOrchestration")
def create(call: Call) -> JsonObject:
    """Start the deployment of the instances of a document."""
    document = read_yaml("orchestrationCreateDSL", call.body["orchestrationCreateDSL"])
    return {"id": orchestrations.create(call.world, call.user, document)["id"]}


@operation("modifyServicesOrchestration")
def modify(call: Call) -> None:
    """Start to change an orchestration to match another document."""
    document = read_yaml("orchestrationModifyDSL", call.body["orchestrationModifyDSL"])
    orchestrations.modify(call.world, call.user, call.path, document)


@operation("deleteServicesOrchestration")
def delete(call: Call) -> None:
    """Start the deletion of an orchestration with its instances."""
    orchestrations.delete(call.world, call.path)


@operation("describeServicesOrchestration")
def describe(call: Call) -> JsonObject:
    """Show an orchestration with each of its deployments."""
    return orchestrations.shown(call.world, call.store.document(call.path))


@operation("listServicesOrchestrations")
def list_all(call: Call) -> list[JsonObject]:
    """List the orchestrations of the caller."""
    own = having(call.world, "orchestrations", _owner=call.user_id)
    return [orchestrations.shown(call.world, each) for each in own]
