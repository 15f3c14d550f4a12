"""Services on offer, subscriptions and instances, as the API shows them."""

from __future__ import annotations

from typing import Any

from clickhouse_cloud_async.apis.omnistrate.models import InstanceAddress

ADDRESS = InstanceAddress(
    service_provider_id="sp-1",
    service_key="cache",
    service_api_version="v1",
    environment_key="prod",
    service_model_key="hosted",
    product_tier_key="pro",
    resource_key="node",
    subscription_id="sub-1",
)
INSTANCES = "/2022-09-01-00/resource-instance"
AT_ADDRESS = f"{INSTANCES}/sp-1/cache/v1/prod/hosted/pro/node"


def resource(name: str = "Node") -> dict[str, Any]:
    """A resource of a plan."""
    return {
        "name": name,
        "urlKey": name.lower(),
        "resourceId": f"r-{name.lower()}",
        "isDeprecated": False,
        "isBackupEnabled": True,
    }


def plan(name: str, environment: str, *resources: dict[str, Any]) -> dict[str, Any]:
    """A plan on offer."""
    return {
        "productTierName": name,
        "productTierURLKey": name.lower(),
        "productTierID": f"pt-{name.lower()}",
        "serviceEnvironmentName": environment,
        "serviceEnvironmentURLKey": environment.lower(),
        "serviceEnvironmentID": f"se-{environment.lower()}",
        "serviceEnvironmentType": environment.upper(),
        "serviceAPIVersion": "v1",
        "serviceModelURLKey": "hosted",
        "resourceParameters": list(resources) or [resource()],
    }


def service(name: str, *plans: dict[str, Any]) -> dict[str, Any]:
    """A service on offer."""
    return {
        "serviceName": name,
        "serviceURLKey": name.lower(),
        "serviceId": f"s-{name.lower()}",
        "serviceProviderId": "sp-1",
        "offerings": list(plans),
    }


def subscription(number: int, of: str, tier: str) -> dict[str, Any]:
    """A subscription to a plan."""
    return {
        "id": f"sub-{number}",
        "serviceId": f"s-{of}",
        "productTierId": f"pt-{tier}",
        "status": "ACTIVE",
    }


def instance(number: int, state: str = "RUNNING", **more: Any) -> dict[str, Any]:
    """An instance of the plan called Pro."""
    return {
        "id": f"instance-{number}",
        "status": state,
        "subscriptionId": "sub-1",
        "resourceID": "r-node",
        **more,
    }
