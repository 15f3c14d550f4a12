"""Profiles: the sizes of the machines that services run on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.plans import (
    PROFILES,
    has_feature,
    require_feature,
)
from clickhouse_cloud_async.emulation.problems import bad_request, not_found

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

DEFAULT: Final = "v1-default"

BYOC_MEMORY = (48, 116, 172, 232)
"""Memory of a replica in BYOC infrastructure, in gigabytes."""

_STANDARD: Mapping[str, tuple[int, int]] = {
    DEFAULT: (2, 8),
    "v1-highmem-xs": (2, 16),
    "v1-highmem-s": (4, 32),
    "v1-highmem-m": (8, 64),
    "v1-highmem-l": (16, 128),
    "v1-highmem-xl": (32, 256),
}
"""Cores and gigabytes of memory, in plausible sizes."""

_BYOC: Mapping[str, tuple[int, int]] = {
    f"v1-standard-byoc-{index * 4}": (memory // 4, memory)
    for index, memory in enumerate(BYOC_MEMORY, start=1)
}


def listed(organization: Organization, region: str | None, byoc_id: str | None) -> list[JsonObject]:
    """Return the available profiles of an organisation, as the API shows them.

    Args:
        organization: The organisation.
        region: A region.
        byoc_id: BYOC infrastructure of the organisation.

    Raises:
        Problem: 400 without a region or infrastructure, or if both have different regions; 404 if
            there is no such infrastructure.
    """
    profiles = dict(_STANDARD)
    if byoc_id is not None:
        cloud = organization.collection("byocInfrastructure").peek(byoc_id)
        if cloud is None:
            raise not_found(f"byocInfrastructure {byoc_id}")
        if region not in {None, cloud["regionId"]}:
            raise bad_request(f"region_id: the own cloud is in {cloud['regionId']}")
        profiles |= _BYOC
    elif region is None:
        raise bad_request("region_id: is required without byoc_id")
    if not has_feature(organization, PROFILES):
        return []
    return [
        {"profile": name, "cpuCores": cores, "memoryGi": memory}
        for name, (cores, memory) in profiles.items()
    ]


def check(organization: Organization, facts: JsonObject) -> None:
    """Check the profile of a service and its BYOC infrastructure.

    Args:
        organization: The organisation of the service.
        facts: The service's properties.

    Raises:
        Problem: 400 for an invalid value, 403 where the plan has no profiles.
    """
    profile = facts["profile"]
    if "byocId" in facts:
        _check_cloud(organization, facts)
    elif profile != DEFAULT:
        require_feature(organization, PROFILES, "profile")
    if profile in _BYOC:
        if "byocId" not in facts:
            raise bad_request(f"profile: {profile} works only together with byocId")
    elif profile not in _STANDARD:
        raise bad_request(f"profile: there is no {profile}")


def check_memory(facts: JsonObject) -> None:
    """Check that BYOC infrastructure and profile of a service have replicas with its memory.

    Raises:
        Problem: 400 if they do not.
    """
    if "byocId" not in facts:
        return
    fixed = _BYOC.get(facts["profile"])
    allowed = BYOC_MEMORY if fixed is None else fixed[1:]
    for name in ("minReplicaMemoryGb", "maxReplicaMemoryGb"):
        if facts[name] not in allowed:
            choices = ", ".join(map(str, allowed))
            raise bad_request(f"{name}: must be one of {choices} in this own cloud")


def _check_cloud(organization: Organization, facts: JsonObject) -> None:
    cloud = organization.collection("byocInfrastructure").peek(facts["byocId"])
    if cloud is None or cloud["state"] != "infra-ready":
        raise bad_request(f"byocId: there is no own cloud {facts['byocId']} that is ready")
    place: tuple[str, str] = (cloud["cloudProvider"], cloud["regionId"])
    if (facts["provider"], facts["region"]) != place:
        raise bad_request(f"byocId: the own cloud is at {' in '.join(place)}")
