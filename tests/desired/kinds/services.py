"""Cases of services."""

from __future__ import annotations

from typing import Final

from .case import Case

_NIGHTS = {
    "name": "nights",
    "weekdays": [1, 2],
    "start_hour_utc": 20,
    "end_hour_utc": 6,
    "autoscaling_mode": "vertical",
    "num_replicas": 4,
}

CASES: Final = (
    Case(
        kind="services",
        fields={
            "name": "etl",
            "provider": "aws",
            "region": "eu-central-1",
            "state": "running",
            "autoscaling_mode": "vertical",
            "min_replica_memory_gb": 16,
            "max_replica_memory_gb": 32,
            "num_replicas": 2,
            "idle_scaling": False,
            "ip_access_list": ["10.0.0.0/8"],
            "tags": {"env": "dev"},
        },
        changes=[
            {"tags": {"env": "prod", "team": "data"}, "release_channel": "fast"},
            {"ip_access_list": ["10.0.0.0/8", {"source": "192.0.2.1", "description": "office"}]},
            {"endpoints": {"mysql": True}, "private_endpoint_ids": ["vpce-1"]},
            {"private_endpoint_ids": [], "enable_core_dumps": False},
            {"num_replicas": 3, "idle_scaling": True, "idle_timeout_minutes": 15},
            {"min_replica_memory_gb": 32, "max_replica_memory_gb": 64},
            {"scaling_schedule": [_NIGHTS], "upgrade_window": {"weekday": 2, "start_hour_utc": 6}},
            {"scaling_schedule": None, "upgrade_window": None},
            {"backup_configuration": {"backup_period_in_hours": 12}},
            {"state": "stopped"},
        ],
        beside=["provider", "region"],
    ),
    Case(
        kind="services",
        label="horizontal",
        fields={
            "name": "reports",
            "provider": "gcp",
            "region": "us-east1",
            "autoscaling_mode": "horizontal",
            "min_replica_memory_gb": 32,
            "max_replica_memory_gb": 32,
            "min_replicas": 2,
            "max_replicas": 5,
            "idle_scaling": False,
        },
        changes=[
            {"min_replicas": 3, "max_replicas": 6},
            {"min_replica_memory_gb": 64, "max_replica_memory_gb": 64},
        ],
    ),
    Case(
        kind="services",
        label="rescaled",
        fields={
            "name": "web",
            "provider": "aws",
            "region": "eu-central-1",
            "autoscaling_mode": "vertical",
            "min_replica_memory_gb": 16,
            "max_replica_memory_gb": 16,
        },
        changes=[{"autoscaling_mode": "horizontal", "min_replicas": 2, "max_replicas": 4}],
    ),
    Case(
        kind="services",
        label="encrypted",
        fields={
            "name": "safe",
            "provider": "aws",
            "region": "us-east-1",
            "has_transparent_data_encryption": True,
            "encryption_key": "arn:aws:kms:us-east-1:1:key/1",
            "encryption_assumed_role_identifier": "arn:aws:iam::1:role/kms",
            "compliance_type": "hipaa",
            "profile": "v1-default",
            "private_preview_terms_checked": True,
        },
        changes=[{"transparent_data_encryption_key_id": "arn:aws:kms:us-east-1:1:key/2"}],
    ),
    Case(
        kind="services",
        label="secondary",
        fields={
            "name": "reader",
            "provider": "aws",
            "region": "eu-central-1",
            "data_warehouse_id": "${services.main.data_warehouse_id}",
            "is_readonly": True,
        },
        changes=[{"tags": {"env": "prod"}}],
        needs=[("services", {"name": "main", "provider": "aws", "region": "eu-central-1"})],
    ),
)
