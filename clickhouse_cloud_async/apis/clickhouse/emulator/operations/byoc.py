"""Infrastructure in a customer's own cloud account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.byoc import infrastructure, rules
from clickhouse_cloud_async.apis.clickhouse.emulator.byoc.progress import progress
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("organizationByocInfrastructureCreate")
def create_infrastructure(call: Call) -> JsonObject:
    """Start the set-up of infrastructure, which becomes ready by itself."""
    return public(infrastructure.provision(call.organization, call.path, call.body))


@operation("organizationByocInfrastructureValidate")
def validate_infrastructure(call: Call) -> JsonObject:
    """Check what would be created, and the permissions of the account."""
    rules.check_request(call.body)
    return rules.validated(call.body)


@operation("organizationByocInfrastructureGet")
def get_infrastructure(call: Call) -> JsonObject:
    """Show infrastructure with its network."""
    return infrastructure.details(call.document)


@operation("organizationByocInfrastructureUpdate")
def update_infrastructure(call: Call) -> JsonObject:
    """Change name, connectivity or tags of infrastructure."""
    return public(infrastructure.change(call.organization, call.path, call.body))


@operation("organizationByocInfrastructureDelete")
def delete_infrastructure(call: Call) -> None:
    """Terminate infrastructure, which remains listed for a while."""
    infrastructure.terminate(call.organization, call.path)


@operation("organizationByocInfrastructureProgressGet")
def get_progress(call: Call) -> JsonObject:
    """Show the progress of the set-up."""
    return progress(call.organization, _parent(call))


@operation("organizationByocInfrastructurePrivateEndpointConfigGet")
def get_private_endpoint_config(call: Call) -> JsonObject:
    """Show the target of private endpoints."""
    return infrastructure.private_endpoint_configuration(call.organization, _parent(call))


@operation("organizationByocInfrastructureTagsGet")
def get_tags(call: Call) -> JsonObject:
    """Show the tags of the cloud resources."""
    return {"tags": _parent(call)["_tags"]}


def _parent(call: Call) -> JsonObject:
    """Return the infrastructure in the path."""
    return call.organization.world.store.document(call.path[:-1])
