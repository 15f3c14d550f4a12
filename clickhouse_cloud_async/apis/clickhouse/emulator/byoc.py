"""Infrastructure in a customer's own cloud account."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.lifecycle import GONE, Passing, StateMachine
from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.randomness import random_uuid

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

    from .organization import Organization

STATES = StateMachine(
    "byoc",
    {
        "infra-provisioning": Passing("infra-ready", 20 * 60.0),
        "infra-terminated": Passing(GONE, 10 * 60.0),
    },
)


def provision(organization: Organization, path: Path, body: JsonObject) -> JsonObject:
    """Begin to set up infrastructure.

    Args:
        organization: What it belongs to.
        path: Where the organisation's infrastructure is.
        body: The request to create it.

    Returns:
        The infrastructure's configuration.

    Raises:
        Problem: 400 where something does not fit; nothing was added then.
    """
    for name in ("regionId", "accountId"):
        if not body.get(name):
            raise bad_request(f"{name}: is required")
    if "vpcCidrRange" in body and not _is_range(body["vpcCidrRange"]):
        raise bad_request("vpcCidrRange: must be a range in CIDR notation")
    identity = random_uuid(organization.random)
    configuration = {
        "id": identity,
        "accountName": body["accountId"],
        "regionId": body["regionId"],
        "cloudProvider": _provider(body["regionId"]),
        "displayName": body.get("displayName", body["accountId"]),
    }
    organization.store.put((*path, identity), configuration)
    return STATES.enter(organization, (*path, identity), "infra-provisioning")


def _is_range(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return "/" in text


def _provider(region: str) -> str:
    """The cloud provider that has a region: each names its regions in its own way."""
    if re.fullmatch(r"[a-z]+-[a-z]+-\d", region):
        return "aws"
    return "gcp" if "-" in region else "azure"
