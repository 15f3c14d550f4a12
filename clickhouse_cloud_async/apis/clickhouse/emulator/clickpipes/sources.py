"""The source of a pipe: checks, defaults and removal of secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from clickhouse_cloud_async.emulation.json_values import deep_merge, is_object, without_nulls
from clickhouse_cloud_async.emulation.problems import bad_request

from . import databases, object_storage, streams

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

    Check = Callable[[JsonObject, str], None]

WRITE_ONLY: Final = frozenset(
    {"credentials", "accessKey", "serviceAccountKey", "connectionString", "protobufSchema"}
)
"""Properties of sources that are accepted but never shown or stored."""

_DATABASE = {"disableTls": False, "skipCertVerification": False, "settings": databases.SETTINGS}


@attrs.frozen
class Kind:
    """A kind of source.

    Args:
        check: Checks a new source.
        defaults: Defaults of omitted properties.
        check_access: Checks the authentication of a changed source, if that can be changed.
        is_database: Whether it is a database, whose pipes have different states and a shared size.
    """

    check: Check
    defaults: Mapping[str, object]
    check_access: Check | None = None
    is_database: bool = False


KINDS: Mapping[str, Kind] = {
    "kafka": Kind(
        streams.check_kafka,
        {"reversePrivateEndpointIds": [], "exactlyOnce": False},
        streams.check_kafka_access,
    ),
    "objectStorage": Kind(
        object_storage.check,
        {"compression": "auto", "isContinuous": False, "authentication": None},
        object_storage.check_access,
    ),
    "kinesis": Kind(
        streams.check_kinesis, {"useEnhancedFanOut": False}, streams.check_kinesis_access
    ),
    "pubsub": Kind(streams.check_pubsub, {"enableOrdering": False}, streams.check_pubsub_access),
    "postgres": Kind(
        databases.check_postgres,
        {"type": "postgres", "authentication": "basic", **_DATABASE},
        is_database=True,
    ),
    "mysql": Kind(
        databases.check_mysql,
        deep_merge(
            {"type": "mysql", "authentication": "basic", **_DATABASE},
            {"settings": {"replicationMechanism": "GTID"}},
        ),  # type: ignore[arg-type] # objects merge into an object
        databases.check_login,
        is_database=True,
    ),
    "bigquery": Kind(
        databases.check_bigquery,
        {"authentication": "SERVICE_ACCOUNT", "settings": databases.SNAPSHOT_SETTINGS},
        is_database=True,
    ),
    "mongodb": Kind(databases.check_mongodb, _DATABASE, is_database=True),
}
"""Every kind of source by name."""


def kind_of(source: JsonObject) -> str:
    """Return the name of the kind of source that an object contains.

    Raises:
        Problem: 400 if it contains none or several.
    """
    kinds = [name for name in KINDS if source.get(name) is not None]
    if len(kinds) != 1:
        raise bad_request(f"source: must hold one of {', '.join(KINDS)}")
    return kinds[0]


def check(organization: Organization, service_path: Path, source: JsonObject) -> str:
    """Check a new source.

    Args:
        organization: The organisation of the pipe.
        service_path: The path of the service.
        source: The source in the request.

    Returns:
        The name of its kind.

    Raises:
        Problem: 400 if a rule is broken.
    """
    kind = kind_of(source)
    place = f"source.{kind}"
    KINDS[kind].check(source[kind], place)
    check_endpoints(organization, service_path, source[kind], place)
    check_server_id(organization, source[kind], place)
    return kind


def check_endpoints(
    organization: Organization, service_path: Path, source: JsonObject, place: str
) -> None:
    """Check that the reverse private endpoints of a source exist.

    Raises:
        Problem: 400 if one does not.
    """
    known = organization.world.store.collection(
        (*service_path, "clickpipesReversePrivateEndpoints")
    )
    for index, endpoint_id in enumerate(source.get("reversePrivateEndpointIds") or ()):
        if endpoint_id not in known:
            name = f"{place}.reversePrivateEndpointIds[{index}]"
            raise bad_request(f"{name}: there is no endpoint {endpoint_id}")


def check_server_id(organization: Organization, source: JsonObject, place: str) -> None:
    """Check that no other pipe has the same ID for its MySQL server.

    Raises:
        Problem: 400 if one has it.
    """
    if source.get("serverId") in _server_ids(organization):
        raise bad_request(f"{place}.serverId: belongs to another pipe")


def complete(organization: Organization, pipe_id: str, source: JsonObject) -> JsonObject:
    """Return the stored form of a checked source, with defaults.

    Args:
        organization: The organisation of the pipe.
        pipe_id: Id of the pipe.
        source: The source in the request.
    """
    kind = kind_of(source)
    said = without_secrets(without_nulls(source[kind]))
    whole = deep_merge(KINDS[kind].defaults, said)
    assert is_object(whole)
    if kind == "kafka" and not whole.get("consumerGroup"):
        whole["consumerGroup"] = f"clickpipes-{pipe_id}"
    elif kind == "mysql" and "serverId" not in whole:
        whole["serverId"] = _free_server_id(organization, pipe_id)
    elif kind == "mongodb":
        whole["uri"] = databases.redact(whole["uri"])
    return {kind: whole}


def without_secrets(source: JsonObject) -> JsonObject:
    """Return a source without the properties that are never shown, at any depth."""
    return {
        name: without_secrets(value) if is_object(value) else value
        for name, value in source.items()
        if name not in WRITE_ONLY
    }


def _server_ids(organization: Organization) -> frozenset[int]:
    """Return the IDs of the pipes for their MySQL servers."""
    services = organization.collection("services")
    pipes = (
        pipe
        for service_id in services
        for pipe in organization.collection("services", service_id, "clickpipes").values()
    )
    return frozenset(p["source"]["mysql"]["serverId"] for p in pipes if "mysql" in p["source"])


def _free_server_id(organization: Organization, pipe_id: str) -> int:
    taken, random = _server_ids(organization), organization.world.draw("serverId", pipe_id)
    while (server_id := random.randrange(1, 2**32)) in taken:
        pass
    return server_id
