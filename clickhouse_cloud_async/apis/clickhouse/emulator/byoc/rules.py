"""Rules for requests for BYOC infrastructure."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request, require_properties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject

_ONLY: Mapping[str, str] = {
    "publicSubnetIds": "aws",
    "externalId": "aws",
    "gcpPodCidrRangeNames": "gcp",
    "gcpSharedVpcHostProjectId": "gcp",
    "tenantId": "azure",
    "servicePrincipalClientId": "azure",
}
"""The cloud provider for which a property is valid."""

_ACCOUNTS: Mapping[str, str] = {"aws": r"\d{12}", "gcp": r"[a-z][a-z0-9-]{4,28}[a-z0-9]"}
"""The form of a provider's accounts. Those of other providers are not validated (deduced)."""

_CHECKS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "aws": (
        ("network", "Create networks", "ec2:CreateVpc"),
        ("network", "Create subnets", "ec2:CreateSubnet"),
        ("cluster", "Create clusters", "eks:CreateCluster"),
        ("storage", "Create buckets", "s3:CreateBucket"),
    ),
    "gcp": (
        ("network", "Create networks", "compute.networks.create"),
        ("network", "Create subnets", "compute.subnetworks.create"),
        ("cluster", "Create clusters", "container.clusters.create"),
        ("storage", "Create buckets", "storage.buckets.create"),
    ),
}
"""The checked permissions of an account: group, name and action."""


def check_request(body: JsonObject) -> None:
    """Check a request to create or validate infrastructure.

    Raises:
        Problem: 400 if a value is missing or invalid.
    """
    for name in ("regionId", "accountId"):
        if not body.get(name):
            raise bad_request(f"{name}: is required")
    provider = provider_of(body["regionId"])
    if provider == "azure":
        require_properties(body, "tenantId", "servicePrincipalClientId")
    for name, only in _ONLY.items():
        if name in body and provider != only:
            raise bad_request(f"{name}: makes sense in a region of {only} only")
    _check_network(provider, body)


def provider_of(region: str) -> str:
    """The cloud provider of a region, by the form of its name."""
    if re.fullmatch(r"[a-z]+-[a-z]+-\d", region):
        return "aws"
    return "gcp" if "-" in region else "azure"


def validated(body: JsonObject) -> JsonObject:
    """The result of checking the permissions of an account.

    The emulator has no accounts: an account whose ID has a wrong form is treated as one that
    has granted no permissions.
    """
    provider = provider_of(body["regionId"])
    is_supported = provider in _ACCOUNTS
    allowed = is_supported and bool(re.fullmatch(_ACCOUNTS[provider], body["accountId"]))
    checks: list[JsonObject] = [
        {"group": group, "name": name, "action": action, "allowed": allowed}
        | ({} if allowed else {"reason": f"{body['accountId']} does not grant {action}"})
        for group, name, action in _CHECKS.get(provider, ())
    ]
    return {
        "supported": is_supported,
        "allPassed": allowed,
        "anyPassed": allowed,
        "cloudProvider": provider,
        "checks": checks,
    }


def _check_network(provider: str, body: JsonObject) -> None:
    if "vpcCidrRange" in body and not _is_range(body["vpcCidrRange"]):
        raise bad_request("vpcCidrRange: must be a range in CIDR notation")
    if "vpcId" in body:
        if "vpcCidrRange" in body:
            raise bad_request("vpcCidrRange: cannot be given together with vpcId")
        require_properties(body, "privateSubnetIds")
        if provider == "gcp" and len(body["privateSubnetIds"]) != 1:
            raise bad_request("privateSubnetIds: must be exactly 1 on Google Cloud")
    elif "privateSubnetIds" in body:
        raise bad_request("privateSubnetIds: makes sense together with vpcId only")


def _is_range(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return "/" in text
