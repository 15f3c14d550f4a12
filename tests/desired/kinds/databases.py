"""Cases of Postgres services."""

from __future__ import annotations

from typing import Final

from .case import Case, Fields

MAIN: Fields = {
    "name": "orders",
    "provider": "aws",
    "region": "us-east-1",
    "size": "c6gd.large",
    "ip_access_list": [{"source": "192.0.2.0/24", "port_range": "5432..5433"}],
}

CASES: Final = (
    Case(
        kind="postgres",
        fields={
            **MAIN,
            "postgres_version": "18",
            "ha_type": "none",
            "tags": [{"key": "env", "value": "prod"}],
            "password": {"secret": "Postgres-password-1"},
        },
        changes=[
            {"size": "c6gd.xlarge", "ha_type": "async"},
            {"tags": [{"key": "env", "value": "dev"}, {"key": "team", "value": "data"}]},
            {
                "ip_access_list": [
                    {"source": "192.0.2.0/24", "port_range": "5432..5433", "description": "office"},
                    {"source": "198.51.100.0/24", "port_range": "5432..5432"},
                ],
            },
            {"ip_access_list": []},
            {"tags": []},
            {"tags": [{"key": "env", "value": "dev"}]},
            {"tags": None},
        ],
    ),
    Case(
        kind="postgres",
        label="replica",
        fields={"name": "orders-2", "replica_of": "orders", "tags": []},
        needs=[("postgres", MAIN)],
    ),
    Case(
        kind="postgres_configurations",
        fields={
            "postgres": "orders",
            "pg_config": {"max_connections": 200, "work_mem": "8MB"},
            "pg_bouncer_config": {"default_pool_size": "10"},
        },
        changes=[
            {"pg_config": {"max_connections": "300"}},
            {"pg_bouncer_config": {"pool_mode": "session"}},
        ],
        needs=[("postgres", MAIN)],
    ),
)
