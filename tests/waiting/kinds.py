"""One thing of each kind that changes by itself, and how it is made to change."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import attrs

from tests.emulator import archives, pipes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator

LASTING: Final = ("wait_until", "follow", "")
"""The methods of what nobody deletes."""

MISSING: Final = "00000000-0000-4000-8000-000000000000"


@attrs.frozen
class World:
    """An emulator whose time is scaled, and a client.

    Attributes:
        emulator: The emulator, with a running service.
        cloud: The client, which prepares things.
    """

    emulator: Emulator
    cloud: ClickHouseCloud

    @property
    def service_id(self) -> str:
        """The id of the running service."""
        return self.cloud.services.get_by_name("base").id


@attrs.frozen
class Kind:
    """How a thing is made, and where that leads.

    Attributes:
        namespace: The namespace of its methods.
        make: Makes one and gives its ids.
        becomes: The state that it comes to.
        fault: Kind and state of a transition that fails; empty where no failure is an end.
        delete: Begins its end, given its ids; None where nobody can.
        methods: Names of the methods that wait for a state, follow and wait for its end, where one
            does.
    """

    namespace: str
    make: Callable[[World], tuple[str, ...]]
    becomes: str
    fault: tuple[Any, ...] = ()
    delete: Callable[..., object] | None = None
    methods: tuple[str, str, str] = ("wait_until", "follow", "wait_until_gone")


def _service(world: World) -> tuple[str, ...]:
    created = world.cloud.services.create(
        name="etl", provider="aws", region="us-east-1", idle_scaling=False
    )
    return (created.service.id,)


def _end_service(world: World, service_id: str) -> None:
    world.cloud.services.stop(service_id)
    world.cloud.services.wait_until(service_id, "stopped")
    world.cloud.services.delete(service_id)


def _postgres(world: World) -> tuple[str, ...]:
    created = world.cloud.postgres.create(
        name="orders",
        provider="aws",
        region="us-east-1",
        size="r6gd.medium",
        ip_access_list=[],
    )
    return (created.id,)


def _pipe(source: str, changes: Mapping[str, Any] | None = None) -> Callable[[World], Any]:
    def make(world: World) -> tuple[str, ...]:
        body = pipes.body(source, changes)
        pipe = world.cloud.clickpipes.create(world.service_id, **body)
        return world.service_id, pipe.id

    return make


def _endpoint(world: World) -> tuple[str, ...]:
    endpoint = world.cloud.reverse_private_endpoints.create(
        world.service_id,
        description="to the source",
        type="VPC_ENDPOINT_SERVICE",
        vpc_endpoint_service_name="com.amazonaws.vpce.us-east-1.vpce-svc-1",
    )
    return world.service_id, endpoint.id


def _backup(world: World) -> tuple[str, ...]:
    world.emulator.advance(hours=24)
    return world.service_id, world.cloud.backups.list(world.service_id)[0].id


def _snapshot(world: World) -> tuple[str, ...]:
    world.cloud.snapshots.update_configuration(world.service_id, enabled=True)
    world.emulator.advance(minutes=30)
    return world.service_id, world.cloud.snapshots.list(world.service_id)[0].id


FUNCTION: Final = {
    "runtime": "python3.11",
    "arguments": [{"name": "x", "type": "UInt64"}],
    "returnType": "UInt64",
    "type": "executable",
}


def _uploaded(world: World) -> str:
    session = world.cloud.udfs.create_upload()
    url = urlsplit(session.upload_url.reveal())
    connection = http.client.HTTPConnection(url.netloc)
    connection.request(
        "PUT",
        f"{url.path}?{url.query}",
        archives.archive(),
        {"Content-Type": "application/zip"},
    )
    assert connection.getresponse().status == 200
    connection.close()
    return session.upload_id


def _function(world: World) -> tuple[str, ...]:
    function: Any = {**FUNCTION, "functionName": "f", "uploadId": _uploaded(world)}
    world.cloud.udfs.create(function)
    return ("f",)


def _version(world: World) -> tuple[Any, ...]:
    name = _function(world)[0]
    world.cloud.udfs.wait_until(name, "ready")
    changed: Any = {**FUNCTION, "uploadId": _uploaded(world)}
    version = world.cloud.udfs.create_version(name, changed)
    return name, version.version


def _attachment(world: World) -> tuple[str, ...]:
    name = _function(world)[0]
    world.cloud.udfs.wait_until(name, "ready")
    world.cloud.udfs.attach(name, world.service_id)
    return name, world.service_id


def _infrastructure(world: World) -> tuple[str, ...]:
    return (world.cloud.byoc.create(region_id="us-east-1", account_id="123456789012").id,)


KINDS: Final = {
    "service": Kind(
        "services", _service, "running", ("failed", "service", "starting"), _end_service
    ),
    "postgres": Kind(
        "postgres", _postgres, "running", (), lambda world, *ids: world.cloud.postgres.delete(*ids)
    ),
    "stream": Kind(
        "clickpipes",
        _pipe("kafka"),
        "Running",
        ("Failed", "clickpipe", "Provisioning"),
        lambda world, *ids: world.cloud.clickpipes.delete(*ids),
    ),
    "files": Kind(
        "clickpipes", _pipe("objectStorage"), "Completed", ("InternalError", "clickpipe", "Running")
    ),
    "database": Kind(
        "clickpipes",
        _pipe("postgres", {"settings": {"replicationMode": "cdc"}}),
        "Running",
        ("Failed", "clickpipe", "Snapshot"),
    ),
    "endpoint": Kind(
        "reverse_private_endpoints",
        _endpoint,
        "Ready",
        ("Rejected", "reverse_private_endpoint", "PendingAcceptance"),
        lambda world, *ids: world.cloud.reverse_private_endpoints.delete(*ids),
    ),
    "backup": Kind("backups", _backup, "done", ("error", "backup", "in_progress"), None, LASTING),
    "snapshot": Kind(
        "snapshots", _snapshot, "done", ("error", "snapshot", "in_progress"), None, LASTING
    ),
    "function": Kind(
        "udfs",
        _function,
        "ready",
        ("error", "udf", "building"),
        lambda world, *ids: world.cloud.udfs.delete(*ids),
    ),
    "version": Kind(
        "udfs", _version, "ready", (), None, ("wait_until_version", "follow_version", "")
    ),
    "attachment": Kind(
        "udfs",
        _attachment,
        "deployed",
        ("error", "udf_attachment", "provisioning"),
        lambda world, *ids: world.cloud.udfs.detach(*ids),
        ("wait_until_attachment", "follow_attachment", "wait_until_detached"),
    ),
    "infrastructure": Kind(
        "byoc",
        _infrastructure,
        "infra-ready",
        ("infra-terminated", "byoc", "infra-provisioning"),
        lambda world, *ids: world.cloud.byoc.delete(*ids),
    ),
}
