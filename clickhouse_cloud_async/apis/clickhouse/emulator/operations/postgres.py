"""Managed Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.access.permissions import (
    VIEW_POSTGRES,
    viewable,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.paging import paged
from clickhouse_cloud_async.apis.clickhouse.emulator.postgres import (
    config,
    instances,
    logs,
    metrics,
    slow_queries,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.postgres.certificate import authority
from clickhouse_cloud_async.apis.clickhouse.emulator.postgres.windows import (
    asked_window,
    read_elapsed,
)
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation
from clickhouse_cloud_async.emulation.clock import DAY
from clickhouse_cloud_async.emulation.messages import Reply
from clickhouse_cloud_async.emulation.problems import bad_request, require_properties
from clickhouse_cloud_async.emulation.store import public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_NOT_LISTED = frozenset(
    {"earliestRestoreTime", "hostname", "ipAccessList", "storageSize", "username"}
)


@operation("postgresServiceGetList")
def list_services(call: Call) -> list[JsonObject]:
    """List the services that the caller may view, with fewer properties than a single one."""
    services = viewable(call, call.organization.collection("postgres"), VIEW_POSTGRES)
    return [
        {name: value for name, value in public(service).items() if name not in _NOT_LISTED}
        for service in services.values()
    ]


@operation("postgresServiceGet")
def get_service(call: Call) -> JsonObject:
    """Show a service."""
    return public(call.document)


@operation("postgresServiceCreate")
def create_service(call: Call) -> JsonObject:
    """Create a service."""
    return instances.create(call.organization, call.body)


@operation("postgresServicePatch")
def change_service(call: Call) -> JsonObject:
    """Change a service."""
    service = call.document
    instances.change(call.organization, service, call.body)
    return public(service)


@operation("postgresServiceDelete")
def delete_service(call: Call) -> None:
    """Start the deletion of a service."""
    instances.delete(call.organization, call.path)


@operation("postgresInstanceCreateReadReplica")
def create_replica(call: Call) -> JsonObject:
    """Create a read replica of a service."""
    return instances.create_replica(call.organization, call.path[:-1], call.body)


@operation("postgresInstanceRestore")
def restore(call: Call) -> JsonObject:
    """Create a service from an earlier state of another one."""
    service = _service(call)
    target = read_elapsed("restoreTarget", call.body["restoreTarget"])
    if target > call.organization.world.elapsed:
        raise bad_request("restoreTarget: must not be in the future")
    if target < read_elapsed("createdAt", service["createdAt"]):
        raise bad_request("restoreTarget: the service was not there at that moment")
    return instances.restore(call.organization, call.path[:-1], call.body)


@operation("postgresServicePatchState")
def change_state(call: Call) -> JsonObject:
    """Restart, promote a replica, or switch to a standby."""
    require_properties(call.body, "command")
    return public(instances.command(call.organization, call.path[:-1], call.body["command"]))


@operation("postgresServiceSetPassword")
def set_password(call: Call) -> JsonObject:
    """Set the password; without one it is generated and shown only once."""
    instances.check_is_primary(call.organization, _service(call))
    if "password" in call.body:
        return {}
    return {"password": instances.new_password(call.organization)}


@operation("postgresServiceCertsGet")
def get_certificates(call: Call) -> Reply:
    """Return the certificate of the service's certificate authority, as a file."""
    pem = authority(call.organization, _service(call))
    return Reply(pem, headers={"Content-Disposition": 'attachment; filename="ca.pem"'})


@operation("postgresInstanceConfigGet")
def get_config(call: Call) -> JsonObject:
    """Show every setting."""
    return config.of(call.organization, call.path[:-1])


@operation("postgresInstanceConfigPost")
def replace_config(call: Call) -> JsonObject:
    """Replace every setting."""
    settings = config.replaced(call.organization, call.body)
    return config.store(call.organization, call.path[:-1], settings)


@operation("postgresInstanceConfigPatch", body=config.CHANGES)
def change_config(call: Call) -> JsonObject:
    """Change some settings."""
    path = call.path[:-1]
    settings = config.merged(call.organization, config.of(call.organization, path), call.body)
    return config.store(call.organization, path, settings)


@operation("postgresInstanceMetricsGet")
def get_metrics(call: Call) -> JsonObject:
    """Metrics in a window."""
    window = asked_window(call)
    bucket = metrics.bucket_size(window, call.query.get("bucket_size_seconds"))
    return {"metrics": metrics.measure(call.organization, _service(call), window, bucket)}


@operation("postgresLogsGetList")
def list_logs(call: Call) -> object:
    """Lines of the log in a window."""
    window = asked_window(call)
    if window.length > logs.MAX_DAYS * DAY:
        raise bad_request(f"to_date: must be at most {logs.MAX_DAYS} days after from_date")
    return paged(call, logs.lines(call.organization, _service(call), window, call.query))


@operation("slowQueryPatternsGetList")
def list_patterns(call: Call) -> object:
    """Slow query patterns in a window."""
    window = asked_window(call)
    return paged(call, slow_queries.patterns(call.organization, _service(call), window, call.query))


@operation("slowQueryPatternGet")
def get_pattern(call: Call) -> JsonObject:
    """One slow query pattern with its last executions."""
    path = call.path[:-2]
    service = call.organization.world.store.document(path)
    return slow_queries.detail(call.organization, service, call.path[-1], call.query)


def _service(call: Call) -> JsonObject:
    return call.organization.world.store.document(call.path[:-1])
