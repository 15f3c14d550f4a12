"""ClickPipes, the shared size of database pipes, and reverse private endpoints."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.clickpipes import (
    availability,
    cdc_scaling,
    discovery,
    pipes,
    private_endpoints,
    source_changes,
    states,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.problems import require_properties
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.core.contract import Schema
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.registry import Handler


def _while_running(
    *operation_ids: str, body: Schema | None = None
) -> Callable[[Handler[Call]], Handler[Call]]:
    """Register a function as the handler of operations that need a running service."""

    def register(handler: Handler[Call]) -> Handler[Call]:
        @operation(*operation_ids, body=body)
        @wraps(handler)
        def checked(call: Call) -> object:
            availability.check(call.service)
            return handler(call)

        return checked

    return register


@_while_running("clickPipeGetList", "clickPipeReversePrivateEndpointGetList")
def list_things(call: Call) -> list[JsonObject]:
    """List the pipes of a service, or its reverse private endpoints."""
    return [public(item) for item in call.collection.values()]


@_while_running("clickPipeGet", "clickPipeCdcScalingGet", "clickPipeReversePrivateEndpointGet")
def get_thing(call: Call) -> JsonObject:
    """Show a pipe, the shared size or a reverse private endpoint."""
    return public(call.document)


@_while_running("clickPipeCreate")
def create_pipe(call: Call) -> JsonObject:
    """Create a pipe."""
    return public(pipes.create(call.organization, call.path, call.body))


@_while_running("clickPipeUpdate", body=source_changes.PATCH)
def change_pipe(call: Call) -> JsonObject:
    """Change a pipe."""
    return public(pipes.change(call.organization, call.path, call.body))


@_while_running("clickPipeDelete")
def delete_pipe(call: Call) -> None:
    """Delete a pipe."""
    states.remove(call.organization, call.path)


@_while_running("clickPipeScalingUpdate")
def scale_pipe(call: Call) -> JsonObject:
    """Change the size of a pipe."""
    return public(pipes.scale(call.organization, call.path[:-1], call.body))


@_while_running("clickPipeStateUpdate")
def command_pipe(call: Call) -> JsonObject:
    """Start, stop or resync a pipe."""
    require_properties(call.body, "command")
    path = call.path[:-1]
    states.command(call.organization, path, call.body["command"])
    pipe = call.organization.world.store.document(path)
    pipe["updatedAt"] = call.organization.timestamp
    return public(pipe)


@_while_running("clickPipeSettingsGet")
def get_settings(call: Call) -> JsonObject:
    """Show the settings of a pipe."""
    return pipes.settings_of(call.organization, call.path[:-1])


@_while_running("clickPipeSettingsUpdate")
def put_settings(call: Call) -> JsonObject:
    """Replace the settings of a pipe."""
    return pipes.configure(call.organization, call.path[:-1], call.body)


@_while_running("clickPipeCdcScalingUpdate")
def change_cdc_scaling(call: Call) -> JsonObject:
    """Change the size of a service's database pipes."""
    return cdc_scaling.change(call.organization, call.path, call.body)


@_while_running("clickPipeSchemaDiscovery")
def discover_schema(call: Call) -> JsonObject:
    """Find the fields of a source."""
    require_properties(call.body, "source")
    return discovery.discover(call.organization, call.service_path, call.body["source"])


@_while_running("clickPipesServiceContextGet")
def get_context(call: Call) -> JsonObject:
    """Show the resources that a service provides for its pipes."""
    return availability.context(call.service)


@_while_running("clickPipeReversePrivateEndpointCreate")
def create_endpoint(call: Call) -> JsonObject:
    """Create a reverse private endpoint."""
    return public(private_endpoints.create(call.organization, call.path, call.body))


@_while_running("clickPipeReversePrivateEndpointUpdate")
def update_endpoint(call: Call) -> JsonObject:
    """Change the DNS names of a reverse private endpoint."""
    return public(private_endpoints.update(call.organization, call.path, call.body))


@_while_running("clickPipeReversePrivateEndpointDelete")
def delete_endpoint(call: Call) -> None:
    """Delete a reverse private endpoint."""
    private_endpoints.delete(call.organization, call.path)
