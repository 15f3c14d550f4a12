"""Bodies of requests for ClickPipes, as short as they may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .client import Answer, Api

LOGIN: Final = {"username": "reader", "password": "planted-Secret-1"}
ACCESS_KEY: Final = {"accessKeyId": "AKIA", "secretKey": "planted-Secret-2"}
ROLE: Final = "arn:aws:iam::123456789012:role/ClickHouseAccessRole-reader"
ACCOUNT: Final = {"serviceAccountFile": "planted-Secret-3"}

SOURCES: Final[Mapping[str, dict[str, Any]]] = {
    "kafka": {
        "type": "kafka",
        "format": "JSONEachRow",
        "brokers": "broker.example.com:9092",
        "topics": "events",
        "authentication": "PLAIN",
        "credentials": LOGIN,
    },
    "kinesis": {
        "format": "JSONEachRow",
        "streamName": "events",
        "region": "us-east-1",
        "iteratorType": "LATEST",
        "authentication": "IAM_USER",
        "accessKey": ACCESS_KEY,
    },
    "objectStorage": {
        "type": "s3",
        "format": "JSONEachRow",
        "url": "https://bucket.s3.amazonaws.com/*.json",
    },
    "pubsub": {
        "format": "JSONEachRow",
        "projectId": "project",
        "topic": "events",
        "authentication": "SERVICE_ACCOUNT",
        "seekType": "latest",
        "serviceAccountKey": ACCOUNT,
    },
    "postgres": {
        "host": "db.example.com",
        "port": 5432,
        "database": "shop",
        "credentials": LOGIN,
        "tableMappings": [
            {"sourceSchemaName": "public", "sourceTable": "orders", "targetTable": "orders"}
        ],
    },
    "mysql": {
        "host": "db.example.com",
        "port": 3306,
        "credentials": LOGIN,
        "settings": {"replicationMode": "cdc"},
        "tableMappings": [
            {"sourceSchemaName": "shop", "sourceTable": "orders", "targetTable": "orders"}
        ],
    },
    "bigquery": {
        "snapshotStagingPath": "gs://staging/path",
        "credentials": ACCOUNT,
        "settings": {"replicationMode": "snapshot"},
        "tableMappings": [
            {"sourceDatasetName": "shop", "sourceTable": "orders", "targetTable": "orders"}
        ],
    },
    "mongodb": {
        "uri": "mongodb+srv://reader:planted-Secret-4@cluster.example.com/shop",
        "readPreference": "secondaryPreferred",
        "settings": {"replicationMode": "cdc"},
        "tableMappings": [
            {"sourceDatabaseName": "shop", "sourceCollection": "orders", "targetTable": "orders"}
        ],
    },
}
"""A source of each kind."""

DATABASES: Final = ("postgres", "mysql", "bigquery", "mongodb")

TABLE: Final = {
    "database": "default",
    "table": "events",
    "managedTable": True,
    "columns": [{"name": "id", "type": "Int64"}],
}


def body(kind: str, changes: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return what makes a pipe.

    Args:
        kind: Kind of the source.
        changes: Properties of the source that are different; None for one that is left out.
        **more: Properties of the pipe.
    """
    source = SOURCES[kind] | dict(changes or {})
    destination = {"database": "default"} if kind in DATABASES else TABLE
    kept = {name: value for name, value in source.items() if value is not None}
    return {"name": kind, "source": {kind: kept}, "destination": destination} | more


async def create(
    api: Api, kind: str, changes: Mapping[str, Any] | None = None, **more: Any
) -> Answer:
    """Ask for a pipe in the running service."""
    return await api("POST", f"{await api.service_path()}/clickpipes", body(kind, changes, **more))


async def created(
    api: Api, kind: str, changes: Mapping[str, Any] | None = None, **more: Any
) -> str:
    """Make a pipe in the running service and return its path."""
    answer = await create(api, kind, changes, **more)
    return f"{await api.service_path()}/clickpipes/{answer.result['id']}"


async def state(api: Api, pipe: str) -> str:
    """The state of a pipe."""
    return str((await api("GET", pipe)).result["state"])


async def pause(api: Api, pipe: str) -> None:
    """Let a pipe of a database pause, without which its tables cannot be changed."""
    await api("PATCH", f"{pipe}/state", {"command": "stop"})
    await api.emulator.advance(minutes=1)
    assert await state(api, pipe) == "Paused"
