"""ClickPipes of a stream, of files and of a database, their size and their private endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import RUNNING

if TYPE_CHECKING:
    from tests.emulator.client import Api

PIPES = f"{RUNNING}/clickpipes"
ENDPOINTS = f"{RUNNING}/clickpipesReversePrivateEndpoints"
KAFKA = {
    "type": "msk",
    "format": "AvroConfluent",
    "brokers": "b-1.example.com:9096,b-2.example.com:9096",
    "topics": "orders",
    "consumerGroup": "orders-in",
    "authentication": "SCRAM-SHA-512",
    "credentials": {"username": "reader", "password": "planted-Secret-1"},
    "offset": {"strategy": "from_timestamp", "timestamp": "2026-01-01T00:00"},
    "schemaRegistry": {
        "url": "https://registry.example.com",
        "authentication": "PLAIN",
        "credentials": {"username": "reader", "password": "planted-Secret-2"},
    },
    "exactlyOnce": True,
}
TABLE = {
    "database": "shop",
    "table": "orders",
    "managedTable": True,
    "tableDefinition": {
        "engine": {"type": "ReplacingMergeTree", "versionColumnId": "changed"},
        "sortingKey": ["id"],
        "partitionBy": "toYYYYMM(changed)",
        "primaryKey": "id",
        "ttl": "changed + INTERVAL 1 YEAR",
    },
    "columns": [{"name": "id", "type": "Int64"}, {"name": "changed", "type": "DateTime"}],
    "roles": ["loader"],
}
MAPPINGS = [
    {"sourceField": "order_id", "destinationField": "id"},
    {"sourceField": "changed_at", "destinationField": "changed"},
]
POSTGRES = {
    "type": "rdspostgres",
    "host": "db.example.com",
    "port": 5432,
    "database": "shop",
    "credentials": {"username": "reader", "password": "planted-Secret-3"},
    "settings": {"replicationMode": "cdc", "publicationName": "pipes", "syncIntervalSeconds": 30},
    "tableMappings": [
        {
            "sourceSchemaName": "public",
            "sourceTable": "items",
            "targetTable": "items",
            "excludedColumns": ["note"],
            "useCustomSortingKey": True,
            "sortingKeys": ["id"],
            "tableEngine": "ReplacingMergeTree",
        }
    ],
}


async def walk(api: Api) -> None:
    """Ask for every operation on pipes."""
    await _prepare(api)
    await _stream(api)
    await _database(api)
    assert (await api("GET", PIPES)).result == []


async def _prepare(api: Api) -> None:
    context = (await api("GET", f"{PIPES}/context")).result["gcpWorkloadIdentity"]
    assert context["supported"] == (context["principal"] is not None)
    body: dict[str, object] = {
        "type": "VPC_RESOURCE",
        "description": "the brokers",
        "vpcResourceConfigurationId": "rcfg-1a2b3c4d",
        "vpcResourceShareArn": "arn:aws:ram:us-east-1:123456789012:resource-share/1a2b",
        "customPrivateDnsMappings": [{"privateDnsName": "*.brokers.example.com"}],
    }
    endpoint = (await api("POST", ENDPOINTS, body)).result
    assert endpoint["status"] == "Provisioning"
    await api.emulator.advance(minutes=4)
    assert (await api("GET", f"{ENDPOINTS}/{endpoint['id']}")).result["status"] == "Ready"
    assert [e["id"] for e in (await api("GET", ENDPOINTS)).result] == [endpoint["id"]]
    body = {"customPrivateDnsMappings": []}
    changed = (await api("PATCH", f"{ENDPOINTS}/{endpoint['id']}", body)).result
    assert changed["customPrivateDnsMappings"] == []
    found = (await api("POST", f"{PIPES}/schemaDiscovery", {"source": {"kafka": KAFKA}})).result
    assert found["fields"][0]["name"] == "id"


async def _stream(api: Api) -> None:
    (endpoint,) = (await api("GET", ENDPOINTS)).result
    body: dict[str, object] = {
        "name": "orders",
        "source": {"kafka": KAFKA | {"reversePrivateEndpointIds": [endpoint["id"]]}},
        "destination": TABLE,
        "fieldMappings": MAPPINGS,
        "scaling": {"replicas": 2, "replicaCpuMillicores": 250, "replicaMemoryGb": 1},
        "settings": {"streaming_max_insert_wait_ms": 5000, "kafka_read_committed": True},
        "startPaused": True,
    }
    pipe = (await api("POST", PIPES, body)).result
    path = f"{PIPES}/{pipe['id']}"
    assert pipe["state"] == "Stopped"
    access = {"authentication": "IAM_ROLE", "iamRole": "arn:aws:iam::123456789012:role/reader"}
    body = {"name": "all orders", "source": {"kafka": access}}
    assert (await api("PATCH", path, body)).result["name"] == "all orders"
    assert (await api("PATCH", f"{path}/scaling", {"replicas": 3})).result["scaling"] == {
        "replicas": 3,
        "replicaCpuMillicores": 250,
        "replicaMemoryGb": 1,
    }
    settings = (await api("GET", f"{path}/settings")).result | {"clickhouse_max_threads": 4}
    assert (await api("PUT", f"{path}/settings", settings)).result == settings
    assert (await api("PATCH", f"{path}/state", {"command": "start"})).result["state"] != "Stopped"
    await api.emulator.advance(minutes=2)
    assert (await api("GET", path)).result["state"] == "Running"
    assert (await api("DELETE", path)).status == 200
    assert (await api("DELETE", f"{ENDPOINTS}/{endpoint['id']}")).status == 200


async def _database(api: Api) -> None:
    scaling = f"{RUNNING}/clickpipesCdcScaling"
    body = {
        "name": "items",
        "source": {"postgres": POSTGRES},
        "destination": {"database": "shop"},
    }
    pipe = (await api("POST", PIPES, body)).result
    await api.emulator.advance(minutes=2)
    assert (await api("GET", scaling)).result["replicaCpuMillicores"] == 1000
    size = {"replicaCpuMillicores": 2000, "replicaMemoryGb": 8}
    assert (await api("PATCH", scaling, size)).result == size
    assert (await api("DELETE", f"{PIPES}/{pipe['id']}")).status == 200
