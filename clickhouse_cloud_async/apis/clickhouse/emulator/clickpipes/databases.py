"""Sources that are databases: Postgres, MySQL, BigQuery and MongoDB."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.emulation.problems import bad_request

from .rules import given, need, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject

REDACTED: Final = "[REDACTED]"

SNAPSHOT_SETTINGS: Mapping[str, object] = {
    "initialLoadParallelism": 4,
    "snapshotNumRowsPerPartition": 100_000,
    "snapshotNumberOfParallelTables": 1,
}
"""Default settings of the initial load."""

SETTINGS: Mapping[str, object] = {
    "replicationMode": "cdc",
    "syncIntervalSeconds": 60,
    "pullBatchSize": 100_000,
    **SNAPSHOT_SETTINGS,
}
"""Default settings of databases whose changes are replicated."""

MAPPING_KEYS: Mapping[str, tuple[str, str, str]] = {
    "postgres": ("sourceSchemaName", "sourceTable", "targetTable"),
    "mysql": ("sourceSchemaName", "sourceTable", "targetTable"),
    "bigquery": ("sourceDatasetName", "sourceTable", "targetTable"),
    "mongodb": ("sourceDatabaseName", "sourceCollection", "targetTable"),
}
"""The properties that identify a table mapping of a pipe, by kind of source."""

_SYNC = ("replicationMethod", "syncCron", "syncIntervalSeconds", "syncDelaySeconds")
_LOGIN = ("username", "password")
_MARIADB = frozenset({"mariadb", "rdsmariadb"})
_CRON = re.compile(r"(CRON_TZ=\S+ )?(@[a-z]+|\S+( \S+){4})")
_USER_INFO = re.compile(r"(?<=://).*@", re.DOTALL)


def check_postgres(source: JsonObject, place: str) -> None:
    """Check a new Postgres source.

    Args:
        source: The source in the request.
        place: Its path in the request.

    Raises:
        Problem: 400 if a rule is broken.
    """
    need(source, place, "host", "port", "database")
    check_login(source, place)
    settings: JsonObject = source.get("settings") or {}
    if settings.get("replicationMode") != "cdc_only":
        refuse(settings, f"{place}.settings", "replicationSlotName", "is only for cdc_only")
    if given(settings.get("replicationSlotName")):
        why = "excludes replicationSlotName"
        refuse(settings, f"{place}.settings", "enableFailoverSlots", why)
    check_mappings("postgres", source.get("tableMappings") or [], f"{place}.tableMappings")


def check_mysql(source: JsonObject, place: str) -> None:
    """Check a new MySQL source.

    Raises:
        Problem: 400 if a rule is broken.
    """
    check_login(source, place)
    mechanism = source["settings"].get("replicationMechanism", "GTID")
    if source.get("type") in _MARIADB and mechanism != "GTID":
        raise bad_request(f"{place}.settings.replicationMechanism: must be GTID for MariaDB")
    check_mappings("mysql", source["tableMappings"], f"{place}.tableMappings")


def check_bigquery(source: JsonObject, place: str) -> None:
    """Check a new BigQuery source.

    Raises:
        Problem: 400 if a rule is broken.
    """
    check_mappings("bigquery", source["tableMappings"], f"{place}.tableMappings")
    settings: JsonObject = source["settings"]
    if settings["replicationMode"] == "snapshot":
        for name in _SYNC:
            refuse(settings, f"{place}.settings", name, "is not for snapshot")
        return
    need(settings, f"{place}.settings", "replicationMethod")
    if given(settings.get("syncCron")):
        refuse(
            settings, f"{place}.settings", "syncIntervalSeconds", "cannot be combined with syncCron"
        )
        if not _CRON.fullmatch(settings["syncCron"]):
            raise bad_request(
                f"{place}.settings.syncCron: must have five fields, or be a word such as @hourly"
            )
    is_query_based = settings["replicationMethod"] == "query_based"
    names = ("queryCdcWatermarkColumn", "eventsFunction")
    wanted, refused = names if is_query_based else names[::-1]
    for index, mapping in enumerate(source["tableMappings"]):
        need(mapping, f"{place}.tableMappings[{index}]", wanted)
        reason = f"is not for {settings['replicationMethod']}"
        refuse(mapping, f"{place}.tableMappings[{index}]", refused, reason)


def check_mongodb(source: JsonObject, place: str) -> None:
    """Check a new MongoDB source.

    Raises:
        Problem: 400 if a rule is broken.
    """
    check_uri(source["uri"], place)
    if REDACTED in source["uri"]:
        raise bad_request(f"{place}.uri: must contain the credentials instead of {REDACTED}")
    check_mappings("mongodb", source["tableMappings"], f"{place}.tableMappings")
    for index, mapping in enumerate(source["tableMappings"]):
        ingestion: JsonObject = mapping.get("structuredIngestion") or {"enabled": True}
        if not ingestion["enabled"]:
            where = f"{place}.tableMappings[{index}].structuredIngestion"
            for name in ingestion.keys() - {"enabled"}:
                refuse(ingestion, where, name, "is only with enabled: true")


def check_uri(uri: str, place: str) -> None:
    """Check the URI of a MongoDB source.

    Raises:
        Problem: 400 if it is not a MongoDB URI.
    """
    if not uri.startswith(("mongodb://", "mongodb+srv://")):
        raise bad_request(f"{place}.uri: must begin with mongodb:// or mongodb+srv://")


def check_login(source: JsonObject, place: str) -> None:
    """Check the credentials of a pipe for Postgres or MySQL.

    Raises:
        Problem: 400 if a value is missing.
    """
    if source.get("authentication") == "IAM_ROLE":
        need(source, place, "iamRole", why="for IAM_ROLE")
    else:
        need(source.get("credentials") or {}, f"{place}.credentials", *_LOGIN)


def check_mappings(kind: str, mappings: list[JsonObject], place: str) -> None:
    """Check the mappings of tables.

    Args:
        kind: Kind of the source.
        mappings: All mappings of the pipe.
        place: Their path in the request.

    Raises:
        Problem: 400 if there are none, one is incomplete, or two are equal.
    """
    if not mappings:
        raise bad_request(f"{place}: must have at least 1 items")
    seen: set[tuple[str, ...]] = set()
    for index, mapping in enumerate(mappings):
        need(mapping, f"{place}[{index}]", *MAPPING_KEYS[kind])
        if mapping.get("useCustomSortingKey"):
            need(mapping, f"{place}[{index}]", "sortingKeys", why="with useCustomSortingKey")
        key = mapping_key(kind, mapping)
        if key in seen:
            raise bad_request(f"{place}[{index}]: exists already")
        seen.add(key)


def mapping_key(kind: str, mapping: JsonObject) -> tuple[str, ...]:
    """Return the key of a table mapping within its pipe."""
    return tuple(mapping.get(name) or "" for name in MAPPING_KEYS[kind])


def redact(uri: str) -> str:
    """Return a MongoDB URI with its credentials masked."""
    return _USER_INFO.sub(f"{REDACTED}@", uri)
