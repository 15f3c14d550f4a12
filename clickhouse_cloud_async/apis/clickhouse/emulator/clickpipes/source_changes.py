"""Changes of a pipe's source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.emulation.json_values import without_nulls
from clickhouse_cloud_async.emulation.problems import bad_request

from . import databases, object_storage
from .rules import given, refuse
from .sources import (
    KINDS,
    WRITE_ONLY,
    check_endpoints,
    check_server_id,
    kind_of,
    without_secrets,
)

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.core.contract import Schema
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

_KAFKA_MUTABLE = frozenset(
    {"authentication", "iamRole", "caCertificate", "reversePrivateEndpointIds", "credentials"}
)


def _or_null(name: str) -> Schema:
    return {"oneOf": [{"$ref": f"#/schemas/{name}"}, {"type": "null"}]}


PATCH: Final[Schema] = {
    "type": "object",
    "properties": {
        "name": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
        "source": {
            "type": ["object", "null"],
            "properties": {
                # A whole Kafka source may be sent: properties that cannot be changed are ignored.
                "kafka": {
                    "oneOf": [
                        {"$ref": "#/schemas/ClickPipePatchKafkaSource"},
                        {"$ref": "#/schemas/ClickPipePostKafkaSource"},
                        {"type": "null"},
                    ]
                },
                "objectStorage": _or_null("ClickPipePatchObjectStorageSource"),
                "kinesis": _or_null("ClickPipePatchKinesisSource"),
                "pubsub": _or_null("ClickPipePatchPubSubSource"),
                "postgres": {"$ref": "#/schemas/ClickPipePatchPostgresSource"},
                "mysql": _or_null("ClickPipePatchMySQLSource"),
                # An absent URI or preference does not change, although the contract requires both.
                "mongodb": {
                    "type": ["object", "null"],
                    "properties": {
                        "credentials": {"$ref": "#/schemas/PLAIN"},
                        "uri": {"type": ["string", "null"]},
                        "readPreference": {
                            "enum": [
                                *("primary", "primaryPreferred", "secondary"),
                                *("secondaryPreferred", "nearest", None),
                            ]
                        },
                        "tlsHost": {"type": ["string", "null"]},
                        "disableTls": {"type": ["boolean", "null"]},
                        "skipCertVerification": {"type": ["boolean", "null"]},
                        "caCertificate": {"type": ["string", "null"]},
                        "settings": {"$ref": "#/schemas/ClickPipePatchMongoDBPipeSettings"},
                        "tableMappingsToAdd": {
                            "type": "array",
                            "items": {"$ref": "#/schemas/ClickPipeMongoDBPipeTableMapping"},
                        },
                        "tableMappingsToRemove": {
                            "type": "array",
                            "items": {
                                "$ref": "#/schemas/ClickPipePatchMongoDBPipeRemoveTableMapping"
                            },
                        },
                    },
                },
                "validateSamples": {"type": "boolean"},
            },
        },
        "destination": _or_null("ClickPipePatchDestination"),
        "fieldMappings": {
            "type": "array",
            "items": {"$ref": "#/schemas/ClickPipeFieldMapping"},
        },
        "settings": _or_null("ClickPipeSettings"),
    },
}
"""The schema of a change of a pipe."""


def changed(
    organization: Organization, service_path: Path, source: JsonObject, changes: JsonObject
) -> JsonObject:
    """Return a pipe's source with changes.

    Args:
        organization: The organisation of the pipe.
        service_path: The path of the service.
        source: The current source, which is not modified.
        changes: The source in the request; null keeps a property.

    Returns:
        The changed source.

    Raises:
        Problem: 400 if a rule is broken.
    """
    kind = kind_of(source)
    for name in KINDS:
        if name != kind and changes.get(name) is not None:
            raise bad_request(f"source.{name}: the source of this pipe is {kind}")
    if kind == "bigquery" and changes.get(kind) is not None:
        raise bad_request("source.bigquery: cannot be changed")
    place, old = f"source.{kind}", source[kind]
    wanted = without_nulls(changes.get(kind) or {})
    if kind == "kafka":
        wanted = _changes_of_kafka(wanted, place)
    elif kind == "mongodb":
        wanted = _changes_of_mongodb(wanted, place)
    _check_access(kind, old, wanted, place)
    check_endpoints(organization, service_path, wanted, place)
    if wanted.get("serverId") != old.get("serverId"):
        check_server_id(organization, wanted, place)
    new = old | without_secrets(wanted)
    if kind == "objectStorage":
        object_storage.check_reading(new, place)
    if KINDS[kind].is_database:
        new = _with_tables(kind, new, old, place)
    return {kind: new}


def _changes_of_kafka(wanted: JsonObject, place: str) -> JsonObject:
    registry: JsonObject = wanted.get("schemaRegistry") or {}
    refuse(registry, f"{place}.schemaRegistry", "credentials", "cannot be changed")
    return {name: value for name, value in wanted.items() if name in _KAFKA_MUTABLE}


def _changes_of_mongodb(wanted: JsonObject, place: str) -> JsonObject:
    uri = wanted.get("uri", databases.REDACTED)
    if databases.REDACTED in uri:
        return {name: value for name, value in wanted.items() if name != "uri"}
    databases.check_uri(uri, place)
    return wanted | {"uri": databases.redact(uri)}


def _check_access(kind: str, old: JsonObject, wanted: JsonObject, place: str) -> None:
    """Check new authentication, or new secrets for the current one."""
    check = KINDS[kind].check_access
    is_new = wanted.get("authentication", old.get("authentication")) != old.get("authentication")
    if check is not None and (is_new or any(given(wanted.get(name)) for name in WRITE_ONLY)):
        check(old | wanted, place)


def _with_tables(kind: str, new: JsonObject, old: JsonObject, place: str) -> JsonObject:
    """Return a database source with merged settings, and with tables removed and added."""
    removed, added = new.pop("tableMappingsToRemove", []), new.pop("tableMappingsToAdd", [])
    sources = {databases.mapping_key(kind, table)[:-1] for table in removed}
    for index, table in enumerate(added):
        if databases.mapping_key(kind, table)[:-1] in sources:
            raise bad_request(
                f"{place}.tableMappingsToAdd[{index}]: is removed in the same request"
            )
    settings = without_nulls(new["settings"])
    tables = {databases.mapping_key(kind, table): table for table in old["tableMappings"]}
    for index, table in enumerate(removed):
        if tables.pop(databases.mapping_key(kind, table), None) is None:
            raise bad_request(f"{place}.tableMappingsToRemove[{index}]: does not exist")
    whole = [*tables.values(), *added]
    databases.check_mappings(kind, whole, f"{place}.tableMappings")
    return new | {"settings": old["settings"] | settings, "tableMappings": whole}
