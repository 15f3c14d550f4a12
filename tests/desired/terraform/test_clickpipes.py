"""Conversion of pipes, their size and their private endpoints."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .states import SERVICE_ID, clickpipe, converted, resource, service

_ENDPOINT = {
    "id": "e1",
    "service_id": SERVICE_ID,
    "description": "msk",
    "type": "MSK_MULTI_VPC",
    "msk_cluster_arn": "arn:cluster",
    "msk_authentication": "SASL_SCRAM",
    "vpc_endpoint_service_name": None,
    "dns_names": [],
    "private_dns_names": ["b-1.example.com"],
    "endpoint_id": "vpce-1",
    "status": "Ready",
}
_KAFKA: dict[str, Any] = {
    "type": "msk",
    "format": "JSONEachRow",
    "brokers": "b-1.example.com:14001",
    "topics": "events",
    "authentication": "SCRAM-SHA-512",
    "consumer_group": "clickpipes-c1000000-0000-4000-8000-000000000001",
    "credentials": {
        "username": "u",
        "password": None,
        "password_wo": None,
        "password_wo_version": 3,
        "access_key_id": None,
    },
    "offset": {"strategy": "from_beginning", "timestamp": None},
    "reverse_private_endpoint_ids": ["e1"],
    "schema_registry": {
        "url": "https://registry.example",
        "authentication": "PLAIN",
        "credentials": {"username": "r", "password": "Sample-Clear-1", "password_wo": None},
    },
    "exactly_once": None,
}
_MARKS = {"source": {"kafka": {"schema_registry": {"credentials": True}}}}


def test_kafka() -> None:
    """A pipe with references to secrets and to the endpoint that it goes through."""
    pipe = clickpipe(
        {"kafka": _KAFKA},
        scaling={"replicas": 2, "replica_cpu_millicores": 250, "replica_memory_gb": 1},
        settings={"streaming_max_insert_wait_ms": 5000},
    )
    pipe["sensitive_values"] = _MARKS
    document, conversion = converted(
        service(), resource("clickpipes_reverse_private_endpoint", _ENDPOINT), pipe
    )
    assert document["clickpipes"] == [
        {
            "name": "events",
            "service": "clicks",
            "state": "running",
            "source": {
                "kafka": {
                    "type": "msk",
                    "format": "JSONEachRow",
                    "brokers": "b-1.example.com:14001",
                    "topics": "events",
                    "authentication": "SCRAM-SHA-512",
                    "credentials": {
                        "username": "u",
                        "password": {"env": "CLICKPIPE_EVENTS_PASSWORD", "version": 3},
                    },
                    "offset": {"strategy": "from_beginning"},
                    "reverse_private_endpoint_ids": ["${reverse_private_endpoints.msk.id}"],
                    "schema_registry": {
                        "type": "confluent",
                        "url": "https://registry.example",
                        "authentication": "PLAIN",
                        "credentials": {
                            "username": {"env": "CLICKPIPE_EVENTS_SCHEMA_REGISTRY_USERNAME"},
                            "password": {"env": "CLICKPIPE_EVENTS_SCHEMA_REGISTRY_PASSWORD"},
                        },
                    },
                }
            },
            "destination": {
                "database": "default",
                "table": "events",
                "managed_table": True,
                "columns": [{"name": "id", "type": "UInt64"}],
                "table_definition": {"engine": {"type": "MergeTree"}},
            },
            "field_mappings": [{"source_field": "id", "destination_field": "id"}],
            "scaling": {"replicas": 2, "replica_cpu_millicores": 250, "replica_memory_gb": 1},
            "settings": {"streaming_max_insert_wait_ms": 5000},
        }
    ]
    assert conversion.losses == ()
    assert [each.target for each in conversion.secrets] == [
        "CLICKPIPE_EVENTS_PASSWORD",
        "CLICKPIPE_EVENTS_SCHEMA_REGISTRY_USERNAME",
        "CLICKPIPE_EVENTS_SCHEMA_REGISTRY_PASSWORD",
    ]
    assert "Sample-Clear-1" not in json.dumps(conversion.to_dict())


def test_consumer_group() -> None:
    """A group of one's own is kept, unlike one that the API has made of the pipe's id."""
    document, _ = converted(clickpipe({"kafka": {**_KAFKA, "consumer_group": "mine"}}))
    assert document["clickpipes"][0]["source"]["kafka"]["consumer_group"] == "mine"


def test_variables_are_unique() -> None:
    """Pipes of names that look the same in capitals have variables of their own."""
    pipes = [
        clickpipe({"kafka": _KAFKA}, id=str(number), name=name, label=f"p{number}")
        for number, name in enumerate(("my events", "my-events"))
    ]
    _, conversion = converted(*pipes)
    names = [each.target for each in conversion.secrets]
    assert len(set(names)) == len(names)
    assert {"CLICKPIPE_MY_EVENTS_PASSWORD", "CLICKPIPE_MY_EVENTS_PASSWORD_2"} <= set(names)


def _table(schema: str) -> dict[str, Any]:
    return {
        f"source_{schema}": "shop",
        "source_table": "orders",
        "target_table": "orders",
        "table_engine": None,
        "excluded_columns": ["password"],
    }


_SETTINGS = {"replication_mode": "cdc", "sync_interval_seconds": 60, "pull_batch_size": None}
_LOGIN = {"username": "u", "password": "p", "password_wo": None, "password_wo_version": None}
_DATABASES: dict[str, dict[str, Any]] = {
    "postgres": {
        "type": "postgres",
        "host": "db.example.com",
        "port": 5432,
        "database": "shop",
        "authentication": "basic",
        "credentials": _LOGIN,
        "settings": _SETTINGS,
        "table_mappings": [_table("schema_name")],
    },
    "mysql": {
        "type": "mysql",
        "host": "db.example.com",
        "port": 3306,
        "credentials": _LOGIN,
        "settings": _SETTINGS,
        "table_mappings": [_table("schema_name")],
    },
    "mongodb": {
        "uri": "mongodb://u:Sample-Clear-1@db.example.com",
        "read_preference": "primary",
        "credentials": _LOGIN,
        "settings": _SETTINGS,
        "table_mappings": [
            {"source_database_name": "shop", "source_collection": "orders", "target_table": "o"}
        ],
    },
    "bigquery": {
        "snapshot_staging_path": "gs://bucket/1",
        "credentials": {"service_account_file": "Sample-Clear-1"},
        "settings": {"replication_mode": "snapshot"},
        "table_mappings": [_table("dataset_name")],
    },
}


@pytest.mark.parametrize("kind", sorted(_DATABASES))
def test_databases(kind: str) -> None:
    """A pipe of a database has tables and no size; its login is made of references."""
    destination = {"database": "default", "managed_table": True, "table": None, "columns": None}
    document, conversion = converted(
        service(),
        clickpipe({kind: _DATABASES[kind]}, destination=destination, field_mappings=None),
    )
    (pipe,) = document["clickpipes"]
    assert pipe["destination"] == {"database": "default"}
    assert pipe["source"][kind]["table_mappings"]
    assert pipe["source"][kind]["settings"].get("pull_batch_size", 0) == 0
    assert conversion.losses == ()
    assert conversion.secrets
    assert "Sample-Clear-1" not in json.dumps([document, conversion.to_dict()])


def test_imported_database() -> None:
    """After an import the state has no credentials, and the report says so."""
    source = {**_DATABASES["postgres"], "credentials": None}
    _, conversion = converted(service(), clickpipe({"postgres": source}))
    assert [each.attribute for each in conversion.losses] == ["source.postgres.credentials"]


_OTHERS: dict[str, dict[str, Any]] = {
    "object_storage": {
        "type": "s3",
        "format": "Parquet",
        "url": "https://bucket.example/*.parquet",
        "authentication": "IAM_USER",
        "access_key": {"access_key_id": "Sample-Clear-1", "secret_key": "Sample-Clear-2"},
        "is_continuous": True,
        "queue_url": None,
    },
    "kinesis": {
        "format": "JSONEachRow",
        "stream_name": "events",
        "region": "eu-central-1",
        "iterator_type": "AT_TIMESTAMP",
        "timestamp": "1767225600",
        "authentication": "IAM_USER",
        "access_key": {"access_key_id": "Sample-Clear-1", "secret_key": "Sample-Clear-2"},
    },
    "pubsub": {
        "format": "JSONEachRow",
        "project_id": "shop",
        "topic": "events",
        "seek_type": "latest",
        "authentication": "SERVICE_ACCOUNT",
        "service_account_key": {"service_account_file": "Sample-Clear-1"},
    },
}


@pytest.mark.parametrize("kind", sorted(_OTHERS))
def test_streams_and_files(kind: str) -> None:
    """A key of a cloud is made of references; all else stands as it is."""
    document, conversion = converted(service(), clickpipe({kind: _OTHERS[kind]}, stopped=True))
    (pipe,) = document["clickpipes"]
    assert pipe["state"] == "stopped"
    source = pipe["source"][kind]
    assert {"access_key", "service_account_key"} & source.keys()
    assert source.get("timestamp", 1767225600) == 1767225600
    assert conversion.losses == ()
    assert "Sample-Clear" not in json.dumps([document, conversion.to_dict()])


def test_private_endpoint_with_names() -> None:
    """DNS names are a field of their endpoint; what the API fills in is left out."""
    names = {
        "id": "x",
        "service_id": SERVICE_ID,
        "reverse_private_endpoint_id": "e1",
        "mapping": [{"private_dns_name": "db.example.com"}],
    }
    document, conversion = converted(
        service(),
        resource("clickpipes_reverse_private_endpoint", _ENDPOINT),
        resource("clickpipes_reverse_private_endpoint_custom_private_dns", names),
    )
    assert document["reverse_private_endpoints"] == [
        {
            "service": "clicks",
            "description": "msk",
            "type": "MSK_MULTI_VPC",
            "msk_cluster_arn": "arn:cluster",
            "msk_authentication": "SASL_SCRAM",
            "custom_private_dns_mappings": [{"private_dns_name": "db.example.com"}],
        }
    ]
    assert conversion.losses == ()


def test_cdc_infrastructure() -> None:
    """The size that database pipes share."""
    size = {"service_id": SERVICE_ID, "replica_cpu_millicores": 2000, "replica_memory_gb": 8}
    document, conversion = converted(service(), resource("clickpipe_cdc_infrastructure", size))
    assert document["cdc_infrastructure"] == [
        {"service": "clicks", "replica_cpu_millicores": 2000, "replica_memory_gb": 8}
    ]
    assert conversion.losses == ()
