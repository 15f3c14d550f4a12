"""Sources that never end: Kafka, Kinesis and Pub/Sub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request

from .rules import given, need, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject

_SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")
_WORKLOAD_IDENTITY = "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"

KAFKA_AUTHENTICATIONS: Mapping[str, tuple[str, ...]] = {
    "kafka": ("PLAIN", *_SCRAM, "MUTUAL_TLS"),
    "msk": ("SCRAM-SHA-512", "IAM_ROLE", "IAM_USER", "MUTUAL_TLS"),
    "gcmk": ("PLAIN", "MUTUAL_TLS", _WORKLOAD_IDENTITY),
    "confluent": ("PLAIN", "MUTUAL_TLS"),
    "warpstream": ("PLAIN",),
    "azureeventhub": ("PLAIN",),
    "redpanda": (*_SCRAM, "MUTUAL_TLS"),
    "dokafka": ("SCRAM-SHA-256", "MUTUAL_TLS"),
}
"""Authentication methods by brand of Kafka."""

_KINESIS_ROLE = "ClickHouseAccessRole-"
"""Prefix of the names of roles for Kinesis, according to the help of ClickHouse's own client."""

_LOGIN = ("username", "password")
_CREDENTIALS: Mapping[str, tuple[str, ...]] = {
    "PLAIN": _LOGIN,
    "SCRAM-SHA-256": _LOGIN,
    "SCRAM-SHA-512": _LOGIN,
    "IAM_USER": ("accessKeyId", "secretKey"),
    "MUTUAL_TLS": ("certificate", "privateKey"),
}
"""The properties of credentials for Kafka, by authentication method."""


def check_kafka(source: JsonObject, place: str) -> None:
    """Check a new Kafka source.

    Args:
        source: The source in the request.
        place: Its path in the request.

    Raises:
        Problem: 400 if a rule is broken.
    """
    need(source, place, "type", "format", "brokers", "topics")
    check_kafka_access(source, place)
    offset = source.get("offset") or {}
    if offset.get("strategy") == "from_timestamp":
        need(offset, f"{place}.offset", "timestamp", why="with from_timestamp")
    _check_registry(source.get("schemaRegistry") or {}, f"{place}.schemaRegistry")
    if not source.get("exactlyOnce"):
        refuse(source, place, "tombstoneMode", "is only with exactlyOnce")
    if source["format"] != "Protobuf":
        refuse(source, place, "protobufSchema", "is only for the format Protobuf")
    elif given(source.get("schemaRegistry")):
        refuse(source, place, "protobufSchema", "excludes schemaRegistry")


def check_kafka_access(source: JsonObject, place: str) -> None:
    """Check the authentication of a pipe for Kafka.

    Raises:
        Problem: 400 if the brand does not support the method, or a value for it is missing.
    """
    need(source, place, "authentication")
    brand, authentication = source["type"], source["authentication"]
    if authentication not in KAFKA_AUTHENTICATIONS[brand]:
        known = ", ".join(KAFKA_AUTHENTICATIONS[brand])
        raise bad_request(f"{place}.authentication: must be one of {known} for {brand}")
    if authentication == "IAM_ROLE":
        need(source, place, "iamRole", why="for IAM_ROLE")
    credentials: JsonObject = source.get("credentials") or {}
    if brand == "azureeventhub" and "connectionString" in credentials:
        need(credentials, f"{place}.credentials", "connectionString")
    elif authentication in _CREDENTIALS:
        names = _CREDENTIALS[authentication]
        need(credentials, f"{place}.credentials", *names, why=f"for {authentication}")


def _check_registry(registry: JsonObject, place: str) -> None:
    if not registry:
        return
    if registry.get("type") == "glue":
        need(registry, place, "glueRegion", "glueRegistryName")
        return
    need(registry, place, "url")
    if not registry["url"].startswith("https://"):
        raise bad_request(f"{place}.url: must begin with https://")
    if given(registry.get("authentication")):
        need(registry.get("credentials") or {}, f"{place}.credentials", *_LOGIN)


def check_kinesis(source: JsonObject, place: str) -> None:
    """Check a new Kinesis source.

    Raises:
        Problem: 400 if a rule is broken.
    """
    need(source, place, "format", "streamName", "region", "iteratorType")
    check_kinesis_access(source, place)
    _check_registry(source.get("schemaRegistry") or {}, f"{place}.schemaRegistry")
    if source["iteratorType"] == "AT_TIMESTAMP":
        need(source, place, "timestamp", why="with AT_TIMESTAMP")
    if source["format"] == "Protobuf":
        need(source, place, "protobufSchema", why="for the format Protobuf")
    else:
        refuse(source, place, "protobufSchema", "is only for the format Protobuf")


def check_kinesis_access(source: JsonObject, place: str) -> None:
    """Check the authentication of a pipe for Kinesis.

    Raises:
        Problem: 400 if a value is missing.
    """
    need(source, place, "authentication")
    if source["authentication"] != "IAM_ROLE":
        check_access_key(source, place)
        return
    need(source, place, "iamRole", why="for IAM_ROLE")
    if not source["iamRole"].rpartition("/")[2].startswith(_KINESIS_ROLE):
        raise bad_request(f"{place}.iamRole: the name of the role must begin with {_KINESIS_ROLE}")


def check_access_key(source: JsonObject, place: str) -> None:
    """Check the key of an IAM user.

    Raises:
        Problem: 400 if a value is missing.
    """
    key: JsonObject = source.get("accessKey") or {}
    need(key, f"{place}.accessKey", "accessKeyId", "secretKey", why="for IAM_USER")


def check_pubsub(source: JsonObject, place: str) -> None:
    """Check a new Pub/Sub source.

    Raises:
        Problem: 400 if a rule is broken.
    """
    check_pubsub_access(source, place)
    if source["seekType"] == "timestamp":
        need(source, place, "seekTimestamp", why="with the seekType timestamp")
    else:
        refuse(source, place, "seekTimestamp", "is only for the seekType timestamp")


def check_pubsub_access(source: JsonObject, place: str) -> None:
    """Check the authentication of a pipe for Pub/Sub.

    Raises:
        Problem: 400 if a value is missing.
    """
    if source["authentication"] == "SERVICE_ACCOUNT":
        key: JsonObject = source.get("serviceAccountKey") or {}
        need(key, f"{place}.serviceAccountKey", "serviceAccountFile", why="for SERVICE_ACCOUNT")
