"""Pipes of every source and what they need, with values for their fields."""

from __future__ import annotations

from typing import Any

import attrs

Fields = dict[str, Any]


@attrs.frozen(kw_only=True)
class PipeCase:
    """A source of pipes.

    Attributes:
        kind: What the source is.
        fields: The fields of a pipe of it, without its name and service.
        changes: For each part of it that can be changed, the fields that are described then.
        fixed: For parts that cannot be changed, likewise, by how the plan names them.
    """

    kind: str
    fields: Fields
    changes: dict[str, Fields]
    fixed: dict[str, Fields] = attrs.field(factory=dict[str, Fields])


def _login(name: str = "loader") -> Fields:
    return {"username": name, "password": {"env": "PIPE_PASSWORD"}}


_COLUMNS = [{"name": "id", "type": "UInt64"}]
DESTINATION: Fields = {
    "database": "default",
    "table": "events",
    "managed_table": True,
    "columns": _COLUMNS,
    "table_definition": {
        "engine": {"type": "ReplacingMergeTree", "version_column_id": "id"},
        "sorting_key": ["id"],
    },
    "roles": ["writer"],
}
_MAPPED: Fields = {"field_mappings": [{"source_field": "id", "destination_field": "id"}]}


def _of_a_stream(kind: str, source: Fields, **others: Fields) -> Fields:
    return {"source": {kind: source}, "destination": DESTINATION, **_MAPPED, **others}


KAFKA: Fields = {
    "type": "kafka",
    "format": "JSONEachRow",
    "brokers": "broker.example:9092",
    "topics": "events",
    "authentication": "PLAIN",
    "credentials": _login(),
}
_KINESIS: Fields = {
    "format": "JSONEachRow",
    "stream_name": "events",
    "region": "eu-central-1",
    "iterator_type": "LATEST",
    "authentication": "IAM_USER",
    "access_key": {"access_key_id": "key", "secret_key": {"env": "PIPE_PASSWORD"}},
}
_PUBSUB: Fields = {
    "format": "JSONEachRow",
    "project_id": "shop",
    "topic": "events",
    "seek_type": "latest",
    "authentication": "SERVICE_ACCOUNT",
    "service_account_key": {"service_account_file": {"env": "PIPE_PASSWORD"}},
}
_S3: Fields = {
    "type": "s3",
    "format": "Parquet",
    "url": "https://bucket.example/*.parquet",
    "is_continuous": True,
    "authentication": "IAM_USER",
    "access_key": {"access_key_id": "key", "secret_key": {"env": "PIPE_PASSWORD"}},
}


def table(name: str, **others: Any) -> Fields:
    """Return a table of a database that goes to one of its name."""
    return {
        "source_schema_name": "public",
        "source_table": name,
        "target_table": name,
        **others,
    }


POSTGRES: Fields = {
    "host": "db.example",
    "port": 5432,
    "database": "shop",
    "credentials": _login(),
    "settings": {"replication_mode": "cdc", "sync_interval_seconds": 60},
    "table_mappings": [table("orders")],
}
_MYSQL: Fields = {
    "host": "db.example",
    "port": 3306,
    "credentials": _login(),
    "settings": {"replication_mode": "cdc"},
    "table_mappings": [table("orders")],
}
_COLLECTION: Fields = {
    "source_database_name": "shop",
    "source_collection": "orders",
    "target_table": "orders",
}
_MONGODB: Fields = {
    "uri": {"env": "PIPE_URI"},
    "read_preference": "primary",
    "settings": {"replication_mode": "cdc"},
    "table_mappings": [_COLLECTION],
}
_BIGQUERY: Fields = {
    "snapshot_staging_path": "gs://staging/1",
    "authentication": "SERVICE_ACCOUNT",
    "credentials": {"service_account_file": {"env": "PIPE_PASSWORD"}},
    "settings": {"replication_mode": "snapshot"},
    "table_mappings": [
        {"source_dataset_name": "shop", "source_table": "orders", "target_table": "orders"}
    ],
}


def _of_a_database(kind: str, source: Fields, **others: Any) -> Fields:
    return {"source": {kind: {**source, **others}}, "destination": {"database": "default"}}


CASES = [
    PipeCase(
        kind="kafka",
        fields=_of_a_stream("kafka", KAFKA),
        changes={
            "authentication": _of_a_stream("kafka", {**KAFKA, "authentication": "SCRAM-SHA-256"}),
            "certificate": _of_a_stream("kafka", {**KAFKA, "ca_certificate": "PEM"}),
            "field_mappings": {
                "field_mappings": [{"source_field": "key", "destination_field": "id"}]
            },
            "columns": {
                "destination": {**DESTINATION, "columns": [{"name": "id", "type": "UInt32"}]}
            },
            "scaling": {
                "scaling": {"replicas": 2, "replica_cpu_millicores": 250, "replica_memory_gb": 1}
            },
            "settings": {
                "settings": {"streaming_max_insert_wait_ms": 5000, "kafka_read_committed": True}
            },
            "settings to defaults": {"settings": {"streaming_max_insert_wait_ms": None}},
            "stop": {"state": "stopped"},
            "start": {"state": "running"},
        },
        fixed={
            "source[kafka.topics]": _of_a_stream("kafka", {**KAFKA, "topics": "others"}),
            "destination[table]": {"destination": {**DESTINATION, "table": "others"}},
            "destination[table_definition.sorting_key]": {
                "destination": {
                    "database": "default",
                    "table_definition": {
                        "engine": {"type": "ReplacingMergeTree"},
                        "sorting_key": ["id", "at"],
                    },
                }
            },
            "source: kafka -> postgres": _of_a_database("postgres", POSTGRES),
        },
    ),
    PipeCase(
        kind="object_storage",
        fields=_of_a_stream("object_storage", _S3),
        changes={
            "authentication": _of_a_stream(
                "object_storage",
                {**_S3, "authentication": "IAM_ROLE", "iam_role": "arn:aws:iam::1:role/reader"},
            ),
            "field_mappings": {
                "field_mappings": [{"source_field": "key", "destination_field": "id"}]
            },
            "settings": {"settings": {"object_storage_concurrency": 3}},
        },
        fixed={
            "source[object_storage.url]": _of_a_stream(
                "object_storage", {**_S3, "url": "https://x"}
            )
        },
    ),
    PipeCase(
        kind="kinesis",
        fields=_of_a_stream("kinesis", _KINESIS),
        changes={
            "authentication": _of_a_stream(
                "kinesis",
                {
                    **_KINESIS,
                    "authentication": "IAM_ROLE",
                    "iam_role": "arn:aws:iam::1:role/ClickHouseAccessRole-1",
                },
            )
        },
        fixed={
            "source[kinesis.region]": _of_a_stream("kinesis", {**_KINESIS, "region": "us-east-1"})
        },
    ),
    PipeCase(
        kind="pubsub",
        fields=_of_a_stream("pubsub", _PUBSUB),
        changes={"ack_deadline": _of_a_stream("pubsub", {**_PUBSUB, "ack_deadline": 30})},
        fixed={"source[pubsub.topic]": _of_a_stream("pubsub", {**_PUBSUB, "topic": "others"})},
    ),
    PipeCase(
        kind="postgres",
        fields=_of_a_database("postgres", POSTGRES),
        changes={
            "a table more": _of_a_database(
                "postgres",
                POSTGRES,
                table_mappings=[table("orders"), table("users", excluded_columns=["password"])],
            ),
            "a table less": _of_a_database("postgres", POSTGRES, table_mappings=[table("users")]),
            "host": _of_a_database(
                "postgres", POSTGRES, host="other.example", table_mappings=[table("users")]
            ),
            "settings": {
                "source": {
                    "postgres": {
                        **POSTGRES,
                        "host": "other.example",
                        "settings": {"replication_mode": "cdc", "sync_interval_seconds": 30},
                        "table_mappings": [table("users")],
                    }
                }
            },
            "stop": {"state": "stopped"},
            "start": {"state": "running"},
        },
        fixed={
            "source[postgres.settings.replication_mode]": _of_a_database(
                "postgres", POSTGRES, settings={"replication_mode": "snapshot"}
            ),
            "source[postgres.table_mappings.public.users -> users]": _of_a_database(
                "postgres", POSTGRES, table_mappings=[table("users", excluded_columns=["email"])]
            ),
        },
    ),
    PipeCase(
        kind="mysql",
        fields=_of_a_database("mysql", _MYSQL),
        changes={
            "a table more": _of_a_database(
                "mysql", _MYSQL, table_mappings=[table("orders"), table("users")]
            ),
            "port": _of_a_database(
                "mysql", _MYSQL, port=3307, table_mappings=[table("orders"), table("users")]
            ),
        },
        fixed={
            "source[mysql.settings.replication_mechanism]": _of_a_database(
                "mysql",
                _MYSQL,
                settings={"replication_mode": "cdc", "replication_mechanism": "FILE_POS"},
            )
        },
    ),
    PipeCase(
        kind="mongodb",
        fields=_of_a_database("mongodb", _MONGODB),
        changes={
            "read_preference": _of_a_database("mongodb", _MONGODB, read_preference="secondary"),
            "a collection more": _of_a_database(
                "mongodb",
                _MONGODB,
                read_preference="secondary",
                table_mappings=[
                    _COLLECTION,
                    {**_COLLECTION, "source_collection": "users", "target_table": "users"},
                ],
            ),
        },
        fixed={
            "source[mongodb.settings.replication_mode]": _of_a_database(
                "mongodb", _MONGODB, settings={"replication_mode": "snapshot"}
            )
        },
    ),
    PipeCase(
        kind="bigquery",
        fields=_of_a_database("bigquery", _BIGQUERY),
        changes={},
        fixed={
            "source[bigquery.snapshot_staging_path]": _of_a_database(
                "bigquery", _BIGQUERY, snapshot_staging_path="gs://staging/2"
            )
        },
    ),
]
"""A case for each kind of source."""

ENDPOINTS: list[Fields] = [
    {"type": "VPC_ENDPOINT_SERVICE", "vpc_endpoint_service_name": "com.example.vpce"},
    {
        "type": "VPC_RESOURCE",
        "vpc_resource_configuration_id": "rcfg-1",
        "vpc_resource_share_arn": "arn:share",
    },
    {
        "type": "MSK_MULTI_VPC",
        "msk_cluster_arn": "arn:cluster",
        "msk_authentication": "SASL_SCRAM",
    },
    {"type": "GCP_PSC_SERVICE_ATTACHMENT", "gcp_service_attachment": "projects/1"},
]
"""Reverse private endpoints of each type."""
