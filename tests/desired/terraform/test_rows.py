"""Conversion of roles, Postgres services, functions, and of unsupported types."""

from __future__ import annotations

from typing import Any

import pytest

from .states import API_KEY, SERVICE_ID, converted, data, resource, service


def test_organization_settings() -> None:
    """The one setting of the organisation."""
    settings = resource("organization_settings", {"id": "o", "core_dumps_enabled": False})
    document, conversion = converted(settings)
    assert document["organization_settings"] == [{"enable_core_dumps": False}]
    assert conversion.losses == ()


def test_roles_and_their_assignment() -> None:
    """A role names services by reference, its assignment people by e-mail and keys by name."""
    policies = [
        {
            "id": "p1",
            "effect": "ALLOW",
            "permissions": ["control-plane:service:view", "control-plane:service:manage"],
            "resources": ["instance/*", f"instance/{SERVICE_ID}", "organization/o"],
            "tags": {"role": "sql-console-readonly"},
        }
    ]
    document, conversion = converted(
        service(),
        data("user", {"id": "u1", "email": "anna@example.com", "name": "Anna"}),
        data("api_key_id", API_KEY),
        resource("role", {"id": "r1", "name": "operator", "type": "custom", "policies": policies}),
        resource("role_assignment", {"role_id": "r1", "user_ids": ["u1"], "api_key_ids": None}),
    )
    assert document["roles"] == [
        {
            "name": "operator",
            "policies": [
                {
                    "allow_deny": "ALLOW",
                    "permissions": ["control-plane:service:manage", "control-plane:service:view"],
                    "resources": ["instance/*", "instance/${services.clicks.id}", "organization/o"],
                    "tags": {"role_v2": "sql-console-readonly"},
                }
            ],
        }
    ]
    assert document["role_assignments"] == [
        {"role": "operator", "members": ["anna@example.com"], "api_keys": []}
    ]
    assert conversion.losses == ()


def test_role_of_the_platform() -> None:
    """Who holds a role of the platform is described by the roles of members and keys."""
    document, conversion = converted(
        data("role", {"id": "r1", "name": "Member", "type": "system"}),
        resource("role_assignment", {"role_id": "r1", "user_ids": ["u1"], "api_key_ids": None}),
    )
    assert document == {"fleet": "terraform"}
    assert [each.attribute for each in conversion.losses] == [None]


_POSTGRES: dict[str, Any] = {
    "id": "pg1",
    "name": "orders",
    "cloud_provider": "aws",
    "region": "eu-central-1",
    "size": "m6gd.large",
    "ha_type": "async",
    "postgres_version": "18",
    "is_primary": True,
    "tags": {"env": "prod", "bare": ""},
    "pg_config": {"max_connections": "200"},
    "pgbouncer_config": {},
    "password": "Sample-Clear-1",
    "password_wo": None,
    "read_replica_of": None,
    "restore_to_point_in_time": None,
    "hostname": "orders.example.com",
}


def test_postgres() -> None:
    """A primary with its settings and a reference for its password, and a replica of it."""
    replica = {**_POSTGRES, "id": "pg2", "name": "reader", "is_primary": False, "password": None}
    document, conversion = converted(
        resource("postgres_service", _POSTGRES, schema_version=1),
        resource("postgres_service", {**replica, "read_replica_of": "pg1"}, label="reader"),
    )
    assert document["postgres"] == [
        {
            "name": "orders",
            "provider": "aws",
            "region": "eu-central-1",
            "size": "m6gd.large",
            "ha_type": "async",
            "postgres_version": "18",
            "tags": [{"key": "env", "value": "prod"}, {"key": "bare"}],
            "password": {"env": "POSTGRES_SERVICE_ORDERS_PASSWORD"},
        },
        {"name": "reader", "replica_of": "orders"},
    ]
    assert document["postgres_configurations"] == [
        {"postgres": "orders", "pg_config": {"max_connections": "200"}},
        {"postgres": "reader", "pg_config": {"max_connections": "200"}},
    ]
    assert conversion.losses == ()


def test_restored_postgres() -> None:
    """A service that was restored keeps what it was made of; a version marks its password."""
    moment = {"source_id": "pg1", "restore_target": "2026-01-01T00:00:00Z"}
    restored = {**_POSTGRES, "id": "pg3", "name": "copy", "restore_to_point_in_time": moment}
    restored |= {"password": None, "password_wo_version": 2}
    document, _ = converted(
        resource("postgres_service", _POSTGRES),
        resource("postgres_service", restored, label="copy"),
    )
    assert document["postgres"][1]["restored_from"] == "orders"
    assert document["postgres"][1]["restore_target"] == "2026-01-01T00:00:00Z"
    assert document["postgres"][1]["password"]["version"] == 2


def test_imported_replica() -> None:
    """After an import the state does not name the primary of a replica."""
    document, conversion = converted(
        resource("postgres_service", {**_POSTGRES, "is_primary": False, "password": None})
    )
    assert document["postgres"] == [{"name": "orders"}]
    assert [each.attribute for each in conversion.losses] == ["read_replica_of"]


def test_udf_and_its_attachment() -> None:
    """A function with its options, and the service that has it."""
    function = {
        "function_name": "echo",
        "runtime": "python3.11",
        "type": "executable_pool",
        "pool_size": 3,
        "return_type": "String",
        "arguments": [{"name": "input", "type": "String"}],
        "source_archive_path": "build/udf.zip",
        "source_archive_hash": "hash",
        "version": 2,
    }
    document, conversion = converted(
        service(),
        resource("udf", function),
        resource(
            "udf_attachment", {"function_name": "echo", "service_id": SERVICE_ID, "version": 2}
        ),
    )
    assert document["udfs"][0]["function_name"] == "echo"
    assert document["udf_attachments"] == [{"function": "echo", "version": 2, "service": "clicks"}]
    assert [each.attribute for each in conversion.losses] == [
        "source_archive_path",
        "source_archive_hash",
    ]


@pytest.mark.parametrize(
    "kind", ["clickstack_connection", "clickstack_team", "clickstack_team_member"]
)
def test_self_hosted(kind: str) -> None:
    """What ClickHouse Cloud does not have is listed."""
    document, conversion = converted(resource(kind, {"id": "1"}))
    assert document == {"fleet": "terraform"}
    assert "self-hosted" in conversion.losses[0].reason


def test_private_endpoint_registration() -> None:
    """What does nothing any more is listed."""
    document, conversion = converted(resource("private_endpoint_registration", {"region": "r"}))
    assert document == {"fleet": "terraform"}
    assert "has no effect" in conversion.losses[0].reason
