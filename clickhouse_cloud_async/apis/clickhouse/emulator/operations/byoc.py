"""Infrastructure in a customer's own cloud account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.byoc import STATES, provision
from clickhouse_cloud_async.emulation.registry import operation
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.messages import Call


@operation("organizationByocInfrastructureCreate")
def create_infrastructure(call: Call) -> JsonObject:
    """Begin to set up infrastructure, which becomes ready by itself."""
    return public(provision(call.organization, call.path, call.body))


@operation("organizationByocInfrastructureUpdate")
def update_infrastructure(call: Call) -> JsonObject:
    """Rename infrastructure."""
    configuration = call.document
    configuration.update(call.body)
    return public(configuration)


@operation("organizationByocInfrastructureDelete")
def delete_infrastructure(call: Call) -> None:
    """Terminate infrastructure, which is listed for a while yet."""
    if call.document["state"] != "infra-terminated":
        STATES.enter(call.organization, call.path, "infra-terminated")
