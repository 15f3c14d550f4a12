"""States of Terraform as its command prints them, with the attributes that the provider stores."""

from __future__ import annotations

import json
from typing import Any

from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.fleet import Conversion, from_terraform

PROVIDER = "registry.terraform.io/clickhouse/clickhouse"

SERVICE_ID = "5e000000-0000-4000-8000-000000000001"
WAREHOUSE_ID = "3a000000-0000-4000-8000-000000000001"


def state(*resources: dict[str, Any], modules: list[dict[str, Any]] | None = None) -> str:
    """Return what is printed for some resources, and modules below the root."""
    root: dict[str, Any] = {"resources": list(resources)}
    if modules:
        root["child_modules"] = modules
    return json.dumps({"format_version": "1.0", "values": {"root_module": root}})


def resource(
    type_: str, values: dict[str, Any], *, label: str = "this", **others: Any
) -> dict[str, Any]:
    """Return a resource; `others` replace what stands beside its attributes."""
    return {
        "address": f"clickhouse_{type_}.{label}",
        "mode": "managed",
        "type": f"clickhouse_{type_}",
        "name": label,
        "provider_name": PROVIDER,
        "schema_version": 0,
        "values": values,
        "sensitive_values": {},
        **others,
    }


def service(*, label: str = "this", beside: dict[str, Any] | None = None, **values: Any) -> Any:
    """Return a service that scales vertically; `values` replace its attributes."""
    return resource(
        "service",
        {**_SERVICE, **values},
        label=label,
        **{
            "schema_version": 1,
            "sensitive_values": dict.fromkeys(
                ("password", "password_wo", "password_hash", "double_sha1_password_hash"), True
            ),
            **(beside or {}),
        },
    )


_SERVICE: dict[str, Any] = {
    "id": SERVICE_ID,
    "name": "clicks",
    "cloud_provider": "aws",
    "region": "eu-central-1",
    "is_primary": True,
    "warehouse_id": WAREHOUSE_ID,
    "readonly": False,
    "autoscaling_mode": "vertical",
    "num_replicas": 3,
    "min_replicas": None,
    "max_replicas": None,
    "min_replica_memory_gb": 8,
    "max_replica_memory_gb": 32,
    "min_total_memory_gb": None,
    "max_total_memory_gb": None,
    "idle_scaling": True,
    "idle_timeout_minutes": 15,
    "release_channel": "default",
    "enable_core_dumps": True,
    "ip_access": [
        {"source": "192.0.2.0/24", "description": "office"},
        {"source": "198.51.100.7", "description": ""},
    ],
    "tags": {"env": "prod"},
    "tier": None,
    "byoc_id": None,
    "backup_id": None,
    "compliance_type": None,
    "encryption_key": None,
    "encryption_assumed_role_identifier": None,
    "transparent_data_encryption": {"enabled": False, "role_id": None},
    "backup_configuration": {
        "backup_period_in_hours": 12,
        "backup_retention_period_in_hours": 48,
        "backup_start_time": None,
    },
    "endpoints": {
        "https": {"host": "clicks.example.com", "port": 8443},
        "nativesecure": {"host": "clicks.example.com", "port": 9440},
        "mysql": {"enabled": False, "host": None, "port": None},
    },
    "query_api_endpoints": None,
    "password": None,
    "password_wo": None,
    "password_wo_version": None,
    "password_hash": None,
    "double_sha1_password_hash": None,
    "iam_role": "arn:aws:iam::111122223333:role/clicks",
    "private_endpoint_config": {"endpoint_service_id": "svc", "private_dns_hostname": "host"},
}


def clickpipe(source: dict[str, Any], *, label: str = "this", **values: Any) -> dict[str, Any]:
    """Return a pipe of a source, with nulls for the kinds of sources that it is not of."""
    return resource(
        "clickpipe",
        {
            "id": "c1000000-0000-4000-8000-000000000001",
            "service_id": SERVICE_ID,
            "name": "events",
            "source": {**dict.fromkeys(_SOURCES), **source},
            "destination": {
                "database": "default",
                "table": "events",
                "managed_table": True,
                "columns": [{"name": "id", "type": "UInt64"}],
                "roles": None,
                "table_definition": {
                    "engine": {"type": "MergeTree", "version_column_id": None, "column_ids": None},
                    "sorting_key": [],
                    "partition_by": None,
                    "primary_key": None,
                },
            },
            "field_mappings": [{"source_field": "id", "destination_field": "id"}],
            "scaling": None,
            "settings": None,
            "state": "Running",
            "stopped": False,
            "trigger_resync": False,
            **values,
        },
        label=label,
    )


_SOURCES = (
    "bigquery",
    "kafka",
    "kinesis",
    "mongodb",
    "mysql",
    "object_storage",
    "postgres",
    "pubsub",
)


def converted(*resources: dict[str, Any]) -> tuple[dict[str, Any], Conversion]:
    """Return the document of some resources as its text reads, and the conversion."""
    conversion = from_terraform(state(*resources), clickstack_service=SERVICE_ID)
    return read_text(conversion.text, "<text>").value, conversion


def data(type_: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return what a data source has read."""
    return resource(type_, values, mode="data")


API_KEY = {"id": "a1000000-0000-4000-8000-000000000001", "name": "ci"}
"""What the data source of API keys knows of one."""
