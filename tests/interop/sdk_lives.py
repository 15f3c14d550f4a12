"""Lives of things, as calls of every operation."""

from __future__ import annotations

from typing import Any

import attrs

MINUTES, HOURS = 60.0, 3600.0


@attrs.frozen
class Step:
    """A call, and what is done with its answer.

    Texts such as ``$key_id`` stand for what earlier answers held. Arguments of the same name as
    something that is known are filled in.

    Args:
        method: Name of the method.
        body: The request's body.
        query: Further arguments.
        keep: What to remember: a name, and where in the answer its value is.
        later: Emulated seconds that pass before the call.
        gone: Whether the answer has to be 404.
    """

    method: str
    body: dict[str, Any] | None = attrs.field(default=None, kw_only=True)
    query: dict[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True)
    keep: dict[str, str] = attrs.field(factory=dict[str, str], kw_only=True)
    later: float = attrs.field(default=0, kw_only=True)
    gone: bool = attrs.field(default=False, kw_only=True)


# Where all lives are lived one after the other, Postgres has to be there at this time.
WINDOW = {"from_date": "2026-01-05T09:00:00Z", "to_date": "2026-01-05T12:00:00Z"}

OPAQUE = {"pubsub": None, "bigquery": None}
"""Kinds of sources that are of any type in the SDK, which then cannot leave them out."""

ETL = Step("instance_get_list", keep={"service_id": "result.0.id"})
"""The first service runs."""

FUNCTION = {
    "uploadId": "$upload_id",
    "type": "executable_pool",
    "runtime": "python3.11",
    "arguments": [{"name": "text", "type": "String"}],
    "returnType": "String",
    "returnName": "reversed",
    "memoryLimitMib": 128,
}
"""What a version of a function is made of."""

READ_ALL = {"action": "read", "subject": "all", "integration": "mongodb", "conditions": {}}
"""A permission; the SDK cannot leave out the conditions either."""

UPLOAD = Step(
    "udf_upload_session_create",
    keep={"upload_id": "result.upload_id", "upload_url": "result.upload_url"},
)
"""An archive is sent to the URL that is kept."""

LIVES: dict[str, tuple[Step, ...]] = {
    "postgres": (
        Step(
            "postgres_service_create",
            body={
                "name": "shop",
                "provider": "aws",
                "region": "us-east-1",
                "size": "c6gd.large",
                "haType": "async",
                "postgresVersion": "17",
                "tags": [{"key": "env", "value": "prod"}],
            },
            keep={"postgres_id": "result.id"},
        ),
        Step("postgres_service_get", later=1 * HOURS),
        Step("postgres_service_get_list"),
        Step("postgres_service_patch", body={"name": "store", "size": "c6gd.xlarge"}),
        Step("postgres_service_get", later=1 * HOURS),
        Step(
            "postgres_instance_config_post",
            body={
                "pgConfig": {"max_connections": 200},
                "pgBouncerConfig": {"default_pool_size": "20"},
            },
        ),
        Step(
            "postgres_instance_config_patch",
            body={
                "pgConfig": {"work_mem": 4096},
                "pgBouncerConfig": {"default_pool_size": "30"},
            },
        ),
        Step("postgres_instance_config_get"),
        Step("postgres_service_set_password", body={}),
        Step("postgres_service_certs_get"),
        Step("postgres_service_get", later=1 * HOURS),
        Step("postgres_instance_metrics_get", query=WINDOW | {"bucket_size_seconds": 600}),
        Step("postgres_logs_get_list", query=WINDOW),
        Step(
            "slow_query_patterns_get_list",
            query=WINDOW,
            keep={
                "query_id": "result.0.query_id",
                "db_name": "result.0.db_name",
                "db_user": "result.0.db_user",
                "db_operation": "result.0.db_operation",
            },
        ),
        Step("slow_query_pattern_get"),
        Step("postgres_instance_prometheus_get"),
        Step("postgres_org_prometheus_get"),
        Step("postgres_service_patch_state", body={"command": "switchover"}),
        Step("postgres_service_get", later=1 * HOURS),
        Step("postgres_service_patch_state", body={"command": "restart"}),
        Step("postgres_service_get", later=1 * HOURS),
        Step(
            "postgres_instance_restore",
            body={"name": "restored", "restoreTarget": "2026-01-05T11:00:00Z"},
        ),
        Step(
            "postgres_instance_create_read_replica",
            body={"name": "copy"},
            keep={"postgres_id": "result.id"},
        ),
        Step("postgres_service_get", later=1 * HOURS),
        Step("postgres_service_patch_state", body={"command": "promote"}),
        Step("postgres_service_delete", later=1 * HOURS),
        Step("postgres_service_get", later=1 * HOURS, gone=True),
    ),
    "organization": (
        Step("organization_get_list"),
        Step("organization_update", body={"name": "Renamed", "enableCoreDumps": False}),
        Step("organization_get"),
        Step("organization_quotas_get_list", keep={"quota_code": "result.0.quota_code"}),
        Step("organization_quota_get"),
        Step(
            "organization_private_endpoint_config_get_list",
            query={"cloud_provider": "aws", "region_id": "us-east-1"},
        ),
        Step("organization_prometheus_get", query={"filtered_metrics": "true"}),
        Step("organization_prometheus_discovery_get"),
        Step("activity_get_list", keep={"activity_id": "result.0.id"}),
        Step("activity_get_list", query=WINDOW),
        Step("activity_get"),
        Step(
            "organization_byoc_infrastructure_create",
            body={
                "regionId": "us-east-1",
                "accountId": "123456789012",
                "availabilityZoneSuffixes": ["a", "b", "c"],
                "vpcCidrRange": "10.0.0.0/16",
                "displayName": "own",
            },
            keep={"byoc_infrastructure_id": "result.id"},
        ),
        Step("organization_byoc_infrastructure_update", body={"displayName": "mine"}),
        Step("organization_get", later=24 * HOURS),
        Step("organization_byoc_infrastructure_delete"),
    ),
    "billing": (
        Step("usage_cost_get", query={"from_date": "2026-01-05", "to_date": "2026-01-06"}),
        Step("credit_balances_get"),
        Step("active_balances_get"),
        Step(
            "usage_cost_get",
            query={"from_date": "2026-01-05", "to_date": "2026-01-06", "filter": ["tag:env"]},
            later=24 * HOURS,
        ),
    ),
    "keys": (
        Step("organization_roles_get_list", keep={"role_id": "result.0.id"}),
        Step(
            "openapi_key_create",
            body={
                "name": "ci",
                "assignedRoleIds": ["$role_id"],
                "expireAt": "2026-06-01T00:00:00Z",
                "ipAccessList": [{"source": "0.0.0.0/0", "description": "anywhere"}],
            },
            keep={"key_id": "result.key.id"},
        ),
        Step("openapi_key_get"),
        Step("openapi_key_update", body={"state": "disabled", "expireAt": None}),
        Step("openapi_key_get_list", query={"limit": 1}),
        Step("openapi_key_delete"),
        Step("openapi_key_get", gone=True),
    ),
    "roles": (
        Step("organization_roles_get_list"),
        Step(
            "organization_role_post",
            body={
                "name": "auditors",
                "actors": [],
                "policies": [
                    {
                        "allowDeny": "ALLOW",
                        "permissions": ["control-plane:service:view"],
                        "resources": ["instance/*"],
                    }
                ],
            },
            keep={"role_id": "result.id"},
        ),
        Step("organization_role_get"),
        Step("organization_role_patch", body={"name": "readers"}),
        Step("organization_role_delete"),
        Step("organization_role_get", gone=True),
    ),
    "people": (
        Step("organization_roles_get_list", keep={"role_id": "result.0.id"}),
        Step(
            "invitation_create",
            body={"email": "new@example.com", "assignedRoleIds": ["$role_id"]},
            keep={"invitation_id": "result.id"},
        ),
        Step("invitation_get_list"),
        Step("invitation_get"),
        Step("invitation_delete"),
        Step("invitation_get", gone=True),
        Step("member_get_list", keep={"user_id": "result.-1.user_id"}),
        Step("member_get"),
        Step("member_update", body={"assignedRoleIds": ["$role_id"]}),
        Step("member_delete"),
        Step("member_get", gone=True),
    ),
    "services": (
        Step("service_profiles_list", query={"region_id": "us-east-1"}),
        Step(
            "instance_create",
            body={
                "name": "new one",
                "provider": "aws",
                "region": "us-east-1",
                "minReplicaMemoryGb": 16,
                "maxReplicaMemoryGb": 32,
                "numReplicas": 2,
                "idleScaling": False,
                "ipAccessList": [{"source": "0.0.0.0/0", "description": "anywhere"}],
                "tags": [{"key": "env", "value": "prod"}],
            },
            keep={"service_id": "result.service.id"},
        ),
        Step("instance_get", later=10 * MINUTES),
        Step("instance_get_list", query={"filter": ["tag:env=prod"]}),
        Step(
            "instance_update",
            body={
                "name": "newer one",
                "ipAccessList": {"add": [{"source": "192.0.2.7"}], "remove": []},
                "tags": {"remove": [{"key": "env", "value": "prod"}]},
                "endpoints": [{"protocol": "mysql", "enabled": True}],
            },
        ),
        Step("instance_replica_scaling_update", body={"maxReplicaMemoryGb": 64}),
        Step("instance_scaling_update", body={"minTotalMemoryGb": 48, "maxTotalMemoryGb": 360}),
        Step("instance_password_update", body={}),
        Step("instance_prometheus_get"),
        Step("scaling_schedule_get", gone=True),
        Step(
            "scaling_schedule_upsert",
            body={
                "entries": [
                    {
                        "name": "night",
                        "weekdays": [0, 1, 2, 3, 4, 5, 6],
                        "startHourUtc": 20,
                        "endHourUtc": 6,
                        "minReplicaMemoryGb": 8,
                        "maxReplicaMemoryGb": 16,
                    }
                ]
            },
        ),
        Step("scaling_schedule_get", later=12 * HOURS),
        Step("instance_get"),
        Step("scaling_schedule_delete"),
        Step("upgrade_window_update", body={"weekday": 0, "startHourUtc": 18}),
        Step("upgrade_window_get"),
        Step("upgrade_window_delete"),
        Step("upgrade_window_get", gone=True),
        Step("service_clickhouse_settings_schema_get"),
        Step("service_clickhouse_settings_update", body={"settings": {"max_threads": 4}}),
        Step("service_clickhouse_settings_list_get"),
        Step("service_clickhouse_setting_get"),
        Step("service_clickhouse_setting_delete"),
        Step("instance_private_endpoint_config_get"),
        Step("instance_private_endpoint_create", body={"id": "vpce-0123456789abcdef0"}),
        Step("instance_update", body={"privateEndpointIds": {"add": ["vpce-0123456789abcdef0"]}}),
        Step("instance_state_update", body={"command": "stop"}),
        Step("instance_delete", later=10 * MINUTES),
        Step("instance_get", later=10 * MINUTES, gone=True),
    ),
    "query endpoints": (
        ETL,
        Step("openapi_key_create", body={"name": "reader"}, keep={"key_id": "result.key.id"}),
        Step(
            "instance_query_endpoint_upsert",
            body={
                "roles": ["sql_console_read_only"],
                "openApiKeys": ["$key_id"],
                "allowedOrigins": "https://example.com,https://example.net",
            },
        ),
        Step("instance_query_endpoint_get"),
        Step("instance_query_endpoint_delete"),
        Step("instance_query_endpoint_get", gone=True),
        Step(
            "query_api_endpoint_create",
            body={
                "name": "top",
                "sql": "SELECT {n:UInt8}",
                "database": "default",
                "parameters": {"n": "1"},
                "apiKeyIds": ["$key_id"],
                "roles": ["sql_console_read_only"],
            },
            keep={"endpoint_id": "result.id"},
        ),
        Step("query_api_endpoint_list"),
        Step("query_api_endpoint_get"),
        Step(
            "query_api_endpoint_update",
            body={
                "name": "top",
                "sql": "SELECT 1",
                "database": "default",
                "apiKeyIds": ["$key_id"],
                "roles": ["sql_console_read_only"],
            },
        ),
        Step("query_api_endpoint_delete"),
        Step("query_api_endpoint_get", gone=True),
    ),
    "backups": (
        ETL,
        Step("backup_configuration_get"),
        Step(
            "backup_configuration_update",
            body={"backupPeriodInHours": 24, "backupRetentionPeriodInHours": 48},
        ),
        Step("backup_get_list", later=49 * HOURS, keep={"backup_id": "result.0.id"}),
        Step("backup_get"),
        Step("backup_get", later=1 * HOURS),
        Step("backup_bucket_get", gone=True),
        Step(
            "backup_bucket_create",
            body={
                "bucketProvider": "AWS",
                "bucketPath": "https://backups.s3.us-east-1.amazonaws.com/etl",
                "iamRoleArn": "arn:aws:iam::123456789012:role/backups",
                "iamRoleSessionName": "backups",
            },
        ),
        Step("backup_bucket_get"),
        Step(
            "backup_bucket_update",
            body={
                "bucketProvider": "AWS",
                "bucketPath": "https://backups.s3.us-east-1.amazonaws.com/all",
                "iamRoleArn": "arn:aws:iam::123456789012:role/backups",
                "iamRoleSessionName": "backups",
            },
        ),
        Step("backup_bucket_delete"),
        Step("backup_bucket_get", gone=True),
        Step(
            "snapshot_configuration_update",
            body={"enabled": True, "gap": 30, "timeFrame": 1440},
        ),
        Step("snapshot_configuration_get"),
        Step("snapshot_get_list", later=2 * HOURS, keep={"snapshot_id": "result.0.id"}),
        Step("snapshot_get", later=1 * HOURS),
    ),
    "clickpipes": (
        ETL,
        Step("click_pipes_service_context_get"),
        Step(
            "click_pipe_schema_discovery",
            body={
                "source": {
                    "pubsub": None,
                    "kafka": {
                        "type": "kafka",
                        "format": "JSONEachRow",
                        "brokers": "broker.example.com:9092",
                        "topics": "events",
                        "authentication": "PLAIN",
                        "credentials": {"username": "reader", "password": "planted-Secret-1"},
                    },
                }
            },
        ),
        Step(
            "click_pipe_create",
            body={
                "name": "events",
                "source": {
                    **OPAQUE,
                    "kafka": {
                        "type": "kafka",
                        "format": "JSONEachRow",
                        "brokers": "broker.example.com:9092",
                        "topics": "events",
                        "authentication": "PLAIN",
                        "credentials": {"username": "reader", "password": "planted-Secret-1"},
                    },
                },
                "destination": {
                    "database": "default",
                    "table": "events",
                    "managedTable": True,
                    "tableDefinition": {"engine": {"type": "MergeTree"}, "sortingKey": ["id"]},
                    "columns": [{"name": "id", "type": "Int64"}],
                },
                "fieldMappings": [{"sourceField": "id", "destinationField": "id"}],
            },
            keep={"click_pipe_id": "result.id"},
        ),
        Step("click_pipe_get"),
        Step("click_pipe_get", later=10 * MINUTES),
        Step("click_pipe_get_list"),
        Step("click_pipe_update", body={"name": "all events"}),
        Step(
            "click_pipe_scaling_update",
            body={"replicas": 2, "replicaCpuMillicores": 250, "replicaMemoryGb": 1},
        ),
        Step("click_pipe_settings_get"),
        Step("click_pipe_settings_update", body={"streaming_max_insert_wait_ms": 5000}),
        Step("click_pipe_state_update", body={"command": "stop"}),
        Step("click_pipe_get", later=10 * MINUTES),
        Step("click_pipe_delete"),
        Step("click_pipe_get", later=10 * MINUTES, gone=True),
        Step(
            "click_pipe_create",
            body={
                "name": "orders",
                "source": {
                    **OPAQUE,
                    "postgres": {
                        "host": "db.example.com",
                        "port": 5432,
                        "database": "shop",
                        "credentials": {"username": "reader", "password": "planted-Secret-1"},
                        "settings": {"replicationMode": "cdc"},
                        "tableMappings": [
                            {
                                "sourceSchemaName": "public",
                                "sourceTable": "orders",
                                "targetTable": "orders",
                            }
                        ],
                    },
                },
                "destination": {"database": "default"},
            },
            keep={"click_pipe_id": "result.id"},
        ),
        Step("click_pipe_get", later=30 * MINUTES),
        Step("click_pipe_cdc_scaling_get"),
        Step(
            "click_pipe_cdc_scaling_update",
            body={"replicaCpuMillicores": 2000, "replicaMemoryGb": 8},
        ),
        Step("click_pipe_cdc_scaling_get", later=30 * MINUTES),
        Step(
            "click_pipe_reverse_private_endpoint_create",
            body={
                "type": "VPC_ENDPOINT_SERVICE",
                "description": "database",
                "vpcEndpointServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-01234567",
            },
            keep={"reverse_private_endpoint_id": "result.id"},
        ),
        Step("click_pipe_reverse_private_endpoint_get"),
        Step("click_pipe_reverse_private_endpoint_get_list", later=30 * MINUTES),
        Step(
            "click_pipe_reverse_private_endpoint_update",
            body={"customPrivateDnsMappings": [{"privateDnsName": "db.example.com"}]},
        ),
        Step("click_pipe_reverse_private_endpoint_delete"),
        Step("click_pipe_reverse_private_endpoint_get", later=30 * MINUTES, gone=True),
    ),
    "clickstack": (
        ETL,
        Step(
            "click_stack_create_source",
            body={
                "kind": "log",
                "name": "Logs",
                "connection": "local",
                "from": {"databaseName": "default", "tableName": "otel_logs"},
                "timestampValueExpression": "Timestamp",
                "defaultTableSelectExpression": "Timestamp, Body",
            },
            keep={"click_stack_source_id": "result.id"},
        ),
        Step("click_stack_list_sources"),
        Step("click_stack_get_source"),
        Step(
            "click_stack_update_source",
            body={
                "kind": "log",
                "name": "All logs",
                "connection": "local",
                "from": {"databaseName": "default", "tableName": "otel_logs"},
                "timestampValueExpression": "Timestamp",
                "defaultTableSelectExpression": "Timestamp, Body",
            },
        ),
        Step(
            "click_stack_validate_dashboard",
            body={
                "name": "Logs",
                "tiles": [{"name": "Note", "x": 0, "y": 0, "w": 6, "h": 3, "config": {}}],
            },
        ),
        Step(
            "click_stack_create_dashboard",
            body={
                "name": "Logs",
                "tags": ["logs"],
                "tiles": [
                    {
                        "name": "Lines",
                        "x": 0,
                        "y": 0,
                        "w": 6,
                        "h": 3,
                        "config": {
                            "displayType": "line",
                            "sourceId": "$click_stack_source_id",
                            "select": [{"aggFn": "count"}],
                        },
                    },
                    {
                        "name": "Note",
                        "x": 6,
                        "y": 0,
                        "w": 6,
                        "h": 3,
                        "config": {"displayType": "markdown", "markdown": "All is well."},
                    },
                ],
            },
            keep={"click_stack_dashboard_id": "result.id", "tile_id": "result.tiles.0.id"},
        ),
        Step("click_stack_list_dashboards"),
        Step("click_stack_get_dashboard"),
        Step(
            "click_stack_create_webhook",
            body={
                "name": "on call",
                "service": "generic",
                "url": "https://hooks.example.com/1",
                "headers": {"X-Key": "planted-Secret-1"},
                "body": "{}",
            },
            keep={"click_stack_webhook_id": "result.id"},
        ),
        Step("click_stack_list_webhooks"),
        Step(
            "click_stack_update_webhook",
            body={"name": "on call", "service": "generic", "url": "https://hooks.example.com/2"},
        ),
        Step(
            "click_stack_create_saved_search",
            body={"name": "Errors", "sourceId": "$click_stack_source_id", "tags": ["errors"]},
            keep={"click_stack_saved_search_id": "result.id"},
        ),
        Step("click_stack_list_saved_searches"),
        Step("click_stack_get_saved_search"),
        Step(
            "click_stack_update_saved_search",
            body={"name": "All errors", "sourceId": "$click_stack_source_id"},
        ),
        Step(
            "click_stack_create_alert",
            body={
                "name": "Errors",
                "source": "saved_search",
                "savedSearchId": "$click_stack_saved_search_id",
                "threshold": 10,
                "thresholdType": "above",
                "interval": "5m",
                "channel": {"type": "webhook", "webhookId": "$click_stack_webhook_id"},
            },
            keep={"click_stack_alert_id": "result.id"},
        ),
        Step("click_stack_list_alerts"),
        Step("click_stack_get_alert"),
        Step(
            "click_stack_update_alert",
            body={
                "name": "Lines",
                "source": "tile",
                "dashboardId": "$click_stack_dashboard_id",
                "tileId": "$tile_id",
                "threshold": 5,
                "thresholdMax": 10,
                "thresholdType": "between",
                "interval": "1h",
                "channels": [{"type": "webhook", "webhookId": "$click_stack_webhook_id"}],
            },
        ),
        Step("click_stack_delete_alert"),
        Step("click_stack_get_alert", gone=True),
        Step("click_stack_delete_saved_search"),
        Step("click_stack_delete_webhook"),
        Step("click_stack_update_dashboard", body={"name": "Empty", "tiles": []}),
        Step("click_stack_delete_dashboard"),
        Step("click_stack_get_dashboard", gone=True),
        Step("click_stack_list_roles"),
        Step(
            "click_stack_create_role",
            body={"name": "Readers", "permissions": [READ_ALL]},
            keep={"click_stack_role_id": "result.id"},
        ),
        Step("click_stack_get_role"),
        Step("click_stack_update_role", body={"name": "Nobody", "permissions": []}),
        Step("click_stack_delete_role"),
        Step("click_stack_get_role", gone=True),
        Step("click_stack_delete_source"),
        Step("click_stack_get_source", gone=True),
    ),
    "functions": (
        ETL,
        UPLOAD,
        Step(
            "udf_create",
            body={"functionName": "reversed", **FUNCTION},
            keep={"function_name": "result.function_name"},
        ),
        Step("udf_get"),
        Step("udf_list", later=1 * HOURS),
        Step("udf_attach", body={"version": 1}),
        Step("udf_attachment_get"),
        Step("udf_attachment_list", later=1 * HOURS),
        UPLOAD,
        Step("udf_version_create", body=FUNCTION),
        Step("udf_version_list", later=1 * HOURS),
        Step("udf_detach"),
        Step("udf_attachment_get", later=1 * HOURS, gone=True),
        Step("udf_version_delete", query={"version": 1}),
        Step("udf_delete"),
        Step("udf_get", later=1 * HOURS, gone=True),
    ),
}
"""Lives by what lives."""
