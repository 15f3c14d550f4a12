"""Cases of the kinds that an organisation has itself."""

from __future__ import annotations

from typing import Final

from .case import Case, Fields

_READERS: Fields = {"name": "readers", "policies": []}
_KEYS: Final = (
    ("api_keys", {"name": "reader", "ip_access_list": []}),
    ("api_keys", {"name": "writer", "ip_access_list": []}),
)

CASES: Final = (
    Case(
        kind="organization_settings",
        fields={"name": "Acme", "enable_core_dumps": True},
        changes=[{"name": "Acme Inc"}, {"enable_core_dumps": False}],
    ),
    Case(
        kind="role_assignments",
        fields={"role": "readers", "members": ["owner@example.com"], "api_keys": ["reader"]},
        changes=[
            {"members": ["developer@example.com", "owner@example.com"]},
            {"api_keys": ["reader", "writer"]},
            {"members": [], "api_keys": []},
            {"api_keys": ["reader"]},
            {"api_keys": None},
        ],
        needs=[("roles", _READERS), *_KEYS],
    ),
    Case(
        kind="byoc_infrastructure",
        label="aws",
        fields={
            "account_id": "123456789012",
            "region_id": "us-east-1",
            "display_name": "main",
            "vpc_id": "vpc-1",
            "private_subnet_ids": ["subnet-1", "subnet-2"],
            "public_subnet_ids": ["subnet-3"],
            "external_id": "e",
            "tags": {"team": "data"},
        },
        changes=[
            {"display_name": "first"},
            {"enable_private_link": True, "enable_private_load_balancer": True},
            {"enable_public_load_balancer": False},
            {"tags": {"team": "web", "env": "prod"}},
            {"tags": {}},
            {"tags": {"team": "data"}},
            {"tags": None},
        ],
    ),
    Case(
        kind="byoc_infrastructure",
        label="gcp",
        fields={
            "account_id": "project-one",
            "region_id": "us-east1",
            "vpc_id": "vpc-1",
            "private_subnet_ids": ["subnet-1"],
            "gcp_pod_cidr_range_names": ["pods"],
            "gcp_shared_vpc_host_project_id": "project-two",
        },
        changes=[{"enable_private_link": True, "gcp_psc_subnet_id": "subnet-2"}],
    ),
    Case(
        kind="byoc_infrastructure",
        label="azure",
        fields={
            "account_id": "123e4567-e89b-12d3-a456-426614174000",
            "region_id": "westus3",
            "tenant_id": "123e4567-e89b-12d3-a456-426614174001",
            "service_principal_client_id": "123e4567-e89b-12d3-a456-426614174002",
            "vpc_cidr_range": "10.0.0.0/16",
            "availability_zone_suffixes": ["a", "b"],
        },
    ),
)
