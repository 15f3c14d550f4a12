"""Cases of the kinds whose resources live in a service."""

from __future__ import annotations

from typing import Final

from .case import Case

KEYS: Final = (
    ("api_keys", {"name": "reader", "ip_access_list": [{"source": "192.0.2.0/24"}]}),
    ("api_keys", {"name": "writer", "ip_access_list": []}),
)

GCP = {
    "bucket_provider": "GCP",
    "bucket_path": "gs://backups/clicks",
    "access_key_id": "GOOG1",
    "secret_access_key": {"secret": "gcp-secret-key"},
}

CASES: Final = (
    Case(
        kind="backup_buckets",
        label="AWS",
        fields={
            "service": "clicks",
            "bucket_provider": "AWS",
            "bucket_path": "s3://backups/clicks",
            "iam_role_arn": "arn:aws:iam::1:role/backup",
            "iam_role_session_name": "clickhouse",
            "iam_role_external_id": "external",
        },
        changes=[
            {"bucket_path": "s3://backups/other"},
            {"iam_role_arn": "arn:aws:iam::1:role/other", "iam_role_external_id": "other"},
            {"iam_role_session_name": None},
        ],
        beside=["bucket_provider"],
    ),
    Case(
        kind="backup_buckets",
        label="GCP",
        fields={"service": "clicks", **GCP},
        changes=[{"bucket_path": "gs://backups/other"}, {"access_key_id": "GOOG2"}],
        beside=["bucket_provider", "secret_access_key"],
    ),
    Case(
        kind="backup_buckets",
        label="AZURE",
        fields={
            "service": "clicks",
            "bucket_provider": "AZURE",
            "container_name": "backups",
            "connection_string": {"secret": "azure-connection-string"},
        },
        changes=[{"container_name": "other"}],
        beside=["bucket_provider", "connection_string"],
    ),
    Case(
        kind="snapshot_configurations",
        fields={"service": "clicks", "enabled": True, "gap": 30, "time_frame": 1440},
        changes=[{"enabled": False}, {"gap": 60, "time_frame": 2880}],
    ),
    Case(
        kind="query_endpoints",
        fields={
            "service": "clicks",
            "roles": ["sql_console_read_only"],
            "open_api_keys": ["reader"],
            "allowed_origins": "https://a.example",
        },
        changes=[
            {"roles": ["sql_console_admin"]},
            {"open_api_keys": ["writer", "reader"]},
            {"allowed_origins": None},
            {"roles": [], "open_api_keys": []},
        ],
        needs=KEYS,
    ),
    Case(
        kind="query_api_endpoints",
        fields={
            "service": "clicks",
            "name": "top",
            "sql": "SELECT {n:UInt8}",
            "database": "default",
            "parameters": {"n": "1"},
            "api_keys": ["reader"],
            "roles": ["sql_console_read_only"],
            "allowed_origins": ["https://a.example"],
        },
        changes=[
            {"sql": "SELECT 2", "database": "other"},
            {"parameters": {"m": "2"}, "api_keys": ["writer"]},
            {"roles": ["sql_console_admin"], "allowed_origins": []},
            {"parameters": {}, "api_keys": [], "roles": []},
        ],
        needs=KEYS,
    ),
    Case(
        kind="saved_queries",
        fields={
            "service": "clicks",
            "name": "daily",
            "sql": "SELECT 1",
            "database": "default",
            "parameters": {"day": "1"},
        },
        changes=[{"sql": "SELECT 2"}, {"database": "other"}, {"parameters": {}}],
    ),
    Case(
        kind="clickhouse_settings",
        fields={
            "service": "clicks",
            "settings": {"max_concurrent_queries": 100, "max_table_size_to_drop": "10"},
        },
        changes=[
            {"settings": {"max_concurrent_queries": 200, "max_table_size_to_drop": None}},
            {"settings": {"*": None, "max_table_size_to_drop": 5}},
        ],
    ),
    Case(
        kind="replica_aware_routing",
        fields={"service": "clicks", "http_enabled": True, "native_enabled": False},
        changes=[{"http_enabled": None}, {"native_enabled": True}],
    ),
    Case(
        kind="private_endpoints",
        fields={"endpoint_id": "vpce-1", "service": "clicks", "description": "office"},
    ),
)
