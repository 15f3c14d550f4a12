"""Conversion of services, and of resources that hold fields of a service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .states import API_KEY, SERVICE_ID, WAREHOUSE_ID, converted, data, resource, service


def test_service() -> None:
    """A service with all that its own resource holds."""
    document, conversion = converted(service())
    assert document == {
        "fleet": "terraform",
        "services": [
            {
                "name": "clicks",
                "provider": "aws",
                "region": "eu-central-1",
                "autoscaling_mode": "vertical",
                "num_replicas": 3,
                "min_replica_memory_gb": 8,
                "max_replica_memory_gb": 32,
                "idle_scaling": True,
                "idle_timeout_minutes": 15,
                "release_channel": "default",
                "enable_core_dumps": True,
                "tags": {"env": "prod"},
                "endpoints": {"mysql": False},
                "ip_access_list": [
                    {"source": "192.0.2.0/24", "description": "office"},
                    {"source": "198.51.100.7"},
                ],
                "backup_configuration": {
                    "backup_period_in_hours": 12,
                    "backup_retention_period_in_hours": 48,
                },
            }
        ],
    }
    assert conversion.losses == ()
    assert conversion.secrets == ()


def test_service_that_scales_horizontally() -> None:
    """The fields of the mode; an idle timeout counts only where the service goes idle."""
    document, _ = converted(
        service(
            autoscaling_mode="horizontal",
            num_replicas=None,
            min_replicas=3,
            max_replicas=10,
            min_replica_memory_gb=16,
            max_replica_memory_gb=16,
            idle_scaling=False,
            idle_timeout_minutes=None,
            tags=None,
            ip_access=[],
        )
    )
    (wanted,) = document["services"]
    assert (wanted["min_replicas"], wanted["max_replicas"]) == (3, 10)
    assert wanted["ip_access_list"] == []
    assert not {"num_replicas", "idle_timeout_minutes", "tags"} & wanted.keys()


def test_total_memory() -> None:
    """A total is of three replicas; the memory of a replica counts where both are there."""
    total: dict[str, Any] = {"min_total_memory_gb": 24, "max_total_memory_gb": 100}
    document, _ = converted(
        service(**total, min_replica_memory_gb=None, max_replica_memory_gb=None)
    )
    (wanted,) = document["services"]
    assert wanted["min_replica_memory_gb"] == 8
    assert wanted["max_replica_memory_gb"] == pytest.approx(100 / 3)
    document, _ = converted(service(**total))
    assert document["services"][0]["max_replica_memory_gb"] == 32


@pytest.mark.parametrize(("period", "kept"), [(24, True), (48, True), (12, False)])
def test_backups_at_a_start_time(period: int, *, kept: bool) -> None:
    """A start time is a full hour with a period of its own."""
    backups = {"backup_period_in_hours": period, "backup_start_time": "2:00"}
    document, _ = converted(service(backup_configuration=backups))
    (wanted,) = document["services"]
    expected = {"backup_start_time": "02:00"} | ({"backup_period_in_hours": period} if kept else {})
    assert wanted["backup_configuration"] == expected


def test_service_has_losses() -> None:
    """What a description cannot have is listed, and the values of secrets are nowhere."""
    document, conversion = converted(
        service(password="Sample-Clear-1", backup_id="b1", tier="production")
    )
    assert "Sample-Clear-1" not in json.dumps([document, conversion.to_dict()])
    assert {each.attribute for each in conversion.losses} == {"password", "backup_id", "tier"}


def test_warehouse() -> None:
    """A secondary names its primary; the warehouse of a primary is its own."""
    secondary = service(
        label="reader", id="2", name="reader", is_primary=False, readonly=True, tags=None
    )
    document, conversion = converted(service(), secondary)
    first, second = document["services"]
    assert not {"data_warehouse_id", "is_readonly"} & first.keys()
    assert second["data_warehouse_id"] == "${services.clicks.data_warehouse_id}"
    assert second["is_readonly"] is True
    assert [str(each) for each in conversion.references] == [
        "clickhouse_service.reader: warehouse_id: ${services.clicks.data_warehouse_id}"
    ]
    alone, _ = converted(secondary)
    assert alone["services"][0]["data_warehouse_id"] == WAREHOUSE_ID


def test_query_endpoint() -> None:
    """The keys of a query endpoint are named where a data source tells their names."""
    endpoint = {"api_key_ids": [API_KEY["id"], "9"], "roles": ["sql_console_admin"]}
    document, _ = converted(
        data("api_key_id", API_KEY),
        service(query_api_endpoints={**endpoint, "allowed_origins": "https://a.example"}),
    )
    assert document["query_endpoints"] == [
        {
            "service": "clicks",
            "roles": ["sql_console_admin"],
            "allowed_origins": "https://a.example",
            "open_api_keys": ["ci", "9"],
        }
    ]


def test_fields_of_services_in_other_resources() -> None:
    """Private endpoints, schedule, encryption key and window are fields of their service."""
    entry = {
        "name": "Night",
        "weekdays": [1, 2],
        "start_hour_utc": 22,
        "end_hour_utc": 6,
        "autoscaling_mode": "vertical",
        "min_replicas": 1,
        "max_replicas": 1,
        "min_replica_memory_gb": None,
        "idle_scaling": True,
        "idle_timeout_minutes": 5,
    }
    document, conversion = converted(
        service(transparent_data_encryption={"enabled": True, "role_id": "arn:role"}),
        resource(
            "service_private_endpoints_attachment",
            {"service_id": SERVICE_ID, "private_endpoint_ids": ["vpce-0a", "vpce-0b"]},
        ),
        resource(
            "service_scheduled_scaling",
            {"id": SERVICE_ID, "service_id": SERVICE_ID, "base_config": {}, "entries": [entry]},
        ),
        resource(
            "service_transparent_data_encryption_key_association",
            {"service_id": SERVICE_ID, "key_id": "arn:key"},
        ),
        resource(
            "service_upgrade_window",
            {"service_id": SERVICE_ID, "weekday": 3, "start_hour_utc": 12, "duration": 6},
        ),
    )
    (wanted,) = document["services"]
    assert conversion.losses == ()
    assert wanted["has_transparent_data_encryption"] is True
    assert wanted["transparent_data_encryption_key_id"] == "arn:key"
    assert wanted["private_endpoint_ids"] == ["vpce-0a", "vpce-0b"]
    assert wanted["upgrade_window"] == {"weekday": 3, "start_hour_utc": 12}
    assert wanted["scaling_schedule"] == [
        {
            "name": "Night",
            "weekdays": [1, 2],
            "start_hour_utc": 22,
            "end_hour_utc": 6,
            "autoscaling_mode": "vertical",
            "num_replicas": 1,
            "idle_scaling": True,
            "idle_timeout_minutes": 5,
        }
    ]


def test_fields_of_a_service_of_another_state() -> None:
    """Of a service that only a data source knows nothing else is managed."""
    window = resource(
        "service_upgrade_window", {"service_id": SERVICE_ID, "weekday": 1, "start_hour_utc": 0}
    )
    document, _ = converted(data("service", {"id": SERVICE_ID, "name": "clicks"}), window)
    assert document["services"] == [
        {"name": "clicks", "upgrade_window": {"weekday": 1, "start_hour_utc": 0}}
    ]
    document, conversion = converted(window)
    assert document == {"fleet": "terraform"}
    assert [each.address for each in conversion.losses] == [
        "clickhouse_service_upgrade_window.this"
    ]
