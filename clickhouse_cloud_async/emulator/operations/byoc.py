"""Infrastructure in a customer's own cloud account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulator.byoc import STATES, provision
from clickhouse_cloud_async.emulator.registry import operation
from clickhouse_cloud_async.emulator.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.json_values import JsonObject
    from clickhouse_cloud_async.emulator.messages import Call


@operation("organizationByocInfrastructureCreate")
def create_infrastructure(call: Call) -> JsonObject:
    """Begin to set up infrastructure, which becomes ready by itself."""
    return public(provision(call.organization, call.path, call.body))


@operation("organizationByocInfrastructureUpdate")
def update_infrastructure(call: Call) -> JsonObject:
    """Rename infrastructure."""
    configuration = call.organization.store.document(call.path)
    configuration.update(call.body)
    return public(configuration)


@operation("organizationByocInfrastructureDelete")
def delete_infrastructure(call: Call) -> None:
    """Terminate infrastructure, which is listed for a while yet."""
    if call.organization.store.document(call.path)["state"] != "infra-terminated":
        STATES.enter(call.organization, call.path, "infra-terminated")
